"""Asking for a slot with a voucher, taking the order, cancelling, refunding."""

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import F, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from keqiao.core.audit import record
from keqiao.core.errors import BadInput, NotAllowed
from keqiao.core.numbers import next_number
from keqiao.people.models import User
from keqiao.voucher.access import is_customer, is_server, require_officer
from keqiao.voucher.eligibility import standings
from keqiao.voucher.enums import ENDED, AccountKind, EntryKind, Holder
from keqiao.voucher.flow import BOOKING_FLOW
from keqiao.voucher.issuing import locked, require_active, require_holder, tell_firm
from keqiao.voucher.ledger import account_of, balance_of, post, yuan_words
from keqiao.voucher.models import LabService, LabSlot, Voucher, VoucherAccount, VoucherBooking
from keqiao.voucher.rules import Facts, Share, refusals, share_of
from keqiao.voucher.terms import terms_on
from keqiao.voucher.watching import watch


def used_in_year(firm_id: int, year: int, except_for: int | None = None) -> int:
    """Fen of vouchers that the firm's bookings of a programme year hold or have used; ended ones left out."""
    rows = VoucherBooking.objects.filter(firm=firm_id, voucher__programme__year=year).exclude(stage__in=ENDED)
    if except_for is not None:
        rows = rows.exclude(pk=except_for)
    found: int | None = rows.aggregate(total=Sum(Coalesce(F("redeemed_fen"), F("held_fen"))))["total"]
    return found or 0


def quote(voucher: Voucher, service: LabService, quantity: int, day: date) -> Share:
    """How the contract would be paid with this voucher on `day`. Two queries."""
    return share_of(
        service.price_fen * quantity,
        holder=voucher.holder,
        used_fen=used_in_year(voucher.firm_id, voucher.programme.year),
        balance_fen=balance_of(voucher.account),
        terms=terms_on(voucher.programme.division_code, day),
    )


def booking_refusals(
    voucher: Voucher, service: LabService, slot: LabSlot, share: Share, now: datetime
) -> list[tuple[str, str]]:
    """(rule, words) of what forbids it; see `rules.refusals`."""
    day = timezone.localdate(now)
    place = voucher.programme.division_code
    standing = standings([voucher.firm], place, terms_on(place, day), day)[voucher.firm_id]
    facts = Facts(
        on=timezone.localdate(now), serves_on=timezone.localdate(slot.starts_at), valid_from=voucher.valid_from,
        valid_until=voucher.valid_until, is_listed=service.provider.is_listed, is_open=service.is_open,
        is_statutory=service.is_statutory, is_own_unit=service.provider.organisation_id == voucher.firm_id, share=share,
        ineligible=standing.refusal.removeprefix("V-01：") if voucher.holder == Holder.FIRM else "",
    )  # fmt: skip
    return refusals(facts)


