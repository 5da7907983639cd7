"""What waits for a user in the voucher room."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from keqiao.people.access import scope_of
from keqiao.voucher.access import firm_of, is_officer, provider_of
from keqiao.voucher.enums import BatchState, FlagState, Stage
from keqiao.voucher.models import VoucherBatch, VoucherBooking, VoucherFlag


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing to do. page: url name of the room; public_id: of what it shows."""

    title: str
    label: str
    detail: str
    since: datetime | None
    page: str
    public_id: UUID


_WITH = ("service__provider__organisation", "firm", "slot")
_MOST = 50


def _bookings(rows: QuerySet[VoucherBooking], detail: str) -> list[Todo]:
    return [
        Todo(str(one.service), one.number, detail, one.redeemed_at or one.asked_at, "booking", one.public_id)
        for one in rows.select_related(*_WITH).order_by("asked_at")[:_MOST]
    ]


def todos_of(user: Any) -> list[Todo]:
    """The firm's, the provider's and the officer's tasks. A handful of queries."""
    found: list[Todo] = []
    if firm := firm_of(user):
        own = VoucherBooking.objects.filter(firm=firm)
        found += _bookings(
            own.filter(stage=Stage.REDEEMED, firm_confirmed_at=None), "已核销，请确认服务完成和自付付款"
        )
    if provider := provider_of(user):
        served = VoucherBooking.objects.filter(service__provider=provider)
        found += _bookings(served.filter(stage=Stage.REQUESTED), "新预约，请接单")
        found += _bookings(
            served.filter(stage=Stage.REDEEMED, provider_confirmed_at=None), "已核销，请填发票和报告"
        )
    if is_officer(user):
        scope = scope_of(user)
        seen = VoucherBooking.objects.visible_to(scope).values("pk")
        flags = VoucherFlag.objects.filter(state=FlagState.OPEN, booking__in=seen).select_related("booking")
        found += [
            Todo(one.reason, one.rule, f"{one.booking.number} 有疑点，请核查", one.found_at, "booking", one.booking.public_id)
            for one in flags[:_MOST]
        ]  # fmt: skip
        if scope.sees_all:
            drafts = VoucherBatch.objects.filter(state=BatchState.DRAFT).exclude(made_by=user)
            found += [
                Todo(f"结算批次 {one.number}", one.number, "请复核", one.made_at, "batch", one.public_id)
                for one in drafts[:_MOST]
            ]
    return found
