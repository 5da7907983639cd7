"""Envelopes, their movements, and the accounts that money goes to."""

import uuid
from decimal import Decimal

from django.db import models
from django.db.models import F, Q, Sum
from django.utils import timezone

from keqiao.core.fields import EncryptedTextField
from keqiao.payment.enums import (
    EntryKind,
)
from keqiao.payment.ledger import Balance
from keqiao.payment.models.shared import USER, yuan
from keqiao.people.models import Organisation


class Envelope(models.Model):
    """A pot of money of one year (资金包). Its sums are derived from its movements, never stored."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField("编号", max_length=32, unique=True)
    name = models.CharField("名称", max_length=160)
    year = models.PositiveSmallIntegerField("年度")
    source = models.CharField("资金来源", max_length=200)
    document_no = models.CharField("下达文号", max_length=80, blank=True)
    division_code = models.CharField("地区", max_length=12, blank=True)
    is_sample = models.BooleanField("示例", default=False)
    created_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    created_at = models.DateTimeField("建立时间", default=timezone.now)

    class Meta:
        verbose_name = "资金包"
        ordering = ["-year", "pk"]
        constraints = [models.UniqueConstraint(fields=["year", "name"], name="envelope_once_a_year")]

    def __str__(self) -> str:
        return f"{self.name}（{self.year}）"

    def balance(self) -> Balance:
        """The sums now. One query over the envelope's movements."""
        sums = self.entries.aggregate(
            allotted=Sum("allotted_fen"), committed=Sum("committed_fen"), paid=Sum("paid_fen")
        )
        return Balance(sums["allotted"] or 0, sums["committed"] or 0, sums["paid"] or 0)


class EnvelopeEntry(models.Model):
    """One movement of an envelope (资金变动), immutable: triggers of the database refuse to change or delete it.

    fen: its size, above zero; the other three are what it does to each sum. key: what it is for, so that a repeated
    request cannot move money twice.
    """

    envelope = models.ForeignKey(Envelope, models.PROTECT, related_name="entries", verbose_name="资金包")
    kind = models.CharField("类型", max_length=8, choices=EntryKind)
    fen = models.BigIntegerField("金额（分）")
    allotted_fen = models.BigIntegerField("下达变动（分）", default=0)
    committed_fen = models.BigIntegerField("占用变动（分）", default=0)
    paid_fen = models.BigIntegerField("已付变动（分）", default=0)
    award = models.ForeignKey(
        "Award", models.PROTECT, null=True, blank=True, related_name="entries", verbose_name="兑现事项"
    )
    batch = models.ForeignKey(
        "Batch", models.PROTECT, null=True, blank=True, related_name="entries", verbose_name="批次"
    )
    key = models.CharField("标识", max_length=80)
    note = models.CharField("说明", max_length=300, blank=True)
    on = models.DateField("日期")
    at = models.DateTimeField("时间", default=timezone.now)
    by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+", verbose_name="经办人")

    class Meta:
        verbose_name = "资金变动"
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["envelope", "on"], name="entry_envelope_day"),
            models.Index(fields=["award"], name="entry_award"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["envelope", "key"], name="entry_once"),
            models.CheckConstraint(
                name="entry_says_what_it_does",
                condition=Q(fen__gt=0)
                & (
                    Q(kind="allot", allotted_fen=F("fen"), committed_fen=0, paid_fen=0)
                    | Q(kind="cut", allotted_fen=F("fen") * -1, committed_fen=0, paid_fen=0)
                    | Q(kind="commit", allotted_fen=0, committed_fen=F("fen"), paid_fen=0)
                    | Q(kind="release", allotted_fen=0, committed_fen=F("fen") * -1, paid_fen=0)
                    | Q(kind="pay", allotted_fen=0, committed_fen=F("fen") * -1, paid_fen=F("fen"))
                    | Q(kind="bounce", allotted_fen=0, committed_fen=F("fen"), paid_fen=F("fen") * -1)
                    | Q(kind="recover", allotted_fen=0, committed_fen=0, paid_fen=F("fen") * -1)
                ),
                violation_error_message="资金变动的金额和类型不一致。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {yuan(self.fen):,.2f} 元"

    @property
    def yuan(self) -> Decimal:
        return yuan(self.fen)


class PayeeAccount(models.Model):
    """Where a unit wants its money (收款账户). The number is encrypted and shown in stars; each reveal is audited."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="payee_accounts", verbose_name="单位"
    )
    holder = models.CharField("户名", max_length=120)
    bank = models.CharField("开户行", max_length=120)
    bank_code = models.CharField("联行号", max_length=12, blank=True)
    number = EncryptedTextField("账号")
    number_hash = models.CharField("账号摘要", max_length=64, db_index=True)
    tail = models.CharField("账号后四位", max_length=4)
    ended_at = models.DateTimeField("停用时间", null=True, blank=True)
    created_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    created_at = models.DateTimeField("登记时间", default=timezone.now)

    class Meta:
        verbose_name = "收款账户"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "number_hash"],
                condition=Q(ended_at=None),
                name="payee_account_once",
                violation_error_message="这个账号已经登记过。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.bank} {self.masked}"

    @property
    def masked(self) -> str:
        return f"**** **** {self.tail}"
