"""Output, absorption and the double count, as cities report them. Plain values in, plain values out.

登记, 输出 and 吸纳 are three different sets: none is ever derived from another.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal


@dataclass(frozen=True, slots=True)
class Sum:
    """Contracts (项), 成交额 and 技术交易额 in one unit."""

    count: int = 0
    total: Decimal = Decimal(0)
    tech: Decimal = Decimal(0)

    def __add__(self, other: "Sum") -> "Sum":
        return Sum(self.count + other.count, self.total + other.total, self.tech + other.tech)

    def __sub__(self, other: "Sum") -> "Sum":
        return Sum(self.count - other.count, self.total - other.total, self.tech - other.tech)


@dataclass(frozen=True, slots=True)
class Sides:
    """A region's figures. boasted: 技术吸纳输出总额 with the intra contracts twice. distinct: each once."""

    exported: Sum
    absorbed: Sum
    intra: Sum

    @property
    def exported_away(self) -> Sum:
        return self.exported - self.intra

    @property
    def absorbed_from_away(self) -> Sum:
        return self.absorbed - self.intra

    @property
    def boasted(self) -> Sum:
        return self.exported + self.absorbed

    @property
    def distinct(self) -> Sum:
        return self.exported + self.absorbed_from_away

    @property
    def counted_twice(self) -> Sum:
        return self.intra


@dataclass(frozen=True, slots=True)
class Row:
    """One registered contract as statistics see it: where its sides are, and its sums."""

    seller_region: str
    buyer_region: str
    total: Decimal
    tech: Decimal


def sides(rows: Iterable[Row], region: str) -> Sides:
    """Output and absorption of a region, given as a division prefix ("3307" = 金华). One pass."""
    exported = absorbed = intra = Sum()
    for row in rows:
        one = Sum(1, row.total, row.tech)
        out, into = row.seller_region.startswith(region), row.buyer_region.startswith(region)
        exported = exported + one if out else exported
        absorbed = absorbed + one if into else absorbed
        intra = intra + one if out and into else intra
    return Sides(exported, absorbed, intra)


def ratio(tech: Decimal, total: Decimal) -> Decimal | None:
    """技术交易额 / 成交额 to four decimals; None without a total."""
    return (tech / total).quantize(Decimal("0.0001"), ROUND_HALF_UP) if total else None


def growth_percent(now: Decimal, before: Decimal) -> Decimal | None:
    """Year-on-year growth in %, one decimal; None without a figure for the year before."""
    return ((now - before) / before * 100).quantize(Decimal("0.1"), ROUND_HALF_UP) if before else None


def share_percent(part: Decimal, whole: Decimal) -> Decimal | None:
    """Share in %, one decimal."""
    return (part / whole * 100).quantize(Decimal("0.1"), ROUND_HALF_UP) if whole else None
