"""The ladder as people use it: the self-test without an account, the next step, lists, pools, streams."""

import io
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from keqiao.core.models import AuditEntry
from keqiao.firm.actions import keep_right, keep_title, move_firm
from keqiao.firm.enums import TitleKind
from keqiao.ladder.actions import move_member, propose
from keqiao.ladder.distances import refresh
from keqiao.ladder.models import PoolMember
from keqiao.people.models import User
from keqiao.registry.enterprise.models import Enterprise
from tests.factories.firm import a_firm, put_facts
from tests.ladder.test_pools import YEAR, promising

pytestmark = pytest.mark.django_db
Browser = Callable[[User], Client]
TODAY = timezone.localdate()
SHORT = {  # of a patent or of two percent of research
    "founded_on": "2018-05-01", "staff": "80", "tech_staff": "24", "sales": "4000", "rd": "61.5", "assets": "3000",
    "hightech": "70", "ip1": "1", "ip2": "0", "conversions": "6", "sound": "yes",
}  # fmt: skip


def text(browser: Client, name: str, *args: object, query: str = "", status: int = 200) -> str:
    response = browser.get(reverse(f"ladder:{name}", args=args) + query)
    assert response.status_code == status
    return response.content.decode()


def test_a_stranger_gets_answers_with_articles_and_nothing_is_kept(visitor: Client) -> None:
    before = AuditEntry.objects.count()

    response = visitor.get(reverse("ladder:self-test"), SHORT)

    page = response.content.decode()
    assert response.status_code == 200
    assert "增加研发费用 18.5 万元" in page
    assert "第七条" in page or "第六条" in page
    assert "rd=61.5" in page  # the address to share
    assert "预评估，不是认定" in page
    assert AuditEntry.objects.count() == before
    assert "sessionid" not in response.cookies


def test_the_shared_address_opens_the_same_answers_and_lets_them_be_changed(visitor: Client) -> None:
    page = visitor.get(reverse("ladder:self-test"), SHORT).content.decode()

    assert 'value="61.5"' in page
    assert 'value="2018-05-01"' in page


def test_answers_that_cannot_be_are_refused_at_their_field(visitor: Client) -> None:
    response = visitor.get(reverse("ladder:self-test"), SHORT | {"tech_staff": "90"})

    assert response.status_code == 422
    assert "科技人员 90 人多于职工总数 80 人" in response.content.decode()


def test_a_firms_clerk_starts_from_his_own_data(signed_in: Browser, enterprise_user: User) -> None:
    a_firm(title="固镇甲公司", organisation=enterprise_user.organisation, year=YEAR, sales=4321, rd_deduct=12)

    page = signed_in(enterprise_user).get(reverse("ladder:self-test")).content.decode()

    assert 'value="4321"' in page
    assert "固镇甲公司" in page


def test_the_next_step_of_a_firm_is_priced_and_hidden_from_others(
    signed_in: Browser, county_officer: User, enterprise_user: User, stranger: User
) -> None:
    firm = a_firm(
        organisation=enterprise_user.organisation, year=YEAR, sales=4000, rd_deduct="61.5", cost_expense=3500, staff=80,
        tech_staff=24, assets=3000, resident=True, sound_accounts=True, restricted_products=False, excluded_industry=False,
        accidents=False, dishonest=False, awards_national=0, standards=0, platforms=[], ip1_high=0,
    )  # fmt: skip
    keep_right(firm=firm, by=None, kind="invention", title="一种方法", number="ZL1")

    for reader in (county_officer, enterprise_user):
        page = text(signed_in(reader), "steps", firm.public_id)
        assert "增加研发费用 18.5 万元" in page
        assert "待核实" in page
    text(signed_in(stranger), "steps", firm.public_id, status=404)


def test_the_closest_firms_of_a_county_are_listed_cheapest_first_and_exported(
    signed_in: Browser, county_officer: User
) -> None:
    near, far = (
        promising(title="固镇近公司", rd_deduct=25, tech_staff=8),
        promising(title="固镇远公司", rd_deduct=5),
    )
    other = promising(title="怀远公司", division_code="340321000000")
    for firm in (near, far, other):
        put_facts(
            firm, year=YEAR, resident=True, sound_accounts=True, restricted_products=False, excluded_industry=False,
            accidents=False, dishonest=False, awards_national=0, standards=0, platforms=[], assets=900, cost_expense=950,
        )  # fmt: skip
    refresh(books=["tech_sme"])
    browser = signed_in(county_officer)

    page = text(browser, "closest", query="?book=tech_sme")
    book = load_workbook(io.BytesIO(browser.get(reverse("ladder:closest-export") + "?book=tech_sme").content))

    assert page.index("固镇近公司") < page.index("固镇远公司")
    assert "怀远公司" not in page
    names = [row[0] for row in book.active.iter_rows(values_only=True)]  # type: ignore[union-attr]  # a new book has a sheet
    assert names[-2:] == ["固镇近公司", "固镇远公司"]
    listed = browser.get(reverse("firm:firm-list") + "?near=tech_sme").content.decode()
    assert "固镇近公司" in listed


