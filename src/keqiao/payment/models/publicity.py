"""Lists made public, and who objects."""

import uuid
from typing import Any

from django.db import models
from django.utils import timezone

from keqiao.core.fields import EncryptedTextField
from keqiao.payment.models.awards import Award, AwardList
from keqiao.payment.models.shared import USER, new_token


class Publicity(models.Model):
    """A list made public (兑现公示), frozen with its digest; objections stop the clock of the firm they name."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField("编号", max_length=32, unique=True)
    roll = models.ForeignKey(AwardList, models.PROTECT, related_name="publicities", verbose_name="兑现名单")
    title = models.CharField("标题", max_length=240)
    issuer = models.CharField("发布单位", max_length=120)
    working_days = models.PositiveSmallIntegerField("公示工作日")
    start_on = models.DateField("起始日")
    content: Any = models.JSONField("内容", default=list)  # [[award number, firm, item, fen]]
    digest = models.CharField("内容摘要", max_length=64)
    published_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    published_at = models.DateTimeField("发布时间", default=timezone.now)

    class Meta:
        verbose_name = "兑现公示"
        ordering = ["-published_at"]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class PublicObjection(models.Model):
    """Somebody objects to a published award, signed (公示异议). Who it is, only the officer reads, each time audited."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField("编号", max_length=32, unique=True)
    publicity = models.ForeignKey(
        Publicity, models.PROTECT, related_name="objections", verbose_name="兑现公示"
    )
    award = models.ForeignKey(Award, models.PROTECT, related_name="objections", verbose_name="兑现事项")
    name = EncryptedTextField("姓名或单位")
    phone = EncryptedTextField("电话")
    text = EncryptedTextField("异议事项和依据")
    token = models.CharField(max_length=40, unique=True, default=new_token, editable=False)
    came_on = models.DateField("收到日期")
    is_upheld = models.BooleanField("成立", null=True, blank=True)
    reason = models.CharField("处理理由（公开）", max_length=600, blank=True)
    decided_on = models.DateField("办结日期", null=True, blank=True)
    decided_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = "公示异议"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.number
