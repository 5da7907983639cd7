"""From the engine's answers to outcomes and points: alternatives, routes, scores with their open ends."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from keqiao.rules.compiling import Engine
from keqiao.rules.judgement import MANUAL, MET, NOT_APPLICABLE, UNKNOWN, UNMET, Outcome
from keqiao.rules.text import Clause, Route, ScoreItem


def all_of(outcomes: Iterable[Outcome]) -> Outcome:
    """Unmet when one is; else unknown, else manual; met only when every one that applies is."""
    found = set(outcomes)
    for one in (UNMET, UNKNOWN, MANUAL, MET):
        if one in found:
            return one
    return NOT_APPLICABLE


def any_of(outcomes: Iterable[Outcome]) -> Outcome:
    """Met when one is; else unknown, else manual; unmet only when every one that applies is."""
    found = set(outcomes)
    for one in (MET, UNKNOWN, MANUAL, UNMET):
        if one in found:
            return one
    return NOT_APPLICABLE


@dataclass(frozen=True, slots=True)
class Reached:
    """What one score item came to, before it is put into words."""

    least: Decimal
    most: Decimal
    outcome: Outcome
    row: int = -1
    chosen: str = ""


_ZERO: Final = Decimal(0)
_WEIGHT: Final = {
    NOT_APPLICABLE: 0,
    MET: 1,
    MANUAL: 2,
    UNKNOWN: 3,
    UNMET: 4,
}  # which one a sum of conditions takes
COMPARE: Final[dict[str, Callable[[Decimal, Decimal], bool]]] = {
    ">=": lambda a, b: a >= b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    "<": lambda a, b: a < b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}


@dataclass(slots=True)
class Settling:
    """The outcomes of one firm under one engine. answers: of the compiled version by id; facts: made ready."""

    engine: Engine
    answers: Mapping[str, Any]
    facts: Mapping[str, Any]
    details: Mapping[str, Any] = field(
        default_factory=dict
    )  # measured values and bounds, where they were asked for
    reached: dict[str, Reached] = field(default_factory=dict)

    def answer(self, code: str) -> Any:
        """What the engine said: True, False, None, 'zero', 'na', 'yes', or a band's number."""
        return self.answers.get(code, "yes")

    def outcome(self, clause: Clause) -> Outcome:
        """The outcome of a clause and of everything below it."""
        found = self.answers.get(clause.id, "yes")
        if found is True:
            return MET
        if found is False:
            return UNMET
        if found is None:
            return MANUAL if clause.if_missing == "manual" else UNKNOWN
        if found == "na":
            return NOT_APPLICABLE
        if found == "zero":
            return Outcome(clause.if_zero)
        if found in ("negative", "error"):
            return MANUAL
        if clause.kind == "all":
            return self.all(clause.parts)
        if clause.kind == "any":
            return any_of(map(self.outcome, clause.parts))
        return self._by_score(clause)

    def all(self, clauses: Iterable[Clause]) -> Outcome:
        """As `all_of` over the clauses, without looking further once one fails."""
        found = NOT_APPLICABLE
        for clause in clauses:
            one = self.outcome(clause)
            if one is UNMET:
                return UNMET
            if one is not found and _WEIGHT[one] > _WEIGHT[found]:
                found = one
        return found

    def _by_score(self, clause: Clause) -> Outcome:
        got = self.of(clause.score)
        bound = Decimal(str(self.engine.bounds[clause.id]))
        at_least, at_most = (COMPARE[clause.op](end, bound) for end in (got.least, got.most))
        if at_least != at_most or (got.least != got.most and clause.op in ("==", "!=")):
            return UNKNOWN if got.outcome is UNKNOWN else MANUAL
        return MET if at_least else UNMET

    def of(self, code: str) -> Reached:
        """The points of a score item, worked out once."""
        found = self.reached.get(code)
        if found is None:
            found = self.reached[code] = self._reach(self.engine.items[code])
        return found

    def _reach(self, item: ScoreItem) -> Reached:
        if item.kind in ("sum", "best"):
            return self._together(item)
        open_ = Reached(_ZERO, item.most, MANUAL if item.if_missing == "manual" else UNKNOWN)
        if item.kind == "points":
            given = self.facts.get(item.fact)
            if given is None:
                return open_
            least, most = (
                Decimal(str(one)) for one in (given if isinstance(given, list) else (given, given))
            )
            least, most = min(least, item.most), min(most, item.most)
            return Reached(least, most, MET if least == most else MANUAL)
        if item.kind == "ask":
            said = self.facts.get(item.fact)
            row = next((n for n, one in enumerate(item.rows) if one.how == "is" and one.bound == said), None)
            return open_ if row is None else self._banded(item, row)
        found = self.answer(item.id)
        if found is None:
            return open_
        if found in ("negative", "error") or (found == "zero" and item.if_zero == "manual"):
            return Reached(_ZERO, item.most, MANUAL)
        if found == "zero":
            return Reached(_ZERO, _ZERO, MET)
        return self._banded(item, int(found))

    @staticmethod
    def _banded(item: ScoreItem, row: int) -> Reached:
        least, most = item.rows[row].points
        return Reached(least, most, MET if least == most else MANUAL, row)

    def _together(self, item: ScoreItem) -> Reached:
        parts = [self.of(one.id) for one in item.parts]
        if item.kind == "sum":
            least, most = (
                min(sum(ends, _ZERO), item.most)
                for ends in zip(*((p.least, p.most) for p in parts), strict=True)
            )
            chosen = ""
        else:
            least, most = max(p.least for p in parts), max(p.most for p in parts)
            best = max(range(len(parts)), key=lambda n: (parts[n].least, parts[n].most))
            chosen = item.parts[best].id
        outcome = MET if least == most else UNKNOWN if any(p.outcome is UNKNOWN for p in parts) else MANUAL
        return Reached(least, most, outcome, chosen=chosen)

    def whole(self) -> tuple[Outcome, Route | None]:
        """The outcome of the version and the first route that holds. Looks no further than it must."""
        version = self.engine.version
        common = self.all(version.conditions)
        if common is UNMET or not version.routes:
            return common, None
        ways = []
        for route in version.routes:
            way = self.all(route.clauses)
            if way is MET:
                return all_of((common, MET)), route
            ways.append(way)
        return all_of((common, any_of(ways))), None
