"""Fitting the parts' weights to judged pairs, and measuring how well the ranking agrees with the judges."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keqiao_match.calibration import Calibration
from keqiao_match.errors import BadDoc
from keqiao_match.precedents import Precedents, Ruling
from keqiao_match.rank import TITLE_PARTS, TITLE_TRAITS, Asked, Profile, text_parts
from keqiao_match.rarity import Rarity
from keqiao_match.text import literal, terms
from keqiao_match.types import Doc

Numbers = NDArray[np.float64]
Levels = NDArray[np.int64]

# Set by hand: the judged pairs carry neither abstracts nor facets to fit them on. 词语覆盖 looks into abstracts too;
# on titles alone it adds nothing to 字面相似, and the fit would leave it out.
PRIOR_WEIGHTS = {"词语覆盖": 0.3, "正文呼应": 0.8, "领域": 0.6, "成熟度": 0.4, "预算": 0.4, "地区": 0.3}
_SCALE = (1, 2, 3, 4)  # what a judge may say: unrelated, weak, fairly strong, strong
LEAST_JUDGED = 5  # demands with fewer judged pairs say nothing about an order
_DEPTH = 10
_RIDGE = 1e-5
_CUTS = 80
_NEWTON_STEPS = 12
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class Pair:
    """A judged pair. level: 1 none, 2 weak, 3 fairly strong, 4 strong."""

    demand: Doc
    found: Doc
    level: int


@dataclass(frozen=True, slots=True)
class Quality:
    """ndcg_at_10: gain 2^(level-1)-1, over demands with five or more pairs and any gain. mae: of the level."""

    ndcg_at_10: float
    score: float
    mae: float
    demands: int
    pairs: int


def json_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Line numbers and objects of a .jsonl file, UTF-8. Raises BadDoc naming file and line where one is not an object."""
    with path.open("rb") as lines:
        for at, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line.decode("utf-8-sig"))
            except UnicodeDecodeError as error:
                raise BadDoc(f"{path} 第 {at} 行不是 UTF-8 编码。另存为 UTF-8 再试。") from error
            except ValueError as error:
                raise BadDoc(f"{path} 第 {at} 行不是 JSON（{error}）。改正这一行，或删去。") from error
            if not isinstance(row, dict):
                raise BadDoc(f"{path} 第 {at} 行不是一个 JSON 对象。每行写成 {{…}}，一行一条。")
            yield at, row


def read_demands(path: Path) -> dict[str, Doc]:
    """Demands by id: rid, title, content. title and content may be absent. Raises BadDoc naming the line."""
    return {
        key: Doc(key, _text(path, at, row, "title"), (("需求内容", _text(path, at, row, "content")),))
        for at, given in json_lines(path)
        for row in [{"title": "", "content": "", **given}]
        for key in [_text(path, at, row, "rid")]
    }


def read_pairs(path: Path, demands: Mapping[str, Doc]) -> list[Pair]:
    """Judged pairs: rid, aid, a_title_kw, level. Raises BadDoc naming the line: a column absent, a level that is none of
    1 to 4, a demand that is absent."""
    out = []
    for at, row in json_lines(path):
        rid = _text(path, at, row, "rid")
        if rid not in demands:
            raise BadDoc(
                f"{path} 第 {at} 行引用了需求 {rid}，需求文件里没有它。检查 --demands 是否是同一批数据。"
            )
        found = Doc(_text(path, at, row, "aid"), _text(path, at, row, "a_title_kw"))
        out.append(Pair(demands[rid], found, _level(path, at, row)))
    return out


def _level(path: Path, at: int, row: Mapping[str, Any]) -> int:
    level = row.get("level")
    if level not in _SCALE or isinstance(level, bool):
        raise BadDoc(
            f"{path} 第 {at} 行的 level 是 {level!r}。改为 1（无关）、2（弱）、3（较强）或 4（强）。"
        )
    return int(level)


def _text(path: Path, at: int, row: Mapping[str, Any], name: str) -> str:
    """The text of a column; null is empty."""
    if name not in row:
        raise BadDoc(f"{path} 第 {at} 行缺少 {name}。每行要有 {name}；现有：{'、'.join(row)}。")
    value = row[name]
    if value is not None and not isinstance(value, str):
        raise BadDoc(f"{path} 第 {at} 行的 {name} 是 {value!r}，不是文字。加上引号再试。")
    return value or ""


