"""The pages of the radar."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from keqiao.people.models import User
from keqiao.radar.models import CommonNeed, JointDemand
from keqiao.radar.runs import run_radar
from keqiao.registry.demand.models import Demand
from keqiao.registry.records.enums import Disclosure
from tests.radar.conftest import salty  # noqa: F401  # the same demands

pytestmark = pytest.mark.django_db
Browser = Callable[[User], Client]


@pytest.fixture
def need(salty: list[Demand]) -> CommonNeed:  # noqa: F811
    run_radar()
    return CommonNeed.objects.get()


def test_an_officer_narrows_by_county_and_year_in_the_address(
    need: CommonNeed, signed_in: Browser, bureau_officer: User
) -> None:
    browser, address = signed_in(bureau_officer), reverse("radar:need-list")

    page = browser.get(address).content.decode()

    assert need.name in page
    assert "3 家单位" in page
    assert "截至" in page
    assert "另 1 条未写明" in page
    assert need.name in browser.get(f"{address}?place=340321&year=2025").content.decode()
    assert "没有符合条件" in browser.get(f"{address}?year=2019").content.decode()


def test_the_detail_shows_members_shared_sentences_and_failures(
    need: CommonNeed, signed_in: Browser, bureau_officer: User
) -> None:
    page = signed_in(bureau_officer).get(reverse("radar:need-detail", args=[need.public_id])).content.decode()

    assert page.count("<mark>") > 2
    assert "已过期" in page
    assert "生成联合需求草稿" in page


def test_one_click_leads_to_the_draft(need: CommonNeed, signed_in: Browser, bureau_officer: User) -> None:
    browser = signed_in(bureau_officer)

    answer = browser.post(reverse("radar:need-join", args=[need.public_id]), follow=True)

    joint = JointDemand.objects.get()
    assert answer.redirect_chain[-1][0] == reverse(
        "desk:record", kwargs={"kind": "demand", "public_id": joint.demand.public_id}
    )
    assert "查看联合需求" in browser.get(reverse("radar:need-detail", args=[need.public_id])).content.decode()


def test_a_firm_has_no_business_there(need: CommonNeed, signed_in: Browser, enterprise_user: User) -> None:
    browser = signed_in(enterprise_user)

    assert browser.get(reverse("radar:need-list")).status_code == 403
    assert browser.post(reverse("radar:need-join", args=[need.public_id])).status_code == 403
    assert not JointDemand.objects.exists()


def test_before_the_first_run_the_page_says_so(signed_in: Browser, bureau_officer: User) -> None:
    assert "还没有找过" in signed_in(bureau_officer).get(reverse("radar:need-list")).content.decode()


def test_anybody_reads_the_figures_and_no_name(need: CommonNeed, visitor: Client) -> None:
    page = visitor.get(reverse("radar:open")).content.decode()

    assert " · ".join(need.terms) in page
    for demand in Demand.objects.all():
        assert demand.title not in page
        assert demand.organisation_name not in page

    Demand.objects.filter(pk=need.members.first().demand_id).update(disclosure=Disclosure.DIRECTED)  # type: ignore[union-attr]  # it has members

    assert "还没有可以公开" in visitor.get(reverse("radar:open")).content.decode()
