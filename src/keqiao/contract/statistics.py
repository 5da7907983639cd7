"""Technology contracts as cities report them: 登记, 输出, 吸纳, both sums, and how much is counted twice.

`figures(cut)` is the one source for pages, exports and the bureau's report; `entries(cut)` gives the lines behind a
figure, by the very same conditions. Formulas: technology-contracts.md §5.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from urllib.parse import quote_plus

import numpy as np
import numpy.typing as npt
from django.db.models import Count, Q, Sum

from keqiao.contract.columns import NEVER, Columns, Ints, columns
from keqiao.contract.enums import ContractClass, EntrySource
from keqiao.contract.ledgermodels import LedgerQuerySet
from keqiao.contract.models import LedgerEntry
from keqiao.registry.records.models import prefix_range

Mask = npt.NDArray[np.bool_]
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
        """The cut as the query of an address; `cut_from` reads it back. Codes and days need no quoting, words do."""
        given: dict[str, Any] = {
            "place": self.place, "from": self.since.isoformat(), "to": self.until.isoformat(),
            "asof": self.as_of.isoformat(), "measure": self.measure, **{key: quote_plus(value) for key, value in self.where}, "seller": self.seller,
            "buyer": self.buyer, "year": self.year or "", "month": self.month or "", "q": quote_plus(self.words),
            "restated": "1" if self.restated else "",
        }  # fmt: skip
        pairs = (f"{name}={value}" for name, value in given.items() if value != "")
        return "&".join(pairs)


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
        named = (
            LedgerEntry.objects.filter(  # by themselves, so that the narrow index is read and not the rows
                Q(project_name__icontains=cut.words)
                | Q(seller_name__icontains=cut.words)
                | Q(buyer_name__icontains=cut.words)
            )
        )
        words = Q(pk__in=named.order_by().values("pk"))
        found = found.filter(words | Q(reg_no__startswith=cut.words) if cut.words.isdigit() else words)
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
_FLAGS = 8


def _measures_of(flags: int) -> list[str]:
    """Every measure that a line with these flags counts in."""
    found = ["registered"] if flags & _REGISTERED else []
    sold, bought = bool(flags & _SOLD), bool(flags & _BOUGHT)
    if sold:
        found += ["output", "distinct", "intra" if bought else "output_away"]
    if bought:
        found += ["absorbed"] if sold else ["absorbed", "absorbed_from", "distinct"]
    return found


def _inside(column: Ints, prefix: str) -> Mask:
    """Which of these 12-digit numbers begin with the digits of a prefix; "" = all."""
    if not prefix:
        return np.ones(len(column), dtype=bool)
    step = 10 ** (12 - len(prefix))
    found: Mask = (column >= int(prefix) * step) & (column < (int(prefix) + 1) * step)
    return found


def _ours(found: Columns, place: str) -> Mask:
    """Which were registered in the city of this place."""
    return _inside(found.registrar * 10**8, place[:4])


def _chosen(all_of: Columns, cut: Cut, area: tuple[str, ...] | None) -> Columns:
    """The elements that `entries` would give for the cut without measure, months, sides and words."""
    keep = (all_of.decided >= cut.since.toordinal()) & (all_of.decided <= cut.until.toordinal())
    if cut.place:
        keep &= (
            _inside(all_of.seller, cut.place) | _inside(all_of.buyer, cut.place) | _ours(all_of, cut.place)
        )
    for key, value in cut.where:
        column, name = GROUPS[key], "" if value == NONE else value
        names = all_of.names[column]
        keep &= all_of.codes[column] == (names.index(name) if name in names else -1)
    if area is not None:
        mine = np.zeros(len(all_of.pk), dtype=bool)
        for prefix in area:
            mine |= _inside(all_of.seller, prefix) | _inside(all_of.buyer, prefix)
            mine |= all_of.registrar == (int(prefix) if len(prefix) == 4 else -1)
        keep &= mine
    if cut.year:
        keep &= all_of.year == cut.year
    if cut.month:
        keep &= all_of.month == cut.month
    for side, prefix in ((all_of.seller, cut.seller), (all_of.buyer, cut.buyer)):
        if prefix:
            keep &= side == 0 if prefix == NONE else _inside(side, prefix)
    return all_of.only(keep)


def _flags(found: Columns, place: str) -> Ints:
    """For each whether its seller, its buyer and its registrar are in the region."""
    sold, bought = _inside(found.seller, place), _inside(found.buyer, place)
    flags: Ints = _SOLD * sold.astype(np.int64) + _BOUGHT * bought + _REGISTERED * _ours(found, place)
    return flags


def _counted(keys: Ints, total: Ints, tech: Ints) -> Iterator[tuple[int, int, int, int]]:
    """(key, count, total, tech) of every key that occurs. Sums stay exact: below 2**53 fen, 90 万亿元."""
    counts = np.bincount(keys)
    totals, techs = np.bincount(keys, weights=total), np.bincount(keys, weights=tech)
    for key in np.flatnonzero(counts):
        yield int(key), int(counts[key]), int(totals[key]), int(techs[key])


def _rows(keys: Ints, flags: Ints, found: Columns, name: Callable[[int], str]) -> list[Row]:
    """Rows of one dimension in the order of their keys; whatever has no key comes last."""
    rows: dict[str, Row] = {}
    for both, count, total, tech in _counted(keys * _FLAGS + flags, found.total, found.tech):
        key, bits = divmod(both, _FLAGS)
        label = name(key) or NONE
        row = rows.setdefault(label, Row(label))
        for measure in _measures_of(bits):
            row.sums(measure).add(count, total, tech)
    return [rows[key] for key in sorted(rows, key=lambda one: (one == NONE, one.zfill(8)))]


def _by_text(found: Columns, flags: Ints, column: str) -> list[Row]:
    return _rows(found.codes[column], flags, found, found.names[column].__getitem__)


def figures(cut: Cut, *, area: tuple[str, ...] | None = None, of: Columns | None = None) -> Figures:
    """Every figure of a cut. Pure in `of`; without it the ledger as it stands now.

    area: division prefixes that the reader is bound to; None = everything. The cut's own measure and words are left
    out: a page shows all measures side by side.
    """
    whole = cut.narrowed(measure="", words="", restated=False)
    everything = _chosen(columns() if of is None else of, whole, area)
    standing = everything.ended > cut.as_of.toordinal()
    found = everything.only(standing)
    later = everything.only(standing & (everything.ended < NEVER))
    flags = _flags(found, cut.place)
    period = "month" if _months(cut) <= 12 else "year"
    by = {
        period: _rows(found.month if period == "month" else found.year, flags, found, str),
        "class": _by_text(found, flags, "statistic_class"),
        "field": _by_text(found, flags, "field11"),
        "county": _counties(found, cut.place),
    }
    restated = Sums(len(later.pk), int(later.total.sum()), int(later.tech.sum()))
    return Figures(whole, _totals(flags, found), by, restated, period)


def _totals(flags: Ints, found: Columns) -> dict[str, Sums]:
    totals = {measure: Sums() for measure in MEASURES}
    for bits, count, total, tech in _counted(flags, found.total, found.tech):
        for measure in _measures_of(bits):
            totals[measure].add(count, total, tech)
    return totals


def totals_by_measure(
    cut: Cut, *, area: tuple[str, ...] | None = None, of: Columns | None = None
) -> dict[str, Sums]:
    """The totals of `figures` alone, for holding a period against another."""
    whole = cut.narrowed(measure="", words="", restated=False)
    found = _chosen(columns() if of is None else of, whole, area)
    found = found.only(found.ended > cut.as_of.toordinal())
    return _totals(_flags(found, cut.place), found)


def _months(cut: Cut) -> int:
    """Calendar months that the cut reaches over; a year chosen within it is twelve at most."""
    if cut.year:
        return 12
    return (cut.until.year - cut.since.year) * 12 + cut.until.month - cut.since.month + 1


def _counties(found: Columns, place: str) -> list[Row]:
    """A row a county of the region, of the whole country a row a province: 输出 by its sellers, 吸纳 by its buyers."""
    rows: dict[str, Row] = {}
    length = 6 if place else 2
    for side, measure in ((found.seller, "output"), (found.buyer, "absorbed")):
        keep = _inside(side, place)
        first = int(place.ljust(length, "0")[:length] or 0)
        keys = side[keep] // 10 ** (12 - length) - first
        for key, count, total, tech in _counted(keys, found.total[keep], found.tech[keep]):
            name = f"{first + key:0{length}}" if first + key else NONE
            rows.setdefault(name, Row(name)).sums(measure).add(count, total, tech)
    return [rows[key] for key in sorted(rows, key=lambda one: (one == NONE, one))]


def breakdown(
    cut: Cut, key: str, *, area: tuple[str, ...] | None = None, of: Columns | None = None
) -> list[Row]:
    """The rows of one more dimension of GROUPS, such as seller_type, ip or plan."""
    whole = cut.narrowed(measure="", words="", restated=False)
    found = _chosen(columns() if of is None else of, whole, area)
    found = found.only(found.ended > cut.as_of.toordinal())
    return _by_text(found, _flags(found, cut.place), GROUPS[key])


def totals_of(found: LedgerQuerySet) -> Sums:
    """Count and both sums of these lines; one query."""
    row = found.order_by().aggregate(**_SUMS)
    return Sums(row["n"], row["total"] or 0, row["tech"] or 0)


def totals_and_keys(found: LedgerQuerySet) -> tuple[Sums, list[int]]:
    """The totals and the primary keys in the ledger's order, in one query; for what a search found."""
    rows = list(found.values_list("pk", "total_fen", "tech_fen"))
    sums = Sums(len(rows), sum(row[1] for row in rows), sum(row[2] for row in rows))
    return sums, [row[0] for row in rows]


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
