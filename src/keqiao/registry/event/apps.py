from django.apps import AppConfig


class EventConfig(AppConfig):
    name = "keqiao.registry.event"
    label = "event"
    verbose_name = "活动"
    default_auto_field = "django.db.models.BigAutoField"
