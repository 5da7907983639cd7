"""Amounts by formula: the worked examples of the domain files, and what must hold for every number."""

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keqiao.core.errors import BadInput
from keqiao.policy.amounts import parse_formula, pool_base, reckon, wan_words

DATA: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "cases.yaml").read_text(encoding="utf-8"))
RULES = {name: parse_formula(one) for name, one in DATA["rules"].items()}
FEN = 1_000_000


@pytest.mark.parametrize("case", DATA["cases"], ids=lambda case: case["name"])
def test_worked_examples_come_out_to_the_fen(case: dict[str, Any]) -> None:
    known = {name: Decimal(str(one)) if isinstance(one, float) else one for name, one in case["firm"].items()}
    moved = {name: Decimal(str(one)) for name, one in case.get("numbers", {}).items()}
    amount = reckon(RULES[case["rule"]].moved(moved), known)
    if "lacks" in case:
        assert amount.fen is None
        assert list(amount.missing) == case["lacks"]
    else:
        assert amount.fen == Decimal(str(case["gives"])) * FEN
        assert case.get("says", "") in amount.words


def test_every_rule_of_the_cases_is_used() -> None:
    assert {case["rule"] for case in DATA["cases"]} == set(RULES)


def test_the_words_are_the_formula_filled_in() -> None:
    amount = reckon(RULES["F1 按比例，有上限"], {"rd_deduct": Decimal(2500)}, 2025)
    assert amount.words == "2,500 万元 × 10%，最高 300 万元 ＝ 250 万元"
    assert next((one.title, one.value) for one in amount.factors) == ("补助比例", "10%")


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10**11), st.integers(0, 100_00))
def test_a_share_of_any_sum_is_exact_to_the_fen(fen: int, hundredths: int) -> None:
    """Against fractions: sums to 10 亿元, shares to a hundredth of a percent; half a fen goes up."""
    formula = parse_formula(
        {
            "amount": "rate * rd_stat",
            "numbers": {"rate": {"title": "比例", "value": str(Decimal(hundredths) / 100), "unit": "%"}},
        }
    )
    due = Fraction(fen) * Fraction(hundredths, 100_00)
    assert reckon(formula, {"rd_stat": Decimal(fen) / FEN}).fen == int(due + Fraction(1, 2))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_more_research_never_gives_less(one: int, other: int) -> None:
    for rule in ("F1 按比例，有上限", "F2 存量加增量"):
        less, more = (
            reckon(
                RULES[rule], {"rd_deduct": Decimal(rd), "rd_stat": Decimal(rd), "rd_stat_1": Decimal(500)}
            ).fen
            or 0
            for rd in sorted((one, other))
        )
        assert less <= more


def test_a_pool_adds_up_what_the_firms_bring() -> None:
    formula = RULES["F4 预算总额按研发费用分"]
    assert pool_base(formula, {"rd_stat": Decimal("800.5")}) == Decimal("800.5")
    assert pool_base(formula, {}) is None
    assert pool_base(RULES["科技保险"], {"rd_stat": Decimal(1)}) is None


def test_an_amount_is_rounded_as_the_item_says() -> None:
    text = {"amount": "rd_stat / 3", "round_to": 100, "rounds_down": True}
    assert reckon(parse_formula(text), {"rd_stat": Decimal(10)}).fen == 33_300_00
    assert reckon(parse_formula({"amount": "rd_stat / 3"}), {"rd_stat": Decimal(10)}).fen == 33_333_33
    assert reckon(parse_formula({"amount": "rd_stat - 20"}), {"rd_stat": Decimal(10)}).fen == 0


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "没有写 amount"),
        ({"amount": "rate * nobody"}, "没有的名称“rate”"),
        ({"amount": "min([1"}, "写法有误"),
        ({"amount": "budget / pool_total"}, "就要写 pool"),
        ({"amount": "eval(1)"}, "没有的函数"),
        ({"amount": "1", "says": "{sales}"}, "不在公式里"),
        ({"amount": "a", "numbers": {"a": {"title": "甲", "value": "约二十"}}}, "不是数字"),
        ({"amount": "1", "rund_to": 1}, "没有“rund_to”"),
        ({"amount": "1", "round_to": "0.001"}, "整数倍"),
    ],
)
def test_a_formula_that_cannot_be_used_is_refused_with_the_place(data: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        parse_formula(data)


def test_amounts_read_as_an_officer_writes_them() -> None:
    assert [wan_words(fen) for fen in (98_750_00, 9_875_000, 250_000_000, 80_000)] == [
        "9.875 万元",
        "9.875 万元",
        "250 万元",
        "800 元",
    ]


def test_a_flat_award_is_not_said_twice() -> None:
    flat = parse_formula(
        {"amount": "sum", "numbers": {"sum": {"title": "标准", "value": 20}}, "says": "每家 {sum}"}
    )
    assert reckon(flat, {}).words == "每家 20 万元"
