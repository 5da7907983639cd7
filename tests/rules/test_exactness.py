"""A bound that is hit exactly is hit: the engine against fractions, over made numbers."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from keqiao.rules.book import Version, parse_book
from keqiao.rules.judging import Outcome, judge

DAY = date(2026, 7, 1)
money = st.decimals(min_value=0, max_value=10**7, places=4, allow_nan=False, allow_infinity=False)
positive = st.decimals(min_value="0.0001", max_value=10**7, places=4, allow_nan=False, allow_infinity=False)
percent = st.decimals(min_value="0.1", max_value=60, places=1, allow_nan=False, allow_infinity=False)


def version(measure: Any, bound: Decimal, op: str = ">=") -> Version:
    condition = {"id": "C", "title": "条件", "measure": measure, "op": op, "bound": str(bound), "unit": "%"}
    one = {"id": "v", "valid_from": "2000-01-01", "source": "示例", "conditions": [condition]}
    return parse_book({"name": "made", "title": "示例", "versions": [one]}).on(DAY)


def is_met(measure: Any, bound: Decimal, **facts: Decimal) -> bool:
    found = judge(version(measure, bound), facts, on=DAY)
    assert found.outcome in (Outcome.MET, Outcome.UNMET)
    return found.outcome is Outcome.MET


@settings(max_examples=60, deadline=None)
@given(money, positive, percent)
def test_a_ratio_is_compared_as_a_fraction(top: Decimal, bottom: Decimal, bound: Decimal) -> None:
    expected = Fraction(top) / Fraction(bottom) * 100 >= Fraction(bound)

    assert is_met({"top": "rd_deduct", "bottom": "sales"}, bound, rd_deduct=top, sales=bottom) == expected


@settings(max_examples=40, deadline=None)
@given(positive, st.integers(1, 60))
def test_a_ratio_exactly_on_the_bound_is_met(bottom: Decimal, bound: int) -> None:
    top = bottom * bound / 100

    assert is_met({"top": "rd_deduct", "bottom": "sales"}, Decimal(bound), rd_deduct=top, sales=bottom)


@settings(max_examples=60, deadline=None)
@given(positive, positive, positive, percent)
def test_mean_growth_is_compared_as_a_fraction(
    first: Decimal, second: Decimal, third: Decimal, bound: Decimal
) -> None:
    growth = (Fraction(second) / Fraction(first) + Fraction(third) / Fraction(second)) / 2 - 1

    found = is_met({"mean_growth_of": "sales", "years": 2}, bound, sales_2=first, sales_1=second, sales=third)

    assert found == (growth * 100 >= Fraction(bound))


@settings(max_examples=60, deadline=None)
@given(positive, money, st.integers(1, 60), st.integers(1, 4))
def test_compound_growth_is_compared_without_roots(
    then: Decimal, now: Decimal, bound: int, years: int
) -> None:
    expected = Fraction(now) >= Fraction(then) * (1 + Fraction(bound, 100)) ** years
    facts = {"sales": now, f"sales_{years}": then}

    assert is_met({"compound_growth_of": "sales", "years": years}, Decimal(bound), **facts) == expected


def test_two_rises_by_a_fifth_and_a_tenth_are_exactly_fifteen_percent() -> None:
    facts = {"net_assets_2": Decimal(1000), "net_assets_1": Decimal(1200), "net_assets": Decimal(1320)}

    assert 0.5 * (1200 / 1000 + 1320 / 1200) - 1 < 0.15  # why floats will not do
    assert is_met({"mean_growth_of": "net_assets", "years": 2}, Decimal(15), **facts)


def test_three_thirds_of_a_third_are_one() -> None:
    assert is_met(
        {"top": "rd_deduct * 3", "bottom": "sales", "times": 1},
        Decimal(1),
        rd_deduct=Decimal("0.1"),
        sales=Decimal("0.3"),
    )
