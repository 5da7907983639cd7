"""An envelope's arithmetic, without a database."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keqiao.core.errors import BadInput, NotAllowed
from keqiao.payment.ledger import Balance, Kind, empty_on, in_order, prorated, yuan_words

YUAN = 100
checked = settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
amounts = st.lists(st.integers(0, 10**12), max_size=60)


def test_a_pot_of_100_for_120_is_cut_in_proportion_and_not_a_fen_is_lost() -> None:
    wan = 10_000 * YUAN
    given_out = prorated([20 * wan] * 6, 100 * wan)
    assert sum(given_out) == 100 * wan
    assert given_out == [16_666_667, 16_666_667, 16_666_667, 16_666_667, 16_666_666, 16_666_666]


def test_the_fen_left_over_go_to_the_largest_remainders() -> None:
    assert prorated([100, 200, 400], 500) == [71, 143, 286]


def test_a_pot_that_is_enough_cuts_nobody() -> None:
    assert prorated([3, 4], 7) == [3, 4]
    assert in_order([3, 4], 7) == [3, 4]


def test_by_order_nobody_behind_is_served_before_somebody_in_front() -> None:
    assert in_order([50, 60, 10], 100) == [50, 0, 0]


@checked
@given(amounts, st.integers(0, 10**13))
def test_scaling_spends_the_pot_to_the_fen_and_gives_nobody_more_than_asked(
    asked: list[int], pot: int
) -> None:
    given_out = prorated(asked, pot)
    assert sum(given_out) == min(sum(asked), pot)
    assert all(0 <= got <= want for got, want in zip(given_out, asked, strict=True))


@checked
@given(amounts, st.integers(0, 10**13))
def test_whoever_asked_for_more_never_gets_less(asked: list[int], pot: int) -> None:
    paired = sorted(zip(asked, prorated(asked, pot), strict=True))
    for (less, got_less), (more, got_more) in pairwise(paired):
        assert got_less <= got_more + (1 if less == more else 0)


@checked
@given(amounts, st.integers(0, 10**13))
def test_by_order_never_overspends(asked: list[int], pot: int) -> None:
    given_out = in_order(asked, pot)
    assert sum(given_out) <= pot
    served = [got for got, want in zip(given_out, asked, strict=True) if want]
    assert served == sorted(served, key=lambda got: got == 0)


def test_a_pot_is_never_overspent_and_the_refusal_says_by_how_much() -> None:
    balance = Balance().after(Kind.ALLOT, 100 * YUAN).after(Kind.COMMIT, 70 * YUAN)
    with pytest.raises(NotAllowed, match="只剩 30 元，不够占用 40 元，差 10 元"):
        balance.after(Kind.COMMIT, 40 * YUAN)
    with pytest.raises(NotAllowed, match="只剩 30 元"):
        balance.after(Kind.CUT, 40 * YUAN)


def test_money_that_was_not_committed_is_neither_paid_nor_released() -> None:
    balance = Balance(100, 20, 10)
    for kind in (Kind.PAY, Kind.RELEASE):
        with pytest.raises(NotAllowed, match="超过了现有数额"):
            balance.after(kind, 21)
    with pytest.raises(NotAllowed, match="超过了现有数额"):
        balance.after(Kind.RECOVER, 11)
    with pytest.raises(BadInput, match="须大于 0"):
        balance.after(Kind.PAY, 0)


@checked
@given(st.lists(st.tuples(st.sampled_from(list(Kind)), st.integers(1, 1000)), max_size=80))
def test_whatever_the_order_of_events_the_sums_stay_above_zero_and_add_up(
    events: list[tuple[Kind, int]],
) -> None:
    balance = Balance()
    done: dict[Kind, int] = dict.fromkeys(Kind, 0)
    for kind, fen in events:
        try:
            balance = balance.after(kind, fen)
            done[kind] += fen
        except NotAllowed:
            continue
        assert min(balance.allotted, balance.committed, balance.paid, balance.left) >= 0
    assert balance.allotted == done[Kind.ALLOT] - done[Kind.CUT]
    assert balance.paid == done[Kind.PAY] - done[Kind.BOUNCE] - done[Kind.RECOVER]
    assert balance.committed == done[Kind.COMMIT] + done[Kind.BOUNCE] - done[Kind.RELEASE] - done[Kind.PAY]


def test_the_day_the_pot_is_empty_follows_the_pace_of_the_last_ninety_days() -> None:
    today = date(2026, 6, 30)
    opened = today - timedelta(days=9)
    spent = [(today - timedelta(days=n), 10) for n in range(10)]
    assert empty_on(spent, 95, today, since=opened) == today + timedelta(days=10)
    assert empty_on(spent, 95, today, since=today - timedelta(days=300)) == today + timedelta(days=86)
    assert empty_on(spent, 0, today, since=opened) == today
    assert empty_on([(today - timedelta(days=200), 10)], 95, today, since=date(2026, 1, 1)) is None
    assert empty_on([(today, 10), (today, -10)], 95, today, since=opened) is None


def test_fen_read_as_yuan() -> None:
    assert [yuan_words(n) for n in (0, 5, 123_456, 7_830_000_000, -150)] == [
        "0",
        "0.05",
        "1,234.56",
        "78,300,000",
        "-1.50",
    ]
