"""Who gets which record, and why not."""

from uuid import uuid4

import pytest

from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.core.models import AuditEntry, AuditLevel
from keqiao.people.access import VISITOR, scope_of
from keqiao.people.enums import Act, Role
from keqiao.people.models import RoleGrant, User
from keqiao.registry.demand.models import Demand
from keqiao.registry.records.access import is_visible, may, record_for, reveal_contact, shown
from keqiao.registry.records.enums import Disclosure, Status
from tests.factories.people import OrganisationFactory, UserFactory
from tests.factories.registry import BENGBU_HUAIYUAN, DemandFactory, EnterpriseFactory, ExpertFactory

pytestmark = pytest.mark.django_db


def test_a_hidden_record_and_an_absent_one_answer_alike(stranger: User) -> None:
    hidden = DemandFactory()
    with pytest.raises(NotFound) as of_hidden:
        record_for(stranger, "demand", hidden.public_id)
    with pytest.raises(NotFound) as of_absent:
        record_for(stranger, "demand", uuid4())
    with pytest.raises(NotFound) as of_nonsense:
        record_for(stranger, "demand", "not-an-id")
    assert of_hidden.value.message == of_absent.value.message == of_nonsense.value.message


def test_a_visitor_sees_what_is_published_openly_and_nothing_else() -> None:
    open_ones = {DemandFactory(published=True), DemandFactory(published=True, masked=True)}
    DemandFactory(published=True, directed=True)
    DemandFactory(published=True, closed_tier=True)
    DemandFactory(in_city_review=True)
    assert set(Demand.objects.visible_to(VISITOR)) == open_ones


def test_the_question_for_one_record_agrees_with_the_question_for_all(
    enterprise_user: User,
    county_officer: User,
    bureau_officer: User,
    broker: User,
    auditor: User,
    security_admin: User,
) -> None:
    mine = enterprise_user.organisation
    for status in Status:
        for tier in Disclosure:
            DemandFactory(status=status, disclosure=tier, organisation=mine)
            DemandFactory(status=status, disclosure=tier, division_code=BENGBU_HUAIYUAN)
            DemandFactory(status=status, disclosure=tier, created_by=broker, without_organisation=True)
    people = [enterprise_user, county_officer, bureau_officer, broker, auditor, security_admin]
    for scope in [VISITOR, *map(scope_of, people)]:
        by_query = set(Demand.objects.visible_to(scope))
        one_by_one = {demand for demand in Demand.objects.all() if is_visible(demand, scope)}
        assert by_query == one_by_one


def test_a_stranger_may_not_edit_what_he_can_see(stranger: User) -> None:
    demand = DemandFactory(published=True)
    with pytest.raises(NotAllowed, match="不属于您的单位"):
        record_for(stranger, "demand", demand.public_id, Act.EDIT)


def test_an_owner_withdraws_before_he_edits_what_is_published(enterprise_user: User) -> None:
    demand = DemandFactory(published=True, organisation=enterprise_user.organisation)
    refusal = may(enterprise_user, Act.EDIT, demand)
    assert refusal is not None
    assert "先撤回" in refusal
    assert may(enterprise_user, Act.WITHDRAW, demand) is None


def test_an_officer_corrects_in_his_area_only(county_officer: User, other_county_officer: User) -> None:
    demand = DemandFactory(published=True)
    assert may(county_officer, Act.EDIT, demand) is None
    assert "不属于您的辖区" in str(may(other_county_officer, Act.EDIT, demand))


def test_an_officer_does_not_write_in_somebody_elses_draft(bureau_officer: User) -> None:
    assert "草稿" in str(may(bureau_officer, Act.EDIT, DemandFactory()))


def test_reading_everywhere_does_not_mean_writing_everywhere() -> None:
    """A county officer who also audits the whole city may still write in his county only."""
    user = UserFactory(county_officer=True)
    RoleGrant.objects.create(user=user, role=Role.AUDITOR)
    user = User.objects.get(pk=user.pk)
    elsewhere = DemandFactory(published=True, division_code=BENGBU_HUAIYUAN)
    assert may(user, Act.VIEW, elsewhere) is None
    assert may(user, Act.EDIT, elsewhere) is not None


