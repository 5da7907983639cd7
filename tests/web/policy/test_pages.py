"""The policy library and the sandbox as people see them."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from keqiao.people.models import User
from keqiao.policy.freezes import freeze_facts
from keqiao.policy.models import ItemRule, Policy, PolicyItem, Trial
from tests.factories.policy import CITY, RD_BOOK, SHARE, a_firm, a_policy, an_item, clerk_of

pytestmark = pytest.mark.django_db
Browser = Callable[[User], Client]


def text(response: object) -> str:
    return response.content.decode()  # type: ignore[attr-defined]  # a response


def valid(**facts: object) -> Policy:
    return a_policy(**{"valid_from": timezone.localdate() - dt.timedelta(days=30), "valid_to": None} | facts)


@pytest.fixture
def item(db: None) -> PolicyItem:
    """10 % of the R&D of a 高企 with at least 100 万元, at most 30 万元; in force today."""
    return an_item(
        valid(), book=RD_BOOK, formula=SHARE, article="第五条", title="研发补助", reading="花得多补得多。"
    )


def test_anybody_reads_article_by_article_who_how_much_and_what_is_unchecked(
    visitor: Client, item: PolicyItem
) -> None:
    assert "支持科技创新若干措施" in text(visitor.get(reverse("policy:policy-list")))
    page = text(visitor.get(reverse("policy:policy-detail", args=[item.policy.pk])))
    assert "补助比例 <b>10%</b>" in page
    assert "研发经费不低于 100 万元" in page
    assert "第五条" in page
    assert "待核实" in page


def test_the_library_of_a_county_shows_its_own_policies_and_those_above_it(visitor: Client) -> None:
    for title, code in (("市里的", CITY), ("固镇的", "340323000000"), ("怀远的", "340321000000")):
        an_item(valid(title=title, division_code=code, document_no="" if title == "固镇的" else "示1"))
    page = text(visitor.get(reverse("policy:policy-list"), {"place": "340323000000"}))
    assert [title in page for title in ("市里的", "固镇的", "怀远的")] == [True, True, False]
    assert "文号待核实" in page
    assert "when=past&amp;place=340323000000" in page


def test_an_expired_policy_stays_grey_and_leads_to_the_one_in_force(visitor: Client) -> None:
    new = valid(title="2026 年新办法")
    an_item(new)
    middle = valid(
        title="中间一版", valid_from=dt.date(2021, 1, 1), valid_to=dt.date(2022, 12, 31), successor=new
    )
    old = valid(
        title="2019 年办法", valid_from=dt.date(2019, 1, 1), valid_to=dt.date(2020, 12, 31), successor=middle
    )
    assert "2019 年办法" not in text(visitor.get(reverse("policy:policy-list")))
    past = text(visitor.get(reverse("policy:policy-list"), {"when": "past"}))
    assert "policy-past" in past
    assert past.count("现在看：") == 2
    page = text(visitor.get(reverse("policy:policy-detail", args=[old.pk])))
    assert "已失效" in page
    assert f'href="{reverse("policy:policy-detail", args=[new.pk])}"' in page


def test_a_draft_is_hidden_from_strangers(visitor: Client) -> None:
    draft = valid(state="draft", title="还没想好")
    assert visitor.get(reverse("policy:policy-detail", args=[draft.pk])).status_code == 404


def test_the_calculator_answers_without_an_account_and_stores_nothing(
    visitor: Client, item: PolicyItem
) -> None:
    address = reverse("policy:calculator")
    assert "填几个数" in text(visitor.get(address))
    page = text(visitor.get(address, {"asked": "1", "titles": "hnte", "rd_stat": "200"}))
    assert "可以享受 1 项，合计 20 万元" in page
    assert "200 万元 × 10%，最高 30 万元 ＝ 20 万元" in page
    less = text(visitor.get(address, {"asked": "1", "titles": "hnte", "rd_stat": "99.99"}))
    assert "不符合" in less
    unknown = text(visitor.get(address, {"asked": "1", "titles": "hnte"}))
    assert "还差数据" in unknown
    wrong = text(visitor.get(address, {"asked": "1", "rd_stat": "约二百"}))
    assert "没有计算" in wrong


def test_the_calculator_begins_with_the_own_firm(signed_in: Browser, item: PolicyItem) -> None:
    clerk = clerk_of(a_firm(rd=150))
    page = text(signed_in(clerk).get(reverse("policy:calculator")))
    assert "合计 15 万元" in page


def test_an_officer_writes_a_policy_with_a_rule_and_a_slip_is_named(
    signed_in: Browser, bureau_officer: User
) -> None:
    browser = signed_in(bureau_officer)
    valid(division_code=CITY, title="已有的一份")
    head = {"title": "新措施", "issuer": "市科学技术局", "valid_from": "2026-01-01", "division_code": CITY}
    browser.post(reverse("policy:policy-new"), head)
    policy = Policy.objects.get(title="新措施")
    refused = browser.post(reverse("policy:policy-act", args=[policy.pk, "publish"]))
    assert refused.status_code == 409
    assert "还没有条款" in text(refused)
    body = {
        "article": "第一条",
        "title": "奖励",
        "service": "auto",
        "benefit": "money",
        "title_day": "asked",
        "publicity_days": "5",
        "order": "0",
    }
    rule = "id: a\nsource: 新措施\nvalid_from: 2026-01-01\nconditions:\n  - {id: t, title: 高企, test: \"contains(titles, 'hnte')\"}\n"
    new = reverse("policy:item-new", args=[policy.pk])
    slip = browser.post(new, body | {"book": rule, "formula": "amount: nobody * 2"})
    assert slip.status_code == 422
    assert "没有的名称“nobody”" in text(slip)
    browser.post(
        new, body | {"book": rule, "formula": "amount: award\nnumbers: {award: {title: 标准, value: 5}}"}
    )
    item = PolicyItem.objects.get(policy=policy)
    edit = reverse("policy:item-edit", args=[item.public_id])
    assert "contains(titles" in text(browser.get(edit))
    browser.post(
        edit, body | {"book": rule, "formula": "amount: award\nnumbers: {award: {title: 标准, value: 8}}"}
    )
    assert [one.number for one in ItemRule.objects.filter(item=item).order_by("number")] == [1, 2]
    browser.post(reverse("policy:policy-act", args=[policy.pk, "publish"]))
    assert "标准 <b>8 万元</b>" in text(Client().get(reverse("policy:policy-detail", args=[policy.pk])))


def test_a_county_officer_reads_the_citys_policies_and_does_not_change_them(
    signed_in: Browser, county_officer: User, item: PolicyItem
) -> None:
    browser = signed_in(county_officer)
    assert item.policy.title in text(browser.get(reverse("policy:desk")))
    head = {"title": "改名", "issuer": "甲", "valid_from": "2026-01-01", "division_code": ""}
    assert browser.post(reverse("policy:policy-edit", args=[item.policy.pk]), head).status_code in (409, 422)
    assert Policy.objects.get(pk=item.policy.pk).title != "改名"


def test_a_policy_shows_which_firms_it_fits(
    signed_in: Browser, bureau_officer: User, item: PolicyItem
) -> None:
    hit, silent, small = a_firm(rd=200), a_firm(), a_firm(rd=20)
    browser = signed_in(bureau_officer)
    address = reverse("policy:item-firms", args=[item.public_id])
    assert "还没有固定的数据" in text(browser.get(address))
    browser.post(reverse("policy:freeze"), {"next": address})
    page = text(browser.get(address))
    assert hit.title in page
    assert silent.title in page
    assert small.title not in page
    assert "符合 <b>1</b> 家" in page


def test_moving_a_number_shows_winners_and_cost_and_two_trials_are_compared(
    signed_in: Browser, bureau_officer: User, item: PolicyItem
) -> None:
    a_firm(rd=200)
    newcomer = a_firm(rd=60, title="淮上新人有限公司")
    freeze_facts(on=timezone.localdate(), by=bureau_officer)
    browser = signed_in(bureau_officer)
    address = reverse("policy:tryout", args=[item.public_id])
    page = text(browser.get(address, {"book.least": "50", "budget": "25"}))
    assert newcomer.title in page
    assert "超出预算：" in page
    assert "不是数字" in text(browser.get(address, {"book.least": "五十"}))
    assert "104.0%" in page  # of the budget
    lower = {"book.least": "50", "budget": "25"}
    for name, changes in (("降门槛", lower), ("降比例", {"amount.rate": "5"})):
        kept = browser.post(address, {"name": name, **changes}, follow=True)
        assert "测算已保存" in text(kept)
    assert browser.post(address, {"name": "", "book.least": "1"}).status_code == 422
    first, second = Trial.objects.order_by("pk")
    assert first.author == bureau_officer
    assert first.result["after"] == [2, 26_000_000]
    assert second.result["after"] == [1, 10_000_000]
    both = text(
        browser.get(reverse("policy:compare"), {"a": str(first.public_id), "b": str(second.public_id)})
    )
    assert "乙比甲 <b>-16 万元</b>" in both
    assert "甲：预算 25 万元，超出 1 万元；乙：没有写预算。" in both
    assert "<h2>各行业</h2>" in both
    assert "乙比甲得到更多（0 家）" in both
    assert "乙比甲得到更少（2 家）" in both
    assert newcomer.title in both.split("乙比甲得到更少")[1]
    assert "降门槛" in text(browser.get(reverse("policy:sandbox")))


def test_a_trial_is_no_public_matter(signed_in: Browser, enterprise_user: User, item: PolicyItem) -> None:
    browser = signed_in(enterprise_user)
    assert browser.get(reverse("policy:sandbox")).status_code == 403
    assert browser.get(reverse("policy:tryout", args=[item.public_id])).status_code == 403
