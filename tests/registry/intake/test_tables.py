"""A bureau's real files open as tables, whatever stands above, beside and below the rows."""

import datetime as dt
import gzip
import io
import json
import tracemalloc
from pathlib import Path

import docx
import pytest
from openpyxl import Workbook

from keqiao.registry.intake.guards import COMMAND_LINE, display_name
from keqiao.registry.intake.headings import recognise
from keqiao.registry.intake.refusals import BadFile
from keqiao.registry.intake.tables import open_table, tables_in
from tests.registry.intake.hostile import GOOD, HEADINGS, csv_of, docx_of, saved, xlsx_of


def bureau_sheet() -> Workbook:
    """A sheet as bureaus keep it: title, two-level headings, merged units, a hidden row, a total, a footer."""
    book = Workbook()
    page = book.active
    page.title = "汇总"
    page.append(["××市 2026 年企业技术需求征集汇总表"])
    page.append(["序号", "需求信息", None, None, "单位信息", None, "联系方式", None])
    page.append(
        [None, "项目名称", "需求内容", "投入预算\n（万元）", "企业名称", "所在县区", "联系人", "电话"]
    )
    page.append([1, "脱壳机", "破碎率高", 120, "甲公司", "磴口县", "张三", 13800138000])
    page.append([2, "烘干机", "能耗高", 80.5, None, None, "李四", "0478-8262013"])
    page.append([3, "色选机", dt.date(2026, 6, 30), None, "乙公司", "五原县", "王五", True])
    page.append(
        ["序号", "项目名称", "需求内容", "投入预算（万元）", "企业名称", "所在县区", "联系人", "电话"]
    )
    page.append([4, "榨油机", "出油率低", None, "丙公司", "五原县", None, None])
    page.append(["合计", None, None, 200.5])
    page.append(["填表说明：本表一式两份。"])
    for span in ("A1:H1", "A2:A3", "B2:D2", "E2:F2", "G2:H2", "E4:E5", "F4:F5"):
        page.merge_cells(span)
    page.row_dimensions[6].hidden = True
    page.column_dimensions["B"].width = 33
    return book


def test_the_rows_of_a_bureau_s_sheet_are_found_under_titles_and_two_levels_of_headings():
    table = open_table(io.BytesIO(saved(bureau_sheet())), name="需求.xlsx")

    rows = list(table.rows)

    assert table.kind == "demand"
    assert table.heading_row == 2
    assert table.headings[:4] == (
        "序号",
        "需求信息 / 项目名称",
        "需求信息 / 需求内容",
        "需求信息 / 投入预算（万元）",
    )
    assert sorted(recognise(table.headings).columns.values()) == sorted(
        ["title", "content", "budget", "organisation", "division", "contact_name", "contact_phone"]
    )
    assert [row.number for row in rows] == [4, 5, 6, 8]
    assert rows[0].cells == (1, "脱壳机", "破碎率高", 120, "甲公司", "磴口县", "张三", 13800138000)
    assert table.row_count_hint == 4


def test_a_unit_merged_over_two_demands_belongs_to_both():
    rows = list(open_table(io.BytesIO(saved(bureau_sheet())), name="需求.xlsx").rows)

    assert [row.cells[4] for row in rows] == ["甲公司", "甲公司", "乙公司", "丙公司"]
    assert rows[1].cells[5] == "磴口县"


def test_totals_footers_and_repeated_headings_are_passed_over_and_said():
    table = open_table(io.BytesIO(saved(bureau_sheet())), name="需求.xlsx")

    assert len(list(table.rows)) == 4
    assert table.passed_over == [(7, "重复的列名"), (9, "合计行"), (10, "表尾说明")]
    assert "1 行被隐藏" in table.notes[0]
    assert table.widths[2] == 33


def test_a_hidden_sheet_is_listed_last_and_opened_only_by_name():
    book = bureau_sheet()
    secret = book.create_sheet("底稿")
    for row in ([*HEADINGS, "备注"], [*GOOD, "旧"]):
        secret.append(row)
    secret.sheet_state = "hidden"
    file = io.BytesIO(saved(book))

    tables = tables_in(file, name="需求.xlsx")

    assert [(table.sheet, table.is_hidden) for table in tables] == [("汇总", False), ("底稿", True)]
    assert open_table(file, name="需求.xlsx").sheet == "汇总"
    assert next(open_table(file, name="需求.xlsx", sheet="底稿").rows).cells[-1] == "旧"


