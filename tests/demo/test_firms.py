"""The demo's firms: the same for the same seed, clearly marked, plausible, and alive in every year."""

import datetime as dt
import itertools

import pytest
from stdnum.cn import uscc

from keqiao.codes.divisions import division
from keqiao.demo.cultivation import set_cultivation
from keqiao.demo.firm_lives import COUNTIES, FIRST, LAST, lives
from keqiao.demo.firms import set_firms
from keqiao.firm.facts import facts_of_all
from keqiao.firm.models import YearFigure
from keqiao.firm.numbers import number_warning
from keqiao.ladder.models import CultivationTask, PoolMember
from keqiao.people.models import User
from keqiao.registry.enterprise.models import Enterprise
from keqiao.rules.facts import fact_of

MADE = list(lives(300))


def test_the_same_seed_gives_the_same_firms() -> None:
    assert list(lives(40)) == MADE[:40]


def test_every_firm_is_marked_distinct_and_in_one_of_the_nine_counties() -> None:
    assert all(one.name.startswith("示例·") for one in MADE)
    assert len({one.name for one in MADE}) == len(MADE)
    assert len(COUNTIES) == 9
    assert all(division(one.county + "000000") is not None for one in MADE)
    assert {one.county for one in MADE} == {code for code, _, _ in COUNTIES}


def test_credit_codes_carry_letters_where_real_ones_have_digits_and_a_right_check_digit() -> None:
    for one in MADE[:20]:
        assert one.uscc_body[8:11] == "DEM"
        assert uscc.calc_check_digit(one.uscc_body)


def test_figures_agree_with_one_another_and_with_the_firms_life() -> None:
    for one in MADE:
        for year, now in one.figures.items():
            assert max(FIRST, one.founded_on.year) <= year <= LAST
            assert one.closed_on is None or year < one.closed_on.year
            assert now["tech_staff"] <= now["staff"]
            assert now["rd_deduct"] <= now["sales"]
            assert all(fact_of(name) for name in now)


def test_titles_have_numbers_of_the_right_format_and_end_after_they_begin() -> None:
    titles = list(itertools.chain.from_iterable(one.titles for one in MADE))

    assert {"tech_sme", "hnte"} <= {one.kind for one in titles}
    assert all(number_warning(one.kind, one.number, one.issued_on) == "" for one in titles)
    assert all(one.expires_on is None or one.expires_on > one.issued_on for one in titles)


def test_firms_arrive_close_and_move() -> None:
    assert sum(1 for one in MADE if one.closed_on) > 10
    assert sum(1 for one in MADE if one.founded_on.year >= FIRST) > 90
    assert sum(1 for one in MADE if one.moved) > 3


@pytest.mark.django_db
def test_they_go_into_the_database_once_and_the_rules_can_read_them() -> None:
    made = set_firms(30)

    assert made == 30
    assert set_firms(30) == 0
    assert Enterprise.objects.filter(is_sample=True).count() == 30
    assert YearFigure.objects.current().values("enterprise").distinct().count() >= 28
    facts = [facts for _, _, facts in facts_of_all(dt.date(2026, 11, 22))]
    assert sum(1 for one in facts if one.get("sales")) >= 20
    assert any("hnte" in one["titles"] or "tech_sme" in one["titles"] for one in facts)


@pytest.mark.django_db
def test_some_of_them_are_in_the_pools_with_plans_and_tasks(bureau_officer: User) -> None:
    User.objects.filter(pk=bureau_officer.pk).update(username="shiju")
    set_firms(60)

    made = set_cultivation()

    assert made > 3
    assert set_cultivation() == 0
    assert CultivationTask.objects.exists()
    assert all(one.basis for one in PoolMember.objects.all())
