"""Sums of money as offices write them: 1,200万, 一百二十万元, 50-100万元, 不超过80万, 面议."""

import re
import unicodedata
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

SCALE = {
    "元": Decimal(1),
    "千元": Decimal(1_000),
    "万元": Decimal(10_000),
    "百万元": Decimal(1_000_000),
    "千万元": Decimal(10_000_000),
    "亿元": Decimal(100_000_000),
}
MAX_YUAN = Decimal(10) ** 13
"""Beyond 十万亿元 a sum is a slip of the pen, and more than the database column holds."""

_OPEN = re.compile(r"面议|面谈|面商|待定|协商|另议|商议|商定|洽谈|议价|根据实际|视情况|按实际")
_NOISE = re.compile(
    r"人民币|rmb|cny|¥|约为|大约|预计|预算|拟投入|计划投入|总投入|总额|合计|共计|投入|资金|经费|约|左右|上下|"
    r"整$|正$|\((?:含税|不含税|税前|税后)\)|[\s，]|^为|^共",
    re.IGNORECASE,
)
_AT_MOST = re.compile(
    r"不超过|不高于|不大于|不多于|最高|最多|至多|小于等于|小于|低于|以内|以下|之内|内$|≤|<=|<"
)
_AT_LEAST = re.compile(r"不低于|不少于|不小于|最低|最少|至少|大于等于|大于|高于|超过|以上|起$|≥|>=|>|\+$")
_DIGIT = dict(
    zip(
        "零〇一二两三四五六七八九壹贰叁肆伍陆柒捌玖",
        (0, 0, 1, 2, 2, *range(3, 10), *range(1, 10)),
        strict=True,
    )
)
_STEP = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_GROUP = {"万": 10_000, "萬": 10_000, "亿": 100_000_000, "億": 100_000_000}
_CHINESE = "".join(_DIGIT) + "".join(_STEP) + "".join(_GROUP)
_ARABIC_PART = re.compile(r"(\d+(?:\.\d+)?)((?:[十百千]?[万亿]|[十百千])*)")
_QUANTITY = rf"(?:\d+(?:\.\d+)?[十百千万亿]*(?:\d+(?:\.\d+)?[十百千万亿]+)*|[{_CHINESE}]+)"
_RANGE = re.compile(rf"({_QUANTITY})(元|圆)?(?:-|~|—|–|至|到)+({_QUANTITY})(元|圆)?")
_ONE = re.compile(rf"({_QUANTITY})(元|圆|块)?")
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[eE]\+?\d{1,2}", re.ASCII)
_WITH_UNIT = re.compile(rf"({_QUANTITY})(元|圆)")


@dataclass(frozen=True)
class Money:
    """A sum or a range in yuan. Both ends None with `is_open`: 面议. text: as written."""

    low_yuan: Decimal | None
    high_yuan: Decimal | None
    text: str
    is_open: bool = False
    is_partial: bool = False  # taken out of a longer sentence: somebody should look

    @property
    def yuan(self) -> Decimal | None:
        """The one figure to store and sort by: the upper end, else the lower one."""
        return self.high_yuan if self.high_yuan is not None else self.low_yuan


def chinese_number(text: str) -> int | None:
    """一百二十万 -> 1200000, 壹佰贰拾 -> 120, 十五 -> 15, 二〇二六 -> 2026. None when it is no number."""
    if not text or any(char not in _CHINESE for char in text):
        return None
    if all(char in _GROUP for char in text):
        return None  # a lone 万 is a unit
    if all(char in _DIGIT for char in text):
        return int("".join(str(_DIGIT[char]) for char in text))
    high = total = section = digit = 0
    last_step = 0
    for char in text:
        if char in _DIGIT:
            digit = _DIGIT[char]
            last_step = 1 if digit == 0 else last_step
        elif char in _STEP:
            section += (digit or 1) * _STEP[char]
            digit, last_step = 0, _STEP[char]
        elif _GROUP[char] == 10_000:
            total += (section + digit or 1) * 10_000
            section, digit, last_step = 0, 0, 10_000
        else:
            high += (total + section + digit or 1) * 100_000_000
            total, section, digit, last_step = 0, 0, 0, 100_000_000
    if digit and last_step >= 100:
        digit *= last_step // 10  # 三百五 = 350, 一万二 = 12000
    return high + total + section + digit


