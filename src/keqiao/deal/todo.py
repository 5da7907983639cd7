"""What waits for a user in the deal desk: cases past or at their day, cases without an owner, questions to a side."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from keqiao.deal.access import cases_of
from keqiao.deal.enums import Side, Stage
from keqiao.deal.models import Case, Party
from keqiao.deal.steps import open_title
from keqiao.people.access import scope_of
from keqiao.people.enums import OFFICERS, Role
from keqiao.people.models import User

_MOST = 200
_SOON = 1  # days before the promised one: work that has to be done today or tomorrow


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing to do in a case. tab: where on its page."""

    case: Case
    title: str
    detail: str
    since: dt.datetime | None
    due: dt.date | None = None
    late: bool = False
    tab: str = "progress"


def due_cases(user: User, today: dt.date) -> list[Todo]:
    """The user's own open cases whose day has come or is over, the latest first."""
    if not scope_of(user).roles & (OFFICERS | {Role.BROKER}):
        return []
    last = today + dt.timedelta(days=_SOON)
    found = cases_of(user).held_by(user).open().filter(due_on__lte=last).order_by("due_on", "pk")[:_MOST]
    return [
        Todo(one, one.title, one.next_step, one.stage_since, one.due_on, one.is_late_on(today))
        for one in found
    ]


def unassigned_cases(user: User, today: dt.date) -> list[Todo]:
    """Cases of the officer's area that nobody holds, the oldest first."""
    if not scope_of(user).roles & OFFICERS:
        return []
    found = cases_of(user).unassigned().order_by("opened_at")[:_MOST]
    return [
        Todo(one, one.title, "等您指定承办人", one.opened_at, one.due_on, one.is_late_on(today))
        for one in found
    ]


def unexplained(user: User) -> list[Todo]:
    """Own cases where the ladder came to its end and nobody has said why yet."""
    if not scope_of(user).roles & (OFFICERS | {Role.BROKER}):
        return []
    silent = Q(
        parties__reminders__is_closure=True, parties__answered_at=None, parties__asked_at__isnull=False
    )
    found = cases_of(user).held_by(user).open().filter(silent).distinct().order_by("pk")[:_MOST]
    return [
        Todo(one, one.title, "对方一直没有答复，请另选对象或结束并写明原因", None, late=True) for one in found
    ]


def questions(user: User) -> list[Todo]:
    """What the user's own side was asked: whether it wants to talk, whether it agrees, how it went."""
    mine = Party.objects.of(scope_of(user), user.person_id).select_related("case", "case__demand")
    todos = [
        Todo(one.case, _title(one), "对方在等您答复：愿意、以后再谈或不合作", one.asked_at, tab="sides")
        for one in mine.filter(asked_at__isnull=False, answered_at=None).exclude(case__stage=Stage.ENDED)[
            :_MOST
        ]
    ]
    agree = mine.filter(answer="yes", case__stage=Stage.DOCK).exclude(
        consents__withdrawn_at=None, consents__isnull=False
    )
    todos += [
        Todo(one.case, _title(one), "同意提供联系方式后，双方才能直接联系", one.answered_at, tab="sides")
        for one in agree[:_MOST]
    ]
    rate = mine.filter(score=None, score_asked_at__isnull=False)
    todos += [
        Todo(one.case, _title(one), "办得怎么样，请评价", one.score_asked_at, tab="sides")
        for one in rate[:_MOST]
    ]
    return todos


def _title(party: Party) -> str:
    return party.case.title if party.side == Side.DEMAND else open_title(party.case)


def all_of(user: User) -> list[tuple[str, str, str, list[Todo]]]:
    """(key, heading, icon, todos) of every heap, in the order in which they should be worked off."""
    today = timezone.localdate()
    return [
        ("case-question", "对接等您答复", "messages-square", questions(user)),
        ("case-unassigned", "对接等您分派", "user-plus", unassigned_cases(user, today)),
        ("case-due", "对接到期", "handshake", due_cases(user, today)),
        ("case-why", "无人答复，请写明原因", "hourglass", unexplained(user)),
    ]
