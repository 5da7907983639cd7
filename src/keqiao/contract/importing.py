"""Taking in a yearly list of registered contracts: every row becomes new, changed, same or rejected, and they add up."""

import hashlib
import io
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from keqiao.contract.enums import EntrySource
from keqiao.contract.ledger import home_place
from keqiao.contract.models import LedgerEntry, LedgerImport
from keqiao.contract.national import COMPARED, DECISIVE, KIND, SPEC, Line, in_yuan, line_of, placed
from keqiao.contract.numbering import parts_of
from keqiao.core.audit import record
from keqiao.core.errors import BadInput, NotAllowed
from keqiao.core.models import AuditLevel, NumberSeries
from keqiao.people.access import scope_of
from keqiao.people.enums import Role
from keqiao.people.models import User
from keqiao.registry.intake.guards import WEB, Limits, display_name
from keqiao.registry.intake.headings import recognise
from keqiao.registry.intake.lookups import match_name
from keqiao.registry.intake.problems import Problem, error
from keqiao.registry.intake.redcells import write_rejected
from keqiao.registry.intake.rows import require, row_parser
from keqiao.registry.intake.tables import RawRow, Table, open_table

_BATCH = 500
IMPORTERS = frozenset({Role.REGISTRAR, Role.BUREAU_OFFICER})
Bad = tuple[RawRow, list[Problem]]
Highest = dict[tuple[str, int], int]  # city and year -> serial


def require_importer(by: User | None) -> None:
    """Raises NotAllowed unless this person takes in yearly lists: registrars and officers of the whole city."""
    if by is None or (scope_of(by).roles & IMPORTERS):
        return
    raise NotAllowed(
        "年度台账由合同登记员和市科技局人员导入。请把文件交给登记机构办理。", code="ledger.import"
    )


def import_list(
    *, content: bytes, name: str, by: User | None, source: str = EntrySource.NATIONAL, limits: Limits = WEB,
    progress: Callable[[int], None] = lambda done: None,
) -> LedgerImport:  # fmt: skip
    """Take in a table of registered contracts (.xlsx, .csv). Writes everything or nothing; a second time changes nothing.

    by None: from the command line. Raises BadFile (a BadInput) for a file that cannot be used, NotAllowed.
    """
    require_importer(by)
    if source not in (EntrySource.NATIONAL, EntrySource.PROVINCE):
        raise BadInput("请选择台账的来源：全国系统或省级下发。", code="ledger.source", field="source")
    shown = display_name(name)
    table = open_table(io.BytesIO(content), name=shown, kind=KIND, limits=limits)
    columns = in_yuan(recognise(table.headings, KIND), table.headings)
    require(columns, table)
    with transaction.atomic():
        batch = LedgerImport.objects.create(
            file_name=shown[:120], sha256=hashlib.sha256(content).hexdigest(), sheet=table.sheet[:60], source=source, by=by,
        )  # fmt: skip
        bad: list[Bad] = []
        seen: dict[str, int] = {}
        pending: list[tuple[RawRow, Line]] = []
        highest: Highest = {}
        today, parse = timezone.localdate(), row_parser(SPEC, columns, match_name)
        for raw in table.rows:
            row = parse(raw)
            batch.read_count += 1
            line = line_of(row, today=today)
            if line is not None and line.reg_no in seen:
                row.problems.append(
                    error("ledger.twice", f"登记编号 {line.reg_no} 在第 {seen[line.reg_no]} 行已有，一份合同只登记一次。请删去其中一行。", field="reg_no")
                )  # fmt: skip
                line = None
            if line is None:
                bad.append((raw, placed(row, columns)))
                continue
            seen[line.reg_no] = raw.number
            pending.append((raw, line))
            if len(pending) >= _BATCH:
                bad += _write(batch, pending, columns.column_of("reg_no"), highest)
                pending.clear()
                progress(batch.read_count)
        bad += _write(batch, pending, columns.column_of("reg_no"), highest)
        _never_again(highest)
        _close(batch, table, bad, by)
    return batch


