"""The book of innovation vouchers, the catalogue of services, and what is booked, redeemed and settled. Sums in fen."""

import uuid
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from keqiao.core.fields import EncryptedTextField
from keqiao.people.access import Scope
from keqiao.people.models import Organisation
from keqiao.registry.records.models import prefix_range
from keqiao.registry.resource.models import Resource
from keqiao.voucher.enums import (
    ENDED,
    HOLDING,
    OWED,
    SINGLES,
    AccountKind,
    BatchState,
    EntryKind,
    FlagState,
    Holder,
    ServiceClass,
    Stage,
    VoucherState,
)


def _by(label: str, **more: Any) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=label, **more
    )


def _fen(label: str, **more: Any) -> "models.BigIntegerField[Any, Any]":
    return models.BigIntegerField(label, **more)


class VoucherProgramme(models.Model):
    """One year's vouchers of one place, with what may be issued at most. Its vouchers end on `ends_on`."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    title = models.CharField("名称", max_length=120)
    year = models.PositiveSmallIntegerField("年度")
    division_code = models.CharField("地区", max_length=12, blank=True)
    starts_on = models.DateField("开始日期")
    ends_on = models.DateField("截止日期")
    document = models.CharField("依据文件", max_length=200, blank=True)
    is_sample = models.BooleanField("示例", default=False)
    created_by = _by("建立人")
    created_at = models.DateTimeField("建立时间", default=timezone.now)

    class Meta:
        verbose_name = "创新券年度"
        ordering = ["-year", "title"]
        constraints = [
            models.UniqueConstraint(fields=["year", "division_code"], name="voucher_programme_once",
                                    violation_error_message="这个地区这一年已经有创新券年度。"),
            models.CheckConstraint(name="voucher_programme_in_order", condition=Q(starts_on__lte=F("ends_on")),
                                   violation_error_message="截止日期不能早于开始日期。"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title


class ServiceProvider(models.Model):
    """A unit that takes vouchers (服务机构). Its account number is for settlement and is shown masked."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.OneToOneField(
        Organisation, models.PROTECT, related_name="voucher_provider", verbose_name="单位"
    )
    intro = models.CharField("简介", max_length=400, blank=True)
    legal_representative = models.CharField("法定代表人", max_length=60, blank=True)
    address = models.CharField("地址", max_length=200, blank=True)
    contact_name = models.CharField("业务联系人", max_length=60, blank=True)
    contact_phone = EncryptedTextField("业务联系电话", blank=True, default="")
    account_bank = models.CharField("开户行", max_length=120, blank=True)
    account_number = EncryptedTextField("收款账号", blank=True, default="")
    account_hash = models.CharField("账号摘要", max_length=64, blank=True, db_index=True)
    listed_on = models.DateField("入选日期", null=True, blank=True)
    delisted_on = models.DateField("退出日期", null=True, blank=True)
    delist_reason = models.CharField("退出原因", max_length=200, blank=True)
    is_sample = models.BooleanField("示例", default=False)

    class Meta:
        verbose_name = "创新券服务机构"
        ordering = ["organisation__name"]

    def __str__(self) -> str:
        return self.organisation.name

    @property
    def is_listed(self) -> bool:
        """In the catalogue now."""
        return self.listed_on is not None and self.delisted_on is None


