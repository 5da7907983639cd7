"""A table of firms and years: good rows are written, bad ones go back with their red cells."""

import io

import pytest
from openpyxl import Workbook, load_workbook

from keqiao.core.errors import BadInput
from keqiao.core.models import AuditEntry
from keqiao.firm.facts import facts_of
from keqiao.firm.models import FigureSheet, YearFigure
from keqiao.firm.sheet import read_sheet, write_bad_rows
from keqiao.people.models import User
from keqiao.registry.intake.refusals import BadFile
from tests.factories.firm import a_firm
from tests.firm.test_figures import ON

pytestmark = pytest.mark.django_db
HEADINGS = [
    "企业名称",
    "统一社会信用代码",
    "年度",
    "销售收入（万元）",
    "研发费用（加计扣除口径）(元)",
    "职工总数",
    "备注",
    "心情",
]


def workbook(*rows: list[object], headings: list[str] | None = None) -> io.BytesIO:
    book = Workbook()
    assert book.active is not None
    for row in ([*(headings or HEADINGS)], *rows):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    out.seek(0)
    return out


def test_good_rows_are_written_and_bad_ones_come_back_red(county_officer: User) -> None:
    firm = a_firm(title="固镇甲公司", uscc="91340323DEM000001X")
    a_firm(title="固镇乙公司")
    a_firm(title="怀远丙公司", division_code="340321000000")
    file = workbook(
        ["固镇甲公司", "91340323DEM000001X", 2025, "4,200", 3_000_500, 80, "", "好"],
        ["固镇乙公司", "", "2025年", "很多", 0, 20, "", ""],
        ["怀远丙公司", "", 2025, 100, None, None, "", ""],
        ["固镇乙公司", "", 1980, 100, None, None, "", ""],
        ["固镇甲公司", "", 2025, 100, None, None, "", ""],
    )

    sheet = read_sheet(file=file, name="2025年报.xlsx", by=county_officer)

    facts = facts_of(firm, ON)
    assert (str(facts["sales"]), str(facts["rd_deduct"]), facts["staff"]) == ("4200", "300.05", 80)
    assert (sheet.good_count, sheet.figure_count, len(sheet.bad)) == (1, 3, 4)
    assert sheet.passed_over == ["心情"]
    assert AuditEntry.objects.filter(action="firm.sheet_read").exists()
    out = io.BytesIO()
    assert write_bad_rows(sheet, out) == 4
    back = load_workbook(out)["待改正的行"]
    words = [str(row[-1]) for row in back.iter_rows(min_row=2, values_only=True)]
    assert "不是数字" in words[0]
    assert "怀远丙公司" in words[1]
    assert "1980" in words[2]
    assert "第 2 行已有" in words[3]


def test_a_table_read_twice_changes_nothing_and_a_new_value_is_a_correction(county_officer: User) -> None:
    a_firm(title="固镇甲公司")
    row = ["固镇甲公司", "", 2025, 4200, 0, 80, "", ""]

    read_sheet(file=workbook(row), name="表.xlsx", by=county_officer)
    second = read_sheet(file=workbook(row), name="表.xlsx", by=county_officer)
    third = read_sheet(file=workbook([*row[:3], 4300, *row[4:]]), name="更正表.xlsx", by=county_officer)

    assert (second.figure_count, second.same_count) == (0, 3)
    assert (third.figure_count, third.same_count) == (1, 2)
    assert YearFigure.objects.filter(name="sales").count() == 2
    assert YearFigure.objects.current().get(name="sales").reason == "按表格“更正表.xlsx”更正"


def test_a_table_without_years_takes_the_one_that_was_chosen(county_officer: User) -> None:
    firm = a_firm(title="固镇甲公司")
    file = workbook(["固镇甲公司", 500], headings=["企业名称", "销售收入"])

    with pytest.raises(BadInput, match="年度"):
        read_sheet(file=file, name="表.xlsx", by=county_officer)
    file.seek(0)
    read_sheet(file=file, name="表.xlsx", by=county_officer, year=2025)

    assert facts_of(firm, ON)["sales"] == 500


@pytest.mark.parametrize(
    ("headings", "words"),
    [(["名字呢", "销售收入"], "企业名称"), (["企业名称", "年度", "心情"], "没有认出数据列")],
)
def test_a_table_that_says_too_little_is_refused(
    county_officer: User, headings: list[str], words: str
) -> None:
    with pytest.raises(BadInput, match=words):
        read_sheet(file=workbook(["甲", 1, 2], headings=headings), name="表.xlsx", by=county_officer)


def test_a_file_that_is_no_table_is_refused(county_officer: User) -> None:
    with pytest.raises(BadFile):
        read_sheet(file=io.BytesIO(b"%PDF-1.4"), name="表.xlsx", by=county_officer)


def test_a_process_killed_in_the_middle_leaves_no_half_a_table(
    county_officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_firm(title="固镇甲公司")

    def killed(*_: object, **__: object) -> None:
        raise SystemExit

    monkeypatch.setattr("keqiao.firm.sheet.record_audit", killed)
    with pytest.raises(SystemExit):
        read_sheet(
            file=workbook(["固镇甲公司", "", 2025, 1, None, 3, "", ""]), name="一.xlsx", by=county_officer
        )

    assert not YearFigure.objects.exists()
    assert not FigureSheet.objects.exists()
