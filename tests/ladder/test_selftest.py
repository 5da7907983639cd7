"""The self-test's answers as facts, and back: pure."""

import datetime as dt
from decimal import Decimal as D

from keqiao.ladder.selftest import answers_of, facts_from
from keqiao.ladder.steps import steps
from keqiao.rules.shelf import shipped

ON = dt.date(2026, 11, 22)

ANSWERS = {
    "founded_on": dt.date(2018, 5, 1), "staff": 80, "tech_staff": 24, "sales": D(4200), "rd": D(300), "assets": D(3000),
    "hightech": D(70), "ip1": 0, "ip2": 3, "conversions": 6, "honours": ["hnte", "standard"], "sound": "yes", "sales_1": D(4000),
}  # fmt: skip


def test_answers_become_facts_and_what_was_not_asked_stays_unknown() -> None:
    facts = facts_from(ANSWERS, region="3403")

    assert facts["rd_deduct"] == facts["rd_hnte"] == facts["rd_domestic"] == 300
    assert facts["hightech_income"] == 2940
    assert facts["main_income_1"] == 4000
    assert facts["titles"] == ["hnte"]
    assert (facts["standards"], facts["awards_national"], facts["platforms"]) == (1, 0, [])
    assert facts["accidents"] is False
    assert "cost_expense" not in facts
    assert "rd_deduct_1" not in facts


def test_a_doubtful_firm_is_not_called_clean() -> None:
    facts = facts_from(ANSWERS | {"sound": "unsure"})

    assert "accidents" not in facts
    assert "rd_domestic" not in facts


def test_a_firms_own_data_fill_the_form_and_give_the_same_facts_again() -> None:
    facts = facts_from(ANSWERS, region="340323")

    again = facts_from(answers_of(facts), region="340323")

    assert again == facts | {"founded_on": "2018-05-01"}


def test_domain_example_x1_passes_in_the_self_test() -> None:
    """staff 80, technicians 24, sales 4200, R&D 300, three class II: 88 points."""
    facts = facts_from(ANSWERS | {"honours": []})

    advice = steps(shipped("tech_sme").on(ON), facts, on=ON)

    assert advice.is_there
    assert advice.now.score("total").points == "88"
