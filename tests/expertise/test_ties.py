"""The facts behind conflicts: each tie with the record that says so, and nothing that no record says."""

import datetime as dt
import itertools
from typing import Any

import pytest
from django.utils import timezone

from keqiao.expertise.finder import asked_for_record
from keqiao.expertise.ties import Ties, address_mark, phone_mark, ties_of
from keqiao.expertise.wording import hops_of, lines, sentence
from keqiao.people.access import scope_of
from keqiao.people.models import Affiliation, Organisation, User
from keqiao.registry.expert.models import Expert
from keqiao.registry.records.models import Record
from keqiao.registry.work.models import Authorship
from tests.expertise.conftest import expert, work_by
from tests.factories.people import OrganisationFactory, PersonFactory
from tests.factories.registry import AchievementFactory, DemandFactory, EnterpriseFactory

pytestmark = pytest.mark.django_db
YEAR = timezone.localdate().year


@pytest.fixture
def firm(db: None) -> Organisation:
    return OrganisationFactory(name="固镇丰原生物有限公司")


@pytest.fixture
def demand(firm: Organisation) -> Record:
    return DemandFactory(published=True, organisation=firm)


def checked(user: User, record: Record, *experts: Expert) -> Ties:
    return ties_of(asked_for_record(user, record.KIND, record.public_id), list(experts), scope_of(user))


def said(ties: Ties, one: Expert) -> list[str]:
    return [sentence(tie, ties.names) for tie in ties.asking[one.pk]]


def test_a_stranger_to_the_firm_has_no_tie(bureau_officer: User, demand: Record) -> None:
    one = expert("钱膜")

    assert checked(bureau_officer, demand, one).asking[one.pk] == ()


def test_an_expert_of_the_firm_itself_is_tied_to_it(
    bureau_officer: User, demand: Record, firm: Organisation
) -> None:
    one = expert("钱膜", organisation=firm)

    assert said(checked(bureau_officer, demand, one), one) == ["与“固镇丰原生物有限公司”同单位（现单位）"]


def test_a_unit_left_last_year_still_counts_and_one_left_long_ago_does_not(
    bureau_officer: User, demand: Record, firm: Organisation
) -> None:
    lately, long_ago = expert("钱膜", person=PersonFactory()), expert("孙久", person=PersonFactory())
    today = timezone.localdate()
    for one, days in ((lately, 300), (long_ago, 2000)):
        Affiliation.objects.create(
            person=one.person, organisation=firm, ended_on=today - dt.timedelta(days=days)
        )

    ties = checked(bureau_officer, demand, lately, long_ago)

    assert "曾任职" in said(ties, lately)[0]
    assert ties.asking[long_ago.pk] == ()


def test_a_paper_signed_together_with_the_firm_is_a_tie_with_that_paper_as_its_source(
    bureau_officer: User, demand: Record, firm: Organisation
) -> None:
    one = expert("钱膜")
    paper = work_by(one, paper=True, title="乳酸废水脱色中试", year=YEAR)
    Authorship.objects.create(
        work=paper, order=2, name="厂里的人", organisation=firm, organisation_name=firm.name
    )

    ties = checked(bureau_officer, demand, one)
    [tie] = ties.asking[one.pk]
    [hop] = hops_of(tie, ties.names, sees_all=False)

    assert (tie.is_direct, tie.label) == (True, "合作产出")
    assert (hop.source, hop.kind, hop.public_id) == ("乳酸废水脱色中试", "work", str(paper.public_id))


def test_a_project_together_is_called_a_project(
    bureau_officer: User, demand: Record, firm: Organisation
) -> None:
    one = expert("钱膜")
    project = work_by(one, project=True, year=YEAR)
    Authorship.objects.create(work=project, order=2, name="厂里的人", organisation=firm)

    assert checked(bureau_officer, demand, one).asking[one.pk][0].label == "合作项目"


def test_a_co_author_at_the_firm_is_a_tie_over_him_with_both_sources(
    bureau_officer: User, demand: Record, firm: Organisation
) -> None:
    one, inside = expert("钱膜"), expert("厂工程师", organisation=firm)
    work_by(one, inside, title="五年前的论文", year=YEAR - 5)
    newer = work_by(one, expert("旁人"), year=YEAR)
    Authorship.objects.create(work=newer, order=3, name="厂工程师", expert=inside)

    ties = checked(bureau_officer, demand, one)
    [tie] = ties.asking[one.pk]

    assert not tie.is_direct
    assert said(ties, one)[0].startswith("经厂工程师与“固镇丰原生物有限公司”：合作产出（1 项")
    assert [hop.kind for hop in hops_of(tie, ties.names, sees_all=True)] == ["work", "expert"]


def test_an_old_joint_paper_no_longer_counts(
    bureau_officer: User, demand: Record, firm: Organisation
) -> None:
    one = expert("钱膜")
    old = work_by(one, year=YEAR - 4)
    Authorship.objects.create(work=old, order=2, name="厂里的人", organisation=firm)

    assert checked(bureau_officer, demand, one).asking[one.pk] == ()


