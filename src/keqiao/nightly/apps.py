from django.apps import AppConfig


class NightlyConfig(AppConfig):
    name = "keqiao.nightly"
    label = "nightly"
    verbose_name = "夜间作业"
