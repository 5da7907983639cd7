from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "keqiao.web"
    label = "web"
    verbose_name = "网站"
