"""Inbox, review desk, registries and record pages, as the people who use them see them."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from keqiao.core.models import AuditEntry
from keqiao.matching.index import rebuild
from keqiao.people.enums import Role
from keqiao.people.models import ApplicationStatus, OrganisationApplication, User
from keqiao.registry.demand.models import Demand
from keqiao.registry.expert.models import Expert
from keqiao.registry.kinds import KINDS
from keqiao.registry.records import actions
from keqiao.registry.records.enums import Status
from keqiao.registry.records.models import Review
from keqiao.web.desk.inbox import inbox_of
from keqiao.web.desk.rail import RailItem, rail_for
from tests.factories.people import OrganisationFactory
from tests.factories.registry import (
    BENGBU_HUAIYUAN,
    FACTORIES,
    AchievementFactory,
    DemandFactory,
    ExpertFactory,
    OriginFactory,
)

pytestmark = pytest.mark.django_db
SignedIn = Callable[[User], Client]


def text_of(browser: Client, name: str, *args: object, **query: str) -> str:
    response = browser.get(reverse(name, args=args), query)
    assert response.status_code == 200
    return str(response.content.decode())


# ── inbox ──


def test_a_new_officer_finds_an_empty_inbox_that_says_so(signed_in: SignedIn, county_officer: User) -> None:
    assert "没有等您办的事" in text_of(signed_in(county_officer), "desk:inbox")


def test_each_sees_only_what_he_can_do(
    county_officer: User, bureau_officer: User, enterprise_user: User
) -> None:
    DemandFactory(in_county_review=True)
    DemandFactory(in_county_review=True, division_code=BENGBU_HUAIYUAN)
    AchievementFactory(in_city_review=True)
    DemandFactory(returned=True, organisation=enterprise_user.organisation)
    DemandFactory(expiring=True, organisation=enterprise_user.organisation)
    heaps = {
        user: {heap.key: heap.total for heap in inbox_of(user)} for user in (county_officer, enterprise_user)
    }
    assert heaps[county_officer] == {"review": 1, "expiring": 1}
    assert heaps[enterprise_user] == {"returned": 1, "expiring": 1}
    assert next(heap.total for heap in inbox_of(bureau_officer) if heap.key == "review") == 3


def test_the_oldest_review_comes_first_and_a_late_one_says_so(
    signed_in: SignedIn, county_officer: User
) -> None:
    now = timezone.now()
    DemandFactory(in_county_review=True, title="后来提交的需求", submitted_at=now)
    DemandFactory(in_county_review=True, title="先提交的需求", submitted_at=now - dt.timedelta(days=30))
    html = text_of(signed_in(county_officer), "desk:inbox")
    assert html.index("先提交的需求") < html.index("后来提交的需求")
    assert "已超期" in html


def test_an_application_of_the_own_county_waits(county_officer: User, other_county_officer: User) -> None:
    OrganisationApplication.objects.create(
        name="固镇新申请公司",
        kind="enterprise",
        uscc="91340323MA0000000X",
        division_code="340323000000",
        contact_name="赵",
        contact_phone="13800000000",
        username="zhao",
        password="x",
        status=ApplicationStatus.WAITING,
    )
    assert [heap.key for heap in inbox_of(county_officer)] == ["application"]
    assert inbox_of(other_county_officer) == []


def test_one_click_renews_from_the_inbox(signed_in: SignedIn, enterprise_user: User) -> None:
    demand = DemandFactory(expiring=True, organisation=enterprise_user.organisation)
    page = signed_in(enterprise_user).post(
        reverse("desk:record-move", args=["demand", demand.public_id]),
        {"move": "renew", "next": "inbox"},
        follow=True,
    )
    assert "已续期" in page.content.decode()
    assert Demand.objects.get().valid_until > timezone.localdate() + dt.timedelta(days=300)


def test_the_inbox_costs_a_fixed_number_of_queries(
    county_officer: User, django_assert_max_num_queries: Callable[..., object]
) -> None:
    for _ in range(8):
        DemandFactory(in_county_review=True)
        DemandFactory(expiring=True)
    # One each for the deal desk, the hall, vouchers and payments, however much waits
    with django_assert_max_num_queries(20):  # type: ignore[attr-defined]
        inbox_of(county_officer)


def test_the_rail_shows_a_room_only_to_whom_it_serves(enterprise_user: User, county_officer: User) -> None:
    def labels(user: User) -> set[str]:
        return {line["label"] for group in rail_for(user) for line in group["items"]}

    assert {"待办", "我的填报", "填报需求"} <= labels(enterprise_user)
    assert "审核" not in labels(enterprise_user)
    assert {"审核", "需求", "专家"} <= labels(county_officer)
    assert not RailItem("审核", "desk:review-queue", roles=frozenset({Role.AUDITOR})).is_for(county_officer)


# ── review desk ──


def test_an_officer_passes_a_demand_criterion_by_criterion(signed_in: SignedIn, county_officer: User) -> None:
    demand = DemandFactory(in_county_review=True)
    url = reverse("desk:review", args=["demand", demand.public_id])
    browser = signed_in(county_officer)
    page = browser.get(url).content.decode()
    for words in ("需求真实", "文字清楚", "填报质量", "相近"):
        assert words in page
    passed = {"ok-real": "on", "ok-clear": "on", "ok-no_secret": "on", "verdict": "pass"}
    browser.post(url, passed)
    assert Demand.objects.get().status == Status.CITY_REVIEW
    assert all(one["ok"] for one in Review.objects.get().criteria)


def test_nothing_passes_with_a_criterion_left_open(signed_in: SignedIn, county_officer: User) -> None:
    demand = DemandFactory(in_county_review=True)
    page = signed_in(county_officer).post(
        reverse("desk:review", args=["demand", demand.public_id]), {"ok-real": "on", "verdict": "pass"}
    )
    assert page.status_code == 422
    assert "“文字清楚、不涉密、无联系方式”没有勾选" in page.content.decode()
    assert Demand.objects.get().status == Status.COUNTY_REVIEW


def test_the_owner_reads_which_criterion_failed_and_why(
    signed_in: SignedIn, county_officer: User, enterprise_user: User
) -> None:
    demand = DemandFactory(
        in_county_review=True, organisation=enterprise_user.organisation, created_by=enterprise_user
    )
    signed_in(county_officer).post(
        reverse("desk:review", args=["demand", demand.public_id]),
        {"ok-real": "on", "ok-no_secret": "on", "note-clear": "请写现在的用水量", "verdict": "return"},
    )
    page = text_of(signed_in(enterprise_user), "desk:demand-edit", demand.public_id)
    assert "已退回修改" in page
    assert "请写现在的用水量" in page
    assert "需求真实" not in page  # only what failed


def test_a_returned_and_resubmitted_demand_shows_what_changed(
    signed_in: SignedIn, county_officer: User, enterprise_user: User
) -> None:
    demand = DemandFactory(
        in_county_review=True,
        organisation=enterprise_user.organisation,
        created_by=enterprise_user,
        foundation="无",
    )
    url = reverse("desk:review", args=["demand", demand.public_id])
    signed_in(county_officer).post(url, {"note": "请写现有基础", "verdict": "return"})
    owner = signed_in(enterprise_user)
    told = owner.post(reverse("desk:autosave", args=["demand", demand.public_id]), {"foundation": "有中试线"})
    assert told.status_code == 200
    owner.post(reverse("desk:record-move", args=["demand", demand.public_id]), {"move": "submit"})
    assert Demand.objects.get().status == Status.COUNTY_REVIEW
    page = signed_in(county_officer).get(url).content.decode()
    assert "退回后改了什么" in page
    assert "有中试线" in page


def test_a_stranger_cannot_open_the_review_of_a_hidden_demand(signed_in: SignedIn, stranger: User) -> None:
    demand = DemandFactory(in_county_review=True)
    assert (
        signed_in(stranger).get(reverse("desk:review", args=["demand", demand.public_id])).status_code == 404
    )


def test_an_officer_cannot_review_his_own_entry_by_its_address(
    signed_in: SignedIn, bureau_officer: User
) -> None:
    demand = DemandFactory(in_city_review=True, created_by=bureau_officer)
    response = signed_in(bureau_officer).get(reverse("desk:review", args=["demand", demand.public_id]))
    assert response.status_code == 403
    assert "另一位" in response.content.decode()


# ── registries ──


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_registry_opens_with_its_records(signed_in: SignedIn, bureau_officer: User, kind: str) -> None:
    record = FACTORIES[kind](published=True)
    browser = signed_in(bureau_officer)
    assert record.title in text_of(browser, "desk:registry", kind)
    for tab in ("content", "changes", "source", "matches"):
        assert record.title in text_of(browser, "desk:record", kind, record.public_id, tab=tab)
    assert browser.get(reverse("desk:record-edit", args=[kind, record.public_id])).status_code == 200
    assert browser.get(reverse("desk:record-new", args=[kind])).status_code == 200


def test_filters_and_search_live_in_the_address(signed_in: SignedIn, bureau_officer: User) -> None:
    DemandFactory(
        published=True, title="番茄采摘", tags={"field11": [{"code": "09", "by": "machine"}]}, year=2025
    )
    DemandFactory(expired=True, title="废水回收", source_document="001.txt", sample=True)
    rebuild("demand")
    browser = signed_in(bureau_officer)
    for query, found, left_out in (
        ({"q": "番茄"}, "<mark>番茄</mark>采摘", "废水回收"),
        ({"status": "expired"}, "废水回收", "番茄采摘"),
        ({"field": "09"}, "番茄采摘", "废水回收"),
        ({"year": "2025"}, "番茄采摘", "废水回收"),
        ({"source": "001.txt"}, "废水回收", "番茄采摘"),
        ({"sample": "1"}, "废水回收", "番茄采摘"),
        ({"sample": "0"}, "番茄采摘", "废水回收"),
        ({"division": "340323"}, "番茄采摘", "不存在的名称"),
    ):
        html = text_of(browser, "desk:registry", "demand", **query)
        assert found in html, query
        assert left_out not in html, query


def test_nonsense_in_the_address_does_no_harm(signed_in: SignedIn, bureau_officer: User) -> None:
    DemandFactory(published=True)
    text_of(
        signed_in(bureau_officer),
        "desk:registry",
        "demand",
        year="abc",
        sort="drop",
        page="-3",
        status="x' OR 1",
    )


def test_a_county_officer_sees_his_county_in_the_registry(signed_in: SignedIn, county_officer: User) -> None:
    DemandFactory(published=True, title="本县需求")
    DemandFactory(published=True, title="外县需求", division_code=BENGBU_HUAIYUAN)
    html = text_of(signed_in(county_officer), "desk:registry", "demand")
    assert "本县需求" in html
    assert "外县需求" not in html


def test_an_enterprise_is_led_to_its_own_records(signed_in: SignedIn, enterprise_user: User) -> None:
    response = signed_in(enterprise_user).get(reverse("desk:registry", args=["demand"]))
    assert response.status_code == 403
    assert "我的填报" in response.content.decode()


def test_many_are_renewed_at_once_and_refusals_are_named(signed_in: SignedIn, bureau_officer: User) -> None:
    good, bad = DemandFactory(expiring=True), DemandFactory(in_city_review=True, title="正在审核的需求")
    page = signed_in(bureau_officer).post(
        reverse("desk:registry-bulk", args=["demand"]),
        {"chosen": [str(good.public_id), str(bad.public_id)], "move": "renew", "back": "?status=published"},
        follow=True,
    )
    html = page.content.decode()
    assert "已办理 1 条" in html
    assert "正在审核的需求" in html
    assert page.redirect_chain[-1][0].endswith("?status=published")
    assert Demand.objects.get(pk=good.pk).renewed_count == 1


def test_experts_are_taken_down_and_put_back_in_bulk(signed_in: SignedIn, bureau_officer: User) -> None:
    experts = [ExpertFactory(published=True) for _ in range(3)]
    url = reverse("desk:registry-bulk", args=["expert"])
    chosen = [str(expert.public_id) for expert in experts]
    signed_in(bureau_officer).post(url, {"chosen": chosen, "move": "withdraw"})
    assert Expert.objects.filter(status=Status.WITHDRAWN).count() == 3
    signed_in(bureau_officer).post(url, {"chosen": chosen, "move": "restore"})
    assert Expert.objects.filter(status=Status.PUBLISHED).count() == 3


def test_a_registry_page_costs_the_same_for_one_row_and_for_fifty(
    signed_in: SignedIn, bureau_officer: User, django_assert_max_num_queries: Callable[..., object]
) -> None:
    for _ in range(50):
        DemandFactory(published=True, origin=OriginFactory())
    browser = signed_in(bureau_officer)
    text_of(browser, "desk:registry", "demand")
    with django_assert_max_num_queries(40):  # type: ignore[attr-defined]
        text_of(browser, "desk:registry", "demand")


# ── the record page ──


def test_the_contact_is_in_stars_until_a_reason_is_given(signed_in: SignedIn, county_officer: User) -> None:
    demand = DemandFactory(published=True)
    browser = signed_in(county_officer)
    page = text_of(browser, "desk:record", "demand", demand.public_id)
    assert "138****5678" in page
    assert "13812345678" not in page
    revealed = browser.post(
        reverse("desk:record-contact", args=["demand", demand.public_id]), {"reason": "核对指标"}
    )
    assert "13812345678" in revealed.content.decode()
    assert revealed["Cache-Control"] == "no-store"
    assert AuditEntry.objects.filter(action="contact.revealed").count() == 1


def test_another_enterprise_sees_a_masked_demand_without_its_unit(
    signed_in: SignedIn, stranger: User
) -> None:
    unit = OrganisationFactory(name="固镇县华源纺织有限公司")
    demand = DemandFactory(published=True, masked=True, organisation=unit, title="华源纺织退浆废水处理")
    for tab in ("content", "changes", "reviews", "source"):
        page = text_of(signed_in(stranger), "desk:record", "demand", demand.public_id, tab=tab)
        assert "华源" not in page
        assert "某纺织企业" in page


def test_the_history_tab_shows_each_change_and_brings_an_old_text_back(
    signed_in: SignedIn, bureau_officer: User
) -> None:
    demand = DemandFactory(published=True, foundation="甲设备")
    actions.update_record(
        record=demand, values={"foundation": "乙设备"}, expected_version=1, by=bureau_officer
    )
    browser = signed_in(bureau_officer)
    page = text_of(browser, "desk:record", "demand", demand.public_id, tab="changes")
    assert "第 2 版" in page
    assert "恢复这一版的内容" in page
    browser.post(reverse("desk:record-restore", args=["demand", demand.public_id, 1]), {"version": "2"})
    restored = Demand.objects.get()
    assert (restored.foundation, restored.version) == ("甲设备", 3)


def test_tags_are_corrected_by_a_person(signed_in: SignedIn, bureau_officer: User) -> None:
    demand = DemandFactory(published=True)
    url = reverse("desk:record-tags", args=["demand", demand.public_id])
    browser = signed_in(bureau_officer)
    browser.post(url, {"list": "field11", "codes": ["05"]})
    browser.post(url, {"list": "gbt4754", "typed": "纺织业"})
    tags = Demand.objects.get().tags
    assert tags["field11"] == [{"code": "05", "by": "person"}]
    assert tags["gbt4754"] == [{"code": "17", "by": "person"}]
    refused = browser.post(url, {"list": "gbt4754", "typed": "没有这个行业"})
    assert refused.status_code == 422
    assert "没有这个行业" in refused.content.decode()


def test_closing_asks_for_a_reason(signed_in: SignedIn, enterprise_user: User) -> None:
    demand = DemandFactory(published=True, organisation=enterprise_user.organisation)
    url = reverse("desk:record-move", args=["demand", demand.public_id])
    browser = signed_in(enterprise_user)
    assert "请写明关闭的原因" in browser.post(url, {"move": "close"}, follow=True).content.decode()
    browser.post(url, {"move": "close", "reason": "已签约"})
    assert Demand.objects.get().status == Status.CLOSED


def test_an_unknown_move_is_refused_in_words(signed_in: SignedIn, bureau_officer: User) -> None:
    demand = DemandFactory(published=True)
    response = signed_in(bureau_officer).post(
        reverse("desk:record-move", args=["demand", demand.public_id]), {"move": "delete"}
    )
    assert response.status_code == 422
    assert "没有“delete”这个操作" in response.content.decode()


def test_my_records_are_sorted_into_their_states(signed_in: SignedIn, enterprise_user: User) -> None:
    unit = enterprise_user.organisation
    DemandFactory(organisation=unit, title="我的草稿需求")
    DemandFactory(organisation=unit, published=True, title="已经发布的需求")
    AchievementFactory(organisation=unit, returned=True, title="被退回的成果")
    DemandFactory(published=True, title="别家的需求")
    browser = signed_in(enterprise_user)
    everything = text_of(browser, "desk:mine")
    assert "别家的需求" not in everything
    assert "我的草稿需求" in everything
    only_returned = text_of(browser, "desk:mine", status="returned")
    assert "被退回的成果" in only_returned
    assert "我的草稿需求" not in only_returned


def test_a_visitor_is_asked_to_sign_in_everywhere(visitor: Client) -> None:
    for name in ("desk:inbox", "desk:mine", "desk:review-queue", "desk:demand-new", "desk:achievement-new"):
        response = visitor.get(reverse(name))
        assert response.status_code == 302
        assert "sign-in" in response["Location"]
