"""The expert's registry page."""

from django.db import models

from keqiao.people.models import Person
from keqiao.registry.records.models import Contactable, Record


class Expert(Record, Contactable):
    """A person's research profile. `title` is the name; namesakes differ by organisation and works."""

    KIND = "expert"
    SERIES = "专家"
    TEXT_FIELDS = ("research", "intro")

    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="experts")
    pinyin = models.CharField("拼音", max_length=120, blank=True)
    position = models.CharField("职称", max_length=60, blank=True)
    degree = models.CharField("学位", max_length=20, blank=True)
    research = models.TextField("研究方向", blank=True)
    discipline = models.CharField("学科代码", max_length=20, blank=True)
    intro = models.TextField("简介", blank=True)
    work_count = models.PositiveIntegerField("科研产出数", default=0)
    last_work_year = models.PositiveSmallIntegerField("最近产出年", null=True, blank=True)

    class Meta(Record.Meta):
        verbose_name = "专家"
