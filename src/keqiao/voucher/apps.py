"""The room."""

from django.apps import AppConfig


class VoucherConfig(AppConfig):
    name = "keqiao.voucher"
    verbose_name = "创新券"
