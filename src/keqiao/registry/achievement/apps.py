from django.apps import AppConfig


class AchievementConfig(AppConfig):
    name = "keqiao.registry.achievement"
    label = "achievement"
    verbose_name = "成果"
    default_auto_field = "django.db.models.BigAutoField"
