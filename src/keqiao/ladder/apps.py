from django.apps import AppConfig


class LadderConfig(AppConfig):
    name = "keqiao.ladder"
    label = "ladder"
    verbose_name = "梯度培育"
    default_auto_field = "django.db.models.BigAutoField"
