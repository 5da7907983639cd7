"""The shared resource."""

from django.db import models

from keqiao.registry.records.models import Record


class Resource(Record):
    """A platform, carrier, service body, instrument or park that others may use."""

    KIND = "resource"
    SERIES = "资源"
    TEXT_FIELDS = ("intro", "services")

    category = models.CharField("资源类别", max_length=20, blank=True)  # code of list resource_kind
    grade = models.CharField("级别", max_length=20, blank=True)
    intro = models.TextField("简介", blank=True)
    services = models.TextField("服务内容", blank=True)

    class Meta(Record.Meta):
        verbose_name = "科技资源"
