from django.apps import AppConfig


class DealConfig(AppConfig):
    name = "keqiao.deal"
    label = "deal"
    verbose_name = "对接"
    default_auto_field = "django.db.models.BigAutoField"
