"""One intake run from the file to the last count: receive, check, write, resume.

receive -> (the officer corrects the mapping) -> check (reads everything, writes nothing) -> write.
`write` goes on from the checkpoint, so the same call starts a run and resumes one that was killed.
"""

import hashlib
import math
import shutil
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from keqiao.core.audit import record
from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.core.models import AuditLevel
from keqiao.people.models import User
from keqiao.registry.intake.binding import bind
from keqiao.registry.intake.guards import COMMAND_LINE, MIB, WEB, Limits, display_name
from keqiao.registry.intake.headings import Mapping, recognise, remap
from keqiao.registry.intake.institutions import write_institutions
from keqiao.registry.intake.kinds import KINDS
from keqiao.registry.intake.lookups import match_name
from keqiao.registry.intake.models import IntakeRun, RejectedRow, RunMode, RunState
from keqiao.registry.intake.organisations import Namesakes, OrganisationBook
from keqiao.registry.intake.permits import (
    EVERYTHING,
    LANDINGS,
    Reach,
    kinds_for,
    landings_for,
    reach_of,
    require_kind,
)
from keqiao.registry.intake.problems import Problem, error
from keqiao.registry.intake.rows import ParsedRow, row_parser
from keqiao.registry.intake.tables import RawRow, Table, open_table, tables_in
from keqiao.registry.intake.writer import Batch, Bound, Rejected, write_batch
from keqiao.registry.records.models import Origin

BATCH_ROWS = 1000
STALLED_AFTER = timedelta(seconds=90)  # a writing run without progress for so long has lost its process
SHOWN_PROBLEMS = 500  # rows with problems that a check keeps for the page
Progress = Callable[[IntakeRun], None]


def _silent(run: IntakeRun) -> None:
    """No progress wanted."""


@dataclass
class CheckReport:
    """What a run would do. Rows with problems are kept up to SHOWN_PROBLEMS, bad ones all; the counts are complete."""

    good: int = 0
    bad: int = 0
    warned: int = 0
    samples: list[ParsedRow] = field(default_factory=list)
    problem_rows: list[tuple[RawRow, list[Problem]]] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.good + self.bad


# --- receiving ---------------------------------------------------------------------------------------------------


def receive_upload(*, file: IO[bytes], name: str, by: User, kind: str | None = None) -> IntakeRun:
    """Keep an uploaded file and propose its mapping. Raises BadFile for a file that cannot be read."""
    shown = display_name(name)
    if kind is not None:
        require_kind(by, kind)
    folder = Path(settings.MEDIA_ROOT) / "intake" / f"{timezone.localdate():%Y%m}"
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{timezone.now().timestamp():.6f}-{by.pk}"
    try:
        with draft.open("wb") as out:
            shutil.copyfileobj(file, out)
        main = _main_sheet(tables_in(draft, name=shown, kind=kind, limits=upload_limits()))
        table = open_table(draft, name=shown, sheet=main, kind=kind, limits=upload_limits())
        run = _new_run(
            path=draft, name=shown, table=table, kind=kind or _guess(table, by), by=by, is_ours=True
        )
        kept = folder / f"{run.public_id}{Path(shown).suffix.lower()}"
        draft.rename(kept)
        run.stored_path = str(kept.relative_to(settings.MEDIA_ROOT))
        run.save(update_fields=["stored_path"])
    finally:
        draft.unlink(missing_ok=True)
    return run


def upload_limits() -> Limits:
    """What an upload may weigh and hold on this site."""
    return replace(WEB, max_bytes=settings.KEQIAO_UPLOAD_MB * MIB)


def _main_sheet(tables: list[Table]) -> str | None:
    """The sheet most likely meant: well understood, and not a short one beside a long one."""
    shown = [one for one in tables if not one.is_hidden] or tables
    best = max(
        shown, key=lambda one: recognise(one.headings).confidence * math.log2(2 + (one.row_count_hint or 0))
    )
    return best.sheet or None


