"""One plain number as people write it in a cell: 1,234.50, ￥200, (35), 1.2万元. Sums with words are `amounts`."""

import re
import unicodedata
from decimal import Decimal

UNITS = {
    "元": Decimal(1),
    "千元": Decimal(1000),
    "万元": Decimal(10) ** 4,
    "百万元": Decimal(10) ** 6,
    "千万元": Decimal(10) ** 7,
    "亿元": Decimal(10) ** 8,
}
"""Yuan in one of each."""
_FIGURE = re.compile(
    r"(?P<open>\()?¥?(?P<number>[-+]?¥?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?)(?(open)\))(?P<unit>亿元?|千万元?|百万元?|万元?|千元?|元|人)?"
)


def figure(text: str) -> tuple[Decimal, str] | None:
    """(value, unit as in `UNITS`, 人 or "") of a cell; None for what is no number. 1,2 and 20,00 are slips, not numbers.

    A number in brackets is negative, as accountants write it. Never raises.
    """
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).replace("−", "-")
    found = _FIGURE.fullmatch(plain)
    if found is None:
        return None
    value = Decimal(found["number"].replace(",", "").replace("¥", ""))
    unit = found["unit"] or ""
    if unit and unit != "人" and not unit.endswith("元"):
        unit += "元"
    return -value if found["open"] else value, unit
