"""Periods of the law, counted over the holidays of real years."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keqiao.codes.workdays import Unit, calendar
from keqiao.core.errors import BadInput

DAYS = st.dates(date(2024, 1, 1), date(2026, 11, 30))


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        (date(2026, 10, 1), False),  # National Day
        (date(2026, 10, 10), True),  # a Saturday worked in exchange
        (date(2026, 2, 14), True),
        (date(2026, 2, 23), False),  # a Monday of the Spring Festival
        (date(2026, 11, 22), False),  # an ordinary Sunday
        (date(2025, 1, 26), True),
    ],
)
def test_a_day_is_worked_as_the_notice_says(day: date, worked: bool) -> None:
    assert calendar().is_working_day(day) is worked


def test_fifteen_working_days_before_the_national_day_reach_past_it() -> None:
    # September: 17, 18, 20 (a worked Sunday), 21-24, 28-30; October: 8, 9, 10 (a worked Saturday), 12, 13
    assert calendar().end_of(date(2026, 9, 16), 15, Unit.WORKING) == date(2026, 10, 13)


def test_a_calendar_period_that_ends_in_the_holidays_ends_on_the_first_day_back() -> None:
    assert calendar().end_of(date(2026, 9, 17), 15, Unit.CALENDAR) == date(2026, 10, 8)
    assert calendar().end_of(date(2026, 9, 17), 15, Unit.CALENDAR, roll=False) == date(2026, 10, 2)


def test_an_unknown_year_is_counted_by_weekends_and_says_so() -> None:
    year = calendar()
    assert year.is_working_day(date(2031, 10, 1))
    assert not year.knows(date(2026, 12, 1), date(2031, 1, 1))
    assert year.needs_checking(date(2031, 1, 1), date(2031, 2, 1))


def test_a_bureau_adds_next_years_table_itself(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(
        "years: {2027: {basis: 市政府通知, verify: false, holidays: [01-01..01-03], worked: [01-10]}}"
    )
    added = calendar(str(own))
    assert not added.is_working_day(date(2027, 1, 1))
    assert added.is_working_day(date(2027, 1, 10))
    assert not added.needs_checking(date(2027, 1, 1), date(2027, 3, 1))
    assert not added.is_working_day(date(2026, 10, 1))


@pytest.mark.parametrize(
    "text",
    ["years: 3", "years: {2027: {holidays: [13-01]}}", "years: {2027: {holidays: [05-05..05-01]}}", "["],
)
def test_a_table_that_cannot_be_read_is_named(tmp_path: Path, text: str) -> None:
    own = tmp_path / "节假日.yaml"
    own.write_text(text)
    with pytest.raises(BadInput, match=r"节假日\.yaml"):
        calendar(str(own))


@pytest.mark.parametrize("length", [0, -1, 99999])
def test_an_impossible_length_is_refused(length: int) -> None:
    with pytest.raises(BadInput, match=str(length)):
        calendar().end_of(date(2026, 1, 1), length, Unit.WORKING)


@given(start=DAYS, length=st.integers(1, 60))
def test_a_working_period_ends_on_a_worked_day_and_holds_so_many(start: date, length: int) -> None:
    end = calendar().end_of(start, length, Unit.WORKING)
    assert calendar().is_working_day(end)
    assert calendar().working_days_between(start, end) == length
    assert end >= start + timedelta(days=length)


@pytest.mark.parametrize(("length", "end"), [(15, date(2026, 3, 15)), (1, date(2026, 3, 1))])
def test_a_publicity_period_counts_its_first_day(length: int, end: date) -> None:
    assert calendar().end_of(date(2026, 3, 1), length, Unit.CALENDAR, counts_first=True, roll=False) == end
