from importlib import import_module

from django.apps import AppConfig


class ExpertiseConfig(AppConfig):
    name = "keqiao.expertise"
    label = "expertise"
    verbose_name = "专家发现"

    def ready(self) -> None:
        # Its models are there only now
        import_module("keqiao.expertise.sources").install()
