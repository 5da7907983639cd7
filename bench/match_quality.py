"""How well keqiao_match agrees with the judges, against baselines; `--write` renews the shipped calibration.

Run from the repository root: python -m bench.match_quality ../shared/data [--write]
Five folds by demand, seeded: no demand is in training and test at once. Random folds, as the competition drew them, are
reported beside, and both again with the training pairs as precedents (about ten seconds a fit, thirty fits). Prints one
JSON object; --write also renews docs/images/calibration.svg.
"""

import argparse
import json
import math
import random
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rjieba

from bench.match_chart import chart
from keqiao_match.calibrate import (
    Numbers,
    Pair,
    TitleCounts,
    by_demand,
    chances_of,
    features,
    fit,
    measure,
    measure_chances,
    ndcg,
    precedents_of,
    read_demands,
    read_pairs,
    scores_of,
)
from keqiao_match.calibration import Calibration
from keqiao_match.rank import TITLE_PARTS
from keqiao_match.rarity import Rarity
from keqiao_match.text import fold

TARGET = Path(__file__).parents[1] / "src" / "keqiao_match" / "calibration.json"
CHART = Path(__file__).parents[1] / "docs" / "images" / "calibration.svg"
FOLDS = 5
BINS = 10
SEEDS = (7, 8, 9)
JUDGES = 20


def folds(pairs: list[Pair], seed: int) -> np.ndarray:
    """The fold of each pair; all pairs of a demand share one."""
    demands = sorted({pair.demand.id for pair in pairs})
    random.Random(seed).shuffle(demands)
    of = {demand: at % FOLDS for at, demand in enumerate(demands)}
    return np.array([of[pair.demand.id] for pair in pairs])


def random_folds(pairs: list[Pair], seed: int) -> np.ndarray:
    """The fold of each pair, drawn by pair: pairs of one demand stand on both sides."""
    return np.random.default_rng(seed).permutation(len(pairs)) % FOLDS


@dataclass(frozen=True)
class Unseen:
    """Of every pair, by a fit that has not seen it: score, level, chance of level 3 or 4, grade."""

    scores: np.ndarray
    told: np.ndarray
    chances: np.ndarray
    grades: np.ndarray

    def figures(self, pairs: list[Pair], levels: np.ndarray) -> dict[str, float]:
        error = float(np.abs(self.told - levels).mean())
        return {
            "ndcg@10": ndcg(self.scores, levels, by_demand(pairs)),
            "mae": error,
            "score": 1 / (1 + error),
        }


def unseen(values: Numbers, levels: np.ndarray, fold: np.ndarray) -> Unseen:
    """Each fold told by a fit on the others."""
    out = Unseen(*(np.zeros(len(levels)) for _ in range(3)), np.full(len(levels), "", object))
    for at in range(FOLDS):
        test = fold == at
        calibration = fit(values[~test], levels[~test])
        scores = scores_of(calibration, values[test])
        out.scores[test] = scores
        out.told[test] = [calibration.level(score) for score in scores]
        out.chances[test] = [calibration.chance(score) for score in scores]
        out.grades[test] = [calibration.grade(score) for score in scores]
    return out


def cross_validated(pairs: list[Pair], values: Numbers, levels: np.ndarray, seed: int) -> dict[str, float]:
    """nDCG@10 and Score of pairs that the fit has not seen, by demand."""
    return unseen(values, levels, folds(pairs, seed)).figures(pairs, levels)


def heard(pairs: list[Pair], values: Numbers, levels: np.ndarray, fold: np.ndarray) -> Numbers:
    """(pairs, 3) chances of level 2, 3, 4 or more, each fold told by a fit on the others and by their precedents."""
    out = np.zeros((len(pairs), 3))
    for at in range(FOLDS):
        test, train = np.flatnonzero(fold == at), np.flatnonzero(fold != at)
        calibration = fit(values[train], levels[train])
        precedents = precedents_of(calibration, [pairs[row] for row in train], values[train])
        out[test] = chances_of(precedents, calibration, [pairs[row] for row in test], values[test])
    return out


def figures(chances: Numbers, pairs: list[Pair]) -> dict[str, float]:
    """nDCG@10, mean error and Score of chances."""
    quality = measure_chances(chances, pairs)
    return {"ndcg@10": quality.ndcg_at_10, "mae": quality.mae, "score": quality.score}


def told_by(chances: Numbers) -> Unseen:
    """The chances as scores with grades at the shares of the whole, for the calibration plot."""
    scores = chances.mean(1)
    return Unseen(scores, 1.0 + (chances > 0.5).sum(1), chances[:, 1], np.full(len(scores), "", object))


def mean(runs: list[dict[str, float]]) -> dict[str, float]:
    """The mean of each figure."""
    return {key: round(float(np.mean([run[key] for run in runs])), 4) for key in runs[0]}


