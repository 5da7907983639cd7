"""A year of vouchers, its accounts, and the vouchers themselves."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from keqiao.people.models import Organisation
from keqiao.voucher.enums import (
    SINGLES,
    AccountKind,
    Holder,
    VoucherState,
)
from keqiao.voucher.models.catalogue import ServiceProvider
from keqiao.voucher.models.shared import fen_field, user_field


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
    created_by = user_field("建立人")
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
    face_fen = fen_field("面额（分）")
    valid_from = models.DateField("有效期起")
    valid_until = models.DateField("有效期止")
    purpose = models.CharField("用途", max_length=120, blank=True)
    state = models.CharField("状态", max_length=10, choices=VoucherState, default=VoucherState.ACTIVE)
    reason = models.CharField("收回原因", max_length=200, blank=True)
    is_sample = models.BooleanField("示例", default=False)
    issued_by = user_field("发放人")
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
