"""What the other sides' answers tell the owner of a record, and what he can do next."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import yaml
from django.db.models import Count, Max, Q

from keqiao.registry.records.models import Record
from keqiao.verdict.enums import Reason, Side
from keqiao.verdict.models import AdviceReading, Answer
from keqiao.verdict.rules import DATA, rules

_TEXTS = 5  # of what was written, newest first, for each reason


@cache
def _steps() -> dict[str, dict[str, str]]:
    return dict(yaml.safe_load((DATA / "advice.yaml").read_text(encoding="utf-8")))


def next_step(reason: str, kind: str) -> str:
    """What the owner of a record of this kind can do about such a refusal."""
    of_reason = _steps()[reason]
    return of_reason.get(kind) or of_reason.get("any", "")


@dataclass(frozen=True, slots=True)
class Line:
    """One reason: how often, what to do, what was written (no names: an answer may come from a masked unit)."""

    reason: str
    label: str
    count: int
    step: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Advice:
    """total: current answers of the other side; yes: of them 合适. lines: most frequent reason first.

    is_unread: something was said since the owner's side last marked it as read.
    """

    total: int
    yes: int
    lines: tuple[Line, ...]
    newest_at: datetime
    is_unread: bool

    @property
    def headline(self) -> str:
        """7 个答复里 5 个：太早期（“没有中试数据”）"""
        if not self.lines:
            return f"{self.total} 个答复，都认为合适"
        first = self.lines[0]
        quoted = f"（“{first.texts[0]}”）" if first.texts else ""
        return f"{self.total} 个答复里 {first.count} 个：{first.label}{quoted}"


def advice_lines(kind: str, refusals: Iterable[tuple[str, str]]) -> tuple[Line, ...]:
    """(reason, text) of each refusal, newest first, as lines: most frequent first, ties in the order of the buttons."""
    counts: Counter[str] = Counter()
    texts: dict[str, dict[str, None]] = {}
    for reason, text in refusals:
        counts[reason] += 1
        if text:
            texts.setdefault(reason, {}).setdefault(text)
    order = {one.value: at for at, one in enumerate(Reason)}
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], order[pair[0]]))
    return tuple(
        Line(
            reason,
            str(Reason(reason).label),
            count,
            next_step(reason, kind),
            tuple(list(texts.get(reason, {}))[:_TEXTS]),
        )
        for reason, count in ranked
    )


def advice_for(record: Record) -> Advice | None:
    """What the other sides answered about `record`; None when nobody did. Two queries. Not for strangers."""
    rows = list(
        Answer.objects.current()
        .about(record.KIND, record.pk)
        .order_by("-at")
        .values_list("is_yes", "reason", "text", "at")
    )
    if not rows:
        return None
    lines = advice_lines(record.KIND, ((reason, text) for is_yes, reason, text, _ in rows if not is_yes))
    read_at = AdviceReading.objects.filter(kind=record.KIND, record_id=record.pk).aggregate(at=Max("at"))[
        "at"
    ]
    newest = rows[0][3]
    return Advice(
        len(rows), sum(1 for row in rows if row[0]), lines, newest, read_at is None or newest > read_at
    )


@dataclass(frozen=True, slots=True)
class Waiting:
    """A record whose advice nobody has read since the newest answer."""

    record: Any
    total: int
    refusals: int
    since: datetime


def unread_advice(kind: str, records: Sequence[Record]) -> list[Waiting]:
    """Of these records of one kind, those with enough refusals that were not read yet, oldest news first. Two queries."""
    by_id = {record.pk: record for record in records}
    if not by_id:
        return []
    counted: dict[int, tuple[int, int, datetime]] = {}
    for side in Side:
        about = side.other  # the record stands at the other end of who answers
        rows = (
            Answer.objects.current()
            .filter(**{"side": side, f"{about}_kind": kind, f"{about}_id__in": list(by_id)})
            .values_list(f"{about}_id")
            .annotate(total=Count("pk"), no=Count("pk", filter=Q(is_yes=False)), newest=Max("at"))
        )
        counted.update({pk: (total, no, newest) for pk, total, no, newest in rows})
    read = dict(
        AdviceReading.objects.filter(kind=kind, record_id__in=list(counted))
        .values_list("record_id")
        .annotate(at=Max("at"))
    )
    found = [
        Waiting(by_id[pk], total, no, newest)
        for pk, (total, no, newest) in counted.items()
        if no >= rules()["advice_least"] and (pk not in read or newest > read[pk])
    ]
    return sorted(found, key=lambda one: one.since)
