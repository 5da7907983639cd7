"""What a judgement says: outcomes, conditions, scores; to JSON and back."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self


class Outcome(StrEnum):
    """The five answers. Unknown never becomes met."""

    MET = "met"
    UNMET = "unmet"
    UNKNOWN = "unknown"
    MANUAL = "manual"
    NOT_APPLICABLE = "not_applicable"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Outcome.MET: "满足",
    Outcome.UNMET: "不满足",
    Outcome.UNKNOWN: "待补数据",
    Outcome.MANUAL: "需人工",
    Outcome.NOT_APPLICABLE: "不适用",
}
MET, UNMET, UNKNOWN, MANUAL, NOT_APPLICABLE = Outcome


@dataclass(frozen=True, slots=True)
class Lack:
    """What one fact is short of: `fact` must rise (or, when `by` is negative, fall) by that much, in `unit`."""

    fact: str
    by: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class Condition:
    """One judged condition. margin: in `unit`, positive = room to spare; None when there is nothing to measure."""

    id: str
    title: str
    outcome: Outcome
    kind: str = "compare"
    value: Decimal | str | None = None
    bound: Decimal | str | None = None
    op: str = ""
    unit: str = ""
    margin: Decimal | None = None
    lack: Lack | None = None
    article: str = ""
    source: str = ""
    says: str = ""
    unverified: bool = False
    parent: str = ""  # id of the condition it is a part of
    route: str = ""  # id of the route it belongs to; "" = common to all
    missing: tuple[str, ...] = ()  # names of facts it lacks


@dataclass(frozen=True, slots=True)
class Score:
    """One judged score: between least and most points of `full`. chosen: the better part of a choice."""

    id: str
    title: str
    least: Decimal
    most: Decimal
    full: Decimal
    outcome: Outcome  # MET = settled; MANUAL = an expert chooses within the band; UNKNOWN = facts are missing
    value: Decimal | str | None = None
    unit: str = ""
    band: str = ""
    article: str = ""
    source: str = ""
    unverified: bool = False
    parent: str = ""
    chosen: str = ""
    missing: tuple[str, ...] = ()

    @property
    def points(self) -> str:
        """88, or 65—84 when it is open."""
        least, most = (format(one.normalize(), "f") for one in (self.least, self.most))
        return least if self.least == self.most else f"{least}—{most}"


@dataclass(frozen=True, slots=True)
class Note:
    """A hint that holds: it decides nothing."""

    id: str
    says: str
    article: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The whole answer. route: the way in that holds, "" when none (or the version has none)."""

    book: str
    version_id: str
    version_digest: str
    on: date
    outcome: Outcome
    conditions: tuple[Condition, ...]
    scores: tuple[Score, ...] = ()
    route: str = ""
    missing: tuple[str, ...] = ()  # facts to be filled in
    asked: tuple[str, ...] = ()  # facts that a person has to judge
    notes: tuple[Note, ...] = ()
    unverified: tuple[str, ...] = ()

    def condition(self, code: str) -> Condition:
        """By id. Raises KeyError."""
        return next(one for one in self.conditions if one.id == code)

    def score(self, code: str) -> Score:
        return next(one for one in self.scores if one.id == code)

    @property
    def unmet(self) -> tuple[Condition, ...]:
        """The single conditions that stand in the way, alternatives left out."""
        return tuple(
            one for one in self.conditions if one.outcome is UNMET and one.kind not in ("any", "all")
        )

    def as_json(self) -> dict[str, Any]:
        """Plain JSON; decimals are strings, so that nothing is lost."""
        found: dict[str, Any] = {one.name: _plain(getattr(self, one.name)) for one in fields(self)}
        found["outcome_label"] = self.outcome.label
        return found

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The judgement that `as_json` wrote."""
        return cls(
            book=data["book"],
            version_id=data["version_id"],
            version_digest=data["version_digest"],
            on=date.fromisoformat(data["on"]),
            outcome=Outcome(data["outcome"]),
            conditions=tuple(_condition(one) for one in data["conditions"]),
            scores=tuple(_score(one) for one in data["scores"]),
            route=data["route"],
            missing=tuple(data["missing"]),
            asked=tuple(data["asked"]),
            notes=tuple(Note(**one) for one in data["notes"]),
            unverified=tuple(data["unverified"]),
        )


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Outcome | str) or value is None or isinstance(value, bool):
        return str(value) if isinstance(value, Outcome) else value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    found = {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Condition | Score):
        found["outcome_label"] = value.outcome.label
    return found


def _back(value: Any) -> Any:
    """A decimal written as text; text that is no number stays text."""
    try:
        return None if value is None else Decimal(value)
    except ArithmeticError:
        return value


def _condition(data: Mapping[str, Any]) -> Condition:
    raw = {name: value for name, value in data.items() if name != "outcome_label"}
    lack = raw["lack"]
    raw |= {
        "outcome": Outcome(raw["outcome"]),
        "value": _back(raw["value"]),
        "bound": _back(raw["bound"]),
        "margin": _back(raw["margin"]),
        "lack": Lack(lack["fact"], Decimal(lack["by"]), lack["unit"]) if lack else None,
        "missing": tuple(raw["missing"]),
    }
    return Condition(**raw)


def _score(data: Mapping[str, Any]) -> Score:
    raw = {name: value for name, value in data.items() if name != "outcome_label"}
    raw |= {
        "outcome": Outcome(raw["outcome"]),
        "value": _back(raw["value"]),
        "least": Decimal(raw["least"]),
        "most": Decimal(raw["most"]),
        "full": Decimal(raw["full"]),
        "missing": tuple(raw["missing"]),
    }
    return Score(**raw)