@transaction.atomic
def book(
    *, voucher: Voucher, service: LabService, slot: LabSlot, quantity: int = 1, need: str = "", by: User,
    now: datetime | None = None,
) -> VoucherBooking:  # fmt: skip
    """Hold the slot and the voucher's part of the price. Raises BadInput with every rule that forbids it."""
    now = now or timezone.now()
    day = timezone.localdate(now)
    voucher = locked(voucher)
    require_holder(voucher, by)
    require_active(voucher, day)
    if not 1 <= quantity <= 1000:
        raise BadInput(f"数量 {quantity} 不对，请写 1 到 1000。", field="quantity")
    if slot.service_id != service.pk or slot.starts_at <= now:
        raise BadInput("这个时段不属于这项服务，或已经开始，请另选。", field="slot")
    service = LabService.objects.select_related("provider").get(pk=service.pk)
    share = quote(voucher, service, quantity, day)
    if wrong := booking_refusals(voucher, service, slot, share, now):
        raise BadInput("；".join(f"{rule} {words}" for rule, words in wrong), code="voucher.rules")
    number = next_number("券约", day.year)
    account = VoucherAccount.objects.create(
        programme=voucher.programme, kind=AccountKind.HELD, name=f"{number} {voucher.firm}"[:200]
    )
    try:
        with transaction.atomic():
            booking = VoucherBooking.objects.create(
                number=number, voucher=voucher, firm=voucher.firm, service=service, slot=slot, account=account,
                quantity=quantity, price_fen=share.price_fen, held_fen=share.voucher_fen,
                need=" ".join(need.split())[:400], asked_by=by, asked_at=now, is_sample=voucher.is_sample,
            )  # fmt: skip
    except IntegrityError as taken:
        raise NotAllowed(
            f"{slot} 刚被别人约走了，请另选一个时段。", code="voucher.slot", conflict=True
        ) from taken
    post(
        kind=EntryKind.HOLD, source=voucher.account, target=account, fen=share.voucher_fen, voucher=voucher,
        booking=booking, by=by, at=now,
    )  # fmt: skip
    record(
        "voucher_booking.asked", by=by, target=booking, changes={"held": ["", yuan_words(share.voucher_fen)]}
    )
    watch(booking, now)
    tell_firm(
        service.provider.organisation,
        f"新预约 {number}：{service}",
        f"{voucher.firm}预约 {slot}，{service} {quantity} {service.unit}。请接单或说明不能接的原因。",
        f"asked {number}",
        by,
        reverse("voucher:booking", args=[booking.public_id]),
    )
    return booking


def locked_booking(booking: VoucherBooking) -> VoucherBooking:
    """The row, locked and fresh: of two who act at once, the second waits here and then sees the new state."""
    return (
        VoucherBooking.objects.select_for_update(of=("self",))
        .select_related("voucher__programme", "voucher__account", "firm", "service__provider__organisation", "slot", "account")
        .get(pk=booking.pk)
    )  # fmt: skip


def require_server(booking: VoucherBooking, by: User) -> None:
    if not is_server(by, booking):
        raise NotAllowed(
            f"{booking} 由“{booking.service.provider}”办理，请用该机构的账号登录。", code="voucher.provider"
        )


def require_customer(booking: VoucherBooking, by: User) -> None:
    if not is_customer(by, booking):
        raise NotAllowed(f"{booking} 是“{booking.firm}”的预约，请用该企业的账号登录。", code="voucher.holder")


def why(text: str, most: int = 200) -> str:
    """The typed reason in one line. Raises BadInput when it is missing."""
    text = " ".join(text.split())
    if not text:
        raise BadInput("请写明原因，对方会看到。", code="voucher.reason", field="reason")
    return text[:most]


def _moved(booking: VoucherBooking, name: str, by: User | None, reason: str, *fields: str) -> None:
    before = booking.get_stage_display()
    booking.stage = BOOKING_FLOW.after(booking.stage, name)
    booking.save(update_fields=["stage", *fields])
    record(
        f"voucher_booking.{name}", by=by, target=booking, reason=reason,
        changes={"stage": [str(before), str(booking.get_stage_display())]},
    )  # fmt: skip


@transaction.atomic
def accept(*, booking: VoucherBooking, by: User, now: datetime | None = None) -> VoucherBooking:
    """The provider takes the order."""
    booking = locked_booking(booking)
    require_server(booking, by)
    booking.decided_at = now or timezone.now()
    _moved(booking, "accept", by, "", "decided_at")
    tell_firm(
        booking.firm, f"{booking} 已接单", f"{booking.service.provider}将于 {booking.slot} 提供“{booking.service}”。到场出示二维码核销。",
        f"accepted {booking.number}", by, reverse("voucher:booking", args=[booking.public_id]),
    )  # fmt: skip
    return booking


