"""The directory as people see it: officers compose and publish, anybody reads."""

import datetime as dt
import re
from collections.abc import Callable
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from docx import Document
from openpyxl import load_workbook

from keqiao.core.audit import AuditEntry
from keqiao.directory import actions
from keqiao.directory.actions import publish_directory, withdraw_directory
from keqiao.directory.compose import Criteria
from keqiao.directory.models import Directory
from keqiao.people.models import User
from keqiao.web.directory import desk
from tests.factories.registry import AchievementFactory, DemandFactory

pytestmark = pytest.mark.django_db
Browser = Callable[[User], Client]
FORM = {"title": "2026年双向清单", "side": "both", "order": "number", "top": "3", "only_open": "on"}


@pytest.fixture
def published(bureau_officer: User, indexed: Callable[[], None]) -> Directory:
    """An issue with one demand and the achievement that answers it."""
    DemandFactory(published=True)
    AchievementFactory(published=True)
    indexed()
    return publish_directory(criteria=Criteria("2026年双向清单"), by=bureau_officer)


def test_an_officer_sees_what_would_be_published_and_publishes_it(
    signed_in: Browser, bureau_officer: User, indexed: Callable[[], None]
) -> None:
    demand = DemandFactory(published=True)
    hidden = DemandFactory(published=True, directed=True, title="不许外传的需求")
    AchievementFactory(published=True)
    indexed()
    browser, address = signed_in(bureau_officer), reverse("directory:directory-compose")

    preview = browser.get(address, FORM).content.decode()
    assert demand.title in preview
    assert "匹配成果" in preview
    assert hidden.title not in preview
    assert not Directory.objects.exists()

    asked = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', preview))
    done = browser.post(address, {key: value for key, value in asked.items() if key in FORM})
    directory = Directory.objects.get()
    issue = browser.get(done["Location"], follow=True)
    assert issue.redirect_chain[-1][0] == reverse("directory:directory-detail", args=[directory.public_id])
    assert f"{directory.number} 已发布" in issue.content.decode()
    assert hidden.title not in issue.content.decode()


def test_a_long_list_is_published_behind_the_request_and_goes_on_after_a_breakdown(
    signed_in: Browser,
    bureau_officer: User,
    county_officer: User,
    indexed: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    DemandFactory(published=True)
    indexed()
    later: list[Callable[[], None]] = []
    monkeypatch.setattr(desk, "AT_ONCE", 0)
    monkeypatch.setattr(desk, "spawn", later.append)
    browser = signed_in(bureau_officer)

    page = browser.post(reverse("directory:directory-compose"), FORM)["Location"]
    assert "hx-trigger" in browser.get(page).content.decode()
    assert signed_in(county_officer).get(page).status_code == 403

    def broken(*_: object) -> None:
        raise RuntimeError("disk full")

    with monkeypatch.context() as patched:
        patched.setattr(actions, "compose", broken)
        later.pop()()
    shown = browser.get(page).content.decode()
    assert "清单没有发布" in shown
    assert "没有占用编号" in shown
    assert "还没有发布完" in browser.get(reverse("directory:directory-manage")).content.decode()
    assert not Directory.objects.exists()

    browser.post(page + "resume/")
    browser.post(page + "resume/")
    later.pop()()
    assert browser.get(page)["Location"] == reverse(
        "directory:directory-detail", args=[Directory.objects.get().public_id]
    )
    part = browser.get(page, headers={"HX-Request": "true"})
    assert part["HX-Redirect"].endswith(f"{Directory.objects.get().public_id}/")
    assert not later


def test_two_who_compute_the_same_publish_it_once(bureau_officer: User, indexed: Callable[[], None]) -> None:
    DemandFactory(published=True)
    indexed()
    asked = actions.prepare_directory(
        criteria=Criteria("2026年双向清单", since=dt.date(2020, 1, 1), fields=()), by=bureau_officer
    )
    assert actions.carry_out(asked) == actions.carry_out(asked)
    assert Directory.objects.count() == 1


def test_the_form_opens_with_a_sensible_choice_and_its_preview(
    signed_in: Browser, bureau_officer: User
) -> None:
    DemandFactory(published=True, title="待列入的需求")

    shown = signed_in(bureau_officer).get(reverse("directory:directory-compose")).content.decode()

    assert "双向清单" in shown
    assert "待列入的需求" in shown


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"title": ""}, "清单标题"),
        ({"since": "2026-05-01", "until": "2026-04-01"}, "晚于截止日期"),
        ({}, "清单会是空的"),
    ],
)
def test_what_cannot_be_published_is_explained_and_the_choice_is_kept(
    signed_in: Browser, bureau_officer: User, change: dict[str, str], says: str
) -> None:
    response = signed_in(bureau_officer).post(reverse("directory:directory-compose"), FORM | change)

    shown = response.content.decode()
    assert response.status_code == 422
    assert says in shown
    assert not Directory.objects.exists()


