"""What goes back to the officer: rejected rows that can be mended and uploaded, and forms that can be filled in."""

import json
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook

from keqiao.core.errors import NotFound
from keqiao.registry.demand.models import Demand
from keqiao.registry.intake.headings import recognise
from keqiao.registry.intake.kinds import KINDS
from keqiao.registry.intake.lookups import match_name
from keqiao.registry.intake.models import RunMode
from keqiao.registry.intake.rejected import template_for, write_rejected_rows
from keqiao.registry.intake.rows import row_parser
from keqiao.registry.intake.runner import receive_path, start, write
from keqiao.registry.intake.tables import open_table, tables_in

ROWS = [
    {
        "需求名称": "高盐废水回收",
        "需求单位": "示例一号印染有限公司",
        "需求内容": "回收硫酸钠",
        "预算(万元)": "50",
    },
    {"需求名称": "", "需求单位": "示例二号印染有限公司", "需求内容": "降低能耗", "预算(万元)": "60"},
    {
        "需求名称": "涂层起泡",
        "需求单位": "示例三号机械有限公司",
        "需求内容": "提高附着力",
        "预算(万元)": "三五个",
    },
]


@pytest.mark.django_db
def test_mended_rows_of_the_returned_file_complete_the_registry(tmp_path: Path) -> None:
    source = tmp_path / "需求.jsonl"
    source.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS), encoding="utf-8")
    run = write(
        start(run=receive_path(path=source, by=None), mode=RunMode.GOOD_ROWS, land_as="published", by=None)
    )
    returned = tmp_path / "退回.xlsx"

    count = write_rejected_rows(run, returned)

    assert count == run.rejected_count >= 1
    book = load_workbook(returned)
    sheet = book["待改正的行"]
    headings = [cell.value for cell in sheet[1]]
    at = headings.index("需求名称")
    bad = sheet.cell(2, at + 1)
    assert bad.comment is not None
    assert "必填" in bad.comment.text
    assert bad.fill.fgColor.rgb.endswith("FBDDD7")
    bad.value = "注塑机节能"
    book.save(returned)
    again = receive_path(path=returned, by=None, kind="demand")
    again = write(start(run=again, mode=RunMode.GOOD_ROWS, land_as="published", by=None))
    assert again.new_count >= 1
    assert Demand.objects.filter(title="注塑机节能", organisation_name="示例二号印染有限公司").exists()


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_form_as_downloaded_holds_no_data_and_its_headings_are_all_understood(
    kind: str, tmp_path: Path
) -> None:
    form = tmp_path / "模板.xlsx"
    form.write_bytes(template_for(kind))

    table = tables_in(form)[0]

    assert table.sheet == f"{KINDS[kind].label}清单"
    mapping = recognise(table.headings)
    assert mapping.kind == kind
    assert mapping.unknown == ()
    assert mapping.missing == ()
    assert mapping.doubts == {}
    assert list(table.rows) == []
    assert table.passed_over == [(2, "示例行")]


@pytest.mark.parametrize("kind", list(KINDS))
def test_the_example_row_is_one_that_would_be_accepted(kind: str, tmp_path: Path) -> None:
    book = load_workbook(BytesIO(template_for(kind)))
    sheet = book.worksheets[0]
    sheet.cell(2, 1).value = 1
    for cell in sheet[2]:
        if str(cell.value).startswith(("县区名称", "专利申请号")):
            cell.value = "固镇县" if str(cell.value).startswith("县区") else "CN202510000000.0"
    form = tmp_path / "填好.xlsx"
    book.save(form)

    table = open_table(form)
    row = row_parser(KINDS[kind], recognise(table.headings, kind), match_name)(next(table.rows))

    assert [p.message for p in row.problems if p.is_error] == []
    for one in KINDS[kind].required:
        assert one.key in row.values


def test_the_drop_down_lists_offer_the_names_of_the_code_lists() -> None:
    book = load_workbook(BytesIO(template_for("demand")))

    form, options = book.worksheets[0], book["选项"]

    assert options.sheet_state == "hidden"
    rules = form.data_validations.dataValidation
    offered = {cell.value for row in options.iter_rows() for cell in row}
    assert {"技术攻关", "联合开发", "环境保护与资源综合利用", "名称脱敏公开"} <= offered
    assert all("选项" in rule.formula1 for rule in rules)
    assert len(rules) >= 5


def test_there_is_no_form_for_an_unknown_kind() -> None:
    with pytest.raises(NotFound, match="模板"):
        template_for("recipe")
