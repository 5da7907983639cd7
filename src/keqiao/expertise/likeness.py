"""What speaks for and against two experts' pages being one human being. Pure; no verdict, only reasons for an officer."""

from collections.abc import Mapping
from dataclasses import dataclass, field

_MOST_NAMED = 4
_PROOF_AGAINST = -100
CANDIDATE_FROM = 30
"""Strength from which a pair is put before an officer."""


@dataclass(frozen=True, slots=True)
class Page:
    """An expert's page as far as it tells who he is.

    units: every unit of his, now or on works, with its name. coauthors: name -> joint works. topics: fields, patent
    classes and keywords. years: of works, with the units signed that year. phone, email: keyed hashes, "" unknown.
    """

    name: str
    pinyin: str
    unit: int | None = None
    units: Mapping[int, str] = field(default_factory=dict)
    works: frozenset[int] = frozenset()
    coauthors: Mapping[str, int] = field(default_factory=dict)
    topics: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    years: Mapping[int, frozenset[int]] = field(default_factory=dict)
    phone: str = ""
    email: str = ""
    identity: str = ""


@dataclass(frozen=True, slots=True)
class Signal:
    """One reason. weight above 0 speaks for one person, below for two."""

    key: str
    text: str
    weight: int


def likeness(one: Page, other: Page) -> list[Signal]:
    """The reasons for and against, the strongest first. Weights are ours: they order the queue and decide nothing."""
    found = [*_names(one, other), *_units(one, other), *_people(one, other), *_contacts(one, other)]
    shared_works = len(one.works & other.works)
    if shared_works:
        found.append(
            Signal("same_work", f"同在 {shared_works} 项产出里分别署名，不会是同一人", _PROOF_AGAINST)
        )
    topics = one.topics & other.topics
    if topics:
        shown = "、".join(sorted(topics, key=lambda text: (-len(text), text))[:_MOST_NAMED])
        found.append(Signal("topics", f"研究主题相同 {len(topics)} 个：{shown}", min(24, 8 * len(topics))))
    if one.fields and other.fields:
        if one.fields & other.fields:
            found.append(Signal("field", "技术领域相同", 8))
        elif not topics:
            found.append(Signal("other_field", "技术领域不同，研究主题没有相同的", -20))
    return sorted(found, key=lambda signal: (-abs(signal.weight), signal.key))


def strength(signals: list[Signal]) -> int:
    """0 to 100."""
    return max(0, min(100, sum(signal.weight for signal in signals)))


def is_candidate(signals: list[Signal]) -> bool:
    """Whether an officer should look: something beside the name speaks for one person, nothing proves two."""
    if any(signal.weight == _PROOF_AGAINST for signal in signals):
        return False
    beside = any(signal.weight > 0 and signal.key not in ("name", "pinyin", "field") for signal in signals)
    return beside and strength(signals) >= CANDIDATE_FROM


def _names(one: Page, other: Page) -> list[Signal]:
    if one.name == other.name:
        return [Signal("name", f"姓名相同：{one.name}", 15)]
    if one.pinyin and one.pinyin == other.pinyin:
        return [Signal("pinyin", f"拼音相同、写法不同：{one.name}、{other.name}", 5)]
    return []


def _units(one: Page, other: Page) -> list[Signal]:
    if one.unit is not None and one.unit == other.unit:
        return [Signal("unit", f"现单位相同：{one.units.get(one.unit, '')}", 40)]
    shared = [name for pk, name in one.units.items() if pk in other.units]
    if shared:
        return [Signal("moved", f"先后在同一单位署名：{'、'.join(sorted(shared)[:_MOST_NAMED])}", 35)]
    both = [
        year
        for year, units in one.years.items()
        if units and other.years.get(year) and not units & other.years[year]
    ]
    if both:
        return [Signal("same_year", f"{max(both)} 年在两家单位分别署名", -10)]
    return []


def _people(one: Page, other: Page) -> list[Signal]:
    shared = sorted(
        (name for name in one.coauthors if name in other.coauthors),
        key=lambda name: (-one.coauthors[name] - other.coauthors[name], name),
    )
    if not shared:
        return []
    more = f" 等 {len(shared)} 人" if len(shared) > _MOST_NAMED else ""
    return [
        Signal(
            "coauthors", f"共同的合作者：{'、'.join(shared[:_MOST_NAMED])}{more}", min(45, 15 * len(shared))
        )
    ]


def _contacts(one: Page, other: Page) -> list[Signal]:
    found = []
    if one.identity and other.identity:
        same = one.identity == other.identity
        found.append(
            Signal("identity", "登记的证件一致", 100)
            if same
            else Signal("identity", "登记的证件号码不同，不是同一人", _PROOF_AGAINST)
        )
    for key, label in (("phone", "电话"), ("email", "邮箱")):
        mine, theirs = getattr(one, key), getattr(other, key)
        if mine and mine == theirs:
            found.append(Signal(key, f"登记的{label}相同", 50))
    return found
