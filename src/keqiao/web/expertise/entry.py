"""The way from a record to the experts for it."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from keqiao.expertise.finder import may_find_for
from keqiao.registry.records.models import Record


def find_url(user: Any, record: Record) -> str:
    """Address of 找专家 for this record; "" for those who may not ask."""
    if not may_find_for(user, record):
        return ""
    return f"{reverse('expertise:find')}?{urlencode({'for': record.KIND, 'id': str(record.public_id)})}"
