"""Dated rules of publicity and bidding, by area: read from `data/terms.yaml` and the bureau's own file. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from keqiao.codes.workdays import Unit
from keqiao.core.errors import BadInput
from keqiao.hall.clock import Term

_DATA = Path(__file__).with_name("data") / "terms.yaml"
_LONGEST = 366  # days; a longer publicity is a typing error


@dataclass(frozen=True, slots=True)
class BiddingTerms:
    """How bidding is held. least_bidders: admitted takers by way. own_unit, inventor, interested: refuse or mark."""

    least_bidders: Mapping[str, int]
    extend_within_minutes: int
    extend_by_minutes: int
    extend_times: int
    own_unit: str
    inventor: str
    interested: str
    basis: str
    verify: bool

    def ruling_on(self, relation: str) -> str:
        """ "refuse", "mark" or "" for a taker who is nobody to the result."""
        found = {"own": self.own_unit, "inventor": self.inventor, "interested": self.interested}
        return found.get(relation, "")


def publicity_term(division_code: str, day: date, own_file: str = "") -> Term:
    """The publicity that holds for a place on `day`. Raises BadInput when no line covers it or a line is unreadable."""
    row = _line("publicity", division_code, day, own_file)
    try:
        length, unit = int(row["length"]), Unit(row.get("unit", "calendar"))
    except (KeyError, ValueError, TypeError) as problem:
        raise BadInput(
            f"公示期限表里 {row.get('since')} 起的一行读不出来：{problem}。unit 写 calendar 或 working，length 写天数。",
            code="hall.terms",
        ) from problem
    if not 1 <= length <= _LONGEST:
        raise BadInput(f"公示期限须在 1 到 {_LONGEST} 天之间，表里是 {length}。", code="hall.terms")
    return Term(
        length, unit, bool(row.get("counts_first", True)), bool(row.get("rolls", False)),
        str(row.get("basis", "")), bool(row.get("verify", True)),
    )  # fmt: skip


def bidding_terms(division_code: str, day: date, own_file: str = "") -> BiddingTerms:
    """The rules of bidding that hold for a place on `day`."""
    row = _line("bidding", division_code, day, own_file)
    try:
        return BiddingTerms(
            {str(way): int(count) for way, count in row["least_bidders"].items()},
            int(row["extend_within_minutes"]), int(row["extend_by_minutes"]), int(row["extend_times"]),
            str(row["own_unit"]), str(row["inventor"]), str(row["interested"]),
            str(row.get("basis", "")), bool(row.get("verify", True)),
        )  # fmt: skip
    except (KeyError, ValueError, TypeError, AttributeError) as problem:
        raise BadInput(
            f"竞价规则表里 {row.get('since')} 起的一行读不出来：{problem}。", code="hall.terms"
        ) from problem


def term_as_dict(term: Term) -> dict[str, Any]:
    """The term as it is frozen into a notice."""
    return {
        "length": term.length, "unit": term.unit.value, "counts_first": term.counts_first, "rolls": term.rolls,
        "basis": term.basis, "verify": term.verify,
    }  # fmt: skip


def term_from(kept: Mapping[str, Any]) -> Term:
    """The term of a notice, as it was announced: a later change of the rules does not move it."""
    return Term(**{**kept, "unit": Unit(kept["unit"])})


def _line(key: str, division_code: str, day: date, own_file: str) -> Mapping[str, Any]:
    for rows in _files(own_file):
        fit = [
            row for row in rows.get(key) or ()
            if division_code.startswith(str(row.get("prefix", ""))) and row["since"] <= day
        ]  # fmt: skip
        if fit:
            return max(fit, key=lambda row: (len(str(row.get("prefix", ""))), row["since"]))
    raise BadInput(f"期限表里没有 {day} 适用的{key}规则，不能公告。请系统管理员补上。", code="hall.terms")


def _files(own_file: str) -> Iterable[Mapping[str, Any]]:
    return (*((_read(own_file),) if own_file else ()), _read(str(_DATA)))


@cache
def _read(name: str) -> Mapping[str, Any]:
    try:
        content = yaml.safe_load(Path(name).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as problem:
        raise BadInput(f"期限表 {name} 读不出来：{problem}", code="hall.terms") from problem
    if not isinstance(content, dict):
        raise BadInput(f"期限表 {name} 不是表格。请照 terms.yaml 的样子写。", code="hall.terms")
    for rows in content.values():
        for row in rows or ():
            if not isinstance(row, dict) or not isinstance(row.get("since"), date):
                raise BadInput(f"期限表 {name} 有一行没有 since（写作 2026-01-01）。", code="hall.terms")
    return content
