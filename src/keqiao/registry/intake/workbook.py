"""The house's one writer of .xlsx files and its rule for cells that go out: text stays text, no formula runs.

Rule: security-and-privacy.md §8.1. Look: A4 landscape, frozen headings, wrapped cells, page numbers.
"""

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

from keqiao.core.texts import SURROGATES, plain_text

Value = str | int | float | Decimal | dt.date | bool | Sequence[str] | None
"""What a cell may hold; a sequence of texts is written with 、 between."""

_RUNS = "=+-@\t\r＝＋－＠"
INK, PALE, LINE, RED, SOFT = "15222B", "E3EFF3", "BCC8CB", "FBDDD7", "55646D"
"""The house's colours, lines a little darker than on the screen so that they print."""
FONT = "微软雅黑"
_HAIR = Side(style="thin", color=LINE)
_BOX = Border(left=_HAIR, right=_HAIR, top=_HAIR, bottom=_HAIR)
_TITLE_FONT = Font(name=FONT, size=16, bold=True, color=INK)
_NOTE_FONT = Font(name=FONT, size=9, color=SOFT)
_HEAD_FONT = Font(name=FONT, size=10, bold=True, color=INK)
_BODY_FONT = Font(name=FONT, size=10, color=INK)
_HEAD_FILL = PatternFill("solid", fgColor=PALE)
_RED_FILL = PatternFill("solid", fgColor=RED)
_TEXT_PLACE = Alignment(vertical="center", horizontal="left", indent=1, wrap_text=True)
_NUMBER_PLACE = Alignment(vertical="center", horizontal="right", indent=1)
_SHORT_PLACE = Alignment(vertical="center", horizontal="center", wrap_text=True)
_HEAD_PLACE = Alignment(vertical="center", horizontal="center", wrap_text=True)
_TITLE_PLACE = Alignment(vertical="center", horizontal="centerContinuous")


def safe_cell(value: Any) -> Any:
    """A value fit for a .csv that people open in Excel or WPS: text that would run gets a ' before it.

    Text counts as running when its first character that is no blank is = + - @ (also full-width), tab or return.
    Numbers stay numbers: -5 is no text. Surrogates become U+FFFD, other control characters are dropped.
    """
    if not isinstance(value, str):
        return value
    text = SURROGATES.sub("\ufffd", value)
    text = "".join(char for char in text if char in "\n\t\r" or ord(char) >= 32)
    runs = text[:1] in ("\t", "\r") or text.lstrip(" \n\u00a0\u3000\ufeff\u200b")[:1] in tuple(_RUNS)
    return "'" + text if text and runs else text


def text_cell(sheet: Any, value: Value) -> Cell:
    """A cell that shows what it is given: texts as texts even when they begin with =, numbers and dates as such."""
    if isinstance(value, bool):
        value = "是" if value else "否"
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        value = None
    if isinstance(value, dt.date) and value.year < 1900:
        value = value.isoformat()  # Excel's calendar begins in 1900
    if isinstance(value, Sequence):
        text = plain_text(value if isinstance(value, str) else "、".join(str(one) for one in value))
        cell = WriteOnlyCell(sheet, value=None)
        cell.value = text
        cell.data_type = "s"  # openpyxl takes "=…" for a formula and "#N/A" for an error unless told
        if text.lstrip()[:1] in tuple(_RUNS):
            cell.quotePrefix = True  # so that it stays text when somebody edits it
        return cell
    cell = WriteOnlyCell(sheet)
    cell.value = value
    if isinstance(value, dt.date):
        cell.number_format = "yyyy-mm-dd"
    elif isinstance(value, Decimal) and value.as_tuple().exponent == -2:
        cell.number_format = "#,##0.00"  # money to the cent
    return cell


def text_width(text: str) -> int:
    """Columns that a text takes on its widest line: 2 for a Chinese character, 1 for a Latin one."""
    return max(
        (
            sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line)
            for line in text.split("\n")
        ),
        default=0,
    )


