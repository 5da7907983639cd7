"""Sums in Chinese capitals (大写金额) and back, exact to the fen: 贰仟贰佰玖拾贰万陆仟元整 = 22926000.00.

Writing follows 支付结算办法 annex 1 (正确填写票据和结算凭证的基本规定); reading also takes 圆, 正, 〇, 萬, 億, small
numerals and a leading 人民币, and refuses what no cashier would write.
"""

import re
import unicodedata
from decimal import Decimal

MAX_YUAN = Decimal(10) ** 13
_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_STEPS = ("仟", "佰", "拾", "")
_VALUE = {
    **{char: at for at, char in enumerate(_DIGITS)},
    **{char: at for at, char in enumerate("〇一二三四五六七八九")},
    **{"○": 0, "两": 2, "貳": 2, "參": 3, "叄": 3, "陸": 6, "弌": 1, "弍": 2, "弎": 3, "贰": 2},
}
_STEP = {"拾": 10, "十": 10, "佰": 100, "百": 100, "仟": 1000, "千": 1000}
_ZERO = frozenset("零〇○")
NUMERAL = "".join(_VALUE) + "".join(_STEP) + "万萬亿億"
_COIN = "[壹贰叁肆伍陆柒捌玖]"  # alone only in capitals: 三角 and 三分 are words
WRITTEN = re.compile(
    rf"[{NUMERAL}]+[元圆圓](?:[{NUMERAL}]{{1,2}}[角毛])?(?:[{NUMERAL}]{{1,2}}分)?[整正]?"
    rf"|{_COIN}角(?:{_COIN}分)?[整正]?|{_COIN}分[整正]?"
)
_WHOLE = re.compile(
    rf"(?:(?P<yuan>[{NUMERAL}]+)[元圆])?(?:零?(?P<jiao>[{NUMERAL}])角)?(?:(?P<zero>零)?(?P<fen>[{NUMERAL}])分)?[整正]?"
)


def _section(value: int) -> str:
    """1 … 9999, without the zero that the caller puts before it."""
    text, pending = "", False
    for step, unit in zip((1000, 100, 10, 1), _STEPS, strict=True):
        digit = value // step % 10
        if digit == 0:
            pending = bool(text)
            continue
        text += ("零" if pending else "") + _DIGITS[digit] + unit
        pending = False
    return text


def _integer(value: int) -> str:
    """A whole number: sections of four, a zero wherever the section before ends or this one starts with a gap."""
    if value >= 10**8:
        high, low = divmod(value, 10**8)
        tail = _integer(low) if low else ""
        return _integer(high) + "亿" + ("零" if tail and low < 10**7 else "") + tail
    if value >= 10**4:
        high, low = divmod(value, 10**4)
        tail = _section(low) if low else ""
        return _section(high) + "万" + ("零" if tail and low < 1000 else "") + tail
    return _section(value)


def to_capitals(amount: Decimal) -> str:
    """The sum as it is written on a contract. Raises ValueError below zero, from 十万亿 on, or finer than a fen."""
    if not 0 <= amount < MAX_YUAN or amount != amount.quantize(Decimal("0.01")):
        raise ValueError(f"no sum for capitals: {amount}")
    yuan, rest = divmod(int(amount * 100), 100)
    jiao, fen = divmod(rest, 10)
    whole = f"{_integer(yuan)}元" if yuan else ""
    if not rest:
        return (whole or "零元") + "整"
    tail = f"{_DIGITS[jiao]}角" if jiao else ("零" if whole and fen else "")
    return whole + tail + (f"{_DIGITS[fen]}分" if fen else "整")


def _plain(text: str) -> str:
    text = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
    text = re.sub(r"^(?:人民币|大写)+[:：]?", "", text).translate(str.maketrans("萬億圓毛", "万亿圆角"))
    return text


def _read_section(text: str) -> int | None:
    """Below 10000; steps must fall, a digit needs its step unless it is last."""
    total, digit, last = 0, None, 10_000
    for at, char in enumerate(text):
        if char in _ZERO:
            if digit is not None:
                return None
            continue
        if char in _VALUE:
            if digit is not None:
                return None
            digit = _VALUE[char]
        elif char in _STEP:
            step = _STEP[char]
            if step >= last or (digit is None and not (step == 10 and at == 0)):
                return None
            total, digit, last = total + (1 if digit is None else digit) * step, None, step
        else:
            return None
    if digit is not None and last == 1:
        return None
    return total + (digit or 0)


def _read_integer(text: str) -> int | None:
    if not text:
        return None
    for unit, size in (("亿", 10**8), ("万", 10**4)):
        if unit in text:
            left, _, right = text.rpartition(unit)
            high = _read_integer(left)
            low = (_read_integer(right) if size == 10**8 else _read_section(right)) if right else 0
            if not high or low is None or low >= size or (size == 10**4 and high >= size):
                return None
            return high * size + low
    if len(text) > 1 and all(char in _ZERO for char in text):
        return None
    return _read_section(text)


def from_capitals(text: str) -> Decimal | None:
    """The sum that the capitals say; None when they say none. 元, 圆, 整, 正, 零 and 〇 are taken either way."""
    plain = _plain(text)
    found = _WHOLE.fullmatch(plain)
    if not found or not any(found[name] for name in ("yuan", "jiao", "fen")):
        return None
    yuan = _read_integer(found["yuan"]) if found["yuan"] else 0
    jiao, fen = (_VALUE.get(found[name] or "零") for name in ("jiao", "fen"))
    if yuan is None or jiao is None or fen is None:
        return None
    amount = Decimal(yuan) + Decimal(jiao) / 10 + Decimal(fen) / 100
    return amount.quantize(Decimal("0.01")) if amount < MAX_YUAN else None


def is_proper(text: str) -> bool:
    """Whether the capitals are written the one way a bank takes without asking (圆 for 元 and 正 for 整 allowed)."""
    amount = from_capitals(text)
    if amount is None:
        return False
    plain = _plain(text).replace("圆", "元").replace("正", "整")
    return plain.removesuffix("整") == to_capitals(amount).removesuffix("整") and (
        plain.endswith("整") or not plain.endswith("元")
    )
