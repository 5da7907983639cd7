"""Conflicts in the words of an officer, and as little of them as an enterprise may read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from keqiao.expertise.conflicts import Conflict, Edge, Node, Rule

_HIDDEN = "（不公开的记录）"
_COUNTED = ("coauthor", "coproject")


@dataclass(frozen=True, slots=True)
class Hop:
    """One step of the way: a sentence and the record that says so. kind, public_id: of its page, "" when there is none."""

    text: str
    source: str
    kind: str = ""
    public_id: str = ""


def sentence(one: Conflict, names: Mapping[Node, str]) -> str:
    """The tie in one line: 与“某某公司”同单位（现单位）; 经王五：合作产出 2 项（2024）→ 同单位."""
    party = _name(one.party, names)
    if len(one.hops) == 1:
        return f"与{party}{one.rules[0].label}{_when(one.hops[0])}"
    between = one.hops[0].other(one.expert)
    if one.is_direct:
        return f"与{party}同在{_name(between, names)}"
    steps = " → ".join(f"{rule.label}{_when(edge)}" for rule, edge in zip(one.rules, one.hops, strict=True))
    return f"经{_name(between, names)}与{party}：{steps}"


def short(one: Conflict) -> str:
    """The kind of the tie alone, for those who may not read its sources."""
    if one.is_direct:
        return f"与需方{one.label}"
    return f"经他人或其他单位与需方有关联（{one.label}）"


def hops_of(one: Conflict, names: Mapping[Node, str], *, sees_all: bool) -> list[Hop]:
    """The way step by step, each with its source. sees_all: the reader may see records that are not public."""
    return [
        _hop(edge, rule, names, sees_all=sees_all) for edge, rule in zip(one.hops, one.rules, strict=True)
    ]


def _hop(edge: Edge, rule: Rule, names: Mapping[Node, str], *, sees_all: bool) -> Hop:
    text = f"{_name(edge.a, names)}、{_name(edge.b, names)}：{rule.words}{_when(edge)}"
    if not edge.is_open and not sees_all:
        return Hop(text, _HIDDEN)
    return Hop(text, edge.source_title, edge.source_kind, edge.source_id)


def _name(node: Node, names: Mapping[Node, str]) -> str:
    name = names.get(node) or ("某位专家" if node[0] == "expert" else "某单位")
    return f"“{name}”" if node[0] == "unit" else name


def _when(edge: Edge) -> str:
    parts = []
    if edge.kind in _COUNTED:
        parts.append(f"{edge.count} 项")
        if edge.year:
            parts.append(f"最近 {edge.year} 年" if edge.count > 1 else f"{edge.year} 年")
        elif edge.year is None:
            parts.append("年份不详")
    elif edge.kind == "works_at":
        parts.append(edge.note or "任职")
        if edge.year:
            parts.append(f"{edge.year} 年")
    return f"（{'，'.join(parts)}）" if parts else ""


def lines(found: Sequence[Conflict], names: Mapping[Node, str], *, in_full: bool) -> list[str]:
    """What is kept with a proposal and written into the table."""
    if not in_full:
        return list(dict.fromkeys(short(one) for one in found))
    return [
        f"{'直接' if one.is_direct else '间接'}：{sentence(one, names)}{'（规则待核实）' if one.verify else ''}"
        for one in found
    ]
