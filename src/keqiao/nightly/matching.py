"""Which records are matched anew tonight, and one record's recommendations put in place of its old ones."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from keqiao.matching.adjusting import adjuster
from keqiao.matching.matches import ENGINE, match_doc, rank_for
from keqiao.matching.models import MatchRun, Recommendation
from keqiao.matching.reading import visible_records
from keqiao.matching.runs import latest_run
from keqiao.matching.sinking import sunk_matches
from keqiao.nightly.experts import changed_experts, experts_for
from keqiao.nightly.models import Night, NightPair
from keqiao.people.access import Scope
from keqiao.registry.kinds import kind_of
from keqiao.registry.records.enums import Disclosure, Status
from keqiao.registry.records.models import Record
from keqiao_match import Doc, Match

DIRECTIONS = (
    ("demand", "achievement"),
    ("achievement", "demand"),
    ("demand", "expert"),
    ("demand", "demand"),
)
WEAK = "弱相关"
"""Pairs of this grade are kept but told to nobody."""

Progress = Callable[[int, int], None]
_EVERYBODY = Scope(sees_all=True)
_TOP = 10
_MOST_EXPERTS = 2000  # changed in a day
_REACHED = 20  # records of the other kind that a changed one finds
_LEAST = 0.25  # as in the full run: below, judges see no relation
_IDS_A_QUERY = 900


def match_changed(night: Night, direction: int, *, progress: Progress | None = None) -> int:
    """Match anew what `direction` asks for, after `night.last_id`; returns how many pairs are new.

    Each record is its own transaction with the night's position in it, so a kill costs one record at most. The first
    night of a direction matches everything and calls nothing new.
    """
    kind_from, kind_to = DIRECTIONS[direction]
    run = _run_of(kind_from, kind_to)
    is_first = run.finished_at is None
    todo = [pk for pk in sorted(_to_match(night, run)) if pk > night.last_id]
    found = 0
    for done, pk in enumerate(todo, 1):
        record = (
            kind_of(kind_from).model._default_manager.select_related("organisation").filter(pk=pk).first()
        )
        found += _match_one(night, run, record, pk, is_first=is_first)
        if progress:
            progress(done, len(todo))
    if is_first:
        run.sources, run.pairs = len(todo), run.recommendations.count()
        run.report = {"before": None, "new": run.pairs, "gone": 0, "kept": 0}
        run.finished_at = timezone.now()
        run.save(update_fields=["sources", "pairs", "report", "finished_at"])
    return found


def _run_of(kind_from: str, kind_to: str) -> MatchRun:
    """The run whose recommendations are in force; a new one where there is none yet."""
    return (
        latest_run(kind_from, kind_to)
        or MatchRun.objects.filter(kind_from=kind_from, kind_to=kind_to, finished_at=None, top=_TOP).first()
        or MatchRun.objects.create(kind_from=kind_from, kind_to=kind_to, engine=ENGINE, top=_TOP)
    )


def _changed(kind: str, since: datetime, until: datetime) -> list[Record]:
    rows = kind_of(kind).model._default_manager.filter(
        Q(updated_at__gte=since, updated_at__lt=until) | Q(published_at__gte=since, published_at__lt=until)
    )
    return list(rows.select_related("organisation").order_by("pk"))


def _to_match(night: Night, run: MatchRun) -> set[int]:
    """Records of `run.kind_from` to match anew: see the room's first lines."""
    sources = kind_of(run.kind_from).model._default_manager
    if night.since is None or run.finished_at is None:
        return set(sources.filter(status=Status.PUBLISHED).values_list("pk", flat=True))
    wanted = {record.pk for record in _changed(run.kind_from, night.since, night.started_at)}
    targets: Sequence[Record] | None = None
    if run.kind_to == "expert":
        targets = changed_experts(night.since, night.started_at, most=_MOST_EXPERTS)
        if targets is None:  # after an import it is quicker to ask every demand than every expert
            return wanted | set(sources.filter(status=Status.PUBLISHED).values_list("pk", flat=True))
    gone = []
    for target in targets if targets is not None else _changed(run.kind_to, night.since, night.started_at):
        if target.status != Status.PUBLISHED or target.disclosure == Disclosure.CLOSED:
            gone.append(target.pk)
        else:
            wanted |= {int(one.id) for one in _nearest(target, run.kind_from)}
    for at in range(0, len(gone), _IDS_A_QUERY):
        part = gone[at : at + _IDS_A_QUERY]
        wanted |= set(run.recommendations.filter(target_id__in=part).values_list("source_id", flat=True))
    return wanted


