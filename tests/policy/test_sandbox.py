"""Moving a number on frozen firms: who wins, who loses, what it costs; the same data give the same answer."""

import time
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keqiao.core.errors import BadInput
from keqiao.firm.facts import facts_of
from keqiao.policy.claims import read_terms
from keqiao.policy.freezes import FrozenFirm, firms_of, freeze_facts
from keqiao.policy.sandbox import dials_of, moved, read_changes, run
from tests.factories.policy import RD_BOOK, SHARE, a_firm, figure

ON = date(2026, 6, 1)
TERMS = read_terms(RD_BOOK, SHARE)
COUNTIES = ("340321", "340322", "340323")


def firm(at: int, rd: int | str, **facts: Any) -> FrozenFirm:
    county = COUNTIES[at % 3]
    known = {
        "titles": ["hnte"],
        "rd_stat": Decimal(rd),
        "region": county,
        "industry": f"{at % 5 + 30}10",
    } | facts
    return FrozenFirm(str(at), f"第{at}家", county + "000000", at, known)


def tried(firms: list[FrozenFirm], **changes: str) -> Any:
    keys = {"least": "book.least", "rate": "amount.rate", "cap": "amount.cap"}
    return run(TERMS, moved(RD_BOOK, SHARE, {keys[k]: v for k, v in changes.items()}, "条款"), firms, on=ON)


def test_every_number_of_conditions_and_amount_can_be_moved() -> None:
    assert [(one.key, one.words, one.verify) for one in dials_of(TERMS)] == [
        ("book.least", "100 万元", True), ("amount.rate", "10%", False), ("amount.cap", "30 万元", True),
    ]  # fmt: skip


def test_only_what_differs_counts_as_a_change_and_a_slip_is_named() -> None:
    assert read_changes(TERMS, {"book.least": "100", "amount.rate": "12.5", "nobody": "3"}) == {
        "amount.rate": "12.5"
    }
    with pytest.raises(BadInput, match="“补助比例”写的是“一成”，不是数字"):
        read_changes(TERMS, {"amount.rate": "一成"})
    with pytest.raises(BadInput, match="没有“amount\\.nobody”"):
        moved(RD_BOOK, SHARE, {"amount.nobody": "1"}, "条款")


def test_a_lower_threshold_has_winners_a_higher_one_losers_and_a_bound_is_hit_exactly() -> None:
    firms = [firm(0, "100"), firm(1, "99.99"), firm(2, 200), firm(3, 500)]
    lower = tried(firms, least="99.99")
    assert [one.name for one in lower.winners] == ["第1家"]
    assert (lower.before, lower.after) == ((3, 60_000_000), (4, 69_999_000))
    higher = tried(firms, least="200")
    assert [(one.name, one.before, one.after) for one in higher.losers] == [("第0家", 10_000_000, 0)]
    assert higher.winners == ()


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.integers(0, 2000), max_size=25), st.integers(0, 400), st.integers(1, 30))
def test_counties_and_fields_add_up_to_the_whole(research: list[int], least: int, rate: int) -> None:
    result = tried([firm(at, rd) for at, rd in enumerate(research)], least=str(least), rate=str(rate))
    for shares in (result.by_place, result.by_field):
        assert sum(one.fen_after for one in shares) == result.after[1]
        assert sum(one.firms_after for one in shares) == result.after[0]
        assert sum(one.change for one in shares) == result.after[1] - result.before[1]
    changed = sum(one.after - one.before for one in (*result.winners, *result.losers))
    assert changed == result.after[1] - result.before[1]
    if least <= 100 and rate >= 10:
        assert result.losers == ()


def test_thirteen_hundred_firms_answer_within_a_second() -> None:
    firms = [firm(at, at % 700) for at in range(1300)]
    tried(firms[:5], least="60")  # compiled
    began = time.process_time()
    result = tried(firms, least="61")
    assert time.process_time() - began < 1
    assert result.looked_at == 1300


@pytest.mark.django_db
def test_frozen_data_do_not_move_when_the_firms_figures_do() -> None:
    one = a_firm(rd="123.45")
    freeze = freeze_facts(on=ON, by=None)
    assert freeze_facts(on=ON, by=None) == freeze
    figure(one, "rd_stat", 999)
    kept = firms_of(freeze)[0]
    assert kept.facts["rd_stat"] == Decimal("123.45")
    assert kept.organisation == one.organisation_id
    assert facts_of(one, ON)["rd_stat"] == 999
    assert freeze_facts(on=ON, by=None) != freeze
