from django.apps import AppConfig


class FreshnessConfig(AppConfig):
    name = "keqiao.freshness"
    label = "freshness"
    verbose_name = "时效"
