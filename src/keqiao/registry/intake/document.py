"""Tables of a .docx document: lists with a heading row, and forms of one record each."""

import zipfile
from collections.abc import Iterator
from typing import Any

import docx
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.ns import qn
from lxml import etree

from keqiao.registry.intake.forms import form_kind
from keqiao.registry.intake.guards import Limits
from keqiao.registry.intake.headings import heading_score, plain
from keqiao.registry.intake.kinds import spec_of
from keqiao.registry.intake.refusals import BadFile
from keqiao.registry.intake.sources import Cell, Line, Opener, Sheet

Grid = list[tuple[Cell, ...]]
_BROKEN = (
    PackageNotFoundError,
    zipfile.BadZipFile,
    etree.XMLSyntaxError,
    KeyError,
    ValueError,
    AttributeError,
    OSError,
)
_DELETED = (qn("w:del"), qn("w:moveFrom"), qn("w:txbxContent"))


def _paragraph(element: Any) -> str:
    """The text of a paragraph as printed: insertions in, deletions and text boxes out."""
    parts: list[str] = []
    for node in element.iter(qn("w:t"), qn("w:tab"), qn("w:br"), qn("w:cr")):
        if any(node.iterancestors(*_DELETED)):
            continue
        parts.append(node.text or "" if node.tag == qn("w:t") else "\t" if node.tag == qn("w:tab") else "\n")
    return "".join(parts)


def _cell_text(cell: Any) -> str:
    return "\n".join(_paragraph(paragraph) for paragraph in cell.iterchildren(qn("w:p"))).strip()


def _grid(table: Any) -> Grid:
    """The cells of a table as a rectangle; a cell merged over rows or columns is repeated in each of them."""
    rows: Grid = []
    above: dict[int, str] = {}
    for row in table.iterchildren(qn("w:tr")):
        cells: list[Cell] = []
        for cell in row.iter(qn("w:tc")):
            if next(cell.iterancestors(qn("w:tr"))) is not row:
                continue  # of a table inside a cell
            column = len(cells)
            text = _cell_text(cell)
            merge = cell.find(f"{qn('w:tcPr')}/{qn('w:vMerge')}")
            if merge is not None and merge.get(qn("w:val"), "continue") == "continue":
                text = above.get(column, text)
            width = cell.find(f"{qn('w:tcPr')}/{qn('w:gridSpan')}")
            span = min(int(width.get(qn("w:val"), "1")), 200) if width is not None else 1
            cells.extend([text or None] * span)
            above[column] = text
        rows.append(tuple(cells))
    return rows


def _tables(open_file: Opener, name: str) -> list[Grid]:
    try:
        with open_file() as file:
            body = docx.Document(file).element.body
            outer = [
                one for one in body.iter(qn("w:tbl")) if not any(one.iterancestors(qn("w:tbl"), *_DELETED))
            ]
            return [_grid(table) for table in outer]
    except _BROKEN as broken:
        raise BadFile(
            "docx.unreadable",
            f"文件“{name}”的内部结构已损坏，读不出内容。请用 Word 或 WPS 打开，另存为新的 .docx 后重新上传。",
        ) from broken


def sheets(open_file: Opener, name: str, limits: Limits) -> list[Sheet]:
    """Tables with the same headings joined into one sheet; forms of the same kind joined into one sheet."""
    grids = [grid for grid in _tables(open_file, name) if any(any(row) for row in grid)]
    if not grids:
        raise BadFile(
            "docx.no-table",
            f"文件“{name}”里没有表格，只有文字段落，分不清各项内容。请把内容填进表格（第一行写列名）后重新上传，或改用本站的 .xlsx 模板。",
        )
    lists: dict[tuple[str, ...], list[tuple[int, Grid]]] = {}
    forms: dict[str, list[tuple[int, dict[str, str]]]] = {}
    last: tuple[str, ...] | None = None
    for number, grid in enumerate(grids, start=1):
        form = None if _is_list(grid) else form_kind(grid)
        if form:
            forms.setdefault(form[0], []).append((number, form[1]))
            last = None
            continue
        if _is_list(grid):
            last = _headings(grid)
            lists.setdefault(last, []).append((number, grid))
        elif last is not None and len(grid[0]) == len(last):
            lists[last].append((number, grid))  # the table went on after a page break, without its headings
        else:
            lists.setdefault((f"表{number}",), []).append((number, grid))
    found = [_form_sheet(kind, pages) for kind, pages in forms.items()]
    return found + [_list_sheet(parts) for parts in lists.values()]


def _first_row(grid: Grid) -> int:
    """The index of the heading row: the one of the first five that names most fields."""
    scores = [heading_score([str(cell or "") for cell in row]) for row in grid[:5]]
    return scores.index(max(scores))


def _is_list(grid: Grid) -> bool:
    """True when one of the first rows names at least two fields, and names no values beside them."""
    row = [str(cell or "") for cell in grid[_first_row(grid)]]
    named = heading_score(row)
    return (
        named >= 2 and named >= len({plain(text) for text in row if text}) / 2 and not _looks_like_form(grid)
    )


def _looks_like_form(grid: Grid) -> bool:
    """True when labels run down the first column: as a form the grid names more fields than its best row."""
    form = form_kind(grid)
    best = max(heading_score([str(cell or "") for cell in row]) for row in grid[:5])
    return form is not None and len(form[1]) > best


def _headings(grid: Grid) -> tuple[str, ...]:
    return tuple(plain(str(cell or "")) for cell in grid[_first_row(grid)])


def _list_sheet(parts: list[tuple[int, Grid]]) -> Sheet:
    names = "、".join(f"表{number}" for number, _ in parts)

    def lines() -> Iterator[Line]:
        count = 0
        for position, (number, grid) in enumerate(parts):
            skip = _first_row(grid) + 1 if position and _is_list(grid) else 0
            for index, row in enumerate(grid[skip:], start=skip + 1):
                count += 1
                yield Line(count, row, where=f"表{number}第 {index} 行")

    return Sheet(name=names, lines=lines, count_hint=sum(len(grid) for _, grid in parts))


def _form_sheet(kind: str, pages: list[tuple[int, dict[str, str]]]) -> Sheet:
    keys = [spec.key for spec in spec_of(kind).fields if any(spec.key in values for _, values in pages)]
    labels = tuple(spec_of(kind).field(key).label for key in keys)

    def lines() -> Iterator[Line]:
        for count, (number, values) in enumerate(pages, start=1):
            yield Line(count, tuple(values.get(key) for key in keys), where=f"表{number}")

    names = "、".join(f"表{number}" for number, _ in pages)
    return Sheet(
        name=names if len(names) <= 40 else f"表{pages[0][0]}等 {len(pages)} 张",
        lines=lines,
        headings=labels,
        count_hint=len(pages),
    )
