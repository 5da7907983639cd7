"""Ranking models: trained from answers and judgements, measured before use, switched on and taken back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from keqiao.core.audit import record as audit
from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.core.models import AuditLevel
from keqiao.matching.matches import ENGINE
from keqiao.people.models import User
from keqiao.verdict import precedents
from keqiao.verdict.access import require_ranker
from keqiao.verdict.enums import ModelState
from keqiao.verdict.learning import Example, Figures, held_out, learn, rulings_of, scores, why_not
from keqiao.verdict.models import Answer, JudgedPair, PairOutcome, RankingModel
from keqiao.verdict.outcomes import PROVEN
from keqiao.verdict.ranking import LEARNT, forget_active
from keqiao.verdict.rules import rules, target_of, target_of_proof
from keqiao_match import Precedents

Progress = Callable[[int, int, str], None]

_TRIES = 5  # trainings that end at the same moment
_JUDGED_WEIGHT = 2.0  # a blind judgement knows neither rank nor owner, so it counts more than an answer


def examples(*, with_samples: bool | None = None) -> tuple[list[Example], dict[str, int]]:
    """Everything that can be learnt from, and how much of it came from where: {"answers", "judgements",
    "outcomes"}: what buyers said years later weighs most.

    with_samples: 示例 too; by default in the demo only. Three queries.
    """
    samples = settings.KEQIAO_DEMO if with_samples is None else with_samples
    answers = Answer.objects.current().exclude(score=None)
    pairs = JudgedPair.objects.filter(judgements__isnull=False).distinct().prefetch_related("judgements")
    outcomes = PairOutcome.objects.exclude(score=None)
    if not samples:
        answers, pairs = answers.filter(is_sample=False), pairs.filter(round__is_sample=False)
        outcomes = outcomes.filter(is_sample=False)
    found: list[Example] = []
    for one in answers.order_by("pk"):
        target = target_of(is_yes=one.is_yes, reason=one.reason)
        if target is not None and one.score is not None:
            found.append(_example(one, one.score, target))
    answered = len(found)
    for judged in pairs.order_by("pk"):
        levels = [int(one.level) for one in judged.judgements.all()]
        target = (sum(levels) / len(levels) - 1) / 3
        found.append(_example(judged, judged.score, target, _JUDGED_WEIGHT))
    judged_count, weight = len(found) - answered, float(rules()["training"]["outcome_weight"])
    for told in outcomes.order_by("pk"):
        if told.score is not None:
            found.append(_example(told, told.score, target_of_proof(told.proof), weight))
    counts = {"answers": answered, "judgements": judged_count}
    return found, counts | {"outcomes": len(found) - answered - judged_count}


def _example(
    pair: Answer | JudgedPair | PairOutcome, score: float, target: float, weight: float = 1.0
) -> Example:
    ends = (pair.need_kind, pair.need_id), (pair.offer_kind, pair.offer_id)
    return Example(
        f"{pair.need_kind}:{pair.need_id}", score, _values(pair.parts), target, weight, ends=ends
    )  # fmt: skip


def _with_documents(found: Sequence[Example]) -> list[Example]:
    """The examples, the newest of each source with their documents, so that they can be precedents."""
    few = {id(one) for one in found[-precedents.MOST :]}
    docs = precedents.documents(end for one in found if id(one) in few and one.ends for end in one.ends)
    return [
        replace(one, asked=docs.get(one.ends[0]), found=docs.get(one.ends[1]))
        if id(one) in few and one.ends
        else one
        for one in found
    ]


def _values(parts: dict[str, Any]) -> dict[str, float]:
    return {name: float(value) for name, value in parts.items() if name not in (LEARNT, PROVEN)}


def train_model(*, by: User | None, progress: Progress | None = None) -> RankingModel:
    """A new candidate, measured on held-out demands. Changes nothing that anybody sees. BadInput without any pair."""
    require_ranker(by)
    tell = progress or (lambda done, total, what: None)
    tell(0, 3, "读取答复和判定")
    found, counts = examples()
    if not found:
        raise BadInput(
            f"还没有可以用来训练的答复或判定，没有训练。至少要 {rules()['training']['least_pairs']} 对："
            "请单位在匹配下面答复，或在“匹配质量”里盲评一批。",
            code="ranking.empty",
        )
    training = rules()["training"]
    tell(1, 3, f"{len(found)} 对，分 {training['folds']} 份评测")
    found = _with_documents(found)
    before, weighed, told = held_out(found, folds=int(training["folds"]), ridge=float(training["ridge"]))
    tell(2, 3, "用全部数据定参数")
    learnt = learn(found, ridge=float(training["ridge"]))
    parameters, figures = learnt.as_dict(), {"before": before.as_dict(), "after": weighed.as_dict()}
    if _is_better(told, weighed):
        fitted = Precedents.fit(rulings_of(found, scores(found, learnt)))
        parameters["precedents"] = precedents.kept(fitted)
        figures = figures | {"weights": weighed.as_dict(), "after": told.as_dict()}
    origin = counts | {"pairs": len(found), "sources": len({one.group for one in found}), "engine": ENGINE}
    model = _keep({"parameters": parameters, "origin": origin, "figures": figures}, by)
    tell(3, 3, "完成")
    return model


def _is_better(told: Figures, weighed: Figures) -> bool:
    """Precedents are kept when they help on demands that the model has not seen, and spoil no order."""
    return told.log_loss < weighed.log_loss and told.ndcg >= weighed.ndcg


def _keep(facts: Mapping[str, Any], by: User | None) -> RankingModel:
    """The candidate as the next version; as the one after it where another training took that meanwhile."""
    for _ in range(_TRIES):
        version = _next_version()
        try:
            return _keep_as(version, facts, by)
        except IntegrityError:
            if not RankingModel.objects.filter(version=version).exists():
                raise
    raise NotAllowed(
        "好几个训练同时完成，这一个没有保存，什么都没有改动。请稍等再训练。",
        code="ranking.busy",
        conflict=True,
    )


def _next_version() -> int:
    return int(RankingModel.objects.aggregate(at=Max("version"))["at"] or 0) + 1


@transaction.atomic
def _keep_as(version: int, facts: Mapping[str, Any], by: User | None) -> RankingModel:
    model = RankingModel.objects.create(version=version, by=by, **facts)
    audit(
        "ranking.trained",
        by=by,
        target=model,
        changes={"figures": model.figures},
        row_count=model.origin["pairs"],
    )
    return model


def reasons_against(model: RankingModel) -> list[str]:
    """Why this model may not be switched on; empty when it may."""
    return why_not(model.origin, model.figures, rules()["training"])


def model_of(version: int) -> RankingModel:
    """The model of this version. NotFound when there is none."""
    found = RankingModel.objects.filter(version=version).first()
    if found is None:
        raise NotFound("排序模型", f"第 {version} 版")
    return found


@transaction.atomic
def activate_model(*, model: RankingModel, by: User | None) -> RankingModel:
    """Rank by this model from now on. NotAllowed with the figures when it is worse or knows too little."""
    require_ranker(by)
    locked = {one.pk: one for one in RankingModel.objects.select_for_update().order_by("pk")}
    model = locked[model.pk]
    if model.state == ModelState.ACTIVE:
        raise NotAllowed(f"{model}已经在用，不用再启用。", code="ranking.active", conflict=True)
    if reasons := reasons_against(model):
        raise NotAllowed(
            f"{model}没有启用：{'；'.join(reasons)}。请收集更多答复或再盲评一批，重新训练后再试。",
            code="ranking.worse",
            conflict=True,
        )
    current = next((one for one in locked.values() if one.state == ModelState.ACTIVE), None)
    if current is not None:
        _retire(current)
    _put_in_use(model, before=current)
    _note("ranking.activated", current, model, by)
    return model


@transaction.atomic
def go_back(*, by: User | None) -> RankingModel | None:
    """Second thoughts: the version in use before the present one, or None: the engine as shipped.

    NotAllowed when no model is in use.
    """
    require_ranker(by)
    locked = {one.pk: one for one in RankingModel.objects.select_for_update().order_by("pk")}
    current = next((one for one in locked.values() if one.state == ModelState.ACTIVE), None)
    if current is None:
        raise NotAllowed("现在用的就是引擎自带的排序，没有可退回的版本。", code="ranking.none", conflict=True)
    earlier = locked.get(current.before_id) if current.before_id else None
    _retire(current)
    if earlier is not None:
        _put_in_use(earlier, before=locked.get(earlier.before_id) if earlier.before_id else None)
    _note("ranking.taken_back", current, earlier, by)
    return earlier


def _retire(model: RankingModel) -> None:
    model.state, model.retired_at = ModelState.RETIRED, timezone.now()
    model.save(update_fields=["state", "retired_at"])


def _put_in_use(model: RankingModel, *, before: RankingModel | None) -> None:
    model.state, model.activated_at, model.retired_at, model.before = (
        ModelState.ACTIVE,
        timezone.now(),
        None,
        before,
    )
    model.save(update_fields=["state", "activated_at", "retired_at", "before"])


def _note(action: str, old: RankingModel | None, new: RankingModel | None, by: User | None) -> None:
    words = [str(one) if one else "引擎自带的排序" for one in (old, new)]
    audit(action, by=by, target=new or old, changes={"in_use": words}, level=AuditLevel.IMPORTANT)
    forget_active()
    transaction.on_commit(forget_active)  # another thread may have looked it up before the commit
