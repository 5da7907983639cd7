"""Technology contracts as cities report them: 登记, 输出, 吸纳, both sums, and how much is counted twice.

`figures(cut)` is the one source for pages, exports and the bureau's report; `entries(cut)` gives the lines behind a
figure, by the very same conditions. Formulas: technology-contracts.md §5.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from urllib.parse import urlencode

from django.db.models import Case, Count, Q, QuerySet, Sum, Value, When
from django.db.models.functions import ExtractMonth, ExtractYear, Substr

from keqiao.contract.enums import ContractClass, EntrySource
from keqiao.contract.ledgermodels import LedgerQuerySet
from keqiao.contract.models import LedgerEntry
from keqiao.registry.records.models import prefix_range

FIRST_YEAR = 1990
MEASURES = {
    "registered": "登记",
    "output": "输出",
    "absorbed": "吸纳",
    "intra": "本地转本地",
    "output_away": "输出到外地",
    "absorbed_from": "吸纳自外地",
    "distinct": "去重合计",
}
"""Name of each measure. 登记 by our registrars; the others by the sides' places. 去重合计 = 输出 + 吸纳自外地."""
GROUPS = {
    "class": "statistic_class", "field": "field11", "seller_type": "seller_type", "ip": "ip_type", "plan": "plan_source",
    "source": "source",
}  # fmt: skip
NONE = "none"
"""In the address of a figure: those whose column is empty."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Which contracts are counted. place: digits of the region R that 输出 and 吸纳 look at; "" = the whole country.

    since, until: days of registration, both included. as_of: contracts that had ended by this day are left out.
    measure: "" = all that touch R. where: column key of GROUPS -> value. seller, buyer: place prefix of that side.
    month: 1-12 of any year. year: of registration.
    """

    place: str
    since: date
    until: date
    as_of: date
    measure: str = ""
    where: tuple[tuple[str, str], ...] = ()
    seller: str = ""
    buyer: str = ""
    year: int | None = None
    month: int | None = None
    words: str = ""
    restated: bool = False

    def narrowed(self, **changes: Any) -> "Cut":
        """The same cut with some of its fields other; `where` is added to."""
        where = changes.pop("where", {})
        return replace(self, where=tuple(sorted((dict(self.where) | where).items())), **changes)

    def query(self) -> str:
        """The cut as the query of an address; `cut_from` reads it back."""
        given: dict[str, Any] = {
            "place": self.place, "from": self.since.isoformat(), "to": self.until.isoformat(),
            "asof": self.as_of.isoformat(), "measure": self.measure, **dict(self.where), "seller": self.seller,
            "buyer": self.buyer, "year": self.year or "", "month": self.month or "", "q": self.words,
            "restated": "1" if self.restated else "",
        }  # fmt: skip
        return urlencode({name: value for name, value in given.items() if value != ""})


def _day(text: str, otherwise: date) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return otherwise
    return found if date(FIRST_YEAR, 1, 1) <= found <= date(9998, 12, 31) else otherwise


def _digits(text: str, otherwise: str = "") -> str:
    return text if text.isascii() and text.isdigit() and len(text) <= 12 else otherwise


def cut_from(given: Mapping[str, str], *, today: date, home: str) -> Cut:
    """The cut that an address asks for; whatever cannot be read falls back to this year in the home city.

    A period that has closed is counted as it stood when it closed: what was cancelled later stays in it (TC-20).
    """
    since = _day(given.get("from", ""), date(today.year, 1, 1))
    until = _day(given.get("to", ""), min(date(since.year, 12, 31), today) if "from" in given else today)
    if until < since:
        since, until = until, since
    year, month = given.get("year", ""), given.get("month", "")
    kinds = {"class": ContractClass.values, "source": EntrySource.values}
    where = {
        key: value
        for key in GROUPS
        if (value := given.get(key, ""))
        and (value == NONE or value in kinds.get(key, [value]))
        and len(value) <= 8
    }
    measure = given.get("measure", "")
    return Cut(
        place=_digits(given.get("place", home), home),
        since=since,
        until=until,
        as_of=_day(given.get("asof", ""), min(until, today)),
        measure=measure if measure in MEASURES else "",
        where=tuple(sorted(where.items())),
        seller=_digits(given.get("seller", "")) if given.get("seller") != NONE else NONE,
        buyer=_digits(given.get("buyer", "")) if given.get("buyer") != NONE else NONE,
        year=int(year) if len(year) == 4 and _digits(year) else None,
        month=int(month) if _digits(month) and len(month) <= 2 and 1 <= int(month) <= 12 else None,
        words=given.get("q", "").strip()[:60],
        restated=given.get("restated") == "1",
    )


# -- which lines ------------------------------------------------------------------------------------------------


