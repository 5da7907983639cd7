"""The one way to open a file of rows: `tables_in` lists what is in it, `open_table` reads one table.

table = open_table("需求清单.xlsx")
mapping = recognise(table.headings, "demand")
for raw in table.rows: ...
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import IO

from keqiao.registry.intake import delimited, document, jsonlines, spreadsheet
from keqiao.registry.intake.forms import form_kind
from keqiao.registry.intake.guards import WEB, Limits, check, display_name
from keqiao.registry.intake.headings import SEPARATOR, heading_score, plain, recognise
from keqiao.registry.intake.kinds import spec_of
from keqiao.registry.intake.problems import Problem, warning
from keqiao.registry.intake.refusals import BadFile, Place
from keqiao.registry.intake.sources import Cell, Line, Opener, Sheet, Span, opener

Source = Path | str | IO[bytes]
_READERS: dict[str, Callable[[Opener, str, Limits], list[Sheet]]] = {
    "xlsx": spreadsheet.sheets,
    "csv": delimited.sheets,
    "jsonl": jsonlines.sheets,
    "docx": document.sheets,
}
_SEARCHED = 30
"""Lines in which the heading row is looked for."""
_SUMS = frozenset({"合计", "总计", "小计", "累计"})
SAMPLE_MARK = "示例行"
"""In the first cell of a row that shows how to fill in the form: no data."""
_FOOTERS = (
    "注:",
    "备注:",
    "说明:",
    "填表说明",
    "填表人",
    "填报人",
    "填报说明",
    "审核人",
    "负责人签字",
    "单位盖章",
    "制表",
)


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row of data. number: as seen in the file. cells: one per heading. where: 表2第 3 行, when rows have no
    numbers to see. problems: what the reader itself found (formulas, error values, broken lines)."""

    number: int
    cells: tuple[Cell, ...]
    problems: tuple[Problem, ...] = ()
    where: str = ""


