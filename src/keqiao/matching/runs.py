"""Batch runs: every published record of one kind matched with another kind, kept with what changed since."""

from collections.abc import Callable, Iterator
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from keqiao.core import audit
from keqiao.core.errors import BadInput
from keqiao.freshness.reading import sunk_score
from keqiao.matching.adjusting import adjuster
from keqiao.matching.matches import ENGINE, match_doc, rank_for
from keqiao.matching.models import MatchRun, Recommendation
from keqiao.matching.reading import visible_records
from keqiao.matching.sinking import sunk_matches
from keqiao.people.access import Scope
from keqiao.people.models import User
from keqiao.registry.kinds import kind_of
from keqiao.registry.records.enums import Disclosure
from keqiao.registry.records.models import Record
from keqiao_match import Doc, Match

Progress = Callable[[int, int], None]

_EVERYBODY = Scope(sees_all=True)
_RUNS_KEPT = 5  # of each direction; older ones keep their row and figures, not their pairs
_LEAST = 0.25  # below, judges see no relation
_BATCH = 500


def run_matching(
    kind_from: str, kind_to: str, *, by: User | None, top: int = 10, progress: Progress | None = None
) -> MatchRun:
    """Match every published record of `kind_from` (不公开 left out) with `kind_to` and keep the result.

    The run is written as it goes and counts only once `finished_at` is set; a run that was killed is removed by
    the next. `report` says what is new and what is gone since the run before.
    """
    if kind_of(kind_from).key == "event" or kind_of(kind_to).key == "event":
        raise BadInput(
            f"活动不参加匹配：收到 {kind_from} → {kind_to}。请选需求、成果、专家、企业、科研产出或资源。",
            field="kind",
        )
    MatchRun.objects.filter(kind_from=kind_from, kind_to=kind_to, finished_at=None).delete()
    before = latest_run(kind_from, kind_to)
    old = set(before.recommendations.values_list("source_id", "target_id")) if before else set()
    run = MatchRun.objects.create(kind_from=kind_from, kind_to=kind_to, engine=ENGINE, top=top, by=by)
    sources = kind_of(kind_from).model.objects.published().exclude(disclosure=Disclosure.CLOSED)
    total = sources.count()
    now: set[tuple[int, int]] = set()
    batch: list[Recommendation] = []
    done = 0
    for done, record in enumerate(
        sources.select_related("organisation").order_by("pk").iterator(chunk_size=200), 1
    ):
        for match in _matches(record, kind_to, top):
            pair = (record.pk, int(match.id))
            now.add(pair)
            batch.append(_recommendation(run, record.pk, match, is_new=bool(before) and pair not in old))
        if len(batch) >= _BATCH:
            Recommendation.objects.bulk_create(batch)
            batch = []
        if progress:
            progress(done, total)
    Recommendation.objects.bulk_create(batch)
    report = {
        "before": before.pk if before else None,
        "new": len(now - old),
        "gone": len(old - now),
        "kept": len(now & old),
    }
    _finish(run, done, len(now), report, by)
    return run


def _matches(record: Record, kind_to: str, top: int) -> Iterator[Match]:
    doc = match_doc(record)
    if kind_to != record.KIND:
        doc = Doc(
            f"{record.KIND}:{doc.id}", doc.title, doc.fields, doc.names, doc.codes, doc.facets, doc.numbers
        )
    ranked = rank_for(doc, kind_to, _EVERYBODY, top=top)
    found = adjuster().rescored(record.KIND, kind_to, lambda: match_doc(record), ranked)
    found = sunk_matches(kind_to, adjuster().open_ones(record, kind_to, found))
    return (match for match in found if match.score >= _LEAST)


@transaction.atomic
def _finish(run: MatchRun, sources: int, pairs: int, report: dict[str, Any], by: User | None) -> None:
    run.sources, run.pairs, run.report, run.finished_at = sources, pairs, report, timezone.now()
    run.save(update_fields=["sources", "pairs", "report", "finished_at"])
    keep = finished_runs(run.kind_from, run.kind_to)[:_RUNS_KEPT]
    old = MatchRun.objects.filter(kind_from=run.kind_from, kind_to=run.kind_to).exclude(
        pk__in=[one.pk for one in keep]
    )
    Recommendation.objects.filter(run__in=old).delete()
    audit.record("match.run", by=by, target=run, changes={"report": report}, row_count=pairs)


def _recommendation(run: MatchRun, source: int, match: Match, *, is_new: bool) -> Recommendation:
    return Recommendation(
        run=run,
        source_id=source,
        target_id=int(match.id),
        rank=match.rank,
        score=match.score,
        grade=match.grade,
        parts=[{"name": p.name, "value": round(p.value, 4), "weight": p.weight, "note": p.note} for p in match.parts],
        evidence=[
            {"field": e.field, "sentence": e.sentence, "terms": list(e.terms), "other_field": e.other_field,
             "other_sentence": e.other_sentence}
            for e in match.evidence
        ],
        against=list(match.against),
        is_new=is_new,
    )  # fmt: skip


def finished_runs(kind_from: str, kind_to: str) -> QuerySet[MatchRun]:
    """Finished runs of this direction, newest first."""
    return MatchRun.objects.filter(kind_from=kind_from, kind_to=kind_to, finished_at__isnull=False).order_by(
        "-finished_at", "-pk"
    )


def latest_run(kind_from: str, kind_to: str) -> MatchRun | None:
    """The newest finished run of this direction."""
    return next(iter(finished_runs(kind_from, kind_to)[:1]), None)


def gone_pairs(run: MatchRun) -> list[tuple[int, int]]:
    """(source, target) that the run before had and this one has not; empty once the one before lost its pairs."""
    before = MatchRun.objects.filter(pk=run.report.get("before") or 0).first()
    if before is None:
        return []
    now = set(run.recommendations.values_list("source_id", "target_id"))
    return sorted(set(before.recommendations.values_list("source_id", "target_id")) - now)


def best_pairs(
    kind_from: str, kind_to: str, scope: Scope, limit: int
) -> list[tuple[Any, Any, Recommendation]]:
    """(source, target, recommendation) worth showing: the strongest of the newest run, one a source, both visible."""
    run = latest_run(kind_from, kind_to)
    if run is None:
        return []
    rows = list(run.recommendations.filter(rank=1).order_by("-score", "pk")[: limit * 4])
    sources = _visible(kind_from, {row.source_id for row in rows}, scope)
    targets = _visible(kind_to, {row.target_id for row in rows}, scope)
    seen = [
        (sources[row.source_id], targets[row.target_id], row)
        for row in rows
        if row.source_id in sources and row.target_id in targets
    ]
    # Silence grows after the run was kept, and on both sides
    seen.sort(key=lambda one: -sunk_score(sunk_score(one[2].score, one[0]), one[1]))
    shown: list[tuple[Any, Any, Recommendation]] = []
    used: set[int] = set()
    for source, target, row in seen:
        if row.target_id not in used:
            used.add(row.target_id)
            shown.append((source, target, row))
    return shown[:limit]


def _visible(kind: str, ids: set[int], scope: Scope) -> dict[int, Any]:
    return visible_records(kind, ids, scope, published_only=True)
