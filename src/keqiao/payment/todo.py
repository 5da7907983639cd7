"""What waits for a person in this room, oldest first."""

from dataclasses import dataclass
from datetime import date, datetime, time

from django.urls import reverse
from django.utils import timezone

from keqiao.payment.access import awards_of, is_officer_of, unit_of
from keqiao.payment.enums import AwardState, BatchState, ContestState
from keqiao.payment.models import Award, AwardList, Batch, Contest, PublicObjection, in_area
from keqiao.people.access import scope_of
from keqiao.people.enums import OFFICERS
from keqiao.people.models import User

_MOST = 50
_FIRM = {
    AwardState.ASKED: "核对收款账户，点一次确认",
    AwardState.BOUNCED: "银行退票，更正收款账户",
    AwardState.RETURNED: "按意见补正后再提交",
}


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing to do. label: its number; detail: what to do."""

    title: str
    label: str
    detail: str
    href: str
    since: datetime


def todos_of(user: User) -> list[Todo]:
    """For officers: contests, objections, second looks, reviews, batches to check. For a firm: its word is awaited."""
    found = _of_officer(user) if scope_of(user).roles & OFFICERS else _of_firm(user)
    return sorted(found, key=lambda one: one.since)


def _of_firm(user: User) -> list[Todo]:
    unit = unit_of(user)
    if unit is None:
        return []
    rows = awards_of(user).filter(organisation=unit, state__in=list(_FIRM))[:_MOST]
    return [
        Todo(one.item.title, one.number, _FIRM[AwardState(one.state)], _own_href(one), one.since)
        for one in rows
    ]


def _own_href(award: Award) -> str:
    page = "application" if award.state == AwardState.RETURNED else "own-award"
    return reverse(f"payment:{page}", args=[award.public_id])


def _of_officer(user: User) -> list[Todo]:
    scope = scope_of(user)
    if not AwardList.objects.filter(in_area(scope, "division_code")).exists():
        return []  # one query on every page of an office that pays nothing here
    found = [
        Todo(one.award.firm_name, one.number, f"申诉：{one.condition_title}", _href(one.award), one.came_at)
        for one in Contest.objects.filter(in_area(scope, "award__roll__division_code"), state=ContestState.OPEN).select_related("award__roll")[:_MOST]
        if is_officer_of(user, one.award.roll.division_code)
    ]  # fmt: skip
    found += [
        Todo(one.award.firm_name, one.number, "公示异议，公示已暂停", reverse("payment:objection", args=[one.public_id]), _morning(one.came_on))
        for one in PublicObjection.objects.filter(in_area(scope, "award__roll__division_code"), decided_on=None).select_related("award__roll")[:_MOST]
        if is_officer_of(user, one.award.roll.division_code)
    ]  # fmt: skip
    waiting = Award.objects.filter(
        in_area(scope, "roll__division_code"), state__in=(AwardState.SECOND, AwardState.SUBMITTED)
    )
    found += [
        Todo(one.firm_name, one.number, one.get_state_display(), _href(one), one.since)
        for one in waiting.select_related("roll").order_by("since")[:_MOST]
        if not (one.state == AwardState.SECOND and one.confirmed_by_id == user.pk)
    ]
    batches = Batch.objects.filter(in_area(scope, "envelope__division_code"), state=BatchState.DRAFT).exclude(
        created_by=user
    )
    found += [
        Todo(
            one.title,
            one.number,
            "批次待复核",
            reverse("payment:batch", args=[one.public_id]),
            one.created_at,
        )
        for one in batches[:_MOST]
    ]
    return found


def _morning(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(9)))


def _href(award: Award) -> str:
    return reverse("payment:award", args=[award.public_id])
