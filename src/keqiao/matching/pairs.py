"""Records that say nearly the same, found as they are written, decided by an officer once and for all."""

from collections.abc import Iterable
from datetime import timedelta
from itertools import takewhile
from typing import Any

from django.db import transaction
from django.utils import timezone

from keqiao.core.audit import record as record_audit
from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.matching.duplicates import alike
from keqiao.matching.models import AlikePair, AlikeQuerySet, PairCheck, PairState
from keqiao.people.access import acts_of, scope_of
from keqiao.people.enums import OFFICERS, Act
from keqiao.registry.kinds import KINDS, kind_of
from keqiao.registry.records import actions, moves
from keqiao.registry.records.enums import Status
from keqiao.registry.records.history import content_fields
from keqiao.registry.records.models import Record
from keqiao.registry.records.nouns import has_gate, noun_of

LEAST = 0.6  # less alike than this is a warning while writing, but no work for an officer
LATER_DAYS = 30
_LIVE = frozenset(
    {Status.COUNTY_REVIEW, Status.CITY_REVIEW, Status.PUBLISHED, Status.EXPIRED, Status.RETURNED}
)
# A unit's own particulars do not travel to another record
_NOT_FILLED = frozenset(
    {"disclosure", "organisation", "organisation_name", "division_code", "contact_name", "contact_phone",
     "contact_email", "valid_until", "source_no", "is_sample", "source_document", "source_note"}
)  # fmt: skip


def note(kind: str, ids: Iterable[int]) -> None:
    """These records were written: compare them when there is time. Only kinds that people hand in are compared."""
    if has_gate(kind):
        rows = [PairCheck(kind=kind, record_id=pk) for pk in ids]
        PairCheck.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)


def look(limit: int = 20) -> int:
    """Compare up to `limit` noted records with the indexed ones; returns how many were compared.

    A draft is nobody's business yet; it is noted again when it is handed in. About 20 ms a record.
    """
    checks = list(PairCheck.objects.order_by("pk")[:limit])
    for check in checks:
        record = kind_of(check.kind).model._default_manager.filter(pk=check.record_id).first()
        if record is not None and record.status in _LIVE:
            _pair_up(record)
        PairCheck.objects.filter(pk=check.pk).delete()
    return len(checks)


def _pair_up(record: Record) -> None:
    text = "\n".join(words for _, words in record.texts())
    for other, similarity in alike(record.KIND, record.title, text, exclude=record.pk, least=LEAST):
        if other.status not in _LIVE:
            continue
        first, second = sorted((record, other), key=lambda one: one.pk)
        AlikePair.objects.get_or_create(
            kind=record.KIND,
            first_id=first.pk,
            second_id=second.pk,
            defaults={
                "similarity": round(similarity, 3),
                "area": _common(first.division_code, second.division_code),
            },
        )


def _common(one: str, other: str) -> str:
    """What both division codes begin with."""
    return "".join(a for a, _ in takewhile(lambda both: both[0] == both[1], zip(one, other, strict=False)))


def waiting_for(user: Any) -> AlikeQuerySet:
    """Pairs that this officer may decide now, oldest first; none for others."""
    scope = scope_of(user)
    if not scope.roles & OFFICERS or Act.WITHDRAW not in acts_of(user):
        return AlikePair.objects.none()
    return AlikePair.objects.in_scope(scope).waiting_on(timezone.localdate()).order_by("found_at", "pk")


def pair_for(user: Any, public_id: Any) -> tuple[AlikePair, Record, Record]:
    """A pair with its two records. NotFound when absent, elsewhere, or one of the records is gone."""
    scope = scope_of(user)
    pair = AlikePair.objects.in_scope(scope).filter(public_id=public_id).first()
    if pair is None or not scope.roles & OFFICERS:
        raise NotFound("相近记录")
    rows = (
        kind_of(pair.kind)
        .model._default_manager.select_related("organisation", "origin")
        .in_bulk([pair.first_id, pair.second_id])
    )
    if len(rows) < 2:
        raise NotFound("相近记录")
    return pair, rows[pair.first_id], rows[pair.second_id]


