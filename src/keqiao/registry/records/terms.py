"""Terms that the bureau sets: how long a listing is valid, how many days a review may take. Kept as dated data."""

import calendar
import datetime as dt
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Term:
    """One figure with its unit and source. verify: the official wording has not been checked (待核实)."""

    key: str
    label: str
    value: int
    unit: str
    source: str
    verify: bool


@cache
def _terms() -> dict[str, Term]:
    raw = yaml.safe_load((DATA / "terms.yaml").read_text(encoding="utf-8"))
    return {key: Term(key=key, **facts) for key, facts in raw.items()}


def term(key: str) -> Term:
    """The term of this key. KeyError for an unknown one: a mistake in our code, not of a user."""
    return _terms()[key]


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day `months` later; the last day of a shorter month (31 January + 1 = 28 or 29 February)."""
    index = day.month - 1 + months
    year, month = day.year + index // 12, index % 12 + 1
    return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def add_workdays(day: dt.date, days: int) -> dt.date:
    """`days` working days after `day`, Saturdays and Sundays left out. Public holidays are not known here."""
    while days > 0:
        day += dt.timedelta(days=1)
        days -= day.weekday() < 5
    return day
