"""The desk's judgements, without a database."""

import datetime as dt
from decimal import Decimal

import pytest

from keqiao.deal.rules import (
    Asking,
    DealFacts,
    DueReminder,
    LadderLine,
    checked_days,
    due_reminders,
    ladder_on,
    promise_of,
    public_column,
    public_count,
    reward_for,
    standard_days,
)

ASKED = dt.datetime(2026, 3, 1, 9, 0, tzinfo=dt.UTC)
DAYS = (3, 9, 21, 45)


def asking(**facts: object) -> Asking:
    return Asking(**({"key": 1, "asked_at": ASKED, "answered": False, "is_open": True, "days": DAYS} | facts))  # type: ignore[arg-type]  # facts of the test


def after(days: float) -> dt.datetime:
    return ASKED + dt.timedelta(days=days)


@pytest.mark.parametrize(
    ("waited", "sent", "due"),
    [
        (2.9, (), None),
        (3, (), DueReminder(1, 3, False)),
        (8.99, (3,), None),
        (9, (3,), DueReminder(1, 9, False)),
        (30, (), DueReminder(1, 21, False)),
        (44.9, (3, 9, 21), None),
        (45, (3, 9, 21), DueReminder(1, 45, True)),
        (400, (), DueReminder(1, 45, True)),
        (400, (3, 9, 21, 45), None),
    ],
)
def test_each_rung_comes_once_and_the_last_one_is_the_honest_word(
    waited: float, sent: tuple[int, ...], due: DueReminder | None
) -> None:
    assert due_reminders([asking(sent=frozenset(sent))], after(waited)) == ([due] if due else [])


def test_who_has_answered_or_whose_case_has_ended_hears_nothing_more() -> None:
    assert due_reminders([asking(answered=True), asking(is_open=False)], after(50)) == []


def test_running_the_ladder_twice_on_one_day_climbs_no_rung_twice() -> None:
    first = due_reminders([asking()], after(9))
    again = due_reminders([asking(sent=frozenset(one.day for one in first))], after(9.5))

    assert [one.day for one in first] == [9]
    assert again == []


def test_a_county_sets_its_own_days_from_a_day_on() -> None:
    lines = [
        LadderLine("", dt.date(2026, 1, 1), (5, 10)),
        LadderLine("340323", dt.date(2026, 7, 1), (3, 7, 15, 30)),
        LadderLine("340323", dt.date(2027, 1, 1), (2, 4)),
    ]

    assert ladder_on(lines, "340323000000", dt.date(2026, 6, 30)) == (5, 10)
    assert ladder_on(lines, "340323000000", dt.date(2026, 7, 1)) == (3, 7, 15, 30)
    assert ladder_on(lines, "340321000000", dt.date(2026, 8, 1)) == (5, 10)
    assert ladder_on([], "340321000000", dt.date(2026, 8, 1)) == standard_days() == DAYS


@pytest.mark.parametrize(("typed", "days"), [("3、9、21、45", DAYS), ("3,9，21 45", DAYS), ("7", (7,))])
def test_days_are_read_as_officers_write_them(typed: str, days: tuple[int, ...]) -> None:
    assert checked_days(typed) == days


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "至少"),
        ("3、九", "九"),
        ("9、3", "从小到大"),
        ("3、3", "从小到大"),
        ("1,2,3,4,5,6,7", "最多 6"),
        ("0,5", "1 到 365"),
    ],
)
def test_days_that_cannot_be_used_are_named(typed: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        checked_days(typed)


def test_every_open_stage_has_a_promise_that_says_what_comes_next_and_the_ended_one_has_none() -> None:
    from keqiao.deal.enums import Stage

    for stage in Stage:
        promise = promise_of(stage)
        assert (promise is None) == (stage == Stage.ENDED)
        assert promise is None or (promise.days > 0 and promise.next and promise.source)


@pytest.mark.parametrize(
    ("count", "shown"), [(0, "0"), (1, "不足 3"), (2, "不足 3"), (3, "3"), (1200, "1,200")]
)
def test_a_small_number_is_not_told_to_strangers(count: int, shown: str) -> None:
    assert public_count(count) == shown


def test_a_hidden_part_cannot_be_had_by_subtracting_from_the_total() -> None:
    assert public_column([12, 1, 5, 0]) == ["12", "不足 3", "不公开", "0"]
    assert public_column([2, 1, 9]) == ["不足 3", "不足 3", "9"]
    assert public_column([9, 5]) == ["9", "5"]


DEAL = DealFacts(
    division_code="340323000000", contract_on=dt.date(2026, 6, 1), contract_yuan=Decimal(1_000_000),
    received_yuan=Decimal(300_000), is_registered=True, filed_on=dt.date(2026, 1, 5),
)  # fmt: skip


def deal(**facts: object) -> DealFacts:
    from dataclasses import replace

    return replace(DEAL, **facts)  # type: ignore[arg-type]  # facts of the test


def test_a_reward_is_counted_on_what_has_been_paid_and_says_where_it_comes_from() -> None:
    reward = reward_for(DEAL)

    assert reward is not None
    assert reward.yuan == Decimal(3000)
    assert reward.verify
    assert reward.source


@pytest.mark.parametrize(
    ("facts", "missing"),
    [
        ({"filed_on": None}, "签约前已备案"),
        ({"filed_on": dt.date(2026, 6, 2)}, "签约前已备案"),
        ({"is_registered": False}, "合同已认定登记"),
        ({"received_yuan": Decimal(0)}, "款项已到账"),
        ({"agency_claims": True}, "机构没有就同一合同申报"),
    ],
)
def test_one_condition_missing_means_no_reward_and_the_page_says_which(
    facts: dict[str, object], missing: str
) -> None:
    reward = reward_for(deal(**facts))

    assert reward is not None
    assert reward.yuan == 0
    assert [one.label for one in reward.conditions if not one.holds] == [missing]
    assert reward.would_be > 0


def test_a_deal_before_the_rule_began_has_no_reward_and_a_big_one_meets_the_cap() -> None:
    assert reward_for(deal(contract_on=dt.date(2025, 12, 31))) is None
    capped = reward_for(deal(contract_yuan=Decimal(90_000_000), received_yuan=Decimal(90_000_000)))
    assert capped is not None
    assert capped.yuan == Decimal(50_000)
