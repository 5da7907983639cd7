"""This week against the last."""

import datetime as dt

import pytest
from django.utils import timezone

from keqiao.matching.runs import run_matching
from keqiao.people.access import scope_of
from keqiao.verdict.models import Answer, EmptySearch, ScoreSpread
from keqiao.verdict.quality import (
    acceptance,
    by_grade,
    by_score,
    drifts,
    empty_searches,
    newest_refusals,
    stability_index,
)
from keqiao.verdict.searches import kept_words, note_empty_search, shown_words
from tests.factories.registry import AchievementFactory, DemandFactory

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


def answer(number: int, user, *, yes: bool, rank: int = 1, days: float = 1, **more) -> Answer:
    return Answer.objects.create(
        need_kind="demand", need_id=number, offer_kind="achievement", offer_id=number, side="need", is_yes=yes,
        reason="" if yes else "price", by=user, rank=rank, at=NOW - dt.timedelta(days=days), **more,
    )  # fmt: skip


@pytest.mark.django_db
def test_acceptance_is_counted_by_rank_this_week_and_last(bureau_officer):
    answer(1, bureau_officer, yes=True)
    answer(2, bureau_officer, yes=False)
    answer(3, bureau_officer, yes=True, rank=2, days=8)
    answer(4, bureau_officer, yes=False, days=20)
    answer(5, bureau_officer, yes=True, ended_at=NOW, ending="undone")

    ranks, week, before = acceptance(NOW)

    assert len(ranks) == 10
    assert (ranks[0].now.yes, ranks[0].now.total, ranks[0].now.percent) == (1, 2, 50)
    assert ranks[0].before.percent is None
    assert ranks[1].before.percent == 100
    assert (week.total, before.total) == (2, 1)


@pytest.mark.django_db
def test_grades_and_scores_are_held_against_what_people_said(bureau_officer):
    answer(1, bureau_officer, yes=True, grade="强相关", score=0.9)
    answer(2, bureau_officer, yes=True, grade="强相关", score=1.0)
    answer(3, bureau_officer, yes=False, grade="弱相关", score=0.1)

    strong, weak = by_grade()
    assert (strong.label, strong.said.percent, strong.promised) == ("强相关", 100, pytest.approx(0.95))
    assert weak.said.percent == 0
    assert [(one.label, one.said.total) for one in by_score()] == [("0.0–0.2", 1), ("0.8–1.0", 2)]


def test_what_is_kept_of_a_search_names_nobody():
    assert kept_words("  ＰＬＡ  改性 ") == "pla 改性"
    assert kept_words("张三 13812345678") == "张三"
    assert kept_words("wang@example.cn 340323199001011234") == ""
    assert len(kept_words("长" * 300)) == 60
    assert shown_words("王小明 石墨烯 黄精 陈皮") == ("王*明 石墨烯 黄精 陈皮", True)
    assert shown_words("pla 改性 高温") == ("pla 改性 高温", False)


@pytest.mark.django_db
def test_searches_without_result_are_counted_a_day():
    today = timezone.localdate()
    for _ in range(3):
        note_empty_search("demand", "氢能 叉车")
    note_empty_search("demand", "氢能 叉车", today - dt.timedelta(days=8))
    note_empty_search("demand", "13812345678")

    words, now, before = empty_searches(timezone.now())

    assert [(one.words, one.hall, one.count, one.before) for one in words] == [("氢能 叉车", "需求", 3, 1)]
    assert (now, before) == (3, 1)
    assert EmptySearch.objects.count() == 2


def test_the_same_spread_is_no_drift_and_another_is():
    assert stability_index([10, 20, 70], [1, 2, 7]) < 0.06
    assert stability_index([70, 20, 10], [10, 20, 70]) > 1


@pytest.mark.django_db
def test_a_run_leaves_its_spread_and_is_compared_with_last_weeks(indexed, bureau_officer):
    DemandFactory(published=True)
    AchievementFactory.create_batch(3, published=True)
    indexed()

    run = run_matching("demand", "achievement", by=bureau_officer)

    kept = ScoreSpread.objects.get(run_id=run.pk)
    assert sum(kept.steps) == run.pairs == 3
    assert drifts(timezone.now()) == []
    ScoreSpread.objects.create(
        run_id=99, kind_from="demand", kind_to="achievement", steps=[900, *[0] * 9],
        finished_at=run.finished_at - dt.timedelta(days=8),
    )  # fmt: skip
    (found,) = drifts(timezone.now())
    assert found.words == "变化很大，请查原因"


@pytest.mark.django_db
def test_a_county_sees_the_refusals_of_its_area(county_officer, other_county_officer, bureau_officer):
    answer(1, bureau_officer, yes=False, division_code="340323000000")

    assert len(newest_refusals(scope_of(county_officer))) == 1
    assert len(newest_refusals(scope_of(other_county_officer))) == 0
    assert len(newest_refusals(scope_of(bureau_officer))) == 1