class TitleCounts:
    """Document frequencies over the titles of pairs, as an index of these documents would count them."""

    def __init__(self, pairs: Iterable[Pair]) -> None:
        titles = {title for pair in pairs for title in (pair.demand.title, pair.found.title)}
        self._counts = Counter(term for title in sorted(titles) for term in {*literal(title), *terms(title)})
        self._size = len(titles)

    def frequency(self, term: str) -> int:
        return self._counts[term]

    def __len__(self) -> int:
        return self._size


def features(pairs: Iterable[Pair], rarity: Rarity) -> Numbers:
    """(pairs, TITLE_PARTS) values 0..1."""
    asked: dict[str, Asked] = {}
    rows = []
    for pair in pairs:
        if pair.demand.id not in asked:
            asked[pair.demand.id] = Asked(Profile(pair.demand), rarity)
        values = {name: value for name, value, _ in text_parts(asked[pair.demand.id], Profile(pair.found))}
        rows.append([values[name] for name in TITLE_PARTS])
    return np.array(rows, np.float64).reshape(-1, len(TITLE_PARTS))


def fit(values: Numbers, levels: Levels) -> Calibration:
    """Weights that are not negative, of a logistic on (level - 1) / 3, and the level bounds that err least."""
    held = np.array([PRIOR_WEIGHTS.get(name, 0.0) for name in TITLE_PARTS])
    free = np.array([name not in PRIOR_WEIGHTS for name in TITLE_PARTS])
    fitted_weights = _logistic(values[:, free], (levels - 1) / 3, values @ held)
    weights = np.r_[fitted_weights[0], held]
    weights[1:][free] = fitted_weights[1:]
    scores = _scores(values, weights)
    fitted = dict(zip(TITLE_PARTS, (float(one) for one in weights[1:]), strict=True))
    # Bounds of least error would call next to nothing strong; as many strong ones as the judges found read better.
    fair, strong = (float(np.quantile(scores, (levels < level).mean())) for level in (3, 4))
    return Calibration(
        float(weights[0]),
        {**fitted, **PRIOR_WEIGHTS},
        _bounds(scores, levels),
        (fair, strong),
        _line(scores, levels),
    )


def _line(scores: Numbers, levels: Levels) -> tuple[float, float]:
    """Bias and slope of the chance of level 3 or 4 on the score's log-odds."""
    odds = np.log(scores / (1 - scores))
    bias, slope = _logistic(odds[:, None], (levels >= 3).astype(np.float64), np.zeros(len(odds)))
    return float(bias), float(slope)


def _logistic(values: Numbers, target: Numbers, given: Numbers) -> Numbers:
    """Bias and weights by Newton's method; given: log-odds that are there anyway. A weight that turns negative is held at zero and the rest fitted again."""
    table = np.c_[np.ones(len(values)), values]
    used = np.ones(table.shape[1], bool)
    while True:
        weights = np.zeros(table.shape[1])
        part = table[:, used]
        ridge = _RIDGE * len(values) * np.eye(part.shape[1])
        for _ in range(_NEWTON_STEPS):
            chance = 1 / (1 + np.exp(-given - part @ weights[used]))
            curve = (part * (chance * (1 - chance) + 1e-9)[:, None]).T @ part + ridge
            weights[used] -= np.linalg.solve(curve, part.T @ (chance - target) + ridge @ weights[used])
        negative = used & (weights < 0)
        negative[0] = False
        if not negative.any():
            return weights
        used &= ~negative


def _scores(values: Numbers, weights: Numbers) -> Numbers:
    scores: Numbers = 1 / (1 + np.exp(-(weights[0] + values @ weights[1:])))
    return scores


def scores_of(calibration: Calibration, values: Numbers) -> Numbers:
    """Scores 0..1 of rows of fitted part values."""
    return _scores(values, np.array([calibration.bias, *(calibration.weights[name] for name in TITLE_PARTS)]))


