from django.apps import AppConfig


class ContractConfig(AppConfig):
    name = "keqiao.contract"
    label = "contract"
    verbose_name = "技术合同"
