"""The one-time code at the lab desk, the redemption, and both sides' confirmation."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core import signing
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from keqiao.core.audit import record
from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.people.models import User
from keqiao.voucher.access import provider_of
from keqiao.voucher.booking import give_back, locked_booking, require_customer, require_server, used_in_year
from keqiao.voucher.enums import AccountKind, EntryKind, Stage
from keqiao.voucher.flow import BOOKING_FLOW
from keqiao.voucher.issuing import locked, tell_firm
from keqiao.voucher.ledger import account_of, post, yuan_words
from keqiao.voucher.models import VoucherBooking
from keqiao.voucher.rules import entitlement
from keqiao.voucher.terms import terms_on
from keqiao.voucher.watching import watch

_SIGNER = signing.Signer(salt="keqiao.voucher.code")
_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # none that look alike
_LENGTH = 8


@dataclass(frozen=True, slots=True)
class Code:
    """What the customer shows. token: signed, in the QR's address; typed: the same code for a desk without a camera."""

    token: str
    typed: str
    until: datetime


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


@transaction.atomic
def new_code(*, booking: VoucherBooking, by: User, now: datetime | None = None) -> Code:
    """A fresh code for an accepted booking; the one before it is dead. Only its hash is kept."""
    booking, now = locked_booking(booking), now or timezone.now()
    require_customer(booking, by)
    BOOKING_FLOW.the_move(booking.stage, "redeem")
    terms = terms_on(booking.voucher.programme.division_code, timezone.localdate(now))
    typed = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    booking.code_hash, booking.code_until = _hash(typed), now + timedelta(minutes=terms.code_minutes)
    booking.save(update_fields=["code_hash", "code_until"])
    record("voucher_booking.code_made", by=by, target=booking)
    return Code(_SIGNER.sign(typed), typed, booking.code_until)


def booking_by_code(*, text: str, by: User, now: datetime | None = None) -> VoucherBooking:
    """The booking of this provider behind a scanned token or a typed code. NotFound for any other, expired or used."""
    now = now or timezone.now()
    provider = provider_of(by)
    if provider is None:
        raise NotAllowed("核销由服务机构的账号办理。请用机构账号登录后再扫码。", code="voucher.provider")
    try:
        code = _SIGNER.unsign(text) if ":" in text else text.upper().replace(" ", "").replace("-", "")
    except signing.BadSignature:
        raise NotFound("这个核销码", text[:12]) from None
    found = (
        VoucherBooking.objects.select_related("service__provider", "firm", "slot", "voucher__programme")
        .filter(code_hash=_hash(code), service__provider=provider)
        .first()
    )
    if found is None:
        raise NotFound("这个核销码", code[:3] + "…")
    if found.code_until is None or found.code_until < now:
        raise NotAllowed(
            f"{found} 的核销码已经过时。请企业在预约页面重新出示二维码。", code="voucher.code", conflict=True
        )
    return found


@transaction.atomic
def redeem(
    *,
    booking: VoucherBooking,
    code: str,
    actual_fen: int | None = None,
    by: User,
    now: datetime | None = None,
) -> VoucherBooking:
    """Spend the held money, once: less than was held when the service came cheaper, never more.

    actual_fen: what the service really cost; None as booked. The code is used up. Of two at once, the second is refused
    by the state it then finds.
    """
    now = now or timezone.now()
    booking_by_code(text=code, by=by, now=now)
    booking = locked_booking(booking)
    require_server(booking, by)
    BOOKING_FLOW.the_move(booking.stage, "redeem")
    if booking_by_code(text=code, by=by, now=now).pk != booking.pk:
        raise NotFound("这个核销码", code[:3] + "…")
    day, voucher = timezone.localdate(now), booking.voucher
    terms = terms_on(voucher.programme.division_code, day)
    if day > voucher.valid_until + timedelta(days=terms.grace_days):
        raise NotAllowed(
            f"{voucher} 有效期至 {voucher.valid_until}，{terms.grace_days} 天宽限期也已过，不能核销。",
            code="voucher.over",
            conflict=True,
        )
    actual = booking.price_fen if actual_fen is None else actual_fen
    if actual <= 0:
        raise BadInput("实际金额须大于零。没有提供服务的请取消预约。", field="amount")
    part = entitlement(
        actual, holder=voucher.holder, used_fen=used_in_year(booking.firm_id, voucher.programme.year, booking.pk),
        terms=terms,
    ).voucher_fen  # fmt: skip
    part = min(part, booking.held_fen)
    if part <= 0:
        raise BadInput(
            f"实际金额 {yuan_words(actual)} 太小，创新券一分也用不上，请取消预约，由企业自付。",
            field="amount",
        )
    _spend(booking, actual, part, by, now)
    watch(booking, now)
    for unit in (booking.firm, booking.service.provider.organisation):
        tell_firm(
            unit, f"{booking} 已核销 {yuan_words(part)}",
            f"实际金额 {yuan_words(actual)}，企业自付 {yuan_words(actual - part)}。请双方在 {terms.confirm_days} 天内确认。",
            f"redeemed {booking.number}", by, reverse("voucher:booking", args=[booking.public_id]),
        )  # fmt: skip
    return booking


