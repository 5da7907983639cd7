"""Rows into a registry, a batch at a time. A batch, its counts and the checkpoint are one transaction:
a kill at any moment leaves whole batches, and the run goes on where it stopped."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from keqiao.core.bulk import insert_objects, insert_rows
from keqiao.core.errors import NotAllowed
from keqiao.core.numbers import next_numbers
from keqiao.registry.expert.models import Expert
from keqiao.registry.intake.models import IntakeRun, RejectedRow, RunState
from keqiao.registry.intake.organisations import OrganisationBook, Wanted
from keqiao.registry.kinds import KINDS
from keqiao.registry.records.changes import mark_many_changed
from keqiao.registry.records.enums import Status
from keqiao.registry.records.history import snapshot
from keqiao.registry.records.models import Listed, Record, RecordVersion
from keqiao.registry.work.models import Authorship, Work

VALID_FOR = timedelta(days=365)  # a listing without a date expires after a year (feature 7)
MAX_AUTHORS = 10


@dataclass(slots=True)
class Bound:
    """A row that has become a record's values. identity: what makes it the same record next year."""

    row: int
    values: dict[str, Any]
    identity: tuple[str, ...]
    owner: Wanted | None = None
    authors: Sequence[tuple[str, str]] = ()  # (name, organisation name), for works
    content_hash: str = ""
    key: str = ""

    def seal(self, kind: str) -> "Bound":
        """Compute the identity key and the content hash, both SHA-256 hex."""
        self.key = hashlib.sha256("\x1f".join((kind, *self.identity)).encode()).hexdigest()
        text = json.dumps([self.values, self.authors], ensure_ascii=False, sort_keys=True, default=str)
        self.content_hash = hashlib.sha256(text.encode()).hexdigest()
        return self


@dataclass(slots=True)
class Rejected:
    """A row that is not written, as it came, with its problems as plain data. position: which row of data it is."""

    position: int
    row: int
    cells: list[Any]
    problems: list[dict[str, Any]]


@dataclass
class Batch:
    """What is settled together. last_row: the checkpoint after it, counted in rows of data."""

    rows: list[Bound] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    same_again: int = 0  # rows that repeat an earlier row of the file word for word
    warnings: int = 0
    last_row: int = 0

    def __len__(self) -> int:
        return len(self.rows) + len(self.rejected) + self.same_again


def write_batch(run: IntakeRun, batch: Batch, book: OrganisationBook) -> None:
    """Settle one batch. Raises NotAllowed when another process has moved the checkpoint meanwhile.

    About five queries a batch plus one for each changed row; memory is the batch.
    """
    try:
        with transaction.atomic():
            _claim(run, batch)
            new, updated, unchanged = _settle(run, batch.rows, book)
            RejectedRow.objects.bulk_create(
                [
                    RejectedRow(run=run, position=r.position, row=r.row, cells=r.cells, problems=r.problems)
                    for r in batch.rejected
                ],
                batch_size=500,
            )
            run.read_count += len(batch)
            run.new_count += new
            run.updated_count += updated
            run.unchanged_count += unchanged + batch.same_again
            run.rejected_count += len(batch.rejected)
            run.warning_count += batch.warnings
            run.done_row = batch.last_row
            run.heartbeat_at = timezone.now()
            run.save(
                update_fields=[
                    "read_count",
                    "new_count",
                    "updated_count",
                    "unchanged_count",
                    "rejected_count",
                    "warning_count",
                    "done_row",
                    "heartbeat_at",
                ]
            )
    except BaseException:
        book.forget()
        raise


def _claim(run: IntakeRun, batch: Batch) -> None:
    """Lock the run's row and make sure that nobody else has gone on with it."""
    features = connection.features
    rows = IntakeRun.objects.filter(pk=run.pk)
    if features.has_select_for_update:
        rows = rows.select_for_update()
    state, done_row = rows.values_list("state", "done_row").get()
    if state != RunState.WRITING or done_row != run.done_row:
        raise NotAllowed(
            f"这个批次正由另一个进程写入（已处理 {done_row} 行），本进程停止，没有重复写入。请刷新查看进度。",
            code="intake.taken",
            conflict=True,
        )


def _settle(run: IntakeRun, rows: list[Bound], book: OrganisationBook) -> tuple[int, int, int]:
    """(new, updated, unchanged) after writing the rows."""
    if not rows:
        return 0, 0, 0
    model = KINDS[run.kind].model
    book.learn(_wanted(rows))
    known: dict[str, Record] = {
        r.match_key: r for r in model.objects.filter(match_key__in=[b.key for b in rows])
    }
    fresh = [b for b in rows if b.key not in known]
    changed = [b for b in rows if b.key in known and known[b.key].content_hash != b.content_hash]
    created = _create(run, model, fresh, book)
    _update(run, [(known[b.key], b) for b in changed], book)
    if model is Work:
        _sign(list(zip(created, fresh, strict=True)), book)
        Authorship.objects.filter(work_id__in=[known[b.key].pk for b in changed]).delete()
        _sign([(known[b.key], b) for b in changed], book)
    mark_many_changed(run.kind, [r.pk for r in created] + [known[b.key].pk for b in changed])
    return len(fresh), len(changed), len(rows) - len(fresh) - len(changed)


