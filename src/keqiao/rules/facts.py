"""The facts a rule may ask for: their names, units and kinds; reading them; making them ready for a day."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

import yaml

from keqiao.core.errors import BadInput

YEARS_BACK: Final = 5  # sales_5 is the oldest year a rule may ask for
KINDS: Final = ("money", "number", "count", "flag", "day", "text", "words", "points")
DIGITS: Final = 15  # significant digits a number may have: the engine's decimals are exact up to there
Value = int | Decimal | str | bool | list[Any] | None
Facts = dict[str, Value]

# What the engine works out itself, from founded_on and the asked day.
AGES: Final = {
    "age_days": ("成立天数", "天"),
    "age_years": ("成立满年数", "年"),
    "age_years_begun": ("成立年数（不满一年按一年算）", "年"),
    "on_year": ("申报年份", "年"),
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One name. unit: 万元, 人, 件 …; per_year: may carry _1 to _5 for earlier years."""

    name: str
    title: str
    unit: str
    kind: str
    per_year: bool = False
    help: str = ""
    short: str = ""


def _load() -> dict[str, Fact]:
    path = Path(__file__).with_name("data") / "facts.yaml"
    raw: dict[str, dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {name: Fact(name=name, **one) for name, one in raw.items()}


FACTS: Final[Mapping[str, Fact]] = _load()


def of_year(name: str, back: int) -> str:
    """The name of a yearly fact `back` years before the data year."""
    return f"{name}_{back}" if back else name


NAMES: Final = {  # every name a rule may use -> (its fact, years back)
    of_year(one.name, back): (one, back)
    for one in FACTS.values()
    for back in range(YEARS_BACK + 1 if one.per_year else 1)
}
_EMPTY_YEAR: Final = tuple(  # names of the numbers of each year back, for years before the firm existed
    tuple(of_year(one.name, back) for one in FACTS.values() if one.per_year and one.kind != "flag")
    for back in range(YEARS_BACK + 1)
)


def fact_of(name: str) -> tuple[Fact, int] | None:
    """The fact and how many years back, for "sales_2"; None when there is no such name."""
    return NAMES.get(name)


def title_of(name: str, year: int | None = None) -> str:
    """What people read: 销售收入（2024年）, or 销售收入（上一年） without a data year; 成立天数."""
    if name in AGES:
        return AGES[name][0]
    found = NAMES.get(name)
    if found is None:
        return name
    fact, back = found
    if not fact.per_year:
        return fact.title
    if year is not None:
        return f"{fact.title}（{year - back}年）"
    return fact.title + (f"（前{back}年）" if back > 1 else "（前一年）" if back else "")


def unit_of(name: str) -> str:
    """Unit of a fact or an age; empty for flags and texts."""
    if name in AGES:
        return AGES[name][1]
    found = NAMES.get(name)
    return found[0].unit if found else ""


def _number(name: str, raw: object) -> Decimal:
    title = title_of(name)
    if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal | str):
        raise BadInput(
            f"“{title}”的值“{raw}”不是数字。请填写数字，单位{unit_of(name) or '见说明'}。", field=name
        )
    try:
        value = Decimal(str(raw).replace(",", "").replace("，", "").strip())
    except InvalidOperation:
        raise BadInput(f"“{title}”的值“{raw}”不是数字。请填写数字。", field=name) from None
    if not value.is_finite():
        raise BadInput(f"“{title}”的值“{raw}”不是有限的数字。请核对。", field=name)
    if len(value.normalize().as_tuple().digits) > DIGITS or value.adjusted() > DIGITS:
        raise BadInput(
            f"“{title}”的值“{raw}”超过 {DIGITS} 位有效数字，不像真实数据。请核对单位（万元）。", field=name
        )
    return value


_FLAGS: Final = {
    "是": True,
    "有": True,
    "true": True,
    "1": True,
    "否": False,
    "无": False,
    "false": False,
    "0": False,
}


def _flag(name: str, raw: object) -> bool:
    if isinstance(raw, bool):
        return raw
    found = _FLAGS.get(str(raw).strip().lower())
    if found is None:
        raise BadInput(f"“{title_of(name)}”的值“{raw}”看不出是或否。请填写“是”或“否”。", field=name)
    return found


