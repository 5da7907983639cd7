"""The bad rows given back: the same headings, the cells at fault red, each with a comment that says what to do."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO

from keqiao.core.texts import plain_text
from keqiao.registry.intake.problems import Problem
from keqiao.registry.intake.rows import ParsedRow
from keqiao.registry.intake.sources import Cell
from keqiao.registry.intake.tables import RawRow, Table
from keqiao.registry.intake.workbook import SheetPlan, Value, write_workbook

ROW_HEADING = "原表行号"
REASON_HEADING = "退回原因（改好后可删去本列和“原表行号”）"
BAD_SHEET = "待改正的行"

Bad = tuple[RawRow, Sequence[Problem]]
"""A row as it came and what is wrong with it."""


def write_rejected(
    table: Table,
    bad: Iterable[Bad],
    out: Path | str | IO[bytes],
    *,
    accepted: int | None = None,
    by: str = "",
) -> int:
    """Write the bad rows as .xlsx and return how many there are.

    First sheet: what to do, and the list of findings. Second sheet: the rows under the headings of the source,
    with the row number of the source before and the reasons behind; it can be mended and loaded as it is, for
    the two added columns are recognised and left out. Column widths are those of an .xlsx source.
    """
    rows = list(bad)
    marks: dict[tuple[int, int], str] = {}
    for position, (_, problems) in enumerate(rows):
        for problem in problems:
            column = (
                0 if problem.column is None or problem.column >= len(table.headings) else problem.column + 1
            )
            key = (position, column)
            marks[key] = f"{marks[key]}\n{problem.message}" if key in marks else problem.message
    headings = [
        ROW_HEADING,
        *(heading or f"第 {index} 列" for index, heading in enumerate(table.headings, start=1)),
        REASON_HEADING,
    ]
    plans = [
        _guide(table, rows, accepted, by),
        SheetPlan(
            BAD_SHEET, headings, _bad_rows(table, rows), widths=_widths(table), marks=marks, autofilter=False
        ),
    ]
    write_workbook(plans, out, footer=f"来源：{table.name}")
    return len(rows)


def _bad_rows(table: Table, rows: list[Bad]) -> Iterator[list[Value]]:
    width = len(table.headings)
    for raw, problems in rows:
        cells: list[Cell] = list(raw.cells[:width]) + [None] * (width - len(raw.cells))
        reasons = "\n".join(dict.fromkeys(_short(problem, table) for problem in problems))
        yield [raw.where or raw.number, *cells, reasons]


def _short(problem: Problem, table: Table) -> str:
    heading = (
        table.headings[problem.column]
        if problem.column is not None and problem.column < len(table.headings)
        else ""
    )
    sign = "" if problem.is_error else "（提示）"
    return f"{sign}{heading}：{problem.message}" if heading else f"{sign}{problem.message}"


def _widths(table: Table) -> list[float]:
    """Those of the source where it has any, else by the kind of heading; the added columns have their own."""
    if not table.widths:
        return []
    kept = [min(60.0, max(6.0, table.widths.get(index, 12.0))) for index in range(1, len(table.headings) + 1)]
    return [8.0, *kept, 50.0]


def _guide(table: Table, rows: list[Bad], accepted: int | None, by: str) -> SheetPlan:
    """The first sheet: what happened, three steps, then every finding with its place."""
    done = f"其余 {accepted} 行没有问题。" if accepted is not None else ""
    steps = [
        (
            "情况",
            f"“{table.name}”{'的工作表“' + table.sheet + '”' if table.sheet else ''}中有 {len(rows)} 行不能写入，都在第二张表里。{done}",
        ),
        (
            "第一步",
            f"打开第二张表“{BAD_SHEET}”，红色的格子就是有问题的地方，鼠标停在上面能看到原因和改法；最后一列也写着原因。",
        ),
        ("第二步", "直接在红格里改正。不要改动列名。没有标红的内容不用动。"),
        ("第三步", "保存后把本文件重新上传。已经写入过的行不会重复，改好的行会补进去。"),
    ]
    if by:
        steps.append(("办理", by))
    listing = [
        (f"{raw.where or f'第 {raw.number} 行'}", _short(problem, table))
        for raw, problems in rows[:500]
        for problem in problems
    ]
    if len(rows) > 500:
        listing.append(("……", f"这里只列前 500 行的问题，全部 {len(rows)} 行在第二张表。"))
    return SheetPlan(
        "说明",
        ["项目", "内容"],
        [*((name, plain_text(text)) for name, text in steps), ("", ""), *listing],
        title="退回改正的行：怎么改、怎么再交",
        widths=[16.0, 100.0],
        autofilter=False,
    )


def rejected(parsed: Iterable[tuple[RawRow, ParsedRow]]) -> Iterator[Bad]:
    """The bad ones of raw and parsed rows, ready for `write_rejected`."""
    for raw, row in parsed:
        if not row.is_good:
            yield raw, row.problems
