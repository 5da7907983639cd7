"""What goes back to the officer: the rejected rows of a run with red cells, and the empty form to fill in."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import IO

from django.conf import settings
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from keqiao.codes import divisions, lists
from keqiao.core.errors import NotFound
from keqiao.registry.intake.fields import FieldSpec, KindSpec, Parse
from keqiao.registry.intake.kinds import KINDS
from keqiao.registry.intake.models import IntakeRun, RejectedRow
from keqiao.registry.intake.problems import Level, Problem
from keqiao.registry.intake.redcells import Bad, write_rejected
from keqiao.registry.intake.samples import SAMPLES
from keqiao.registry.intake.tables import SAMPLE_MARK, RawRow, Table
from keqiao.registry.intake.workbook import FONT, INK, LINE, PALE, SOFT, text_width

# --- rejected rows -----------------------------------------------------------------------------------------------


def write_rejected_rows(run: IntakeRun, target: Path | IO[bytes]) -> int:
    """Write the run's rejected rows as .xlsx under the headings of its file; returns how many.

    Bad cells are red with a comment. The file can be mended and uploaded as it is.
    """
    table = Table(
        name=run.origin.file_name,
        sheet=run.origin.sheet,
        headings=tuple(run.headings),
        kind=run.kind,
        format="xlsx",
        row_count_hint=run.rejected_count or None,
        heading_row=1,
    )
    written = run.written_count + run.unchanged_count
    by = f"{run.by} 于 {run.created_at:%Y-%m-%d} 导入" if run.by else ""
    return write_rejected(table, _bad(run), target, accepted=written or None, by=by)


def _bad(run: IntakeRun) -> Iterator[Bad]:
    for row in run.rejected.order_by("position").iterator(chunk_size=500):
        yield RawRow(row.row, tuple(row.cells)), problems_of(row)


def problems_of(row: RejectedRow) -> list[Problem]:
    """The row's findings as values again, errors first."""
    return [
        Problem(one.get("column"), Level(one["level"]), one["code"], one["message"], one.get("value", ""))
        for one in row.problems
    ]


# --- the empty form ----------------------------------------------------------------------------------------------

_LEFT_OUT = frozenset(
    {"source_document", "source_note", "is_sample"}
)  # what we ourselves keep, nobody collects it
_MOST_CHOICES = 80  # a longer drop-down list helps nobody
_ROWS = 2000  # rows that carry the drop-down lists
_OPTIONS = "选项"
_LINE = Side(style="thin", color=LINE)
_BOX = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_WORDS = {
    Parse.LIST: "多个之间用“、”隔开",
    Parse.CODES: "可填多个，用“、”隔开",
    Parse.MONEY: "填数字，单位为万元；也可写“面议”",
    Parse.DATE: "例如 2026-03-15",
    Parse.DEADLINE: "例如 2026-12-31，或“18个月”",
    Parse.YEAR: "例如 2026",
    Parse.PHONE: "手机或带区号的座机",
    Parse.EMAIL: "例如 name@example.cn",
    Parse.USCC: "18 位，可在营业执照上找到",
    Parse.METRICS: "一项一行或用“；”隔开，写明数值，例如“回收率≥90%”",
    Parse.FLAG: "是或否",
}


def template_for(kind: str) -> bytes:
    """The collection form of a kind as .xlsx: headings, drop-down lists, one example row, a sheet of instructions.

    The example row begins with 示例行 and is passed over when the form comes back. Raises NotFound for an unknown kind.
    """
    if kind not in KINDS:
        raise NotFound("模板", kind)
    spec = KINDS[kind]
    fields = [one for one in spec.fields if one.key not in _LEFT_OUT]
    book = Workbook()
    form = book.active
    assert isinstance(form, Worksheet)  # a new workbook has one
    form.title = f"{spec.label}清单"
    guide, options = book.create_sheet("填写说明"), book.create_sheet(_OPTIONS)
    options.sheet_state = "hidden"
    _form(form, spec, fields)
    _choices(form, options, fields)
    _guide(guide, spec, fields)
    book.properties.creator = "科桥"
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def heading_of(one: FieldSpec) -> str:
    """The heading of a field on our forms: a star before what is required, the unit of money behind."""
    return f"{'*' if one.required else ''}{one.label}{'(万元)' if one.parse is Parse.MONEY else ''}"


def choices_of(one: FieldSpec) -> list[str]:
    """The names that may be chosen for a field; empty when it has no list or one too long for a drop-down."""
    if one.code_list == "division":
        home = settings.KEQIAO_HOME_DIVISION[:4]
        return [row.name for row in divisions.children(home)] if len(home) == 4 else []
    key = one.code_list.split("|")[0]
    if not key:
        return ["是", "否"] if one.parse is Parse.FLAG else []
    found = [item.name for item in lists.items(key)] if lists.packed(key) is None else []
    return found if len(found) <= _MOST_CHOICES else []


