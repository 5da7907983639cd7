from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "keqiao.registry.records"
    label = "records"
    verbose_name = "登记簿公共部分"
    default_auto_field = "django.db.models.BigAutoField"
