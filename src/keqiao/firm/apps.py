from django.apps import AppConfig


class FirmConfig(AppConfig):
    name = "keqiao.firm"
    label = "firm"
    verbose_name = "企业档案"
    default_auto_field = "django.db.models.BigAutoField"
