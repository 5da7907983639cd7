"""The enterprise's registry page."""

from django.db import models

from keqiao.registry.records.models import Contactable, Record


class Enterprise(Record, Contactable):
    """What the bureau knows about an enterprise beyond its identity (`organisation`)."""

    KIND = "enterprise"
    SERIES = "企业"
    TEXT_FIELDS = ("products", "intro")

    uscc = models.CharField("统一社会信用代码", max_length=18, blank=True, db_index=True)
    founded_on = models.DateField("成立日期", null=True, blank=True)
    labels = models.JSONField("企业标签", default=list, blank=True)  # 高新技术企业, 专精特新 …
    products = models.TextField("主营产品", blank=True)
    intro = models.TextField("企业简介", blank=True)
    legal_representative = models.CharField("法定代表人", max_length=60, blank=True)
    address = models.CharField("地址", max_length=200, blank=True)

    class Meta(Record.Meta):
        verbose_name = "企业"
