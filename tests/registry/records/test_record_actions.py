"""What people do with records, and what that leaves behind."""

import datetime as dt
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from keqiao.core.audit import verify
from keqiao.core.errors import BadInput, NotAllowed
from keqiao.core.models import AuditEntry
from keqiao.people.models import User
from keqiao.registry.demand.models import Demand
from keqiao.registry.records import actions, history
from keqiao.registry.records.enums import Disclosure, Status, TagBy, Verdict
from keqiao.registry.records.models import Change, RecordVersion, Review
from tests.factories.people import UserFactory
from tests.factories.registry import AchievementFactory, DemandFactory, ExpertFactory

pytestmark = pytest.mark.django_db

GOOD = {
    "title": "高盐印染废水中盐分回收关键技术",
    "content": "本公司每天排出高盐废水约 600 吨，含硫酸钠约 4%，现有反渗透结垢快，希望把硫酸钠回收成工业级产品。",
    "contact_phone": "13812345678",
    "promised_true": True,
    "promised_no_secret": True,
}


def own_demand(user: User, **facts: object) -> Demand:
    return DemandFactory(organisation=user.organisation, created_by=user, **facts)


def test_an_enterprise_enters_a_demand_for_itself_as_a_draft_without_number(enterprise_user: User) -> None:
    demand = actions.create_record(kind="demand", values=GOOD, by=enterprise_user)
    assert (demand.status, demand.number, demand.version) == (Status.DRAFT, None, 1)
    assert demand.organisation == enterprise_user.organisation
    assert demand.division_code == enterprise_user.organisation.division_code
    assert RecordVersion.objects.filter(kind="demand", record_id=demand.pk).count() == 1
    assert Change.objects.filter(kind="demand", record_id=demand.pk).exists()
    assert AuditEntry.objects.get(action="demand.created").object_id == str(demand.pk)


def test_an_enterprise_cannot_enter_a_demand_for_another(enterprise_user: User, stranger: User) -> None:
    with pytest.raises(NotAllowed, match="自己的单位"):
        actions.create_record(
            kind="demand", values=GOOD | {"organisation": stranger.organisation}, by=enterprise_user
        )


def test_an_officer_enters_an_expert_who_is_published_with_a_number_at_once(county_officer: User) -> None:
    expert = actions.create_record(
        kind="expert",
        values={"title": "李文", "research": "膜分离", "division_code": "340323000000"},
        by=county_officer,
    )
    assert expert.status == Status.PUBLISHED
    assert expert.number == f"专家-{timezone.localdate().year}-0001"


def test_an_enterprise_cannot_enter_an_expert(enterprise_user: User) -> None:
    with pytest.raises(NotAllowed, match="由县区和市科技局登记"):
        actions.create_record(kind="expert", values={"title": "李文"}, by=enterprise_user)


def test_a_county_officer_cannot_enter_records_of_another_county(county_officer: User) -> None:
    with pytest.raises(NotAllowed, match="不在您的辖区"):
        actions.create_record(
            kind="expert", values={"title": "李文", "division_code": "340321000000"}, by=county_officer
        )


def test_a_field_that_nobody_writes_is_refused(bureau_officer: User) -> None:
    with pytest.raises(BadInput, match="status"):
        actions.create_record(kind="demand", values=GOOD | {"status": "published"}, by=bureau_officer)


def test_a_negative_budget_is_refused_with_the_way_out(enterprise_user: User) -> None:
    with pytest.raises(BadInput, match="面议"):
        actions.create_record(kind="demand", values=GOOD | {"budget_yuan": -5}, by=enterprise_user)


def test_autosaving_keeps_text_without_making_versions(enterprise_user: User) -> None:
    demand = actions.create_record(kind="demand", values=GOOD, by=enterprise_user)
    for text in ("现有一条反渗透线", "现有一条反渗透线和化验室"):
        demand = actions.save_draft(
            record=demand, values={"foundation": text}, by=enterprise_user, seen=actions.stamp(demand)
        )
    demand.refresh_from_db()
    assert demand.foundation == "现有一条反渗透线和化验室"
    assert demand.version == 1


def test_autosaving_notices_another_hand(enterprise_user: User) -> None:
    demand = actions.create_record(kind="demand", values=GOOD, by=enterprise_user)
    seen = actions.stamp(demand)
    colleague = UserFactory(enterprise=True, organisation=enterprise_user.organisation)
    actions.save_draft(record=demand, values={"foundation": "同事写的"}, by=colleague, seen=seen)
    with pytest.raises(actions.StaleEdit):
        actions.save_draft(record=demand, values={"foundation": "我写的"}, by=enterprise_user, seen=seen)


def test_a_published_demand_is_not_autosaved(enterprise_user: User) -> None:
    demand = own_demand(enterprise_user, published=True)
    with pytest.raises(NotAllowed, match="先撤回"):
        actions.save_draft(record=demand, values={"foundation": "改"}, by=enterprise_user)


