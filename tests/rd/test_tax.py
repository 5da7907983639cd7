"""The tax rules against their worked examples, as a jurist could read them. No database."""

from copy import deepcopy
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keqiao.rd.books import book
from keqiao.rd.deduction import Q4, Commission, Deduction, NoRule, Project, YearCost, cap6, deduct
from keqiao.rd.law import BOOK, categories, kinds, listed_industries, newest, not_research
from keqiao.rd.money import exact, rounded, shown
from keqiao.rd.rates import exclusion, industry_on_list, is_manufacturing, rate, stretches
from keqiao.rd.transfer import Transfer, transfer_tax
from keqiao.rules.book import Book, parse_version
from keqiao.rules.shelf import shipped

WAN = 10_000


def cases(name: str) -> list[Any]:
    found = yaml.safe_load((Path(__file__).with_name("cases") / f"{name}.yaml").read_text(encoding="utf-8"))
    return [pytest.param(one, id=str(one.get("name") or f"{one['kinds']} {one['day']}")) for one in found]


def computed(case: dict[str, Any]) -> Deduction:
    wan = lambda key: exact(case.get(key, 0)) * WAN  # noqa: E731  # the cases are in 万元, the rules in yuan
    projects = [
        Project(one["name"], exact(one["items"]) * WAN, exact(one.get("other", 0)) * WAN)
        for one in case["projects"]
    ]
    return deduct(
        YearCost(
            case["year"], tuple(case.get("kinds", ())), projects,
            Commission(wan("domestic"), wan("overseas"), wan("overseas_person"), case.get("registered", True)),
            special_income=wan("special_income"), sold_materials=wan("sold_materials"), q4=Q4(case.get("q4", "actual")),
            q4_cost=wan("q4_cost") if "q4_cost" in case else None, months=case.get("months", 12),
            months_q4=case.get("months_q4", 3),
        )
    )  # fmt: skip


@pytest.mark.parametrize("case", cases("deduction"))
def test_every_worked_example_of_the_deduction(case: dict[str, Any]) -> None:
    found = computed(case)
    said = {
        "limit6": found.limit6, "allowed6": found.allowed6, "domestic": found.domestic, "base": found.base,
        "extra": found.extra, "carried": found.carried, "saved25": found.saved(Fraction(1, 4)),
        "saved15": found.saved(Fraction(15, 100)),
    }  # fmt: skip
    for key, value in case["expected"].items():
        assert rounded(said[key] / WAN) == Decimal(value), key
    assert all(step.document for step in found.steps)


@pytest.mark.parametrize("case", cases("transfer"))
def test_every_worked_example_of_a_transfer(case: dict[str, Any]) -> None:
    sums = {
        key: exact(case[key]) * WAN
        for key in ("revenue", "cost", "taxes", "period_costs", "sales")
        if key in case
    }
    found = transfer_tax(Transfer(is_licence=case.get("is_licence", False), **sums))
    for key in ("income", "taxable", "tax"):
        assert getattr(found, key) == exact(case[key]) * WAN, key


@pytest.mark.parametrize("case", cases("exclusion"))
def test_more_than_half_from_a_listed_industry_excludes_and_half_does_not(case: dict[str, Any]) -> None:
    found = exclusion(case["total"], case["untaxed"], case["investment"], case["listed"])
    assert found.is_excluded is case["excluded"]


@pytest.mark.parametrize("case", cases("rates"))
def test_the_rate_of_every_period_and_kind(case: dict[str, Any]) -> None:
    found = rate(case["kinds"], case["day"])
    assert (None if found is None else found.rate) == (
        None if case["rate"] is None else Fraction(case["rate"])
    )
    if found is not None:
        assert found.amortise == 1 + found.rate


def test_2022_has_two_stretches_for_those_at_75_percent_and_one_for_makers() -> None:
    assert [(str(one.first), one.rate.rate) for one in stretches((), 2022)] == [
        ("2022-01-01", Fraction(3, 4)),
        ("2022-10-01", Fraction(1)),
    ]
    assert len(stretches(("manufacturing",), 2022)) == 1
    assert len(stretches((), 2023)) == 1