class VoucherAccount(models.Model):
    """One account of the book. It keeps no balance: see `ledger.balance_of`."""

    programme = models.ForeignKey(VoucherProgramme, models.PROTECT, related_name="accounts")
    kind = models.CharField("种类", max_length=12, choices=AccountKind)
    provider = models.ForeignKey(
        ServiceProvider, models.PROTECT, null=True, blank=True, related_name="accounts"
    )
    name = models.CharField("户名", max_length=200)

    class Meta:
        verbose_name = "创新券账户"
        indexes = [models.Index(fields=["programme", "kind"], name="voucher_account_kind")]
        constraints = [
            models.UniqueConstraint(fields=["programme", "kind"], condition=Q(kind__in=SINGLES), name="voucher_account_single"),
            models.UniqueConstraint(fields=["programme", "provider"], condition=Q(provider__isnull=False), name="voucher_account_provider"),
            models.CheckConstraint(
                name="voucher_account_provider_whole",
                condition=Q(kind=AccountKind.PROVIDER, provider__isnull=False) | (~Q(kind=AccountKind.PROVIDER) & Q(provider=None)),
                violation_error_message="应收账户须指明服务机构，其他账户不指明。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class Voucher(models.Model):
    """A voucher in a firm's wallet, or a part split off one (`parent`). face_fen: what it was made with."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField("券号", max_length=32, unique=True)
    programme = models.ForeignKey(VoucherProgramme, models.PROTECT, related_name="vouchers")
    firm = models.ForeignKey(Organisation, models.PROTECT, related_name="vouchers", verbose_name="企业")
    holder = models.CharField("对象", max_length=6, choices=Holder, default=Holder.FIRM)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="parts")
    account = models.OneToOneField(VoucherAccount, models.PROTECT, related_name="voucher")
    face_fen = _fen("面额（分）")
    valid_from = models.DateField("有效期起")
    valid_until = models.DateField("有效期止")
    purpose = models.CharField("用途", max_length=120, blank=True)
    state = models.CharField("状态", max_length=10, choices=VoucherState, default=VoucherState.ACTIVE)
    reason = models.CharField("收回原因", max_length=200, blank=True)
    is_sample = models.BooleanField("示例", default=False)
    issued_by = _by("发放人")
    issued_at = models.DateTimeField("发放时间", default=timezone.now)

    class Meta:
        verbose_name = "创新券"
        ordering = ["-issued_at", "-pk"]
        indexes = [
            models.Index(fields=["firm", "state"], name="voucher_wallet"),
            models.Index(fields=["state", "valid_until"], name="voucher_ending"),
        ]
        constraints = [
            models.CheckConstraint(name="voucher_face_positive", condition=Q(face_fen__gt=0),
                                   violation_error_message="面额须大于零。"),
            models.CheckConstraint(name="voucher_valid_in_order", condition=Q(valid_from__lte=F("valid_until")),
                                   violation_error_message="有效期止不能早于有效期起。"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.number


class ServiceQuerySet(models.QuerySet["LabService"]):
    def offered(self) -> Self:
        """Open services of listed providers."""
        return self.filter(is_open=True, provider__listed_on__isnull=False, provider__delisted_on=None)


class LabService(models.Model):
    """One priced service of a provider, perhaps on an instrument or platform of the registry."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    provider = models.ForeignKey(ServiceProvider, models.PROTECT, related_name="services")
    resource = models.ForeignKey(
        Resource, models.PROTECT, null=True, blank=True, related_name="voucher_services", verbose_name="仪器或平台"
    )  # fmt: skip
    title = models.CharField("服务名称", max_length=120)
    service_class = models.CharField("类别", max_length=10, choices=ServiceClass)
    unit = models.CharField("计价单位", max_length=12, default="次")
    price_fen = _fen("单价（分）")
    minutes = models.PositiveIntegerField("每次占用（分钟）", default=60)
    intro = models.TextField("服务内容", blank=True)
    sample_note = models.CharField("样品要求", max_length=200, blank=True)
    is_statutory = models.BooleanField("法定、强制性检测", default=False)
    is_open = models.BooleanField("接受预约", default=True)
    updated_at = models.DateTimeField("更新时间", default=timezone.now)

    objects = ServiceQuerySet.as_manager()

    class Meta:
        verbose_name = "创新券服务项目"
        ordering = ["title", "pk"]
        indexes = [models.Index(fields=["service_class", "is_open"], name="lab_service_class")]
        constraints = [
            models.CheckConstraint(name="lab_service_priced", condition=Q(price_fen__gt=0),
                                   violation_error_message="单价须大于零。")
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title


class LabSlot(models.Model):
    """A time in which the service can be had by one customer."""

    service = models.ForeignKey(LabService, models.CASCADE, related_name="slots")
    starts_at = models.DateTimeField("开始")
    ends_at = models.DateTimeField("结束")

    class Meta:
        verbose_name = "可预约时段"
        ordering = ["starts_at"]
        indexes = [models.Index(fields=["service", "starts_at"], name="lab_slot_time")]
        constraints = [
            models.UniqueConstraint(fields=["service", "starts_at"], name="lab_slot_once"),
            models.CheckConstraint(name="lab_slot_in_order", condition=Q(starts_at__lt=F("ends_at")),
                                   violation_error_message="时段的结束须晚于开始。"),
        ]  # fmt: skip

    def __str__(self) -> str:
        local = timezone.localtime
        return f"{local(self.starts_at):%Y-%m-%d %H:%M}–{local(self.ends_at):%H:%M}"


class VoucherBatch(models.Model):
    """A settlement batch to providers. Made by one officer, approved by another, paid once."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField("批次号", max_length=32, unique=True)
    programme = models.ForeignKey(VoucherProgramme, models.PROTECT, related_name="batches")
    state = models.CharField("状态", max_length=10, choices=BatchState, default=BatchState.DRAFT)
    total_fen = _fen("金额（分）", default=0)
    count = models.PositiveIntegerField("笔数", default=0)
    made_by = _by("编制人")
    made_at = models.DateTimeField("编制时间", default=timezone.now)
    approved_by = _by("复核人", null=True, blank=True)
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
    price_fen = _fen("合同额（分）")
    held_fen = _fen("占用券额（分）")
    redeemed_price_fen = _fen("实际金额（分）", null=True, blank=True)
    redeemed_fen = _fen("核销券额（分）", null=True, blank=True)
    need = models.CharField("样品和要求", max_length=400, blank=True)
    stage = models.CharField("状态", max_length=10, choices=Stage, default=Stage.REQUESTED)
    reason = models.CharField("原因", max_length=200, blank=True)
    asked_by = _by("预约人")
    asked_at = models.DateTimeField("预约时间", default=timezone.now)
    decided_at = models.DateTimeField("接单时间", null=True, blank=True)
    code_hash = models.CharField("核销码摘要", max_length=64, blank=True, db_index=True)
    code_until = models.DateTimeField("核销码有效至", null=True, blank=True)
    redeemed_at = models.DateTimeField("核销时间", null=True, blank=True)
    redeemed_by = _by("核销人", null=True, blank=True)
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
    fen = _fen("金额（分）")
    voucher = models.ForeignKey(Voucher, models.PROTECT, null=True, blank=True, related_name="entries")
    booking = models.ForeignKey(VoucherBooking, models.PROTECT, null=True, blank=True, related_name="entries")
    batch = models.ForeignKey(VoucherBatch, models.PROTECT, null=True, blank=True, related_name="entries")
    note = models.CharField("说明", max_length=200, blank=True)
    at = models.DateTimeField("时间", default=timezone.now)
    by = _by("办理人", null=True, blank=True)

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
    decided_by = _by("核查人", null=True, blank=True)
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
