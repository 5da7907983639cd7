"""Vouchers, services and bookings as the pages' parts want them. No write here."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils import timezone

from keqiao.voucher.enums import ENDED, FlagState, ServiceClass, Stage, VoucherState
from keqiao.voucher.ledger import yuan_words
from keqiao.voucher.models import Voucher, VoucherBooking
from keqiao.web.market.present import place_name
from keqiao.web.words import day, moment, remaining

TONES = {
    Stage.REQUESTED: "amber", Stage.ACCEPTED: "brand", Stage.REDEEMED: "amber", Stage.CONFIRMED: "brand",
    Stage.SETTLED: "green", Stage.REFUNDED: "red",
}  # fmt: skip
_SOON = 60


def tail(number: str) -> str:
    """The last four digits of an account."""
    return f"**** {number[-4:]}" if len(number) > 4 else "****" if number else ""


def service_row(service: Any) -> dict[str, Any]:
    """One card of the catalogue."""
    unit = service.provider.organisation
    return {
        "service": service, "href": reverse("voucher:service", args=[service.public_id]),
        "price": f"{yuan_words(service.price_fen)} / {service.unit}", "kind": str(ServiceClass(service.service_class).label),
        "provider": str(unit), "place": place_name(unit.division_code), "is_sample": service.provider.is_sample,
    }  # fmt: skip


def voucher_row(voucher: Voucher, balance: int, held: int = 0) -> dict[str, Any]:
    """One voucher of a wallet."""
    today = timezone.localdate()
    left = (voucher.valid_until - today).days
    state = VoucherState(voucher.state)
    is_active = state == VoucherState.ACTIVE and left >= 0
    return {
        "voucher": voucher, "number": voucher.number, "face": yuan_words(voucher.face_fen), "left": yuan_words(balance),
        "held": yuan_words(held) if held else "", "until": voucher.valid_until, "is_active": is_active,
        "warning": remaining(voucher.valid_until) if is_active and left <= _SOON and balance else "",
        "state": "有效" if is_active else str(state.label) if state != VoucherState.ACTIVE else "已过有效期",
        "tone": "green" if is_active else "plain", "may_split": is_active and balance > 0, "share": balance,
    }  # fmt: skip


def booking_table(rows: Iterable[VoucherBooking], caption: str, *, other: str = "") -> dict[str, Any]:
    """Bookings as `_parts/table.html` wants them. other: "firm" or "lab", the one side that the reader is not; both otherwise.

    rows: with service.provider.organisation, firm, slot, and flags.
    """
    side = {"firm": ["企业"], "lab": ["机构"]}.get(other, ["企业", "机构"])
    names = {"企业": lambda one: str(one.firm), "机构": lambda one: str(one.service.provider)}
    return {
        "caption": caption, "hide_caption": True,
        "columns": [{"label": "服务", "main": True}, *({"label": one} for one in side), {"label": "时段"},
                    {"label": "金额（元）", "num": True}, {"label": "用券（元）", "num": True}, {"label": "状态"}],
        "rows": [{"cells": [
            {"text": str(one.service), "href": reverse("voucher:booking", args=[one.public_id]), "sub": one.number},
            *(names[label](one) for label in side), str(one.slot),
            plain_yuan(one.redeemed_price_fen or one.price_fen),
            plain_yuan(one.held_fen if one.redeemed_fen is None else one.redeemed_fen),
            {"chip": stage_words(one), "tone": "red" if _doubted(one) else TONES.get(Stage(one.stage), "plain")},
        ]} for one in rows],
    }  # fmt: skip


def plain_yuan(fen: int) -> str:
    """12,345.67 without the unit, for columns."""
    return yuan_words(fen).removesuffix(" 元")


def _doubted(booking: VoucherBooking) -> bool:
    return booking.stage not in ENDED and any(one.state == FlagState.OPEN for one in booking.flags.all())


def stage_words(booking: VoucherBooking) -> str:
    words = str(Stage(booking.stage).label)
    return f"{words}，有疑点" if _doubted(booking) else words


def clock_of(booking: VoucherBooking) -> list[dict[str, str]]:
    """办理时钟 of a booking: what is done, by when, and what waits."""
    ended = booking.stage in ENDED
    confirmed = [
        ("企业确认", booking.firm_confirmed_at), ("机构填发票和报告", booking.provider_confirmed_at),
    ]  # fmt: skip
    steps = [
        _step("企业预约", booking.asked_at),
        _step("机构接单", booking.decided_at, str(booking.slot)),
        _step("到场核销", booking.redeemed_at),
        *(_step(label, when) for label, when in confirmed),
        _step("结算拨付", booking.ended_at if booking.stage == Stage.SETTLED else None,
              booking.batch.number if booking.batch else ""),
    ]  # fmt: skip
    if ended:
        done = [step for step in steps if step["state"] == "done"]
        label = str(Stage(booking.stage).label)
        return [
            *done,
            {"label": label, "state": "late", "when": moment(booking.ended_at), "note": booking.reason},
        ]
    for step in steps:
        if step["state"] == "todo":
            step["state"] = "now"
            break
    return steps


def _step(label: str, when: Any, note: str = "") -> dict[str, str]:
    return {
        "label": label,
        "state": "done" if when else "todo",
        "when": moment(when) if when else "",
        "note": note,
    }


def facts_of(booking: VoucherBooking) -> list[tuple[str, str]]:
    """The booking line by line."""
    price = booking.redeemed_price_fen or booking.price_fen
    part = booking.held_fen if booking.redeemed_fen is None else booking.redeemed_fen
    actual = "实际金额" if booking.redeemed_at else "合同额"
    lines = [
        ("服务机构", str(booking.service.provider)), ("企业", str(booking.firm)), ("时段", str(booking.slot)),
        ("数量", f"{booking.quantity} {booking.service.unit}"), (actual, yuan_words(price)),
        ("创新券支付", f"{yuan_words(part)}（{booking.voucher.number}）"), ("企业自付", yuan_words(price - part)),
        ("样品和要求", booking.need), ("发票号码", booking.invoice_number), ("报告编号", booking.report_number),
        ("自付付款日", day(booking.own_paid_on) if booking.own_paid_on else ""),
        ("企业评价", f"{booking.satisfaction} 分" if booking.satisfaction else ""),
    ]  # fmt: skip
    return [line for line in lines if line[1]]
