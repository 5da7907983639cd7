"""Public counts of why matches are refused, by field, without cells so small that they point at somebody."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count
from django.utils import timezone

from keqiao.codes import lists
from keqiao.verdict.enums import Reason
from keqiao.verdict.models import Answer
from keqiao.verdict.rules import rules

_DAYS_A_MONTH = 30.44
NO_FIELD = "未分领域"


@dataclass(frozen=True, slots=True)
class Row:
    """One field. cells: reason -> count, None = fewer than `least` or hidden with one that is. total: of the shown."""

    field: str
    cells: Mapping[str, int | None]
    total: int


@dataclass(frozen=True, slots=True)
class Table:
    """rows: most shown answers first. totals: reason -> sum of the shown cells. hidden: how many cells are not shown."""

    rows: tuple[Row, ...]
    totals: Mapping[str, int]
    total: int
    hidden: int
    least: int
    since: datetime


def refusals_by_field(now: datetime | None = None) -> Table:
    """Current refusals of the last two years (rules.yaml), by field and reason. One query."""
    since = (now or timezone.now()) - timedelta(days=rules()["window_months"] * _DAYS_A_MONTH)
    rows = (
        Answer.objects.current()
        .refusals()
        .filter(at__gte=since)
        .order_by()
        .values_list("field", "reason")
        .annotate(n=Count("pk"))
    )
    counts = {(str(field), str(reason)): int(n) for field, reason, n in rows}
    return table_of(counts, least=int(rules()["least_shown"]), since=since)


def table_of(counts: Mapping[tuple[str, str], int], *, least: int, since: datetime) -> Table:
    """counts: (field code, reason) -> n. Totals are sums of what is shown, so no hidden cell can be taken from them."""
    fields = sorted({field for field, _ in counts})
    rows, hidden, totals = [], 0, Counter[str]()
    for field in fields:
        cells: dict[str, int | None] = {}
        for reason in Reason.values:
            n = counts.get((field, reason), 0)
            is_hidden = 0 < n < least
            hidden += is_hidden
            cells[reason] = None if is_hidden else n
            totals[reason] += 0 if is_hidden else n
        label = lists.label("field11", field) if field else NO_FIELD
        rows.append(Row(label, cells, sum(n for n in cells.values() if n)))
    rows.sort(key=lambda row: (-row.total, row.field))
    return Table(tuple(rows), dict(totals), sum(totals.values()), hidden, least, since)
