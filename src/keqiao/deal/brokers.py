"""A broker's year: every step that is his, every deal that came of it, and what the reward rules give for it."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from keqiao.core.audit import record as record_audit
from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.deal.enums import WAY, Stage, StepKind
from keqiao.deal.models import Broker, Case, CaseStep
from keqiao.deal.rules import DealFacts, Reward, reward_for
from keqiao.people.access import scope_of
from keqiao.people.enums import OFFICERS, Role
from keqiao.people.models import User

_READERS = OFFICERS | {Role.AUDITOR}


@dataclass(frozen=True, slots=True)
class Deal:
    """A case with a contract in the year, and what the rules give for it. steps: the broker's own, as evidence."""

    case: Case
    steps: tuple[CaseStep, ...]
    reward: Reward | None


@dataclass(frozen=True, slots=True)
class Year:
    """One broker's year. cases: those with a step of his. yuan: of the contracts; rewards: of the conditions that hold."""

    broker: User
    filing: Broker | None
    year: int
    steps: tuple[CaseStep, ...]
    cases: int
    moved_on: int
    deals: tuple[Deal, ...]

    @property
    def yuan(self) -> Decimal:
        return sum((one.case.contract_yuan or Decimal(0) for one in self.deals), Decimal(0))

    @property
    def reward_yuan(self) -> Decimal:
        return sum((one.reward.yuan for one in self.deals if one.reward), Decimal(0))

    @property
    def verify(self) -> bool:
        return any(one.reward.verify for one in self.deals if one.reward)


def broker_for(user: User, pk: int) -> User:
    """The broker, for himself, for officers and auditors. NotFound otherwise."""
    found: User | None = User.objects.filter(pk=pk, grants__role=Role.BROKER).distinct().first()
    if found is None or not (found.pk == user.pk or scope_of(user).roles & _READERS):
        raise NotFound("技术经理人")
    return found


def year_of(broker: User, year: int) -> Year:
    """The broker's year by the desk's own records. A deal counts where he did a step before the contract was signed."""
    begin, end = _bounds(year)
    steps = tuple(
        CaseStep.objects.filter(broker=broker, at__gte=begin, at__lt=end)
        .select_related("case")
        .order_by("at", "pk")
    )
    filing = Broker.objects.filter(user=broker).first()
    signed = Case.objects.filter(
        Q(pk__in=CaseStep.objects.filter(broker=broker).values("case_id")), contract_on__year=year, contract_yuan__isnull=False
    ).order_by("contract_on")  # fmt: skip
    deals = [_deal(case, broker, filing) for case in signed]
    return Year(
        broker=broker, filing=filing, year=year, steps=steps, cases=len({one.case_id for one in steps}),
        moved_on=sum(1 for one in steps if one.kind == StepKind.MOVED and one.to_stage in WAY and one.to_stage != Stage.DISCOVER),
        deals=tuple(one for one in deals if one.steps),
    )  # fmt: skip


def _bounds(year: int) -> tuple[dt.datetime, dt.datetime]:
    zone = timezone.get_current_timezone()
    return dt.datetime(year, 1, 1, tzinfo=zone), dt.datetime(year + 1, 1, 1, tzinfo=zone)


def _deal(case: Case, broker: User, filing: Broker | None) -> Deal:
    assert case.contract_on is not None  # chosen by it
    _, day_after = _bounds(case.contract_on.year)
    end = timezone.make_aware(dt.datetime.combine(case.contract_on + dt.timedelta(days=1), dt.time.min))
    steps = tuple(case.steps.filter(broker=broker, at__lt=min(end, day_after)).order_by("at", "pk"))
    facts = DealFacts(
        division_code=case.division_code, contract_on=case.contract_on, contract_yuan=case.contract_yuan or Decimal(0),
        received_yuan=case.received_yuan or Decimal(0), is_registered=case.is_registered,
        filed_on=filing.filed_on if filing else None,
    )  # fmt: skip
    return Deal(case, steps, reward_for(facts))


@dataclass(frozen=True, slots=True)
class BrokerLine:
    """One broker in the list."""

    user: User
    filing: Broker | None
    open: int
    late: int
    signed: int


def broker_lines(day: dt.date) -> list[BrokerLine]:
    """Every broker with an account in use. Three queries."""
    found = list(
        User.objects.filter(is_active=True, grants__revoked_at=None, grants__role=Role.BROKER)
        .select_related("organisation").distinct().order_by("name", "pk")[:500]
    )  # fmt: skip
    filings = {one.user_id: one for one in Broker.objects.filter(user__in=found)}
    cases: dict[int, list[Case]] = {}
    for case in Case.objects.filter(broker__in=found):
        cases.setdefault(case.broker_id or 0, []).append(case)
    return [
        BrokerLine(
            user, filings.get(user.pk), sum(1 for one in cases.get(user.pk, ()) if one.is_open),
            sum(1 for one in cases.get(user.pk, ()) if one.is_late_on(day)),
            sum(1 for one in cases.get(user.pk, ()) if one.contract_on is not None),
        )
        for user in found
    ]  # fmt: skip


@transaction.atomic
def file_broker(*, broker: User, by: User, values: dict[str, Any]) -> Broker:
    """Put a broker on file: certificate, filing day and office. Officers only; the day decides about rewards."""
    if not scope_of(by).roles & OFFICERS:
        raise NotAllowed("技术经理人由科技局备案。请把证书交所在地科技局办理。", code="broker.file")
    certified, filed = values.get("certified_on"), values.get("filed_on")
    if certified and filed and filed < certified:
        raise BadInput(f"备案日期 {filed} 早于发证日期 {certified}，请核对。", field="filed_on")
    if filed and filed > timezone.localdate():
        raise BadInput(f"备案日期 {filed} 还没有到，请核对。", field="filed_on")
    filing, _ = Broker.objects.select_for_update().get_or_create(user=broker)
    before = str(filing.filed_on or "")
    for name in ("is_agency", "certificate", "issuer", "certified_on", "filed_on", "filed_at"):
        setattr(
            filing,
            name,
            values.get(name) or (False if name == "is_agency" else None if name.endswith("_on") else ""),
        )
    filing.save()
    record_audit(
        "broker.filed", by=by, target=filing, changes={"filed_on": [before, str(filing.filed_on or "")]}
    )
    return filing


def years_of(broker: User) -> Sequence[int]:
    """The years in which this broker did anything, newest first; this year always."""
    found = {day.year for day in CaseStep.objects.filter(broker=broker).dates("at", "year")}
    return sorted(found | {timezone.localdate().year}, reverse=True)