def test_the_auditor_writes_nothing(auditor: User) -> None:
    demand = DemandFactory(published=True)
    for act in (Act.EDIT, Act.SUBMIT, Act.REVIEW, Act.WITHDRAW, Act.RENEW, Act.CLOSE, Act.RETAG):
        assert may(auditor, act, demand) is not None


def test_an_expert_edits_his_own_page_and_not_his_universitys_demands(expert_user: User) -> None:
    own = ExpertFactory(published=True, person=expert_user.person, organisation=expert_user.organisation)
    colleague = ExpertFactory(published=True, organisation=expert_user.organisation)
    assert may(expert_user, Act.EDIT, own) is None
    assert may(expert_user, Act.EDIT, colleague) is not None


def test_an_enterprise_corrects_its_own_page(enterprise_user: User) -> None:
    page = EnterpriseFactory(published=True, organisation=enterprise_user.organisation)
    assert may(enterprise_user, Act.EDIT, page) is None


def test_an_act_that_the_state_forbids_is_a_conflict(enterprise_user: User) -> None:
    demand = DemandFactory(in_city_review=True, organisation=enterprise_user.organisation)
    with pytest.raises(NotAllowed) as refused:
        record_for(enterprise_user, "demand", demand.public_id, Act.RENEW)
    assert refused.value.conflict


def test_a_stranger_sees_the_trade_of_a_masked_unit_and_not_its_name() -> None:
    unit = OrganisationFactory(name="固镇县华源纺织有限公司")
    demand = DemandFactory(
        published=True,
        masked=True,
        organisation=unit,
        title="华源纺织坯布退浆废水处理",
        content="固镇县华源纺织有限公司每天排水 600 吨，华源纺织希望减排。",
        tags={"gbt4754": [{"code": "1711", "by": "machine"}]},
    )
    seen = shown(demand, VISITOR)
    assert seen.is_masked
    assert seen.organisation_name == "某纺织企业"
    assert seen.title == "某纺织企业坯布退浆废水处理"
    assert not seen.contact
    assert "华源" not in "".join(text for _, text in seen.texts)


def test_a_masked_university_is_some_university() -> None:
    demand = DemandFactory(published=True, masked=True, organisation=OrganisationFactory(university=True))
    assert shown(demand, VISITOR).organisation_name == "某高校"


def test_a_unit_known_by_its_name_only_is_masked_by_its_ending() -> None:
    demand = DemandFactory(published=True, masked=True, without_organisation=True)
    demand.organisation_name, demand.tags = "江淮农业研究所", {}
    assert shown(demand, VISITOR).organisation_name == "某科研机构"


def test_its_own_people_and_officers_see_the_name_with_the_contact_in_stars(
    enterprise_user: User, county_officer: User
) -> None:
    demand = DemandFactory(published=True, masked=True, organisation=enterprise_user.organisation)
    for user in (enterprise_user, county_officer):
        seen = shown(demand, user)
        assert seen.organisation_name == demand.organisation_name
        assert seen.contact.phone == "138****5678"
        assert seen.can_reveal


def test_nobody_outside_sees_even_a_masked_contact(stranger: User) -> None:
    seen = shown(DemandFactory(published=True), stranger)
    assert not seen.contact
    assert not seen.can_reveal


def test_a_full_contact_is_given_for_a_reason_and_noted(county_officer: User) -> None:
    demand = DemandFactory(published=True)
    with pytest.raises(BadInput, match="用途"):
        reveal_contact(record=demand, by=county_officer, reason=" ")
    contact = reveal_contact(record=demand, by=county_officer, reason="电话核对指标")
    assert contact.phone == "13812345678"
    entry = AuditEntry.objects.get(action="contact.revealed")
    assert (entry.level, entry.reason) == (AuditLevel.IMPORTANT, "电话核对指标")
    assert "13812345678" not in str(entry.changes)


def test_a_stranger_gets_no_contact(stranger: User) -> None:
    with pytest.raises(NotAllowed):
        reveal_contact(record=DemandFactory(published=True), by=stranger, reason="想合作")
    assert not AuditEntry.objects.exists()
