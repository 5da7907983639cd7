"""What the bureau compiles from its firms' figures (rd-tax-and-statistics §9.3): 两清零, 漏报, ranking, three measures. 万元."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from hashlib import sha256
from typing import Any, overload

from django.core.cache import cache
from django.db.models import QuerySet

from keqiao.firm.facts import data_year
from keqiao.firm.models import FirmFact
from keqiao.firm.plausible import gap_reasons
from keqiao.rd.books import book
from keqiao.rd.figures import figures_of, rows_by_key, said_of, sums_by_county, who_has, widest_gaps
from keqiao.rd.integrity import Finding
from keqiao.rd.money import exact
from keqiao.rd.quality import change_findings
from keqiao.registry.enterprise.models import Enterprise

Facts = Mapping[str, Any]
MANUFACTURING = range(13, 44)  # GB/T 4754-2017: 13 to 43
INDUSTRY = range(6, 47)  # 采矿业 06 to 电力、热力、燃气及水 46
_SCOPES = {"规上制造业": MANUFACTURING, "规上工业": INDUSTRY}
_UNKNOWN = "没有数据"
_NOTHING = Decimal(-1)
_MANY, _KEPT_SECONDS = 2000, 600  # firms above scale from which on the ranking is kept, and for how long


@dataclass(frozen=True, slots=True)
class Floor:
    """From which main income a list looks, and at whom. verify: 待核实."""

    key: str
    label: str
    floor_wan: Decimal
    scope: str
    document: str
    verify: bool


def floor_for(key: str, division_code: str, day: date) -> Floor | None:
    """The list's floor for a place on a day: the longest prefix, then the newest; None when none holds."""
    rows = [
        row for row in book("statistics")["zero_lists"]
        if row["key"] == key and division_code.startswith(str(row["prefix"])) and row["since"] <= day
    ]  # fmt: skip
    if not rows:
        return None
    row = max(rows, key=lambda one: (len(str(one["prefix"])), one["since"]))
    return Floor(
        key, row["label"], Decimal(row["floor_wan"]), row["scope"], row["document"], bool(row["verify"])
    )


def above_scale(firms: "QuerySet[Enterprise]") -> "QuerySet[Enterprise]":
    """Of these, the 规上 ones, as their file says."""
    said = FirmFact.objects.filter(name="above_scale", value=True, replaced_at=None).values("enterprise")
    return firms.filter(pk__in=said)


def industry_of(firm: Enterprise) -> int | None:
    """The two digits of GB/T 4754, None when the firm has no industry."""
    for tag in firm.tags.get("gbt4754", ()):
        digits = str(tag.get("code", "")).lstrip("ABCDEFGHIJKLMNOPQRST")
        if digits[:2].isdigit() and len(digits) >= 2:
            return int(digits[:2])
    return None


@dataclass(frozen=True, slots=True)
class Listed:
    """A firm on a list. income: main income in 万元. why: what put it there; is_known False: the answer is missing."""

    firm: Enterprise
    income: Decimal | None
    why: str
    is_known: bool = True


def zero_list(key: str, firms: "QuerySet[Enterprise]", on: date) -> list[Listed]:
    """两清零: firms at or above the floor without R&D activity (key "activity") or institution ("institution").

    Those whose file does not say are listed too, marked, because somebody must ask. Largest income first. Four queries.
    """
    name = {"activity": "rd_activity", "institution": "rd_institution"}[key]
    scaled = above_scale(firms)
    figures = figures_of(scaled, on, ("main_income", "rd_stat"))
    least = min(
        (Decimal(row["floor_wan"]) for row in book("statistics")["zero_lists"] if row["key"] == key),
        default=None,
    )
    if least is None:
        return []
    large = {pk: one for pk, one in figures.items() if one.get("main_income", _NOTHING) >= least}
    said = said_of(scaled, on, (name,))
    open_ = {pk: _has(name, one | said.get(pk, {})) for pk, one in large.items()}
    rows = rows_by_key([pk for pk, has in open_.items() if not has])
    found = []
    for pk, firm in rows.items():
        income, has = large[pk]["main_income"], open_[pk]
        floor, industry = floor_for(key, firm.division_code, on), industry_of(firm)
        if (
            floor is None
            or income < floor.floor_wan
            or industry is None
            or industry not in _SCOPES[floor.scope]
        ):
            continue
        found.append(Listed(firm, income, _UNKNOWN if has is None else floor.label, has is not None))
    return sorted(found, key=lambda one: (-(one.income or 0), one.firm.title))


