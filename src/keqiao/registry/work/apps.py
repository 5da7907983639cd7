from django.apps import AppConfig


class WorkConfig(AppConfig):
    name = "keqiao.registry.work"
    label = "work"
    verbose_name = "科研产出"
    default_auto_field = "django.db.models.BigAutoField"
