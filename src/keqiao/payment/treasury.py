"""The payment file that goes to the treasury, .xlsx and .csv; its columns are configuration (`data/treasury.yaml`)."""

import csv
import hashlib
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

from keqiao.codes import divisions
from keqiao.core.errors import BadInput
from keqiao.payment.models import Batch, BatchLine, yuan
from keqiao.registry.intake.workbook import SheetPlan, Value, safe_cell, write_workbook

_SHIPPED = Path(__file__).parent / "data" / "treasury.yaml"

_VALUES: Mapping[str, Callable[[BatchLine], Value]] = {
    "serial": lambda line: line.serial,
    "number": lambda line: line.number,
    "payee": lambda line: line.payee,
    "uscc": lambda line: line.award.organisation.uscc,
    "holder": lambda line: line.holder,
    "account": lambda line: line.account,
    "bank": lambda line: line.bank,
    "bank_code": lambda line: line.bank_code,
    "yuan": lambda line: yuan(line.fen),
    "fen": lambda line: line.fen,
    "purpose": lambda line: line.purpose,
    "item": lambda line: line.award.item.title,
    "policy": lambda line: line.award.item.policy.title,
    "document_no": lambda line: line.award.item.policy.document_no,
    "envelope": lambda line: line.batch.envelope.name,
    "division": lambda line: _place(line.award.division_code),
    "year": lambda line: line.batch.envelope.year,
    "batch": lambda line: line.batch.number,
}


def _place(code: str) -> str:
    row = divisions.division(code) if code else None
    return row.name if row is not None else ""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: what stands above it and what fills it."""

    heading: str
    value: str = ""
    text: str = ""
    width: float = 14

    def of(self, line: BatchLine) -> Value:
        return self.text if self.text else _VALUES[self.value](line)


@dataclass(frozen=True, slots=True)
class Form:
    """The treasury's form. receipt: field -> headings or words that mean it."""

    title: str
    columns: tuple[Column, ...]
    receipt: Mapping[str, tuple[str, ...]]


def read_form(content: Any, name: str) -> Form:
    """The parsed file. Raises BadInput naming the file and what is wrong with it."""
    try:
        columns = tuple(Column(**one) for one in content["columns"])
        receipt = {key: tuple(str(word) for word in words) for key, words in content["receipt"].items()}
        form = Form(str(content["title"]), columns, receipt)
    except (KeyError, TypeError, AttributeError) as problem:
        raise BadInput(
            f"拨付文件格式 {name} 读不出来：{problem}。请照 treasury.yaml 的样子写。", code="treasury.form"
        ) from problem
    unknown = [one.value for one in form.columns if not one.text and one.value not in _VALUES]
    if unknown:
        raise BadInput(
            f"拨付文件格式 {name} 里的“{'、'.join(unknown)}”不是可用的内容，可用的有：{'、'.join(_VALUES)}。",
            code="treasury.form",
        )
    return form


@cache
def _form(own_file: str) -> Form:
    path = Path(own_file) if own_file else _SHIPPED
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as problem:
        raise BadInput(f"拨付文件格式 {path.name} 读不出来：{problem}", code="treasury.form") from problem
    return read_form(content, path.name)


def treasury_form() -> Form:
    """The form in use: the bureau's own (KEQIAO_TREASURY_FORM) or the shipped one."""
    return _form(settings.KEQIAO_TREASURY_FORM)


def _lines(batch: Batch) -> "Iterator[BatchLine]":
    rows = batch.lines.exclude(state="cancelled").select_related(
        "batch__envelope", "award__organisation", "award__item__policy"
    )
    return iter(rows)


def csv_bytes(batch: Batch) -> bytes:
    """The file as .csv: UTF-8 with a mark so that Excel reads it, CRLF, no cell runs as a formula, amounts with two decimals."""
    form = treasury_form()
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([column.heading for column in form.columns])
    for line in _lines(batch):
        writer.writerow([safe_cell(column.of(line)) for column in form.columns])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def write_xlsx_file(batch: Batch, out: io.BytesIO) -> int:
    """The same as a workbook to print and sign, with the sum in the last row; returns the payments."""
    form = treasury_form()
    note = (
        f"批次 {batch.number}    {batch.title}    资金来源 {batch.envelope.name}（{batch.envelope.source}）    "
        f"{batch.line_count} 笔，合计 {yuan(batch.total_fen):,.2f} 元"
    )
    rows = [[column.of(line) for column in form.columns] for line in _lines(batch)]
    count = len(rows)
    rows.append(_sum_row(form.columns, batch))
    plan = SheetPlan(
        "拨付明细", [one.heading for one in form.columns], rows, title=form.title, note=note, widths=[one.width for one in form.columns]
    )  # fmt: skip
    write_workbook([plan], out, footer=f"{batch.number}  经办：          复核：          负责人：")
    return count


def _sum_row(columns: Sequence[Column], batch: Batch) -> list[Value]:
    sums: dict[str, Value] = {"yuan": yuan(batch.total_fen), "fen": batch.total_fen}
    row: list[Value] = [sums.get(column.value) for column in columns]
    if row and row[0] is None:
        at = next(
            (at for at, column in enumerate(columns) if column.value in ("payee", "holder", "number")), 0
        )
        row[at] = "合计"
    return row