def test_the_overview_counts_holders_those_who_could_apply_and_those_near(
    signed_in: Browser, county_officer: User
) -> None:
    for _ in range(3):
        keep_title(firm=promising(), by=None, kind=TitleKind.HNTE, issued_on=TODAY)
    refresh(books=["tech_sme", "hnte"])

    page = text(signed_in(county_officer), "overview")

    assert "在册企业" in page
    assert '?title=hnte">3</a>' in page


def test_titles_that_end_are_listed_by_stage(signed_in: Browser, county_officer: User) -> None:
    firm = a_firm(title="固镇甲公司")
    keep_title(firm=firm, by=None, kind=TitleKind.HNTE, issued_on=TODAY.replace(year=TODAY.year - 3, day=1),
               expires_on=TODAY, number="GR202312000934")  # fmt: skip

    page = text(signed_in(county_officer), "expiry")

    assert "固镇甲公司" in page
    assert "GR202312000934" in page
    assert "固镇甲公司" not in text(signed_in(county_officer), "expiry", query="?place=340321")


def test_candidates_are_proposed_admitted_planned_for_and_come_out_with_a_result(
    signed_in: Browser, county_officer: User, auditor: User
) -> None:
    firm = promising(title="固镇苗子公司")
    browser, pool = signed_in(county_officer), reverse("ladder:pool", args=["nursery"])
    assert "固镇苗子公司" in browser.get(pool + "?show=candidates").content.decode()

    browser.post(pool, {"chosen": [str(firm.public_id)]})
    member = PoolMember.objects.get()
    steps = [("admit", ""), ("graduate", "通过高企认定")]
    browser.post(reverse("ladder:member-plan", args=[member.public_id]), {"goal": "hnte", "plan": "补辅助账"})
    browser.post(
        reverse("ladder:task-new", args=[member.public_id]), {"what": "讲一次课", "due_on": "2030-01-01"}
    )
    for name, reason in steps:
        browser.post(reverse("ladder:member-move", args=[member.public_id, name]), {"reason": reason})
    task = member.tasks.get()
    browser.post(reverse("ladder:task-done", args=[member.public_id, task.pk]), {"result": "讲了"})

    member.refresh_from_db()
    assert (member.state, member.result, member.plan) == ("graduated", "通过高企认定", "补辅助账")
    page = text(browser, "member", member.public_id)
    assert "讲一次课" in page
    assert "讲了" in page
    assert "重新推荐" in page
    seen = text(signed_in(auditor), "member", member.public_id)
    assert "保存计划" not in seen
    move = reverse("ladder:member-move", args=[member.public_id, "propose"])
    assert signed_in(auditor).post(move).status_code == 403


def test_whoever_reached_the_goal_is_listed_as_leaving(signed_in: Browser, county_officer: User) -> None:
    firm = promising(title="固镇毕业公司")
    move_member(member=propose(firm=firm, pool="nursery", by=county_officer), name="admit", by=county_officer)
    keep_title(firm=firm, by=None, kind=TitleKind.HNTE, issued_on=TODAY)

    page = text(signed_in(county_officer), "pool", "nursery", query="?show=leaving")

    assert "已达到培育目标" in page


def test_streams_lead_to_their_firms(signed_in: Browser, bureau_officer: User) -> None:
    firm = a_firm(title="固镇升级公司")
    keep_title(firm=firm, by=None, kind=TitleKind.HNTE, issued_on=TODAY.replace(month=1, day=2))
    moved = a_firm(title="固镇搬家公司")
    move_firm(firm=moved, to_code="340321", on=TODAY.replace(month=1, day=2), by=bureau_officer)
    browser = signed_in(bureau_officer)
    address = reverse("ladder:flow-firms") + f"?since={TODAY.year - 1}&until={TODAY.year}"

    page = text(browser, "flow")
    county = text(browser, "flow", query="?by=county")
    up = browser.get(f"{address}&by=level&place=&from=none&to=hnte").content.decode()
    away = browser.get(f"{address}&by=county&place=&from=340323&to=340321").content.decode()

    assert '<svg class="streams"' in page
    assert "from=none&amp;to=hnte" in page
    assert "from=340323&amp;to=340321" in county
    assert "固镇升级公司" in up
    assert "固镇搬家公司" not in up
    assert "固镇搬家公司" in away


def test_the_closest_list_takes_as_many_queries_for_many_as_for_few(
    signed_in: Browser, bureau_officer: User
) -> None:
    browser = signed_in(bureau_officer)
    promising()
    refresh(books=["hnte"])
    text(browser, "closest")
    with CaptureQueriesContext(connection) as few:
        text(browser, "closest")
    for _ in range(5):
        promising()
    refresh(books=["hnte"])
    with CaptureQueriesContext(connection) as many:
        text(browser, "closest")

    assert len(many) == len(few)


@pytest.mark.parametrize("name", ["overview", "closest", "closest-export", "expiry", "flow", "flow-firms"])
def test_members_have_no_lists_of_other_firms(signed_in: Browser, enterprise_user: User, name: str) -> None:
    text(signed_in(enterprise_user), name, status=404)


def test_a_page_that_does_not_exist_says_so(signed_in: Browser, county_officer: User) -> None:
    text(signed_in(county_officer), "pool", "nonsense", status=404)
    assert not Enterprise.objects.exists()
