"""What the form tells somebody who writes a demand."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keqiao.registry.demand.rules import RULES, DemandFacts, assess
from keqiao.registry.records.quality import Level
from keqiao.registry.records.rulebook import rulebook

TODAY = dt.date(2026, 11, 22)
GOOD = DemandFacts(
    today=TODAY,
    title="高盐印染废水中硫酸钠回收技术",
    content="本公司每天排出高盐废水约 600 吨，含硫酸钠约 4%，现有反渗透系统结垢快、浓水无处去。"
    "希望找到稳定的膜法或结晶法工艺，把硫酸钠回收成工业级产品，并能在现有厂房内改造完成。",
    metrics=("硫酸钠回收率≥90%", "吨水处理成本≤25元"),
    foundation="日处理 1000 吨的生化站和一套反渗透装置",
    cooperation_modes=("commission",),
    budget_yuan=Decimal("1200000"),
    due_on=dt.date(2027, 12, 31),
    has_contact=True,
    promised_true=True,
    promised_no_secret=True,
)


def keys(facts: DemandFacts) -> set[str]:
    return {finding.key for finding in assess(facts).findings}


def test_a_complete_demand_gets_the_full_score() -> None:
    quality = assess(GOOD)
    assert (quality.score, quality.findings) == (100, ())
    assert quality.word == "很好"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"title": ""}, "title_missing"),
        ({"title": "技术升级"}, "title_missing"),
        ({"title": "废水回收"}, "title_short"),
        ({"title": "废" * 61}, "title_long"),
        ({"content": ""}, "content_missing"),
        ({"content": "希望处理废水。"}, "content_short"),
        ({"content": GOOD.content + "同时降低成本。"}, "vague"),
        ({"metrics": ()}, "metric_missing"),
        ({"metrics": ("强度高",)}, "metric_not_measurable"),
        ({"foundation": " "}, "foundation_missing"),
        ({"cooperation_modes": ()}, "cooperation_missing"),
        ({"budget_yuan": None}, "budget_missing"),
        ({"budget_yuan": Decimal(120)}, "budget_tiny"),
        ({"pay_to_partner_yuan": Decimal("1200001")}, "pay_exceeds_budget"),
        ({"due_on": None}, "deadline_missing"),
        ({"due_on": dt.date(2026, 11, 21)}, "deadline_past"),
        ({"has_contact": False}, "contact_missing"),
        ({"foundation": "请联系张工 13812345678"}, "contact_in_text"),
        ({"partner_requirements": "身份证 110105199001011234"}, "contact_in_text"),
        ({"content": GOOD.content + "本项目属军工配套。"}, "secret_words"),
        ({"promised_true": False}, "promise_true"),
        ({"promised_no_secret": False}, "promise_no_secret"),
    ],
)
def test_each_shortcoming_is_found_and_nothing_else(change: dict[str, object], expected: str) -> None:
    found = keys(replace(GOOD, **change))
    assert found == {expected}


def test_a_promise_with_a_number_is_not_vague() -> None:
    assert keys(replace(GOOD, content=GOOD.content + "降低成本 30%以上。")) == set()


def test_no_budget_is_fine_when_it_is_open_to_talks() -> None:
    assert keys(replace(GOOD, budget_yuan=None, is_budget_open=True)) == set()


def test_a_deadline_in_words_is_a_deadline() -> None:
    assert keys(replace(GOOD, due_on=None, due_text="18个月内")) == set()


def test_patent_and_model_numbers_are_not_taken_for_phone_numbers() -> None:
    assert keys(replace(GOOD, foundation="已有专利 ZL202310123456.7 和设备 RO-13800000")) == set()


def test_a_phone_number_is_not_repeated_in_full() -> None:
    (finding,) = assess(replace(GOOD, foundation="电话 13812345678")).findings
    assert finding.level == Level.DANGER
    assert "13812345678" not in finding.message


def test_the_gravest_comes_first() -> None:
    levels = [f.level for f in assess(DemandFacts(today=TODAY, content="涉密")).findings]
    assert levels == sorted(levels, key=[Level.DANGER, Level.MISSING, Level.WEAK].index)


def test_every_rule_has_a_source_and_says_what_to_do() -> None:
    for rule in rulebook(RULES).rules.values():
        assert rule.source
        assert rule.advice.endswith("。")


@given(
    title=st.text(max_size=90),
    content=st.text(max_size=300),
    metrics=st.lists(st.text(max_size=40), max_size=4),
)
def test_whatever_somebody_types_the_score_stays_in_its_range(
    title: str, content: str, metrics: list[str]
) -> None:
    quality = assess(DemandFacts(today=TODAY, title=title, content=content, metrics=metrics))
    assert 0 <= quality.score <= 100
    assert quality.blocking
