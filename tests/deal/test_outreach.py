"""Brokers' years, visits, named contacts, the public figures and the honest clock."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone

from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.deal.actions import assign_case, note_step
from keqiao.deal.brokers import broker_for, file_broker, year_of
from keqiao.deal.clock import clock_of_demand, office_of
from keqiao.deal.enums import Outcome, Stage
from keqiao.deal.figures import by_county, by_field, lateness, shown_rows, totals
from keqiao.deal.models import Case, Liaison
from keqiao.deal.visits import (
    finish_task,
    firm_for,
    history_of,
    keep_visit,
    name_liaison,
    read_tasks,
    tasks_of,
)
from keqiao.message.models import Message
from keqiao.people.models import User
from tests.factories.deal import a_case
from tests.factories.registry import DemandFactory

pytestmark = pytest.mark.django_db


def test_a_brokers_year_lists_his_steps_and_what_is_missing_for_the_reward(
    county_officer: User, broker: User
) -> None:
    today = timezone.localdate()
    case = a_case(county_officer)
    assign_case(case=case, owner=county_officer, broker=broker, by=county_officer)
    note_step(case=case, by=broker, text="陪同看样")
    Case.objects.filter(pk=case.pk).update(
        stage=Stage.PERFORM,
        reached=5,
        contract_on=today,
        contract_yuan=Decimal(500_000),
        received_yuan=Decimal(200_000),
    )

    year = year_of(broker, today.year)
    assert year.yuan == Decimal(500_000)
    assert year.reward_yuan == 0
    missing = [one.label for one in year.deals[0].reward.conditions if not one.holds]  # type: ignore[union-attr]  # the rule of 2026 is there
    assert missing == ["签约前已备案", "合同已认定登记"]

    file_broker(
        broker=broker,
        by=county_officer,
        values={"filed_on": today - dt.timedelta(days=3), "certificate": "A1"},
    )
    Case.objects.filter(pk=case.pk).update(is_registered=True)
    assert year_of(broker, today.year).reward_yuan == Decimal(2000)
    assert [one.text for one in year_of(broker, today.year).deals[0].steps] == ["陪同看样"]


def test_what_a_broker_did_after_the_contract_brings_him_no_deal(county_officer: User, broker: User) -> None:
    today = timezone.localdate()
    case = a_case(county_officer)
    assign_case(case=case, owner=county_officer, broker=broker, by=county_officer)
    Case.objects.filter(pk=case.pk).update(contract_on=today - dt.timedelta(days=1), contract_yuan=Decimal(1))
    note_step(case=case, by=broker, text="事后补一条")

    assert year_of(broker, (today - dt.timedelta(days=1)).year).deals == ()


def test_a_broker_sees_his_own_year_and_nobody_elses(broker: User, stranger: User, auditor: User) -> None:
    assert broker_for(broker, broker.pk) == broker
    assert broker_for(auditor, broker.pk) == broker
    with pytest.raises(NotFound):
        broker_for(stranger, broker.pk)
    with pytest.raises(NotAllowed):
        file_broker(broker=broker, by=broker, values={})


def test_a_visit_is_kept_with_its_follow_ups_and_they_are_closed_with_a_result(
    county_officer: User, enterprise_user: User
) -> None:
    firm = enterprise_user.organisation
    assert firm is not None
    visit = keep_visit(
        organisation=firm,
        by=county_officer,
        on=timezone.localdate(),
        findings="旧产线能耗高",
        tasks=read_tasks("写成一条需求｜2026-12-05"),
    )

    task = tasks_of(county_officer).get()
    assert (task.visit, task.due_on) == (visit, dt.date(2026, 12, 5))
    with pytest.raises(BadInput, match="结果"):
        finish_task(task_id=task.pk, by=county_officer, result="")
    finish_task(task_id=task.pk, by=county_officer, result="已提交需求")
    with pytest.raises(NotAllowed, match="已于"):
        finish_task(task_id=task.pk, by=county_officer, result="再来一次")


def test_a_visit_of_tomorrow_or_without_findings_is_none(county_officer: User, enterprise_user: User) -> None:
    firm = enterprise_user.organisation
    assert firm is not None
    with pytest.raises(BadInput, match="日期"):
        keep_visit(
            organisation=firm, by=county_officer, on=timezone.localdate() + dt.timedelta(days=1), findings="x"
        )
    with pytest.raises(BadInput, match="了解到"):
        keep_visit(organisation=firm, by=county_officer, on=timezone.localdate(), findings=" ")


def test_a_firm_has_one_named_contact_at_a_time_and_is_told_who(
    county_officer: User, bureau_officer: User, other_county_officer: User, enterprise_user: User
) -> None:
    firm = enterprise_user.organisation
    assert firm is not None
    name_liaison(organisation=firm, user=county_officer, by=county_officer)
    name_liaison(organisation=firm, user=bureau_officer, by=county_officer)

    assert Liaison.objects.get(organisation=firm, until=None).user == bureau_officer
    assert Message.objects.filter(user=enterprise_user, kind="visit").count() == 2
    with pytest.raises(NotAllowed):
        name_liaison(organisation=firm, user=county_officer, by=other_county_officer)


def test_a_firms_history_is_one_line_of_time_for_its_officers_only(
    county_officer: User, other_county_officer: User, enterprise_user: User
) -> None:
    firm = enterprise_user.organisation
    assert firm is not None
    case = a_case(county_officer, demand=DemandFactory(published=True, organisation=firm))
    keep_visit(organisation=firm, by=county_officer, on=timezone.localdate(), findings="旧产线能耗高")

    whats = [one.what for one in history_of(firm, county_officer).events]

    assert any(case.number in what for what in whats)
    assert any(what.startswith("走访") for what in whats)
    assert any("登记需求" in what for what in whats)
    with pytest.raises(NotFound):
        firm_for(other_county_officer, firm.public_id)


def test_the_funnel_counts_each_demand_and_each_case_once_by_county_and_field(county_officer: User) -> None:
    far = {0: 2, 3: 3, 5: 4}
    for reached, count in far.items():
        for _ in range(count):
            case = a_case(county_officer)
            Case.objects.filter(pk=case.pk).update(reached=reached)
    DemandFactory(published=True, division_code="340321000000")
    DemandFactory()

    assert totals() == (10, 7, 4, 4)
    assert totals("340323") == (9, 7, 4, 4)
    assert {row.label: row.counts for row in by_county()} == {"固镇县": (9, 7, 4, 4), "怀远县": (1, 0, 0, 0)}
    assert [row.counts for row in by_field()] == [(9, 7, 4, 4)]
    assert [row["counts"] for row in shown_rows(by_county())] == [
        ["不足 3", "0", "0", "0"],
        ["不公开", "7", "4", "4"],
    ]


def test_an_offices_lateness_is_public_by_office_and_not_by_person(county_officer: User) -> None:
    today = timezone.localdate()
    late = a_case(county_officer)
    a_case(county_officer)
    Case.objects.filter(pk=late.pk).update(due_on=today - dt.timedelta(days=1))

    (row,) = lateness(today)

    assert (row.office, row.open, row.late) == ("固镇县科技局", 2, 1)
    assert county_officer.name not in str(row.shown())


def test_the_clock_on_a_demand_names_the_office_the_day_and_what_comes_next_but_no_person(
    county_officer: User,
) -> None:
    demand = DemandFactory(published=True)
    (before,) = clock_of_demand(demand)
    assert "固镇县科技局" in before["when"]
    assert "承诺最晚" in before["note"]

    case = a_case(county_officer, demand=demand)
    Case.objects.filter(pk=case.pk).update(due_on=timezone.localdate() - dt.timedelta(days=4))
    (late,) = clock_of_demand(demand)

    assert late["state"] == "late"
    assert "已超 4 天" in late["note"]
    assert county_officer.name not in str(late)
    Case.objects.filter(pk=case.pk).update(
        stage=Stage.ENDED, outcome=Outcome.ELSEWHERE, ended_at=timezone.now(), due_on=None
    )
    assert clock_of_demand(demand)[0]["label"] == "等待对接"
    assert clock_of_demand(DemandFactory()) == []


def test_what_has_no_county_lies_with_the_city(settings: object) -> None:
    settings.KEQIAO_BUREAU_NAME = "蚌埠市科学技术局"  # type: ignore[attr-defined]  # pytest-django's settings proxy
    assert office_of("") == office_of("340300000000") == "蚌埠市科学技术局"
    assert office_of("340323000000") == "固镇县科技局"