def _day(name: str, raw: object) -> str:
    try:
        return (raw if isinstance(raw, date) else date.fromisoformat(str(raw).strip()[:10])).isoformat()[:10]
    except ValueError:
        raise BadInput(f"“{title_of(name)}”的值“{raw}”不是日期，应写成 2020-03-15。", field=name) from None


def _points(name: str, raw: object) -> Value:
    if isinstance(raw, list | tuple):
        if len(raw) != 2:
            raise BadInput(f"“{title_of(name)}”应是一个分数，或 [最低, 最高] 两个数。", field=name)
        least, most = (_number(name, one) for one in raw)
        if least > most:
            raise BadInput(f"“{title_of(name)}”的最低分 {least} 高于最高分 {most}。请对调。", field=name)
        return [least, most]
    return _number(name, raw)


def read_value(name: str, raw: object) -> Value:
    """One value in its kind. Raises BadInput with `field` when it cannot be read. None and "" are unknown."""
    if raw is None or raw == "":
        return None
    kind = NAMES[name][0].kind
    if kind == "flag":
        return _flag(name, raw)
    if kind == "day":
        return _day(name, raw)
    if kind == "text":
        return str(raw).strip()
    if kind == "words":
        if isinstance(raw, str):
            return [one for one in re.split(r"[,，、;；\s]+", raw) if one]
        if not isinstance(raw, list | tuple):
            raise BadInput(f'“{title_of(name)}”应是一张清单，如 ["hnte"]。', field=name)
        return [str(one) for one in raw]
    if kind == "points":
        return _points(name, raw)
    value = _number(name, raw)
    if kind == "count":
        if value != value.to_integral_value():
            raise BadInput(f"“{title_of(name)}”的值“{raw}”应是整数。", field=name)
        if value < 0:
            raise BadInput(f"“{title_of(name)}”的值“{raw}”不能是负数。", field=name)
        return int(value)
    return value


def read_facts(raw: Mapping[str, object]) -> tuple[Facts, tuple[str, ...]]:
    """Facts from JSON or a form, and the names that no rule knows (not used). Raises BadInput for a bad value."""
    known = {name: read_value(name, value) for name, value in raw.items() if name in NAMES}
    return known, tuple(name for name in raw if name not in NAMES)


def _ages(founded: str, on: date) -> tuple[int, int, int, int]:
    """(year founded, days, full years, years begun)."""
    born = date.fromisoformat(founded)
    full = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    exact = (on.month, on.day) == (born.month, born.day)
    return born.year, (on - born).days, full, full + (not exact)


_SERIES: Final = tuple(
    tuple(of_year(name, back) for back in range(YEARS_BACK + 1))
    for name in ("assets", "liabilities", "net_assets")
)


def _moved(facts: Mapping[str, Any], shift: int) -> dict[str, Any]:
    """Yearly facts under the names they have `shift` years later; those that fall out of reach are left out."""
    found = {}
    for name, value in facts.items():
        known = NAMES.get(name)
        if known is None or not known[0].per_year:
            found[name] = value
        elif 0 <= (back := known[1] + shift) <= YEARS_BACK:
            found[of_year(known[0].name, back)] = value
    return found


def ready(facts: Mapping[str, Any], on: date) -> dict[str, Any]:
    """The facts as the rules see them on that day.

    The data year is the year before `on`. Facts of another `data_year` move to their place (or drop out: the wrong
    year is unknown). Years before the firm was founded count zero. Net assets and ages are worked out.
    """
    year = on.year - 1
    given = facts.get("data_year")
    shift = 0 if given is None else year - int(given)
    if shift:
        facts = _moved(facts, shift)
    found: dict[str, Any] = {  # a decimal as a float is exact: it has at most DIGITS digits
        name: float(value) if value.__class__ is Decimal else value
        for name, value in facts.items()
        if value is not None
    }
    found["on_year"] = on.year
    for owned, owed, net in zip(*_SERIES, strict=True):
        if net not in found and owned in found and owed in found:
            found[net] = float(Decimal(str(found[owned])) - Decimal(str(found[owed])))
    founded = found.get("founded_on")
    if founded:
        born, days, full, begun = _ages(str(founded), on)
        found["age_days"], found["age_years"], found["age_years_begun"] = days, full, begun
        for back in range(max(0, year - born + 1), YEARS_BACK + 1):
            for name in _EMPTY_YEAR[back]:
                found.setdefault(name, 0)
    return found
