"""Working days of mainland China, and periods counted in calendar or working days.

Pure: reads `data/holidays.yaml` and, where KEQIAO_HOLIDAYS names one, the bureau's own file of the same shape, so that
next year's table does not wait for a release. The first day of a period is not counted, and a period that would end
on a day off ends on the next working day (民法典 第二百零一条、第二百零三条).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from keqiao.core.errors import BadInput

_DATA = Path(__file__).parent / "data" / "holidays.yaml"
_DAY = timedelta(days=1)
_LONGEST = 3660  # ten years: a longer period is a typing error


class Unit(StrEnum):
    """How a period is counted."""

    CALENDAR = "calendar"
    WORKING = "working"

    @property
    def label(self) -> str:
        return {"calendar": "日", "working": "个工作日"}[self]


@dataclass(frozen=True, slots=True)
class Year:
    """One year's table. holidays: days off; worked: weekend days that are worked. verify: 待核实."""

    year: int
    basis: str
    verify: bool
    holidays: frozenset[date]
    worked: frozenset[date]


@dataclass(frozen=True, slots=True)
class Calendar:
    """The years that are known. Days of other years are judged by weekends alone; `knows` says which."""

    years: dict[int, Year]

    def is_working_day(self, day: date) -> bool:
        """Is it worked? Monday to Friday but for holidays, and the weekend days that are worked in exchange."""
        year = self.years.get(day.year)
        if year is not None and day in year.holidays:
            return False
        if year is not None and day in year.worked:
            return True
        return day.weekday() < 5

    def knows(self, first: date, last: date) -> bool:
        """Is every year from `first` to `last` in the table?"""
        return all(year in self.years for year in range(first.year, last.year + 1))

    def needs_checking(self, first: date, last: date) -> bool:
        """Does a date computed between the two rest on a table that is missing or 待核实?"""
        return any(
            year not in self.years or self.years[year].verify for year in range(first.year, last.year + 1)
        )

    def next_working_day(self, day: date) -> date:
        """`day` itself when it is worked, else the first worked day after it."""
        while not self.is_working_day(day):
            day += _DAY
        return day

    def end_of(
        self, start: date, length: int, unit: Unit, *, counts_first: bool = False, roll: bool = True
    ) -> date:
        """The last day of a period of `length` days that is triggered on `start`.

        counts_first: the period begins with `start` itself, as a public notice does. roll: a period in calendar days that ends on a day off ends on the next working day. Raises BadInput for a
        length below 1 or above ten years.
        """
        if not 1 <= length <= _LONGEST:
            raise BadInput(f"期限须在 1 到 {_LONGEST} 天之间，收到 {length}。", code="workdays.length")
        if counts_first:
            start -= _DAY
        if unit is Unit.CALENDAR:
            last = start + length * _DAY
            return self.next_working_day(last) if roll else last
        day, left = start, length
        while left:
            day += _DAY
            left -= self.is_working_day(day)
        return day

    def working_days_between(self, start: date, end: date) -> int:
        """Working days after `start` up to and with `end`; negative when `end` lies before `start`."""
        if end < start:
            return -self.working_days_between(end, start)
        days = (start + n * _DAY for n in range(1, (end - start).days + 1))
        return sum(self.is_working_day(day) for day in days)


def read_years(content: Any, name: str) -> dict[int, Year]:
    """The years of a parsed file. Raises BadInput naming the file, the year and what is wrong."""
    years = content.get("years") if isinstance(content, dict) else None
    if not isinstance(years, dict):
        raise BadInput(f"节假日表 {name} 里没有 years。请照 holidays.yaml 的样子写。", code="workdays.file")
    found: dict[int, Year] = {}
    for year, row in years.items():
        try:
            found[int(year)] = Year(
                year=int(year),
                basis=str(row.get("basis", "")),
                verify=bool(row.get("verify", True)),
                holidays=frozenset(_days(int(year), row.get("holidays") or ())),
                worked=frozenset(_days(int(year), row.get("worked") or ())),
            )
        except (ValueError, AttributeError, TypeError) as problem:
            raise BadInput(
                f"节假日表 {name} 的 {year} 年读不出来：{problem}。日期写作 10-01 或 10-01..10-07。",
                code="workdays.file",
            ) from problem
    return found


def _days(year: int, written: Iterable[object]) -> Iterable[date]:
    for one in written:
        first, _, last = str(one).partition("..")
        day, end = _day(year, first), _day(year, last or first)
        if end < day:
            raise ValueError(f"{one} 的止日早于起日")
        while day <= end:
            yield day
            day += _DAY


def _day(year: int, written: str) -> date:
    return date.fromisoformat(f"{year}-{written.strip()}")


@cache
def calendar(own_file: str = "") -> Calendar:
    """The shipped table, with the years of `own_file` in place of ours. Raises BadInput for a file it cannot read."""
    years = read_years(yaml.safe_load(_DATA.read_text(encoding="utf-8")), _DATA.name)
    if own_file:
        try:
            content = yaml.safe_load(Path(own_file).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as problem:
            raise BadInput(f"节假日表 {own_file} 读不出来：{problem}", code="workdays.file") from problem
        years |= read_years(content, Path(own_file).name)
    return Calendar(years)