def test_a_year_before_the_rules_says_so_instead_of_guessing() -> None:
    with pytest.raises(NoRule, match="2015"):
        deduct(YearCost(2015, projects=[Project("A", Fraction(1))]))


def test_overseas_commissions_do_not_count_before_2018() -> None:
    found = deduct(
        YearCost(2017, projects=[Project("A", Fraction(600))], commission=Commission(overseas=Fraction(600)))
    )
    assert found.base == 600


def test_the_lists_of_law_are_known_by_code() -> None:
    assert industry_on_list("C1620") == "烟草制造业"
    assert industry_on_list("5211") == "零售业"
    assert industry_on_list("C2651") == ""
    assert len(not_research(newest())[0]) == 7
    assert len(categories(newest())) == 6
    assert {one.code[0] for one in listed_industries()} == set("CHFKLR")
    assert is_manufacturing(50, 100)
    assert not is_manufacturing(49, 100)
    assert set(kinds()) == {"manufacturing", "tech_sme", "ic", "machine_tool"}


def test_the_calculator_takes_every_number_from_the_rule_book() -> None:
    base = shipped(BOOK)
    data = deepcopy(dict(base.version("rd_deduction-2023").data))
    for name, value in (("rate_general", 150), ("cap_share", 20), ("home_ratio", 50), ("abroad_cap_top", 1)):
        data["values"][name] = data["values"][name] | {"value": value, "source": "示例公告"}
    moved = Book(base.name, base.title, "", (parse_version(data, BOOK, "示例"),))
    fees = Commission(domestic=Fraction(100), overseas=Fraction(900))

    found = deduct(
        YearCost(2026, projects=[Project("A", Fraction(80), Fraction(90))], commission=fees), moved
    )

    assert (found.allowed6, found.domestic, found.base) == (20, 150, 200)
    assert found.extra == 300
    assert {one.document for one in found.steps} >= {"示例公告"}


_CALM = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)  # a busy machine is no fault
_SUM = st.integers(0, 10**9).map(Fraction)
_PROJECTS = st.lists(st.builds(Project, st.just("项目"), _SUM, _SUM), max_size=6)


@_CALM
@given(projects=_PROJECTS)
def test_category_six_is_never_more_than_a_tenth_of_the_whole(projects: list[Project]) -> None:
    items = sum((one.items for one in projects), Fraction(0))
    pool, apart = cap6(2023, projects)[1], cap6(2019, projects)[1]
    assert pool <= (items + pool) / 10
    assert apart <= pool  # one pool is never worse than project by project


@_CALM
@given(projects=_PROJECTS, domestic=_SUM, overseas=_SUM, more=st.integers(1, 10**6))
def test_spending_more_on_research_never_lowers_the_deduction(
    projects: list[Project], domestic: Fraction, overseas: Fraction, more: int
) -> None:
    fees = Commission(domestic, overseas)
    before = deduct(YearCost(2024, projects=projects, commission=fees))
    after = deduct(YearCost(2024, projects=[*projects, Project("新", Fraction(more))], commission=fees))
    assert after.extra >= before.extra + more
    assert before.base - before.domestic <= before.domestic * 2 / 3


def test_sums_are_rounded_half_up_and_shown_plainly() -> None:
    assert rounded(Fraction(172, 9)) == Decimal("19.11")
    assert rounded(Fraction(-5, 1000)) == Decimal("-0.01")
    assert shown(Fraction(1234567, 100)) == "12,345.67"
    assert shown(Fraction(500)) == "500"


@pytest.mark.parametrize("name", ["transfer", "statistics"])
def test_every_value_has_its_source_and_its_mark(name: str) -> None:
    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if "verify" in node:
                assert isinstance(node["verify"], bool)
                assert node.get("document") or node.get("text") or node.get("note"), node
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(book(name))
