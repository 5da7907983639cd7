from django.apps import AppConfig


class DemandConfig(AppConfig):
    name = "keqiao.registry.demand"
    label = "demand"
    verbose_name = "需求"
    default_auto_field = "django.db.models.BigAutoField"