def _guess(table: Table, by: User) -> str:
    """The kind that fits best among those that this person may import."""
    allowed = kinds_for(by)
    if table.kind in allowed or not allowed:
        require_kind(by, table.kind)
        return table.kind
    return max(allowed, key=lambda kind: recognise(table.headings, kind).confidence)


def sheets_of(run: IntakeRun) -> list[Table]:
    """The tables of the run's file that could be imported, the best understood first."""
    return tables_in(run.path, name=run.origin.file_name, limits=_limits(run))


@transaction.atomic
def choose_sheet(*, run: IntakeRun, sheet: str, by: User) -> IntakeRun:
    """Import another sheet of the same file; its headings are recognised anew. Raises BadFile when it is not there."""
    _still_open(run)
    table = open_table(run.path, name=run.origin.file_name, sheet=sheet, limits=_limits(run))
    mapping = recognise(table.headings, _guess(table, by))
    run.origin.sheet = table.sheet[:60]
    run.origin.save(update_fields=["sheet"])
    run.kind, run.headings, run.state = mapping.kind, list(table.headings), RunState.RECEIVED
    run.mapping, run.row_total = {str(i): key for i, key in mapping.columns.items()}, table.row_count_hint
    run.save(update_fields=["kind", "headings", "mapping", "state", "row_total"])
    record("intake.sheet_chosen", by=by, target=run, changes={"sheet": [None, table.sheet]})
    return run


def earlier_run(run: IntakeRun) -> IntakeRun | None:
    """The newest finished run over the very same content, sheet and kind, if there is one."""
    runs = IntakeRun.objects.filter(state=RunState.DONE, kind=run.kind, origin__sha256=run.origin.sha256)
    return runs.filter(origin__sheet=run.origin.sheet).exclude(pk=run.pk).select_related("by").first()


def receive_path(*, path: Path, by: User | None, kind: str | None = None, source: str = "file") -> IntakeRun:
    """A run over a file where it lies (command line, demo). Raises BadFile, NotFound when there is no such file."""
    if not path.is_file():
        raise NotFound("文件", path)
    table = open_table(path, name=path.name, kind=kind, limits=COMMAND_LINE)
    return _new_run(
        path=path.resolve(),
        name=path.name,
        table=table,
        kind=kind or table.kind,
        by=by,
        is_ours=False,
        source=source,
    )


@transaction.atomic
def _new_run(
    *, path: Path, name: str, table: Table, kind: str, by: User | None, is_ours: bool, source: str = "file"
) -> IntakeRun:
    mapping = recognise(table.headings, kind)
    origin = Origin.objects.create(
        source=source, file_name=name, sheet=table.sheet[:60], sha256=sha256_of(path), received_by=by
    )
    run = IntakeRun.objects.create(
        kind=mapping.kind,
        origin=origin,
        stored_path=str(path),
        is_file_ours=is_ours,
        headings=list(table.headings),
        mapping={str(index): key for index, key in mapping.columns.items()},
        row_total=table.row_count_hint,
        by=by,
    )
    record("intake.received", by=by, target=run, file_name=name, file_sha256=origin.sha256)
    return run


