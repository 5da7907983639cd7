"""The estimate for records at hand. Records that were read with `with_pulse` carry what it takes, at no further query."""

import datetime as dt
from collections.abc import Iterable
from typing import Any, TypeVar

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone

from keqiao.freshness.models import Pulse
from keqiao.freshness.rules import decay_on, freshness, silence_words, sunk
from keqiao.registry.records.enums import Status
from keqiao.registry.records.models import Listed, Record
from keqiao.registry.records.nouns import listed_models

R = TypeVar("R", bound=Record)
Signs = tuple[dt.datetime | None, dt.datetime | None]  # alive_at, seen_at


def with_pulse(rows: "QuerySet[Any]") -> "QuerySet[Any]":
    """The same rows with `pulse_alive_at` and `pulse_seen_at`, by index within the same query. Kinds without a term of
    validity are left as they are."""
    if not issubclass(rows.model, Listed):
        return rows
    own = Pulse.objects.filter(kind=rows.model.KIND, record_id=OuterRef("pk"))
    annotated: QuerySet[Any] = rows.annotate(
        pulse_alive_at=Subquery(own.values("alive_at")[:1]), pulse_seen_at=Subquery(own.values("seen_at")[:1])
    )
    return annotated


def _signs(record: Record) -> Signs:
    if hasattr(record, "pulse_alive_at"):
        return record.pulse_alive_at, record.pulse_seen_at  # type: ignore[attr-defined]  # annotated
    row = (
        Pulse.objects.filter(kind=record.KIND, record_id=record.pk).values_list("alive_at", "seen_at").first()
    )
    return row if row is not None else (None, None)


def has_pulse(record: Record) -> bool:
    """Whether the row was read with what `silence_of` takes, so that asking costs no query."""
    return hasattr(record, "pulse_alive_at")


def take_pulse(record: R) -> R:
    """The same record with what `with_pulse` gives, for a record that was read otherwise. One query."""
    if isinstance(record, Listed) and not has_pulse(record):
        record.pulse_alive_at, record.pulse_seen_at = _signs(record)  # type: ignore[attr-defined]  # as annotated
    return record


def _touched(record: Record, alive_at: dt.datetime | None) -> dt.datetime:
    moments = [record.updated_at, record.published_at, alive_at]
    return max(moment for moment in moments if moment is not None)


def freshness_of(record: Record, now: dt.datetime | None = None) -> float:
    """0..1. A record without a term of validity never fades. One query unless read with `with_pulse`."""
    if not isinstance(record, Listed):
        return 1.0
    moment = now or timezone.now()
    alive_at, seen_at = _signs(record)
    decay = decay_on(timezone.localdate(moment))
    return freshness(moment, touched_at=_touched(record, alive_at), seen_at=seen_at, decay=decay)


def silence_of(record: Record, now: dt.datetime | None = None) -> str:
    """3 个月没有动静, for a published listing that nobody touched or answered for; "" otherwise."""
    if not isinstance(record, Listed) or record.status != Status.PUBLISHED:
        return ""
    moment = now or timezone.now()
    days = (moment - _touched(record, _signs(record)[0])).days
    return silence_words(days, decay_on(timezone.localdate(moment)))


def sunk_score(score: float, record: Record, now: dt.datetime | None = None) -> float:
    """A matching score with what the listing's silence costs."""
    moment = now or timezone.now()
    return sunk(score, freshness_of(record, moment), decay_on(timezone.localdate(moment)))


def sinks(kind: str) -> bool:
    """Whether listings of this kind fade at all."""
    return any(kind == model.KIND for model in listed_models())


def shares_of(kind: str, ids: Iterable[int], now: dt.datetime | None = None) -> dict[int, float]:
    """Primary key -> the share of its score that silence leaves a listing, 1 - `sink_share` .. 1. One query by primary
    key of five columns; none for kinds that never fade, of which nothing is returned."""
    model = next((one for one in listed_models() if kind == one.KIND), None)
    if model is None:
        return {}
    moment = now or timezone.now()
    rows = with_pulse(model._default_manager.filter(pk__in=list(ids))).only("updated_at", "published_at")
    return {row.pk: sunk_score(1.0, row, moment) for row in rows}
