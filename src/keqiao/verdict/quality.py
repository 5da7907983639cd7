"""The figures of the quality page: these seven days against the seven before, from answers, searches and runs."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Avg, Count, Q, QuerySet, Sum
from django.utils import timezone

from keqiao.matching.reading import visible_records
from keqiao.people.access import Scope
from keqiao.registry.kinds import KINDS
from keqiao.registry.records.models import prefix_range
from keqiao.verdict.models import Answer, EmptySearch, ScoreSpread
from keqiao.verdict.searches import shown_words

DAYS = 7
RANKS = 10
_SEARCHES = 20
_STEPS = 5  # of the score, for calibration
_DRIFT_NOTICED, _DRIFT_LARGE = 0.1, 0.25  # customary bounds of the population stability index
_GRADES = ("强相关", "较强相关", "弱相关")


@dataclass(frozen=True, slots=True)
class Share:
    """yes of total answers."""

    yes: int = 0
    total: int = 0

    @property
    def percent(self) -> int | None:
        """Whole per cent; None when nobody answered."""
        return round(100 * self.yes / self.total) if self.total else None


@dataclass(frozen=True, slots=True)
class AtRank:
    rank: int
    now: Share
    before: Share


def _weeks(now: datetime) -> tuple[Q, Q]:
    start, earlier = now - timedelta(days=DAYS), now - timedelta(days=2 * DAYS)
    return Q(at__gt=start, at__lte=now), Q(at__gt=earlier, at__lte=start)


def acceptance(now: datetime) -> tuple[list[AtRank], Share, Share]:
    """Answers of the two weeks by the rank the match had (1 to 10), and of each week together. One query."""
    this, last = _weeks(now)
    rows = (
        Answer.objects.current()
        .filter(this | last)
        .order_by()
        .values_list("rank")
        .annotate(
            yes=Count("pk", filter=this & Q(is_yes=True)), all=Count("pk", filter=this),
            yes_before=Count("pk", filter=last & Q(is_yes=True)), all_before=Count("pk", filter=last),
        )
    )  # fmt: skip
    by_rank = {rank: (Share(a, b), Share(c, d)) for rank, a, b, c, d in rows}
    ranks = [AtRank(at, *by_rank.get(at, (Share(), Share()))) for at in range(1, RANKS + 1)]
    week, before = (
        Share(sum(one[at].yes for one in by_rank.values()), sum(one[at].total for one in by_rank.values()))
        for at in (0, 1)
    )
    return ranks, week, before


@dataclass(frozen=True, slots=True)
class Words:
    """A search without result: how often in the seven days, and in the seven before. words: with names masked; asked:
    as it was asked, "" when a name was. kind: of the hall, or ALL_HALLS."""

    words: str
    asked: str
    kind: str
    hall: str
    count: int
    before: int


def empty_searches(now: datetime) -> tuple[list[Words], int, int]:
    """The most frequent searches of this week that found nothing, and how many there were in both weeks. Two queries."""
    today = timezone.localtime(now).date()
    start, earlier = today - timedelta(days=DAYS - 1), today - timedelta(days=2 * DAYS - 1)
    this, last = Q(day__gte=start, day__lte=today), Q(day__gte=earlier, day__lt=start)
    found = EmptySearch.objects.filter(this | last)
    sums = found.aggregate(now=Sum("count", filter=this), before=Sum("count", filter=last))
    rows = (
        found.order_by()
        .values_list("words", "kind")
        .annotate(n=Sum("count", filter=this), before=Sum("count", filter=last))
        .filter(n__gt=0)
        .order_by("-n", "words")[:_SEARCHES]
    )
    words = [_words(text, kind, n, before or 0) for text, kind, n, before in rows]
    return words, sums["now"] or 0, sums["before"] or 0


def _words(text: str, kind: str, count: int, before: int) -> Words:
    shown, is_masked = shown_words(text)
    hall = KINDS[kind].label if kind in KINDS else "全站"
    return Words(shown, "" if is_masked else text, kind, hall, count, before)


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A grade or a step of the score: what it promised (mean score) and what people said (share of 合适)."""

    label: str
    promised: float
    said: Share


