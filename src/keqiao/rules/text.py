"""What a rule book is made of: versions by date and place, each with values, conditions, scores and routes.

Data, no judging; `keqiao.rules.book` is the door to it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from keqiao.core.errors import NotFound

Points = tuple[Decimal, Decimal]  # (least, most); the same twice when the rule leaves no choice


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule comes from. verify: the text itself has not been seen, 待核实."""

    article: str = ""
    source: str = ""
    verify: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class BookValue:
    """One number (or list) of the law. since, until: when it holds within the version; region: where (code prefix)."""

    name: str
    title: str
    value: Decimal | str | bool | tuple[Any, ...]
    unit: str
    where: Source
    since: date | None = None
    until: date | None = None
    region: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """What is measured. kind: plain (top), ratio (top·times/bottom), compound or mean growth of `of` over `years`."""

    kind: str
    top: str = ""
    bottom: str = ""
    times: int = 1
    of: str = ""
    years: int = 0
    first_zero: str = ""  # mean growth: "skip" = a first year of zero leaves the last two years
    top_names: tuple[str, ...] = ()
    bottom_names: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.top_names + self.bottom_names))


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition. kind: compare (measure op bound) | test | ask | score | all | any."""

    id: str
    title: str
    kind: str
    where: Source
    measure: Measure | None = None
    op: str = ""
    bound: str = ""
    unit: str = ""
    text: str = ""  # test: the expression
    fact: str = ""  # ask: the fact
    expect: bool = True
    score: str = ""
    when: str = ""
    parts: tuple["Clause", ...] = ()
    if_missing: str = "unknown"  # or manual
    if_zero: str = "manual"  # or unmet, unknown, not_applicable: the ratio's denominator is not positive
    names: tuple[str, ...] = ()  # every fact it needs
    when_names: tuple[str, ...] = ()

    def walk(self) -> "list[Clause]":
        """Itself and everything below it, in order."""
        return [self, *(one for part in self.parts for one in part.walk())]


@dataclass(frozen=True, slots=True)
class Row:
    """One band. how: at_least | above | at_most | below | is | when | otherwise."""

    how: str
    bound: str
    points: Points
    title: str = ""


@dataclass(frozen=True, slots=True)
class ScoreItem:
    """One score. kind: bands | ask (choices by an expert) | points (given as they are) | sum | best."""

    id: str
    title: str
    kind: str
    most: Decimal
    where: Source
    measure: Measure | None = None
    unit: str = ""
    fact: str = ""
    rows: tuple[Row, ...] = ()
    parts: tuple["ScoreItem", ...] = ()
    if_zero: str = "none"  # none = 0 points; manual = 0 to most
    if_missing: str = "unknown"
    names: tuple[str, ...] = ()

    def walk(self) -> "list[ScoreItem]":
        return [self, *(one for part in self.parts for one in part.walk())]


@dataclass(frozen=True, slots=True)
class Route:
    """One of several ways in: all its clauses must hold."""

    id: str
    title: str
    clauses: tuple[Clause, ...]
    where: Source


@dataclass(frozen=True, slots=True)
class Hint:
    """Something to look at that decides nothing: a contradiction in the data, a reason for a visit."""

    id: str
    when: str
    says: str
    where: Source
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """One text of a book, in force from valid_from to valid_to (both days included) in `region` ("" = everywhere)."""

    book: str
    id: str
    title: str
    valid_from: date
    valid_to: date | None
    region: str
    source: str
    about: str
    values: tuple[BookValue, ...]
    conditions: tuple[Clause, ...]
    scores: tuple[ScoreItem, ...]
    routes: tuple[Route, ...]
    hints: tuple[Hint, ...]
    unverified: tuple[str, ...]
    digest: str
    data: Mapping[str, Any] = field(repr=False)
    engines: dict[Any, Any] = field(
        default_factory=dict, repr=False, compare=False
    )  # compiled, by values in force

    def clauses(self) -> list[Clause]:
        """Every clause, nested ones too, in the order of the text: common conditions, then the routes."""
        tops = [*self.conditions, *(one for route in self.routes for one in route.clauses)]
        return [one for top in tops for one in top.walk()]

    def score_items(self) -> list[ScoreItem]:
        return [one for top in self.scores for one in top.walk()]

    def values_on(self, day: date, region: str = "") -> dict[str, BookValue]:
        """The value of each name that holds on the day in the place; the nearest place wins, then the latest."""
        found: dict[str, BookValue] = {}
        for one in self.values:
            if (one.since and day < one.since) or (one.until and day > one.until):
                continue
            if not region.startswith(one.region):
                continue
            held = found.get(one.name)
            if held is None or (len(one.region), one.since or date.min) >= (
                len(held.region),
                held.since or date.min,
            ):
                found[one.name] = one
        return found

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Book:
    """All versions of one set of rules, oldest first."""

    name: str
    title: str
    about: str
    versions: tuple[Version, ...]
    group: str = ""

    def on(self, day: date, region: str = "") -> Version:
        """The version in force on that day in that place, the nearest place first. Raises NotFound in Chinese."""
        found = self.find(day, region)
        if found is None:
            held = "；".join(
                f"{one.title}（{one.valid_from}起{f'至{one.valid_to}' if one.valid_to else ''}{f'，地区{one.region}' if one.region else ''}）"
                for one in self.versions
            )
            refusal = NotFound("规则", self.title, code="rules.version")
            refusal.message = f"“{self.title}”在{day}{f'、地区{region}' if region else ''}没有有效的规则。现有版本：{held}。请核对日期和地区。"
            raise refusal
        return found

    def find(self, day: date, region: str = "") -> Version | None:
        """As `on`, None instead of a refusal."""
        fit = [one for one in self.versions if one.holds_on(day) and region.startswith(one.region)]
        return max(fit, key=lambda one: (len(one.region), one.valid_from), default=None)

    def version(self, version_id: str) -> Version:
        """By id. Raises NotFound."""
        for one in self.versions:
            if one.id == version_id:
                return one
        raise NotFound("规则版本", version_id)


def digest_of(data: Mapping[str, Any]) -> str:
    """SHA-256 of a version's text, the same however it was laid out."""
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()
