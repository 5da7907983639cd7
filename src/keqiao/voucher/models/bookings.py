"""What is booked, redeemed and settled; every movement of money; what looks odd."""

import uuid
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from keqiao.people.access import Scope
from keqiao.people.models import Organisation
from keqiao.registry.records.models import prefix_range
from keqiao.voucher.enums import (
    ENDED,
    HOLDING,
    OWED,
    BatchState,
    EntryKind,
    FlagState,
    Stage,
)
from keqiao.voucher.models.book import Voucher, VoucherAccount, VoucherProgramme
from keqiao.voucher.models.catalogue import LabService, LabSlot
from keqiao.voucher.models.shared import fen_field, user_field


class VoucherBatch(models.Model):
    """A settlement batch to providers. Made by one officer, approved by another, paid once."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField("批次号", max_length=32, unique=True)
    programme = models.ForeignKey(VoucherProgramme, models.PROTECT, related_name="batches")
    state = models.CharField("状态", max_length=10, choices=BatchState, default=BatchState.DRAFT)
    total_fen = fen_field("金额（分）", default=0)
    count = models.PositiveIntegerField("笔数", default=0)
    made_by = user_field("编制人")
    made_at = models.DateTimeField("编制时间", default=timezone.now)
    approved_by = user_field("复核人", null=True, blank=True)
    approved_at = models.DateTimeField("复核时间", null=True, blank=True)
    paid_on = models.DateField("拨付日期", null=True, blank=True)
    receipt = models.CharField("拨付凭证号", max_length=60, blank=True)
    reason = models.CharField("撤销原因", max_length=200, blank=True)

    class Meta:
        verbose_name = "创新券结算批次"
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="voucher_batch_two_persons",
                condition=Q(approved_by=None) | ~Q(approved_by=F("made_by")),
                violation_error_message="结算批次须由编制人以外的另一人复核。",
            )
        ]

    def __str__(self) -> str:
        return self.number


class BookingQuerySet(models.QuerySet["VoucherBooking"]):
    def visible_to(self, scope: Scope) -> Self:
        """The firm's own, the provider's own, the officer's area (of the programme)."""
        if scope.sees_all:
            return self
        seen = Q(pk=None)
        if scope.organisations:
            seen |= Q(firm__in=scope.organisations) | Q(
                service__provider__organisation__in=scope.organisations
            )
        for prefix in scope.prefixes:
            seen |= prefix_range("firm__division_code", prefix)
        return self.filter(seen)

    def holding(self) -> Self:
        """Not yet redeemed and not ended: the slot is taken, the money is held."""
        return self.filter(stage__in=HOLDING)

    def owed(self) -> Self:
        """Redeemed and not settled."""
        return self.filter(stage__in=OWED)

    def ready(self) -> Self:
        """Confirmed by both sides, in no batch, with nothing open or upheld against it."""
        doubted = VoucherFlag.objects.filter(state__in=(FlagState.OPEN, FlagState.UPHELD)).values("booking")
        return self.filter(stage=Stage.CONFIRMED, batch=None).exclude(pk__in=doubted)


