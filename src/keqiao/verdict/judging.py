"""Blind judging: officers say how strongly pairs are related without seeing what the engine thinks."""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils import timezone

from keqiao.core.audit import record as audit
from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.matching.masking import shown_texts, shown_title
from keqiao.matching.matches import ENGINE, RANKED, engine_matches, match_doc
from keqiao.matching.reading import visible_records
from keqiao.people.access import VISITOR
from keqiao.people.models import User
from keqiao.registry.achievement.models import Achievement
from keqiao.registry.demand.models import Demand
from keqiao.verdict.access import require_judge
from keqiao.verdict.enums import Level, Stratum
from keqiao.verdict.learning import kappa
from keqiao.verdict.models import JudgedPair, Judgement, JudgingRound, values_of
from keqiao.verdict.rules import rules
from keqiao_match import Match, Matcher

_TOP = 3
_DEMANDS_LOOKED_AT = 400
_MOST_PAIRS = 200


def draw_round(*, seed: int, by: User, size: int | None = None, is_sample: bool = False) -> JudgingRound:
    """Draw pairs of open demands and achievements: some the engine ranks high, some on the edge of a grade, some at
    random (rules.yaml). The same seed on the same records draws the same pairs. BadInput when there is nothing to draw.
    """
    require_judge(by)
    size = int(size or rules()["judging"]["size"])
    if not 1 <= size <= _MOST_PAIRS:
        raise BadInput(
            f"一批要 1 到 {_MOST_PAIRS} 对，收到 {size}。请改小。", code="judging.size", field="size"
        )
    drawn = _draw(random.Random(seed), size)
    if not drawn:
        raise BadInput(
            "还没有公开的需求和成果可以抽，没有建立批次。请先导入或发布，等索引完成后再试。",
            code="judging.empty",
        )
    return _keep_round(drawn, seed=seed, by=by, is_sample=is_sample)


@dataclass(frozen=True, slots=True)
class _Drawn:
    demand_id: int
    stratum: Stratum
    match: Match
    rank: int | None


def _draw(chance: random.Random, size: int) -> list[_Drawn]:
    shares = rules()["judging"]["shares"]
    wanted = {Stratum(name): round(size * share) for name, share in shares.items()}
    wanted[Stratum.RANDOM] = max(0, size - sum(n for one, n in wanted.items() if one != Stratum.RANDOM))
    demands = list(Demand.objects.open_to_strangers().order_by("pk").values_list("pk", flat=True))
    everything = list(Achievement.objects.open_to_strangers().order_by("pk").values_list("pk", flat=True))
    demands = chance.sample(demands, min(len(demands), _DEMANDS_LOOKED_AT))
    drawn: list[_Drawn] = []
    seen: set[tuple[int, str]] = set()
    # Where one stratum runs dry, as in a small registry, the others fill the round
    for stratum in (*wanted, *wanted):
        left = min(wanted[stratum], size - len(drawn))
        for pk in demands:
            if left <= 0:
                break
            one = _of_demand(pk, stratum, everything, chance)
            if one is not None and (pk, one.match.id) not in seen:
                seen.add((pk, one.match.id))
                drawn.append(one)
                left -= 1
        wanted[stratum] = size
    chance.shuffle(drawn)  # the order must not tell where a pair comes from
    return drawn


def _of_demand(pk: int, stratum: Stratum, everything: Sequence[int], chance: random.Random) -> _Drawn | None:
    demand = visible_records("demand", [pk], VISITOR, published_only=True).get(pk)
    if demand is None:
        return None
    found = engine_matches(demand, "achievement", VISITOR, RANKED)
    if stratum == Stratum.RANDOM:
        others = set(everything) - {int(one.id) for one in found}
        if not others:
            return None
        target = chance.choice(sorted(others))
        record = visible_records("achievement", [target], VISITOR, published_only=True).get(target)
        if record is None:
            return None
        match = Matcher().rank(match_doc(demand), [match_doc(record)], top=1)[0]
        return _Drawn(pk, stratum, match, None)
    if not found:
        return None
    match = chance.choice(found[:_TOP]) if stratum == Stratum.TOP else _on_the_edge(found)
    return _Drawn(pk, stratum, match, match.rank)


