"""What came back from the treasury: each line paid or bounced, reconciled to the fen; nothing is guessed."""

import hashlib
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from keqiao.core.audit import record
from keqiao.core.errors import BadInput, NotAllowed
from keqiao.core.models import AuditLevel
from keqiao.payment.access import require_officer
from keqiao.payment.batches import lock_batch
from keqiao.payment.enums import BatchState, LineState
from keqiao.payment.envelopes import Movement, move_money
from keqiao.payment.flow import BATCH_FLOW
from keqiao.payment.ledger import Kind, yuan_words
from keqiao.payment.models import Batch, BatchLine, ReceiptFile
from keqiao.payment.steps import lock_awards, move_awards, tell_firms
from keqiao.payment.treasury import Form, treasury_form
from keqiao.people.models import User
from keqiao.registry.intake import delimited, spreadsheet
from keqiao.registry.intake.figures import figure
from keqiao.registry.intake.guards import WEB, check, display_name
from keqiao.registry.intake.refusals import BadFile, Place
from keqiao.registry.intake.sources import Cell, Line, opener

_MOST_ROWS = 20_000
_LIMITS = replace(WEB, max_rows=_MOST_ROWS, by_command=False)
_SUMS = frozenset({"合计", "总计", "小计"})


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the receipt as read. place: for messages."""

    place: str
    number: str
    fen: int | None
    result: str
    paid_on: date | None
    bank_ref: str
    note: str
    fault: str = ""  # what the reader found in a cell that counts, with its mend


@dataclass(slots=True)
class Outcome:
    """What a receipt says about a batch, before anything is written. problems: [place, sentence]."""

    paid: list[tuple[BatchLine, Row]] = field(default_factory=list)
    bounced: list[tuple[BatchLine, Row]] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)


def read_receipt(name: str, content: bytes, form: Form | None = None) -> list[Row]:
    """The rows of a .xlsx or .csv. Raises BadInput when a needed column is missing; the file passes the intake's guards."""
    wanted = form or treasury_form()
    opened = opener(io.BytesIO(content))
    kind, shown = check(opened, name, _LIMITS), display_name(name)
    if kind not in ("xlsx", "csv"):
        raise BadInput(
            f"回单应是 .xlsx 或 .csv，收到“{shown}”。请从财政或银行系统导出后上传。",
            code="receipt.file",
            field="file",
        )
    sheets = (spreadsheet if kind == "xlsx" else delimited).sheets(opened, name, _LIMITS)
    for sheet in sheets:
        columns: Mapping[str, int] = {}
        rows: list[Row] = []
        for line in sheet.lines():
            if not columns:
                columns = _columns(line.cells, wanted)
            elif (line.problems and not line.cells) or _is_data(line.cells, columns):
                rows.append(_row(line, columns))
            if len(rows) > _MOST_ROWS:
                raise BadFile(
                    "rows.too-many",
                    f"回单“{shown}”超过 {_MOST_ROWS} 行，一个批次没有这么多笔。请只上传本批次的回单。",
                    Place(sheet.name),
                )
        if columns and not rows:
            raise BadFile(
                "rows.none",
                f"回单“{shown}”只有列名，下面没有一笔结果。请从财政或银行系统重新导出后上传。",
                Place(sheet.name),
            )
        if columns:
            return rows
    names = "、".join(wanted.receipt[key][0] for key in ("number", "yuan", "result"))
    raise BadInput(
        f"“{shown}”里没有找到列名 {names}。请确认是回单，或照拨付文件加上“结果”一列。",
        code="receipt.columns",
        field="file",
    )


def _columns(cells: Sequence[Cell], form: Form) -> dict[str, int]:
    """Field -> column, when the line holds the three that are needed."""
    texts = [re.sub(r"\s", "", str(cell or "")) for cell in cells]
    found = {
        key: texts.index(heading)
        for key in ("number", "yuan", "result", "paid_on", "bank_ref", "note")
        for heading in form.receipt.get(key, ())[::-1]
        if heading in texts
    }
    return found if {"number", "yuan", "result"} <= found.keys() else {}


