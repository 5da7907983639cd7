"""A legal period that objections stop. Pure: dates in, dates out.

Counted day by day: a day on which any objection is open does not count, neither the day it came nor the day it was
decided, so an objection on the last day leaves that day to run again. 揭榜 and registration reuse it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from keqiao.codes.workdays import Calendar, Unit

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Term:
    """How long and how counted. basis: the article; verify: 待核实. counts_first: a notice's first day counts."""

    length: int
    unit: Unit = Unit.CALENDAR
    counts_first: bool = True
    rolls: bool = False
    basis: str = ""
    verify: bool = True

    @property
    def words(self) -> str:
        """15日, 10个工作日."""
        return f"{self.length}{self.unit.label}"


@dataclass(frozen=True, slots=True)
class Pause:
    """From the day an objection came to the day it was decided; None while it is open."""

    since: date
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """The clock on one day. ends_on: None while it stands still. left: counted days still to run, today's too."""

    is_over: bool
    is_paused: bool
    ends_on: date | None
    left: int
    needs_checking: bool


def read_clock(start: date, term: Term, pauses: Sequence[Pause], on: date, calendar: Calendar) -> Reading:
    """The period that began on `start`, read on the day `on`.

    Without pauses the end is `Calendar.end_of`. Over means: `on` lies after the last day, so on the last day itself an
    objection is still in time.
    """
    paused_now = any(p.until is None and p.since <= on for p in pauses)
    first = start if term.counts_first else start + _DAY
    left, day = term.length, first - _DAY
    left_on: int | None = None
    while left:
        day += _DAY
        if day == on:
            left_on = left
        if _stands_still(day, pauses):
            if paused_now and day >= on:
                break  # nobody knows when it goes on
            continue
        left -= term.unit is Unit.CALENDAR or calendar.is_working_day(day)
    if paused_now and left:
        return Reading(False, True, None, left, calendar.needs_checking(start, on))
    end = _rolled(day, term, pauses, calendar)
    is_over = on > end
    if left_on is None:
        left_on = 0 if on > day else term.length
    return Reading(
        is_over, False, end, 0 if is_over else max(left_on, 1), calendar.needs_checking(start, end)
    )


def _stands_still(day: date, pauses: Sequence[Pause]) -> bool:
    return any(p.since <= day and (p.until is None or day <= p.until) for p in pauses)


def _rolled(day: date, term: Term, pauses: Sequence[Pause], calendar: Calendar) -> date:
    if not term.rolls:
        return day
    while not calendar.is_working_day(day) or _stands_still(day, pauses):
        day += _DAY
    return day
