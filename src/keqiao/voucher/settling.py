"""Settlement batches: what both sides confirmed and nothing speaks against, approved by a second officer, paid once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import IO

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from keqiao.core.audit import record
from keqiao.core.errors import BadInput, NotAllowed
from keqiao.core.models import AuditLevel
from keqiao.core.numbers import next_number
from keqiao.people.models import User
from keqiao.registry.intake.workbook import SheetPlan, Value, write_workbook
from keqiao.voucher.access import require_officer
from keqiao.voucher.booking import why
from keqiao.voucher.enums import AccountKind, EntryKind, FlagState, Stage
from keqiao.voucher.flow import BATCH_FLOW, BOOKING_FLOW
from keqiao.voucher.issuing import tell_firm
from keqiao.voucher.ledger import account_of, post, yuan_words
from keqiao.voucher.models import (
    BookingQuerySet,
    ServiceProvider,
    VoucherBatch,
    VoucherBooking,
    VoucherProgramme,
)

_MOST = 5000


def ready_for(programme: VoucherProgramme) -> BookingQuerySet:
    """What could go into a batch now."""
    return VoucherBooking.objects.filter(voucher__programme=programme).ready()


@transaction.atomic
def make_batch(
    *, programme: VoucherProgramme, until: date, by: User, now: datetime | None = None
) -> VoucherBatch:
    """A batch of everything ready that was redeemed on or before `until`."""
    require_officer(by, programme)
    now = now or timezone.now()
    VoucherProgramme.objects.select_for_update().get(pk=programme.pk)
    rows = list(
        VoucherBooking.objects.select_for_update(of=("self",))
        .filter(pk__in=ready_for(programme).values("pk"), redeemed_at__date__lte=until)
        .order_by("pk")[:_MOST]
    )
    if not rows:
        raise BadInput(
            f"{until} 及以前没有可以结算的预约：须已核销、双方都确认、没有待核查的疑点。", field="until"
        )
    total = sum(one.redeemed_fen or 0 for one in rows)
    batch = VoucherBatch.objects.create(
        number=next_number("券结", timezone.localdate(now).year), programme=programme, total_fen=total, count=len(rows),
        made_by=by, made_at=now,
    )  # fmt: skip
    VoucherBooking.objects.filter(pk__in=[one.pk for one in rows]).update(batch=batch)
    record(
        "voucher_batch.made", by=by, target=batch, row_count=len(rows), level=AuditLevel.IMPORTANT,
        changes={"total": ["", yuan_words(total)]},
    )  # fmt: skip
    return batch


def _locked(batch: VoucherBatch) -> VoucherBatch:
    return VoucherBatch.objects.select_for_update(of=("self",)).select_related("programme").get(pk=batch.pk)


def _doubted(batch: VoucherBatch) -> list[str]:
    found = batch.bookings.filter(
        Q(flags__state=FlagState.OPEN) | Q(flags__state=FlagState.UPHELD)
    ).distinct()
    return [one.number for one in found[:5]]


@transaction.atomic
def approve_batch(*, batch: VoucherBatch, by: User, now: datetime | None = None) -> VoucherBatch:
    """A second officer checks the batch. What has been doubted meanwhile must be taken out first."""
    batch = _locked(batch)
    require_officer(by, batch.programme)
    if batch.made_by_id == by.pk:
        raise NotAllowed(
            "结算批次须由编制人以外的另一人复核，请同事办理。", code="voucher.two", conflict=True
        )
    state = BATCH_FLOW.after(batch.state, "approve")
    if doubted := _doubted(batch):
        raise NotAllowed(
            f"{'、'.join(doubted)} 有未排除的疑点，不能结算。请先核查，或撤销批次重新编制。",
            code="voucher.flag",
            conflict=True,
        )
    batch.state, batch.approved_by, batch.approved_at = state, by, now or timezone.now()
    batch.save(update_fields=["state", "approved_by", "approved_at"])
    record("voucher_batch.approved", by=by, target=batch, level=AuditLevel.IMPORTANT)
    return batch


@transaction.atomic
def pay_batch(
    *, batch: VoucherBatch, paid_on: date, receipt: str, by: User, now: datetime | None = None
) -> VoucherBatch:
    """The treasury has paid: every booking is settled, what the providers were owed moves to the settled account."""
    batch, now = _locked(batch), now or timezone.now()
    require_officer(by, batch.programme)
    state = BATCH_FLOW.after(batch.state, "pay")
    receipt = " ".join(receipt.split())
    if not receipt:
        raise BadInput("请写拨付凭证号，凭它对账。", field="receipt")
    if paid_on > timezone.localdate(now):
        raise BadInput(f"拨付日期 {paid_on} 还没到，请核对。", field="paid_on")
    target = account_of(batch.programme, AccountKind.SETTLED)
    for booking in (
        batch.bookings.select_for_update(of=("self",)).select_related("service__provider", "voucher").order_by("pk")
    ):  # fmt: skip
        booking.stage = Stage(BOOKING_FLOW.after(booking.stage, "settle"))
        booking.ended_at = now
        booking.save(update_fields=["stage", "ended_at"])
        post(
            kind=EntryKind.SETTLE, source=account_of(batch.programme, AccountKind.PROVIDER, booking.service.provider),
            target=target, fen=booking.redeemed_fen or 0, booking=booking, voucher=booking.voucher, batch=batch, by=by,
            at=now,
        )  # fmt: skip
    batch.state, batch.paid_on, batch.receipt = state, paid_on, receipt[:60]
    batch.save(update_fields=["state", "paid_on", "receipt"])
    record(
        "voucher_batch.paid", by=by, target=batch, row_count=batch.count, level=AuditLevel.CRITICAL,
        changes={"total": ["", yuan_words(batch.total_fen)], "receipt": ["", batch.receipt]},
    )  # fmt: skip
    for share in shares_of(batch):
        tell_firm(
            share.provider.organisation, f"创新券结算 {batch} 已拨付 {yuan_words(share.fen)}",
            f"{share.count} 笔，拨付日期 {paid_on}，凭证号 {batch.receipt}。", f"paid {batch.number} {share.provider.pk}", by,
        )  # fmt: skip
    return batch


@transaction.atomic
def cancel_batch(*, batch: VoucherBatch, reason: str, by: User) -> VoucherBatch:
    """Take an unpaid batch apart; its bookings are ready again."""
    batch, reason = _locked(batch), why(reason)
    require_officer(by, batch.programme)
    batch.state = BATCH_FLOW.after(batch.state, "cancel")
    batch.reason = reason
    batch.save(update_fields=["state", "reason"])
    batch.bookings.update(batch=None)
    record("voucher_batch.cancelled", by=by, target=batch, reason=reason, level=AuditLevel.IMPORTANT)
    return batch


@dataclass(frozen=True, slots=True)
class ProviderShare:
    """What one provider gets of a batch."""

    provider: ServiceProvider
    fen: int
    count: int
    bookings: tuple[VoucherBooking, ...]


def shares_of(batch: VoucherBatch) -> list[ProviderShare]:
    """The batch by provider, in the order of their names. One query."""
    rows = sorted(
        batch.bookings.select_related("service__provider__organisation", "firm", "voucher", "slot"),
        key=lambda one: (str(one.service.provider), one.service.provider_id, one.pk),
    )
    return [
        ProviderShare(
            own[0].service.provider, sum(one.redeemed_fen or 0 for one in own), len(own), tuple(own)
        )
        for _, group in groupby(rows, key=lambda one: one.service.provider_id)
        if (own := list(group))
    ]


def write_batch(batch: VoucherBatch, out: IO[bytes], *, by: User) -> int:
    """The batch as .xlsx: what goes to whom with full account numbers (recorded), and every booking. Sums in yuan."""
    shares = shares_of(batch)
    note = f"批次 {batch.number}    {batch.get_state_display()}    共 {batch.count} 笔 {yuan_words(batch.total_fen)}"
    payees: list[list[Value]] = [
        [at, str(one.provider), one.provider.organisation.uscc, one.provider.account_bank, one.provider.account_number,
         one.count, yuan(one.fen)]
        for at, one in enumerate(shares, start=1)
    ]  # fmt: skip
    payees.append(["", "合计", "", "", "", batch.count, yuan(batch.total_fen)])
    title = f"{batch.programme} 结算批次"
    count = write_workbook(
        [
            SheetPlan("拨付汇总", ["序号", "服务机构", "统一社会信用代码", "开户行", "收款账号", "笔数", "金额（元）"], payees,
                      title=title, note=note, widths=[6, 34, 22, 26, 26, 8, 16], autofilter=False),
            SheetPlan("核销明细", ["预约号", "服务机构", "企业", "服务项目", "服务时段", "券号", "实际金额（元）", "券支付（元）",
                                   "企业自付（元）", "发票号码", "报告编号", "核销时间"],
                      _details(shares), title=title, note=note, widths=[16, 26, 28, 24, 24, 18, 14, 14, 14, 22, 16, 17]),
        ],
        out,
        footer=f"{batch.number}  {by}",
    )  # fmt: skip
    record("voucher_batch.exported", by=by, target=batch, row_count=batch.count, level=AuditLevel.IMPORTANT)
    return count


def yuan(fen: int) -> Decimal:
    """Fen as a sum of money to the cent."""
    return (Decimal(fen) / 100).quantize(Decimal("0.01"))


def _details(shares: list[ProviderShare]) -> Iterator[list[Value]]:
    for share in shares:
        for one in share.bookings:
            price, part = one.redeemed_price_fen or 0, one.redeemed_fen or 0
            at = f"{timezone.localtime(one.redeemed_at):%Y-%m-%d %H:%M}" if one.redeemed_at else ""
            yield [
                one.number, str(share.provider), str(one.firm), str(one.service), str(one.slot), one.voucher.number,
                yuan(price), yuan(part), yuan(price - part), one.invoice_number, one.report_number, at,
            ]  # fmt: skip
