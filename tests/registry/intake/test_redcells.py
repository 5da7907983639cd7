"""Bad rows go back as a workbook that shows what to mend, and can be loaded again when mended."""

import datetime as dt
import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from keqiao.registry.intake.headings import recognise
from keqiao.registry.intake.kinds import DEMAND
from keqiao.registry.intake.redcells import BAD_SHEET, rejected, write_rejected
from keqiao.registry.intake.rows import located, no_lists, parse_row, row_parser
from keqiao.registry.intake.tables import Table, open_table
from keqiao.registry.intake.workbook import SheetPlan, safe_cell, write_workbook, write_xlsx
from tests.registry.intake.hostile import GOOD, HEADINGS, csv_of, row, saved, xlsx_of
from tests.registry.intake.test_tables import bureau_sheet


def given_back(table: Table) -> io.BytesIO:
    parse = row_parser(DEMAND, recognise(table.headings, "demand"), no_lists)
    out = io.BytesIO()
    write_rejected(table, rejected((raw, parse(raw)) for raw in table.rows), out, accepted=1)
    return out


def opened(data: bytes) -> Table:
    return open_table(io.BytesIO(data), name="需求.csv" if data[:2] != b"PK" else "需求.xlsx", kind="demand")


def test_a_row_becomes_typed_values():
    table = opened(csv_of([*GOOD, "识别率≥95%"], headings=[*HEADINGS, "技术指标"]))

    parsed = parse_row(DEMAND, recognise(table.headings, "demand"), next(table.rows))

    assert parsed.is_good
    assert parsed.values["budget"].yuan == 1_200_000
    assert parsed.values["due"].on == dt.date(2026, 12, 31)
    assert parsed.values["uscc"] == "91350100M000100Y43"
    assert parsed.values["metrics"][0].operator == "≥"
    assert parsed.texts["budget"] == "120"


def test_a_warning_does_not_keep_a_row_out_and_an_error_does():
    table = opened(csv_of(row(联系电话="123"), row(需求名称="")))
    mapping = recognise(table.headings, "demand")

    warned, refused = (parse_row(DEMAND, mapping, raw) for raw in table.rows)

    assert warned.is_good
    assert not refused.is_good
    assert located(refused.problems[0], refused, table.headings) == (
        "第 3 行“需求名称”列：需求名称是必填项，这一行没有填。请补上后重新导入。"
    )


def test_a_fault_in_a_column_that_nobody_reads_does_not_matter():
    table = opened(xlsx_of(["#REF!", *GOOD], headings=["序号", *HEADINGS]))

    assert parse_row(DEMAND, recognise(table.headings, "demand"), next(table.rows)).is_good


def test_only_the_bad_rows_come_back_red_with_a_comment():
    table = opened(csv_of(GOOD, row(预算万元="若干", 需求名称="无"), GOOD))

    book = load_workbook(given_back(table))

    page = book[BAD_SHEET]
    assert [cell.value for cell in page[1]][1:-1] == HEADINGS
    assert page.max_row == 2
    assert page["A2"].value == 3
    red = [cell.column_letter for cell in page[2] if cell.fill.fgColor.rgb.endswith("FBDDD7")]
    assert red == ["B", "E"]
    assert "若干" in page["E2"].comment.text
    assert "必填" in page["B2"].comment.text
    assert "第二步" in [line[0].value for line in book["说明"].iter_rows()]


def test_a_mended_file_of_bad_rows_can_be_loaded_as_it_is():
    out = given_back(opened(csv_of(row(预算万元="若干"))))
    book = load_workbook(out)
    book[BAD_SHEET]["E2"].value = "120万元"

    table = open_table(io.BytesIO(saved(book)), name="退回.xlsx", kind="demand")
    parsed = parse_row(DEMAND, recognise(table.headings, "demand"), next(table.rows))

    assert table.sheet == BAD_SHEET
    assert recognise(table.headings, "demand").unknown == ()
    assert parsed.is_good
    assert parsed.values["title"] == GOOD[0]


def test_the_widths_of_a_bureau_s_columns_are_kept():
    table = opened(saved(bureau_sheet()))

    page = load_workbook(given_back(table))[BAD_SHEET]

    assert page.column_dimensions["C"].width == 33  # the second column of the source, behind the row number


@pytest.mark.parametrize(
    "text", ["=1+1", "=cmd|' /C calc'!A0", "+A1", "-1", "@SUM(A1)", "#N/A", "＝1+1", "TRUE"]
)
def test_no_text_of_ours_ever_runs_in_a_workbook(text: str):
    out = io.BytesIO()
    write_xlsx(["甲"], [[text]], out)

    cell = load_workbook(out)["清单"]["A2"]

    assert (cell.value, cell.data_type) == (text, "s")
    with zipfile.ZipFile(out) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


@pytest.mark.parametrize(
    ("value", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("  =1", "'  =1"),
        ("\n+1", "'\n+1"),
        ("＝1", "'＝1"),
        ("-5", "'-5"),
        (-5, -5),
        ("甲=乙", "甲=乙"),
        ("", ""),
        (None, None),
        ("半\ud83d个", "半\ufffd个"),
    ],
)
def test_a_cell_of_a_text_file_cannot_run_either(value: object, safe: object):
    assert safe_cell(value) == safe


@settings(deadline=None)  # a busy machine is no fault of the reader
@given(st.text(max_size=50))
def test_every_safe_text_begins_harmlessly_and_keeps_its_words(text: str):
    safe = safe_cell(text)

    assert safe.lstrip()[:1] not in tuple("=+-@＝＋－＠")
    assert safe[:1] not in ("\t", "\r")
    safe.encode("utf-8")


@settings(deadline=None)  # a busy machine is no fault of the reader
@given(
    st.lists(
        st.lists(
            st.one_of(st.text(max_size=40), st.integers(-(10**9), 10**9), st.dates(), st.none()),
            min_size=3,
            max_size=3,
        ),
        max_size=5,
    )
)
def test_whatever_is_in_the_rows_the_workbook_opens(rows: list[list[object]]):
    out = io.BytesIO()

    assert write_xlsx(["甲", "乙", "丙"], rows, out, title="标题", note="共若干项") == len(rows)

    page = load_workbook(out)["清单"]
    assert [cell.value for cell in page[3]] == ["甲", "乙", "丙"]


def test_a_list_prints_on_landscape_pages_with_its_headings_on_each():
    out = io.BytesIO()
    write_xlsx(["序号", "需求名称"], [[1, "脱壳机"]], out, title="需求清单", header="张三 & 李四")

    page = load_workbook(out)["清单"]

    assert page.freeze_panes == "A3"
    assert page.print_title_rows == "$2:$2"
    assert (page.page_setup.orientation, page.page_setup.paperSize, page.page_setup.fitToWidth) == (
        "landscape",
        9,
        1,
    )
    assert page.sheet_properties.pageSetUpPr.fitToPage
    assert "&P" in page.oddFooter.center.text
    assert page.oddHeader.right.text == "张三 && 李四"


def test_two_sheets_with_odd_names_make_one_workbook():
    out = io.BytesIO()

    count = write_workbook([SheetPlan("需求/成果[1]", ["甲"], [["a"]]), SheetPlan("", ["甲"], [["b"]])], out)

    assert count == 2
    assert load_workbook(out).sheetnames == ["需求 成果 1", "清单"]