@transaction.atomic
def decide(*, pair: AlikePair, verdict: str, by: Any, keep: str = "") -> AlikePair:
    """different: not the same thing. later: ask again in LATER_DAYS days. merge: `keep` ("first" or "second") stays,
    what it leaves blank is filled from the other, and the other is taken off with the reason.

    Raises NotAllowed (409) when somebody has decided meanwhile, BadInput for an unknown verdict.
    """
    locked = AlikePair.objects.select_for_update().get(pk=pair.pk)
    if locked.state != PairState.WAITING:
        raise NotAllowed(
            f"这一对已由{locked.decided_by or '他人'}判为“{locked.get_state_display()}”，没有再改。请回到待办看下一对。",
            code="pair.decided",
            conflict=True,
        )
    if verdict == "later":
        locked.later_until = timezone.localdate() + timedelta(days=LATER_DAYS)
    elif verdict in ("different", "merge"):
        if verdict == "merge":
            _merge(locked, keep, by)
        locked.state = PairState.MERGED if verdict == "merge" else PairState.DIFFERENT
        locked.decided_by, locked.decided_at = by, timezone.now()
    else:
        raise BadInput("请选择“合并”“不是重复”或“以后再说”。", code="pair.verdict", field="verdict")
    locked.save(update_fields=["state", "later_until", "decided_by", "decided_at"])
    record_audit("pair.decided", target=locked, by=by, reason=f"{verdict} {keep}".strip())
    return locked


def _merge(pair: AlikePair, keep: str, by: Any) -> None:
    if keep not in ("first", "second"):
        raise BadInput("请选择保留哪一条。", code="pair.keep", field="keep")
    _, first, second = pair_for(by, pair.public_id)
    kept, other = (first, second) if keep == "first" else (second, first)
    if other.status == Status.RETURNED:
        raise NotAllowed(
            f"“{other.title[:30]}”正退回填报单位修改，现在不能并入另一条。请等单位重新提交后再合并，或选“以后再说”。",
            code="pair.returned",
            conflict=True,
        )
    fill = {
        name: value
        for name in content_fields(type(kept))
        if name not in _NOT_FILLED and not getattr(kept, name) and (value := getattr(other, name))
    }
    if fill:
        actions.update_record(
            record=kept, values=fill, expected_version=kept.version, by=by,
            note=f"合并 {_name(other)} 时补充",
        )  # fmt: skip
    reason = f"与 {_name(kept)} 重复，已合并"
    if other.status in (Status.COUNTY_REVIEW, Status.CITY_REVIEW, Status.PUBLISHED):
        other = moves.withdraw(record=other, by=by, reason=reason)
    if other.status in (Status.WITHDRAWN, Status.EXPIRED, Status.CLOSED):
        moves.archive(record=other, by=by, reason=reason)


def _name(record: Record) -> str:
    return record.number or f"“{record.title[:40]}”"


def words_of(pair: AlikePair) -> str:
    """技术需求 · 82% 相同."""
    return f"{noun_of(pair.kind)} · {round(pair.similarity * 100)}% 相同"


def titles_of(pairs: Iterable[AlikePair]) -> dict[int, tuple[str, str]]:
    """Pair's primary key -> the two titles. One query a kind."""
    rows = list(pairs)
    titles: dict[tuple[str, int], str] = {}
    for kind in KINDS:
        ids = {pk for pair in rows if pair.kind == kind for pk in (pair.first_id, pair.second_id)}
        if ids:
            found = kind_of(kind).model._default_manager.filter(pk__in=ids).values_list("pk", "title")
            titles |= {(kind, pk): title for pk, title in found}
    return {
        pair.pk: (titles.get((pair.kind, pair.first_id), ""), titles.get((pair.kind, pair.second_id), ""))
        for pair in rows
    }