def give_back(booking: VoucherBooking, kind: EntryKind, source: VoucherAccount, fen: int, reason: str, by: User | None,
               now: datetime) -> None:  # fmt: skip
    """Back to the voucher while it is valid, otherwise to the expired account: an ended voucher stays empty."""
    voucher = locked(booking.voucher)
    is_alive = voucher.state == "active" and timezone.localdate(now) <= voucher.valid_until
    if is_alive:
        target = voucher.account
    elif voucher.state == "withdrawn":
        target = account_of(voucher.programme, AccountKind.POOL)
    else:
        target = account_of(voucher.programme, AccountKind.EXPIRED)
    post(
        kind=kind, source=source, target=target, fen=fen, voucher=voucher, booking=booking, note=reason, by=by, at=now
    )  # fmt: skip


def _end(booking: VoucherBooking, name: str, reason: str, by: User | None, now: datetime) -> VoucherBooking:
    """Locks in the room's one order: booking, voucher, accounts, and last the audit trail."""
    BOOKING_FLOW.the_move(booking.stage, name)
    give_back(booking, EntryKind.RELEASE, booking.account, booking.held_fen, reason, by, now)
    booking.reason, booking.ended_at = reason, now
    _moved(booking, name, by, reason, "reason", "ended_at")
    return booking


@transaction.atomic
def refuse(*, booking: VoucherBooking, reason: str, by: User, now: datetime | None = None) -> VoucherBooking:
    """The provider does not take the order; the voucher gets its money back."""
    booking, reason = locked_booking(booking), why(reason)
    require_server(booking, by)
    BOOKING_FLOW.the_move(booking.stage, "refuse")
    _end(booking, "refuse", reason, by, now or timezone.now())
    tell_firm(
        booking.firm, f"{booking} 未接单", f"原因：{reason}。券额已退回。", f"refused {booking.number}", by
    )
    return booking


@transaction.atomic
def cancel(*, booking: VoucherBooking, reason: str, by: User, now: datetime | None = None) -> VoucherBooking:
    """Either side cancels before redemption, with the reason; the other side is told."""
    booking, reason = locked_booking(booking), why(reason)
    if not is_customer(by, booking):
        require_server(booking, by)
    BOOKING_FLOW.the_move(booking.stage, "cancel")
    _end(booking, "cancel", reason, by, now or timezone.now())
    for unit in (booking.firm, booking.service.provider.organisation):
        tell_firm(
            unit, f"{booking} 已取消", f"原因：{reason}。券额已退回。", f"cancelled {booking.number}", by
        )
    return booking


@transaction.atomic
def refund(*, booking: VoucherBooking, reason: str, by: User, now: datetime | None = None) -> VoucherBooking:
    """Take a redemption back before settlement: by the provider, or by an officer (an upheld flag, a complaint)."""
    booking, reason = locked_booking(booking), why(reason)
    now = now or timezone.now()
    if not is_server(by, booking):
        require_officer(by, booking.voucher.programme)
    if booking.batch_id is not None:
        raise NotAllowed(
            f"{booking} 已列入结算批次，请先撤销批次再退回；已拨付的由科技局另行追回。",
            code="voucher.batched",
            conflict=True,
        )
    BOOKING_FLOW.the_move(booking.stage, "refund")
    fen = booking.redeemed_fen or 0
    source = account_of(booking.voucher.programme, AccountKind.PROVIDER, booking.service.provider)
    give_back(booking, EntryKind.REFUND, source, fen, reason, by, now)
    booking.reason, booking.ended_at = reason, now
    _moved(booking, "refund", by, reason, "reason", "ended_at")
    for unit in (booking.firm, booking.service.provider.organisation):
        tell_firm(
            unit,
            f"{booking} 的核销已退回",
            f"{yuan_words(fen)}。原因：{reason}",
            f"refunded {booking.number}",
            by,
        )
    return booking


@transaction.atomic
def lapse(*, booking: VoucherBooking, by: User | None = None, now: datetime | None = None) -> VoucherBooking:
    """The grace after the voucher's last day is over and nothing was redeemed."""
    booking, now = locked_booking(booking), now or timezone.now()
    _end(booking, "lapse", "创新券过期后未在宽限期内核销", by, now)
    return booking