def sha256_of(path: Path) -> str:
    """The file's digest; reads it once, memory stays flat."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def unfinished_of(path: Path, kind: str | None) -> IntakeRun | None:
    """The run over this very content that was interrupted, if there is one."""
    runs = IntakeRun.objects.filter(state=RunState.WRITING, origin__sha256=sha256_of(path))
    return (runs.filter(kind=kind) if kind else runs).first()


def correct_mapping(*, run: IntakeRun, kind: str, columns: dict[int, str], by: User) -> IntakeRun:
    """Take the officer's mapping. Raises BadInput for a field named twice or a required one that is missing."""
    _still_open(run)
    require_kind(by, kind)
    twice = sorted({key for key in columns.values() if list(columns.values()).count(key) > 1})
    if twice:
        labels = "、".join(KINDS[kind].field(key).label for key in twice)
        raise BadInput(f"“{labels}”对应了不止一列。请只留一列，其余选“不导入”。", code="mapping.twice")
    mapping = remap(run.headings, kind, columns)
    if mapping.missing:
        raise BadInput(
            f"缺少必填列：{'、'.join(mapping.missing)}。请为它们各选一列，或在文件里补上后重新上传。",
            code="mapping.missing",
        )
    run.kind, run.mapping, run.state = kind, {str(i): key for i, key in columns.items()}, RunState.RECEIVED
    run.save(update_fields=["kind", "mapping", "state"])
    record("intake.mapped", by=by, target=run, changes={"mapping": [None, run.mapping]})
    return run


def _still_open(run: IntakeRun) -> None:
    if run.state not in (RunState.RECEIVED, RunState.CHECKED):
        raise NotAllowed(
            "这个批次已开始写入或已结束，列对应不能再改。请重新上传文件。", code="intake.state", conflict=True
        )


# --- reading -----------------------------------------------------------------------------------------------------


def _limits(run: IntakeRun) -> Limits:
    return upload_limits() if run.is_file_ours else COMMAND_LINE


def _table(run: IntakeRun) -> Table:
    if not run.path.is_file():
        raise NotFound("导入的文件", run.origin.file_name)
    tables = tables_in(run.path, name=run.origin.file_name, kind=run.kind, limits=_limits(run))
    for table in tables:
        if list(table.headings) == run.headings and table.sheet[:60] == run.origin.sheet:
            return table
    raise BadInput(
        f"文件“{run.origin.file_name}”的列与开始时不同，可能在导入途中被改动。请重新上传。",
        code="intake.file_changed",
    )


def mapping_of(run: IntakeRun) -> Mapping:
    """The run's mapping with the units that the headings carry."""
    return remap(run.headings, run.kind, {int(index): key for index, key in run.mapping.items()})


def read_rows(run: IntakeRun) -> Iterator[tuple[RawRow, ParsedRow]]:
    """Every row of the run's table with what it says."""
    parse = row_parser(KINDS[run.kind], mapping_of(run), match_name)
    for raw in _table(run).rows:
        yield raw, parse(raw)


def judged_rows(
    run: IntakeRun,
) -> Generator[tuple[RawRow, ParsedRow, Bound | None, list[Problem]], None, None]:
    """Every row with what it says, what it would become (None: kept out, or a repeat) and its findings."""
    seen, reach, doubtful = _Seen(), reach_of(run.by), Namesakes()
    for raw, parsed in read_rows(run):
        bound, problems = _bound(run, parsed, seen, reach)
        if bound is not None and (namesakes := doubtful.warn(bound.owner)) is not None:
            problems.append(namesakes)
        yield raw, parsed, bound, problems


def check(
    run: IntakeRun, *, by: User | None = None, progress: Callable[[int], None] | None = None
) -> CheckReport:
    """Read every row and write nothing. Sets the run's total and its state. progress: told every 500 rows."""
    report = CheckReport()
    for raw, parsed, bound, problems in judged_rows(run):
        is_bad = bound is None and any(p.is_error for p in problems)
        report.bad += is_bad
        report.good += not is_bad
        report.warned += any(not p.is_error for p in problems)
        if problems and (is_bad or len(report.problem_rows) < SHOWN_PROBLEMS):
            report.problem_rows.append((raw, problems))
        if len(report.samples) < 5 and bound is not None:
            report.samples.append(parsed)
        if progress is not None and report.total % 500 == 0:
            progress(report.total)
    if run.state in (RunState.RECEIVED, RunState.CHECKED):
        with transaction.atomic():
            run.state, run.row_total = RunState.CHECKED, report.total
            run.save(update_fields=["state", "row_total"])
            record("intake.checked", by=by or run.by, target=run, row_count=report.total)
    return report


