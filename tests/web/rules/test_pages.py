"""Rules as people see them: anybody reads, officers write, a second officer publishes."""

from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from keqiao.people.models import User
from keqiao.rules import firms
from keqiao.rules.actions import copy_version
from keqiao.rules.models import RuleDraft, RuleTrial
from keqiao.rules.shelf import current, names, shipped
from tests.factories.people import UserFactory

pytestmark = pytest.mark.django_db
Browser = Callable[[User], Client]


@pytest.fixture
def draft(bureau_officer: User) -> RuleDraft:
    return copy_version(book="rd_clearing", version_id="rd_clearing-default", by=bureau_officer)


def figures(**changes: str) -> dict[str, str]:
    """The editor's form as it stands for the clearing list."""
    form = {
        "title": "2027年口径", "source": "市政府会议纪要〔2026〕9号（示例）", "valid_from": "2027-01-01", "valid_to": "",
        "region": "", "about": "", "reason": "降低门槛",
    }  # fmt: skip
    for name, value in (
        ("industrial_floor", "2000"),
        ("activity_floor", "8000"),
        ("institution_floor", "50000"),
    ):
        form |= {f"v-{name}-0-value": value, f"v-{name}-0-article": "两清零", f"v-{name}-0-verify": "on"}
    return form | changes


@pytest.mark.parametrize("name", names())
def test_anybody_reads_every_book_with_its_articles(visitor: Client, name: str) -> None:
    version = shipped(name).versions[-1]

    page = visitor.get(reverse("rules:book-detail", args=[name]), {"version": version.id}).content.decode()

    assert version.source in page
    assert ("待核实" in page) == bool(version.unverified)
    assert all(one.title in page for one in version.clauses())


def test_a_visitor_sees_the_law_of_the_asked_day_and_place(visitor: Client) -> None:
    address = reverse("rules:book-detail", args=["srdi"])

    old = visitor.get(address, {"on": "2026-03-31"}).content.decode()
    new = visitor.get(address, {"on": "2026-04-01"}).content.decode()
    nowhere = visitor.get(
        reverse("rules:book-detail", args=["gazelle"]), {"on": "2026-04-01"}
    ).content.decode()
    liaoning = visitor.get(
        reverse("rules:book-detail", args=["gazelle"]), {"region": "210600"}
    ).content.decode()

    assert "63号）</dd>" in old
    assert "2026〕2号）</dd>" in new
    assert "没有有效的规则" in nowhere
    assert "辽科创办发〔2021〕2号" in liaoning


def test_the_list_takes_a_wrong_day_as_today_and_says_so(visitor: Client) -> None:
    page = visitor.get(reverse("rules:book-list"), {"on": "昨天"}).content.decode()

    assert "“昨天”不是日期" in page
    assert all(shipped(name).title in page for name in names())


def test_an_unknown_book_is_not_found(visitor: Client) -> None:
    assert visitor.get(reverse("rules:book-detail", args=["nothing"])).status_code == 404


def test_an_officer_changes_a_figure_and_a_second_one_publishes_it(
    signed_in: Browser, bureau_officer: User
) -> None:
    browser, second = signed_in(bureau_officer), signed_in(UserFactory(bureau_officer=True))
    copied = browser.post(
        reverse("rules:version-copy", args=["rd_clearing"]), {"version": "rd_clearing-default"}
    )
    draft = RuleDraft.objects.get()
    here = reverse("rules:draft-detail", args=[draft.public_id])

    saved = browser.post(copied["Location"], figures(), follow=True).content.decode()
    browser.post(reverse("rules:draft-act", args=[draft.public_id, "submit"]))
    own = browser.get(here).content.decode()
    theirs = second.get(here).content.decode()
    done = second.post(
        reverse("rules:draft-act", args=[draft.public_id, "publish"]), {"note": "同意"}, follow=True
    )

    assert "草案已保存" in saved
    assert "8000" in saved
    assert "须由市科技局另一名人员审定" in own
    assert "确认发布" in theirs
    assert "已发布，从生效日期起适用" in done.content.decode()
    assert current("rd_clearing").versions[-1].id == draft.version_id


def test_a_figure_that_is_no_number_is_refused_and_what_was_typed_stays(
    signed_in: Browser, bureau_officer: User, draft: RuleDraft
) -> None:
    address = reverse("rules:draft-edit", args=[draft.public_id])

    answer = signed_in(bureau_officer).post(address, figures(**{"v-activity_floor-0-value": "八千"}))

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "应有研发活动的年收入”的值“八千”不是数字" in page
    assert 'value="八千"' in page