def by_grade() -> list[Calibrated]:
    """All current answers by the grade the match bore. One query."""
    rows = (
        Answer.objects.current()
        .exclude(score=None)
        .order_by()
        .values_list("grade")
        .annotate(mean=Avg("score"), yes=Count("pk", filter=Q(is_yes=True)), all=Count("pk"))
    )
    found = {grade: Calibrated(grade, float(mean), Share(yes, n)) for grade, mean, yes, n in rows}
    return [found[grade] for grade in _GRADES if grade in found]


def by_score() -> list[Calibrated]:
    """All current answers in five steps of the score; empty steps left out. One query."""
    steps = {
        f"step{at}_{word}": Count("pk", filter=_in_step(at) & more)
        for at in range(_STEPS)
        for word, more in (("all", Q()), ("yes", Q(is_yes=True)))
    } | {f"step{at}_mean": Avg("score", filter=_in_step(at)) for at in range(_STEPS)}
    found = Answer.objects.current().exclude(score=None).aggregate(**steps)
    return [
        Calibrated(
            f"{at / _STEPS:.1f}–{(at + 1) / _STEPS:.1f}",
            float(found[f"step{at}_mean"]),
            Share(found[f"step{at}_yes"], found[f"step{at}_all"]),
        )
        for at in range(_STEPS)
        if found[f"step{at}_all"]
    ]


def _in_step(at: int) -> Q:
    upper = Q(score__lte=1) if at == _STEPS - 1 else Q(score__lt=(at + 1) / _STEPS)
    return Q(score__gte=at / _STEPS) & upper


@dataclass(frozen=True, slots=True)
class Drift:
    """Two batch runs of one direction a week or more apart. index: population stability index; words: what it means."""

    label: str
    now: ScoreSpread
    before: ScoreSpread
    index: float

    @property
    def words(self) -> str:
        if self.index < _DRIFT_NOTICED:
            return "没有明显变化"
        return "有变化，请留意" if self.index < _DRIFT_LARGE else "变化很大，请查原因"

    @property
    def tone(self) -> str:
        return "green" if self.index < _DRIFT_NOTICED else "amber" if self.index < _DRIFT_LARGE else "red"


def stability_index(now: Sequence[int], before: Sequence[int]) -> float:
    """Σ (p - q) ln(p / q) over the steps; half a pair is added to each step, as none may be empty."""
    total, total_before = sum(now) + len(now) / 2, sum(before) + len(before) / 2
    shares = [((a + 0.5) / total, (b + 0.5) / total_before) for a, b in zip(now, before, strict=True)]
    return sum((p - q) * math.log(p / q) for p, q in shares)


def drifts(now: datetime) -> list[Drift]:
    """For each direction its newest run against the newest one that is a week older, or else the oldest there is."""
    found = []
    directions = ScoreSpread.objects.order_by().values_list("kind_from", "kind_to").distinct()
    for kind_from, kind_to in sorted(directions):
        runs = ScoreSpread.objects.filter(kind_from=kind_from, kind_to=kind_to).order_by("-finished_at")
        newest = runs.first()
        if newest is None:
            continue
        earlier = (
            runs.filter(finished_at__lte=newest.finished_at - timedelta(days=DAYS)).first() or runs.last()
        )
        if earlier is None or earlier.pk == newest.pk:
            continue
        label = f"{KINDS[kind_from].label} → {KINDS[kind_to].label}"
        found.append(Drift(label, newest, earlier, stability_index(newest.steps, earlier.steps)))
    return found


def newest_refusals(scope: Scope, count: int = 20) -> QuerySet[Answer]:
    """The newest current refusals given for records of the reader's area."""
    found = Answer.objects.current().refusals().select_related("by")
    if not scope.sees_all:
        area = Q(pk__in=[])
        for prefix in scope.prefixes:
            area |= prefix_range("division_code", prefix)
        found = found.filter(area)
    return found.order_by("-at")[:count]


def ends_of(answers: Sequence[Answer], scope: Scope) -> Mapping[tuple[str, int], Any]:
    """(kind, id) -> record at both ends of the answers, those that `scope` may see. A query a kind."""
    wanted: dict[str, set[int]] = {}
    for answer in answers:
        for kind, pk in ((answer.need_kind, answer.need_id), (answer.offer_kind, answer.offer_id)):
            wanted.setdefault(kind, set()).add(pk)
    return {
        (kind, pk): record
        for kind, ids in wanted.items()
        for pk, record in visible_records(kind, ids, scope).items()
    }
