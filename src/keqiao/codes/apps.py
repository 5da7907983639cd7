"""The room as a Django application."""

from django.apps import AppConfig


class CodesConfig(AppConfig):
    """Divisions, code lists, identifiers."""

    name = "keqiao.codes"
    label = "codes"
    verbose_name = "代码与区划"
    default_auto_field = "django.db.models.BigAutoField"