@dataclass
class SheetPlan:
    """One sheet to write. widths: per column in characters, guessed from headings and the first rows when empty.

    marks: (row position from 0, column from 0) -> message; such cells turn red and carry it as a comment.
    total: shown under the title (“共 371 项”…); `note` is free text there.
    """

    name: str
    headings: Sequence[str]
    rows: Iterable[Sequence[Value]]
    title: str = ""
    note: str = ""
    widths: Sequence[float] = ()
    marks: Mapping[tuple[int, int], str] | None = None
    autofilter: bool = True


def write_xlsx(
    headings: Sequence[str],
    rows: Iterable[Sequence[Value]],
    out: Path | str | IO[bytes],
    *,
    title: str = "",
    note: str = "",
    widths: Sequence[float] = (),
    sheet: str = "清单",
    header: str = "",
    footer: str = "",
) -> int:
    """Write one table as a good-looking workbook and return the number of rows. Memory: about the widths sample.

    title: first row, over all columns. note: second row (date, source, unit). header, footer: printed on every
    page beside the page number (watermark: who, when). widths: in characters, guessed when empty.
    """
    plan = SheetPlan(sheet, headings, rows, title=title, note=note, widths=widths)
    return write_workbook([plan], out, header=header, footer=footer)


def write_workbook(
    plans: Sequence[SheetPlan], out: Path | str | IO[bytes], *, header: str = "", footer: str = ""
) -> int:
    """Write several sheets into one workbook; returns the rows written in all of them."""
    book = Workbook(write_only=True)
    book.properties.creator = "科桥"
    count = 0
    for plan in plans:
        count += _write_sheet(book, plan, header, footer)
    book.save(out)
    return count


def _sheet_name(name: str) -> str:
    return re.sub(r"[\[\]:*?/\\']", " ", plain_text(name)).strip()[:31] or "清单"


def _write_sheet(book: Any, plan: SheetPlan, header: str, footer: str) -> int:
    sheet = book.create_sheet(_sheet_name(plan.name))
    rows = iter(plan.rows)
    sample = [row for row, _ in zip(rows, range(200), strict=False)]
    widths = list(plan.widths) or guess_widths(plan.headings, sample)
    for index, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(index)].width = width
    head = sum(1 for text in (plan.title, plan.note) if text) + 1
    sheet.freeze_panes = f"A{head + 1}"
    _print_setup(
        sheet, head, header, footer
    )  # before the first row: a streamed sheet writes its settings first
    _write_top(sheet, plan, len(plan.headings))
    sheet.row_dimensions[head].height = _height(plan.headings, widths) + 6
    sheet.append([_head_cell(sheet, text) for text in plan.headings])
    count, styles = 0, _Styles()
    short = [width <= 10 for width in widths] + [False] * max(0, len(plan.headings) - len(widths))
    for row in _chain(sample, rows):
        sheet.row_dimensions[head + 1 + count].height = _height(row, widths)
        sheet.append(
            [_body_cell(sheet, value, count, column, plan, short, styles) for column, value in enumerate(row)]
        )
        count += 1
    if plan.autofilter and count and plan.headings:
        sheet.auto_filter.ref = f"A{head}:{get_column_letter(len(plan.headings))}{head + count}"
    return count


def _chain(first: Iterable[Sequence[Value]], rest: Iterable[Sequence[Value]]) -> Iterable[Sequence[Value]]:
    yield from first
    yield from rest


def _height(row: Sequence[Value], widths: Sequence[float]) -> float:
    """Points that a row needs for its wrapped texts, 20 to 409 (the format's limit)."""
    most = 1
    for value, width in zip(row, widths, strict=False):
        if isinstance(value, Sequence) and not isinstance(value, str):
            value = "、".join(str(one) for one in value)
        if isinstance(value, str) and value:
            room = max(2.0, width - 2.5)
            most = max(
                most, sum(max(1, math.ceil(text_width(line) / room)) for line in value[:2000].split("\n"))
            )
    return min(409.0, 5.0 + 15.0 * most)