def _has(name: str, facts: Facts) -> bool | None:
    """Whether there is activity or an institution: the file's own word, otherwise for activity the statistics' amount."""
    said = facts.get(name)
    if said is not None:
        return bool(said)
    if name == "rd_activity" and facts.get("rd_stat") is not None:
        return bool(facts["rd_stat"] > 0)
    return None


def missing_forms(firms: "QuerySet[Enterprise]", on: date) -> list[Listed]:
    """漏报: R&D cost in the super-deduction but nothing in form 107, and the other way round. Largest gap first."""
    figures = figures_of(above_scale(firms), on, ("rd_deduct", "rd_stat", "main_income"))
    kept: dict[int, tuple[Decimal, str]] = {}
    for pk, facts in figures.items():
        deduct, stat = facts.get("rd_deduct"), facts.get("rd_stat")
        if deduct and deduct > 0 and not stat:
            said = "没有报 107 表" if stat is None else "107 表填 0"
            kept[pk] = deduct, f"加计扣除 {_n(deduct)} 万元，{said}"
        elif stat and stat > 0 and not deduct:
            said = "没有加计扣除数据" if deduct is None else "没有享受加计扣除"
            kept[pk] = stat, f"107 表 {_n(stat)} 万元，{said}"
    rows = rows_by_key(list(kept))
    order = sorted(rows, key=lambda pk: (-kept[pk][0], rows[pk].title))
    return [Listed(rows[pk], figures[pk].get("main_income"), kept[pk][1]) for pk in order]


def _n(value: Any) -> str:
    return f"{Decimal(value).normalize():,f}"


# -- the ranking ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CountyRow:
    """One county's R&D of a year in 万元. growth, intensity, with_rd, with_institution: shares, None without a base."""

    division: str
    firms: int
    rd: Decimal
    rd_before: Decimal
    income: Decimal
    active: int
    institutions: int
    filed: int

    @property
    def growth(self) -> Fraction | None:
        return (exact(self.rd) - exact(self.rd_before)) / exact(self.rd_before) if self.rd_before else None

    @property
    def intensity(self) -> Fraction | None:
        """研发费用 ÷ 主营业务收入."""
        return exact(self.rd) / exact(self.income) if self.income else None

    @property
    def with_rd(self) -> Fraction | None:
        return Fraction(self.active, self.firms) if self.firms else None

    @property
    def with_institution(self) -> Fraction | None:
        return Fraction(self.institutions, self.firms) if self.firms else None


def ranking(firms: "QuerySet[Enterprise]", on: date) -> list[CountyRow]:
    """规上 firms by county, most R&D first. `rd` is what form 107 says, never another measure.

    Of many firms the answer is kept for ten minutes.
    """
    name = f"rd-ranking-{on}-{sha256(str(firms.query).encode()).hexdigest()}"
    known: list[CountyRow] | None = cache.get(name)
    if known is None:
        known = _ranking(firms, on)
        if sum(one.firms for one in known) >= _MANY:
            cache.set(name, known, _KEPT_SECONDS)
    return known


def _ranking(firms: "QuerySet[Enterprise]", on: date) -> list[CountyRow]:
    sums: dict[str, dict[str, Any]] = defaultdict(lambda: defaultdict(Decimal))
    scaled, year = above_scale(firms), data_year(on)
    totals = sums_by_county(scaled, on, ("rd_stat", "rd_stat_1", "main_income"))
    filed, positive = who_has(scaled, year, "rd_stat")
    said = said_of(scaled, on, ("rd_activity", "rd_institution"))
    nothing: dict[str, Any] = {}
    for pk, code in scaled.order_by().values_list("pk", "division_code"):
        own, row = said.get(pk, nothing), sums[code[:6]]
        row["firms"] += 1
        row["active"] += 1 if own.get("rd_activity", pk in positive) else 0
        row["institutions"] += 1 if own.get("rd_institution") else 0
        row["filed"] += 1 if pk in filed else 0
    for county, row in sums.items():
        for key, name in (("rd", "rd_stat"), ("before", "rd_stat_1"), ("income", "main_income")):
            row[key] = totals.get((county, name), Decimal(0))
    rows = [
        CountyRow(division, int(one["firms"]), one["rd"], one["before"], one["income"], int(one["active"]),
                  int(one["institutions"]), int(one["filed"]))
        for division, one in sums.items()
    ]  # fmt: skip
    return sorted(rows, key=lambda one: (-one.rd, one.division))


