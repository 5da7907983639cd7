"""The registrar's queue: what waits, what is late, counted in working days."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import F, Q

from keqiao.codes.workdays import calendar
from keqiao.contract.enums import State
from keqiao.contract.models import Contract
from keqiao.contract.querysets import WAITING, ContractQuerySet
from keqiao.people.access import scope_of
from keqiao.people.enums import Role

IN_HAND = (State.ACCEPTED, State.REVIEW, State.EXPERT, State.SECOND)
UNDECIDED = (State.DRAFT, State.RETURNED, *WAITING)
_PRESSING = (F("registration__due_on").asc(nulls_last=True), "registration__submitted_at", "pk")
HEAPS = {"new": "待受理", "mine": "我在办的", "second": "待二次审核", "all": "全部在办", "done": "已办结"}


@dataclass(frozen=True, slots=True)
class Clock:
    """How long is left. days: working days until the last day, negative when late; None without a deadline."""

    due_on: date | None
    days: int | None
    verify: bool = False  # the holidays on the way are not in the table yet, or 待核实

    @property
    def is_late(self) -> bool:
        return self.days is not None and self.days < 0

    @property
    def words(self) -> str:
        """For people: 还有 3 个工作日, 今天到期, 已过 2 个工作日."""
        if self.days is None:
            return "受理后计算"
        if self.days < 0:
            return f"已过 {-self.days} 个工作日"
        return f"还有 {self.days} 个工作日" if self.days else "今天到期"


def clock_of(due_on: date | None, today: date) -> Clock:
    """The clock of one registration. Due before today but over days off alone still counts as one day late."""
    if due_on is None:
        return Clock(None, None)
    table = calendar(settings.KEQIAO_HOLIDAYS)
    days = table.working_days_between(today, due_on)
    return Clock(
        due_on, min(days, -1) if due_on < today else days, table.needs_checking(min(today, due_on), due_on)
    )


def heap(user: Any, key: str) -> ContractQuerySet:
    """One heap of the queue for this registrar, the most pressing first."""
    found = Contract.objects.visible_to(user)
    match key:
        case "new":
            found = found.filter(status__in=[State.SUBMITTED, State.OBJECTION])
        case "mine":
            found = found.filter(status__in=IN_HAND, registration__handled_by=user.pk)
        case "second":
            found = found.filter(status=State.SECOND).exclude(registration__handled_by=user.pk)
        case "done":  # nearly all there are: NOT IN keeps the planner on the index of the order
            return found.exclude(status__in=UNDECIDED).order_by("-updated_at")
        case _:
            found = found.waiting()
    return found.order_by(*_PRESSING)


def waiting_for(user: Any) -> ContractQuerySet:
    """What this registrar should work on: what is new, what he has, what asks for a second look."""
    if Role.REGISTRAR not in scope_of(user).roles:
        return Contract.objects.none()
    mine = Q(status__in=[State.ACCEPTED, State.REVIEW, State.EXPERT], registration__handled_by=user.pk)
    second = Q(status=State.SECOND) & ~Q(registration__handled_by=user.pk)
    found = Contract.objects.visible_to(user).waiting()  # few: the index of states finds them
    return found.filter(Q(status__in=[State.SUBMITTED, State.OBJECTION]) | mine | second).order_by(*_PRESSING)
