"""A few figures of many firms in one pass: what the statistics need, instead of every fact of every firm."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, F, FloatField, Max, Min, Q, QuerySet, Sum
from django.db.models.functions import Cast, Substr

from keqiao.firm.facts import data_year
from keqiao.firm.models import FirmFact, YearFigure
from keqiao.registry.enterprise.models import Enterprise
from keqiao.rules.facts import fact_of, of_year

Figures = dict[str, Decimal]
_SHOWN = ("pk", "public_id", "title", "uscc", "division_code", "is_sample", "tags")
_CHUNK = 500  # keys in one question


def _parted(names: Sequence[str], year: int) -> list[tuple[str, int, str]]:
    """(name, year, name of the figure as asked) of "rd_stat_1" and the like. Raises KeyError for no figure."""
    found = []
    for asked in names:
        known = fact_of(asked)
        if known is None:
            raise KeyError(asked)
        found.append((known[0].name, year - known[1], of_year(known[0].name, known[1])))
    return found


def figures_of(firms: "QuerySet[Enterprise]", on: date, names: Sequence[str]) -> dict[int, Figures]:
    """Firm -> the figures known of those asked for, under the names of the rule books. One query.

    Firms without any of them are left out.
    """
    wanted = _parted(names, data_year(on))
    asked = {(name, year): key for name, year, key in wanted}
    rows: Any = YearFigure.objects.current().filter(
        enterprise__in=firms.order_by().values("pk"),
        year__in={year for _, year, _ in wanted},
        name__in={name for name, _, _ in wanted},
    )
    number = Cast("value", FloatField()) if connection.vendor == "sqlite" else F("value")
    found: dict[int, Figures] = {}
    for firm, year, name, value in (
        rows.order_by().annotate(number=number).values_list("enterprise_id", "year", "name", "number")
    ):
        if key := asked.get((name, year)):
            found.setdefault(firm, {})[key] = _exact(value)
    return found


def _exact(value: Any) -> Decimal:
    """What was stored: at most 15 digits, which a float's shortest form gives back; no zeros behind the point."""
    if value == int(value):
        return Decimal(int(value))
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value).normalize()


def sums_by_county(
    firms: "QuerySet[Enterprise]", on: date, names: Sequence[str]
) -> dict[tuple[str, str], Decimal]:
    """(six digits of the county, name of the figure) → sum over the firms, by the database. One query."""
    asked = {(name, year): key for name, year, key in _parted(names, data_year(on))}
    rows: Any = YearFigure.objects.current().filter(
        enterprise__in=firms.order_by().values("pk"),
        year__in={year for _, year in asked},
        name__in={name for name, _ in asked},
    )
    groups = rows.order_by().annotate(county=Substr("enterprise__division_code", 1, 6))
    return {
        (one["county"], asked[one["name"], one["year"]]): _exact(one["total"])
        for one in groups.values("county", "name", "year").annotate(total=Sum("value"))
        if (one["name"], one["year"]) in asked
    }


def who_has(firms: "QuerySet[Enterprise]", year: int, name: str) -> tuple[set[int], set[int]]:
    """(keys of the firms with this figure, of those whose figure is above zero). One query."""
    rows: Any = YearFigure.objects.current().filter(
        enterprise__in=firms.order_by().values("pk"), year=year, name=name
    )
    known = dict(rows.order_by().annotate(above=Q(value__gt=0)).values_list("enterprise_id", "above"))
    return set(known), {pk for pk, above in known.items() if above}


def said_of(firms: "QuerySet[Enterprise]", on: date, names: Sequence[str]) -> dict[int, dict[str, Any]]:
    """Firm -> what its file says of these circumstances in the data year, or until something else is said. One query."""
    rows = FirmFact.objects.filter(
        enterprise__in=firms.order_by().values("pk"),
        name__in=names,
        replaced_at=None,
        year__in=(0, data_year(on)),
    )
    found: dict[int, dict[str, Any]] = {}
    for firm, name, value in rows.order_by("year").values_list("enterprise_id", "name", "value"):
        if value is not None:
            found.setdefault(firm, {})[name] = value
    return found


def rows_by_key(keys: Sequence[int]) -> dict[int, Enterprise]:
    """What a list shows of these firms, by key."""
    found: dict[int, Enterprise] = {}
    for at in range(0, len(keys), _CHUNK):
        part = Enterprise.objects.filter(pk__in=keys[at : at + _CHUNK]).only(*_SHOWN)
        found |= {one.pk: one for one in part}
    return found


def widest_gaps(firms: "QuerySet[Enterprise]", year: int, names: Sequence[str]) -> Any:
    """Keys of the firms with at least two of these figures that differ, the widest gap first; a queryset to slice."""
    rows: Any = YearFigure.objects.current().filter(
        enterprise__in=firms.order_by().values("pk"), year=year, name__in=names
    )
    gaps = (
        rows.order_by()
        .values("enterprise_id")
        .annotate(known=Count("pk"), spread=Max("value") - Min("value"))
        .filter(known__gt=1, spread__gt=0)
    )
    return gaps.order_by("-spread", "enterprise_id").values_list("enterprise_id", flat=True)
