"""Dates as offices write them: 2026.6, 2026年6月底, 二〇二六年六月, Excel's day numbers, 18个月, 长期."""

import calendar
import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from keqiao.registry.intake.amounts import chinese_number


class Precision(StrEnum):
    """How much of a date was written."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    MONTHS = "months"  # a duration: `months` counts, `on` is None
    OPEN = "open"  # 长期: no end


@dataclass(frozen=True)
class When:
    """A date, a duration or 长期. text: as written."""

    on: dt.date | None
    precision: Precision
    text: str
    months: int | None = None


_OPEN = re.compile(r"长期|不限|无期限|永久|无固定期限|持续|常年")
_YEAR = r"((?:19|20)\d{2})"
_FULL = re.compile(
    rf"{_YEAR}[-/.年](\d{{1,2}})[-/.月](\d{{1,2}})[日号]?(?:[T ]?\d{{1,2}}:\d{{2}}(?::\d{{2}})?(?:\.\d+)?Z?)?"
)
_COMPACT = re.compile(rf"{_YEAR}(\d{{2}})(\d{{2}})?")
_MONTH = re.compile(rf"{_YEAR}[-/.年](\d{{1,2}})月?(?:份)?(上旬|中旬|下旬|初|中|底|末)?")
_QUARTER = re.compile(rf"{_YEAR}年?(?:第)?([一二三四1-4])季度?(?:末|底)?|{_YEAR}年?q([1-4])", re.IGNORECASE)
_HALF = re.compile(rf"{_YEAR}年?(上|下)半年")
_ONLY_YEAR = re.compile(rf"{_YEAR}(?:年|年度)?(初|中|底|末)?")
_RANGE = re.compile(rf"(.*?\d[日月年]?)(?:--|—+|–|~|至|到|-)({_YEAR}.*)")
_DURATION = re.compile(r"(\d+(?:\.\d+)?|[一二两三四五六七八九十半]+)(?:个)?(年半|年|月|季度|天|日|周)")
_DURATION_NOISE = re.compile(
    r"自?(?:合同)?(?:签订|签约|立项|签署|项目启动|启动)(?:合同|协议)?(?:之日)?(?:起|后|之后)?|力争|预计|计划|约|周期|为|[之以]?内|左右|完成|[(),，。]"
)
_TAIL = re.compile(r"(?:前|之前|以前|止|结束|完成|前完成|截止|为止|左右)+$")
_SPELLED = re.compile(
    r"([〇零一二三四五六七八九]{4})年(?:([一二三四五六七八九十]{1,3})月)?(?:([一二三四五六七八九十]{1,3})[日号])?"
)
_FIRST_SERIAL, _LAST_SERIAL = 14_611, 73_050  # Excel's numbers of 1940-01-01 and 2099-12-31


def read_when(cell: str | float | dt.date, *, is_deadline: bool = False) -> When | None:
    """The date in a cell; None when it cannot be understood or does not exist (2026-02-30). Never raises.

    A month or year means its first day, for a deadline its last one.
    """
    if isinstance(cell, dt.datetime):
        cell = cell.date()
    if isinstance(cell, dt.date):
        return When(cell, Precision.DAY, cell.isoformat())
    if isinstance(cell, int | float):
        return _number(cell, is_deadline)
    text = cell.strip()
    if not text or len(text) > 60:
        return None
    plain = (
        re.sub(r"\s*([-/.年月日号:])\s*", r"\1", unicodedata.normalize("NFKC", text))
        .replace("。", ".")
        .strip()
    )
    return _read(plain, text, is_deadline)


def _number(value: float, is_deadline: bool) -> When | None:
    """Excel's day number, a year, or 20260630."""
    if value != value or value in (float("inf"), float("-inf")):
        return None
    whole, shown = int(value), f"{value:g}"
    if whole == value and 1900 <= whole <= 2100:
        return _whole_year(whole, str(whole), is_deadline)
    if _FIRST_SERIAL <= value <= _LAST_SERIAL:
        return When(dt.date(1899, 12, 30) + dt.timedelta(days=whole), Precision.DAY, shown)
    return _read(str(whole), str(whole), is_deadline) if whole == value else None


