from django.apps import AppConfig


class ExpertConfig(AppConfig):
    name = "keqiao.registry.expert"
    label = "expert"
    verbose_name = "专家"
    default_auto_field = "django.db.models.BigAutoField"
