"""Fields that the tables of vouchers share."""

from typing import Any

from django.conf import settings
from django.db import models


def user_field(label: str, **more: Any) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=label, **more
    )


def fen_field(label: str, **more: Any) -> "models.BigIntegerField[Any, Any]":
    return models.BigIntegerField(label, **more)
