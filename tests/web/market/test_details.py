"""Detail pages and profiles."""

import pytest
from django.urls import reverse

from keqiao.registry.kinds import KINDS
from tests.factories.people import OrganisationFactory
from tests.factories.registry import (
    FACTORIES,
    AchievementFactory,
    DemandFactory,
    EnterpriseFactory,
    ExpertFactory,
    WorkFactory,
)

pytestmark = pytest.mark.django_db


def page_of(browser, record):
    return browser.get(reverse(f"market:{record.KIND}-detail", args=[record.public_id]))


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_kind_has_a_page_with_its_code_for_phones(visitor, indexed, kind):
    record = FACTORIES[kind](published=True)
    indexed()

    page = page_of(visitor, record).content.decode()

    assert record.title in page
    assert "<svg" in page
    assert f"/{record.public_id}/" in page


@pytest.mark.parametrize("trait", ["in_county_review", "directed", "closed_tier", "withdrawn"])
def test_a_hidden_demand_and_an_absent_one_answer_alike(visitor, trait):
    facts = {trait: True} | ({"published": True} if trait in ("directed", "closed_tier") else {})
    hidden = page_of(visitor, DemandFactory(**facts))
    absent = visitor.get("/demands/00000000-0000-4000-8000-000000000000/")

    assert hidden.status_code == absent.status_code == 404
    assert "没有找到需求" in hidden.content.decode()


def test_a_stranger_learns_neither_owner_nor_contact_of_a_masked_demand(signed_in, stranger, indexed):
    unit = OrganisationFactory(name="安徽华昌纺织有限公司")
    demand = DemandFactory(
        published=True, masked=True, organisation=unit, title="华昌纺织的废水", content="华昌纺织每天排水"
    )
    indexed()

    page = page_of(signed_in(stranger), demand).content.decode()

    assert "华昌" not in page
    assert "13812345678" not in page
    assert "对接同意后可见" in page


def test_the_owner_sees_his_own_name(signed_in, enterprise_user, indexed):
    demand = DemandFactory(published=True, masked=True, organisation=enterprise_user.organisation)
    indexed()

    assert enterprise_user.organisation.name in page_of(signed_in(enterprise_user), demand).content.decode()


def test_a_demand_shows_metrics_clock_and_the_other_side_with_evidence(visitor, indexed):
    demand = DemandFactory(published=True)
    achievement = AchievementFactory(published=True)
    indexed()

    page = page_of(visitor, demand).content.decode()

    assert "硫酸钠回收率" in page
    assert "≥ 90 %" in page
    assert "征集对接中" in page
    assert "相关成果" in page
    assert achievement.title in page
    assert "<mark>" in page
    assert "120 万元" in page


def test_what_nobody_has_checked_says_so(visitor, indexed):
    demand = DemandFactory(published=True, remark="文件所用为简称，全称待核实")
    indexed()

    page = page_of(visitor, demand).content.decode()

    assert "flag-verify" in page
    assert "全称待核实" in page


@pytest.mark.parametrize("count", [1, 12])
def test_a_demands_page_costs_the_same_however_many_matches(
    visitor, indexed, django_assert_max_num_queries, count
):
    demand = DemandFactory(published=True)
    AchievementFactory.create_batch(count, published=True)
    ExpertFactory.create_batch(count, published=True)
    DemandFactory.create_batch(count, published=True)
    indexed()
    page_of(visitor, demand)

    with django_assert_max_num_queries(10):  # among them: when its owner last answered, which office holds it
        page_of(visitor, demand)


def test_an_experts_profile_is_built_from_works_before_he_logs_in(visitor, indexed):
    expert = ExpertFactory(published=True, title="李文")
    other = ExpertFactory(published=True, title="赵一鸣")
    for year in (2023, 2023, 2025):
        work = WorkFactory(published=True, done_on=f"{year}-05-01")
        work.authorships.create(order=1, name="李文", expert=expert)
        work.authorships.create(order=2, name="赵一鸣", expert=other)
    indexed()

    page = page_of(visitor, expert).content.decode()

    assert "2023 年 2 项、2025 年 1 项" in page
    assert "赵一鸣 3" in page
    assert "这是我的主页，我要更正" in page
    assert "next=/experts/" in page


def test_a_coauthors_hidden_work_is_not_counted(visitor, indexed):
    expert = ExpertFactory(published=True)
    hidden = WorkFactory(published=True, closed_tier=True, title="没有公开的工艺")
    hidden.authorships.create(order=1, name=expert.title, expert=expert)
    indexed()

    assert "没有公开的工艺" not in page_of(visitor, expert).content.decode()


def test_an_institutions_profile_counts_works_experts_and_achievements(visitor, indexed):
    unit = OrganisationFactory(university=True, name="淮河理工大学")
    WorkFactory(published=True, organisation=unit, done_on="2023-05-01", title="甲产出")
    WorkFactory(published=True, organisation=unit, done_on="2024-05-01", title="乙产出")
    ExpertFactory(published=True, organisation=unit, title="李文")
    AchievementFactory(published=True, organisation=unit, title="双极膜")
    indexed()

    page = visitor.get(reverse("market:institution-detail", args=[unit.public_id])).content.decode()

    assert "2023 年 1 项、2024 年 1 项" in page
    for words in ("甲产出", "李文", "双极膜", "要更正"):
        assert words in page


def test_a_merged_institution_leads_to_the_one_in_force(visitor):
    new = OrganisationFactory(university=True)
    old = OrganisationFactory(university=True, merged_into=new)

    response = visitor.get(reverse("market:institution-detail", args=[old.public_id]))

    assert response.url == reverse("market:institution-detail", args=[new.public_id])


def test_an_enterprise_lists_what_it_asks_for_openly(visitor, indexed):
    enterprise = EnterpriseFactory(published=True)
    DemandFactory(published=True, organisation=enterprise.organisation, title="公开的需求")
    DemandFactory(published=True, masked=True, organisation=enterprise.organisation, title="脱敏的需求")
    indexed()

    page = page_of(visitor, enterprise).content.decode()

    assert "公开的需求" in page
    assert "脱敏的需求" not in page


def test_a_masked_enterprise_shows_no_code_that_names_it(visitor):
    firm = EnterpriseFactory(published=True, masked=True, uscc="91340323DEM000110B")

    page = visitor.get(reverse("market:enterprise-detail", args=[firm.public_id])).content.decode()

    assert "91340323DEM000110B" not in page
