"""Ties between experts and the asking side, from facts alone. Pure: edges and dated rules in, reasons out.

A tie that no fact shows is not invented: kinship, teachers and shares are unknown here and are asked of the expert.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

Node = tuple[str, int]
"""("expert", primary key) or ("unit", primary key)."""

_FILE = Path(__file__).with_name("conflicts.yaml")
_MOST_INDIRECT = 3  # of one expert; more say nothing new


@dataclass(frozen=True, slots=True)
class Rule:
    """How long a kind of tie counts. within_years: None = as long as it lasts. verify: the basis was not seen (待核实)."""

    key: str
    label: str
    words: str
    within_years: int | None
    source: str
    verify: bool


@dataclass(frozen=True, slots=True)
class Edge:
    """One fact that ties two nodes: what, when, and the record that says so.

    day: exact day; year: when only that is known. until None = still so. count: records that say the same, this is
    the newest. source_kind, source_id: the record's page. is_open: anybody may see that record.
    """

    kind: str
    a: Node
    b: Node
    year: int | None = None
    day: date | None = None
    source_kind: str = ""
    source_id: str = ""
    source_title: str = ""
    is_open: bool = True
    count: int = 1
    note: str = ""

    def other(self, node: Node) -> Node:
        return self.b if node == self.a else self.a


@dataclass(frozen=True, slots=True)
class Conflict:
    """A tie of an expert with one party. hops: one edge (direct), or two (through somebody or some unit).

    is_direct: one hop, or the same unit. rules: of the hops. names: of all nodes on the way.
    """

    expert: Node
    party: Node
    hops: tuple[Edge, ...]
    is_direct: bool
    rules: tuple[Rule, ...]

    @property
    def label(self) -> str:
        return "、".join(dict.fromkeys(rule.label for rule in self.rules))

    @property
    def verify(self) -> str:
        """The bases that nobody has checked, "" when all are."""
        return "；".join(dict.fromkeys(rule.source for rule in self.rules if rule.verify))

    @property
    def year(self) -> int:
        return max((edge.year or 0 for edge in self.hops), default=0)


@cache
def _raw() -> dict[str, Any]:
    return dict(yaml.safe_load(_FILE.read_text(encoding="utf-8")))


def rules_on(day: date) -> dict[str, Rule]:
    """The rules in force on `day`, by kind of tie. Source of each in conflicts.yaml."""
    found = {}
    for key, facts in _raw()["rules"].items():
        dated = [start for start in facts["values"] if start <= day]
        if dated:
            value = facts["values"][max(dated)]
            found[key] = Rule(
                key, facts["label"], facts["words"], value["within_years"], value["source"], value["verify"]
            )
    return found


def not_known() -> tuple[str, ...]:
    """Ties of which there are no data, in Chinese."""
    return tuple(_raw()["not_known"])


def in_force(edge: Edge, rules: Mapping[str, Rule], on: date) -> bool:
    """Whether the tie still counts on `on`. A tie without any date counts: nobody can say that it is over."""
    rule = rules.get(edge.kind)
    if rule is None:
        return False
    if rule.within_years is None or (edge.day is None and edge.year is None):
        return True
    if edge.day is not None:
        return edge.day >= _years_before(on, rule.within_years)
    return int(edge.year or 0) >= on.year - rule.within_years


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return day.replace(year=day.year - years, day=28)


def merged(edges: Iterable[Edge]) -> list[Edge]:
    """Edges that say the same of the same two become one: the newest, with how many there are."""
    groups: dict[tuple[str, frozenset[Node]], list[Edge]] = defaultdict(list)
    for edge in edges:
        if edge.a != edge.b:
            groups[(edge.kind, frozenset((edge.a, edge.b)))].append(edge)
    out = []
    for same in groups.values():
        newest = max(same, key=lambda one: (one.day or date(one.year or 1, 1, 1), one.source_id))
        records = {(one.source_kind, one.source_id) for one in same}
        out.append(
            Edge(
                newest.kind, newest.a, newest.b, newest.year, newest.day, newest.source_kind, newest.source_id,
                newest.source_title, newest.is_open, len(records), newest.note,
            )
        )  # fmt: skip
    return out


def conflicts(
    experts: Iterable[Node],
    parties: Iterable[Node],
    edges: Iterable[Edge],
    rules: Mapping[str, Rule],
    on: date,
) -> dict[Node, tuple[Conflict, ...]]:
    """Ties of each expert with the parties, over at most two edges that count on `on`; direct ones first.

    Where there is a direct tie with a party, roundabout ones with the same party are left out. Source of what
    counts: conflicts.yaml.
    """
    graph: dict[Node, list[Edge]] = defaultdict(list)
    for edge in merged(one for one in edges if in_force(one, rules, on)):
        graph[edge.a].append(edge)
        graph[edge.b].append(edge)
    wanted = frozenset(parties)
    return {expert: _of_one(expert, wanted - {expert}, graph, rules) for expert in experts}


def _of_one(
    expert: Node, parties: frozenset[Node], graph: Mapping[Node, Sequence[Edge]], rules: Mapping[str, Rule]
) -> tuple[Conflict, ...]:
    direct: list[Conflict] = []
    round_about: dict[tuple[Node, str, str], Conflict] = {}
    for first in graph.get(expert, ()):
        between = first.other(expert)
        if between in parties:
            direct.append(_conflict(expert, between, (first,), rules, is_direct=True))
            continue
        for second in graph.get(between, ()):
            party = second.other(between)
            if second is first or party not in parties:
                continue
            same_unit = first.kind == second.kind == "works_at"
            found = _conflict(expert, party, (first, second), rules, is_direct=same_unit)
            if same_unit:
                direct.append(found)
            else:
                key = (party, first.kind, second.kind)
                if key not in round_about or _weight(round_about[key]) < _weight(found):
                    round_about[key] = found
    reached = {one.party for one in direct}
    rest = sorted(
        (one for one in round_about.values() if one.party not in reached), key=_weight, reverse=True
    )
    direct.sort(key=lambda one: (-one.year, one.label, one.party))
    return (*direct, *rest[:_MOST_INDIRECT])


def _conflict(
    expert: Node, party: Node, hops: tuple[Edge, ...], rules: Mapping[str, Rule], *, is_direct: bool
) -> Conflict:
    return Conflict(expert, party, hops, is_direct, tuple(rules[edge.kind] for edge in hops))


def _weight(one: Conflict) -> tuple[int, int, str]:
    """The closer tie: more records behind it, then newer."""
    return sum(edge.count for edge in one.hops), one.year, one.label
