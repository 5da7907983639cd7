"""Who may claim, why, and what is dropped: P12 of the domain file, and the five outcomes."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from keqiao.core.errors import BadInput
from keqiao.policy.claims import claim, day_of, higher_only, pool_of, quick, read_terms
from keqiao.policy.enums import TitleDay
from keqiao.rules.judging import Outcome

ON = date(2026, 12, 31)
BOOK: dict[str, Any] = {
    "id": "a", "source": "示例办法", "valid_from": "2026-01-01",
    "values": {"least": {"title": "研发费用下限", "value": 100, "unit": "万元"}},
    "conditions": [
        {"id": "title", "title": "有效的高新技术企业", "test": "contains(titles, 'hnte')", "article": "第三条"},
        {"id": "rd", "title": "研发费用", "measure": "rd_stat", "op": ">=", "bound": "least", "unit": "万元"},
    ],
}  # fmt: skip
AWARD = {"amount": "sum", "numbers": {"sum": {"title": "奖励标准", "value": 20}}}
TERMS = read_terms(BOOK, AWARD)
GOOD = {"titles": ["hnte"], "rd_stat": Decimal(200)}


def test_a_firm_with_the_title_gets_the_award() -> None:
    found = claim(TERMS, GOOD, on=ON)
    assert (found.outcome, found.fen, found.is_hit) == (Outcome.MET, 20_000_000, True)
    assert quick(TERMS, GOOD, on=ON) == (Outcome.MET, 20_000_000)


def test_a_firm_without_the_title_hears_which_condition_fails() -> None:
    found = claim(TERMS, GOOD | {"titles": []}, on=ON)
    assert found.outcome is Outcome.UNMET
    assert found.fen is None
    assert [one.id for one in found.judgement.unmet] == ["title"]
    assert quick(TERMS, GOOD | {"titles": []}, on=ON) == (Outcome.UNMET, 0)


def test_what_nobody_knows_is_asked_for_and_never_granted() -> None:
    found = claim(TERMS, {"titles": ["hnte"]}, on=ON)
    assert found.outcome is Outcome.UNKNOWN
    assert not found.is_hit
    assert found.missing
    assert "待补" in found.why


def test_a_typed_value_that_is_missing_keeps_a_claim_open() -> None:
    terms = read_terms(
        BOOK, {"amount": "0.1 * loan", "asked": {"loan": {"title": "贷款本金", "unit": "万元"}}}
    )
    found = claim(terms, GOOD, on=ON)
    assert found.outcome is Outcome.UNKNOWN
    assert found.is_open_amount
    assert found.why == "符合条件；金额还要看：贷款本金"
    assert claim(terms, GOOD, on=ON, typed={"loan": Decimal(100)}).fen == 10_000_000


def test_p12_the_day_that_counts_decides_about_a_title_that_ran_out_in_march() -> None:
    titles = {date(2026, 1, 1): ["hnte"], date(2026, 12, 31): []}
    for kind, hit in ((TitleDay.YEAR_START, True), (TitleDay.YEAR_END, False)):
        day = day_of(kind, "2026", date(2026, 6, 1))
        assert claim(TERMS, GOOD | {"titles": titles[day]}, on=day).is_hit is hit
    assert day_of(TitleDay.ASKED, "2026", date(2026, 6, 1)) == date(2026, 6, 1)


def test_a_period_that_is_no_year_is_refused() -> None:
    with pytest.raises(BadInput, match="不是年份"):
        day_of(TitleDay.YEAR_END, "今年", ON)


def test_p12_of_one_group_the_higher_one_is_paid_and_the_other_says_why() -> None:
    low = claim(TERMS, GOOD, on=ON)
    high = replace(low, amount=replace(low.amount, fen=30_000_000))  # type: ignore[type-var]  # a hit has one
    kept = dict(higher_only([("高企奖励", low), ("瞪羚奖励", high)]))
    assert kept["瞪羚奖励"].is_hit
    assert not kept["高企奖励"].is_hit
    assert kept["高企奖励"].why == "从高不重复：同一组里“瞪羚奖励”给得更高（30 万元），这一项不再兑现"


def test_a_firm_that_qualifies_for_one_item_only_keeps_it() -> None:
    low, none = claim(TERMS, GOOD, on=ON), claim(TERMS, GOOD | {"titles": []}, on=ON)
    assert [one.dropped for _, one in higher_only([("甲", low), ("乙", none)])] == ["", ""]


def test_a_pool_is_the_sum_over_those_who_qualify() -> None:
    terms = read_terms(BOOK, {"amount": "budget * rd_stat / pool_total", "pool": "rd_stat"})
    firms = [GOOD, GOOD | {"rd_stat": Decimal(600)}, GOOD | {"titles": []}]
    total = pool_of(terms, firms, on=ON)
    assert total == 800
    assert claim(terms, GOOD, on=ON, pool_total=total, budget=Decimal(100)).fen == 25_000_000
    assert pool_of(TERMS, firms, on=ON) is None
