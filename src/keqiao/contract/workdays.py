"""Counting the days of a decision: from the day after acceptance, in calendar or working days."""

from collections.abc import Callable
from datetime import date, timedelta

from keqiao.contract.book import Limit

IsWorkday = Callable[[date], bool]


def weekday(day: date) -> bool:
    """Monday to Friday. Knows no public holidays: who has a holiday table passes its own test."""
    return day.weekday() < 5


def add_working_days(start: date, count: int, is_workday: IsWorkday = weekday) -> date:
    """The count-th working day after `start`; the day of acceptance itself is not counted (民法典 第二百零一条)."""
    day = start
    while count > 0:
        day += timedelta(days=1)
        count -= is_workday(day)
    return day


def due_on(limit: Limit, accepted_on: date, is_workday: IsWorkday = weekday) -> date | None:
    """The last day for the decision; None when the book sets no limit.

    A calendar limit that ends on a day off runs to the next working day (民法典 第二百零三条).
    """
    if limit.value is None:
        return None
    if limit.unit == "working":
        return add_working_days(accepted_on, limit.value, is_workday)
    last = accepted_on + timedelta(days=limit.value)
    while not is_workday(last):
        last += timedelta(days=1)
    return last