def _bounds(scores: Numbers, levels: Levels) -> tuple[float, float, float]:
    """Bounds of levels 2, 3, 4 with the least mean absolute error that 80 quantiles allow."""
    # Above every score, so that a level nobody can tell apart may stay unused.
    quantiles = np.quantile(scores, np.linspace(0.01, 0.999, _CUTS)).tolist()
    cuts = np.array(sorted({*quantiles, float(scores.max()) + 1e-6}))
    below = np.searchsorted(np.sort(scores), cuts)
    ordered = levels[np.argsort(scores, kind="stable")]
    # errors[k][i]: what it costs to call everything below cut i level k + 1
    errors = [np.r_[0, np.cumsum(np.abs(ordered - level))][below] for level in (1, 2, 3, 4)]
    # The error of three cuts is a sum of one term a cut; the best earlier cut is carried along.
    best = np.zeros(len(cuts))
    came: list[NDArray[np.int64]] = []
    for lower, upper in pairwise(errors):
        cost = best + lower - upper
        lowest = np.minimum.accumulate(cost)
        came.append(np.maximum.accumulate(np.where(cost == lowest, np.arange(len(cuts)), 0)))
        best = lowest
    four = int(came[2][-1])
    three = int(came[1][four])
    two = int(came[0][three])
    return float(cuts[two]), float(cuts[three]), float(cuts[four])


def by_demand(pairs: Sequence[Pair]) -> list[list[int]]:
    """Row numbers of each demand's pairs."""
    rows: defaultdict[str, list[int]] = defaultdict(list)
    for at, pair in enumerate(pairs):
        rows[pair.demand.id].append(at)
    return list(rows.values())


def ndcg(scores: Numbers, levels: Levels, groups: Iterable[Sequence[int]]) -> float:
    """Mean nDCG@10 over the groups that have five pairs and any gain; ties keep the given order."""
    discounts = 1 / np.log2(np.arange(2, _DEPTH + 2))
    out = []
    for group in groups:
        rows = np.array(group)
        gains = 2.0 ** (levels[rows] - 1) - 1
        if len(rows) < LEAST_JUDGED or not gains.any():
            continue
        mine = gains[np.argsort(-scores[rows], kind="stable")[:_DEPTH]]
        best = np.sort(gains)[::-1][:_DEPTH]
        out.append(float(mine @ discounts[: len(mine)]) / float(best @ discounts[: len(best)]))
    return float(np.mean(out)) if out else 0.0


def measure(calibration: Calibration, pairs: Sequence[Pair], values: Numbers) -> Quality:
    """How well the calibration ranks and grades the pairs."""
    scores = scores_of(calibration, values)
    levels = np.array([pair.level for pair in pairs])
    told = np.array([calibration.level(score) for score in scores])
    error = float(np.abs(told - levels).mean()) if len(pairs) else 0.0
    groups = by_demand(pairs)
    return Quality(ndcg(scores, levels, groups), 1 / (1 + error), error, len(groups), len(pairs))


def precedents_of(calibration: Calibration, pairs: Sequence[Pair], values: Numbers) -> Precedents:
    """The judged pairs as precedents over a calibration that was fitted to them."""
    scores, traits = scores_of(calibration, values).tolist(), _traits(values).tolist()
    return Precedents.fit(
        [
            Ruling(pair.demand, pair.found, score, tuple(own), pair.level)
            for pair, score, own in zip(pairs, scores, traits, strict=True)
        ]
    )


def chances_of(
    precedents: Precedents, calibration: Calibration, pairs: Sequence[Pair], values: Numbers
) -> Numbers:
    """(pairs, 3) chances 0..1 that judges say level 2, 3, 4 or more, by the precedents."""
    out = np.zeros((len(pairs), 3))
    scores, traits = scores_of(calibration, values), _traits(values)
    for group in by_demand(pairs):
        rows = np.array(group)
        counsel = precedents.about(pairs[group[0]].demand)
        out[rows] = counsel.levels([pairs[at].found for at in group], scores[rows], traits[rows])
    return out


def measure_chances(chances: Numbers, pairs: Sequence[Pair]) -> Quality:
    """Ranked by the expected level; told is the level that errs least, the median."""
    levels = np.array([pair.level for pair in pairs])
    error = float(np.abs(1 + (chances > _HALF).sum(1) - levels).mean()) if len(pairs) else 0.0
    groups = by_demand(pairs)
    return Quality(ndcg(chances.sum(1), levels, groups), 1 / (1 + error), error, len(groups), len(pairs))


def _traits(values: Numbers) -> Numbers:
    traits: Numbers = values[:, [TITLE_PARTS.index(name) for name in TITLE_TRAITS]]
    return traits
