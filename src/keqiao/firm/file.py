"""A firm on one screen: its years, titles, rights, contracts, cases, visits and money, each with where it comes from."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import F, Q

from keqiao.contract.models import Contract, ContractParty
from keqiao.deal.access import cases_of
from keqiao.deal.models import Case, Party, Visit
from keqiao.firm.models import FirmFact, Residence, Right, Title, YearFigure
from keqiao.firm.names import FIGURES
from keqiao.firm.plausible import MEASURES, gap_reasons
from keqiao.firm.received import Received, received_by
from keqiao.people.access import scope_of
from keqiao.people.enums import OFFICERS, Role
from keqiao.registry.enterprise.models import Enterprise
from keqiao.registry.work.models import Authorship, Work, WorkType

MOST_YEARS = 10
_MOST = 20  # cases, contracts, visits shown; the rest is one click away


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One figure over the years; cells stand under the file's years, None = not known."""

    name: str
    title: str
    unit: str
    cells: tuple[YearFigure | None, ...]


@dataclass(frozen=True, slots=True)
class FigureGroup:
    title: str
    rows: tuple[FigureRow, ...]


@dataclass(frozen=True, slots=True)
class Measure:
    """One of the three measures of R&D: what it holds, its values and its share of sales by year (percent)."""

    name: str
    title: str
    holds: str
    cells: tuple[YearFigure | None, ...]
    shares: tuple[Decimal | None, ...]


@dataclass(frozen=True, slots=True)
class FirmFile:
    """Everything on one screen. years: ascending. gaps: (year, sentences) on why the R&D measures differ, newest first."""

    firm: Enterprise
    years: tuple[int, ...]
    groups: tuple[FigureGroup, ...]
    origins: Mapping[int, str]
    measures: tuple[Measure, ...]
    gaps: tuple[tuple[int, list[str]], ...]
    titles: list[Title]
    rights: list[Right]
    facts: list[FirmFact]
    residences: list[Residence]
    projects: list[Work] = field(default_factory=list)
    contracts: list[Contract] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    money: list[Received] = field(default_factory=list)

    def series(self, name: str) -> list[Decimal | None]:
        """The values of one figure under the years, for a chart."""
        for group in self.groups:
            for row in group.rows:
                if row.name == name:
                    return [cell.value if cell else None for cell in row.cells]
        return [None] * len(self.years)

    def latest(self, name: str) -> YearFigure | None:
        """The newest known value of a figure."""
        for group in self.groups:
            for row in group.rows:
                if row.name == name:
                    return next((cell for cell in reversed(row.cells) if cell is not None), None)
        return None


def file_of(firm: Enterprise, user: Any) -> FirmFile:
    """The file as this reader may see it: what belongs to the desk (visits, cases) only to those who may. Eleven queries."""
    kept: dict[tuple[str, int], YearFigure] = {}
    for one in YearFigure.objects.current().filter(enterprise=firm).select_related("by"):
        kept[one.name, one.year] = one
    years = tuple(sorted({year for _, year in kept})[-MOST_YEARS:])
    groups = tuple(
        FigureGroup(
            group.title,
            tuple(
                FigureRow(
                    fact.name, fact.title, fact.unit, tuple(kept.get((fact.name, year)) for year in years)
                )
                for fact in group.facts
                if any((fact.name, year) in kept for year in years)
            ),
        )
        for group in FIGURES
    )
    return FirmFile(
        firm=firm,
        years=years,
        groups=tuple(group for group in groups if group.rows),
        origins=_origins(kept),
        measures=_measures(kept, years),
        gaps=_gaps(kept, years),
        titles=list(Title.objects.filter(enterprise=firm)),
        rights=list(Right.objects.filter(enterprise=firm)),
        facts=list(FirmFact.objects.filter(enterprise=firm, replaced_at=None).order_by("name", "-year")),
        residences=list(firm.residences.all()),
        projects=_projects(firm, user),
        contracts=_contracts(firm, user),
        cases=_cases(firm, user),
        visits=_visits(firm, user),
        money=received_by(firm, user),
    )


def _origins(kept: Mapping[tuple[str, int], YearFigure]) -> dict[int, str]:
    """Year -> where most of its figures come from; a cell from elsewhere says so itself."""
    said: dict[int, Counter[str]] = {}
    for (_, year), one in kept.items():
        said.setdefault(year, Counter())[one.origin] += 1
    return {year: counter.most_common(1)[0][0] for year, counter in said.items()}


def _measures(kept: Mapping[tuple[str, int], YearFigure], years: tuple[int, ...]) -> tuple[Measure, ...]:
    found = []
    for name, (title, holds) in MEASURES.items():
        cells = tuple(kept.get((name, year)) for year in years)
        shares = tuple(
            _share(cell, kept.get(("sales", year))) for cell, year in zip(cells, years, strict=True)
        )
        found.append(Measure(name, title, holds, cells, shares))
    return tuple(found)


def _share(part: YearFigure | None, whole: YearFigure | None) -> Decimal | None:
    if part is None or whole is None or whole.value <= 0:
        return None
    return (part.value * 100 / whole.value).quantize(Decimal("0.01"))


def _gaps(
    kept: Mapping[tuple[str, int], YearFigure], years: tuple[int, ...]
) -> tuple[tuple[int, list[str]], ...]:
    found = []
    for year in reversed(years[-3:]):
        values = [kept.get((name, year)) for name in ("rd_hnte", "rd_deduct", "rd_stat")]
        hnte, deduct, stat = (one.value if one else None for one in values)
        if sentences := gap_reasons(hnte, deduct, stat):
            found.append((year, sentences))
    return tuple(found)


def _projects(firm: Enterprise, user: Any) -> list[Work]:
    """Works of kind project that the firm holds or takes part in, the newest first."""
    if firm.organisation_id is None:
        return []
    part = Authorship.objects.filter(organisation=firm.organisation_id).values("work_id")
    found = Work.objects.visible_to(scope_of(user)).filter(
        Q(organisation=firm.organisation_id) | Q(pk__in=part), work_type=WorkType.PROJECT
    )
    return list(found.order_by(F("done_on").desc(nulls_last=True), "-pk")[:_MOST])


def _contracts(firm: Enterprise, user: Any) -> list[Contract]:
    if firm.organisation_id is None:
        return []
    mine = ContractParty.objects.filter(organisation=firm.organisation_id).values("contract_id")
    found = Contract.objects.visible_to(user).filter(pk__in=mine).order_by("-created_at")
    return list(found[:_MOST])


def _cases(firm: Enterprise, user: Any) -> list[Case]:
    if firm.organisation_id is None:
        return []
    mine = Party.objects.filter(organisation=firm.organisation_id).values("case_id")
    return list(cases_of(user).filter(pk__in=mine).order_by("-opened_at")[:_MOST])


def _visits(firm: Enterprise, user: Any) -> list[Visit]:
    if firm.organisation_id is None or not scope_of(user).roles & (OFFICERS | {Role.AUDITOR}):
        return []
    found = Visit.objects.filter(organisation=firm.organisation_id).select_related("team", "by")
    return list(found.order_by("-on")[:_MOST])