class _Seen:
    """Which records the file has named so far, eight bytes each: a million rows take some 60 MB."""

    def __init__(self) -> None:
        self._content: dict[int, int] = {}

    def judge(self, bound: Bound) -> str:
        """ "new", "same" (repeats an earlier row) or "other" (same record, other content)."""
        key, content = int(bound.key[:15], 16), int(bound.content_hash[:15], 16)
        before = self._content.get(key)
        if before is None:
            self._content[key] = content
            return "new"
        return "same" if before == content else "other"


def _bound(
    run: IntakeRun, parsed: ParsedRow, seen: _Seen, reach: Reach = EVERYTHING
) -> tuple[Bound | None, list[Problem]]:
    """The row as values, None when it is kept out or repeats an earlier one (then no problem is an error)."""
    problems = list(parsed.problems)
    if any(p.is_error for p in problems):
        return None, problems
    if run.kind == "institution":  # has no record of its own; `institutions` finds the unit
        return Bound(parsed.number, {}, (str(parsed.values.get("name")),)), problems
    bound, found = bind(run.kind, parsed)
    problems += found
    if outside := reach.settle(run.kind, bound):
        problems.append(outside)
        return None, problems
    bound.seal(run.kind)
    if forbidden := reach.overwrites(run.kind, bound):
        problems.append(forbidden)
        return None, problems
    judged = seen.judge(bound)
    if judged == "same":
        return None, problems
    if judged == "other":
        problems.append(
            error(
                "row.twice",
                f"本文件前面已有同一条（{'，'.join(x for x in bound.identity if x)}），内容不同。请只留一行，或改名区分。",
            )
        )
        return None, problems
    return bound, problems


# --- writing -----------------------------------------------------------------------------------------------------


def start(*, run: IntakeRun, mode: str, land_as: str, by: User | None) -> IntakeRun:
    """Commit to writing. In ALL_OR_NONE mode one bad row refuses the whole file, and nothing is written."""
    if run.state not in (RunState.RECEIVED, RunState.CHECKED):
        raise NotAllowed(
            f"这个批次{run.get_state_display()}，不能再次写入。请重新上传文件。",
            code="intake.state",
            conflict=True,
        )
    require_kind(by, run.kind)
    if mode not in RunMode.values:
        raise BadInput(
            f"没有“{mode}”这种写入方式。请选“写入全部合格行”或“一行也不写”。",
            code="intake.mode",
            field="mode",
        )
    allowed = landings_for(by, run.kind) if by is not None else tuple(LANDINGS)
    if land_as not in allowed:
        words = "、".join(LANDINGS[one] for one in allowed)
        raise BadInput(f"写入后的状态只能选：{words}。", code="intake.land_as", field="land_as")
    mapping = mapping_of(run)
    if mapping.missing:
        raise BadInput(f"缺少必填列：{'、'.join(mapping.missing)}。请先核对列对应。", code="mapping.missing")
    run.mode, run.land_as = mode, land_as
    if mode == RunMode.ALL_OR_NONE:
        report = check(run)
        if report.bad:
            run.state, run.finished_at = RunState.REFUSED, timezone.now()
            run.message = f"{report.bad} 行不合格，按“有一行不合格就一行也不写”没有写入任何一行。"
            run.save(update_fields=["mode", "land_as", "state", "finished_at", "message"])
            _keep_rejected(run, report)
            record("intake.refused", by=by, target=run, row_count=report.bad, reason=run.message)
            return run
    with transaction.atomic():
        run.state, run.heartbeat_at = RunState.WRITING, timezone.now()
        run.save(update_fields=["mode", "land_as", "state", "heartbeat_at"])
        record("intake.started", by=by, target=run, row_count=run.row_total)
    return run