def _arabic(text: str) -> tuple[Decimal, bool] | None:
    """(value, whether it carries 万, 亿 …) of 1.2亿 or 1亿2000万; None when it is no number."""
    total, scaled, end = Decimal(0), False, 0
    for part in _ARABIC_PART.finditer(text):
        if part.start() != end:
            return None
        end = part.end()
        try:
            value = Decimal(part[1])
        except InvalidOperation:
            return None
        for char in part[2]:
            value *= _STEP.get(char, 0) or _GROUP[char]
            scaled = True
        total += value
    return (total, scaled) if end == len(text) and end else None


def _quantity(text: str) -> tuple[Decimal, bool] | None:
    if text[:1].isdigit():
        return _arabic(text)
    number = chinese_number(text)
    return None if number is None else (Decimal(number), any(char in _GROUP for char in text))


def _yuan(number: str, has_yuan: bool, default: Decimal, like: str = "") -> Decimal | None:
    """A quantity in yuan. `like` is the upper end of a range, whose 万 the bare lower end shares: 50-100万."""
    found = _quantity(number)
    if found is None:
        return None
    value, scaled = found
    if not scaled and like:
        tail = re.search(r"[千百十]?[万亿]$", like)
        if tail:
            return min(value * _scale(tail[0]), MAX_YUAN * 10)
    if not scaled and not has_yuan:
        value *= default
    return value


def _scale(unit: str) -> Decimal:
    value = Decimal(1)
    for char in unit:
        value *= _STEP.get(char, 0) or _GROUP[char]
    return value


def _prepared(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).replace("〜", "~").replace("～", "~").replace("－", "-")
    text = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text)
    return _NOISE.sub("", text).rstrip("。.;；,")


def read_money(cell: str | int | float | Decimal, unit: str = "万元") -> Money | None:
    """The sum in a cell; None when it cannot be understood or is beyond 十万亿元.

    unit: of bare numbers, from the heading. Never raises. Negative sums are returned as such.
    """
    default = SCALE.get(unit, SCALE["万元"])
    text = str(cell).strip()
    if isinstance(cell, int | float | Decimal):
        try:
            value = Decimal(text) * default
        except InvalidOperation:
            return None
        return Money(value, value, text) if value.is_finite() and abs(value) <= MAX_YUAN else None
    if len(text) > 200:
        return None
    if _SCIENTIFIC.fullmatch(text):
        money = read_money(Decimal(text), unit)
        return money and replace(money, text=text)
    plain = _prepared(text)
    if not plain:
        return None
    money = _range(plain, text, default) or _one(plain, text, default)
    if money is None and _OPEN.search(plain):
        return Money(None, None, text, is_open=True)
    money = money or _within_sentence(plain, text)
    if money is None or any(
        end is not None and abs(end) > MAX_YUAN for end in (money.low_yuan, money.high_yuan)
    ):
        return None
    return money


def _range(plain: str, text: str, default: Decimal) -> Money | None:
    found = _RANGE.fullmatch(plain)
    if not found:
        return None
    has_yuan = bool(found[4] or found[2])
    low = _yuan(found[1], bool(found[2] or found[4]), default, like="" if found[2] else found[3])
    high = _yuan(found[3], has_yuan, default)
    if low is None or high is None:
        return None
    return Money(min(low, high), max(low, high), text)


def _one(plain: str, text: str, default: Decimal) -> Money | None:
    at_most, at_least = bool(_AT_MOST.search(plain)), bool(_AT_LEAST.search(plain))
    if "超过" in plain and "不超过" in plain:
        at_least = False
    core = _AT_LEAST.sub("", _AT_MOST.sub("", plain)) if at_most or at_least else plain
    sign = -1 if core.startswith("-") else 1
    found = _ONE.fullmatch(core.removeprefix("-"))
    value = _yuan(found[1], bool(found[2]), default) if found else None
    if value is None:
        return None
    value *= sign
    if at_most and not at_least:
        return Money(None, value, text)
    if at_least and not at_most:
        return Money(value, None, text)
    return Money(value, value, text)


def _within_sentence(plain: str, text: str) -> Money | None:
    """The one sum with 元 in a longer sentence: 项目总投资1200万元，其中自筹一半 -> 1200万元."""
    found = {match[0]: match for match in _WITH_UNIT.finditer(plain)}
    if len(found) != 1:
        return None
    match = next(iter(found.values()))
    value = _yuan(match[1], True, Decimal(1))
    foreign = re.search(r"[美欧日港韩英]元?$", plain[: match.start(2)])
    return None if value is None or foreign else Money(value, value, text, is_partial=True)
