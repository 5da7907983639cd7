"""An enterprise writes a demand on the web."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from keqiao.people.models import User
from keqiao.registry.demand.models import Demand
from keqiao.registry.records import actions
from keqiao.registry.records.enums import Disclosure, Status
from tests.factories.people import UserFactory
from tests.factories.registry import DemandFactory

pytestmark = pytest.mark.django_db
SignedIn = Callable[[User], Client]

TYPED = {
    "title": "高盐印染废水中硫酸钠回收技术",
    "content": "本公司每天排出高盐废水约 600 吨，含硫酸钠约 4%，现有反渗透系统结垢快、浓水无处去，希望把硫酸钠回收成工业级产品。",
    "metric-0-name": "硫酸钠回收率",
    "metric-0-operator": "≥",
    "metric-0-value": "90",
    "metric-0-unit": "%",
    "metrics_plain": "吨水处理成本不超过25元",
    "budget": "120万",
    "due": "18个月内",
    "cooperation_modes": ["commission", "joint"],
    "disclosure": "masked",
    "contact_name": "王小明",
    "contact_phone": "13812345678",
    "promised_true": "on",
    "promised_no_secret": "on",
}


def test_the_empty_form_asks_in_plain_words(signed_in: SignedIn, enterprise_user: User) -> None:
    page = signed_in(enterprise_user).get(reverse("desk:demand-new"))
    assert page.status_code == 200
    html = page.content.decode()
    assert "要解决什么" in html
    assert "data-autosave=" in html
    assert "保存草稿" in html


def test_a_draft_is_saved_as_one_types_and_survives_a_reload(
    signed_in: SignedIn, enterprise_user: User
) -> None:
    browser = signed_in(enterprise_user)
    answer = browser.post(
        reverse("desk:autosave-new", args=["demand"]), {"title": "废水", "public_id": str(uuid4())}
    )
    told = answer.json()
    assert Demand.objects.get().title == "废水"

    again = browser.post(told["autosave"], TYPED | told["fields"])
    assert again.status_code == 200
    page = browser.get(told["href"]).content.decode()
    for text in ("高盐印染废水中硫酸钠回收技术", "硫酸钠回收率", "120 万元", "18个月内"):
        assert text in page
    assert Demand.objects.get().version == 1


def test_an_empty_form_makes_no_draft(signed_in: SignedIn, enterprise_user: User) -> None:
    answer = signed_in(enterprise_user).post(
        reverse("desk:autosave-new", args=["demand"]), {"disclosure": "public"}
    )
    assert answer.json() == {}
    assert not Demand.objects.exists()


def test_the_same_new_form_sent_twice_makes_one_draft(signed_in: SignedIn, enterprise_user: User) -> None:
    browser, form_id = signed_in(enterprise_user), str(uuid4())
    for text in ("废水", "废水回收"):
        browser.post(reverse("desk:autosave-new", args=["demand"]), {"title": text, "public_id": form_id})
    browser.post(reverse("desk:demand-new"), TYPED | {"public_id": form_id, "action": "draft"})
    assert Demand.objects.get().title == TYPED["title"]


def test_without_javascript_the_button_saves_the_draft(signed_in: SignedIn, enterprise_user: User) -> None:
    page = signed_in(enterprise_user).post(
        reverse("desk:demand-new"), {"title": "废水回收", "action": "draft"}, follow=True
    )
    assert "草稿已保存" in page.content.decode()
    assert Demand.objects.get().status == Status.DRAFT


def test_what_was_typed_arrives_as_facts(signed_in: SignedIn, enterprise_user: User) -> None:
    signed_in(enterprise_user).post(reverse("desk:demand-new"), TYPED | {"action": "draft"})
    demand = Demand.objects.get()
    assert demand.organisation == enterprise_user.organisation
    assert demand.budget_yuan == 1_200_000
    assert demand.due_text == "18个月内"
    assert demand.due_on is not None
    assert [one["name"] for one in demand.metrics] == ["硫酸钠回收率", "吨水处理成本"]
    assert demand.cooperation_modes == ["commission", "joint"]
    assert demand.disclosure == Disclosure.MASKED
    assert demand.quality == 92  # 现有基础没有写


def test_a_sum_open_to_talks_is_understood(signed_in: SignedIn, enterprise_user: User) -> None:
    signed_in(enterprise_user).post(reverse("desk:demand-new"), TYPED | {"budget": "面议", "action": "draft"})
    demand = Demand.objects.get()
    assert (demand.budget_yuan, demand.is_budget_open) == (None, True)


def test_what_cannot_be_read_is_said_and_the_rest_is_kept(signed_in: SignedIn, enterprise_user: User) -> None:
    page = signed_in(enterprise_user).post(
        reverse("desk:demand-new"), TYPED | {"budget": "很多钱", "action": "draft"}
    )
    assert page.status_code == 422
    assert "看不懂“很多钱”" in page.content.decode()
    assert Demand.objects.get().title == TYPED["title"]


def test_submitting_gives_a_number_and_a_clock(signed_in: SignedIn, enterprise_user: User) -> None:
    page = signed_in(enterprise_user).post(
        reverse("desk:demand-new"), TYPED | {"action": "submit"}, follow=True
    )
    demand = Demand.objects.get()
    assert demand.status == Status.COUNTY_REVIEW
    html = page.content.decode()
    assert str(demand.number) in html
    assert "办理时钟" in html
    assert "县区科技局办理" in html


def test_an_unfinished_demand_stays_a_draft_and_is_told_why(
    signed_in: SignedIn, enterprise_user: User
) -> None:
    page = signed_in(enterprise_user).post(
        reverse("desk:demand-new"), TYPED | {"contact_phone": "", "action": "submit"}
    )
    assert page.status_code == 422
    assert "没有联系电话" in page.content.decode()
    assert Demand.objects.get().status == Status.DRAFT


def test_the_panel_shows_score_advice_and_what_a_stranger_sees(
    signed_in: SignedIn, enterprise_user: User
) -> None:
    name = enterprise_user.organisation.name
    answer = signed_in(enterprise_user).post(
        reverse("desk:record-check", args=["demand"]),
        {"title": f"{name}废水处理", "content": "希望提高效率。", "disclosure": "masked"},
    )
    html = answer.content.decode()
    assert "“提高效率”没有数字" in html
    assert "陌生人看到的样子" in html
    assert name not in html
    assert not Demand.objects.exists()


def test_a_broker_without_a_unit_of_the_demand_can_write_too(signed_in: SignedIn, broker: User) -> None:
    assert signed_in(broker).get(reverse("desk:demand-new")).status_code == 200


def test_an_auditor_is_refused_with_the_reason(signed_in: SignedIn, auditor: User) -> None:
    page = signed_in(auditor).get(reverse("desk:demand-new"))
    assert page.status_code == 403
    assert "新建" in page.content.decode()


def test_two_colleagues_on_one_draft_lose_nothing(signed_in: SignedIn, enterprise_user: User) -> None:
    colleague = UserFactory(enterprise=True, organisation=enterprise_user.organisation)
    demand = DemandFactory(organisation=enterprise_user.organisation, created_by=enterprise_user)
    url = reverse("desk:autosave", args=["demand", demand.public_id])
    seen = actions.stamp(Demand.objects.get())
    assert signed_in(colleague).post(url, {"title": "同事改的名称够长了", "seen": seen}).status_code == 200
    late = signed_in(enterprise_user).post(url, {"title": "我改的名称也够长", "seen": seen})
    assert late.status_code == 409
    assert Demand.objects.get().title == "同事改的名称够长了"