def _is_data(cells: Sequence[Cell], columns: Mapping[str, int]) -> bool:
    """Whether a line is a payment: not blank, not a sum, not a signature below the table."""

    def text(key: str) -> str:
        at = columns[key]
        return str(cells[at] or "").strip() if at < len(cells) else ""

    if text("number"):
        return True
    words = {re.sub(r"\s", "", str(cell)) for cell in cells if cell}
    return bool(text("yuan") or text("result")) and not words & _SUMS


def _row(line: Line, columns: Mapping[str, int]) -> Row:
    cells = line.cells

    def text(key: str) -> str:
        at = columns.get(key)
        return str(cells[at]).strip() if at is not None and at < len(cells) and cells[at] is not None else ""

    at = columns.get("paid_on")
    needed = {columns[key] for key in ("number", "yuan", "result")}
    fault = next((one.message for one in line.problems if one.is_error and one.column in needed | {None}), "")
    return Row(
        f"第 {line.number} 行", text("number").lstrip("'"), _fen(text("yuan")), text("result"),
        _day(cells[at] if at is not None and at < len(cells) else None), text("bank_ref")[:60], text("note")[:300],
        fault,
    )  # fmt: skip


def _fen(text: str) -> int | None:
    """Yuan as written to fen; None for what is no amount or has more than two decimals."""
    found = figure(text)
    fen = found[0] * 100 if found is not None and found[1] in ("", "元") else None
    return int(fen) if fen is not None and fen == fen.to_integral_value() else None


def _day(cell: Cell) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    digits = re.findall(r"\d+", str(cell or ""))
    try:
        if len(digits) >= 3:
            return date(int(digits[0]), int(digits[1]), int(digits[2]))
        if len(digits) == 1 and len(digits[0]) == 8:
            return datetime.strptime(digits[0], "%Y%m%d").date()  # noqa: DTZ007  # a day has no zone
    except ValueError:
        return None
    return None


def compare(lines: Sequence[BatchLine], rows: Sequence[Row], form: Form | None = None) -> Outcome:
    """The receipt against the batch. A row that does not fit to the fen changes nothing and is named."""
    wanted = form or treasury_form()
    by_number = {line.number: line for line in lines}
    outcome, seen = Outcome(), set[str]()
    for row in rows:
        line = by_number.get(row.number)
        if row.fault:
            outcome.problems.append((row.place, f"{row.number or '这一行'}没有入账：{row.fault}"))
        elif not row.number:
            outcome.problems.append(
                (row.place, "这一行没有明细编号，没有入账。请照拨付文件补上编号后重新导入。")
            )
        elif line is None:
            outcome.problems.append(
                (row.place, f"明细编号“{row.number}”不在本批次，没有入账。请核对是不是别的批次的回单。")
            )
        elif row.number in seen:
            outcome.problems.append((row.place, f"明细编号“{row.number}”重复出现，只取第一次。"))
        elif row.fen is None or row.fen != line.fen:
            shown = "看不懂" if row.fen is None else f" {yuan_words(row.fen)} 元"
            outcome.problems.append((row.place, f"{line.payee} 的金额{shown}，应为 {yuan_words(line.fen)} 元，没有入账。请与财政核对。"))  # fmt: skip
        elif row.result in wanted.receipt["paid"]:
            if line.state == LineState.WAITING:
                outcome.paid.append((line, row))
            elif line.state == LineState.BOUNCED:
                outcome.problems.append(
                    (row.place, f"{line.payee} 此前已记为退票，没有改动。请核对后重新列批。")
                )
        elif row.result in wanted.receipt["bounced"]:
            if line.state != LineState.BOUNCED:
                outcome.bounced.append((line, row))
        else:
            outcome.problems.append(
                (row.place, f"{line.payee} 的结果“{row.result}”看不懂，没有入账。请写“成功”或“退票”。")
            )
        seen.add(row.number)
    return outcome