def test_anybody_reads_an_issue_with_the_evidence_of_its_matches(
    visitor: Client, published: Directory
) -> None:
    listed = visitor.get(reverse("directory:directory-list")).content.decode()
    assert published.number in listed

    address = reverse("directory:directory-detail", args=[published.public_id])
    demands = visitor.get(address).content.decode()
    achievements = visitor.get(address, {"side": "achievement"}).content.decode()

    assert "成果原文" in demands
    assert published.demands[0]["matches"][0]["theirs"] in demands
    assert published.achievements[0]["title"] in achievements
    assert "对应需求" in achievements


def test_anybody_prints_it_and_takes_it_along(visitor: Client, published: Directory) -> None:
    sheet = visitor.get(reverse("directory:directory-print", args=[published.public_id])).content.decode()
    book = visitor.get(reverse("directory:directory-xlsx", args=[published.public_id]))
    document = visitor.get(reverse("directory:directory-docx", args=[published.public_id]))

    assert "一、技术需求（1 项）" in sheet
    assert load_workbook(BytesIO(book.content)).sheetnames[0] == "技术需求清单"
    assert Document(BytesIO(document.content)).paragraphs[0].text == published.title
    assert not AuditEntry.objects.filter(action="directory.exported").exists()


def test_an_officers_download_is_recorded(
    signed_in: Browser, bureau_officer: User, published: Directory
) -> None:
    signed_in(bureau_officer).get(reverse("directory:directory-docx", args=[published.public_id]))

    assert AuditEntry.objects.filter(action="directory.exported", reason="docx").exists()


def test_a_withdrawn_issue_leaves_only_its_reason(
    visitor: Client, signed_in: Browser, bureau_officer: User, published: Directory
) -> None:
    browser = signed_in(bureau_officer)
    empty = browser.post(
        reverse("directory:directory-withdraw", args=[published.public_id]), {"reason": ""}, follow=True
    )
    assert "没有撤回" in empty.content.decode()

    browser.post(
        reverse("directory:directory-withdraw", args=[published.public_id]), {"reason": "预算单位有误"}
    )

    page = visitor.get(reverse("directory:directory-detail", args=[published.public_id]))
    assert page.status_code == 410
    assert "预算单位有误" in page.content.decode()
    assert published.demands[0]["title"] not in page.content.decode()
    for name in ("print", "xlsx", "docx"):
        answer = visitor.get(reverse(f"directory:directory-{name}", args=[published.public_id]))
        assert answer.status_code == 409
    assert published.number not in visitor.get(reverse("directory:directory-list")).content.decode()
    assert "预算单位有误" in browser.get(reverse("directory:directory-manage")).content.decode()


def test_others_are_told_who_publishes(
    signed_in: Browser, county_officer: User, stranger: User, published: Directory
) -> None:
    for person in (county_officer, stranger):
        browser = signed_in(person)
        assert browser.get(reverse("directory:directory-compose")).status_code == 403
        assert browser.get(reverse("directory:directory-manage")).status_code == 403
        answer = browser.post(
            reverse("directory:directory-withdraw", args=[published.public_id]), {"reason": "x"}
        )
        assert answer.status_code == 403


def test_an_issue_withdrawn_twice_is_a_conflict(
    signed_in: Browser, bureau_officer: User, published: Directory
) -> None:
    withdraw_directory(directory=published, reason="有误", by=bureau_officer)

    answer = signed_in(bureau_officer).post(
        reverse("directory:directory-withdraw", args=[published.public_id]), {"reason": "再撤"}
    )

    assert answer.status_code == 409