def test_rows_can_be_read_again_from_the_first():
    table = open_table(io.BytesIO(xlsx_of(GOOD, GOOD)), name="需求.xlsx")

    assert list(table.rows) == list(table.rows)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be"]
)
@pytest.mark.parametrize("separator", [",", "\t", ";", "|"])
def test_a_text_table_opens_in_every_encoding_and_separator_of_the_office(encoding: str, separator: str):
    lines = [
        ["需求名称", "需求单位", "需求内容"],
        ["脱壳机", "甲公司", '"第一行\r\n第二行，有逗号"'],
        ["", "", ""],
        ["烘干机", "乙", "丙"],
    ]
    data = "\r\n".join(separator.join(line) for line in lines).encode(encoding)

    table = open_table(io.BytesIO(data), name="需求.csv")

    assert table.headings == ("需求名称", "需求单位", "需求内容")
    assert [(row.number, row.cells) for row in table.rows] == [
        (2, ("脱壳机", "甲公司", "第一行\r\n第二行，有逗号")),
        (4, ("烘干机", "乙", "丙")),
    ]


def test_chinese_that_comes_late_in_a_file_of_codes_is_still_decoded():
    data = b"title,organisation,content\r\n" + b"a,b,c\r\n" * 50_000 + "末行,乙,丙\r\n".encode("gb18030")

    *_, last = open_table(io.BytesIO(data), name="需求.csv", limits=COMMAND_LINE).rows

    assert last.cells == ("末行", "乙", "丙")


def test_records_of_a_jsonl_file_are_rows_with_lists_and_truths_in_words(tmp_path: Path):
    path = tmp_path / "成果.jsonl.gz"
    lines = [
        {"成果名称": "甲", "关键词": ["石墨烯", "电池"], "示例": True},
        {"成果名称": "乙", "完成单位": None, "备注": 1.5},
    ]
    path.write_bytes(gzip.compress("\n\n".join(json.dumps(line) for line in lines).encode()))

    table = open_table(path)

    assert table.headings == ("成果名称", "关键词", "示例", "完成单位", "备注")
    assert [(row.number, row.cells) for row in table.rows] == [
        (1, ("甲", "石墨烯\n电池", "是", None, None)),
        (3, ("乙", None, None, None, 1.5)),
    ]


def test_one_broken_line_does_not_stop_a_file_of_records():
    lines = ['{"需求名称": "甲"}', "{", '{"需求名称": "乙"}']

    rows = list(open_table(io.BytesIO("\n".join(lines).encode()), name="需求.jsonl").rows)

    assert [(row.number, row.cells, len(row.problems)) for row in rows] == [
        (1, ("甲",), 0),
        (2, (), 1),
        (3, ("乙",), 0),
    ]


def _document() -> docx.document.Document:
    return docx.Document()


def _add(document: docx.document.Document, rows: list[list[str]]) -> docx.table.Table:
    table = document.add_table(len(rows), len(rows[0]))
    for line, cells in zip(table.rows, rows, strict=True):
        for cell, text in zip(line.cells, cells, strict=True):
            cell.text = text
    return table


def test_a_list_that_goes_on_in_a_second_table_is_one_list():
    document = _document()
    _add(document, [HEADINGS[:3], ["甲需求", "甲", "子"]])
    _add(document, [HEADINGS[:3], ["乙需求", "乙", "丑"]])
    _add(document, [["丙需求", "丙", "寅"]])

    table = open_table(io.BytesIO(saved(document)), name="需求.docx")

    assert [(row.where, row.cells) for row in table.rows] == [
        ("表1第 2 行", ("甲需求", "甲", "子")),
        ("表2第 2 行", ("乙需求", "乙", "丑")),
        ("表3第 1 行", ("丙需求", "丙", "寅")),
    ]


def test_a_form_with_labels_beside_values_is_one_demand_a_page():
    document = _document()
    for title in ("脱壳机", "烘干机"):
        form = _add(
            document,
            [
                ["需求名称", title, "需求单位", "甲公司"],
                ["联系人", "张三", "联系电话", "13800138000"],
                ["投入预算（万元）", "120", "", ""],
                ["拟解决的主要技术问题", "", "", ""],
                ["破碎率高\n能耗高", "", "", ""],
            ],
        )
        for row in (3, 4):
            form.cell(row, 0).merge(form.cell(row, 3))

    table = open_table(io.BytesIO(saved(document)), name="需求.docx")

    rows = [dict(zip(table.headings, row.cells, strict=True)) for row in table.rows]
    assert [row["需求名称"] for row in rows] == ["脱壳机", "烘干机"]
    assert rows[0]["需求内容"] == "破碎率高\n能耗高"
    assert rows[0]["预算"] == "120万元"
    assert rows[0]["联系电话"] == "13800138000"


