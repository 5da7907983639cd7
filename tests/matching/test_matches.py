"""Matches come with the sentences that made them, and only with what the reader may see."""

import pytest

from keqiao.core.errors import BadInput
from keqiao.matching.duplicates import near
from keqiao.matching.index import drain
from keqiao.matching.matches import matches_for
from keqiao.matching.models import MatchRun
from keqiao.matching.runs import best_pairs, gone_pairs, run_matching
from keqiao.people.access import VISITOR, scope_of
from keqiao.registry.achievement.models import Achievement
from keqiao.registry.records.changes import mark_changed
from keqiao.registry.records.enums import Status
from tests.factories.registry import AchievementFactory, DemandFactory, ExpertFactory

pytestmark = pytest.mark.django_db

ROBOT = "番茄采摘机器人：双目相机识别成熟果实，单果采摘用时 5.2 秒，损伤率 2.1%。"


@pytest.fixture
def demand():
    return DemandFactory(
        published=True, title="高盐废水中硫酸钠回收", tags={"field11": [{"code": "07", "by": "person"}]}
    )


def test_the_achievement_that_answers_comes_first_with_both_sentences(indexed, demand):
    right = AchievementFactory(published=True)
    AchievementFactory(published=True, title="番茄采摘机器人", summary=ROBOT, innovation="", prospects="")
    indexed()

    found = matches_for(demand, "achievement", VISITOR)

    assert found[0].target == right
    assert found[0].grade in ("强相关", "较强相关", "弱相关")
    pair = found[0].pairs[0]
    assert any(is_hit for _, is_hit in pair.sentence)
    assert any(is_hit for _, is_hit in pair.other_sentence)
    assert {part.name for part in found[0].parts} >= {"字面相似", "领域"}


def test_reasons_name_fields_in_words_and_money_with_its_unit(indexed, demand):
    AchievementFactory(published=True, price_yuan=9_000_000)
    indexed()

    match = matches_for(demand, "achievement", VISITOR)[0]

    notes = {part.name: part.note for part in match.parts}
    assert "环境保护与资源综合利用" in notes["领域"]
    assert notes["预算"] == "预算 120，报价 900（万元）"
    assert any("7.5 倍" in text for text in match.against)


def test_it_works_in_every_direction(indexed, demand):
    achievement = AchievementFactory(published=True)
    expert = ExpertFactory(published=True)
    other = DemandFactory(published=True)
    indexed()

    assert matches_for(achievement, "demand", VISITOR)[0].target in (demand, other)
    assert [one.target for one in matches_for(demand, "expert", VISITOR)] == [expert]
    assert [one.target for one in matches_for(demand, "demand", VISITOR)] == [other]
    assert matches_for(expert, "demand", VISITOR)


def test_what_a_stranger_may_not_see_is_not_recommended(indexed, demand, stranger):
    AchievementFactory(published=True, closed_tier=True)
    AchievementFactory(in_city_review=True)
    directed = AchievementFactory(published=True, directed=True)
    indexed()

    assert matches_for(demand, "achievement", VISITOR) == ()
    assert [one.target for one in matches_for(demand, "achievement", scope_of(stranger))] == [directed]


def test_a_match_withdrawn_since_is_gone_at_once(indexed, demand):
    achievement = AchievementFactory(published=True)
    indexed()
    assert matches_for(demand, "achievement", VISITOR)
    Achievement.objects.filter(pk=achievement.pk).update(status=Status.WITHDRAWN)

    assert matches_for(demand, "achievement", VISITOR) == ()


def test_a_second_look_costs_three_queries(indexed, demand, django_assert_num_queries):
    AchievementFactory.create_batch(5, published=True)
    indexed()
    matches_for(demand, "achievement", VISITOR)

    with django_assert_num_queries(3):  # the records, what was answered about them, what became of them
        assert len(matches_for(demand, "achievement", VISITOR)) == 5


# -- batch runs


def test_a_run_keeps_pairs_and_says_what_is_new_and_gone(indexed, demand, bureau_officer):
    first, second = AchievementFactory.create_batch(2, published=True)
    indexed()
    run_matching("demand", "achievement", by=bureau_officer)
    Achievement.objects.filter(pk=first.pk).update(status=Status.WITHDRAWN)
    mark_changed(first)
    third = AchievementFactory(published=True)
    mark_changed(third)
    drain()

    run = run_matching("demand", "achievement", by=bureau_officer)

    assert (run.report["new"], run.report["gone"], run.report["kept"]) == (1, 1, 1)
    assert gone_pairs(run) == [(demand.pk, first.pk)]
    assert set(run.recommendations.filter(is_new=True).values_list("target_id", flat=True)) == {third.pk}
    assert run.recommendations.filter(target_id=second.pk).get().evidence[0]["sentence"]


def test_a_killed_run_does_not_count_and_is_swept_by_the_next(indexed, demand, bureau_officer):
    AchievementFactory(published=True)
    indexed()

    def kill(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_matching("demand", "achievement", by=bureau_officer, progress=kill)
    assert MatchRun.objects.get().finished_at is None

    run_matching("demand", "achievement", by=bureau_officer)

    assert MatchRun.objects.get().finished_at is not None


def test_events_are_not_matched(bureau_officer):
    with pytest.raises(BadInput, match="活动不参加匹配"):
        run_matching("event", "demand", by=bureau_officer)


def test_best_pairs_for_the_home_page_hide_what_a_visitor_may_not_see(indexed, demand, bureau_officer):
    AchievementFactory(published=True)
    DemandFactory(published=True, directed=True)
    indexed()
    run_matching("demand", "achievement", by=bureau_officer)

    pairs = best_pairs("demand", "achievement", VISITOR, 5)

    assert [source for source, _, _ in pairs] == [demand]


# -- near-duplicates


def test_nearly_the_same_demand_is_found_with_a_difference(indexed):
    there = DemandFactory(published=True, title="高盐印染废水中盐分回收关键技术")
    DemandFactory(published=True, title="番茄采摘机器人", content=ROBOT)
    indexed()

    found = near("demand", "高盐印染废水盐分回收技术", there.content)

    assert [one.record for one in found] == [there]
    assert found[0].similarity > 0.6
    assert found[0].number == there.number
    assert any(mark == "del" for _, mark in found[0].title_diff)


def test_a_demand_is_not_its_own_duplicate(indexed):
    demand = DemandFactory(published=True)
    indexed()

    assert near("demand", demand.title, demand.content, exclude=demand) == []


def test_a_stranger_is_not_told_of_a_hidden_duplicate(indexed, stranger):
    there = DemandFactory(in_county_review=True)
    indexed()

    assert near("demand", there.title, there.content, scope=scope_of(stranger)) == []
    assert len(near("demand", there.title, there.content)) == 1