@dataclass
class Table:
    """One table of a file. `rows` reads the file anew each time it is taken; memory stays flat for .csv and .jsonl.

    kind: the kind of record that fits the headings best. format: "xlsx" | "csv" | "jsonl" | "docx".
    heading_row: its number in the file, 0 when the format names its columns. passed_over: (number, why) of lines
    that are no data (totals, footers, repeated headings), filled while rows are read; blank lines are not noted.
    """

    name: str
    sheet: str
    headings: tuple[str, ...]
    kind: str
    format: str
    row_count_hint: int | None
    heading_row: int
    is_hidden: bool = False
    widths: dict[int, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    passed_over: list[tuple[int, str]] = field(default_factory=list)
    _read: Callable[["Table"], Iterator[RawRow]] = field(default=lambda table: iter(()), repr=False)

    @property
    def rows(self) -> Generator[RawRow, None, None]:
        """Every row of data, in the file's order, from the first. Closing it closes the file."""
        self.passed_over.clear()
        return self._closing()

    def _closing(self) -> Generator[RawRow, None, None]:
        rows = self._read(self)
        try:
            yield from rows
        finally:
            if isinstance(rows, Generator):
                rows.close()


def tables_in(
    source: Source, *, name: str = "", kind: str | None = None, limits: Limits = WEB
) -> list[Table]:
    """Every table of the file that has headings, those of visible sheets first, best understood first.

    name: the file's name as the officer knows it; that of the path when empty. Raises BadFile.
    """
    name = display_name(
        name or (str(source) if isinstance(source, Path | str) else getattr(source, "name", ""))
    )
    open_file = opener(source)
    form = check(open_file, name, limits)
    sheets = _READERS[form](open_file, name, limits)
    tables = [table for sheet in sheets if (table := _table(sheet, name, form, kind, limits))]
    if not tables:
        tables = _forms(sheets, name, form, kind)
    if not tables:
        raise BadFile(
            "table.blank",
            f"文件“{name}”里没有带列名和内容的表格。请在第一行写列名、从第二行起写内容后重新上传。",
        )
    return sorted(tables, key=lambda one: (one.is_hidden, -recognise(one.headings, kind).confidence))


def open_table(
    source: Source, *, name: str = "", sheet: str | None = None, kind: str | None = None, limits: Limits = WEB
) -> Table:
    """The table of that sheet, or the one understood best when None. Raises BadFile."""
    tables = tables_in(source, name=name, kind=kind, limits=limits)
    if sheet is None:
        table = tables[0]
    else:
        named = [one for one in tables if one.sheet == sheet]
        if not named:
            there = "、".join(one.sheet for one in tables if one.sheet)
            raise BadFile(
                "sheet.absent",
                f"文件“{tables[0].name}”里没有可读的工作表“{sheet}”，有的是：{there}。请从中选一个。",
                Place(sheet=sheet),
            )
        table = named[0]
    _check_rows(table, limits)
    return table


def _check_rows(table: Table, limits: Limits) -> None:
    """Counts the rows of an upload before anything is written: none is too few, more than the limit too many."""
    if limits.max_rows is None:
        with closing(table.rows) as rows:
            if next(rows, None) is None:
                raise _no_rows(table)
        return
    with closing(table.rows) as rows:
        count = sum(1 for _ in islice(rows, limits.max_rows + 1))
    if count > limits.max_rows:
        raise BadFile(
            "rows.too-many",
            f"文件“{table.name}”的数据超过 {limits.max_rows} 行，网页上一次最多导入 {limits.max_rows} 行。请拆成几个文件"
            + (
                "，或请管理员用命令 keqiao load 导入（行数不限）。" if limits.by_command else "，分几次上传。"
            ),
            Place(table.sheet),
        )
    if not count:
        raise _no_rows(table)
    table.row_count_hint = count


def _no_rows(table: Table) -> BadFile:
    return BadFile(
        "rows.none",
        f"文件“{table.name}”只有列名（第 {table.heading_row or 1} 行），下面没有数据。请从下一行起填写内容后重新上传。",
        Place(table.sheet, table.heading_row or None),
    )


# --- finding the heading row -------------------------------------------------------------------------------------


def _first(sheet: Sheet, count: int) -> list[Line]:
    """The first lines of a sheet, its file closed again."""
    lines = sheet.lines()
    try:
        return list(islice(lines, count))
    finally:
        if isinstance(lines, Generator):
            lines.close()


def _texts(cells: tuple[Cell, ...]) -> list[str]:
    return [str(cell).strip() if cell is not None else "" for cell in cells]


def _two_levels(upper: Line, lower: Line, spans: tuple[Span, ...]) -> list[str] | None:
    """The headings of two lines read as groups and their members, or None when the lower one looks like data."""
    top, sub = _texts(upper.cells), _texts(lower.cells)
    width = max(len(top), len(sub))
    top += [""] * (width - len(top))
    sub += [""] * (width - len(sub))
    if sum(1 for text in sub if text) < 2 or len({text for text in top if text}) < 2:
        return None  # one text over everything is a title
    group = {
        column: span.left - 1
        for span in spans
        if span.top <= upper.number <= span.bottom < lower.number and span.right > span.left
        for column in range(span.left - 1, span.right)
    }
    joined, current = [], ""
    for index in range(width):
        if index in group:
            current = top[group[index]]
        elif top[index] or not sub[index]:
            current = top[index]
        joined.append(
            SEPARATOR.join(part for part in (current, sub[index]) if part) if sub[index] else top[index]
        )
    both = sum(1 for index in range(width) if top[index] and sub[index] and group.get(index, -1) != index)
    return joined if both <= sum(1 for text in sub if text) / 2 else None


def _find_headings(
    lines: list[Line], spans: tuple[Span, ...], kind: str | None
) -> tuple[list[str], int, int] | None:
    """(headings, number of their first line, number of their last), or None when no line has two texts."""
    best: tuple[int, list[str], int, int] | None = None
    for position, line in enumerate(lines):
        texts = _texts(line.cells)
        score = heading_score(texts, kind)
        if score and (best is None or score > best[0]):
            best = (score, texts, line.number, line.number)
        if position + 1 < len(lines) and (joined := _two_levels(line, lines[position + 1], spans)):
            score = heading_score(joined, kind)
            if best is None or score > best[0]:
                best = (score, joined, line.number, lines[position + 1].number)
    if best and best[0] >= 2:
        return best[1], best[2], best[3]
    for (
        line
    ) in lines:  # nothing understood: the officer maps by hand, the first line with two texts is the heading
        texts = _texts(line.cells)
        if sum(1 for text in texts if text) >= 2 or (best and best[2] == line.number):
            return texts, line.number, line.number
    return None


def _table(sheet: Sheet, name: str, form: str, kind: str | None, limits: Limits) -> Table | None:
    """The sheet as a table, or None when it has no heading row."""
    if sheet.headings is not None:
        headings, first, last = list(sheet.headings), 0, 0
    else:
        start = [line for line in _first(sheet, _SEARCHED) if any(text for text in _texts(line.cells))]
        if (
            form == "xlsx"
            and not _has_list(start, sheet.spans, kind)
            and form_kind([line.cells for line in start], kind)
        ):
            return None
        found = _find_headings(start, sheet.spans, kind)
        if found is None:
            return None
        headings, first, last = found
    while headings and not headings[-1]:
        headings.pop()
    if len(headings) > limits.max_columns:
        raise BadFile(
            "columns.too-many",
            f"文件“{name}”第 {first} 行有 {len(headings)} 列，超过 {limits.max_columns} 列。请只留需要的列后重新上传。",
            Place(sheet.name, first or None),
        )
    shown = tuple("".join(plain_line.split("\n")) if plain_line else "" for plain_line in headings)
    return Table(
        name=name,
        sheet=sheet.name,
        headings=shown,
        kind=recognise(shown, kind).kind,
        format=form,
        row_count_hint=None if sheet.count_hint is None else max(0, sheet.count_hint - last),
        heading_row=first,
        is_hidden=sheet.is_hidden,
        widths=sheet.widths,
        notes=list(sheet.notes),
        _read=lambda table: _rows(sheet, table, last),
    )


def _has_list(lines: list[Line], spans: tuple[Span, ...], kind: str | None) -> bool:
    """True when some line names more fields than the sheet would name read as a form."""
    form = form_kind([line.cells for line in lines], kind)
    best = max((heading_score(_texts(line.cells), kind) for line in lines), default=0)
    return best >= len(form[1]) if form else True


def _given(rows: list[RawRow], table: Table) -> Iterator[RawRow]:
    return iter(rows)


def _forms(sheets: list[Sheet], name: str, form: str, kind: str | None) -> list[Table]:
    """Sheets that are forms, one record each, joined into one table per kind."""
    pages: dict[str, list[tuple[Sheet, dict[str, str]]]] = {}
    for sheet in sheets:
        grid = [line.cells for line in _first(sheet, 200)]
        if found := form_kind(grid, kind):
            pages.setdefault(found[0], []).append((sheet, found[1]))
    tables = []
    for key, found_pages in pages.items():
        keys = [
            spec.key for spec in spec_of(key).fields if any(spec.key in values for _, values in found_pages)
        ]
        rows = [
            RawRow(number, tuple(values.get(one) for one in keys), where=f"工作表“{sheet.name}”")
            for number, (sheet, values) in enumerate(found_pages, start=1)
        ]
        tables.append(
            Table(
                name=name,
                sheet=found_pages[0][0].name,
                headings=tuple(spec_of(key).field(one).label for one in keys),
                kind=key,
                format=form,
                row_count_hint=len(rows),
                heading_row=0,
                is_hidden=all(sheet.is_hidden for sheet, _ in found_pages),
                notes=["按“一页一项”的表单读入，每个工作表一项。"],
                _read=partial(_given, rows),
            )
        )
    return tables


# --- reading rows ------------------------------------------------------------------------------------------------


def _rows(sheet: Sheet, table: Table, heading_row: int) -> Iterator[RawRow]:
    """Lines below the headings as rows of equal width; blank lines, totals and footers left out."""
    width = len(table.headings)
    known = {
        plain(part) for heading in table.headings for part in (heading, heading.split(SEPARATOR)[-1]) if part
    }
    down = _Down(sheet.spans, heading_row)
    for line in sheet.lines():
        if line.number <= heading_row:
            continue
        if line.problems and not line.cells:
            yield RawRow(line.number, (), line.problems, line.where)
            continue
        cells = down.fill(line) if sheet.spans else line.cells
        if not line.problems and not any(cell is not None and cell != "" for cell in cells):
            continue
        if why := _no_data(cells, known):
            table.passed_over.append((line.number, why))
            continue
        problems = line.problems
        if len(cells) > width:
            problems += _beyond(cells, width)
        fitted = cells[:width] if len(cells) >= width else cells + (None,) * (width - len(cells))
        yield RawRow(line.number, fitted, problems, line.where)


def _no_data(cells: tuple[Cell, ...], headings: set[str]) -> str:
    """Why a line is no data: 合计行, 表尾说明, 重复的列名; "" when it is data."""
    first = next((cell for cell in cells if cell is not None and cell != ""), None)
    if not isinstance(first, str) or len(first) > 200:
        return ""
    head = plain(first)
    if head in _SUMS:
        return "合计行"
    if head == SAMPLE_MARK:
        return SAMPLE_MARK
    if head in headings:
        texts = [plain(str(cell)) for cell in cells if cell is not None and cell != ""]
        if len(texts) > 1 and sum(text in headings for text in texts) >= 0.8 * len(texts):
            return "重复的列名"
    if first.replace("：", ":").lstrip().startswith(_FOOTERS) and sum(1 for cell in cells if cell) <= 3:
        return "表尾说明"
    return ""


def _beyond(cells: tuple[Cell, ...], width: int) -> tuple[Problem, ...]:
    """A warning for what stands right of the last heading."""
    extra = [str(cell) for cell in cells[width:] if cell is not None and str(cell).strip()]
    if not extra:
        return ()
    return (
        warning(
            "row.extra-cells",
            f"最后一列右边还有 {len(extra)} 格没有列名，未读入。如果是某格里的逗号把内容拆开了，请给那一格加上英文双引号。",
            value="、".join(extra),
        ),
    )


class _Down:
    """Cells merged over several rows: the value is in the first, the rows below get it too."""

    def __init__(self, spans: tuple[Span, ...], heading_row: int) -> None:
        self._starts: dict[int, list[Span]] = {}
        for span in spans:
            if span.bottom > span.top > heading_row:
                self._starts.setdefault(span.top, []).append(span)
        self._open: dict[int, tuple[Cell, int]] = {}

    def fill(self, line: Line) -> tuple[Cell, ...]:
        """The cells of the line with those of merged ranges from above put in."""
        cells = list(line.cells)
        for column, (value, bottom) in list(self._open.items()):
            if line.number > bottom:
                del self._open[column]
                continue
            cells += [None] * (column + 1 - len(cells))
            cells[column] = value
        for span in self._starts.get(line.number, ()):
            value = cells[span.left - 1] if span.left <= len(cells) else None
            self._open[span.left - 1] = (value, span.bottom)
        return tuple(cells)
