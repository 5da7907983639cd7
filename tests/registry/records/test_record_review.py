"""Who has what to review, and what the owner is told."""

import datetime as dt

import pytest
from django.utils import timezone

from keqiao.people.models import User
from keqiao.registry.records import actions
from keqiao.registry.records.review import (
    changed_since,
    desk_of,
    failed_criteria,
    last_return,
    rubric_for,
    to_review,
)
from keqiao.registry.records.terms import add_months, add_workdays
from tests.factories.registry import BENGBU_HUAIYUAN, AchievementFactory, DemandFactory

pytestmark = pytest.mark.django_db


def test_a_county_officer_reads_his_county_only_and_oldest_first(county_officer: User) -> None:
    now = timezone.now()
    younger = DemandFactory(in_county_review=True, submitted_at=now)
    older = DemandFactory(in_county_review=True, submitted_at=now - dt.timedelta(days=2))
    DemandFactory(in_county_review=True, division_code=BENGBU_HUAIYUAN)
    DemandFactory(in_city_review=True)
    assert list(to_review(county_officer, "demand")) == [older, younger]


def test_nobody_is_given_his_own_entries_to_review(bureau_officer: User) -> None:
    own = AchievementFactory(in_city_review=True, created_by=bureau_officer)
    other = AchievementFactory(in_city_review=True)
    assert own.status == other.status
    assert list(to_review(bureau_officer, "achievement")) == [other]


def test_records_without_a_creator_are_reviewed_too(bureau_officer: User) -> None:
    loaded = DemandFactory(in_city_review=True, created_by=None)
    assert list(to_review(bureau_officer, "demand")) == [loaded]


def test_an_enterprise_has_nothing_to_review(enterprise_user: User) -> None:
    DemandFactory(in_county_review=True)
    assert not to_review(enterprise_user, "demand").exists()


def test_each_step_has_its_own_rubric() -> None:
    assert [c.key for c in rubric_for(DemandFactory(in_county_review=True))] == ["real", "clear", "no_secret"]
    assert "measurable" in [c.key for c in rubric_for(DemandFactory(in_city_review=True))]
    assert rubric_for(DemandFactory(published=True)) == []


def test_the_owner_learns_which_criterion_failed_and_the_reviewer_what_changed(
    enterprise_user: User, county_officer: User
) -> None:
    demand = DemandFactory(
        in_county_review=True,
        organisation=enterprise_user.organisation,
        created_by=enterprise_user,
        foundation="无",
    )
    criteria = [
        {"key": "clear", "label": "文字清楚", "ok": True, "note": ""},
        {"key": "real", "label": "需求真实", "ok": False, "note": "没有写谁提出的"},
    ]
    demand = actions.return_to_owner(record=demand, by=county_officer, reason="请补充", criteria=criteria)
    returned = last_return(demand)
    assert [one["label"] for one in failed_criteria(returned)] == ["需求真实"]

    demand = actions.update_record(
        record=demand,
        values={"foundation": "由生产部提出"},
        expected_version=demand.version,
        by=enterprise_user,
    )
    demand = actions.submit(record=demand, by=enterprise_user)
    (change,) = changed_since(demand, returned)
    assert (change.label, change.after) == ("现有基础", "由生产部提出")


def test_the_clock_says_who_holds_it_and_when_it_is_late() -> None:
    demand = DemandFactory(in_county_review=True, submitted_at=timezone.now() - dt.timedelta(days=20))
    desk = desk_of(demand)
    assert desk.holder == "县区科技局"
    assert desk.is_late
    assert desk_of(DemandFactory()).due is None


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (dt.date(2026, 1, 31), 1, dt.date(2026, 2, 28)),
        (dt.date(2027, 12, 15), 12, dt.date(2028, 12, 15)),
        (dt.date(2028, 2, 29), 12, dt.date(2029, 2, 28)),
    ],
)
def test_months_end_on_a_day_that_exists(day: dt.date, months: int, expected: dt.date) -> None:
    assert add_months(day, months) == expected


def test_three_working_days_from_a_friday_is_wednesday() -> None:
    assert add_workdays(dt.date(2026, 11, 20), 3) == dt.date(2026, 11, 25)
