from django.apps import AppConfig


class ResourceConfig(AppConfig):
    name = "keqiao.registry.resource"
    label = "resource"
    verbose_name = "科技资源"
    default_auto_field = "django.db.models.BigAutoField"
