"""What the form tells somebody who describes an achievement."""

from dataclasses import replace

import pytest

from keqiao.registry.achievement.rules import RULES, AchievementFacts, assess
from keqiao.registry.records.rulebook import rulebook

GOOD = AchievementFacts(
    title="双极膜电渗析处理高盐废水成套技术",
    summary="采用双极膜电渗析把高盐废水中的硫酸钠转化为酸和碱回用，解决浓水无处去的问题。已完成日处理 50 吨的中试，"
    "连续运行 2000 小时，盐回收率 92%，吨水电耗 18 千瓦时，运行成本 21 元。",
    innovation="自主研制抗污染双极膜。",
    cases="2025 年在某印染厂示范。",
    has_maturity=True,
    transfer_modes=("licence",),
    has_price=True,
    team=("李文",),
    has_contact=True,
)


def test_a_complete_card_gets_the_full_score() -> None:
    assert assess(GOOD).score == 100


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"title": "成果"}, "title_missing"),
        ({"title": "新技术"}, "title_short"),
        ({"title": "膜" * 81}, "title_long"),
        ({"summary": ""}, "summary_missing"),
        ({"summary": "处理废水 2 吨。"}, "summary_short"),
        ({"summary": "采用双极膜电渗析处理废水，" * 10}, "no_figure"),
        ({"summary": GOOD.summary + "本技术填补国内空白。"}, "vague"),
        ({"innovation": ""}, "innovation_missing"),
        ({"has_maturity": False}, "maturity_missing"),
        ({"transfer_modes": ()}, "transfer_missing"),
        ({"has_price": False}, "price_missing"),
        ({"cases": ""}, "cases_missing"),
        ({"team": ()}, "team_missing"),
        ({"has_contact": False}, "contact_missing"),
        ({"prospects": "微信：keqiao2026"}, "contact_in_text"),
        ({"cases": "某军品"}, "secret_words"),
    ],
)
def test_each_shortcoming_is_found_and_nothing_else(change: dict[str, object], expected: str) -> None:
    assert {finding.key for finding in assess(replace(GOOD, **change)).findings} == {expected}


def test_every_rule_has_a_source() -> None:
    assert all(rule.source for rule in rulebook(RULES).rules.values())
