"""What looks odd in a year of figures, and why three measures of R&D differ: pure."""

import datetime as dt
from decimal import Decimal as D

import pytest

from keqiao.firm.enums import TitleKind
from keqiao.firm.numbers import number_warning
from keqiao.firm.plausible import gap_reasons, odd_figures

NAMES = {
    "sales": ("销售收入", "万元"), "staff": ("职工总数", "人"), "tech_staff": ("科技人员", "人"), "assets": ("资产总额", "万元"),
    "liabilities": ("负债总额", "万元"), "net_assets": ("净资产", "万元"), "rd_hnte": ("研发费用", "万元"),
    "rd_domestic": ("境内研发费用", "万元"),
}  # fmt: skip


def odd(now: dict[str, D], before: dict[str, D] | None = None) -> list[tuple[str, str]]:
    return [(one.name, one.message) for one in odd_figures(now, before or {}, NAMES)]


def test_a_part_larger_than_its_whole_is_noticed() -> None:
    [(name, message)] = odd({"staff": D(80), "tech_staff": D(90)})

    assert name == "tech_staff"
    assert "90" in message
    assert "80" in message


def test_net_assets_must_be_assets_less_liabilities() -> None:
    figures = {"assets": D(1000), "liabilities": D(400), "net_assets": D(500)}

    [(name, message)] = odd(figures)

    assert name == "net_assets"
    assert "600" in message
    assert odd(figures | {"net_assets": D(600)}) == []


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [
        (100, 151, "增长 51%"),
        (100, 49, "下降 51%"),
        (100, 100, "完全相同"),
        (100, 150, ""),
        (100, 50, ""),
        (1, 10, ""),
    ],
)
def test_a_jump_of_more_than_half_or_a_repeated_value_asks_for_a_look(
    before: int, now: int, words: str
) -> None:
    found = odd({"sales": D(now)}, {"sales": D(before)})

    assert [words in message for _, message in found] == ([True] if words else [])


def test_the_same_number_of_staff_as_last_year_is_nothing_odd() -> None:
    assert odd({"staff": D(80)}, {"staff": D(80)}) == []


def test_the_gap_between_the_measures_is_explained() -> None:
    assert gap_reasons(D(300), D(300), D(300)) == []
    assert "房屋" in gap_reasons(D(320), D(300), None)[0]
    assert "漏归集" in gap_reasons(D(280), D(300), None)[0]
    assert "设备和土建" in gap_reasons(None, D(300), D(400))[0]
    assert any("漏报" in one for one in gap_reasons(None, D(300), D(0)))
    assert gap_reasons(None, None, D(3)) == []


@pytest.mark.parametrize(
    ("kind", "number", "issued", "words"),
    [
        (TitleKind.HNTE, "GR202212000934", dt.date(2022, 12, 1), ""),
        (TitleKind.HNTE, "gr202212000934", None, ""),
        (TitleKind.HNTE, "GR20221200093", None, "12 位数字"),
        (TitleKind.HNTE, "GR202212000934", dt.date(2023, 12, 1), "不一致"),
        (TitleKind.TECH_SME, "2025640200A0001234", dt.date(2025, 7, 1), ""),
        (TitleKind.TECH_SME, "2025640200C0001234", None, "18 位"),
        (TitleKind.GAZELLE, "随便", None, ""),
        (TitleKind.HNTE, "", None, ""),
    ],
)
def test_a_number_of_another_format_is_warned_about(
    kind: str, number: str, issued: dt.date | None, words: str
) -> None:
    found = number_warning(kind, number, issued)

    assert (words in found) if words else found == ""