def _at(column: str, prefix: str) -> Q:
    return Q(**{column: ""}) if prefix == NONE else prefix_range(column, prefix)


def _measure(measure: str, place: str) -> Q:
    sold, bought = prefix_range("seller_division", place), prefix_range("buyer_division", place)
    match measure:
        case "registered":
            return prefix_range("registrar_place", place[:4])
        case "output":
            return sold
        case "absorbed":
            return bought
        case "intra":
            return sold & bought
        case "output_away":
            return sold & ~bought
        case "absorbed_from":
            return bought & ~sold
        case "distinct":
            return sold | bought
        case _:
            return sold | bought | prefix_range("registrar_place", place[:4])


def entries(cut: Cut, *, within: LedgerQuerySet | None = None) -> LedgerQuerySet:
    """The lines behind a figure. within: the lines that this person may read; all when None."""
    found = within if within is not None else LedgerEntry.objects.all()
    found = found.filter(decided_on__gte=cut.since, decided_on__lte=cut.until)
    ended = Q(ended_on__gt=cut.as_of)
    found = found.filter(ended) if cut.restated else found.filter(Q(ended_on=None) | ended)
    if cut.place:
        found = found.filter(_measure(cut.measure, cut.place))
    elif cut.measure.endswith(("_away", "_from")):
        found = found.none()  # nothing is away from the whole country
    for key, value in cut.where:
        found = found.filter(**{GROUPS[key]: "" if value == NONE else value})
    if cut.seller:
        found = found.filter(_at("seller_division", cut.seller))
    if cut.buyer:
        found = found.filter(_at("buyer_division", cut.buyer))
    if cut.year:
        found = found.filter(decided_on__gte=date(cut.year, 1, 1), decided_on__lte=date(cut.year, 12, 31))
    if cut.month:
        found = found.filter(decided_on__month=cut.month)
    if cut.words:
        found = found.filter(
            Q(project_name__icontains=cut.words)
            | Q(seller_name__icontains=cut.words)
            | Q(buyer_name__icontains=cut.words)
            | Q(reg_no__startswith=cut.words)
        )
    return found


# -- counting ---------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Sums:
    """A count with both sums in fen."""

    count: int = 0
    total_fen: int = 0
    tech_fen: int = 0

    def add(self, count: int, total_fen: int, tech_fen: int) -> None:
        self.count += count
        self.total_fen += total_fen
        self.tech_fen += tech_fen

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(
            self.count + other.count, self.total_fen + other.total_fen, self.tech_fen + other.tech_fen
        )

    @property
    def total_wan(self) -> Decimal:
        """成交额 in 万元, to 0.01."""
        return wan(self.total_fen)

    @property
    def tech_wan(self) -> Decimal:
        """技术交易额 in 万元, to 0.01."""
        return wan(self.tech_fen)


def wan(amount_fen: int) -> Decimal:
    """Fen as 万元 to 0.01."""
    return (Decimal(amount_fen) / 1_000_000).quantize(Decimal("0.01"), ROUND_HALF_UP)


@dataclass(slots=True)
class Row:
    """One line of a breakdown. measures: measure -> sums; a measure that cannot be told is absent."""

    key: str
    measures: dict[str, Sums] = field(default_factory=dict)

    def sums(self, measure: str) -> Sums:
        return self.measures.setdefault(measure, Sums())


@dataclass(frozen=True, slots=True)
class Figures:
    """What a cut comes to. totals: measure -> sums. boast: 输出 + 吸纳 as cities announce it, `twice` of it counted
    double. by: dimension (class, field, year or month, county) -> rows. restated: lines in the period that ended
    after `as_of`, still counted here. Places in `county` count 输出 by the seller and 吸纳 by the buyer.
    """

    cut: Cut
    totals: dict[str, Sums]
    by: dict[str, list[Row]]
    restated: Sums
    period: str  # year | month

    @property
    def boast(self) -> Sums:
        return self.totals["output"] + self.totals["absorbed"]

    @property
    def twice(self) -> Sums:
        return self.totals["intra"]


_SUMS = {"n": Count("pk"), "total": Sum("total_fen"), "tech": Sum("tech_fen")}
_SOLD, _BOUGHT, _REGISTERED = 1, 2, 4


def _flagged(found: QuerySet[LedgerEntry], place: str) -> QuerySet[LedgerEntry]:
    """Each line with `seller_in`, `buyer_in`, `ours`: whether that side, and the registrar, is in the region."""

    def flag(column: str, prefix: str, bit: int) -> Case:
        return Case(When(prefix_range(column, prefix), then=Value(bit)), default=Value(0)) if prefix else Case(
            default=Value(bit)
        )  # fmt: skip

    return found.annotate(
        flags=flag("seller_division", place, _SOLD)
        + flag("buyer_division", place, _BOUGHT)
        + flag("registrar_place", place[:4], _REGISTERED)
    )


