"""Payments that go together, what came back, and money to be given back."""

import uuid
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from keqiao.core.fields import EncryptedTextField
from keqiao.payment.enums import (
    BatchState,
    LineState,
)
from keqiao.payment.models.awards import Award
from keqiao.payment.models.envelopes import Envelope
from keqiao.payment.models.shared import USER, yuan


class Batch(models.Model):
    """Payments that go to the treasury together (拨付批次). Frozen when a second person has checked it."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField("编号", max_length=32, unique=True)
    envelope = models.ForeignKey(Envelope, models.PROTECT, related_name="batches", verbose_name="资金包")
    title = models.CharField("名称", max_length=160)
    state = models.CharField("状态", max_length=10, choices=BatchState, default=BatchState.DRAFT)
    line_count = models.PositiveIntegerField("笔数")
    total_fen = models.BigIntegerField("合计（分）")
    file_digest = models.CharField("拨付文件摘要", max_length=64, blank=True)
    is_sample = models.BooleanField("示例", default=False)
    created_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    created_at = models.DateTimeField("建立时间", default=timezone.now)
    checked_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    checked_at = models.DateTimeField("复核时间", null=True, blank=True)
    sent_at = models.DateTimeField("送出时间", null=True, blank=True)
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        verbose_name = "拨付批次"
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                name="batch_two_persons",
                condition=Q(checked_by=None) | ~Q(checked_by=F("created_by")),
                violation_error_message="批次须由经办人以外的人复核。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def total_yuan(self) -> Decimal:
        return yuan(self.total_fen)


class BatchLine(models.Model):
    """One payment of a batch (拨付明细), with the payee as it was when the batch was made."""

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="lines", verbose_name="批次")
    award = models.ForeignKey(Award, models.PROTECT, related_name="lines", verbose_name="兑现事项")
    serial = models.PositiveIntegerField("序号")
    number = models.CharField("明细编号", max_length=40, unique=True)
    payee = models.CharField("收款单位", max_length=120)
    holder = models.CharField("户名", max_length=120)
    bank = models.CharField("开户行", max_length=120)
    bank_code = models.CharField("联行号", max_length=12, blank=True)
    account = EncryptedTextField("账号")
    tail = models.CharField("账号后四位", max_length=4)
    fen = models.BigIntegerField("金额（分）")
    purpose = models.CharField("用途", max_length=200)
    state = models.CharField("状态", max_length=10, choices=LineState, default=LineState.WAITING)
    paid_on = models.DateField("到账日期", null=True, blank=True)
    bank_ref = models.CharField("银行流水号", max_length=60, blank=True)
    note = models.CharField("说明", max_length=300, blank=True)

    class Meta:
        verbose_name = "拨付明细"
        ordering = ["batch", "serial"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "award"], name="batch_line_once"),
            models.UniqueConstraint(
                fields=["award"],
                condition=Q(state__in=["waiting", "paid"]),
                name="award_paid_once",
                violation_error_message="这件事项已经在一个批次里。",
            ),
            models.CheckConstraint(name="batch_line_above_zero", condition=Q(fen__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.payee}"


class ReceiptFile(models.Model):
    """A file of results from the treasury or bank (拨付回单), read once, with what it did and what did not fit."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="receipts", verbose_name="批次")
    file_name = models.CharField("文件名", max_length=200)
    sha256 = models.CharField("文件摘要", max_length=64)
    paid_count = models.PositiveIntegerField("到账笔数", default=0)
    paid_fen = models.BigIntegerField("到账金额（分）", default=0)
    bounced_count = models.PositiveIntegerField("退票笔数", default=0)
    problems: Any = models.JSONField("不符", default=list)
    by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    at = models.DateTimeField("导入时间", default=timezone.now)

    class Meta:
        verbose_name = "拨付回单"
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["batch", "sha256"], name="receipt_file_once")]

    def __str__(self) -> str:
        return self.file_name

    @property
    def paid_yuan(self) -> Decimal:
        return yuan(self.paid_fen)


class Recovery(models.Model):
    """Money that a firm has to give back (资金追回), asked by one person and approved by another."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField("编号", max_length=32, unique=True)
    award = models.ForeignKey(Award, models.PROTECT, related_name="recoveries", verbose_name="兑现事项")
    fen = models.BigIntegerField("应退（分）")
    returned_fen = models.BigIntegerField("已退（分）", default=0)
    reason = models.CharField("原因和依据", max_length=500)
    due_on = models.DateField("限期")
    asked_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField("提出时间", default=timezone.now)
    approved_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    approved_at = models.DateTimeField("批准时间", null=True, blank=True)

    class Meta:
        verbose_name = "资金追回"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="recovery_two_persons",
                condition=Q(approved_by=None) | ~Q(approved_by=F("asked_by")),
                violation_error_message="追回须由提出人以外的人批准。",
            ),
            models.CheckConstraint(
                name="recovery_never_above_what_is_due",
                condition=Q(fen__gt=0) & Q(returned_fen__gte=0) & Q(returned_fen__lte=F("fen")),
                violation_error_message="已退金额不能超过应退金额。",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def yuan(self) -> Decimal:
        return yuan(self.fen)

    @property
    def returned_yuan(self) -> Decimal:
        return yuan(self.returned_fen)
