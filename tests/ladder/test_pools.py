"""Pools, distances kept, and messages before a title ends."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.firm.actions import keep_right, keep_title
from keqiao.firm.enums import TitleKind
from keqiao.firm.facts import data_year
from keqiao.ladder.actions import (
    add_task,
    candidates,
    finish_task,
    finished,
    keep_plan,
    kept_candidates,
    member_for,
    move_member,
    propose,
)
from keqiao.ladder.distances import refresh
from keqiao.ladder.enums import PoolState
from keqiao.ladder.expiry import expiring, warn
from keqiao.ladder.models import Distance, PoolMember
from keqiao.message.models import Message
from keqiao.people.models import User
from keqiao.registry.enterprise.models import Enterprise
from tests.factories.firm import a_firm, put_facts

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
YEAR = data_year(TODAY)


def promising(**more: Any) -> Enterprise:
    """A firm that the nursery takes: technicians, research, a right."""
    facts = {
        "sales": 1000,
        "sales_1": 900,
        "rd_hnte": 60,
        "rd_hnte_1": 50,
        "rd_deduct": 55,
        "staff": 40,
        "tech_staff": 8,
    }
    firm = a_firm(year=YEAR, **(facts | more))
    keep_right(firm=firm, by=None, kind="utility", title="一种装置", number=f"ZL{firm.pk}")
    return firm


def test_a_firm_goes_into_the_nursery_by_the_rule_and_out_of_it_with_a_result(county_officer: User) -> None:
    firm = promising()
    assert candidates("nursery", TODAY, Enterprise.objects.all()) == [firm]

    member = propose(firm=firm, pool="nursery", by=county_officer)
    member = move_member(member=member, name="admit", by=county_officer)
    with pytest.raises(BadInput, match="结果或理由"):
        move_member(member=member, name="graduate", by=county_officer)
    member = move_member(member=member, name="graduate", by=county_officer, reason="通过高企认定")

    assert (member.state, member.entered_on, member.left_on) == (PoolState.GRADUATED, TODAY, TODAY)
    assert len(member.basis) == 5
    assert candidates("nursery", TODAY, Enterprise.objects.all()) == []
    with pytest.raises(NotAllowed, match="现在可以：重新推荐"):
        move_member(member=member, name="admit", by=county_officer)


def test_the_night_keeps_the_candidates_of_a_pool_as_they_are_found_on_the_spot(county_officer: User) -> None:
    firm, taken, poor = promising(), promising(), promising(tech_staff=1)
    refresh(on=TODAY)
    propose(firm=taken, pool="nursery", by=county_officer)
    firms = Enterprise.objects.all()

    assert [one.enterprise for one in kept_candidates("nursery", firms)] == [firm]
    assert [one.enterprise for one in kept_candidates("nursery", None)] == [firm]
    assert candidates("nursery", TODAY, firms) == [firm]
    assert kept_candidates("nursery", firms)[0].goal_says
    put_facts(firm, year=YEAR, tech_staff=1)
    refresh(on=TODAY, firms=firms.filter(pk=firm.pk))
    assert not kept_candidates("nursery", firms).exists()
    assert not Distance.objects.filter(enterprise=poor, book="pool_nursery").exists()


def test_a_firm_below_the_rule_is_refused_with_the_conditions_it_lacks(county_officer: User) -> None:
    firm = promising(tech_staff=1)

    with pytest.raises(BadInput, match="科技人员"):
        propose(firm=firm, pool="nursery", by=county_officer)

    assert candidates("nursery", TODAY, Enterprise.objects.all()) == []


def test_those_who_reached_the_goal_or_stayed_too_long_are_found(county_officer: User) -> None:
    reached, old, fine = promising(), promising(), promising()
    for firm in (reached, old, fine):
        move_member(
            member=propose(firm=firm, pool="nursery", by=county_officer), name="admit", by=county_officer
        )
    keep_title(firm=reached, by=None, kind=TitleKind.HNTE, issued_on=TODAY)
    PoolMember.objects.filter(enterprise=old).update(entered_on=TODAY.replace(year=TODAY.year - 4, day=1))

    found = {
        member.enterprise_id: why for member, why in finished("nursery", TODAY, Enterprise.objects.all())
    }

    assert found == {reached.pk: "已达到培育目标", old.pk: "入库已超过 3 年"}


def test_plans_and_tasks_belong_to_officers_of_the_place(
    county_officer: User, other_county_officer: User, enterprise_user: User
) -> None:
    firm = promising(organisation=enterprise_user.organisation)
    member = propose(firm=firm, pool="nursery", by=county_officer)

    keep_plan(member=member, by=county_officer, goal="hnte", goal_on=TODAY + dt.timedelta(days=300), plan="补辅助账",
              officer=county_officer)  # fmt: skip
    task = add_task(member=member, by=county_officer, what="请专利代理讲课")
    finish_task(member=member, task_id=task.pk, by=county_officer, result="已讲")

    assert member_for(enterprise_user, member.public_id).plan == "补辅助账"
    with pytest.raises(NotAllowed):
        add_task(member=member, by=enterprise_user, what="自己写")
    with pytest.raises(NotFound):
        member_for(other_county_officer, member.public_id)
    with pytest.raises(NotAllowed, match="已经办结"):
        finish_task(member=member, task_id=task.pk, by=county_officer, result="再讲")
    with pytest.raises(BadInput, match="不管这个地区"):
        keep_plan(
            member=member, by=county_officer, goal="hnte", goal_on=None, plan="", officer=other_county_officer
        )


def test_distances_are_kept_for_rungs_not_held_and_leave_with_the_title() -> None:
    firm = promising()

    kept = refresh(books=["tech_sme", "hnte"])
    keep_title(firm=firm, by=None, kind=TitleKind.TECH_SME, issued_on=TODAY)
    refresh(books=["tech_sme", "hnte"])

    assert kept == 2
    row = Distance.objects.get()
    assert (row.book, row.data_year) == ("hnte", YEAR)
    assert row.says


def test_the_firm_hears_once_at_six_three_and_one_month_and_not_after_renewal(enterprise_user: User) -> None:
    firm = a_firm(organisation=enterprise_user.organisation)
    ends = dt.date(2027, 6, 30)
    keep_title(firm=firm, by=None, kind=TitleKind.HNTE, issued_on=dt.date(2024, 7, 1), expires_on=ends)

    sent = [
        warn(ends - dt.timedelta(days=days)) and Message.objects.count()
        for days in (200, 183, 120, 92, 60, 31, 5)
    ]
    assert sent == [0, 1, 1, 2, 2, 3, 3]
    keep_title(firm=firm, by=None, kind=TitleKind.HNTE, issued_on=dt.date(2027, 6, 1))
    assert not expiring(ends - dt.timedelta(days=5)).exists()
    texts = list(Message.objects.values_list("subject", flat=True))
    assert any("6 个月" in one for one in texts)
    assert any("1 个月" in one for one in texts)