def test_a_unit_at_the_firms_address_or_telephone_or_above_it_is_a_tie_over_the_unit(
    bureau_officer: User, demand: Record, firm: Organisation
) -> None:
    EnterpriseFactory(
        organisation=firm,
        published=True,
        address="蚌埠市固镇县经开区 纬四路18号",
        contact_phone="0552-6012345",
    )
    neighbour, sister, mother = (OrganisationFactory() for _ in range(3))
    EnterpriseFactory(
        organisation=neighbour, published=True, address="蚌埠市固镇县经开区纬四路18号", contact_phone=""
    )
    EnterpriseFactory(organisation=sister, published=True, contact_phone="05526012345")
    firm.parent = mother
    firm.save()
    one, two, three = (expert(name, organisation=unit) for name, unit in
                       (("甲", neighbour), ("乙", sister), ("丙", mother)))  # fmt: skip

    ties = checked(bureau_officer, demand, one, two, three)

    assert [ties.asking[each.pk][0].label for each in (one, two, three)] == [
        "同单位、同一地址", "同单位、同一电话", "同单位、上下级单位",
    ]  # fmt: skip
    assert "6012345" not in str(ties)


def test_the_name_of_the_legal_representative_is_a_hint_that_must_be_checked(
    bureau_officer: User, demand: Record, firm: Organisation
) -> None:
    EnterpriseFactory(organisation=firm, published=True, legal_representative="钱 膜")
    one = expert("钱膜")

    [tie] = checked(bureau_officer, demand, one).asking[one.pk]

    assert tie.label == "与法定代表人同名"
    assert tie.verify


def test_colleagues_and_co_authors_among_the_candidates_are_named(
    bureau_officer: User, demand: Record
) -> None:
    university = OrganisationFactory(university=True, name="淮河理工大学")
    one, two, three = (
        expert("甲", organisation=university),
        expert("乙", organisation=university),
        expert("丙"),
    )
    work_by(two, three, year=YEAR)

    ties = checked(bureau_officer, demand, one, two, three)
    words = {pk: [sentence(tie, ties.names) for tie in found] for pk, found in ties.between.items()}

    assert words[one.pk] == ["与乙同在“淮河理工大学”"]
    assert any(text.startswith("与乙合作产出") for text in words[three.pk])


def test_the_team_of_an_achievement_is_an_asking_side_too(bureau_officer: User) -> None:
    university = OrganisationFactory(university=True)
    member, friend = expert("李文", organisation=university), expert("合作者")
    work_by(member, friend, year=YEAR)
    achievement = AchievementFactory(published=True, organisation=university, team=["李文"])

    assert checked(bureau_officer, achievement, friend).asking[friend.pk][0].is_direct


def test_of_a_masked_demand_a_broker_is_told_nothing_that_would_name_the_firm(
    broker: User, bureau_officer: User, firm: Organisation
) -> None:
    masked = DemandFactory(published=True, masked=True, organisation=firm)
    one = expert("钱膜", organisation=firm)

    ties = checked(broker, masked, one)

    assert not ties.can_check
    assert ties.asking[one.pk] == ()
    assert checked(bureau_officer, masked, one).asking[one.pk]


def test_a_source_that_is_not_public_is_not_named_to_those_who_do_not_see_all(
    county_officer: User, demand: Record, firm: Organisation
) -> None:
    one = expert("钱膜")
    secret = work_by(one, closed_tier=True, year=YEAR, title="不公开的项目")
    Authorship.objects.create(work=secret, order=2, name="厂里的人", organisation=firm)

    ties = checked(county_officer, demand, one)
    [tie] = ties.asking[one.pk]

    assert "不公开的项目" not in str(hops_of(tie, ties.names, sees_all=False))
    assert "不公开的项目" in str(hops_of(tie, ties.names, sees_all=True))


def test_a_firm_without_a_file_is_said_to_be_unchecked(bureau_officer: User) -> None:
    nameless = DemandFactory(published=True, organisation=None, organisation_name="某处加工厂")

    assert "无法核对" in checked(bureau_officer, nameless, expert("钱膜")).gaps[0]


def test_an_enterprise_keeps_only_the_kind_of_the_tie(
    bureau_officer: User, demand: Record, firm: Organisation
) -> None:
    one = expert("钱膜", organisation=firm)
    ties = checked(bureau_officer, demand, one)

    assert lines(ties.asking[one.pk], ties.names, in_full=False) == ["与需方同单位"]
    assert "规则待核实" in lines(ties.asking[one.pk], ties.names, in_full=True)[0]


def test_ties_cost_the_same_queries_for_two_experts_and_for_forty(
    bureau_officer: User, demand: Record, django_assert_max_num_queries: Any
) -> None:
    people = [expert(f"专家{n}") for n in range(40)]
    for left, right in itertools.pairwise(people):
        work_by(left, right, year=YEAR)
    asked = asked_for_record(bureau_officer, "demand", demand.public_id)

    with django_assert_max_num_queries(9):
        ties_of(asked, people, scope_of(bureau_officer))


def test_a_place_is_no_address_and_an_extension_no_telephone() -> None:
    assert address_mark("蚌埠市固镇县") == ""
    assert address_mark("固镇县 经开区，纬四路18号") == address_mark("固镇县经开区纬四路18号")
    assert phone_mark("8012") == ""
    assert phone_mark("+86 13712345678") == phone_mark("137-1234-5678")
