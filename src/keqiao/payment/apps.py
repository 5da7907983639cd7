"""The room."""

from django.apps import AppConfig


class PaymentConfig(AppConfig):
    name = "keqiao.payment"
    verbose_name = "资金拨付"