class VoucherBooking(models.Model):
    """One contract, one voucher, one slot (V-07). held_fen: what the voucher covers; redeemed_fen: what it paid."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField("预约号", max_length=32, unique=True)
    voucher = models.ForeignKey(Voucher, models.PROTECT, related_name="bookings")
    firm = models.ForeignKey(Organisation, models.PROTECT, related_name="voucher_bookings")
    service = models.ForeignKey(LabService, models.PROTECT, related_name="bookings")
    slot = models.ForeignKey(LabSlot, models.PROTECT, related_name="bookings")
    account = models.OneToOneField(VoucherAccount, models.PROTECT, related_name="booking")
    quantity = models.PositiveIntegerField("数量", default=1)
    price_fen = fen_field("合同额（分）")
    held_fen = fen_field("占用券额（分）")
    redeemed_price_fen = fen_field("实际金额（分）", null=True, blank=True)
    redeemed_fen = fen_field("核销券额（分）", null=True, blank=True)
    need = models.CharField("样品和要求", max_length=400, blank=True)
    stage = models.CharField("状态", max_length=10, choices=Stage, default=Stage.REQUESTED)
    reason = models.CharField("原因", max_length=200, blank=True)
    asked_by = user_field("预约人")
    asked_at = models.DateTimeField("预约时间", default=timezone.now)
    decided_at = models.DateTimeField("接单时间", null=True, blank=True)
    code_hash = models.CharField("核销码摘要", max_length=64, blank=True, db_index=True)
    code_until = models.DateTimeField("核销码有效至", null=True, blank=True)
    redeemed_at = models.DateTimeField("核销时间", null=True, blank=True)
    redeemed_by = user_field("核销人", null=True, blank=True)
    firm_confirmed_at = models.DateTimeField("企业确认", null=True, blank=True)
    own_paid_on = models.DateField("企业自付部分付款日", null=True, blank=True)
    satisfaction = models.PositiveSmallIntegerField("评价", null=True, blank=True)
    provider_confirmed_at = models.DateTimeField("机构确认", null=True, blank=True)
    invoice_number = models.CharField("发票号码", max_length=40, blank=True)
    report_number = models.CharField("报告编号", max_length=60, blank=True)
    batch = models.ForeignKey(VoucherBatch, models.PROTECT, null=True, blank=True, related_name="bookings")
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)
    is_sample = models.BooleanField("示例", default=False)

    objects = BookingQuerySet.as_manager()

    class Meta:
        verbose_name = "创新券预约"
        ordering = ["-asked_at", "-pk"]
        indexes = [
            models.Index(fields=["firm", "-asked_at"], name="booking_firm"),
            models.Index(fields=["service", "stage"], name="booking_service"),
            models.Index(fields=["stage", "-asked_at"], name="booking_stage"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["slot"], condition=~Q(stage__in=ENDED), name="booking_slot_once",
                                    violation_error_message="这个时段刚被别人约走了，请另选。"),
            models.UniqueConstraint(fields=["invoice_number"], condition=~Q(invoice_number=""),
                                    name="booking_invoice_once", violation_error_message="这张发票已经用过。"),
            models.CheckConstraint(
                name="booking_redeemed_whole",
                condition=Q(redeemed_at=None, redeemed_fen=None, redeemed_price_fen=None)
                | Q(redeemed_at__isnull=False, redeemed_fen__isnull=False, redeemed_price_fen__isnull=False),
                violation_error_message="核销时间、实际金额和核销券额须同时填写。",
            ),
            models.CheckConstraint(
                name="booking_never_above_held",
                condition=Q(redeemed_fen=None) | Q(redeemed_fen__lte=F("held_fen")),
                violation_error_message="核销的券额不能超过占用的券额。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.number


class VoucherEntry(models.Model):
    """One movement, out of `source` into `target`: written once, balanced by its own shape. The database refuses changes."""

    programme = models.ForeignKey(VoucherProgramme, models.PROTECT, related_name="entries")
    kind = models.CharField("事由", max_length=10, choices=EntryKind)
    source = models.ForeignKey(VoucherAccount, models.PROTECT, related_name="outgoing")
    target = models.ForeignKey(VoucherAccount, models.PROTECT, related_name="incoming")
    fen = fen_field("金额（分）")
    voucher = models.ForeignKey(Voucher, models.PROTECT, null=True, blank=True, related_name="entries")
    booking = models.ForeignKey(VoucherBooking, models.PROTECT, null=True, blank=True, related_name="entries")
    batch = models.ForeignKey(VoucherBatch, models.PROTECT, null=True, blank=True, related_name="entries")
    note = models.CharField("说明", max_length=200, blank=True)
    at = models.DateTimeField("时间", default=timezone.now)
    by = user_field("办理人", null=True, blank=True)

    class Meta:
        verbose_name = "创新券账目"
        ordering = ["pk"]
        indexes = [models.Index(fields=["programme", "kind", "-at"], name="voucher_entry_kind")]
        constraints = [
            models.CheckConstraint(name="voucher_entry_positive", condition=Q(fen__gt=0),
                                   violation_error_message="金额须大于零。"),
            models.CheckConstraint(name="voucher_entry_moves", condition=~Q(source=F("target")),
                                   violation_error_message="转出和转入不能是同一账户。"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.fen}"


class VoucherFlag(models.Model):
    """A booking that a rule of `data/abuse.yaml` points at, with the reason; an officer clears or upholds it."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    booking = models.ForeignKey(VoucherBooking, models.PROTECT, related_name="flags")
    rule = models.CharField("规则编号", max_length=8)
    reason = models.CharField("理由", max_length=400)
    state = models.CharField("状态", max_length=8, choices=FlagState, default=FlagState.OPEN)
    found_at = models.DateTimeField("发现时间", default=timezone.now)
    decision = models.CharField("核查意见", max_length=300, blank=True)
    decided_by = user_field("核查人", null=True, blank=True)
    decided_at = models.DateTimeField("核查时间", null=True, blank=True)

    class Meta:
        verbose_name = "创新券疑点"
        ordering = ["found_at", "rule"]
        indexes = [models.Index(fields=["state", "found_at"], name="voucher_flag_open")]
        constraints = [
            models.UniqueConstraint(fields=["booking", "rule"], name="voucher_flag_once"),
            models.CheckConstraint(
                name="voucher_flag_decided_whole",
                condition=Q(state=FlagState.OPEN, decided_at=None, decided_by=None)
                | (~Q(state=FlagState.OPEN) & ~Q(decision="") & Q(decided_at__isnull=False, decided_by__isnull=False)),
                violation_error_message="核查结论须有意见、核查人和时间。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.rule} {self.booking_id}"