def _on_the_edge(found: Sequence[Match]) -> Match:
    """The first match below the best grade of the list, where the engine is least sure; the middle one without an edge."""
    return next((one for one in found if one.grade != found[0].grade), found[len(found) // 2])


@transaction.atomic
def _keep_round(drawn: Sequence[_Drawn], *, seed: int, by: User, is_sample: bool) -> JudgingRound:
    now = timezone.now()
    made = JudgingRound.objects.create(
        title=f"盲评 {timezone.localtime(now):%Y-%m-%d %H:%M}（{len(drawn)} 对）", seed=seed, made_at=now,
        made_by=by, is_sample=is_sample,
    )  # fmt: skip
    JudgedPair.objects.bulk_create(
        JudgedPair(
            round=made, position=at, stratum=one.stratum, need_kind="demand", need_id=one.demand_id,
            offer_kind="achievement", offer_id=int(one.match.id), engine=ENGINE, rank=one.rank,
            score=one.match.score, parts=values_of(one.match.parts),
        )
        for at, one in enumerate(drawn, 1)
    )  # fmt: skip
    audit("judging.drawn", by=by, target=made, row_count=len(drawn))
    return made


# -- judging ----------------------------------------------------------------------------------------------------------


def round_of(public_id: Any) -> JudgingRound:
    """NotFound when there is none."""
    found = JudgingRound.objects.filter(public_id=public_id).first()
    if found is None:
        raise NotFound("判定批次")
    return found


def next_pair(made: JudgingRound, by: User) -> JudgedPair | None:
    """The first pair of the round that this judge has not judged; None when he is through."""
    return made.pairs.exclude(judgements__by=by).order_by("position").first()


@transaction.atomic
def judge_pair(*, judged: JudgedPair, level: str, by: User) -> Judgement:
    """One judge's level; a second click changes his own. BadInput for a level that is not 1 to 4."""
    require_judge(by)
    if level not in Level.values:
        words = "、".join(f"{one.value} {one.label}" for one in Level)
        raise BadInput(f"请选一个等级（{words}），收到的是“{level}”。", code="judging.level", field="level")
    JudgedPair.objects.select_for_update(of=("self",)).get(pk=judged.pk)
    before = Judgement.objects.filter(judged=judged, by=by).values_list("level", flat=True).first() or ""
    judgement, _ = Judgement.objects.update_or_create(
        judged=judged, by=by, defaults={"level": level, "at": timezone.now()}
    )
    audit("judging.judged", by=by, target=judged, changes={"level": [before, level]})
    return judgement


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a round is. mine: of this judge. once, twice: pairs with one judge at least, with two. kappa: quadratic
    weights, of the first two judges of each pair judged twice; None without any. same: of those, share with one level."""

    total: int
    mine: int
    once: int
    twice: int
    kappa: float | None
    same: float | None


def progress_of(made: JudgingRound, by: Any) -> Progress:
    """Three queries."""
    counted = list(made.pairs.annotate(n=Count("judgements")).values_list("n", flat=True))
    mine = Judgement.objects.filter(judged__round=made, by_id=getattr(by, "pk", None)).count()
    levels: dict[int, list[int]] = {}
    for pk, level in (
        Judgement.objects.filter(judged__round=made).order_by("at", "pk").values_list("judged_id", "level")
    ):
        levels.setdefault(pk, []).append(int(level))
    pairs = [(given[0], given[1]) for given in levels.values() if len(given) > 1]
    same = sum(a == b for a, b in pairs) / len(pairs) if pairs else None
    return Progress(
        len(counted), mine, sum(n > 0 for n in counted), sum(n > 1 for n in counted), kappa(pairs), same
    )


# -- the labelled set -------------------------------------------------------------------------------------------------


def _judged() -> QuerySet[JudgedPair]:
    found = JudgedPair.objects.filter(judgements__isnull=False, need_kind="demand", offer_kind="achievement")
    return found.distinct().prefetch_related("judgements").order_by("pk")


def labelled_pairs() -> Iterator[dict[str, Any]]:
    """{guid, aid, rid, level, a_title_kw} of every judged pair whose records are still open; the level is the mean of
    the judges, rounded down when they are halfway, as the doubt of one is a doubt."""
    judged = list(_judged())
    demands = visible_records("demand", {one.need_id for one in judged}, VISITOR)
    offers = visible_records("achievement", {one.offer_id for one in judged}, VISITOR)
    for one in judged:
        if one.need_id not in demands or one.offer_id not in offers:
            continue
        levels = [int(given.level) for given in one.judgements.all()]
        mean = sum(levels) / len(levels)
        yield {
            "guid": str(one.public_id),
            "aid": str(offers[one.offer_id].public_id),
            "rid": str(demands[one.need_id].public_id),
            "level": int(mean + 0.49),
            "a_title_kw": shown_title(offers[one.offer_id], VISITOR),
        }


def labelled_demands() -> Iterator[dict[str, Any]]:
    """{rid, title, content} of the demands of `labelled_pairs`."""
    demands = visible_records("demand", {one.need_id for one in _judged()}, VISITOR)
    for _, demand in sorted(demands.items()):
        yield {
            "rid": str(demand.public_id),
            "title": shown_title(demand, VISITOR),
            "content": "\n".join(text for _, text in shown_texts(demand, VISITOR)),
        }


@transaction.atomic
def export_labels(*, what: str, by: User) -> str:
    """The labelled set as .jsonl: "pairs" or "demands", in the shape that `keqiao-match evaluate` reads.

    Only what everybody may read. NotAllowed when nothing has been judged yet.
    """
    require_judge(by)
    rows = list(labelled_pairs() if what == "pairs" else labelled_demands())
    if not rows:
        raise NotAllowed(
            "还没有判定过的供需对，没有可导出的。请先盲评一批。", code="judging.empty", conflict=True
        )
    audit("judging.exported", by=by, row_count=len(rows), file_name=f"{what}.jsonl")
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