def _write_top(sheet: Any, plan: SheetPlan, width: int) -> None:
    """Title and note rows, centred over the columns without merging, so that sorting works."""
    count = 0
    for text, font, height in ((plan.title, _TITLE_FONT, 34), (plan.note, _NOTE_FONT, 18)):
        if not text:
            continue
        count += 1
        sheet.row_dimensions[count].height = height
        cells = [text_cell(sheet, text)] + [WriteOnlyCell(sheet) for _ in range(max(0, width - 1))]
        for cell in cells:
            cell.font, cell.alignment = font, _TITLE_PLACE
        sheet.append(cells)


def _head_cell(sheet: Any, text: str) -> Cell:
    cell = text_cell(sheet, text)
    cell.font, cell.fill, cell.border, cell.alignment = _HEAD_FONT, _HEAD_FILL, _BOX, _HEAD_PLACE
    return cell


class _Styles(dict[tuple[Any, ...], Any]):
    """The styles of body cells by what they were before and where their text stands: looking a font, a border and a
    place up for every single cell is what writing a workbook costs."""

    def dress(self, cell: Any, place: Alignment) -> None:
        key = (*(cell._style or ()), id(place))  # openpyxl keeps a cell's style under a private name alone
        if key not in self:
            cell.font, cell.border, cell.alignment = _BODY_FONT, _BOX, place
            self[key] = cell._style
        cell._style = copy(self[key])


def _body_cell(
    sheet: Any, value: Value, row: int, column: int, plan: SheetPlan, short: list[bool], styles: _Styles
) -> Cell:
    cell = text_cell(sheet, value)
    is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    is_short = column < len(short) and short[column]
    styles.dress(cell, _SHORT_PLACE if is_short else _NUMBER_PLACE if is_number else _TEXT_PLACE)
    message = plan.marks.get((row, column)) if plan.marks else None
    if message is not None:
        cell.fill = _RED_FILL
        cell.comment = _comment(message)
    return cell


def _comment(message: str) -> Comment:
    """A comment whose box is large enough for its text."""
    comment = Comment(plain_text(message), "科桥", width=300)
    comment.height = 34 + 19 * sum(-(-max(1, text_width(line)) // 40) for line in message.split("\n"))
    return comment


def guess_widths(headings: Sequence[str], sample: Sequence[Sequence[Value]]) -> list[float]:
    """Widths in characters, 6 to 48: long texts get more room, shared so that an A4 landscape page stays readable."""
    widths = []
    for column, heading in enumerate(headings):
        texts = [str(row[column]) for row in sample if column < len(row) and row[column] is not None]
        lengths = sorted(text_width(text) for text in texts) or [0]
        typical = lengths[int(0.9 * (len(lengths) - 1))]
        least = min(text_width(heading), 12)
        widths.append(float(min(48, max(6, least + 2, min(typical, 30 + typical // 12) + 4))))
    return widths


def _print_setup(sheet: Any, head: int, header: str, footer: str) -> None:
    """A4 landscape, as wide as the page, headings on every page, page numbers."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9  # A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    margins = sheet.page_margins
    margins.left = margins.right = 0.5
    margins.top, margins.bottom, margins.header, margins.footer = 0.7, 0.7, 0.3, 0.3
    sheet.print_title_rows = f"{head}:{head}"
    sheet.print_options.horizontalCentered = True
    sheet.oddFooter.center.text = "第 &P 页 共 &N 页"
    sheet.oddFooter.center.size = 9
    if footer:
        sheet.oddFooter.right.text, sheet.oddFooter.right.size = _printed(footer), 9
    if header:
        sheet.oddHeader.right.text, sheet.oddHeader.right.size = _printed(header), 9


def _printed(text: str) -> str:
    """Text for a page header: & starts a code there, and 255 characters is the limit."""
    return plain_text(text).replace("&", "&&")[:200]
