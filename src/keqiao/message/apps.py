from django.apps import AppConfig


class MessageConfig(AppConfig):
    name = "keqiao.message"
    label = "message"
    verbose_name = "消息"
