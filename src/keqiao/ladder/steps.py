"""差一步: the cheapest set of changes that lifts a firm to a rung, by search over what the levers can do. Pure.

The search is exact over the points where a lever changes any condition or score. What is never bought: time, the past,
the market, a clean record. Every advice, applied, gives the judgement that it shows.
"""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from keqiao.ladder.levers import Facts, Lever, Levers, levers_on, why_not
from keqiao.rules.book import Clause, Version
from keqiao.rules.judging import Condition, Judgement, Outcome, judge, outcome

_RANK = {Outcome.UNMET: 0, Outcome.UNKNOWN: 1, Outcome.MANUAL: 2, Outcome.NOT_APPLICABLE: 3, Outcome.MET: 3}
_MOST_TRIED = 1500  # combinations; past it the cheapest of a reduced plan is given
Plan = tuple[Decimal, ...]  # units of each lever


@dataclass(frozen=True, slots=True)
class Change:
    """One lever pulled. price in 万元; says: 研发费用再增加 18 万元."""

    lever: Lever
    units: Decimal

    @property
    def price(self) -> Decimal:
        return self.lever.price * self.units

    @property
    def says(self) -> str:
        number = f"{self.units.normalize():f}"
        return f"{self.lever.title} {number} {self.lever.unit}" if self.lever.unit else self.lever.title


@dataclass(frozen=True, slots=True)
class Blocked:
    """A condition that no lever lifts, and why."""

    condition: Condition
    why: str


@dataclass(frozen=True, slots=True)
class Advice:
    """What stands between a firm and a rung.

    now: the judgement as it is; after: as it would be with the changes (now itself when there are none). price: 万元.
    blocked: what cannot be bought; while there is any, no change helps and none is given. missing: data still unknown
    after the changes; where changes lift a firm whose outcome is unknown, filling in the data may do it for nothing.
    """

    version: Version
    on: date
    now: Judgement
    after: Judgement
    changes: tuple[Change, ...] = ()
    blocked: tuple[Blocked, ...] = ()
    missing: tuple[str, ...] = ()
    is_cheapest: bool = True  # False: the search was cut short, a cheaper set may exist

    @property
    def price(self) -> Decimal:
        return sum((one.price for one in self.changes), Decimal(0))

    @property
    def months(self) -> int:
        """How long the slowest change takes."""
        return max((one.lever.months for one in self.changes), default=0)

    @property
    def is_there(self) -> bool:
        """The rung's conditions hold already, as far as data can say."""
        return self.now.outcome in (Outcome.MET, Outcome.MANUAL)

    @property
    def says(self) -> str:
        """One sentence for a list."""
        if self.now.outcome is Outcome.MET:
            return "已符合全部条件，可以申报。"
        if self.now.outcome is Outcome.MANUAL:
            return "数据能判断的条件都符合，剩下的由专家或经办人判断。"
        if self.blocked:
            return (
                "；".join(f"{one.condition.title}：{one.why.rstrip('。')}" for one in self.blocked[:2]) + "。"
            )
        if self.changes:
            more = "，还有数据要补齐" if self.after.outcome is Outcome.UNKNOWN else ""
            if self.now.outcome is Outcome.UNKNOWN:
                more = "；或先补齐数据，可能已经符合"
            return f"{'，'.join(one.says for one in self.changes)}，约 {_plain(self.price)} 万元{more}。"
        return "没有不符合的条件，先补齐数据。"


def _plain(value: Decimal) -> str:
    return f"{value.quantize(Decimal('0.1')).normalize():f}"


def applied(facts: Mapping[str, Any], changes: Sequence[Change]) -> Facts:
    """The facts with the changes made."""
    found = dict(facts)
    for one in changes:
        one.lever.apply(found, one.units)
    return found


def steps(version: Version, facts: Mapping[str, Any], *, on: date, levers: Levers | None = None) -> Advice:
    """The cheapest way to the rung of this version. Tens of milliseconds; one judgement when nothing can be done."""
    levers = levers or levers_on(on)
    now = judge(version, facts, on=on)
    if _RANK[now.outcome] >= _RANK[Outcome.MANUAL]:
        return Advice(version, on, now, now, missing=now.missing)
    search = _Search(version, facts, on, levers.levers)
    best = search.cheapest(_RANK[Outcome.MANUAL])
    if best is None and now.outcome is Outcome.UNMET:
        best = search.cheapest(_RANK[Outcome.UNKNOWN])
    if best is None:
        blocked = _blocked(version, search, levers) if now.outcome is Outcome.UNMET else ()
        return Advice(version, on, now, now, blocked=blocked, missing=now.missing)
    changes = tuple(
        Change(lever, units) for lever, units in zip(search.levers, best, strict=True) if units > 0
    )
    after = judge(version, applied(facts, changes), on=on)
    return Advice(version, on, now, after, changes, missing=after.missing, is_cheapest=search.is_exact)


