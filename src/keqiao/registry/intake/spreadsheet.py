"""Sheets of an .xlsx workbook: values as last calculated, and what openpyxl's fast reader does not tell."""

import datetime as dt
import re
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, Any

from lxml import etree
from openpyxl import load_workbook
from openpyxl.reader import excel
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from keqiao.registry.intake.guards import Limits
from keqiao.registry.intake.problems import Problem, error, warning
from keqiao.registry.intake.refusals import BadFile, Place
from keqiao.registry.intake.sources import Cell, Line, Opener, Sheet, Span

_ERRORS = frozenset(
    {"#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#GETTING_DATA"}
)
_OUTSIDE = re.compile(r"\||\[\d+\]|webservice|hyperlink|call\(|register|exec\(|dde", re.IGNORECASE)
_MAX_NOTED = 50_000


@dataclass
class _Scan:
    """What the XML of a sheet says beside its values."""

    formulas: dict[int, dict[int, str]] = field(default_factory=dict)  # row -> column -> text, all from 1
    formula_count: int = 0
    hidden: set[int] = field(default_factory=set)
    spans: list[Span] = field(default_factory=list)
    widths: dict[int, float] = field(default_factory=dict)
    last_row: int = 0


def _scan(part: IO[bytes]) -> _Scan:
    """One pass over a sheet part, in flat memory."""
    scan = _Scan()
    wanted = tuple("{*}" + tag for tag in ("row", "f", "col", "mergeCell"))
    for _, element in etree.iterparse(
        part,
        events=("end",),
        tag=wanted,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    ):
        match etree.QName(element).localname:
            case "f":
                _note_formula(scan, element)
                continue  # its row is cleared when the row ends
            case "row":
                _note_row(scan, element)
            case "col":
                _note_width(scan, element)
            case "mergeCell":
                left, top, right, bottom = range_boundaries(element.get("ref", "A1"))
                if None not in (left, top, right, bottom):
                    scan.spans.append(Span(int(top or 1), int(left or 1), int(bottom or 1), int(right or 1)))
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]
    return scan


def _note_formula(scan: _Scan, element: Any) -> None:
    where = element.getparent().get("r")
    if where and scan.formula_count < _MAX_NOTED:
        left, top, _, _ = range_boundaries(where)
        scan.formulas.setdefault(int(top or 0), {})[int(left or 0)] = "=" + (element.text or "…")
        scan.formula_count += 1


def _note_row(scan: _Scan, element: Any) -> None:
    number = int(element.get("r") or scan.last_row + 1)
    has_values = len(element) > 0 and any(len(cell) for cell in element)
    if has_values:
        scan.last_row = max(scan.last_row, number)
    if has_values and element.get("hidden") in ("1", "true"):
        scan.hidden.add(number)


def _note_width(scan: _Scan, element: Any) -> None:
    first, last = int(element.get("min", 1)), int(element.get("max", 1))
    for column in range(first, min(last, first + 200) + 1):
        scan.widths[column] = float(element.get("width") or 9)


class _Unsized(ReadOnlyWorksheet):
    """A sheet whose stated size nobody asks for: where none is stated, openpyxl reads the whole sheet to look for it,
    once for every time a workbook is opened, and what is stated is often wrong."""

    def _get_size(self) -> None:
        return


# The reader takes no class of its own; nobody here asks for a size
excel.ReadOnlyWorksheet = _Unsized  # type: ignore[attr-defined]  # its stub names only what it defines


@contextmanager
def _workbook(open_file: Opener, name: str) -> Iterator[Any]:
    """The workbook, read-only, values as last calculated, links to other files left out. Raises BadFile."""
    try:
        with open_file() as file, warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # openpyxl warns of styles and extensions that it drops; none matters
            book = load_workbook(file, read_only=True, data_only=True, keep_links=False, keep_vba=False)
            try:
                yield book
            finally:
                book.close()
    except BadFile:
        raise
    except _BROKEN as broken:
        raise _unreadable(name) from broken


_BROKEN = (
    zipfile.BadZipFile,
    etree.XMLSyntaxError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    OSError,
    SyntaxError,
    OverflowError,
)
# openpyxl has no one exception for a malformed workbook: these are what its readers let through. SyntaxError is
# the base of the standard library's ParseError.