def _nearest(record: Record, kind: str) -> tuple[Match, ...]:
    """Whom a changed record may concern: its neighbours, however weak, as what answers whom is judged from their side."""
    return rank_for(_asking(record, kind), kind, _EVERYBODY, top=_REACHED)


def _asking(record: Record, kind: str) -> Doc:
    """Ids of different kinds overlap; only a record of the same kind can be the record itself."""
    doc = match_doc(record)
    key = doc.id if kind == record.KIND else f"{record.KIND}:{doc.id}"
    return Doc(key, doc.title, doc.fields, doc.names, doc.codes, doc.facets, doc.numbers)


def _ranked(record: Record, kind: str, top: int) -> Iterator[Match]:
    if kind == "expert":
        return iter(adjuster().open_ones(record, kind, experts_for(record, top)))
    ranked = rank_for(_asking(record, kind), kind, _EVERYBODY, top=top)
    found = adjuster().rescored(record.KIND, kind, lambda: match_doc(record), ranked)
    found = sunk_matches(kind, adjuster().open_ones(record, kind, found))
    return (match for match in found if match.score >= _LEAST)


def _match_one(night: Night, run: MatchRun, record: Record | None, pk: int, *, is_first: bool) -> int:
    """Put tonight's recommendations of one record in place of its old ones. Returns how many are new and strong."""
    is_out = record is None or record.status != Status.PUBLISHED or record.disclosure == Disclosure.CLOSED
    found = [] if record is None or is_out else list(_ranked(record, run.kind_to, run.top))
    targets = visible_records(run.kind_to, [int(one.id) for one in found], _EVERYBODY, published_only=True)
    with transaction.atomic():
        mine = run.recommendations.filter(source_id=pk)
        old = set(mine.values_list("target_id", flat=True))
        mine.delete()
        kept = [one for one in found if int(one.id) in targets]
        Recommendation.objects.bulk_create(
            _recommendation(run, pk, one, is_new=not is_first and int(one.id) not in old) for one in kept
        )
        new = [
            _pair(night, record, targets[int(one.id)], one)
            for one in kept
            if record is not None
            and not is_first
            and int(one.id) not in old
            and one.grade != WEAK
            and not _is_own(record, targets[int(one.id)])
        ]
        new = [pair for pair in new if not _is_known(night, run, pair)]
        NightPair.objects.bulk_create(new, ignore_conflicts=True)
        night.last_id, night.looked_at = pk, night.looked_at + 1
        night.save(update_fields=["last_id", "looked_at"])
    return len(new)


def _recommendation(run: MatchRun, source: int, match: Match, *, is_new: bool) -> Recommendation:
    return Recommendation(
        run=run, source_id=source, target_id=int(match.id), rank=match.rank, score=match.score, grade=match.grade,
        parts=[{"name": p.name, "value": round(p.value, 4), "weight": p.weight, "note": p.note} for p in match.parts],
        evidence=[
            {"field": e.field, "sentence": e.sentence, "terms": list(e.terms), "other_field": e.other_field,
             "other_sentence": e.other_sentence}
            for e in match.evidence
        ],
        against=list(match.against), is_new=is_new,
    )  # fmt: skip


def _pair(night: Night, record: Record, target: Record, match: Match) -> NightPair:
    need, offer = (record, target) if record.KIND == "demand" else (target, record)
    if offer.KIND == "demand" and offer.pk < need.pk:
        need, offer = offer, need  # two demands are one pair, whichever found the other
    return NightPair(
        night=night, need_id=need.pk, offer_kind=offer.KIND, offer_id=offer.pk, score=match.score, grade=match.grade,
        need_division=need.division_code, offer_division=offer.division_code,
        need_unit=need.organisation_id, offer_unit=offer.organisation_id,
    )  # fmt: skip


def _is_own(record: Record, target: Record) -> bool:
    """Two demands of one unit: nobody joins forces with himself, and what is entered twice has a desk of its own."""
    return record.KIND == target.KIND and None is not record.organisation_id == target.organisation_id


def _is_known(night: Night, run: MatchRun, pair: NightPair) -> bool:
    """Told on an earlier night, or recommended the other way round before tonight: no news to either side."""
    earlier = NightPair.objects.filter(need_id=pair.need_id, offer_kind=pair.offer_kind)
    if earlier.filter(offer_id=pair.offer_id).exists():
        return True
    other = latest_run(run.kind_to, run.kind_from)
    if other is None:
        return False
    there = Q(source_id=pair.offer_id, target_id=pair.need_id)
    back = Q(source_id=pair.need_id, target_id=pair.offer_id)
    ends = there | back if run.kind_from == run.kind_to else there if run.kind_from == "demand" else back
    return other.recommendations.filter(ends, is_new=False).exists()