def ablation(pairs: list[Pair], values: Numbers, levels: np.ndarray) -> dict[str, dict[str, float]]:
    """What is left when one part says nothing, by demand, first seed."""
    out = {}
    for at, name in enumerate(TITLE_PARTS):
        less = values.copy()
        less[:, at] = 0.0
        out[f"without {name}"] = mean([cross_validated(pairs, less, levels, SEEDS[0])])
    return out


def reliability(told: Unseen, levels: np.ndarray) -> list[tuple[float, float, int]]:
    """(chance foretold, share judged 3 or 4, pairs) in bins of equal width that hold twenty pairs or more."""
    at = np.minimum((told.chances * BINS).astype(int), BINS - 1)
    out = []
    for one in range(BINS):
        held = at == one
        if held.sum() >= 20:
            out.append((float(told.chances[held].mean()), float((levels[held] >= 3).mean()), int(held.sum())))
    return out


def promise(told: Unseen, levels: np.ndarray) -> dict[str, dict[str, float]]:
    """Of each grade: pairs, mean chance foretold, share that was judged 3 or 4, share judged 1."""
    out = {}
    for grade in ("强相关", "较强相关", "弱相关"):
        held = told.grades == grade
        out[grade] = {
            "pairs": int(held.sum()),
            "foretold": round(float(told.chances[held].mean()), 3),
            "judged_3_or_4": round(float((levels[held] >= 3).mean()), 3),
            "judged_1": round(float((levels[held] == 1).mean()), 3),
        }
    return out


def agreement(pairs: list[Pair]) -> dict[str, float]:
    """How far the judges agree with themselves: two judgements of one demand and one title as we have it. The titles
    are lossy, so that some of the two were different achievements; a ranker sees no more than this either."""
    levels = defaultdict(list)
    for pair in pairs:
        if pair.found.title:
            levels[pair.demand.id, pair.found.title].append(pair.level)
    twice = np.array([(some[0], some[1]) for some in levels.values() if len(some) > 1], float)
    error = float(np.abs(twice[:, 0] - twice[:, 1]).mean())
    return {
        "judged_twice": len(twice),
        "same_level": round(float((twice[:, 0] == twice[:, 1]).mean()), 3),
        "mae": round(error, 3),
        "score": round(1 / (1 + error), 3),
    }


def second_judge(pairs: list[Pair], levels: np.ndarray, values: Numbers) -> dict[str, float]:
    """What a second judge would reach, told every level as often rightly and wrongly as two judgements of one case agree
    (`agreement`); equal levels in random order, or by 字面相似 and 全文相似."""
    seen = defaultdict(list)
    for pair in pairs:
        if pair.found.title:
            seen[pair.demand.id, pair.found.title].append(pair.level)
    moves = np.full((4, 4), 1e-9)
    for some in seen.values():
        for at, one in enumerate(some):
            for other in some[:at] + some[at + 1 :]:
                moves[one - 1, other - 1] += 1 / (len(some) - 1)
    moves /= moves.sum(1, keepdims=True)
    chance, groups, runs = np.random.default_rng(0), by_demand(pairs), []
    alike = values[:, 0] + values[:, 1]
    for _ in range(JUDGES):
        told = (chance.random(len(levels))[:, None] > moves[levels - 1].cumsum(1)).sum(1) + 1.0
        runs.append(
            {
                "ndcg@10_ties_at_random": ndcg(told + 0.5 * chance.random(len(told)), levels, groups),
                "ndcg@10_ties_by_likeness": ndcg(told + 0.5 * alike / alike.max(), levels, groups),
                "score": 1 / (1 + float(np.abs(told - levels).mean())),
            }
        )
    return mean(runs)


def word_bm25(pairs: list[Pair]) -> Numbers:
    """BM25 (k1 1.2, b 0.75) of the demand's title words in the achievement's, frequencies from its titles."""
    cut = {
        text: [word for word in rjieba.cut(fold(text), False) if len(word) > 1]
        for pair in pairs
        for text in (pair.demand.title, pair.found.title)
    }
    titles = {pair.found.title for pair in pairs}
    frequency = Counter(word for title in titles for word in set(cut[title]))
    usual = float(np.mean([len(cut[title]) for title in titles]))
    out = []
    for pair in pairs:
        held, score = Counter(cut[pair.found.title]), 0.0
        for word in set(cut[pair.demand.title]) & held.keys():
            rare = math.log(1 + (len(titles) - frequency[word] + 0.5) / (frequency[word] + 0.5))
            times = held[word]
            score += rare * times * 2.2 / (times + 1.2 * (0.25 + 0.75 * sum(held.values()) / usual))
        out.append(score)
    return np.array(out)


