"""Number formats of certificates. They warn, they never refuse: old certificates are written in many ways."""

import re
from datetime import date

from keqiao.firm.enums import TitleKind

_HNTE = re.compile(r"GR(20\d{2})\d{8}")  # domain §3.4
_TECH_SME = re.compile(r"(20\d{2})(\d{6})([0AB])(\d{7})")  # domain §2.6; the split of 18 characters is 待核实


def number_warning(kind: str, number: str, issued_on: date | None = None) -> str:
    """What looks wrong about a number, with the advice; "" when nothing does or nothing is known of its format."""
    text = number.strip().upper()
    if not text:
        return ""
    if kind == TitleKind.HNTE:
        found = _HNTE.fullmatch(text)
        if found is None:
            return (
                f"“{number}”不像高企证书编号，一般是 GR 加 12 位数字，例如 GR202412000934。请对照证书核对。"
            )
        return _year(found[1], issued_on, "证书编号")
    if kind == TitleKind.TECH_SME:
        found = _TECH_SME.fullmatch(text)
        if found is None:
            return (
                f"“{number}”不像入库登记编号，一般是 18 位：年份 4 位、地区 6 位、1 位标志（0、A 或 B）、"
                "流水 7 位，例如 2025640200A0001234。请对照公告核对。"
            )
        return _year(found[1], issued_on, "登记编号")
    return ""


def _year(written: str, issued_on: date | None, what: str) -> str:
    if issued_on is None or int(written) == issued_on.year:
        return ""
    return f"{what}里的年份是 {written}，发证或入库日期是 {issued_on}，两者不一致。请核对其中一个。"


def founding_flag(number: str) -> str:
    """What the 11th character of a 科小 number says (国科发火〔2018〕11号); "" for another format."""
    found = _TECH_SME.fullmatch(number.strip().upper())
    words = {
        "0": "成立早于入库年度，5 月 31 日前提交",
        "A": "成立早于入库年度，6 月 1 日后提交",
        "B": "入库当年成立",
    }
    return words[found[3]] if found else ""
