"""The event."""

from django.db import models

from keqiao.registry.records.models import Record


class Event(Record):
    """A roadshow, training, competition or science week (活动)."""

    KIND = "event"
    SERIES = "活动"
    TEXT_FIELDS = ("intro",)

    category = models.CharField("活动类别", max_length=20, blank=True)  # code of list event_kind
    place = models.CharField("地点", max_length=120, blank=True)
    starts_on = models.DateField("开始日期", null=True, blank=True)
    ends_on = models.DateField("结束日期", null=True, blank=True)
    intro = models.TextField("简介", blank=True)

    class Meta(Record.Meta):
        verbose_name = "活动"
