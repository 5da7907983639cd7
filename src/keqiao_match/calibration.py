"""What the weighted parts mean on the judges' scale: coefficients, bounds of levels and grades, chances."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Self

from keqiao_match.types import Grade

_QUARTER_OPEN, _HALF_OPEN = 0.25, 0.5


@dataclass(frozen=True, slots=True)
class Calibration:
    """Coefficients and thresholds; calibration.json says how they came about.

    weights: log-odds that a part's value of 1 adds. levels: scores from which 2, 3, 4 is the guess that errs
    least. grades: scores from which a pair is 较强相关, 强相关; as many judged pairs lie above as judges put there.
    line: bias and slope from a score's log-odds to those of the chance that a judge says level 3 or 4.
    """

    bias: float
    weights: Mapping[str, float]
    levels: tuple[float, float, float]
    grades: tuple[float, float]
    line: tuple[float, float] = (0.0, 1.0)

    @classmethod
    def shipped(cls) -> Self:
        """The calibration that comes with the package."""
        return cls.from_json(_shipped())

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        two, three, four = data["levels"]
        fair, strong = data["grades"]
        bias, slope = data.get("line", (0.0, 1.0))
        return cls(data["bias"], data["weights"], (two, three, four), (fair, strong), (bias, slope))

    def chance(self, score: float) -> float:
        """Of pairs with this score, the share that judges put on level 3 or 4, 0..1."""
        odds = math.log(score / (1 - score)) if 0 < score < 1 else math.copysign(30.0, score - 0.5)
        return 1 / (1 + math.exp(-(self.line[0] + self.line[1] * odds)))

    def grade(self, score: float, unanswered: float = 0.0) -> Grade:
        """The words of the judges' levels 4, 3 and below.

        unanswered: share of the asking title's weight that the other side never mentions. From a quarter on a pair
        is not 强相关 however alike the rest, from one half on it is 弱相关: 起重机防摇摆 is not answered by 作业机防摇摆.
        """
        if score < self.grades[0] or unanswered >= _HALF_OPEN:
            return "弱相关"
        return "强相关" if score >= self.grades[1] and unanswered < _QUARTER_OPEN else "较强相关"

    def level(self, score: float) -> int:
        """The judges' level, 1 none to 4 strong, that errs least at this score."""
        return 1 + sum(score >= bound for bound in self.levels)


@lru_cache(maxsize=1)
def _shipped() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(files("keqiao_match").joinpath("calibration.json").read_text("utf-8"))
    return data
