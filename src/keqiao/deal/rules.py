"""Judgements of the deal desk, pure: ladder, promised days, rewards, what may be published. No database, no clock."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).with_name("data")
LEAST_PUBLIC = 3
"""A public count below this is shown as “不足 3”: in a small county one case is one firm. Source: 本站规定."""


@cache
def _data(name: str) -> dict[str, Any]:
    return dict(yaml.safe_load((DATA / f"{name}.yaml").read_text(encoding="utf-8")))


# -- the ladder -------------------------------------------------------------------------------------------------


def standard_days() -> tuple[int, ...]:
    """The ladder that holds where nobody set one: days after the asking."""
    return tuple(_data("ladder")["days"])


def satisfaction_days() -> int:
    """Days between the end of a case and the question how it went."""
    return int(_data("ladder")["satisfaction_days"])


@dataclass(frozen=True, slots=True)
class LadderLine:
    """The ladder of one area from one day on. prefix "" is the whole city."""

    prefix: str
    since: dt.date
    days: tuple[int, ...]


def ladder_on(lines: Iterable[LadderLine], division_code: str, day: dt.date) -> tuple[int, ...]:
    """The days that hold for a case of this place on `day`: the longest prefix, of it the latest line begun."""
    fit = [one for one in lines if division_code.startswith(one.prefix) and one.since <= day]
    best = max(fit, key=lambda one: (len(one.prefix), one.since), default=None)
    return best.days if best else standard_days()


@dataclass(frozen=True, slots=True)
class Asking:
    """One side that was asked. sent: the rungs already climbed for this asking. days: its ladder, rising."""

    key: int
    asked_at: dt.datetime
    answered: bool
    is_open: bool
    days: tuple[int, ...]
    sent: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class DueReminder:
    """key: of the Asking. day: the rung. is_closure: the last rung, where the other side is told honestly."""

    key: int
    day: int
    is_closure: bool


def due_reminders(facts: Iterable[Asking], now: dt.datetime) -> list[DueReminder]:
    """The one rung that each unanswered side has come to by `now`, if it was not climbed yet.

    After a pause of the machine only the highest rung due is climbed: nobody gets three letters in a minute. The last
    rung always comes out, also when the ones before it were missed.
    """
    due = []
    for one in facts:
        if one.answered or not one.is_open or not one.days:
            continue
        waited = (now - one.asked_at).days
        reached = [day for day in one.days if day <= waited]
        if reached and reached[-1] > max(one.sent, default=0):
            due.append(DueReminder(one.key, reached[-1], reached[-1] == one.days[-1]))
    return due


def checked_days(text: str) -> tuple[int, ...]:
    """“3、9、21、45” as rising days 1..365, at most six. Raises ValueError whose text says what is wrong."""
    parts = [
        part for part in text.replace("，", "、").replace(",", "、").replace(" ", "、").split("、") if part
    ]
    if not parts:
        raise ValueError("请至少写一个天数，例如 3、9、21、45。")
    if bad := [part for part in parts if not part.isdecimal()]:
        raise ValueError(f"“{bad[0]}”不是整数天数，请写成 3、9、21、45 这样。")
    days = tuple(int(part) for part in parts)
    if len(days) > 6:
        raise ValueError(f"写了 {len(days)} 个天数，最多 6 个。提醒太密会让人不看。")
    if days[0] < 1 or days[-1] > 365 or any(a >= b for a, b in pairwise(days)):
        raise ValueError(f"“{text}”须从小到大，在 1 到 365 天之间。")
    return days


# -- promised days ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Promise:
    """Working days that a stage may take, what happens next, and whether the figure is checked (待核实)."""

    days: int
    next: str
    source: str
    verify: bool


def promise_of(stage: str) -> Promise | None:
    """The promise of a stage; None for an ended case."""
    raw = _data("promises")
    found = raw["stages"].get(stage)
    return Promise(found["days"], found["next"], raw["source"], raw["verify"]) if found else None


def promise_unclaimed() -> Promise:
    """The promise for a published demand that nobody has taken up yet."""
    raw = _data("promises")
    return Promise(raw["unclaimed"]["days"], raw["unclaimed"]["next"], raw["source"], raw["verify"])


# -- what may be published --------------------------------------------------------------------------------------


def public_count(count: int) -> str:
    """A count as strangers may see it: 0 and anything from LEAST_PUBLIC on as it is, between them “不足 3”."""
    return f"不足 {LEAST_PUBLIC}" if 0 < count < LEAST_PUBLIC else f"{count:,}"


def public_rows(counts: Sequence[int]) -> list[str]:
    """One row that runs down a funnel, each count as strangers may see it."""
    return [public_count(count) for count in counts]


def public_column(counts: Sequence[int]) -> list[str]:
    """A column whose total is published beside it: when one part is hidden, the next smallest is hidden too.

    Otherwise the hidden one is the total less the others.
    """
    shown = [public_count(count) for count in counts]
    hidden = [at for at, count in enumerate(counts) if 0 < count < LEAST_PUBLIC]
    if len(hidden) == 1 and len([c for c in counts if c > 0]) > 1:
        rest = [(count, at) for at, count in enumerate(counts) if count >= LEAST_PUBLIC]
        if rest:
            shown[min(rest)[1]] = "不公开"
    return shown


# -- rewards ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DealFacts:
    """One deal of a broker. Money in yuan."""

    division_code: str
    contract_on: dt.date
    contract_yuan: Decimal
    received_yuan: Decimal
    is_registered: bool
    filed_on: dt.date | None
    agency_claims: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    label: str
    holds: bool
    missing: str


@dataclass(frozen=True, slots=True)
class Reward:
    """What a rule gives for a deal. yuan is 0 unless every condition holds; would_be is the sum if they did."""

    rule: str
    conditions: tuple[Condition, ...]
    would_be: Decimal
    source: str
    verify: bool

    @property
    def holds(self) -> bool:
        return all(one.holds for one in self.conditions)

    @property
    def yuan(self) -> Decimal:
        return self.would_be if self.holds else Decimal(0)


def reward_for(deal: DealFacts) -> Reward | None:
    """The reward by the rule of the deal's place in force on its day; None when there is no such rule.

    Rounded down to whole yuan. Source of each rule stands in data/rewards.yaml.
    """
    raw = _data("rewards")
    rules = [one for one in raw["rules"] if _in_force(one, deal)]
    if not rules:
        return None
    rule = max(rules, key=lambda one: max(len(p) for p in one["divisions"]))
    tests: Mapping[str, bool] = {
        "filed_before_deal": deal.filed_on is not None and deal.filed_on <= deal.contract_on,
        "registered": deal.is_registered,
        "money_received": deal.received_yuan > 0,
        "not_agency_too": not deal.agency_claims,
    }
    conditions = tuple(
        Condition(raw["conditions"][key]["label"], tests[key], raw["conditions"][key]["missing"])
        for key in rule["conditions"]
    )
    base = min(deal.contract_yuan, deal.received_yuan) if deal.received_yuan > 0 else deal.contract_yuan
    yuan = (base * Decimal(rule["rate_of_deal"])).to_integral_value(rounding="ROUND_DOWN")
    if rule["most_yuan"] is not None:
        yuan = min(yuan, Decimal(rule["most_yuan"]))
    return Reward(rule["label"], conditions, yuan, rule["source"], bool(rule["verify"]))


def _in_force(rule: Mapping[str, Any], deal: DealFacts) -> bool:
    fits = any(deal.division_code.startswith(prefix) for prefix in rule["divisions"])
    until = rule["until"]
    return fits and rule["since"] <= deal.contract_on and (until is None or deal.contract_on <= until)
