from django.apps import AppConfig


class EnterpriseConfig(AppConfig):
    name = "keqiao.registry.enterprise"
    label = "enterprise"
    verbose_name = "企业"
    default_auto_field = "django.db.models.BigAutoField"