class _Search:
    """Best first over the points at which something changes, from the least that each lever must give."""

    def __init__(self, version: Version, facts: Mapping[str, Any], on: date, levers: Sequence[Lever]) -> None:
        self._version, self._facts, self._on = version, facts, on
        self.is_exact = True
        self._goal = 0
        names = _names_of(version)
        useful = [one for one in levers if names & {*one.adds, *one.sets, one.needs} and one.limit(facts) > 0]
        self.levers: tuple[Lever, ...] = tuple(useful)
        self._limits = tuple(one.limit(facts) for one in useful)

    def facts_with(self, plan: Plan) -> Facts:
        found = dict(self._facts)
        for lever, units in zip(self.levers, plan, strict=True):
            lever.apply(found, units)
        return found

    def lifts(self, plan: Plan) -> bool:
        """Whether the plan reaches the goal."""
        return _RANK[outcome(self._version, self.facts_with(plan), on=self._on)] >= self._goal

    def most(self) -> Plan | None:
        """Everything pulled as far as it goes, if that lifts at all; staff raises a cap in some books, so also without it."""
        for left_out in (frozenset[str](), frozenset({"technicians"})):
            plan = tuple(
                Decimal(0) if lever.key in left_out else limit
                for lever, limit in zip(self.levers, self._limits, strict=True)
            )
            if any(plan) and self.lifts(plan):
                return plan
        return None

    def cheapest(self, goal: int) -> Plan | None:
        """The plan of least price whose outcome ranks at least `goal`; None when none does."""
        self._goal, self.is_exact = goal, True
        most = self.most()
        if most is None:
            return None
        points = [self._points(at, limit) for at, limit in enumerate(most)]
        least = [self._least(points, most, at) for at in range(len(points))]
        start = tuple(least)
        queue: list[tuple[Decimal, Plan]] = [(self._price(start), start)]
        seen, tried = {start}, 0
        while queue:
            _, plan = heapq.heappop(queue)
            tried += 1
            if self.lifts(plan):
                return plan
            if tried > _MOST_TRIED:
                self.is_exact = False
                return self._reduced(points, most)
            for near in _neighbours(plan, points):
                if near not in seen:
                    seen.add(near)
                    heapq.heappush(queue, (self._price(near), near))
        self.is_exact = False  # a lever alone does less than with others: take what works and shrink it
        return self._reduced(points, most)

    def _price(self, plan: Plan) -> Decimal:
        return sum((lever.price * units for lever, units in zip(self.levers, plan, strict=True)), Decimal(0))

    def _points(self, at: int, limit: Decimal) -> list[Decimal]:
        """0 and every amount of this lever, alone, at which a condition or a score changes; and its limit."""
        step, zero = self.levers[at].step, tuple(Decimal(0) for _ in self.levers)

        def seen(units: Decimal) -> tuple[Any, ...]:
            return self._signature((*zero[:at], units, *zero[at + 1 :]))

        found = {Decimal(0), limit}
        if limit > 0:
            known = {Decimal(0): seen(Decimal(0)), limit: seen(limit)}
            found.update(_breaks(Decimal(0), limit, step, known, seen))
        return sorted(found)

    def _signature(self, plan: Plan) -> tuple[Any, ...]:
        said = judge(self._version, self.facts_with(plan), on=self._on)
        return (
            tuple(one.outcome for one in said.conditions),
            tuple((one.least, one.most) for one in said.scores),
        )

    def _least(self, points: list[list[Decimal]], most: Plan, at: int) -> Decimal:
        """The least this lever must give when all others give their most."""
        for units in points[at]:
            if self.lifts((*most[:at], units, *most[at + 1 :])):
                return units
        return most[at]

    def _reduced(self, points: list[list[Decimal]], most: Plan) -> Plan:
        """From everything, each lever in turn, the dearest first, as low as it may go."""
        plan = list(most)
        order = sorted(range(len(plan)), key=lambda at: -self.levers[at].price * plan[at])
        for at in order:
            plan[at] = self._least(points, tuple(plan), at)
        return tuple(plan)


def _neighbours(plan: Plan, points: list[list[Decimal]]) -> Iterator[Plan]:
    for at, units in enumerate(plan):
        higher = next((point for point in points[at] if point > units), None)
        if higher is not None:
            yield (*plan[:at], higher, *plan[at + 1 :])


def _breaks(
    low: Decimal, high: Decimal, step: Decimal, known: dict[Decimal, Any], seen: Any
) -> Iterator[Decimal]:
    """Amounts in (low, high] at which `seen` differs from just below, by halving."""
    if known[low] == known[high]:
        return
    if high - low <= step:
        yield high
        return
    middle = low + ((high - low) / 2 // step) * step
    if middle not in known:
        known[middle] = seen(middle)
    yield from _breaks(low, middle, step, known, seen)
    yield from _breaks(middle, high, step, known, seen)


def _clauses(version: Version) -> Iterator[Clause]:
    waiting = [*version.conditions, *(clause for route in version.routes for clause in route.clauses)]
    while waiting:
        clause = waiting.pop()
        yield clause
        waiting.extend(clause.parts)


def _names_of(version: Version) -> frozenset[str]:
    names: set[str] = set()
    for clause in _clauses(version):
        names.update(clause.names)
    scores = list(version.scores)
    while scores:
        score = scores.pop()
        names.update(score.names)
        scores.extend(score.parts)
    return frozenset(names)


def _blocked(version: Version, search: _Search, levers: Levers) -> tuple[Blocked, ...]:
    """What stays unmet with every lever pulled, and why. Conditions of one route among several count when common ones hold."""
    most = tuple(
        one.limit(search.facts_with(tuple(Decimal(0) for _ in search.levers))) for one in search.levers
    )
    after = judge(version, search.facts_with(most), on=search._on)
    names = {clause.id: clause.names for clause in _clauses(version)}
    unmet = after.unmet or tuple(one for one in after.conditions if one.outcome is Outcome.UNMET)
    common = [one for one in unmet if not one.route] or list(unmet)
    found = []
    for one in common:
        whys = [why_not(name, levers) for name in names.get(one.id, ())]
        why = next((text for text in whys if text), "")
        if one.op in ("<=", "<"):
            why = "超过上限，不能靠投入解决。"
        if not why:
            why = (
                "按所列措施的上限仍达不到。"
                if any(names.get(one.id, ()))
                else "由评审或市场决定，不能用钱补上。"
            )
        found.append(Blocked(one, why))
    return tuple(found)