def test_the_whole_text_says_where_it_is_wrong(
    signed_in: Browser, bureau_officer: User, draft: RuleDraft
) -> None:
    browser, address = (
        signed_in(bureau_officer),
        reverse("rules:draft-edit", args=[draft.public_id]) + "?as=text",
    )
    assert "industrial_floor" in browser.get(address).content.decode()

    broken = browser.post(address, {"text": "id: x\n  bad: [", "reason": ""})
    wrong = browser.post(
        address,
        {"text": "source: 示例\nvalid_from: 2027-01-01\nconditions: [{id: A, title: 甲, test: foo > 1}]"},
    )

    aliased = browser.post(address, {"text": "a: &x [1, 1]\nb: [*x, *x]", "reason": ""})

    assert "第 2 行第 5 列读不下去" in aliased.content.decode()
    assert "行第" in broken.content.decode()
    assert "（A）：表达式“foo &gt; 1”用了没有的名称“foo”" in wrong.content.decode()


def test_an_officer_compares_a_version_with_its_draft(
    signed_in: Browser, bureau_officer: User, draft: RuleDraft
) -> None:
    browser = signed_in(bureau_officer)
    browser.post(reverse("rules:draft-edit", args=[draft.public_id]), figures())

    page = browser.get(reverse("rules:version-diff", args=["rd_clearing"])).content.decode()

    assert "参数：应有研发活动的年收入" in page
    assert "2027-01-01" in page


def test_an_example_is_judged_by_the_version_in_force_and_by_the_draft(
    signed_in: Browser, bureau_officer: User, draft: RuleDraft
) -> None:
    browser = signed_in(bureau_officer)
    browser.post(reverse("rules:draft-edit", args=[draft.public_id]), figures())
    address = reverse("rules:draft-example", args=[draft.public_id])

    page = browser.get(address, {"sales": "9000", "rd_activity": "否", "on": "2027-01-02"}).content.decode()
    wrong = browser.get(address, {"sales": "很多"}).content.decode()

    assert "现行：现行口径" in page
    assert "有研发活动：不适用" in page
    assert "有研发活动：不满足" in page
    assert "“销售收入”的值“很多”不是数字" in wrong


@pytest.fixture
def two_firms() -> Iterator[None]:
    before = list(firms._sources), list(firms._counts)
    facts = {"sales": Decimal(9000), "rd_activity": False, "rd_institution": False}
    firms.register(lambda _: iter([("1", "甲示例公司", facts), ("2", "乙示例公司", {})]), lambda: 2)
    yield
    firms._sources[:], firms._counts[:] = before


@pytest.mark.usefixtures("two_firms")
def test_a_draft_is_tried_on_every_firm_and_the_page_names_who_changes(
    signed_in: Browser, bureau_officer: User, draft: RuleDraft
) -> None:
    browser = signed_in(bureau_officer)
    browser.post(reverse("rules:draft-edit", args=[draft.public_id]), figures())

    page = browser.post(reverse("rules:trial-begin", args=[draft.public_id]), follow=True).content.decode()

    assert RuleTrial.objects.get().changed == 1
    assert "甲示例公司" in page
    assert "乙示例公司" not in page


def test_a_county_officer_reads_drafts_and_changes_nothing(
    signed_in: Browser, county_officer: User, draft: RuleDraft
) -> None:
    browser = signed_in(county_officer)

    assert browser.get(reverse("rules:book-manage")).status_code == 200
    assert browser.get(reverse("rules:book-versions", args=["rd_clearing"])).status_code == 200
    assert browser.get(reverse("rules:draft-detail", args=[draft.public_id])).status_code == 200
    assert browser.get(reverse("rules:draft-edit", args=[draft.public_id])).status_code == 403
    assert browser.post(reverse("rules:draft-act", args=[draft.public_id, "submit"])).status_code == 403
    assert (
        browser.post(reverse("rules:version-copy", args=["hnte"]), {"version": "hnte-2016"}).status_code
        == 403
    )


def test_an_enterprise_reads_the_law_and_no_drafts(
    signed_in: Browser, enterprise_user: User, draft: RuleDraft
) -> None:
    browser = signed_in(enterprise_user)

    assert browser.get(reverse("rules:book-list")).status_code == 200
    assert browser.get(reverse("rules:book-manage")).status_code == 403
    assert browser.get(reverse("rules:draft-detail", args=[draft.public_id])).status_code == 404