def _unreadable(name: str) -> BadFile:
    return BadFile(
        "xlsx.unreadable",
        f"文件“{name}”的内部结构已损坏，读不出工作表。请用 Excel 或 WPS 打开，按提示修复，另存为新的 .xlsx 后重新上传。",
    )


def sheets(open_file: Opener, name: str, limits: Limits) -> list[Sheet]:
    """Every worksheet, in the workbook's order, hidden ones marked."""
    found: list[Sheet] = []
    with _workbook(open_file, name) as book, open_file() as file, zipfile.ZipFile(file) as archive:
        for sheet in book.worksheets:
            with archive.open(_part_of(sheet)) as part:
                scan = _scan(part)
            found.append(_sheet(open_file, name, limits, sheet.title, sheet.sheet_state != "visible", scan))
    if not found:
        raise BadFile(
            "xlsx.no-sheet", f"文件“{name}”里没有工作表（可能只有图表）。请把数据放进工作表后重新上传。"
        )
    return found


def _part_of(sheet: Any) -> str:
    """The zip entry of a sheet; openpyxl keeps it under a private name and offers no other."""
    return str(sheet._worksheet_path)


def _sheet(open_file: Opener, name: str, limits: Limits, title: str, is_hidden: bool, scan: _Scan) -> Sheet:
    notes = []
    if scan.hidden:
        notes.append(f"有 {len(scan.hidden)} 行被隐藏或筛选掉，已一并读入；不需要的请在原表删除后重新导入。")
    return Sheet(
        name=title,
        lines=lambda: _lines(open_file, name, limits, title, scan),
        is_hidden=is_hidden,
        count_hint=scan.last_row,
        spans=tuple(scan.spans),
        widths=scan.widths,
        notes=notes,
    )


def _lines(open_file: Opener, name: str, limits: Limits, title: str, scan: _Scan) -> Iterator[Line]:
    with _workbook(open_file, name) as book:
        sheet = book[title]
        sheet.reset_dimensions()  # the stated size is often wrong: one cell, or the whole grid
        for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
            if number > scan.last_row:
                return
            cells = [_cell(value) for value in row]
            while cells and cells[-1] is None:
                cells.pop()
            if len(cells) > limits.max_columns:
                raise BadFile(
                    "columns.too-many",
                    f"工作表“{title}”第 {number} 行用到了第 {len(cells)} 列（{get_column_letter(len(cells))} 列），"
                    f"超过 {limits.max_columns} 列。请删去右侧多余的内容后重新上传。",
                    Place(title, number),
                )
            yield Line(number, tuple(cells), tuple(_findings(number, cells, scan)))


def _cell(value: Any) -> Cell:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    if value is None or isinstance(value, str | int | float | dt.date):
        return value if value != "" else None
    return str(value)


def _findings(number: int, cells: list[Cell], scan: _Scan) -> Iterator[Problem]:
    """Formulas and error values among the cells of a line."""
    for index, value in enumerate(cells):
        if isinstance(value, str) and value in _ERRORS:
            yield error(
                "cell.excel-error",
                f"这一格是 Excel 的错误值 {value}，说明公式引用的内容已不存在。请改填实际内容。",
                column=index,
                value=value,
            )
    for column, formula in sorted(scan.formulas.get(number, {}).items()):
        # one without a result may stand right of the last value, where the line has no cell any more
        yield _formula(column - 1, formula, cells[column - 1] if column <= len(cells) else None)


def _formula(index: int, formula: str, value: Cell) -> Problem:
    if _OUTSIDE.search(formula):
        return error(
            "cell.formula-outside",
            f"这一格的公式 {formula[:40]} 会调用外部文件或程序，不接收。请复制该列，“选择性粘贴-数值”后重新上传。",
            column=index,
            value=formula,
        )
    if value is None:
        return error(
            "cell.formula-empty",
            f"这一格是公式 {formula[:40]}，文件里没有它的计算结果。请用 Excel 或 WPS 打开保存一次，或“选择性粘贴-数值”后重新上传。",
            column=index,
            value=formula,
        )
    return warning(
        "cell.formula",
        f"这一格是公式 {formula[:40]}，已按表中最后一次计算的结果“{str(value)[:40]}”读入，请核对。",
        column=index,
        value=formula,
    )
