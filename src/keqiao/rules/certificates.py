"""The numbers on certificates of titles: how they are built and what they tell. Pure.

Source: 国科发火〔2018〕11号 for the 11th character of the 入库登记编号; length and split are 待核实, so an unusual
number is warned about, not refused.
"""

import re
from dataclasses import dataclass
from typing import Final

_TECH_SME: Final = re.compile(r"(20\d{2})(\d{6})([0AB])(\d{7})")
_HNTE: Final = re.compile(r"GR(20\d{2})(\d{2})(\d{6})")
_FLAGS: Final = {
    "0": "入库年度之前成立，5月31日以前提交自评信息",
    "A": "入库年度之前成立，6月1日以后提交自评信息",
    "B": "入库年度当年成立",
}


@dataclass(frozen=True, slots=True)
class TitleNumber:
    """What a number tells. warning: why it looks unusual, "" when it is well-formed."""

    text: str
    year: int | None = None
    region: str = ""
    flag: str = ""
    meaning: str = ""
    serial: str = ""
    warning: str = ""


def tech_sme_number(text: str) -> TitleNumber:
    """入库登记编号 of a 科技型中小企业: year (4), division (6), flag (1), serial (7). Valid in that year only."""
    tidy = "".join(text.split()).upper()
    found = _TECH_SME.fullmatch(tidy)
    if found is None:
        return TitleNumber(
            tidy,
            warning=f"编号“{tidy}”不是常见的 18 位格式（年份4位、区划6位、标识1位0/A/B、序号7位），请对照公示文件核对。",
        )
    year, region, flag, serial = found.groups()
    return TitleNumber(tidy, int(year), region, flag, _FLAGS[flag], serial)


def hnte_number(text: str) -> TitleNumber:
    """高企证书编号: GR, year (4), province code (2), serial (6)."""
    tidy = "".join(text.split()).upper()
    found = _HNTE.fullmatch(tidy)
    if found is None:
        return TitleNumber(tidy, warning=f"编号“{tidy}”不是 GR 加 12 位数字的格式，请对照证书核对。")
    year, region, serial = found.groups()
    return TitleNumber(tidy, int(year), region, serial=serial)