def _spend(booking: VoucherBooking, actual: int, part: int, by: User, now: datetime) -> None:
    voucher = locked(booking.voucher)  # before the accounts, as everywhere in this room
    target = account_of(voucher.programme, AccountKind.PROVIDER, booking.service.provider)
    post(
        kind=EntryKind.REDEEM, source=booking.account, target=target, fen=part, voucher=voucher, booking=booking, by=by,
        at=now,
    )  # fmt: skip
    if rest := booking.held_fen - part:
        give_back(booking, EntryKind.RELEASE, booking.account, rest, "实际金额低于预约", by, now)
    booking.stage = BOOKING_FLOW.after(booking.stage, "redeem")
    booking.redeemed_at, booking.redeemed_by = now, by
    booking.redeemed_price_fen, booking.redeemed_fen, booking.code_hash = actual, part, ""
    booking.save(
        update_fields=[
            "stage",
            "redeemed_at",
            "redeemed_by",
            "redeemed_price_fen",
            "redeemed_fen",
            "code_hash",
        ]
    )
    record(
        "voucher_booking.redeem", by=by, target=booking,
        changes={"redeemed": ["", yuan_words(part)], "price": [yuan_words(booking.price_fen), yuan_words(actual)]},
    )  # fmt: skip


@transaction.atomic
def confirm_as_firm(
    *, booking: VoucherBooking, own_paid_on: date, satisfaction: int, by: User, now: datetime | None = None
) -> VoucherBooking:
    """The firm says that the service was done and its own part is paid (V-06)."""
    booking, now = locked_booking(booking), now or timezone.now()
    require_customer(booking, by)
    BOOKING_FLOW.the_move(booking.stage, "confirm")
    if booking.firm_confirmed_at is not None:
        raise NotAllowed(f"{booking} 本企业已经确认过。", code="voucher.confirmed", conflict=True)
    if own_paid_on > timezone.localdate(now):
        raise BadInput(f"自付部分的付款日 {own_paid_on} 还没到，请付款后再确认。", field="own_paid_on")
    if satisfaction not in range(1, 6):
        raise BadInput("请给 1 到 5 分的评价。", field="satisfaction")
    booking.firm_confirmed_at, booking.own_paid_on, booking.satisfaction = now, own_paid_on, satisfaction
    return _confirmed(booking, by, "firm", ["firm_confirmed_at", "own_paid_on", "satisfaction"])


@transaction.atomic
def confirm_as_provider(
    *, booking: VoucherBooking, invoice_number: str, report_number: str, by: User, now: datetime | None = None
) -> VoucherBooking:
    """The provider gives the invoice and the report (V-06). An invoice pays for one booking only (V-07)."""
    booking, now = locked_booking(booking), now or timezone.now()
    require_server(booking, by)
    BOOKING_FLOW.the_move(booking.stage, "confirm")
    if booking.provider_confirmed_at is not None:
        raise NotAllowed(f"{booking} 本机构已经确认过。", code="voucher.confirmed", conflict=True)
    invoice = "".join(invoice_number.split())
    report = " ".join(report_number.split())
    if not invoice.isdigit() or len(invoice) not in (18, 20):
        raise BadInput(
            f"发票号码“{invoice[:24]}”不对：数电票 20 位数字；纸质票把 10 位代码和 8 位号码连写成 18 位。",
            field="invoice_number",
        )
    if not report:
        raise BadInput("请写报告或成果的编号。", field="report_number")
    other = VoucherBooking.objects.filter(invoice_number=invoice).exclude(pk=booking.pk).first()
    if other is not None:
        raise BadInput(
            f"V-07 发票 {invoice} 已经用于 {other.number}，一张发票只能用一次，请核对。",
            field="invoice_number",
        )
    booking.provider_confirmed_at, booking.invoice_number, booking.report_number = now, invoice, report[:60]
    try:
        with transaction.atomic():
            return _confirmed(
                booking, by, "provider", ["provider_confirmed_at", "invoice_number", "report_number"]
            )
    except IntegrityError as twice:
        raise BadInput(f"V-07 发票 {invoice} 刚被用于另一笔预约，请核对。", field="invoice_number") from twice


def _confirmed(booking: VoucherBooking, by: User, who: str, fields: list[str]) -> VoucherBooking:
    if booking.firm_confirmed_at is not None and booking.provider_confirmed_at is not None:
        booking.stage = Stage(BOOKING_FLOW.after(booking.stage, "confirm"))
        fields.append("stage")
    booking.save(update_fields=fields)
    record(f"voucher_booking.confirmed_by_{who}", by=by, target=booking)
    return booking
