"""Sums between what is typed, computed and shown. Pure."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction


def exact(value: Decimal | int | str | None) -> Fraction:
    """A typed or stored sum without rounding; None is nothing."""
    return Fraction(0) if value is None else Fraction(str(value))


def rounded(value: Fraction, places: int = 2) -> Decimal:
    """Half up, as money is rounded: 19.111… → 19.11."""
    step = Decimal(1).scaleb(-places)
    scaled = value * 10**places
    whole = Decimal((abs(scaled) + Fraction(1, 2)).__floor__())
    return (whole if scaled >= 0 else -whole) * step


def shown(value: Fraction, places: int = 2) -> str:
    """12,345.67, without empty decimals."""
    text = f"{rounded(value, places).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
