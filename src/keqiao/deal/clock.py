"""The honest clock: which office holds a demand or a case, since when, until when it is promised, what comes next."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone

from keqiao.codes import divisions
from keqiao.deal.enums import WAY, Stage
from keqiao.deal.models import Case
from keqiao.deal.rules import Promise, promise_of, promise_unclaimed
from keqiao.registry.demand.models import Demand
from keqiao.registry.records.enums import Status
from keqiao.registry.records.terms import add_workdays

Clock = list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where something lies. office: never a person's name. due: None when nobody promised a day."""

    label: str
    office: str
    since: dt.datetime
    due: dt.date | None
    next: str
    verify: bool

    def is_late_on(self, day: dt.date) -> bool:
        return self.due is not None and self.due < day


def office_of(division_code: str) -> str:
    """固镇县科技局, or the bureau's own name for the city and for what has no place."""
    row = divisions.division(divisions.full_code(division_code[:6])) if len(division_code) >= 6 else None
    if row is None or division_code[4:6] == "00":
        return str(settings.KEQIAO_BUREAU_NAME)
    return f"{row.name}科技局"


def standing_of_case(case: Case) -> Standing | None:
    """Where an open case lies; None for an ended one."""
    promise = promise_of(case.stage)
    if promise is None:
        return None
    office = (
        office_of(case.division_code)
        if case.owner_id or not case.broker_id
        else f"{office_of(case.division_code)}（技术经理人协办）"
    )
    return Standing(
        str(Stage(case.stage).label),
        office,
        case.stage_since,
        case.due_on,
        case.next_step or promise.next,
        promise.verify,
    )


def standing_of_demand(demand: Demand, cases: Sequence[Case]) -> Standing | None:
    """Where a published demand lies: with its furthest open case, else with the office that has to take it up."""
    if demand.status != Status.PUBLISHED:
        return None
    still = [case for case in cases if case.is_open]
    if still:
        return standing_of_case(max(still, key=lambda one: (one.reached, one.stage_since)))
    promise: Promise = promise_unclaimed()
    ended = [case.ended_at for case in cases if case.ended_at]
    since = max([*ended, demand.published_at or demand.created_at])
    due = add_workdays(timezone.localdate(since), promise.days)
    return Standing("等待对接", office_of(demand.division_code), since, due, promise.next, promise.verify)


def clock_of_case(case: Case) -> Clock:
    """The stages for `_parts/clock.html`: what is done, what runs now with its promise, what comes after."""
    standing = standing_of_case(case)
    steps: Clock = [{"label": "建立对接事项", "state": "done", "when": _day(case.opened_at)}]
    if standing is None:
        done = {
            "label": f"已结束：{case.get_outcome_display()}",
            "state": "done",
            "when": _day(case.ended_at),
        }
        return [*steps, done]
    steps += [{"label": str(stage.label), "state": "done", "when": ""} for stage in WAY[1 : case.at or 0]]
    steps.append(_running(standing))
    if case.at is not None and case.at + 1 < len(WAY):
        steps.append({"label": str(WAY[case.at + 1].label), "state": "todo", "when": ""})
    return steps


def clock_of_demand(demand: Demand) -> Clock:
    """The clock on a demand's public page: no person is named, no other side, no count of rivals. One query."""
    cases = list(Case.objects.filter(demand=demand))
    standing = standing_of_demand(demand, cases)
    return [_running(standing)] if standing else []


def _running(standing: Standing) -> dict[str, str]:
    today = timezone.localdate()
    late = standing.is_late_on(today)
    note = f"接下来：{standing.next}。"
    if standing.due:
        flag = "（期限待核实）" if standing.verify else ""
        passed = f"，已超 {(today - standing.due).days} 天" if late else ""
        note += f"承诺最晚 {standing.due}{passed}{flag}"
    return {
        "label": standing.label, "state": "late" if late else "now",
        "when": f"{standing.office}办理，自 {_day(standing.since)} 起", "note": note,
    }  # fmt: skip


def _day(moment: dt.datetime | None) -> str:
    return f"{timezone.localdate(moment):%Y-%m-%d}" if moment else ""
