"""Telling the index what changed: a row in the same transaction as the change, so that neither is lost."""

from collections.abc import Iterable

from django.utils import timezone

from keqiao.core.bulk import insert_rows
from keqiao.registry.records.models import Change, Record


def mark_changed(record: Record) -> None:
    """Note that the index must look at this record again. Call inside the action's transaction."""
    Change.objects.create(kind=record.KIND, record_id=record.pk)


def mark_many_changed(kind: str, record_ids: Iterable[int]) -> None:
    """The same for a batch, in one statement."""
    now = timezone.now()
    insert_rows(Change, ("kind", "record_id", "at"), ((kind, pk, now) for pk in record_ids))
