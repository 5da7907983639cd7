"""Learning adjustments to the engine's ranking from judged pairs, and measuring them on pairs held out. Pure arithmetic."""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keqiao_match import TITLE_TRAITS, Doc, Precedents, Ruling

Numbers = NDArray[np.float64]

_NEWTON_STEPS = 25
_LEAST_SLOPE = 0.1  # the engine's order must still count
_DEPTH = 10
_LEVELS = 3.0  # a target of 1 is level 4, of 0 level 1


@dataclass(frozen=True, slots=True)
class Example:
    """One answered or judged pair. group: whose ranking it stands in, "demand:12". score: the engine's, 0..1.
    values: part name -> 0..1. target: how relevant people say it is, 0..1. weight: how much it counts. ends: kind
    and key of need and offer. asked, found: the two, when everybody may see them; such an example can be a precedent."""

    group: str
    score: float
    values: Mapping[str, float]
    target: float
    weight: float = 1.0
    ends: tuple[tuple[str, int], tuple[str, int]] | None = None
    asked: Doc | None = None
    found: Doc | None = None

    @property
    def precedent(self) -> tuple[Doc, Doc, tuple[float, ...]] | None:
        """Need, offer and their TITLE_TRAITS; None for an example that can be no precedent."""
        if self.asked is None or self.found is None or not all(name in self.values for name in TITLE_TRAITS):
            return None
        return self.asked, self.found, tuple(self.values[name] for name in TITLE_TRAITS)