def _measures_of(flags: int) -> list[str]:
    """Every measure that a line with these flags counts in."""
    found = ["registered"] if flags & _REGISTERED else []
    sold, bought = bool(flags & _SOLD), bool(flags & _BOUGHT)
    if sold:
        found += ["output", "distinct", "intra" if bought else "output_away"]
    if bought:
        found += ["absorbed"] if sold else ["absorbed", "absorbed_from", "distinct"]
    return found


def _rows(groups: Iterable[tuple[Any, int, int, int, int]]) -> list[Row]:
    """(key, flags, count, total, tech) folded into rows in the order of their keys."""
    rows: dict[str, Row] = {}
    for key, flags, count, total, tech in groups:
        row = rows.setdefault(str(key or NONE), Row(str(key or NONE)))
        for measure in _measures_of(flags):
            row.sums(measure).add(count, total, tech)
    return [rows[key] for key in sorted(rows, key=lambda one: (one == NONE, one.zfill(8)))]


def figures(cut: Cut, *, within: LedgerQuerySet | None = None) -> Figures:
    """Every figure of a cut in four queries, each over an index of the ledger alone.

    The cut's own measure and words are left out: a page shows all measures side by side.
    """
    whole = cut.narrowed(measure="", words="", restated=False)
    found = _flagged(entries(whole, within=within).order_by(), cut.place)
    period = "month" if _months(cut) <= 12 else "year"
    moment = ExtractMonth("decided_on") if period == "month" else ExtractYear("decided_on")
    cells = list(
        found.annotate(moment=moment)
        .values_list("moment", "statistic_class", "field11", "flags")
        .annotate(**_SUMS)
    )
    by = {
        period: _rows((when, flags, n, total, tech) for when, _, _, flags, n, total, tech in cells),
        "class": _rows((kind, flags, n, total, tech) for _, kind, _, flags, n, total, tech in cells),
        "field": _rows((area, flags, n, total, tech) for _, _, area, flags, n, total, tech in cells),
        "county": _counties(cut, found),
    }
    all_rows = _rows(("all", flags, n, total, tech) for _, _, _, flags, n, total, tech in cells)
    totals = {
        measure: (all_rows[0].measures.get(measure, Sums()) if all_rows else Sums()) for measure in MEASURES
    }
    later = entries(whole.narrowed(restated=True), within=within).order_by().aggregate(**_SUMS)
    restated = Sums(later["n"], later["total"] or 0, later["tech"] or 0)
    return Figures(whole, totals, by, restated, period)


def _months(cut: Cut) -> int:
    """Calendar months that the cut reaches over; a year chosen within it is twelve at most."""
    if cut.year:
        return 12
    return (cut.until.year - cut.since.year) * 12 + cut.until.month - cut.since.month + 1


def _counties(cut: Cut, found: QuerySet[LedgerEntry]) -> list[Row]:
    """A row a county of the region: 输出 by its sellers, 吸纳 by its buyers, 本地 = both within the whole region."""
    rows: dict[str, Row] = {}
    length = 6 if cut.place else 2  # of the whole country, provinces
    for column, measure in (("seller_division", "output"), ("buyer_division", "absorbed")):
        inside = found.filter(prefix_range(column, cut.place)).annotate(county=Substr(column, 1, length))
        for county, n, total, tech in inside.values_list("county").annotate(**_SUMS):
            key = county or NONE
            rows.setdefault(key, Row(key)).sums(measure).add(n, total, tech)
    return [rows[key] for key in sorted(rows, key=lambda one: (one == NONE, one))]


def breakdown(cut: Cut, key: str, *, within: LedgerQuerySet | None = None) -> list[Row]:
    """The rows of one more dimension of GROUPS, such as seller_type, ip or plan; one query."""
    whole = cut.narrowed(measure="", words="", restated=False)
    found = _flagged(entries(whole, within=within).order_by(), cut.place)
    return _rows(found.values_list(GROUPS[key], "flags").annotate(**_SUMS))


def totals_of(found: LedgerQuerySet) -> Sums:
    """Count and both sums of these lines; one query."""
    row = found.order_by().aggregate(**_SUMS)
    return Sums(row["n"], row["total"] or 0, row["tech"] or 0)


def growth(now: int, before: int) -> Decimal | None:
    """Year-on-year change in %, to 0.1; None when there was nothing before."""
    if not before:
        return None
    return ((Decimal(now) / before - 1) * 100).quantize(Decimal("0.1"), ROUND_HALF_UP)


def year_before(cut: Cut) -> Cut:
    """The same period a year earlier, as it stood then."""

    def earlier(day: date) -> date:
        return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)

    return cut.narrowed(since=earlier(cut.since), until=earlier(cut.until), as_of=earlier(cut.as_of))
