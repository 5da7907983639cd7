"""Bids, judged and played again."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from keqiao.hall.bidding import Bid, Form, Rules, Standing, accept, judge, least_bid, replay, start

OPENS = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
CLOSES = OPENS + timedelta(hours=2)
OPEN = Rules(Form.OPEN, Decimal(100_000), OPENS, CLOSES, step=Decimal(5_000))
SEALED = Rules(Form.SEALED, Decimal(100_000), OPENS, CLOSES)


def _bid(seq: int, bidder: str, amount: int | str | None, minutes: float = 30) -> Bid:
    return Bid(seq, bidder, None if amount is None else Decimal(amount), OPENS + timedelta(minutes=minutes))


def _after(rules: Rules, *bids: Bid) -> Standing:
    standing = start(rules)
    for bid in bids:
        assert judge(rules, standing, bid) is None
        standing = accept(rules, standing, bid)
    return standing


def _code(rules: Rules, standing: Standing, bid: Bid) -> str:
    refusal = judge(rules, standing, bid)
    return refusal.code if refusal else ""


def test_of_two_bidders_in_the_same_second_the_second_is_told_what_to_bid() -> None:
    standing = _after(OPEN, _bid(1, "竞买人1", 100_000))
    refusal = judge(OPEN, standing, _bid(2, "竞买人2", 100_000))
    assert refusal is not None
    assert refusal.least == 105_000
    assert "105,000" in refusal.message


def test_a_bid_in_the_last_minutes_moves_the_end_a_limited_number_of_times() -> None:
    standing = _after(OPEN, _bid(1, "竞买人1", 100_000, 118))
    assert standing.closes_at == CLOSES + timedelta(minutes=3)
    rules = Rules(Form.OPEN, Decimal(1), OPENS, CLOSES, step=Decimal(1), extend_times=1)
    standing = _after(rules, _bid(1, "竞买人1", 1, 118), _bid(2, "竞买人2", 2, 122))
    assert standing.closes_at == CLOSES + timedelta(minutes=3)


def test_nobody_bids_before_the_opening_at_the_end_or_against_himself() -> None:
    standing = _after(OPEN, _bid(1, "竞买人1", 100_000))
    assert _code(OPEN, standing, _bid(2, "竞买人2", 200_000, -1)) == "hall.early"
    assert _code(OPEN, standing, _bid(2, "竞买人2", 200_000, 120)) == "hall.late"
    assert _code(OPEN, standing, _bid(2, "竞买人1", 200_000)) == "hall.own"
    assert _code(OPEN, standing, _bid(2, "竞买人2", "105000.001")) == "hall.amount"


def test_an_open_bid_binds_and_a_sealed_one_may_be_taken_back() -> None:
    assert _code(OPEN, _after(OPEN, _bid(1, "竞买人1", 100_000)), _bid(2, "竞买人1", None)) == "hall.binding"
    standing = _after(
        SEALED, _bid(1, "竞买人1", 180_000), _bid(2, "竞买人2", 150_000), _bid(3, "竞买人1", None)
    )
    assert standing.best == _bid(2, "竞买人2", 150_000)
    assert _code(SEALED, standing, _bid(4, "竞买人1", None)) == "hall.nothing"


def test_of_equal_sealed_bids_the_earlier_wins_and_a_changed_one_counts_from_its_change() -> None:
    standing = _after(
        SEALED, _bid(1, "竞买人1", 120_000), _bid(2, "竞买人2", 150_000), _bid(3, "竞买人1", 150_000)
    )
    assert [bid.bidder for bid in standing.ranking] == ["竞买人2", "竞买人1"]


def test_a_log_with_a_bid_too_low_or_out_of_order_is_found_out() -> None:
    bids = [_bid(1, "竞买人1", 100_000), _bid(2, "竞买人2", 101_000), _bid(3, "竞买人2", 110_000, 20)]
    assert [seq for seq, _ in replay(OPEN, bids).faults] == [2, 3]


BIDS = st.lists(
    st.tuples(
        st.sampled_from(["竞买人1", "竞买人2", "竞买人3"]), st.integers(90_000, 400_000), st.integers(0, 130)
    ),
    max_size=30,
)


@given(BIDS)
def test_whatever_is_bid_the_price_only_rises_and_the_replay_agrees(bids: list[tuple[str, int, int]]) -> None:
    standing, kept = start(OPEN), []
    for seq, (bidder, amount, minutes) in enumerate(sorted(bids, key=lambda one: one[2]), start=1):
        bid = _bid(seq, bidder, amount, minutes)
        before = least_bid(OPEN, standing)
        if judge(OPEN, standing, bid) is None:
            standing = accept(OPEN, standing, bid)
            kept.append(bid)
            assert amount >= before
    again = replay(OPEN, kept)
    assert again.faults == ()
    assert again.standing == standing