def _keep_rejected(run: IntakeRun, report: CheckReport) -> None:
    bad = [(raw, problems) for raw, problems in report.problem_rows if any(p.is_error for p in problems)]
    run.rejected.all().delete()
    RejectedRow.objects.bulk_create(
        [
            RejectedRow(
                run=run, position=at, row=raw.number, cells=plain_cells(raw), problems=plain_problems(ps)
            )
            for at, (raw, ps) in enumerate(bad, start=1)
        ],
        batch_size=500,
    )


def plain_cells(raw: RawRow) -> list[Any]:
    """A row's cells as JSON values; dates as ISO text."""
    return [c.isoformat() if isinstance(c, date | datetime) else c for c in raw.cells]


def plain_problems(problems: list[Problem]) -> list[dict[str, Any]]:
    """Findings as JSON values, the errors first."""
    ordered = sorted(problems, key=lambda p: not p.is_error)
    return [
        {"column": p.column, "level": str(p.level), "code": p.code, "message": p.message, "value": p.value}
        for p in ordered
    ]


def write(run: IntakeRun, *, progress: Progress = _silent, batch_rows: int = BATCH_ROWS) -> IntakeRun:
    """Write every row after the checkpoint, batch by batch, and finish the run.

    Safe to call again after a kill: settled rows are read over, not written again. Raises what `write_batch` raises.
    """
    if run.state != RunState.WRITING:
        raise NotAllowed(
            f"这个批次{run.get_state_display()}，没有可继续的写入。", code="intake.state", conflict=True
        )
    if run.kind == "institution":
        write_institutions(run, read_rows(run))
    else:
        _write_records(run, progress, batch_rows)
    return _finish(run)


def _write_records(run: IntakeRun, progress: Progress, batch_rows: int) -> None:
    book, batch, settled = OrganisationBook(), Batch(), run.done_row
    for position, (raw, _, bound, problems) in enumerate(judged_rows(run), start=1):
        if position <= settled:
            continue  # before the checkpoint; read only so that repeats are still known
        if bound is not None:
            batch.rows.append(bound)
        elif any(p.is_error for p in problems):
            batch.rejected.append(Rejected(position, raw.number, plain_cells(raw), plain_problems(problems)))
        else:
            batch.same_again += 1
        batch.warnings += any(not p.is_error for p in problems)
        batch.last_row = position
        if len(batch) >= batch_rows:
            write_batch(run, batch, book)
            batch = Batch()
            progress(run)
    if len(batch):
        write_batch(run, batch, book)
        progress(run)


@transaction.atomic
def _finish(run: IntakeRun) -> IntakeRun:
    run.state, run.finished_at, run.row_total = RunState.DONE, timezone.now(), run.read_count
    run.message = (
        f"读入 {run.read_count} 行 = 新增 {run.new_count} + 更新 {run.updated_count} + "
        f"未变 {run.unchanged_count} + 退回 {run.rejected_count}。"
    )
    run.save(update_fields=["state", "finished_at", "row_total", "message"])
    record(
        "intake.finished", by=run.by, target=run, row_count=run.written_count, reason=run.message,
        file_name=run.origin.file_name, file_sha256=run.origin.sha256, level=AuditLevel.IMPORTANT,
    )  # fmt: skip
    return run


def abandon(*, run: IntakeRun, by: User) -> IntakeRun:
    """Give up a run that is not being written. What it has settled stays, and its counts say so."""
    if run.state == RunState.WRITING and timezone.now() - run.heartbeat_at < STALLED_AFTER:
        raise NotAllowed(
            "正在写入，不能放弃。写完后可在登记簿里撤回本批次的记录。", code="intake.state", conflict=True
        )
    if run.state in (RunState.DONE, RunState.REFUSED, RunState.ABANDONED):
        raise NotAllowed("这个批次已经结束。", code="intake.state", conflict=True)
    run.state, run.finished_at = RunState.ABANDONED, timezone.now()
    run.save(update_fields=["state", "finished_at"])
    record("intake.abandoned", by=by, target=run)
    return run