def _wanted(rows: Iterable[Bound]) -> Iterable[Wanted]:
    for bound in rows:
        if bound.owner:
            yield bound.owner
        for _, organisation in bound.authors:
            if organisation:
                yield Wanted(organisation)


def _create(run: IntakeRun, model: type[Record], fresh: list[Bound], book: OrganisationBook) -> list[Record]:
    now, today = timezone.now(), timezone.localdate()
    numbers: list[str | None] = [None] * len(fresh)
    if fresh and model is not Work:
        numbers = list(next_numbers(model.SERIES, today.year, len(fresh)))
    records = []
    for bound, number in zip(fresh, numbers, strict=True):
        record = model(
            number=number,
            match_key=bound.key,
            content_hash=bound.content_hash,
            origin_id=run.origin_id,
            origin_row=bound.row,
            created_by_id=run.by_id,
            created_at=now,
            updated_at=now,
            **bound.values,
        )
        _own(record, bound, book)
        _land(record, run, today, now)
        records.append(record)
    insert_objects(model, records)
    keys = dict(model.objects.filter(match_key__in=[b.key for b in fresh]).values_list("match_key", "pk"))
    for record in records:
        record.pk = keys[record.match_key or ""]
    return records


def _own(record: Record, bound: Bound, book: OrganisationBook) -> None:
    if bound.owner:
        record.organisation_id = book.id_of(bound.owner.name, bound.owner.uscc, bound.owner.division_code)


def _land(record: Record, run: IntakeRun, today: date, now: datetime) -> None:
    """Where a new record comes to rest: an ungated registry publishes, a listing lands as the officer chose."""
    record.status = run.land_as if KINDS[run.kind].flow else Status.PUBLISHED
    if isinstance(record, Listed):
        _assess(record)
        record.valid_until = record.valid_until or today + VALID_FOR
        if record.status == Status.PUBLISHED and record.valid_until < today:
            record.status = Status.EXPIRED
        if record.status in (Status.COUNTY_REVIEW, Status.CITY_REVIEW):
            record.submitted_at = now
    if record.status in (Status.PUBLISHED, Status.EXPIRED):
        record.published_at = now


def _assess(record: Listed) -> None:
    found = record.assess()
    record.quality = found.score if found else 0


def _update(run: IntakeRun, pairs: list[tuple[Record, Bound]], book: OrganisationBook) -> None:
    """Keep the version that is superseded, then write the new one. Fields that the row does not carry stay."""
    if not pairs:
        return
    RecordVersion.objects.bulk_create(
        [
            RecordVersion(
                kind=record.KIND,
                record_id=record.pk,
                version=record.version,
                at=record.updated_at,
                by_id=record.created_by_id if record.version == 1 else None,
                origin_id=record.origin_id,
                origin_row=record.origin_row,
                note="",
                snapshot=snapshot(record),
            )
            for record, _ in pairs
        ],
        ignore_conflicts=True,  # records edited by hand have stored that version already
    )
    now = timezone.now()
    for record, bound in pairs:
        for name, value in bound.values.items():
            setattr(record, name, value)
        _own(record, bound, book)
        if isinstance(record, Listed):
            _assess(record)
        record.version = record.version + 1
        record.content_hash, record.origin_id, record.origin_row = (
            bound.content_hash,
            run.origin_id,
            bound.row,
        )
        record.updated_at = now
        record.save()


def _sign(pairs: list[tuple[Record, Bound]], book: OrganisationBook) -> None:
    """Names on works, linked to the experts of the same name and organisation."""
    if not pairs:
        return
    names = {name for _, bound in pairs for name, _ in bound.authors}
    experts = {
        (name, organisation): pk
        for pk, name, organisation in Expert.objects.filter(title__in=names).values_list(
            "pk", "title", "organisation_id"
        )
    }
    rows, linked = [], set()
    for work, bound in pairs:
        for order, (name, organisation) in enumerate(bound.authors[:MAX_AUTHORS], start=1):
            organisation_id = book.id_of(organisation)
            expert_id = experts.get((name, organisation_id)) if organisation_id else None
            if expert_id:
                linked.add((expert_id, work.year or 0))
            rows.append((work.pk, order, name[:60], organisation[:200], expert_id, organisation_id))
    insert_rows(
        Authorship, ("work_id", "order", "name", "organisation_name", "expert_id", "organisation_id"), rows
    )
    _count_works(linked)


def _count_works(linked: set[tuple[int, int]]) -> None:
    """Experts' counters follow; their index entry too."""
    years: dict[int, int] = {}
    for expert_id, year in linked:
        years[expert_id] = max(year, years.get(expert_id, 0))
    if not years:
        return
    for expert in Expert.objects.filter(pk__in=years):
        expert.work_count = expert.authorships.count()
        expert.last_work_year = max(expert.last_work_year or 0, years[expert.pk]) or None
        expert.save(update_fields=["work_count", "last_work_year"])
    mark_many_changed("expert", years)
