"""Figures of many firms and years from one table: a row a firm and year, a column a figure.

The readers and guards are those of the intake; a bad row goes back with its red cells, the others are written.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from io import BytesIO
from typing import IO, Any

from django.conf import settings
from django.db import transaction

from keqiao.core.audit import record as record_audit
from keqiao.core.errors import BadInput, NotFound
from keqiao.firm.access import firms_of, may_write
from keqiao.firm.actions import checked_value, checked_year, keep_table
from keqiao.firm.models import FigureSheet
from keqiao.firm.names import FIGURE_NAMES
from keqiao.people.models import User
from keqiao.registry.enterprise.models import Enterprise
from keqiao.registry.intake.figures import figure
from keqiao.registry.intake.guards import MIB, WEB, display_name
from keqiao.registry.intake.headings import bare, plain, unit_of
from keqiao.registry.intake.problems import Level, Problem, error
from keqiao.registry.intake.redcells import write_rejected
from keqiao.registry.intake.runner import plain_cells, plain_problems
from keqiao.registry.intake.tables import RawRow, Table, open_table
from keqiao.rules.facts import FACTS

MOST_ROWS = 20_000
_NAME, _USCC, _YEAR = "企业名称", "统一社会信用代码", "年度"
_FIRM = {"企业名称", "单位名称", "企业", "单位", "名称"}
_CODE = {"统一社会信用代码", "信用代码", "社会信用代码", "统一代码"}
_WHEN = {"年度", "年份", "数据年度", "会计年度", "所属年度"}
_SCALE = {
    "元": Decimal("0.0001"),
    "千元": Decimal("0.1"),
    "万元": Decimal(1),
    "百万元": Decimal(100),
    "千万元": Decimal(1000),
    "亿元": Decimal(10_000),
}
_EMPTY = frozenset({"", "-", "—", "/", "无", "未填", "不详"})


@dataclass
class Columns:
    """Which column is what."""

    name: int | None = None
    uscc: int | None = None
    year: int | None = None
    figures: dict[int, tuple[str, Decimal]] = field(
        default_factory=dict
    )  # column -> (fact, factor to its unit)
    unread: list[str] = field(default_factory=list)


@dataclass
class FirmRow:
    """One row as read: whose, of which year, what it says, and what is wrong with it."""

    firm: Enterprise | None = None
    year: int = 0
    values: dict[str, Decimal] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def heading_of(name: str) -> str:
    """销售收入(万元): the heading of a figure on our own tables."""
    fact = FACTS[name]
    return f"{fact.title}({fact.unit})" if fact.unit else fact.title


def read_sheet(*, file: IO[bytes], name: str, by: User, year: int | None = None) -> FigureSheet:
    """Read a table and write its good rows. year: for tables without a column of years.

    Raises BadFile for a file that cannot be read, BadInput when no column is understood. A sheet read twice changes nothing.
    """
    body = file.read()
    limits = replace(WEB, max_bytes=settings.KEQIAO_UPLOAD_MB * MIB, max_rows=MOST_ROWS, by_command=False)
    table = open_table(BytesIO(body), name=name, kind="enterprise", limits=limits)
    columns = columns_of(table, year)
    rows = list(table.rows)
    firms = _Firms(by, rows, columns)
    sheet = FigureSheet(
        name=display_name(name), sheet=table.sheet[:60], sha256=hashlib.sha256(body).hexdigest(), by=by,
        headings=list(table.headings), passed_over=columns.unread,
    )  # fmt: skip
    with transaction.atomic():
        _write(sheet, rows, columns, firms, by, year)
        sheet.save()
        record_audit(
            "firm.sheet_read", by=by, target=sheet, row_count=sheet.good_count, file_name=sheet.name,
            file_sha256=sheet.sha256, changes={"退回": [0, len(sheet.bad)]},
        )  # fmt: skip
    return sheet


def columns_of(table: Table, year: int | None) -> Columns:
    """What each heading means. year: of the whole table, for one without a column of years. Raises BadInput."""
    found = Columns(year=None)
    titles = {plain(FACTS[name].title): name for name in FIGURE_NAMES}
    short = {bare(text): name for text, name in titles.items() if bare(text) not in titles}
    short = {text: name for text, name in short.items() if list(short).count(text) == 1}
    for index, heading in enumerate(table.headings):
        text = plain(heading)
        words = bare(text)
        if words in _FIRM and found.name is None:
            found.name = index
        elif words in _CODE and found.uscc is None:
            found.uscc = index
        elif words in _WHEN and found.year is None:
            found.year = index
        elif name := _figure(text, titles, short):
            unit = unit_of(heading)
            factor = _SCALE[unit] if unit in _SCALE and FACTS[name].unit == "万元" else Decimal(1)
            found.figures[index] = (name, factor)
        elif (
            heading
            and words not in ("序号", "县区", "所在地", "编号", "备注", "原表行号")
            and "退回原因" not in words
        ):
            found.unread.append(heading)
    if found.name is None and found.uscc is None:
        raise BadInput(
            f"表格“{table.name}”里没有找到“{_NAME}”或“{_USCC}”这一列，不知道数据是哪家企业的。请加上后重新上传。",
            code="firm.columns",
            field="file",
        )
    if found.year is None and year is None:
        raise BadInput(
            f"表格“{table.name}”里没有“{_YEAR}”这一列。请加上，或在上传时选整张表的年度。",
            code="firm.columns",
            field="year",
        )
    if not found.figures:
        known = "、".join(heading_of(name) for name in FIGURE_NAMES[:4])
        raise BadInput(
            f"表格“{table.name}”里没有认出数据列。列名请写成{known}等，可先下载模板对照。",
            code="firm.columns",
            field="file",
        )
    return found


def _figure(text: str, titles: Mapping[str, str], short: Mapping[str, str]) -> str | None:
    """The figure that a heading names: 研发费用(加计扣除口径)(万元), 销售收入(万元), sales."""
    if text in titles:
        return titles[text]
    without_unit = re.sub(r"\((?:万元|元|千元|百万元|亿元|人|单位[:：]?\S+)\)", "", text)
    if without_unit in titles:
        return titles[without_unit]
    if without_unit in FACTS and without_unit in FIGURE_NAMES:
        return without_unit
    return short.get(bare(text)) if "口径" not in text else None


class _Firms:
    """Firms named in the table, found in two queries: by code, by exact name."""

    def __init__(self, by: User, rows: Sequence[RawRow], columns: Columns) -> None:
        self._by = by
        codes = {text.upper() for row in rows if (text := _text(row, columns.uscc))}
        names = {text for row in rows if (text := _text(row, columns.name))}
        self._codes: dict[str, Enterprise] = {}
        self._names: dict[str, list[Enterprise]] = {}
        reach = firms_of(by)
        for chunk in _chunks(sorted(codes)):
            self._codes |= {one.uscc.upper(): one for one in reach.filter(uscc__in=chunk)}
        for chunk in _chunks(sorted(names)):
            for one in reach.filter(title__in=chunk):
                self._names.setdefault(one.title, []).append(one)

    def find(self, row: RawRow, columns: Columns) -> Enterprise | Problem:
        code, name = _text(row, columns.uscc).upper(), _text(row, columns.name)
        found = self._codes.get(code) if code else None
        if found is None and code:
            return error(
                "firm.unknown", f"辖区企业库里没有信用代码“{code}”。请核对，或先在企业登记簿里登记这家企业。",
                column=columns.uscc, value=code,
            )  # fmt: skip
        if found is None and name:
            same = self._names.get(name, [])
            if len(same) > 1:
                return error(
                    "firm.several",
                    f"有 {len(same)} 家企业叫“{name}”，请加上信用代码。",
                    column=columns.name,
                    value=name,
                )
            found = same[0] if same else None
        if found is None:
            where = columns.name if columns.name is not None else columns.uscc
            message = (
                f"辖区企业库里没有“{name}”。请写全称，或先在企业登记簿里登记。"
                if name
                else "没有写企业名称或信用代码。"
            )
            return error("firm.unknown", message, column=where, value=name)
        if not may_write(self._by, found):
            return error("firm.area", f"“{found.title}”不由您填写。", column=columns.name, value=name)
        return found


def _chunks(items: list[str], size: int = 500) -> list[list[str]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


def _text(row: RawRow, column: int | None) -> str:
    if column is None or column >= len(row.cells) or row.cells[column] is None:
        return ""
    return str(row.cells[column]).strip()


def _write(
    sheet: FigureSheet, rows: Sequence[RawRow], columns: Columns, firms: _Firms, by: User, year: int | None
) -> None:
    seen: dict[tuple[int, int], int] = {}
    good: list[tuple[Enterprise, int, dict[str, Decimal]]] = []
    for raw in rows:
        row = parsed_row(raw, columns, firms, year)
        if row.firm is not None and not row.problems:
            first = seen.setdefault((row.firm.pk, row.year), raw.number)
            if first == raw.number:
                good.append((row.firm, row.year, row.values))
            else:
                words = f"第 {first} 行已有“{row.firm.title}”{row.year} 年的数据，一家一年请只留一行。"
                row.problems.append(error("row.twice", words))
        if row.problems:
            sheet.bad.append(
                {"row": raw.number, "cells": plain_cells(raw), "problems": plain_problems(row.problems)}
            )
    kept = keep_table(rows=good, by=by, source_note=sheet.name, reason=f"按表格“{sheet.name}”更正")
    sheet.good_count, sheet.figure_count, sheet.same_count = len(good), kept.written, kept.same


def parsed_row(raw: RawRow, columns: Columns, firms: _Firms, year: int | None) -> FirmRow:
    row = FirmRow(problems=[one for one in raw.problems if one.is_error])
    found = firms.find(raw, columns)
    if isinstance(found, Problem):
        row.problems.append(found)
    else:
        row.firm = found
    written = _text(raw, columns.year).removesuffix("年").removesuffix(".0")
    try:
        row.year = checked_year(int(written) if written else year or 0, firm=row.firm)
    except (ValueError, BadInput) as problem:
        message = (
            problem.message
            if isinstance(problem, BadInput)
            else f"“{_text(raw, columns.year)}”不是年度，请写成 2025。"
        )
        row.problems.append(error("row.year", message, column=columns.year, value=written))
    for column, (name, factor) in columns.figures.items():
        _read(raw, column, name, factor, row)
    if not row.values and not row.problems:
        row.problems.append(error("row.empty", "这一行没有任何数据。请填写，或删去这一行。"))
    return row


def _read(raw: RawRow, column: int, name: str, factor: Decimal, row: FirmRow) -> None:
    """One figure. A unit in the cell goes before that of the heading: 5万元 is five 万元 in a column of 元 too."""
    text = _text(raw, column)
    if text in _EMPTY:
        return
    found = figure(text)
    is_money = FACTS[name].unit == "万元"
    if found is None or (found[1] and (found[1] in _SCALE) != is_money):
        message = f"“{text}”不是数字。请只填数字（如 1234.5 或 1,234.5），不写单位，没有的留空。"
        row.problems.append(error("cell.number", message, column=column, value=text))
        return
    try:
        row.values[name] = checked_value(name, found[0] * _SCALE.get(found[1], factor))
    except BadInput as problem:
        row.problems.append(error("cell.value", problem.message, column=column, value=text))


def sheet_for(user: User, public_id: Any) -> FigureSheet:
    """A sheet that this user read himself. NotFound otherwise."""
    found = FigureSheet.objects.filter(public_id=public_id, by=user).first()
    if found is None:
        raise NotFound("企业数据表格")
    return found


def write_bad_rows(sheet: FigureSheet, out: IO[bytes]) -> int:
    """The rows that were not written, as .xlsx with red cells; it can be mended and read again."""
    table = Table(
        name=sheet.name, sheet=sheet.sheet, headings=tuple(sheet.headings), kind="enterprise", format="xlsx",
        row_count_hint=len(sheet.bad), heading_row=1,
    )  # fmt: skip
    bad = [
        (
            RawRow(one["row"], tuple(one["cells"])),
            [
                Problem(p.get("column"), Level(p["level"]), p["code"], p["message"], p.get("value", ""))
                for p in one["problems"]
            ],
        )
        for one in sheet.bad
    ]
    return write_rejected(table, bad, out, accepted=sheet.good_count or None)
