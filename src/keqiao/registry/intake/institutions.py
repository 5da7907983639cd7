"""Rows of institutions become organisations: universities, institutes, hospitals, service bodies, departments."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.db import transaction
from django.utils import timezone
from pypinyin import lazy_pinyin

from keqiao.people.enums import OrganisationKind
from keqiao.people.models import Organisation, OrganisationName
from keqiao.people.organisations import fitting, the_one
from keqiao.registry.intake.models import IntakeRun, RejectedRow
from keqiao.registry.intake.organisations import OrganisationBook, Wanted, bearers_of
from keqiao.registry.intake.rows import ParsedRow
from keqiao.registry.intake.tables import RawRow

_BATCH = 200
_KINDS = {
    "university": OrganisationKind.UNIVERSITY, "institute": OrganisationKind.INSTITUTE,
    "hospital": OrganisationKind.HOSPITAL, "service": OrganisationKind.SERVICE,
    "department": OrganisationKind.DEPARTMENT,
}  # fmt: skip


def write_institutions(run: IntakeRun, rows: Iterator[tuple[RawRow, ParsedRow]]) -> None:
    """Write the rows after the checkpoint in transactions of 200. Counts reconcile as in `writer`."""
    book = OrganisationBook()
    for _ in islice(rows, run.done_row):
        pass
    while batch := list(islice(rows, _BATCH)):
        try:
            with transaction.atomic():
                for raw, parsed in batch:
                    _write_row(run, raw, parsed, book)
                run.heartbeat_at = timezone.now()
                run.save()
        except BaseException:
            book.forget()
            raise


def _write_row(run: IntakeRun, raw: RawRow, parsed: ParsedRow, book: OrganisationBook) -> None:
    run.read_count += 1
    run.done_row += 1
    errors = [p for p in parsed.problems if p.is_error]
    run.warning_count += bool(parsed.problems) and not errors
    if errors:
        run.rejected_count += 1
        RejectedRow.objects.create(
            run=run, position=run.done_row, row=raw.number, cells=[str(c) if c is not None else None for c in raw.cells],
            problems=[{"column": p.column, "level": str(p.level), "code": p.code, "message": p.message, "value": p.value} for p in parsed.problems],
        )  # fmt: skip
        return
    outcome = _upsert(parsed.values, book)
    if outcome == "new":
        run.new_count += 1
    elif outcome == "updated":
        run.updated_count += 1
    else:
        run.unchanged_count += 1


def _upsert(v: dict[str, Any], book: OrganisationBook) -> str:
    """ "new", "updated" or "unchanged"."""
    name, kind = v["name"], _KINDS.get(v.get("institution_type") or "", OrganisationKind.OTHER)
    coded = Organisation.objects.filter(merged_into=None, uscc=v["uscc"]).first() if v.get("uscc") else None
    found = coded or the_one(
        fitting(bearers_of([name])[name], None, v.get("uscc") or ""), v.get("division") or ""
    )
    values = {
        "kind": kind,
        "uscc": v.get("uscc") or (found.uscc if found else ""),
        "division_code": v.get("division") or (found.division_code if found else ""),
        "intro": v.get("summary") or (found.intro if found else ""),
        "is_sample": bool(v.get("is_sample")),
        "source_document": v.get("source_document") or "",
        "source_note": v.get("source_note") or "",
        "parent_id": _parent(v.get("parent") or "", book),
    }
    if found is None:
        found = Organisation.objects.create(name=name, pinyin="".join(lazy_pinyin(name))[:240], **values)
        outcome = "new"
    else:
        changed = {key: value for key, value in values.items() if getattr(found, key) != value}
        for key, value in changed.items():
            setattr(found, key, value)
        if changed:
            found.version += 1
            found.save()
        outcome = "updated" if changed else "unchanged"
    for former in v.get("former_names") or ():
        _, is_new = OrganisationName.objects.get_or_create(organisation=found, name=former)
        outcome = "updated" if is_new and outcome == "unchanged" else outcome
    return outcome


def _parent(name: str, book: OrganisationBook) -> int | None:
    if not name:
        return None
    book.learn([Wanted(name)])
    return book.id_of(name)
