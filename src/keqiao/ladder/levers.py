"""Levers with their prices, as dated data; and what no money buys. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from keqiao.core.errors import NotFound
from keqiao.rules.facts import fact_of, of_year

_FILE = Path(__file__).with_name("data") / "levers.yaml"
Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Lever:
    """Something a firm can do. price: 万元 a unit; step: smallest amount; most, share: how much of it at most.

    adds: facts that rise by one with a unit; sets: facts that become this with the first unit; needs: the fact without
    which the lever says nothing (unknown data is asked for, not bought).
    """

    key: str
    title: str
    unit: str
    price: Decimal
    step: Decimal
    adds: tuple[str, ...]
    sets: Mapping[str, Any]
    needs: str
    months: int
    note: str = ""
    most: Decimal | None = None
    share_of: Mapping[str, Decimal] = field(default_factory=dict)
    unverified: bool = False

    def limit(self, facts: Mapping[str, Any]) -> Decimal:
        """Units at most for this firm: a whole number of steps; 0 when the lever does not apply."""
        if facts.get(self.needs) is None or (self.sets and not self.adds and facts.get(self.needs) is True):
            return Decimal(0)
        most = self.most if self.most is not None else Decimal(0)
        for name, share in self.share_of.items():
            most = max(most, Decimal(str(facts.get(name) or 0)) * share)
        return (most // self.step) * self.step

    def apply(self, facts: Facts, units: Decimal) -> None:
        """Pull it by so many units, in place. Facts that are unknown stay unknown."""
        if units <= 0:
            return
        for name in self.adds:
            if facts.get(name) is not None:
                known = fact_of(name)
                risen = Decimal(str(facts[name])) + units
                facts[name] = int(risen) if known is not None and known[0].kind == "count" else risen
        for name, value in self.sets.items():
            if name == self.needs or facts.get(name) is not None:
                facts[name] = value


@dataclass(frozen=True, slots=True)
class Levers:
    """Those of a day. cannot: fact -> why it cannot be bought."""

    levers: tuple[Lever, ...]
    cannot: Mapping[str, str]
    source: str


@cache
def _document() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return found


@cache
def levers_on(day: date) -> Levers:
    """The levers that hold on that day. Raises NotFound before the first."""
    fitting = [one for one in _document()["versions"] if one["valid_from"] <= day]
    if not fitting:
        raise NotFound("措施价格", day)
    version = max(fitting, key=lambda one: one["valid_from"])
    levers = tuple(
        Lever(
            key=key,
            title=one["title"],
            unit=one["unit"],
            price=Decimal(str(one["price"])),
            step=Decimal(str(one["step"])),
            adds=tuple(one.get("adds", ())),
            sets=one.get("sets", {}),
            needs=one["needs"],
            months=one["months"],
            note=one.get("note", ""),
            most=Decimal(str(one["most"])) if "most" in one else None,
            share_of={name: Decimal(str(value)) for name, value in one.get("share_of", {}).items()},
            unverified=bool(one.get("verify", version.get("verify", False))),
        )
        for key, one in version["levers"].items()
    )
    cannot = {name: one["why"] for one in _document()["cannot"] for name in one["facts"]}
    return Levers(levers, cannot, version["source"])


def why_not(name: str, levers: Levers) -> str:
    """Why a fact cannot be bought; earlier years cannot, whatever they are. "" when there is a lever for it."""
    known = fact_of(name)
    if known is not None and known[1]:
        return "过去年度的数据已经定了，改不了。"
    plain = known[0].name if known is not None else name
    if any(plain in (*one.adds, *one.sets) for one in levers.levers):
        return ""
    return levers.cannot.get(plain, "")


def year_back(name: str, back: int) -> str:
    """The fact's name so many years back."""
    return of_year(name, back)
