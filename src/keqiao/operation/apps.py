from django.apps import AppConfig


class OperationConfig(AppConfig):
    name = "keqiao.operation"
    label = "operation"
    verbose_name = "运行维护"
