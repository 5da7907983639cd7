"""A firm's year from its ledger: by project and category, the deduction with its steps, the ledger's own checks."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.db.models import Sum

from keqiao.people.models import Organisation
from keqiao.rd.actions import header_of
from keqiao.rd.contracts import Registered, registered_contract
from keqiao.rd.deduction import Q4, Commission, Deduction, NoRule, Project, YearCost, deduct
from keqiao.rd.enums import COLUMNS, Treatment
from keqiao.rd.integrity import Finding, Header, Row, ledger_findings
from keqiao.rd.law import BOOK
from keqiao.rd.models import RdLine, RdProject, RdYear
from keqiao.rd.money import exact
from keqiao.rules.shelf import current


@dataclass(frozen=True, slots=True)
class ProjectYear:
    """One project's year. counts: whether it enters this year's pool (capitalised: only in the year it is formed)."""

    project: RdProject
    parts: dict[str, Decimal]
    booked: Decimal
    tax: Decimal
    row_count: int
    counts: bool
    contract: Registered | None
    findings: tuple[Finding, ...]

    @property
    def items(self) -> Decimal:
        """Categories 1 to 5."""
        return sum((self.parts[name] for name in COLUMNS[:5]), Decimal(0))


@dataclass(frozen=True, slots=True)
class YearSummary:
    """The whole year. deduction: None with `refusal` saying why it cannot be computed."""

    firm: Organisation
    year: int
    facts: RdYear
    projects: tuple[ProjectYear, ...]
    totals: dict[str, Decimal]
    deduction: Deduction | None
    refusal: str

    @property
    def findings(self) -> list[tuple[RdProject, Finding]]:
        return [(one.project, finding) for one in self.projects for finding in one.findings]

    @property
    def is_sound(self) -> bool:
        return not any(finding.is_error for _, finding in self.findings)


def years_of(firm: Organisation) -> list[int]:
    """Years with rows, newest first."""
    days = RdLine.objects.filter(project__firm=firm).dates("voucher_on", "year", order="DESC")
    return [day.year for day in days]


def year_summary(firm: Organisation, year: int) -> YearSummary:
    """Everything of the year. Four queries and two for each project that names a contract."""
    projects = list(RdProject.objects.filter(firm=firm).order_by("number"))
    lines = defaultdict(list)
    for line in RdLine.objects.filter(project__firm=firm).order_by("voucher_on", "pk"):
        lines[line.project_id].append(line)
    facts = RdYear.objects.filter(firm=firm, year=year).first() or RdYear(firm=firm, year=year)
    found = [
        one for project in projects if (one := _project_year(project, lines[project.pk], year)).row_count or (one.counts and one.tax)
    ]  # fmt: skip
    totals = {name: sum((one.parts[name] for one in found if one.counts), Decimal(0)) for name in COLUMNS}
    try:
        deduction, refusal = deduct(_cost(year, facts, found, totals), current(BOOK)), ""
    except (NoRule, ValueError) as none:
        deduction, refusal = None, str(none)
    return YearSummary(firm, year, facts, tuple(found), totals, deduction, refusal)


def _project_year(project: RdProject, lines: Sequence[RdLine], year: int) -> ProjectYear:
    """Expensed: the rows of the year. Capitalised: all rows so far, in the year the asset was formed."""
    is_capital = project.treatment == Treatment.CAPITALISED
    counts = not is_capital or (project.formed_on is not None and project.formed_on.year == year)
    mine = [one for one in lines if one.voucher_on.year == year]
    if is_capital and counts:
        mine = [one for one in lines if one.voucher_on.year <= year]
    parts = {name: sum((getattr(one, name) for one in mine), Decimal(0)) for name in COLUMNS}
    contract = registered_contract(project.contract_number, project.firm_id) if parts["overseas"] else None
    base = header_of(project)
    header = Header(base.starts_on, base.ends_on, base.approval, contract.holds if contract else None)
    rows = [
        Row(one.voucher_on, one.voucher_kind, one.voucher_number, one.booked, one.tax, one.parts(),
            f"{one.voucher_on} {one.voucher_kind}-{one.voucher_number}")
        for one in mine
    ]  # fmt: skip
    return ProjectYear(
        project, parts, sum((one.booked for one in mine), Decimal(0)), sum((one.tax for one in mine), Decimal(0)),
        len(mine), counts, contract, tuple(ledger_findings(rows, header)) if mine else (),
    )  # fmt: skip


def _cost(year: int, facts: RdYear, found: Sequence[ProjectYear], totals: dict[str, Decimal]) -> YearCost:
    counted = [one for one in found if one.counts]
    projects = [Project(str(one.project), exact(one.items), exact(one.parts["c6"])) for one in counted]
    abroad = sum(
        (exact(one.parts["overseas"]) for one in counted if one.contract and one.contract.holds), Fraction(0)
    )
    q4_cost = _late_cost(found[0].project.firm_id, year) if found and year == 2022 else None
    return YearCost(
        year, tuple(facts.kinds), projects,
        Commission(exact(totals["domestic"]), abroad, is_registered=True),
        special_income=exact(facts.special_income), sold_materials=exact(facts.sold_materials),
        q4=Q4.SHARE if facts.q4_by_share else Q4.ACTUAL, q4_cost=q4_cost, months=facts.months, months_q4=facts.months_q4,
    )  # fmt: skip


def _late_cost(firm_id: int, year: int) -> Fraction:
    """R&D by the books from 1 October on, commissioned abroad left out. One query."""
    rows = RdLine.objects.filter(
        project__firm=firm_id, project__treatment=Treatment.EXPENSED,
        voucher_on__gte=date(year, 10, 1), voucher_on__lte=date(year, 12, 31),
    )  # fmt: skip
    total: Decimal | None = rows.aggregate(total=Sum("tax"))["total"]
    return exact(total or 0)