def _day(year: int, month: int, day: int, text: str) -> When | None:
    try:
        return When(dt.date(year, month, day), Precision.DAY, text)
    except ValueError:
        return None


def _month(year: int, month: int, text: str, is_deadline: bool, part: str = "") -> When | None:
    if not 1 <= month <= 12:
        return None
    last = calendar.monthrange(year, month)[1]
    day = {"上旬": 10, "初": 10, "中旬": 20, "中": 20}.get(part, last) if is_deadline else 1
    return When(dt.date(year, month, day), Precision.MONTH, text)


def _whole_year(year: int, text: str, is_deadline: bool, part: str = "") -> When:
    if part == "中":
        return When(dt.date(year, 6, 30), Precision.YEAR, text)
    late = part in ("底", "末") or (is_deadline and part != "初")
    return When(dt.date(year, 12, 31) if late else dt.date(year, 1, 1), Precision.YEAR, text)


@lru_cache(maxsize=8192)  # a column of a million dates holds a few thousand different ones
def _read(plain: str, text: str, is_deadline: bool) -> When | None:
    if _OPEN.search(plain) and not re.search(r"\d{4}", plain):
        return When(None, Precision.OPEN, text)
    if re.fullmatch(r"\d{5}", plain, re.ASCII):
        return _number(int(plain), is_deadline)
    plain = _spelled(plain)
    if found := _simple(plain, text, is_deadline):
        return found
    core = _TAIL.sub("", plain)
    if core != plain and (found := _simple(core, text, is_deadline)):
        return found
    if span := _RANGE.fullmatch(plain):
        return _simple(_TAIL.sub("", span[2]) if is_deadline else span[1].strip(), text, is_deadline)
    return _duration(plain, text)


def _spelled(plain: str) -> str:
    """二〇二六年六月三十日 -> 2026年6月30日; other text as it is."""
    found = _SPELLED.fullmatch(plain)
    if not found:
        return plain
    names = zip(found.groups(), "年月日", strict=True)
    return "".join(f"{chinese_number(part)}{unit}" for part, unit in names if part)


def _simple(plain: str, text: str, is_deadline: bool) -> When | None:
    """One date in one of the usual forms; None when in none of them or when there is no such day."""
    if found := _FULL.fullmatch(plain):
        return _day(int(found[1]), int(found[2]), int(found[3]), text)
    if found := _COMPACT.fullmatch(plain):
        if found[3]:
            return _day(int(found[1]), int(found[2]), int(found[3]), text)
        return _month(int(found[1]), int(found[2]), text, is_deadline)
    if found := _MONTH.fullmatch(plain):
        return _month(int(found[1]), int(found[2]), text, is_deadline, found[3] or "")
    if found := _QUARTER.fullmatch(plain):
        year, sign = int(found[1] or found[3]), found[2] or found[4]
        quarter = int(sign) if sign.isdigit() else "一二三四".index(sign) + 1
        return _month(year, quarter * 3 if is_deadline else quarter * 3 - 2, text, is_deadline)
    if found := _HALF.fullmatch(plain):
        first = found[2] == "上"
        return _month(
            int(found[1]), (6 if first else 12) if is_deadline else (1 if first else 7), text, is_deadline
        )
    if found := _ONLY_YEAR.fullmatch(plain):
        return _whole_year(int(found[1]), text, is_deadline, found[2] or "")
    return None


def _duration(plain: str, text: str) -> When | None:
    """18个月, 一年半, 合同签订后两年内 -> months; days and weeks rounded up."""
    found = _DURATION.fullmatch(_DURATION_NOISE.sub("", plain))
    if not found:
        return None
    raw, unit = found[1], found[2]
    number = (
        0.5
        if raw == "半"
        else float(raw)
        if raw[0].isdigit()
        else float(chinese_number(raw.rstrip("半")) or 0)
    )
    if raw[0] not in "半0123456789" and raw.endswith("半"):
        number += 0.5
    per = {"年": 12.0, "年半": 12.0, "季度": 3.0, "月": 1.0, "周": 7 / 30, "天": 1 / 30, "日": 1 / 30}[unit]
    months = -int(-(number * per + (6 if unit == "年半" else 0)) // 1)
    return When(None, Precision.MONTHS, text, months=months) if 0 < months <= 600 else None
