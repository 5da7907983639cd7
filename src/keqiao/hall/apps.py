"""The room."""

from django.apps import AppConfig


class HallConfig(AppConfig):
    name = "keqiao.hall"
    verbose_name = "交易大厅"