def test_the_whole_way_from_draft_to_market(
    enterprise_user: User, county_officer: User, bureau_officer: User
) -> None:
    demand = own_demand(enterprise_user)

    demand = actions.submit(record=demand, by=enterprise_user)
    assert demand.status == Status.COUNTY_REVIEW
    assert demand.number == f"需求-{timezone.localdate().year}-0001"
    demand = actions.pass_county(record=demand, by=county_officer, note="已电话核实")
    demand = actions.publish(record=demand, by=bureau_officer)

    assert demand.status == Status.PUBLISHED
    assert demand.published_at is not None
    assert Review.objects.filter(kind="demand", record_id=demand.pk, verdict=Verdict.PASS).count() == 2
    done = list(AuditEntry.objects.order_by("seq").values_list("action", flat=True))
    assert done == ["demand.submitted", "demand.passed_county", "demand.published"]
    assert verify().holds


def test_publishing_is_for_twelve_months_unless_a_day_is_given(bureau_officer: User) -> None:
    demand = actions.publish(record=DemandFactory(in_city_review=True), by=bureau_officer)
    today = timezone.localdate()
    assert (demand.valid_until.year, demand.valid_until.month) == (today.year + 1, today.month)


def test_a_return_needs_a_reason_and_keeps_the_criteria(county_officer: User) -> None:
    demand = DemandFactory(in_county_review=True)
    with pytest.raises(BadInput, match="理由"):
        actions.return_to_owner(record=demand, by=county_officer, reason="  ")
    assert Demand.objects.get(pk=demand.pk).status == Status.COUNTY_REVIEW

    criteria = [{"key": "measurable", "label": "指标可测", "ok": False, "note": "没有写回收率"}]
    actions.return_to_owner(record=demand, by=county_officer, reason="请补充指标", criteria=criteria)
    review = Review.objects.get(kind="demand", record_id=demand.pk)
    assert (review.verdict, review.criteria) == (Verdict.RETURN, criteria)
    assert Demand.objects.get(pk=demand.pk).status == Status.RETURNED


def test_two_clicks_publish_once(bureau_officer: User) -> None:
    demand = DemandFactory(in_city_review=True)
    actions.publish(record=demand, by=bureau_officer)
    with pytest.raises(NotAllowed):
        actions.publish(record=demand, by=bureau_officer)
    assert Review.objects.count() == 1


def test_nobody_reviews_what_he_entered_himself(bureau_officer: User) -> None:
    demand = DemandFactory(in_city_review=True, created_by=bureau_officer)
    with pytest.raises(NotAllowed, match="另一位"):
        actions.publish(record=demand, by=bureau_officer)


def test_a_county_officer_cannot_publish_for_the_city(county_officer: User) -> None:
    with pytest.raises(NotAllowed, match="市级审核"):
        actions.publish(record=DemandFactory(in_city_review=True), by=county_officer)


def test_a_county_officer_cannot_return_what_is_already_at_the_city(county_officer: User) -> None:
    with pytest.raises(NotAllowed):
        actions.return_to_owner(record=DemandFactory(in_city_review=True), by=county_officer, reason="退回")


def test_an_achievement_goes_straight_to_the_city(institute_user: User) -> None:
    achievement = AchievementFactory(organisation=institute_user.organisation, created_by=institute_user)
    assert actions.submit(record=achievement, by=institute_user).status == Status.CITY_REVIEW


def test_the_second_of_two_editors_sees_the_change_of_the_first(
    county_officer: User, bureau_officer: User
) -> None:
    demand = DemandFactory(published=True, foundation="一条反渗透线")
    first = actions.update_record(
        record=demand, values={"foundation": "两条反渗透线"}, expected_version=1, by=county_officer
    )
    assert first.version == 2

    with pytest.raises(actions.StaleEdit) as refused:
        actions.update_record(
            record=demand, values={"title": "新名称"}, expected_version=1, by=bureau_officer
        )

    (change,) = refused.value.changes
    assert (change.label, change.before, change.after) == ("现有基础", "一条反渗透线", "两条反渗透线")
    assert refused.value.conflict
    assert str(county_officer) in refused.value.message
    assert Demand.objects.get(pk=demand.pk).title == demand.title


def test_saving_without_a_change_makes_no_version(bureau_officer: User) -> None:
    demand = DemandFactory(published=True)
    saved = actions.update_record(
        record=demand, values={"title": demand.title}, expected_version=1, by=bureau_officer
    )
    assert saved.version == 1
    assert not AuditEntry.objects.exists()


