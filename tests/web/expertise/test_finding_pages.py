"""找专家 as officers, brokers and enterprises meet it."""

from collections.abc import Callable
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from keqiao.core.models import AuditEntry
from keqiao.expertise.models import Proposal
from keqiao.people.models import User
from tests.expertise.conftest import expert, work_by
from tests.factories.registry import DemandFactory

pytestmark = pytest.mark.django_db
Browser = Callable[[User], Client]
Indexed = Callable[[], None]
FIND = "/desk/experts/find/"


def test_an_officer_finds_an_expert_for_a_demand_and_puts_him_on_the_list(
    signed_in: Browser, bureau_officer: User, indexed: Indexed
) -> None:
    one = expert("钱膜", contact_phone="13712345678")
    made = work_by(one, title="高盐印染废水双极膜电渗析回收硫酸钠的方法")
    demand = DemandFactory(published=True)
    indexed()
    browser, question = signed_in(bureau_officer), {"for": "demand", "id": str(demand.public_id)}

    page = browser.get(FIND, question).content.decode()
    assert "钱膜" in page
    assert made.title in page
    assert "在手 0 件；近 30 天被推荐 0 次" in page
    assert "13712345678" not in page

    sent = question | {"expert": str(one.public_id), "back": f"for=demand&id={demand.public_id}"}
    done = browser.post(reverse("expertise:propose"), sent, follow=True).content.decode()
    assert "已列入拟请名单" in done
    assert "近 30 天被推荐 1 次" in done
    line = Proposal.objects.get()
    assert made.title in line.evidence[0]
    assert AuditEntry.objects.filter(action="expert.proposed").count() == 1


def test_the_shortlist_goes_out_as_a_table_without_phone_numbers(
    signed_in: Browser, bureau_officer: User, indexed: Indexed
) -> None:
    one = expert("钱膜", contact_phone="13712345678")
    work_by(one)
    demand = DemandFactory(published=True)
    indexed()
    browser, question = signed_in(bureau_officer), {"for": "demand", "id": str(demand.public_id)}
    browser.post(reverse("expertise:propose"), question | {"expert": str(one.public_id)})

    answer = browser.get(reverse("expertise:shortlist-xlsx"), question)
    rows = list(load_workbook(BytesIO(answer.content)).active.values)

    assert "钱膜" in [row[1] for row in rows]
    assert "13712345678" not in str(rows)
    assert AuditEntry.objects.get(action="expert.shortlist_exported").row_count == 1


def test_an_expert_is_taken_off_by_the_one_who_listed_him_only(
    signed_in: Browser, bureau_officer: User, broker: User, indexed: Indexed
) -> None:
    line = Proposal.objects.create(
        ask_key="text:1", ask_title="问题", expert=expert("钱膜"), proposed_by=bureau_officer
    )
    address = reverse("expertise:withdraw", args=[line.public_id])

    assert signed_in(broker).post(address).status_code == 404
    assert signed_in(bureau_officer).post(address).status_code == 302
    assert not Proposal.objects.standing().exists()


def test_an_enterprise_reads_of_its_own_demand_whether_an_expert_is_busy_not_how(
    signed_in: Browser, enterprise_user: User, indexed: Indexed
) -> None:
    work_by(expert("钱膜"))
    own = DemandFactory(published=True, organisation=enterprise_user.organisation)
    others = DemandFactory(published=True)
    indexed()
    browser = signed_in(enterprise_user)

    page = browser.get(FIND, {"for": "demand", "id": str(own.public_id)}).content.decode()
    assert "钱膜" in page
    assert "可以联系" in page
    assert "近 30 天被推荐" not in page
    assert "load=0" not in page, "nor can the number be found out by filtering"
    assert browser.get(FIND, {"for": "demand", "id": str(others.public_id)}).status_code == 403
    assert browser.get(FIND).status_code == 403
    assert browser.get(FIND, {"q": "高盐废水怎样处理"}).status_code == 403


def test_a_demands_page_leads_its_owner_from_the_experts_listed_to_the_finder(
    signed_in: Browser, enterprise_user: User, stranger: User
) -> None:
    own = DemandFactory(published=True, organisation=enterprise_user.organisation, created_by=enterprise_user)
    page, link = (
        reverse("market:demand-detail", args=[own.public_id]),
        f"{FIND}?for=demand&amp;id={own.public_id}",
    )

    assert f'<a class="more" href="{link}">' in signed_in(enterprise_user).get(page).content.decode()
    assert link not in signed_in(stranger).get(page).content.decode()


def test_the_filters_live_in_the_address_and_htmx_gets_only_the_list(
    signed_in: Browser, bureau_officer: User, indexed: Indexed
) -> None:
    work_by(expert("近来", division_code="340321000000"))
    work_by(expert("远去", division_code="340323000000"))
    demand = DemandFactory(published=True)
    indexed()
    question = {"for": "demand", "id": str(demand.public_id), "place": "340323"}

    answer = signed_in(bureau_officer).get(FIND, question, headers={"HX-Request": "true"})
    part = answer.content.decode()

    assert part.lstrip().startswith('<div id="found"')
    assert "远去" in part
    assert "近来" not in part


@pytest.mark.parametrize(
    "address",
    [
        {"q": "废"},
        {"for": "event", "id": "x"},
        {"for": "demand", "id": "no-uuid"},
        {"q": "\0\0\0\0\0", "load": "9" * 30},
    ],
)
def test_an_address_typed_by_hand_is_answered_with_a_reason(
    signed_in: Browser, bureau_officer: User, address: dict[str, str]
) -> None:
    assert signed_in(bureau_officer).get(FIND, address).status_code in (200, 404, 422)


def test_nothing_found_says_what_to_do(signed_in: Browser, bureau_officer: User, indexed: Indexed) -> None:
    indexed()

    page = signed_in(bureau_officer).get(FIND, {"q": "核聚变第一壁材料抗中子辐照"}).content.decode()

    assert "没有找到有依据的专家" in page
