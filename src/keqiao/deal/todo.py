"""What waits for a user in the deal desk: cases past or at their day, cases without an owner, questions to a side."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from keqiao.deal.access import cases_of
from keqiao.deal.enums import Answer, Side, Stage
from keqiao.deal.models import Case, Party
from keqiao.deal.steps import open_title
from keqiao.people.access import scope_of
from keqiao.people.enums import MEMBERS, OFFICERS, Role
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


def desk_todos(user: User, today: dt.date) -> tuple[list[Todo], list[Todo], list[Todo]]:
    """What an officer or broker has to do: his cases whose day has come or is over; his cases where the ladder came to
    its end and nobody has said why; cases of his area that nobody holds, the oldest first. One query for the three."""
    roles = scope_of(user).roles
    if not roles & (OFFICERS | {Role.BROKER}):
        return [], [], []
    silent = Party.objects.filter(
        case=OuterRef("pk"), reminders__is_closure=True, answered_at=None, asked_at__isnull=False
    )
    his = Q(owner=user) | Q(broker=user)
    wanted = his & (Q(due_on__lte=today + dt.timedelta(days=_SOON)) | Q(is_silent=True))
    if roles & OFFICERS:
        wanted |= Q(owner=None, broker=None)
    cases = cases_of(user).open().annotate(is_silent=Exists(silent)).filter(wanted)
    due, why, nobodys = [], [], []
    for one in cases.order_by("due_on", "pk")[: 2 * _MOST]:
        late = one.is_late_on(today)
        if one.owner_id is None and one.broker_id is None:
            nobodys.append(Todo(one, one.title, "等您指定承办人", one.opened_at, one.due_on, late))
        elif getattr(one, "is_silent", False):  # annotated above
            why.append(Todo(one, one.title, "对方一直没有答复，请另选对象或结束并写明原因", None, late=True))
        else:
            due.append(Todo(one, one.title, one.next_step, one.stage_since, one.due_on, late))
    return due, why, sorted(nobodys, key=lambda todo: todo.case.opened_at)


def unexplained(user: User) -> list[Todo]:
    """Own cases where the ladder came to its end and nobody has said why yet."""
    return desk_todos(user, timezone.localdate())[1]


def questions(user: User) -> list[Todo]:
    """What the user's own side was asked: whether it wants to talk, whether it agrees, how it went. Two queries at most."""
    if not scope_of(user).roles & MEMBERS:
        return []
    waits = Q(asked_at__isnull=False, answered_at=None) & ~Q(case__stage=Stage.ENDED)
    agrees = Q(answer=Answer.YES, case__stage__in=(Stage.DISCOVER, Stage.SCREEN, Stage.DOCK))
    rates = Q(score=None) & (Q(score_asked_at__isnull=False) | Q(case__stage=Stage.EVALUATE))
    mine = Party.objects.of(scope_of(user), user.person_id).filter(waits | agrees | rates)
    found = mine.select_related("case", "case__demand").prefetch_related("consents").order_by("pk")[:_MOST]
    return [todo for party in found if (todo := _question(party)) is not None]


def _question(party: Party) -> Todo | None:
    case, title = party.case, _title(party)
    if party.score is None and (party.score_asked_at is not None or case.stage == Stage.EVALUATE):
        return Todo(case, title, "办得怎么样，请评价", party.score_asked_at or case.stage_since, tab="sides")
    if party.answered_at is None:
        return Todo(case, title, "对方在等您答复：愿意、以后再谈或不合作", party.asked_at, tab="sides")
    if any(one.withdrawn_at is None for one in party.consents.all()):
        return None
    return Todo(case, title, "同意提供联系方式后，双方才能直接联系", party.answered_at, tab="sides")


def _title(party: Party) -> str:
    return party.case.title if party.side == Side.DEMAND else open_title(party.case)


def all_of(user: User) -> list[tuple[str, str, str, list[Todo]]]:
    """(key, heading, icon, todos) of every heap, in the order in which they should be worked off."""
    due, why, nobodys = desk_todos(user, timezone.localdate())
    return [
        ("case-question", "对接等您答复", "messages-square", questions(user)),
        ("case-unassigned", "对接等您分派", "user-plus", nobodys),
        ("case-due", "对接到期", "handshake", due),
        ("case-why", "无人答复，请写明原因", "hourglass", why),
    ]
