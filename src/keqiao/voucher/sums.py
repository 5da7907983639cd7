"""Sums as people write them, in fen."""

from keqiao.core.errors import BadInput
from keqiao.registry.intake.figures import UNITS, figure

_TOP = 10**13  # fen


def fen_of(text: str, field: str = "amount") -> int:
    """Yuan as typed ("1,000", "1000.50 元", "5万") in fen. Raises BadInput for anything else or more than two decimals."""
    found = figure(text)
    amount = None
    if found is not None and (not found[1] or found[1] in UNITS):
        amount = found[0] * UNITS.get(found[1], UNITS["元"]) * 100
    if amount is None or amount != int(amount) or not 0 < amount < _TOP:
        raise BadInput(
            f"看不懂金额“{text[:20]}”。请写以元为单位、最多两位小数的正数，例如 20000 或 20,000。"
            if text.strip()
            else "没有写金额。请写以元为单位的正数，例如 20000。",
            code="voucher.amount",
            field=field,
        )
    return int(amount)
