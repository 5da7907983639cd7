"""Levels that err least, and chances that come true."""

from itertools import combinations_with_replacement

import numpy as np

from keqiao_match.calibrate import fit, scores_of
from keqiao_match.rank import TITLE_PARTS


def judged(pairs: int) -> tuple[np.ndarray, np.ndarray]:
    """Made-up parts and the levels of judges who follow the first two of them, not too closely."""
    chance = np.random.default_rng(5)
    values = chance.random((pairs, len(TITLE_PARTS)))
    wish = values[:, 0] + values[:, 1] + chance.normal(0, 0.3, pairs)
    return values, np.digitize(wish, [0.8, 1.2, 1.5]) + 1


def test_no_other_bounds_err_less_on_what_they_were_fitted_on() -> None:
    values, levels = judged(60)
    calibration = fit(values, levels)
    scores = scores_of(calibration, values)

    def error(bounds: tuple[float, ...]) -> float:
        return float(np.abs(1 + (scores[:, None] >= np.array(bounds)).sum(1) - levels).mean())

    tried = combinations_with_replacement(np.quantile(scores, np.linspace(0.01, 0.999, 80))[::5], 3)
    assert error(calibration.levels) <= min(error(bounds) for bounds in tried)


def test_of_pairs_with_a_chance_of_so_much_so_many_are_judged_relevant() -> None:
    values, levels = judged(4000)
    calibration = fit(values, levels)

    chances = np.array([calibration.chance(score) for score in scores_of(calibration, values)])

    for low, high in ((0.0, 0.3), (0.3, 0.7), (0.7, 1.0)):
        held = (chances >= low) & (chances < high)
        assert abs(chances[held].mean() - (levels[held] >= 3).mean()) < 0.06


def test_a_certain_score_is_a_certain_chance() -> None:
    values, levels = judged(200)
    calibration = fit(values, levels)

    assert calibration.chance(0.0) < 0.001
    assert calibration.chance(1.0) > 0.999
