"""Looking over all demands: neighbours of each, groups of them, a snapshot that pages read."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from keqiao.core import audit
from keqiao.matching.documents import match_documents
from keqiao.matching.index import opened
from keqiao.matching.masking import hide_owner
from keqiao.matching.reading import visible_records
from keqiao.people.access import Scope
from keqiao.people.models import User
from keqiao.radar.models import CommonNeed, JointDemand, NeedMember, Neighbour, RadarRun
from keqiao.radar.rules import Group, Limits, Naming, groups_of, is_failure, limits_on, most_central
from keqiao.registry.demand.models import Demand
from keqiao.registry.records.enums import Disclosure, Status
from keqiao_match import Doc

Progress = Callable[[int, int], None]

LOOKED_AT = (Status.PUBLISHED, Status.EXPIRED, Status.CLOSED, Status.ARCHIVED)
"""Demands that were once released: what is still sought, and what was sought in vain."""

_EVERYBODY = Scope(sees_all=True)
_BATCH = 50  # demands between two savings: what a kill costs at most
_STILL_GOOD = timedelta(hours=20)  # an interrupted run older than this has seen another registry
_RUNS_KEPT = 3
_CANDIDATES = 40
_TELLING = 6  # characters of a name that stands by itself


def run_radar(*, by: User | None = None, progress: Progress | None = None) -> RadarRun:
    """A new snapshot of the common needs. Goes on with a run that was killed today; 不公开 demands are left out.

    The same demands and the same engine give the same needs. Two processes at once work on the same run; whoever comes
    to its end first writes the snapshot.
    """
    run = _unfinished() or RadarRun.objects.create(by=by, limits=asdict(limits_on(timezone.localdate())))
    limits = Limits(**run.limits)
    total = _demands().count()
    done = _demands().filter(pk__lte=run.last_id).count()
    while rows := list(_demands().filter(pk__gt=run.last_id).order_by("pk")[:_BATCH]):
        _look_at(run, rows, limits)
        done += len(rows)
        if progress:
            progress(done, max(done, total))
    _finish(run, limits, done, by)
    return run


def latest_run() -> RadarRun | None:
    """The newest finished snapshot."""
    return RadarRun.objects.filter(finished_at__isnull=False).order_by("-finished_at", "-pk").first()


def _demands() -> Any:
    own = JointDemand.objects.values("demand_id")  # a joint demand is the answer, not one more voice
    return (
        Demand.objects.filter(status__in=LOOKED_AT)
        .exclude(disclosure=Disclosure.CLOSED)
        .exclude(pk__in=own)
        .select_related("organisation")
    )


def _unfinished() -> RadarRun | None:
    RadarRun.objects.filter(finished_at=None, started_at__lt=timezone.now() - _STILL_GOOD).delete()
    return RadarRun.objects.filter(finished_at=None).order_by("-pk").first()


def _look_at(run: RadarRun, rows: Sequence[Demand], limits: Limits) -> None:
    """The neighbours of these demands, saved with how far the run has come."""
    index = opened("demand")
    where = {"status": [str(status) for status in LOOKED_AT]}

    def load(ids: list[str]) -> dict[str, Doc]:
        found = [
            one
            for one in visible_records("demand", map(int, ids), _EVERYBODY).values()
            if one.status in LOOKED_AT and one.disclosure != Disclosure.CLOSED
        ]
        return {doc.id: doc for doc in match_documents("demand", found)}

    pairs = []
    for doc in match_documents("demand", rows):
        found = index.match(doc, top=limits.neighbours, where=where, load=load, candidates=_CANDIDATES)
        pairs += [
            Neighbour(run=run, asked=int(doc.id), found=int(one.id), score=round(one.score, 6))
            for one in found
            if one.score >= limits.least_score / 2
        ]
    with transaction.atomic():
        Neighbour.objects.bulk_create(pairs, ignore_conflicts=True)
        run.last_id = rows[-1].pk
        run.save(update_fields=["last_id"])


def _scores(run: RadarRun) -> dict[tuple[int, int], float]:
    """Smaller id, larger id -> the mean of what both directions say, or the one that there is."""
    seen: dict[tuple[int, int], list[float]] = defaultdict(list)
    rows = run.neighbours.order_by("asked", "found").values_list("asked", "found", "score")
    for asked, found, score in rows.iterator(chunk_size=5000):
        seen[min(asked, found), max(asked, found)].append(score)
    return {pair: sum(scores) / len(scores) for pair, scores in seen.items()}


def firm_of(demand: Demand) -> str:
    """What makes two demands the same firm's: the unit, or its printed name."""
    if demand.organisation_id is not None:
        return f"#{demand.organisation_id}"
    return demand.organisation_name.strip() or f"?{demand.pk}"


