"""Sums as people write them, in fen."""

import re
import unicodedata
from decimal import Decimal, InvalidOperation

from keqiao.core.errors import BadInput

_TOP = 10**13  # fen
_SCALES = {"千万": 10**7, "百万": 10**6, "亿": 10**8, "万": 10**4, "千": 10**3}
_GROUPED = re.compile(r"^[-+]?\d{1,3}(?:[,，]\d{3})+(?:\.\d*)?$")
"""20,000 and 1,234,567.80; 1,2 or 20,00 is a slip, not a number."""


def fen_of(text: str, field: str = "amount") -> int:
    """Yuan as typed ("1,000", "1000.50 元", "5万") in fen. Raises BadInput for anything else or more than two decimals."""
    plain = unicodedata.normalize("NFKC", text).strip().removesuffix("元").strip()
    scale = 1
    for word, times in _SCALES.items():
        if plain.endswith(word):
            plain, scale = plain.removesuffix(word).strip(), times
            break
    if _GROUPED.match(plain):
        plain = plain.replace(",", "")
    try:
        amount = Decimal(plain) * scale * 100
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount != int(amount) or not 0 < amount < _TOP or "e" in plain.lower():
        raise BadInput(
            f"看不懂金额“{text[:20]}”。请写以元为单位、最多两位小数的正数，例如 20000 或 20,000。"
            if text.strip()
            else "没有写金额。请写以元为单位的正数，例如 20000。",
            code="voucher.amount",
            field=field,
        )
    return int(amount)