def tfidf_baseline(pairs: list[Pair], longest: int) -> Numbers:
    """Cosine of character 1- to n-gram TF-IDF of the two titles, frequencies from the titles themselves."""

    def grams(text: str) -> Counter[str]:
        plain = "".join(fold(text).split())
        return Counter(
            plain[at : at + size] for size in range(1, longest + 1) for at in range(len(plain) - size + 1)
        )

    titles = {text: grams(text) for pair in pairs for text in (pair.demand.title, pair.found.title)}
    frequency = Counter(gram for counts in titles.values() for gram in counts)
    vectors = {}
    for text, counts in titles.items():
        weights = {g: (1 + math.log(n)) * math.log(len(titles) / frequency[g]) for g, n in counts.items()}
        length = math.sqrt(sum(w * w for w in weights.values())) or 1.0
        vectors[text] = {g: w / length for g, w in weights.items()}
    return np.array(
        [
            sum(w * vectors[pair.found.title].get(g, 0.0) for g, w in vectors[pair.demand.title].items())
            for pair in pairs
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    demands = read_demands(given.data / "matching" / "demands.jsonl")
    pairs = read_pairs(given.data / "matching" / "labelled_pairs.jsonl", demands)
    levels = np.array([pair.level for pair in pairs])
    values, groups = features(pairs, Rarity(TitleCounts(pairs))), by_demand(pairs)
    by_demands = [unseen(values, levels, folds(pairs, seed)) for seed in SEEDS]
    runs = [told.figures(pairs, levels) for told in by_demands]
    drawn = [unseen(values, levels, random_folds(pairs, seed)).figures(pairs, levels) for seed in SEEDS]
    learnt = [heard(pairs, values, levels, folds(pairs, seed)) for seed in SEEDS]
    learnt_drawn = [heard(pairs, values, levels, random_folds(pairs, seed)) for seed in SEEDS]
    whole = fit(values, levels)
    out = {
        "random": ndcg(np.random.default_rng(0).random(len(pairs)), levels, groups),
        "word_bm25": ndcg(word_bm25(pairs), levels, groups),
        "tfidf_1_2_grams": ndcg(tfidf_baseline(pairs, 2), levels, groups),
        "tfidf_1_3_grams": ndcg(tfidf_baseline(pairs, 3), levels, groups),
        "parts_alone": {name: ndcg(values[:, at], levels, groups) for at, name in enumerate(TITLE_PARTS)},
        "model_by_demand_folds": mean(runs),
        "model_by_random_folds": mean(drawn),
        "with_precedents_by_demand_folds": mean([figures(one, pairs) for one in learnt]),
        "with_precedents_by_random_folds": mean([figures(one, pairs) for one in learnt_drawn]),
        "reliability_with_precedents": reliability(told_by(learnt[0]), levels),
        "second_judge": second_judge(pairs, levels, values),
        "ablation": ablation(pairs, values, levels),
        "model_ndcg_by_seed": [run["ndcg@10"] for run in runs],
        "judges_with_themselves": agreement(pairs),
        "promise_kept": promise(by_demands[0], levels),
        "reliability": reliability(by_demands[0], levels),
        "shipped": measure(Calibration.shipped(), pairs, values).ndcg_at_10,
        "in_each_grade": grades(whole, scores_of(whole, values), levels),
        "weights": dict(whole.weights),
    }
    json.dump(out, sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")
    if given.write:
        write(whole, mean(runs), len(pairs), len(groups))
        CHART.parent.mkdir(exist_ok=True)
        points = reliability(by_demands[0], levels)
        CHART.write_text(
            chart("判为较强或强相关的机会：所说与所判", points, "引擎所说的机会", "判定员所判的比例"),
            encoding="utf-8",
        )


def grades(calibration: Calibration, scores: Numbers, levels: np.ndarray) -> dict[str, dict[str, int]]:
    """How many pairs of each judged level fall into each grade."""
    told = [calibration.grade(score) for score in scores]
    return {
        grade: {str(level): int(sum((levels == level) & (np.array(told) == grade))) for level in (1, 2, 3, 4)}
        for grade in ("强相关", "较强相关", "弱相关")
    }


def write(calibration: Calibration, figures: object, pairs: int, demands: int) -> None:
    """The shipped calibration with how it was fitted."""
    content = {
        "how": "logistic with weights not below zero on (level-1)/3, Newton's method; level bounds of least mean absolute error; line: logistic of level 3 or 4 on the log-odds of the score; grade bounds at the shares of judged levels 3 and 4; python -m bench.match_quality --write",
        "fitted_on": {
            "file": "matching/labelled_pairs.jsonl",
            "pairs": pairs,
            "demands": demands,
            "folds": "5, by demand, seeds 7 8 9",
        },
        "measured": figures,
        "set_by_hand": "词语覆盖 正文呼应 领域 成熟度 预算 地区: the judged pairs carry neither abstracts nor facets",
        "bias": round(calibration.bias, 4),
        "weights": {name: round(weight, 4) for name, weight in calibration.weights.items()},
        "line": [round(one, 4) for one in calibration.line],
        "levels": [round(bound, 4) for bound in calibration.levels],
        "grades": [round(bound, 4) for bound in calibration.grades],
    }
    TARGET.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
