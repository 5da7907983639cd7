"""The room."""

from django.apps import AppConfig


class PolicyConfig(AppConfig):
    name = "keqiao.policy"
    verbose_name = "惠企政策"