def _form(sheet: Worksheet, spec: KindSpec, fields: list[FieldSpec]) -> None:
    """Headings in the first row, the example in the second: nothing else, so that any program reads it."""
    head, body = Font(name=FONT, size=10, bold=True, color=INK), Font(name=FONT, size=10, color=INK)
    middle = Alignment(horizontal="center", vertical="center", wrap_text=True)
    left = Alignment(vertical="center", wrap_text=True)
    sample = SAMPLES[spec.kind]
    headings = ["序号", *map(heading_of, fields)]
    texts = [SAMPLE_MARK, *(sample.get(one.key, "") for one in fields)]
    for column, (heading, text) in enumerate(zip(headings, texts, strict=True), start=1):
        is_required = column > 1 and fields[column - 2].required
        cell = sheet.cell(1, column, heading)
        cell.font, cell.alignment, cell.border = head, middle, _BOX
        cell.fill = PatternFill("solid", fgColor="F6E3C3" if is_required else PALE)
        if column > 1:
            cell.comment = _comment(_advice(fields[column - 2]))
        shown = sheet.cell(2, column, text)
        shown.font = Font(name=FONT, size=10, color=SOFT) if column > 1 else body
        shown.alignment, shown.border = left, _BOX
        sheet.column_dimensions[get_column_letter(column)].width = _width(heading, text)
    sheet.row_dimensions[1].height, sheet.row_dimensions[2].height = 34, 96
    sheet.freeze_panes = "B2"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True  # type: ignore[union-attr]  # openpyxl makes it
    sheet.print_title_rows = "1:1"


def _width(heading: str, text: str) -> float:
    return float(max(text_width(heading) + 4, min(40, text_width(text) // 2 + 4), 10))


def _comment(text: str) -> Comment:
    comment = Comment(text, "科桥", width=260)
    comment.height = 34 + 19 * -(-text_width(text) // 34)
    return comment


def _advice(one: FieldSpec) -> str:
    """What to write into a field, in a sentence."""
    parts = ["必填" if one.required else "选填"]
    if words := _WORDS.get(one.parse):
        parts.append(words)
    if one.code_list == "division":
        parts.append("填到县、区，例如“固镇县”")
    elif one.code_list and choices_of(one):
        parts.append("从下拉列表中选")
    elif one.code_list:
        parts.append(f"填{lists.info(one.code_list.split('|')[0]).name}的名称或代码")
    if one.parse in (Parse.TEXT, Parse.PROSE):
        parts.append(f"不超过 {one.max_length:,} 字")
    if one.personal:
        parts.append("个人信息，公开页面上不显示")
    return "；".join(parts) + "。"


def _choices(form: Worksheet, options: Worksheet, fields: list[FieldSpec]) -> None:
    """Drop-down lists whose names stand on the hidden sheet; several may be typed where several are allowed."""
    used = 0
    for column, one in enumerate(fields, start=2):
        names = choices_of(one)
        if not names:
            continue
        used += 1
        letter = get_column_letter(used)
        for row, name in enumerate(names, start=1):
            options.cell(row, used, name)
        is_open = one.parse is Parse.CODES or one.code_list == "division"
        rule = DataValidation(
            type="list",
            formula1=f"'{_OPTIONS}'!${letter}$1:${letter}${len(names)}",
            allow_blank=True,
            showErrorMessage=not is_open,
            errorTitle="请从列表中选",
            error=f"“{one.label}”只能填列表里的名称。",
        )
        rule.add(f"{get_column_letter(column)}2:{get_column_letter(column)}{_ROWS}")
        form.add_data_validation(rule)


def _guide(sheet: Worksheet, spec: KindSpec, fields: list[FieldSpec]) -> None:
    """How to fill in the form, then one line a column."""
    steps = [
        f"在第一张表“{spec.label}清单”里填写，一行一项。带 * 的列必填，其余尽量填，越完整越容易对接成功。",
        f"第 2 行是{SAMPLE_MARK}，写着填法，导入时自动跳过，也可以删去。",
        "不要改动列名；用不到的列可以整列删去，列的先后可以调换。",
        "填好后在“表格导入”页面上传本文件。系统先检查、后写入，有问题的行会标红退回。",
    ]
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 24, 12
    sheet.column_dimensions["C"].width = 92
    sheet.cell(1, 1, f"{spec.label}清单填写说明").font = Font(name=FONT, size=16, bold=True, color=INK)
    for row, step in enumerate(steps, start=2):
        sheet.cell(row, 1, f"{row - 1}. {step}").font = Font(name=FONT, size=10, color=INK)
    top = len(steps) + 3
    rows = [
        ("列", "要求", "怎么填"),
        *((one.label, "必填" if one.required else "选填", _advice(one)) for one in fields),
    ]
    for row, cells in enumerate(rows, start=top):
        for column, text in enumerate(cells, start=1):
            cell = sheet.cell(row, column, text)
            cell.font, cell.border = Font(name=FONT, size=10, bold=row == top, color=INK), _BOX
            cell.alignment = Alignment(vertical="center", wrap_text=True)
            if row == top:
                cell.fill = PatternFill("solid", fgColor=PALE)
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True  # type: ignore[union-attr]  # openpyxl makes it