def test_sheets_that_are_forms_become_one_table():
    book = Workbook()
    book.remove(book.active)
    for title in ("脱壳机", "烘干机"):
        page = book.create_sheet(title)
        for row in (
            ["企业技术需求表"],
            ["需求名称", title],
            ["企业名称", "甲公司"],
            ["需求内容", "能耗高"],
            ["完成时限", "2026年底"],
        ):
            page.append(row)

    table = open_table(io.BytesIO(saved(book)), name="需求.xlsx")

    assert [row.cells for row in table.rows] == [
        ("脱壳机", "甲公司", "能耗高", "2026年底"),
        ("烘干机", "甲公司", "能耗高", "2026年底"),
    ]


def test_deleted_words_of_a_document_are_not_read_and_inserted_ones_are():
    data = docx_of([HEADINGS[:3], ["脱壳机", "甲", "丙"]])
    document = docx.Document(io.BytesIO(data))
    paragraph = document.tables[0].cell(1, 0).paragraphs[0]._p
    run = paragraph.r_lst[0]
    ns = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    paragraph.append(docx.oxml.parse_xml(f'<w:ins {ns} w:id="1"><w:r><w:t>（新）</w:t></w:r></w:ins>'))
    paragraph.append(
        docx.oxml.parse_xml(f'<w:del {ns} w:id="2"><w:r><w:delText>旧</w:delText></w:r></w:del>')
    )
    assert run is not None

    assert next(open_table(io.BytesIO(saved(document)), name="需求.docx").rows).cells[0] == "脱壳机（新）"


def test_links_to_other_files_are_dropped_and_the_rest_is_read():
    book = Workbook()
    book.active.append(HEADINGS[:3])
    book.active.append(["脱壳机", "甲", "丙"])
    book.active["A2"].hyperlink = "http://example.invalid/x"

    assert next(open_table(io.BytesIO(saved(book)), name="需求.xlsx").rows).cells == ("脱壳机", "甲", "丙")


def test_a_table_that_nobody_understands_still_opens_for_mapping_by_hand():
    table = open_table(io.BytesIO(csv_of(["1", "2"], headings=["甲", "乙"])), name="表.csv", kind="demand")

    assert table.headings == ("甲", "乙")
    assert recognise(table.headings, "demand").columns == {}


def test_the_command_line_reads_what_the_web_refuses():
    data = csv_of(*[["a", "b", "c"]] * 20_001, headings=HEADINGS[:3])

    with pytest.raises(BadFile, match="20000"):
        open_table(io.BytesIO(data), name="需求.csv")
    assert sum(1 for _ in open_table(io.BytesIO(data), name="需求.csv", limits=COMMAND_LINE).rows) == 20_001


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_memory_does_not_grow_with_the_rows(tmp_path: Path, form: str):
    path = tmp_path / f"大表.{form}"
    cells = ["题" * 40, "单位", "内容" * 1_000]
    with path.open("w", encoding="utf-8") as file:
        if form == "csv":
            file.write(",".join(HEADINGS[:3]) + "\n")
        line = ",".join(cells) if form == "csv" else json.dumps(dict(zip(HEADINGS, cells, strict=False)))
        for _ in range(7_000):
            file.write(line + "\n")
    table = open_table(path, limits=COMMAND_LINE)

    tracemalloc.start()
    count = sum(1 for _ in table.rows)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert count == 7_000
    assert peak < 8_000_000 < 40_000_000 < path.stat().st_size


def test_a_file_name_cannot_carry_a_path():
    assert display_name("C:\\temp\\..\\需求\x00.xlsx") == "需求.xlsx"
    assert display_name("../../etc/passwd") == "passwd"
    assert len(display_name("长" * 300 + ".xlsx")) == 120


def test_the_real_demands_are_recognised(shared_dir: Path):
    table = open_table(shared_dir / "data" / "matching" / "demands.jsonl", kind="demand")

    assert sum(1 for _ in table.rows) == 371
    assert recognise(table.headings, "demand").columns == {0: "source_no", 1: "title", 2: "content"}
