"""Number formats of certificates. They warn, they never refuse: old certificates are written in many ways."""

from datetime import date

from keqiao.firm.enums import TitleKind
from keqiao.rules.certificates import TitleNumber, hnte_number, tech_sme_number


def read_number(kind: str, number: str) -> TitleNumber | None:
    """What the number of a 高企 certificate or a 科小 entry tells; None for other kinds and for none."""
    if not number.strip():
        return None
    if kind == TitleKind.HNTE:
        return hnte_number(number)
    return tech_sme_number(number) if kind == TitleKind.TECH_SME else None


def number_warning(kind: str, number: str, issued_on: date | None = None) -> str:
    """What looks wrong about a number, with the advice; "" when nothing does or nothing is known of its format."""
    found = read_number(kind, number)
    if found is None:
        return ""
    if found.warning or found.year is None or issued_on is None or found.year == issued_on.year:
        return found.warning
    return f"编号里的年份是 {found.year}，发证或入库日期是 {issued_on}，两者不一致。请核对其中一个。"
