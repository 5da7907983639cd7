"""The room."""

from django.apps import AppConfig


class PaymentConfig(AppConfig):
    name = "keqiao.payment"
    verbose_name = "资金拨付"

    def ready(self) -> None:
        from keqiao.firm.received import register  # models exist only now
        from keqiao.payment.received import received

        register("payment", received)