def test_the_audit_trail_does_not_hold_full_phone_numbers(bureau_officer: User) -> None:
    demand = DemandFactory(published=True)
    actions.update_record(
        record=demand, values={"contact_phone": "13899990000"}, expected_version=1, by=bureau_officer
    )
    entry = AuditEntry.objects.get(action="demand.updated")
    assert entry.changes["contact_phone"] == ["138****5678", "138****0000"]


def test_stored_versions_do_not_hold_readable_phone_numbers(bureau_officer: User) -> None:
    demand = DemandFactory(published=True)
    actions.update_record(
        record=demand, values={"title": "换个名称看看"}, expected_version=1, by=bureau_officer
    )
    for row in RecordVersion.objects.all():
        assert row.snapshot["contact_phone"].startswith("v1:")


def test_submitting_after_autosaves_makes_one_version(enterprise_user: User) -> None:
    demand = own_demand(enterprise_user)
    RecordVersion.objects.all().delete()
    history.keep_version(demand)
    for text in ("甲", "甲乙", "甲乙丙"):
        actions.save_draft(
            record=demand, values={"foundation": f"已有设备{text}，可做试验。"}, by=enterprise_user
        )
    assert actions.submit(record=demand, by=enterprise_user).version == 2


def test_renewing_counts_from_the_last_day_and_from_today_when_it_is_over(enterprise_user: User) -> None:
    today = timezone.localdate()
    running = own_demand(enterprise_user, expiring=True)
    over = own_demand(enterprise_user, expired=True)
    running, before = actions.renew(record=running, by=enterprise_user), running.valid_until
    over = actions.renew(record=over, by=enterprise_user)
    assert (running.valid_until.year, running.valid_until.month) == (before.year + 1, before.month)
    assert (over.valid_until.year, over.valid_until.month) == (today.year + 1, today.month)
    assert over.status == Status.PUBLISHED
    assert over.renewed_count == 1


def test_the_daily_command_expires_what_is_over_and_nothing_else() -> None:
    today = timezone.localdate()
    over = DemandFactory(published=True, valid_until=today - dt.timedelta(days=1))
    last_day = DemandFactory(published=True, valid_until=today)
    out = StringIO()
    call_command("expire", stdout=out)
    assert "1 条" in out.getvalue()
    assert Demand.objects.get(pk=over.pk).status == Status.EXPIRED
    assert Demand.objects.get(pk=last_day.pk).status == Status.PUBLISHED
    call_command("expire", stdout=StringIO())
    assert AuditEntry.objects.filter(action="demand.expired").count() == 1


def test_a_closed_demand_says_why_and_can_be_filled_in_anew(enterprise_user: User) -> None:
    demand = own_demand(enterprise_user, published=True)
    with pytest.raises(BadInput, match="原因"):
        actions.close(record=demand, by=enterprise_user, reason="")
    demand = actions.close(record=demand, by=enterprise_user, reason="已与某高校签约")
    assert demand.close_reason == "已与某高校签约"
    demand = actions.reopen(record=demand, by=enterprise_user)
    assert (demand.status, demand.closed_at) == (Status.DRAFT, None)


def test_what_a_person_tagged_the_machine_leaves_alone(bureau_officer: User) -> None:
    demand = DemandFactory(published=True)
    demand = actions.retag(record=demand, list_key="field11", codes=["05", "05"], by=bureau_officer)
    assert demand.tags["field11"] == [{"code": "05", "by": TagBy.PERSON}]
    demand = actions.update_record(
        record=demand, values={"content": "水稻新品种选育和栽培技术"}, expected_version=1, by=bureau_officer
    )
    assert demand.tags["field11"] == [{"code": "05", "by": TagBy.PERSON}]


def test_a_tag_that_is_on_no_list_is_refused(bureau_officer: User) -> None:
    with pytest.raises(BadInput, match="77"):
        actions.retag(
            record=DemandFactory(published=True), list_key="field11", codes=["77"], by=bureau_officer
        )


def test_an_old_version_comes_back_as_a_new_one(bureau_officer: User) -> None:
    demand = DemandFactory(published=True, foundation="甲")
    demand = actions.update_record(
        record=demand, values={"foundation": "乙"}, expected_version=1, by=bureau_officer
    )
    demand = actions.restore_version(record=demand, number=1, by=bureau_officer, expected_version=2)
    assert (demand.foundation, demand.version) == ("甲", 3)


def test_an_expert_page_is_taken_down_and_put_back(bureau_officer: User) -> None:
    expert = ExpertFactory(published=True)
    assert actions.withdraw(record=expert, by=bureau_officer).status == Status.WITHDRAWN
    assert actions.restore(record=expert, by=bureau_officer).status == Status.PUBLISHED


def test_the_tier_is_part_of_what_people_write(enterprise_user: User) -> None:
    demand = own_demand(enterprise_user)
    demand = actions.save_draft(record=demand, values={"disclosure": Disclosure.MASKED}, by=enterprise_user)
    assert demand.disclosure == Disclosure.MASKED