@transaction.atomic
def take_receipt(*, batch: Batch, name: str, content: bytes, by: User) -> ReceiptFile:
    """Read a receipt and book it: paid lines reach the envelope, bounced ones wait for another account.

    The same file again is refused; a line that was booked before is not booked twice. When no line waits any more the
    batch is done. Raises BadInput for a file that cannot be used.
    """
    require_officer(by, batch.envelope.division_code, "拨付回单")
    batch = lock_batch(batch)
    if batch.state not in (BatchState.SENT, BatchState.DONE):
        raise NotAllowed(f"{batch.number} 还没有送财政，不能导入回单。请先导出拨付文件。", code="batch.state", conflict=True)  # fmt: skip
    digest = hashlib.sha256(content).hexdigest()
    if batch.receipts.filter(sha256=digest).exists():
        raise BadInput(f"这份回单（{name}）已经导入过，没有重复入账。", field="file")
    rows = read_receipt(name, content)
    lines = list(batch.lines.select_for_update().exclude(state=LineState.CANCELLED).order_by("serial"))
    outcome = compare(lines, rows)
    _book(batch, outcome, by)
    receipt = ReceiptFile.objects.create(
        batch=batch, file_name=name[:200], sha256=digest, paid_count=len(outcome.paid),
        paid_fen=sum(line.fen for line, _ in outcome.paid), bounced_count=len(outcome.bounced),
        problems=[list(one) for one in outcome.problems], by=by,
    )  # fmt: skip
    if batch.state == BatchState.SENT and not batch.lines.filter(state=LineState.WAITING).exists():
        batch.state = BATCH_FLOW.after(batch.state, "finish")
    batch.version += 1
    batch.save(update_fields=["state", "version"])
    record("receipt.booked", by=by, target=batch, row_count=len(rows), file_name=name, file_sha256=digest,
           changes={"paid": [0, yuan_words(receipt.paid_fen)], "bounced": [0, len(outcome.bounced)]},
           level=AuditLevel.CRITICAL)  # fmt: skip
    return receipt


def _book(batch: Batch, outcome: Outcome, by: User) -> None:
    today = timezone.localdate()
    awards = {
        one.pk: one for one in lock_awards([line.award_id for line, _ in (*outcome.paid, *outcome.bounced)])
    }
    movements = [
        Movement(
            Kind.PAY, line.fen, f"pay:{line.pk}", award=awards[line.award_id], batch=batch, note=line.number
        )
        for line, _ in outcome.paid
    ]
    movements += [
        Movement(
            Kind.BOUNCE,
            line.fen,
            f"bounce:{line.pk}",
            award=awards[line.award_id],
            batch=batch,
            note=line.number,
        )
        for line, _ in outcome.bounced
        if line.state == LineState.PAID  # money that had arrived and came back
    ]
    if movements:
        move_money(batch.envelope_id, movements, by=by)
    for line, row in outcome.paid:
        line.state, line.paid_on, line.bank_ref, line.note = LineState.PAID, row.paid_on or today, row.bank_ref, row.note  # fmt: skip
    for line, row in outcome.bounced:
        line.state, line.bank_ref, line.note = LineState.BOUNCED, row.bank_ref, row.note or row.result
    for line, _ in (*outcome.paid, *outcome.bounced):
        line.save(update_fields=["state", "paid_on", "bank_ref", "note"])
    paid = [awards[line.award_id] for line, _ in outcome.paid]
    bounced = [awards[line.award_id] for line, _ in outcome.bounced]
    if paid:
        move_awards(paid, "pay", "资金已到账", by=by)
        tell_firms(
            paid, "资金已拨付：{item}", "{number} 的资金已拨付到贵单位账户，请查收。", f"paid:{batch.pk}"
        )
    if bounced:
        move_awards(bounced, "bounce", "银行退票，请更正收款账户", by=by)
        tell_firms(bounced, "银行退票：{item}", "{number} 的资金被银行退回，请核对并更正收款账户后重新拨付。", f"bounced:{batch.pk}")  # fmt: skip
