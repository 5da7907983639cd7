"""What waits for a user in the hall: checks, objections, admissions, openings, results, returned drafts."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from keqiao.deal.access import is_officer_of
from keqiao.hall.access import unit_of
from keqiao.hall.enums import Admitted, BidForm, NoticeKind, State
from keqiao.hall.log import reading_of
from keqiao.hall.models import Admission, Listing, Notice, Objection
from keqiao.people.access import scope_of
from keqiao.people.enums import OFFICERS
from keqiao.people.models import User

_MOST = 100
_ACTIVE = 2000  # listings under way in one city at a time; far above any real count


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
    """One query where nothing is under way, four otherwise."""
    rows = {
        one.pk: one
        for one in Listing.objects.filter(state__in=(State.REVIEW, State.PUBLISHED)).order_by("pk")[:_ACTIVE]
        if is_officer_of(user, one.division_code) and one.owner_id != user.organisation_id
    }
    if not rows:
        return []
    waiting = (
        Objection.objects.open().filter(notice__listing__in=rows).select_related("notice").order_by("came_at")
    )
    found = [
        Todo(rows[one.notice.listing_id], f"{one.number} 待处理，公示期已暂停", one.came_at, one, late=True)
        for one in waiting[:_MOST]
    ]
    found += [
        Todo(one, "挂牌公告等您审核", one.submitted_at) for one in rows.values() if one.state == State.REVIEW
    ]
    asked = Admission.objects.filter(state=Admitted.APPLIED, listing__in=rows).order_by("applied_at")
    found += [Todo(rows[one.listing_id], "竞买登记等您审查", one.applied_at) for one in asked[:_MOST]]
    found += [
        _over(one, user) for one in rows.values()
        if one.state == State.PUBLISHED and one.closes_at is not None and one.closes_at <= now
    ]  # fmt: skip
    agreed = Notice.objects.filter(kind=NoticeKind.LISTING, listing__in=rows, listing__opens_at=None)
    for notice in agreed.prefetch_related("objections").order_by("start_on")[:_MOST]:
        reading = reading_of(notice, timezone.localdate(now))
        if reading is not None and reading.is_over:
            found.append(Todo(rows[notice.listing_id], "协议定价公示期满，等确认结果", notice.published_at))
    return found


def _over(listing: Listing, user: User) -> Todo:
    """A round past its announced end: to be opened by two, or to be given its result."""
    if listing.form != BidForm.SEALED or listing.unsealed_at is not None:
        return Todo(listing, "报价已截止，等确认结果", listing.closes_at)
    is_second = listing.unseal_asked_by_id not in (None, user.pk)
    return Todo(listing, "等您复核开标" if is_second else "报价已截止，等开标", listing.closes_at)