@transaction.atomic
def _finish(run: RadarRun, limits: Limits, done: int, by: User | None) -> None:
    if RadarRun.objects.select_for_update().filter(pk=run.pk, finished_at=None).first() is None:
        run.refresh_from_db()  # another process was quicker
        return
    scores = _scores(run)
    groups = groups_of(scores, least=limits.least_score, most=limits.most_members)
    naming = Naming(
        hide_owner(demand, demand.title) for demand in _demands().order_by("pk").iterator(chunk_size=1000)
    )
    made = 0
    for group in groups:
        rows = list(_demands().filter(pk__in=group.members).order_by("pk"))
        if len({firm_of(row) for row in rows}) >= limits.least_firms:
            _keep(run, group, rows, naming, most_central(group.members, scores))
            made += 1
    run.demands, run.needs_found, run.finished_at = done, made, timezone.now()
    run.save(update_fields=["demands", "needs_found", "finished_at"])
    run.neighbours.all().delete()
    kept = RadarRun.objects.filter(finished_at__isnull=False).order_by("-finished_at", "-pk")[:_RUNS_KEPT]
    RadarRun.objects.filter(finished_at__isnull=False).exclude(pk__in=[one.pk for one in kept]).delete()
    audit.record("radar.run", by=by, target=run, row_count=made)


def _keep(run: RadarRun, group: Group, rows: Sequence[Demand], naming: Naming, central: int) -> None:
    terms = naming.terms([hide_owner(row, row.title) for row in rows])
    centre = next((row for row in rows if row.pk == central), rows[0])
    budgets = [row.budget_yuan for row in rows if row.budget_yuan is not None]
    places = _ordered(row.division_code[:6] for row in rows if row.division_code)
    failed = {row.pk for row in rows if is_failure(row.status, row.close_reason)}
    need = CommonNeed.objects.create(
        run=run,
        key=hashlib.sha256("|".join(str(row.pk) for row in rows).encode()).hexdigest(),
        name=_name(terms, hide_owner(centre, centre.title)),
        terms=list(terms),
        demand_count=len(rows),
        firm_count=len({firm_of(row) for row in rows}),
        place_count=len(places),
        fields=_barred(code for row in rows for code in _field_codes(row)),
        places=_barred(places),
        years=_barred(sorted({str(row.year) for row in rows if row.year})),
        budget_yuan=sum(budgets, Decimal(0)) if budgets else None,
        budgets_known=len(budgets),
        failures=len(failed),
        refusals=sum(refusals_of([row.pk for row in rows]).values()),
        tightness=group.tightness,
    )
    NeedMember.objects.bulk_create(
        NeedMember(need=need, demand=row, is_central=row.pk == centre.pk, is_failure=row.pk in failed)
        for row in rows
    )


def _name(terms: Sequence[str], title: str) -> str:
    """The telling terms; where they say little, with the most central title as an example."""
    words = " · ".join(terms)
    if len(words) >= _TELLING:
        return words[:200]
    return (f"{words}（如：{title}）" if words else title)[:200]


def _field_codes(row: Demand) -> list[str]:
    return [str(tag["code"]) for tag in (row.tags or {}).get("field11", ())]


def _ordered(codes: Iterable[str]) -> list[str]:
    """Most frequent first, then by code."""
    return [code for code, _ in sorted(Counter(codes).items(), key=lambda item: (-item[1], item[0]))]


def _barred(codes: Iterable[str]) -> str:
    """|05|07|, cut at a bar where a need spans more than the column holds."""
    text = "|"
    for code in dict.fromkeys(codes):
        if len(text) + len(code) + 1 > 200:
            break
        text += f"{code}|"
    return text


def refusals_of(ids: Sequence[int]) -> Mapping[str, int]:
    """Reason -> how often offers to these demands were refused, by either side. Empty where no answers are kept.

    The room of answers is asked by name, so that the radar works in an installation without it.
    """
    if not apps.is_installed("keqiao.verdict"):
        return {}
    answers = apps.get_model("verdict", "Answer")._default_manager
    rows = (
        answers.filter(ended_at=None, is_yes=False, need_kind="demand", need_id__in=list(ids))
        .values_list("reason")
        .annotate(Count("pk"))
        .order_by("reason")
    )
    return {str(reason): int(count) for reason, count in rows}
