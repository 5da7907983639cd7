"""How silence is read."""

import datetime as dt

import pytest

from keqiao.freshness.rules import decay_on, freshness, is_due, silence_words, sunk

NOW = dt.datetime(2026, 12, 1, tzinfo=dt.UTC)
DECAY = decay_on(NOW.date())


def _ago(days: float) -> dt.datetime:
    return NOW - dt.timedelta(days=days)


def test_a_listing_is_half_as_fresh_after_its_half_life() -> None:
    assert freshness(NOW, touched_at=NOW, seen_at=None, decay=DECAY) == 1
    half = freshness(NOW, touched_at=_ago(DECAY.half_life_days), seen_at=None, decay=DECAY)
    assert half == pytest.approx(0.5)
    assert freshness(NOW, touched_at=_ago(-3), seen_at=None, decay=DECAY) == 1, "a clock that is ahead"


def test_somebody_of_the_unit_who_signs_in_counts_for_less_than_an_edit() -> None:
    silent = freshness(NOW, touched_at=_ago(900), seen_at=None, decay=DECAY)
    visited = freshness(NOW, touched_at=_ago(900), seen_at=NOW, decay=DECAY)

    assert silent < 0.01
    assert visited == pytest.approx(DECAY.sign_in_weight)


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, ""),
        (59, ""),
        (60, "2 个月没有动静"),
        (100, "3 个月没有动静"),
        (729, "24 个月没有动静"),
        (731, "2 年没有动静"),
    ],
)
def test_the_words_say_how_long(days: int, words: str) -> None:
    assert silence_words(days, DECAY) == words


def test_a_dead_listing_loses_its_share_and_a_fresh_one_nothing() -> None:
    assert sunk(0.8, 1.0, DECAY) == 0.8
    assert sunk(0.8, 0.0, DECAY) == pytest.approx(0.8 * (1 - DECAY.sink_share))


def test_nobody_is_asked_twice_within_the_pause() -> None:
    assert is_due(0.1, None, NOW, DECAY)
    assert not is_due(0.1, _ago(DECAY.ask_again_days - 1), NOW, DECAY)
    assert is_due(0.1, _ago(DECAY.ask_again_days), NOW, DECAY)
    assert not is_due(DECAY.ask_below, None, NOW, DECAY)
