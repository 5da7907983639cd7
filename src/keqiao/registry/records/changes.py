"""Telling the index what changed: a row in the same transaction as the change, so that neither is lost."""

from collections.abc import Iterable

from keqiao.registry.records.models import Change, Record


def mark_changed(record: Record) -> None:
    """Note that the index must look at this record again. Call inside the action's transaction."""
    Change.objects.create(kind=record.KIND, record_id=record.pk)


def mark_many_changed(kind: str, record_ids: Iterable[int]) -> None:
    """The same for a batch; one insert per thousand rows."""
    Change.objects.bulk_create((Change(kind=kind, record_id=pk) for pk in record_ids), batch_size=1000)