def together(rows: Sequence[CountyRow]) -> CountyRow:
    """The whole city."""
    return CountyRow(
        "", sum(one.firms for one in rows), sum((one.rd for one in rows), Decimal(0)),
        sum((one.rd_before for one in rows), Decimal(0)), sum((one.income for one in rows), Decimal(0)),
        sum(one.active for one in rows), sum(one.institutions for one in rows), sum(one.filed for one in rows),
    )  # fmt: skip


# -- three measures -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Measures:
    """One firm's three amounts of a year in 万元, which never share a column, and what explains the gaps."""

    firm: Enterprise
    year: int
    hnte: Decimal | None
    stat: Decimal | None
    deduct: Decimal | None
    reasons: tuple[str, ...]

    @property
    def spread(self) -> Decimal:
        known = [one for one in (self.hnte, self.stat, self.deduct) if one is not None]
        return max(known) - min(known) if len(known) > 1 else Decimal(0)


_MEASURES = ("rd_hnte", "rd_stat", "rd_deduct")


MOST_GAPS = 1000  # firms that the list of three measures shows


class MeasureRows(Sequence[Measures]):
    """三口径对账: firms with at least two of the three amounts that differ, widest gap first; loads what is looked at.

    The widest gaps of a whole city are found by one pass over its figures, kept for ten minutes.
    """

    def __init__(self, firms: "QuerySet[Enterprise]", on: date) -> None:
        self._on = on
        self._question = widest_gaps(firms, data_year(on), _MEASURES)[:MOST_GAPS]

    @cached_property
    def _keys(self) -> list[int]:
        name = f"rd-gaps-{sha256(str(self._question.query).encode()).hexdigest()}"
        known: list[int] | None = cache.get(name)
        if known is None:
            known = list(self._question)
            if len(known) == MOST_GAPS:
                cache.set(name, known, _KEPT_SECONDS)
        return known

    def __len__(self) -> int:
        return len(self._keys)

    @overload
    def __getitem__(self, at: int) -> Measures: ...
    @overload
    def __getitem__(self, at: slice) -> list[Measures]: ...
    def __getitem__(self, at: int | slice) -> Measures | list[Measures]:
        if isinstance(at, int):
            return self[at : at + 1][0]
        keys = self._keys[at]
        figures = figures_of(Enterprise.objects.filter(pk__in=keys), self._on, _MEASURES)
        rows = rows_by_key(keys)
        return [self._one(rows[pk], figures[pk]) for pk in keys]

    def _one(self, firm: Enterprise, figures: Mapping[str, Decimal]) -> Measures:
        hnte, stat, deduct = (figures.get(name) for name in _MEASURES)
        return Measures(firm, data_year(self._on), hnte, stat, deduct, tuple(gap_reasons(hnte, deduct, stat)))


def _dec(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)


# -- quality --------------------------------------------------------------------------------------------------------

_LOOKED_AT = (
    ("rd_stat", "统计研发费用", "万元"),
    ("rd_staff", "研发人员", "人"),
    ("main_income", "主营业务收入", "万元"),
)


def quality_findings(facts: Facts) -> list[Finding]:
    """What the rules of §9.4 say of the figures kept for a firm."""
    found: list[Finding] = []
    for name, label, unit in _LOOKED_AT:
        found += change_findings(label, _dec(facts.get(name)), _dec(facts.get(f"{name}_1")), unit)
    staff, people = facts.get("rd_staff"), facts.get("staff")
    if staff is not None and people is not None and staff > people:
        found.append(Finding(True, "研发人员", f"研发人员 {staff} 人多于职工总数 {people} 人，请核对。"))
    rd, income = facts.get("rd_stat"), facts.get("main_income")
    if rd is not None and income and rd > income:
        found.append(
            Finding(
                True,
                "统计研发费用",
                f"研发费用 {_n(rd)} 万元大于主营业务收入 {_n(income)} 万元，请核对单位（报表是千元）。",
            )
        )
    return found


_QUALITY = ("staff", *(f"{name}{back}" for name, _, _ in _LOOKED_AT for back in ("", "_1")))


def quality_list(firms: "QuerySet[Enterprise]", on: date) -> list[tuple[int, list[Finding]]]:
    """(key of the firm, findings) of the 规上 firms with something to ask about: errors first, then the most questions."""
    known = figures_of(above_scale(firms), on, _QUALITY)
    found = [(pk, findings) for pk, facts in known.items() if (findings := quality_findings(facts))]
    return sorted(found, key=lambda row: (not any(one.is_error for one in row[1]), -len(row[1]), row[0]))
