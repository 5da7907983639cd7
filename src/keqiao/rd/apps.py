"""The room."""

from django.apps import AppConfig


class RdConfig(AppConfig):
    name = "keqiao.rd"
    verbose_name = "研发费用"
