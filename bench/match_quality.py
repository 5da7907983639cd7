"""How well keqiao_match agrees with the judges, against baselines; `--write` renews the shipped calibration.

Run from the repository root: python -m bench.match_quality ../shared/data [--write]
Five folds by demand, seeded: no demand is in training and test at once. Prints one JSON object.
"""

import argparse
import json
import math
import random
import sys
from collections import Counter
from pathlib import Path

import numpy as np

from keqiao_match.calibrate import (
    Numbers,
    Pair,
    TitleCounts,
    by_demand,
    features,
    fit,
    measure,
    ndcg,
    read_demands,
    read_pairs,
    scores_of,
)
from keqiao_match.rank import TITLE_PARTS, Calibration, Rarity
from keqiao_match.text import fold

TARGET = Path(__file__).parents[1] / "src" / "keqiao_match" / "calibration.json"
FOLDS = 5
SEEDS = (7, 8, 9)


def folds(pairs: list[Pair], seed: int) -> np.ndarray:
    """The fold of each pair; all pairs of a demand share one."""
    demands = sorted({pair.demand.id for pair in pairs})
    random.Random(seed).shuffle(demands)
    of = {demand: at % FOLDS for at, demand in enumerate(demands)}
    return np.array([of[pair.demand.id] for pair in pairs])


def cross_validated(pairs: list[Pair], values: Numbers, levels: np.ndarray, seed: int) -> dict[str, float]:
    """nDCG@10 and Score of pairs that the fit has not seen."""
    fold = folds(pairs, seed)
    scores, told = np.zeros(len(pairs)), np.zeros(len(pairs), int)
    for at in range(FOLDS):
        test = fold == at
        calibration = fit(values[~test], levels[~test])
        scores[test] = scores_of(calibration, values[test])
        told[test] = [calibration.level(score) for score in scores[test]]
    error = float(np.abs(told - levels).mean())
    return {"ndcg@10": ndcg(scores, levels, by_demand(pairs)), "mae": error, "score": 1 / (1 + error)}


def tfidf_baseline(pairs: list[Pair]) -> Numbers:
    """Cosine of character 1-2-gram TF-IDF of the two titles, frequencies from the titles themselves."""

    def grams(text: str) -> Counter[str]:
        plain = "".join(fold(text).split())
        return Counter([*plain, *(plain[at : at + 2] for at in range(len(plain) - 1))])

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
    runs = [cross_validated(pairs, values, levels, seed) for seed in SEEDS]
    whole = fit(values, levels)
    out = {
        "random": ndcg(np.random.default_rng(0).random(len(pairs)), levels, groups),
        "tfidf_1_2_grams": ndcg(tfidf_baseline(pairs), levels, groups),
        "parts_alone": {name: ndcg(values[:, at], levels, groups) for at, name in enumerate(TITLE_PARTS)},
        "model_by_demand_folds": {key: float(np.mean([run[key] for run in runs])) for key in runs[0]},
        "model_ndcg_by_seed": [run["ndcg@10"] for run in runs],
        "shipped": measure(Calibration.shipped(), pairs, values).ndcg_at_10,
        "in_each_grade": grades(whole, scores_of(whole, values), levels),
        "weights": dict(whole.weights),
    }
    json.dump(out, sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")
    if given.write:
        write(whole, out["model_by_demand_folds"], len(pairs), len(groups))


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
        "how": "logistic with weights not below zero on (level-1)/3, Newton's method; level bounds of least mean absolute error; grade bounds at the shares of judged levels 3 and 4; python -m bench.match_quality --write",
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
        "levels": [round(bound, 4) for bound in calibration.levels],
        "grades": [round(bound, 4) for bound in calibration.grades],
    }
    TARGET.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
