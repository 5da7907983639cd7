"""What waits for a user in the hall: checks, objections, admissions, openings, results, returned drafts."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from keqiao.deal.access import is_officer_of
from keqiao.hall.access import unit_of
from keqiao.hall.enums import Admitted, BidForm, State
from keqiao.hall.log import clock_of
from keqiao.hall.models import Admission, Listing, Objection
from keqiao.people.access import scope_of
from keqiao.people.enums import OFFICERS
from keqiao.people.models import User

_MOST = 100


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing to do. objection: it has a page of its own."""

    listing: Listing
    detail: str
    since: datetime | None
    objection: Objection | None = None
    late: bool = False


def todos_of(user: User, now: datetime | None = None) -> list[Todo]:
    """The officer's and the owner's tasks, objections first: they stop a clock."""
    now = now or timezone.now()
    found: list[Todo] = []
    if scope_of(user).roles & OFFICERS:
        found += _officers(user, now)
    unit = unit_of(user)
    if unit is not None:
        mine = Listing.objects.filter(owner=unit)
        found += [
            Todo(one, f"退回修改：{one.reason}", one.submitted_at)
            for one in mine.filter(state=State.RETURNED)[:_MOST]
        ]
    return found


def _officers(user: User, now: datetime) -> list[Todo]:
    def here(listing: Listing) -> bool:
        return is_officer_of(user, listing.division_code) and listing.owner_id != user.organisation_id

    waiting = Objection.objects.open().select_related("notice__listing").order_by("came_at")[:_MOST]
    found = [
        Todo(one.notice.listing, f"异议 {one.number}，公示期已暂停", one.came_at, one, late=True)
        for one in waiting if here(one.notice.listing)
    ]  # fmt: skip
    review = Listing.objects.filter(state=State.REVIEW).order_by("submitted_at")[:_MOST]
    found += [Todo(one, "挂牌公告等您审核", one.submitted_at) for one in review if here(one)]
    asked = Admission.objects.filter(state=Admitted.APPLIED, listing__state=State.PUBLISHED).select_related(
        "listing"
    )
    found += [
        Todo(one.listing, "竞买登记等您审查", one.applied_at)
        for one in asked.order_by("applied_at")[:_MOST]
        if here(one.listing)
    ]
    over = Listing.objects.filter(state=State.PUBLISHED, closes_at__lte=now).order_by("closes_at")[:_MOST]
    for one in over:
        if here(one):
            sealed = one.form == BidForm.SEALED and one.unsealed_at is None
            second = sealed and one.unseal_asked_by_id not in (None, user.pk)
            detail = (
                "等您复核开标" if second else "报价已截止，等开标" if sealed else "报价已截止，等确认结果"
            )
            found.append(Todo(one, detail, one.closes_at))
    agreed = Listing.objects.filter(Q(state=State.PUBLISHED), opens_at=None, published_at__lt=now).order_by(
        "published_at"
    )[:_MOST]
    found += [
        Todo(one, "协议定价公示，期满后确认结果", one.published_at)
        for one in agreed
        if here(one) and _is_over(one, now)
    ]
    return found


def _is_over(listing: Listing, now: datetime) -> bool:
    reading = clock_of(listing, now).reading
    return reading is not None and reading.is_over
