"""The publicity clock over holidays and objections."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keqiao.codes.workdays import Unit, calendar
from keqiao.hall.clock import Pause, Term, read_clock

FIFTEEN = Term(15)
START = date(2026, 3, 1)


def _end(term: Term, *pauses: Pause, start: date = START, on: date = date(2026, 12, 31)) -> date | None:
    return read_clock(start, term, pauses, on, calendar()).ends_on


def test_fifteen_days_end_on_the_fifteenth_and_one_may_sign_on_the_day_after() -> None:
    assert _end(FIFTEEN) == date(2026, 3, 15)
    assert not read_clock(START, FIFTEEN, (), date(2026, 3, 15), calendar()).is_over
    assert read_clock(START, FIFTEEN, (), date(2026, 3, 16), calendar()).is_over


def test_an_objection_on_the_last_day_leaves_that_day_to_run_again() -> None:
    came = Pause(date(2026, 3, 15))
    reading = read_clock(START, FIFTEEN, (came,), date(2026, 3, 17), calendar())
    assert (reading.is_paused, reading.is_over, reading.ends_on, reading.left) == (True, False, None, 1)
    assert _end(FIFTEEN, Pause(date(2026, 3, 15), date(2026, 3, 20))) == date(2026, 3, 21)


def test_an_objection_decided_on_its_own_day_costs_one_day() -> None:
    assert _end(FIFTEEN, Pause(date(2026, 3, 5), date(2026, 3, 5))) == date(2026, 3, 16)


def test_two_objections_at_once_stop_the_clock_once() -> None:
    both = (Pause(date(2026, 3, 5), date(2026, 3, 8)), Pause(date(2026, 3, 6), date(2026, 3, 10)))
    assert _end(FIFTEEN, *both) == date(2026, 3, 21)


def test_an_objection_after_the_end_does_not_open_it_again() -> None:
    reading = read_clock(START, FIFTEEN, (Pause(date(2026, 3, 18)),), date(2026, 3, 19), calendar())
    assert reading.is_over
    assert reading.ends_on == date(2026, 3, 15)


def test_working_days_cross_the_national_day() -> None:
    term = Term(5, Unit.WORKING)
    # 28, 29, 30 September, then 8 and 9 October
    assert _end(term, start=date(2026, 9, 28)) == date(2026, 10, 9)


def test_a_calendar_period_may_roll_over_a_holiday() -> None:
    assert _end(Term(5, rolls=True), start=date(2026, 9, 29)) == date(2026, 10, 8)


@pytest.mark.parametrize(
    ("day", "left"), [(date(2026, 3, 1), 15), (date(2026, 3, 15), 1), (date(2026, 2, 20), 15)]
)
def test_it_says_how_many_days_are_left(day: date, left: int) -> None:
    assert read_clock(START, FIFTEEN, (), day, calendar()).left == left


@given(
    length=st.integers(1, 30),
    unit=st.sampled_from(list(Unit)),
    since=st.integers(0, 40),
    days=st.integers(0, 20),
)
def test_an_objection_never_makes_a_period_shorter(length: int, unit: Unit, since: int, days: int) -> None:
    term = Term(length, unit)
    pause = Pause(START + timedelta(days=since), START + timedelta(days=since + days))
    plain, stopped = _end(term), _end(term, pause)
    assert plain is not None
    assert stopped is not None
    assert stopped >= plain
    assert (stopped > plain) is any(
        unit is Unit.CALENDAR or calendar().is_working_day(day)
        for day in (pause.since + timedelta(days=n) for n in range(days + 1))
        if day <= plain
    )


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 5)), max_size=4), st.integers(1, 20))
def test_it_is_read_the_same_on_every_day_after_it_ended(pauses: list[tuple[int, int]], later: int) -> None:
    given_ = tuple(Pause(START + timedelta(days=a), START + timedelta(days=a + b)) for a, b in pauses)
    end = _end(FIFTEEN, *given_)
    assert end is not None
    assert read_clock(START, FIFTEEN, given_, end + timedelta(days=later), calendar()).is_over
    assert not read_clock(START, FIFTEEN, given_, end, calendar()).is_over
