from django.apps import AppConfig


class MatchingConfig(AppConfig):
    name = "keqiao.matching"
    label = "matching"
    verbose_name = "检索与匹配"
    default_auto_field = "django.db.models.BigAutoField"