def _write(
    batch: LedgerImport, rows: list[tuple[RawRow, Line]], number_column: int | None, highest: Highest
) -> list[Bad]:
    """New ones in, changed ones over; one of our own that disagrees goes back. Three queries a batch."""
    known = LedgerEntry.objects.in_bulk([line.reg_no for _, line in rows], field_name="reg_no")
    new, changed, bad = [], [], []
    now = timezone.now()
    for raw, line in rows:
        _note_number(line.reg_no, highest)
        entry = known.get(line.reg_no)
        if entry is None:
            new.append(
                LedgerEntry(reg_no=line.reg_no, source=batch.source, batch=batch, updated_at=now, **line.values)
            )  # fmt: skip
        elif entry.source == EntrySource.OWN:
            if told := _disagreement(entry, line):
                bad.append((raw, [error("ledger.own", told, column=number_column, field="reg_no")]))
            else:
                batch.same_count += 1
        elif all(getattr(entry, name) == line.values[name] for name in COMPARED):
            batch.same_count += 1
        else:
            for name, value in line.values.items():
                setattr(entry, name, value)
            entry.batch, entry.source, entry.updated_at = batch, batch.source, now
            changed.append(entry)
    LedgerEntry.objects.bulk_create(new)
    LedgerEntry.objects.bulk_update(changed, [*COMPARED, "batch", "source", "updated_at"], batch_size=100)
    batch.new_count += len(new)
    batch.changed_count += len(changed)
    return bad


_SAID = {
    "decided_on": "登记日期",
    "total_fen": "成交总额",
    "tech_fen": "技术交易额",
    "statistic_class": "类别",
}


def _disagreement(entry: LedgerEntry, line: Line) -> str:
    """What our own registration and the list say differently, in words; "" when they agree."""
    found = []
    for name in DECISIVE:
        ours, theirs = getattr(entry, name), line.values[name]
        if ours != theirs:
            found.append(f"{_SAID[name]}本机构为 {_shown(name, ours)}，文件为 {_shown(name, theirs)}")
    return (
        f"{entry.reg_no} 由本机构登记，与文件不一致：{'；'.join(found)}。请核对，本机构有误的办变更登记。"
        if found
        else ""
    )


def _shown(name: str, value: Any) -> str:
    return f"{value / 100:,.2f} 元" if name.endswith("_fen") else str(value)


def _note_number(reg_no: str, highest: Highest) -> None:
    """Remember the highest serial of our own series in each year; without a home city, of every city."""
    parts, home = parts_of(reg_no), home_place()
    if parts is None or not (parts.province + parts.city).startswith(home[:4]):
        return
    if parts.registrar != settings.KEQIAO_REGISTRAR_CODE:
        return
    year = int(parts.year) if len(parts.year) == 4 else 2000 + int(parts.year)
    key = (parts.province + parts.city, year)
    highest[key] = max(highest.get(key, 0), parts.serial)


def _never_again(highest: Highest) -> None:
    """Our next numbers begin after those that the list shows as given."""
    for (city, year), serial in sorted(highest.items()):
        series = f"登记号{city}{settings.KEQIAO_REGISTRAR_CODE}"
        row, _ = NumberSeries.objects.select_for_update().get_or_create(series=series, year=year)
        if row.last < serial:
            row.last = serial
            row.save(update_fields=["last"])


def _close(batch: LedgerImport, table: Table, bad: list[Bad], by: User | None) -> None:
    batch.rejected_count = len(bad)
    batch.passed_over = [list(one) for one in table.passed_over[:200]]
    if bad:
        out = io.BytesIO()
        bad.sort(key=lambda one: one[0].number)
        accepted = batch.new_count + batch.changed_count + batch.same_count
        write_rejected(table, bad, out, accepted=accepted, by=str(by or ""))
        batch.rejected_file = out.getvalue()
    batch.save()
    record(
        "ledger.imported", by=by, target=batch, level=AuditLevel.IMPORTANT, file_name=batch.file_name,
        file_sha256=batch.sha256,
        changes={"读入": ["", batch.read_count], "新增": ["", batch.new_count], "更新": ["", batch.changed_count],
                 "相同": ["", batch.same_count], "退回": ["", batch.rejected_count]},
    )  # fmt: skip
