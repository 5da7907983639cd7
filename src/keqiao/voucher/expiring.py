"""The end of validity: warnings before it, the expiry itself, bookings that lapse after the grace. Run every night."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from keqiao.core.audit import record
from keqiao.voucher.booking import lapse
from keqiao.voucher.enums import HOLDING, AccountKind, EntryKind, VoucherState
from keqiao.voucher.issuing import locked, tell_firm
from keqiao.voucher.ledger import account_of, balance_of, balances_of, post, yuan_words
from keqiao.voucher.models import Voucher, VoucherBooking
from keqiao.voucher.terms import terms_on


def warn_soon(day: date | None = None) -> int:
    """Tell firms whose vouchers end in exactly 60, 30, 7 days (the terms' `warn_days`) what is left. Gives how many."""
    day = day or timezone.localdate()
    told = 0
    horizon = day + timedelta(days=200)
    found = Voucher.objects.filter(
        state=VoucherState.ACTIVE, valid_until__gte=day, valid_until__lte=horizon
    ).select_related("programme", "firm")
    balances = balances_of(found.values_list("account_id", flat=True))
    for voucher in found:
        left = (voucher.valid_until - day).days
        terms = terms_on(voucher.programme.division_code, day)
        if left not in terms.warn_days or not balances[voucher.account_id]:
            continue
        tell_firm(
            voucher.firm, f"创新券 {voucher} 还有 {left} 天到期，余额 {yuan_words(balances[voucher.account_id])}",
            f"有效期至 {voucher.valid_until}，到期未用的余额作废，不结转。请尽快预约。", f"ends {voucher.number} {left}", None,
        )  # fmt: skip
        told += 1
    return told


@transaction.atomic
def expire(*, voucher: Voucher, now: datetime | None = None) -> int:
    """End one voucher after its last day: its balance goes to the expired account. What bookings hold is not touched. Gives the fen."""
    now = now or timezone.now()
    voucher = locked(voucher)
    if voucher.state != VoucherState.ACTIVE or timezone.localdate(now) <= voucher.valid_until:
        return 0
    fen = balance_of(voucher.account)
    if fen:
        post(
            kind=EntryKind.EXPIRE, source=voucher.account,
            target=account_of(voucher.programme, AccountKind.EXPIRED), fen=fen, voucher=voucher, by=None, at=now,
        )  # fmt: skip
    voucher.state = VoucherState.EXPIRED
    voucher.save(update_fields=["state"])
    record("voucher.expired", target=voucher, changes={"balance": [yuan_words(fen), yuan_words(0)]})
    return fen


def expire_due(now: datetime | None = None) -> tuple[int, int]:
    """Everything due by now: (vouchers ended, bookings lapsed). Each in its own transaction; may be run again."""
    now = now or timezone.now()
    day = timezone.localdate(now)
    ended = 0
    for voucher in Voucher.objects.filter(state=VoucherState.ACTIVE, valid_until__lt=day).order_by("pk"):
        expire(voucher=voucher, now=now)
        ended += 1
    lapsed = 0
    waiting = VoucherBooking.objects.filter(stage__in=HOLDING, voucher__valid_until__lt=day)
    for booking in waiting.select_related("voucher__programme").order_by("pk"):
        terms = terms_on(booking.voucher.programme.division_code, day)
        if day > booking.voucher.valid_until + timedelta(days=terms.grace_days):
            lapse(booking=booking, now=now)
            lapsed += 1
    return ended, lapsed
