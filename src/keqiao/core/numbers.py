"""Public numbers such as 需求-2026-0137: per series and year, in order of issue, never issued twice."""

from django.db import transaction

from keqiao.core.models import NumberSeries


@transaction.atomic
def next_numbers(series: str, year: int, count: int = 1) -> list[str]:
    """The next `count` numbers of a series in a year, in order. One row lock; safe for several writers."""
    row, _ = NumberSeries.objects.select_for_update().get_or_create(series=series, year=year)
    first = row.last + 1
    row.last += count
    row.save(update_fields=["last"])
    return [f"{series}-{year}-{serial:04d}" for serial in range(first, first + count)]


def next_number(series: str, year: int) -> str:
    """The next number of a series in a year, e.g. 需求-2026-0137."""
    return next_numbers(series, year)[0]
