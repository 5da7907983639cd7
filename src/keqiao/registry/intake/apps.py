from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "keqiao.registry.intake"
    label = "intake"
    verbose_name = "批量导入"
    default_auto_field = "django.db.models.BigAutoField"
