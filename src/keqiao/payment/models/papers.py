"""Materials handed in once, and things that money was given for."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from keqiao.payment.enums import (
    EvidenceKind,
)
from keqiao.payment.models.awards import Award
from keqiao.payment.models.shared import USER
from keqiao.people.models import Organisation


class Material(models.Model):
    """A file that a unit handed in once (申报材料), found by its content: used again, never uploaded again."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="materials", verbose_name="单位"
    )
    name = models.CharField("文件名", max_length=200)
    mime = models.CharField("类型", max_length=100)
    size_bytes = models.PositiveIntegerField("大小")
    sha256 = models.CharField("内容摘要", max_length=64)
    by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    at = models.DateTimeField("上传时间", default=timezone.now)

    class Meta:
        verbose_name = "申报材料"
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["organisation", "sha256"], name="material_once")]

    def __str__(self) -> str:
        return self.name


class AwardMaterial(models.Model):
    """A material in its place in an application (材料引用)."""

    award = models.ForeignKey(Award, models.CASCADE, related_name="papers")
    key = models.CharField("材料项", max_length=40)
    material = models.ForeignKey(Material, models.PROTECT, related_name="uses")

    class Meta:
        verbose_name = "材料引用"
        constraints = [models.UniqueConstraint(fields=["award", "key"], name="award_material_once")]

    def __str__(self) -> str:
        return f"{self.key} {self.material}"


class Evidence(models.Model):
    """A thing that money was given for (受支持凭证): an invoice, a loan contract … The same one is paid for once.

    reference: normalised (invoice code + number in capitals); unique among those in use over all units and items.
    """

    award = models.ForeignKey(Award, models.PROTECT, related_name="evidence", verbose_name="兑现事项")
    kind = models.CharField("类型", max_length=10, choices=EvidenceKind)
    reference = models.CharField("号码", max_length=80)
    title = models.CharField("内容", max_length=200, blank=True)
    fen = models.BigIntegerField("金额（分）", null=True, blank=True)
    dated = models.DateField("日期", null=True, blank=True)
    is_in_use = models.BooleanField("有效", default=True)  # False: its award ended without money

    class Meta:
        verbose_name = "受支持凭证"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "reference"],
                condition=Q(is_in_use=True),
                name="evidence_paid_once",
                violation_error_message="这份凭证已经用过。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.reference}"