@dataclass(frozen=True, slots=True)
class Figures:
    """log_loss: of the target under the score, lower is better. ndcg: @10 within groups. order: share of pairs of one
    group, different in target, that stand the right way round; ties half. judged: groups that say something."""

    log_loss: float
    ndcg: float
    order: float
    pairs: int
    groups: int
    judged: int

    def as_dict(self) -> dict[str, Any]:
        return {name: round(v, 4) if isinstance(v, float) else v for name, v in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class Parameters:
    """score' = logistic(bias + slope · log-odds(score) + Σ weights[name] · value)."""

    bias: float
    slope: float
    weights: Mapping[str, float]

    def as_dict(self) -> dict[str, Any]:
        return {
            "bias": round(self.bias, 6),
            "slope": round(self.slope, 6),
            "weights": {name: round(weight, 6) for name, weight in self.weights.items()},
        }


AS_SHIPPED = Parameters(0.0, 1.0, {})
"""Changes nothing."""


def part_names(examples: Sequence[Example]) -> tuple[str, ...]:
    """Every part that some example has, sorted."""
    return tuple(sorted({name for one in examples for name in one.values}))


def _table(examples: Sequence[Example], names: Sequence[str]) -> Numbers:
    """(examples, 2 + names): one, the engine's log-odds, the parts."""
    odds = np.log([_held(one.score) / (1 - _held(one.score)) for one in examples])
    parts = [[one.values.get(name, 0.0) for name in names] for one in examples]
    table: Numbers = np.c_[
        np.ones(len(examples)), odds, np.array(parts, np.float64).reshape(len(examples), len(names))
    ]
    return table


def _held(score: float) -> float:
    return min(max(score, 1e-4), 1 - 1e-4)


def _chances(odds: Numbers) -> Numbers:
    chances: Numbers = 1 / (1 + np.exp(-np.clip(odds, -30, 30)))
    return chances


def learn(examples: Sequence[Example], *, ridge: float) -> Parameters:
    """The adjustments that explain the targets best, drawn towards the engine as shipped by `ridge` (in examples).

    A logistic regression on soft targets by Newton's method; with no examples, AS_SHIPPED.
    """
    if not examples:
        return AS_SHIPPED
    names = part_names(examples)
    table = _table(examples, names)
    target = np.array([one.target for one in examples])
    counts = np.array([one.weight for one in examples])
    prior = np.zeros(table.shape[1])
    prior[1] = 1.0
    pull = np.full(table.shape[1], ridge)
    pull[0] = ridge / 10  # how often people say yes at all is learnt quickly
    found = prior.copy()
    for _ in range(_NEWTON_STEPS):
        chances = _chances(table @ found)
        curve = (table * (counts * (chances * (1 - chances) + 1e-9))[:, None]).T @ table + np.diag(pull)
        step = np.linalg.solve(curve, table.T @ (counts * (chances - target)) + pull * (found - prior))
        found -= step
        if float(np.abs(step).max()) < 1e-8:
            break
    slope = max(_LEAST_SLOPE, float(found[1]))
    return Parameters(
        float(found[0]), slope, {name: float(w) for name, w in zip(names, found[2:], strict=True)}
    )


def scores(examples: Sequence[Example], parameters: Parameters) -> Numbers:
    """The adjusted scores, 0..1."""
    names = tuple(parameters.weights)
    weights = np.array([parameters.bias, parameters.slope, *parameters.weights.values()])
    return _chances(_table(examples, names) @ weights)


def rulings_of(examples: Sequence[Example], base: Numbers) -> list[Ruling]:
    """Those that can be precedents. base: their scores before precedents, 0..1."""
    return [
        Ruling(asked, found, float(score), traits, 1 + _LEVELS * one.target, one.weight)
        for one, score in zip(examples, base, strict=True)
        if (known := one.precedent)
        for asked, found, traits in [known]
    ]


def heard(precedents: Precedents, examples: Sequence[Example], base: Numbers) -> Numbers:
    """The scores after precedents, 0..1; as they were where an example has no documents."""
    out = base.copy()
    needs: dict[str, Doc] = {}
    by_need: defaultdict[str, list[tuple[int, Doc, tuple[float, ...]]]] = defaultdict(list)
    for at, one in enumerate(examples):
        if known := one.precedent:
            asked, offer, traits = known
            needs[asked.id] = asked
            by_need[asked.id].append((at, offer, traits))
    for key, members in by_need.items():
        rows = [at for at, _, _ in members]
        told = precedents.about(needs[key]).levels(
            [offer for _, offer, _ in members], base[rows], np.array([traits for _, _, traits in members])
        )
        out[rows] = told.mean(1)
    return out


def measure(examples: Sequence[Example], given: Numbers) -> Figures:
    """How well `given` scores agree with the targets."""
    target = np.array([one.target for one in examples])
    counts = np.array([one.weight for one in examples])
    held = np.clip(given, 1e-4, 1 - 1e-4)
    losses = -(target * np.log(held) + (1 - target) * np.log(1 - held))
    rows: defaultdict[str, list[int]] = defaultdict(list)
    for at, one in enumerate(examples):
        rows[one.group].append(at)
    ndcgs, right, compared = [], 0.0, 0
    for group in rows.values():
        mine, theirs = given[group], target[group]
        if len(group) < 2 or np.ptp(theirs) == 0:
            continue
        ndcgs.append(_ndcg(mine, theirs))
        good, all_of = _ordered(mine, theirs)
        right, compared = right + good, compared + all_of
    return Figures(
        float(losses @ counts / counts.sum()) if len(examples) else 0.0,
        float(np.mean(ndcgs)) if ndcgs else 0.0,
        right / compared if compared else 0.0,
        len(examples), len(rows), len(ndcgs),
    )  # fmt: skip


def _ndcg(given: Numbers, target: Numbers) -> float:
    gains = 2.0 ** (target * _LEVELS) - 1
    discounts = 1 / np.log2(np.arange(2, _DEPTH + 2))
    mine = gains[np.argsort(-given, kind="stable")[:_DEPTH]]
    best = np.sort(gains)[::-1][:_DEPTH]
    return float(mine @ discounts[: len(mine)]) / float(best @ discounts[: len(best)])


def _ordered(given: Numbers, target: Numbers) -> tuple[float, int]:
    """(pairs the right way round, pairs that differ in target)."""
    higher = target[:, None] > target[None, :]
    ahead = (given[:, None] > given[None, :]) + 0.5 * (given[:, None] == given[None, :])
    return float((ahead * higher).sum()), int(higher.sum())


def fold_of(groups: Sequence[str], folds: int, seed: int = 7) -> dict[str, int]:
    """Group -> fold; all pairs of a group in one fold, so that none is measured on a demand it was learnt from."""
    names = sorted(set(groups))
    random.Random(seed).shuffle(names)
    return {name: at % folds for at, name in enumerate(names)}


def held_out(examples: Sequence[Example], *, folds: int, ridge: float) -> tuple[Figures, Figures, Figures]:
    """(as shipped, adjusted, adjusted and with precedents), each example scored by a model that did not see its group."""
    of = fold_of([one.group for one in examples], folds)
    given, told = np.zeros(len(examples)), np.zeros(len(examples))
    for fold in range(folds):
        test = [at for at, one in enumerate(examples) if of[one.group] == fold]
        if not test:
            continue
        train, asked = [one for one in examples if of[one.group] != fold], [examples[at] for at in test]
        fitted = learn(train, ridge=ridge)
        given[test] = scores(asked, fitted)
        rulings = rulings_of(train, scores(train, fitted))
        told[test] = heard(Precedents.fit(rulings), asked, given[test]) if rulings else given[test]
    shipped = measure(examples, scores(examples, AS_SHIPPED))
    return shipped, measure(examples, given), measure(examples, told)


def why_not(origin: Mapping[str, Any], figures: Mapping[str, Any], rules: Mapping[str, Any]) -> list[str]:
    """What speaks against switching a model on: too few pairs, or worse on held-out ones. Empty when nothing does."""
    reasons = []
    pairs, sources = int(origin.get("pairs", 0)), int(origin.get("sources", 0))
    if pairs < rules["least_pairs"]:
        reasons.append(
            f"只有 {pairs} 对答复和判定，至少要 {rules['least_pairs']} 对，还差 {rules['least_pairs'] - pairs} 对"
        )
    if sources < rules["least_sources"]:
        reasons.append(
            f"只涉及 {sources} 条需求，至少要 {rules['least_sources']} 条，还差 {rules['least_sources'] - sources} 条"
        )
    before, after = figures.get("before", {}), figures.get("after", {})
    if not before or not after:
        return [*reasons, "没有评测结果"]
    if before["log_loss"] - after["log_loss"] < rules["least_gain"]:
        reasons.append(
            f"在没见过的需求上不比现在准：对数损失由 {before['log_loss']:.3f} 变为 {after['log_loss']:.3f}（越小越好）"
        )
    if after["ndcg"] < before["ndcg"] - rules["ndcg_slack"]:
        reasons.append(f"在没见过的需求上排得更差：nDCG@10 由 {before['ndcg']:.3f} 降到 {after['ndcg']:.3f}")
    if after.get("order", 0.0) < before.get("order", 0.0) - rules["order_slack"]:
        reasons.append(f"在没见过的需求上，两两顺序正确的由 {before['order']:.3f} 降到 {after['order']:.3f}")
    return reasons


def kappa(pairs: Sequence[tuple[int, int]], levels: int = 4) -> float | None:
    """Cohen's kappa of two judges with quadratic weights; None without pairs, 1.0 when both always say the same one level."""
    if not pairs:
        return None
    seen = np.zeros((levels, levels))
    for first, second in pairs:
        seen[first - 1, second - 1] += 1
    seen /= seen.sum()
    chance = np.outer(seen.sum(1), seen.sum(0))
    steps = np.arange(levels)
    cost = (steps[:, None] - steps[None, :]) ** 2 / (levels - 1) ** 2
    expected = float((cost * chance).sum())
    return 1.0 - float((cost * seen).sum()) / expected if expected else 1.0
