"""The hall as people see it: strangers, the owner, the officer, the bidder."""

import datetime as dt
import io
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from docx import Document

from keqiao.core.audit import AuditEntry
from keqiao.hall.bids import apply_to_bid, decide_admission, place_bid
from keqiao.hall.command import main
from keqiao.hall.concluding import conclude
from keqiao.hall.enums import NoticeKind, State
from keqiao.hall.models import Listing, Notice, Objection
from keqiao.people.models import User
from tests.factories.hall import a_listing, announced
from tests.factories.registry import AchievementFactory

pytestmark = pytest.mark.django_db
Browser = Callable[[User], Client]


@pytest.fixture
def running(institute_user: User, county_officer: User, enterprise_user: User) -> Listing:
    """Its publicity is over, its bidding has begun and goes on for an hour; the firm is admitted."""
    now = timezone.now()
    listing = announced(
        institute_user, county_officer, now=now - dt.timedelta(days=20), opens_at=now - dt.timedelta(hours=1),
        closes_at=now + dt.timedelta(hours=1),
    )  # fmt: skip
    admission = apply_to_bid(listing=listing, by=enterprise_user, now=now - dt.timedelta(days=10))
    decide_admission(admission=admission, is_admitted=True, by=county_officer, now=now - dt.timedelta(days=9))
    return listing


@pytest.fixture
def in_publicity(institute_user: User, county_officer: User) -> Listing:
    """An agreed price, announced five days ago."""
    return announced(institute_user, county_officer, agreed=True, now=timezone.now() - dt.timedelta(days=5))


def url(name: str, listing: Listing, *more: str) -> str:
    return reverse(f"hall:{name}", args=[listing.public_id, *more])


def test_an_empty_hall_says_what_would_stand_here(visitor: Client) -> None:
    for when, word in (("current", "没有正在进行"), ("upcoming", "没有等待报价"), ("past", "还没有结束")):
        assert word in visitor.get(reverse("hall:hall-list"), {"when": when}).content.decode()


def test_a_stranger_sees_the_clock_and_that_it_is_still_to_be_checked(
    visitor: Client, in_publicity: Listing
) -> None:
    page = visitor.get(url("listing", in_publicity)).content.decode()

    assert "公示期第 6 天，共 15日" in page
    assert "待核实" in page
    assert in_publicity.title in visitor.get(reverse("hall:hall-list"), {"way": "agreed"}).content.decode()
    assert (
        in_publicity.title not in visitor.get(reverse("hall:hall-list"), {"way": "auction"}).content.decode()
    )


def test_a_draft_is_nobodys_business_but_its_owners(
    visitor: Client, signed_in: Browser, institute_user: User, stranger: User
) -> None:
    listing = a_listing(institute_user)
    assert visitor.get(url("listing", listing)).status_code == 404
    assert signed_in(stranger).get(url("work", listing)).status_code == 404
    assert signed_in(institute_user).get(url("work", listing)).status_code == 200


def test_an_owner_lists_from_the_achievements_page_and_an_officer_announces_it(
    signed_in: Browser, institute_user: User, county_officer: User
) -> None:
    target = AchievementFactory(published=True, organisation=institute_user.organisation)
    owner, officer = signed_in(institute_user), signed_in(county_officer)
    address = reverse("hall:listing-new", args=["achievement", target.public_id])
    typed = {"way": "agreed", "mode": "sale", "form": "open", "asking": "800000", "buyer_name": "固镇某膜技术公司",
             "price_basis": "评估报告〔2026〕3 号", "contact": "转化中心 0552-1234567"}  # fmt: skip
    refused = owner.post(address, typed)
    assert refused.status_code == 422
    assert "必须在公示里注明" in refused.content.decode()

    owner.post(address, typed | {"buyer_relation": "none"})
    listing = Listing.objects.get()
    owner.post(url("act", listing, "submit"))
    assert listing.title in officer.get(reverse("desk:inbox")).content.decode()
    officer.post(url("act", listing, "publish"))

    listing.refresh_from_db()
    assert listing.state == State.PUBLISHED
    notice = Notice.objects.get(listing=listing, kind=NoticeKind.LISTING)
    page = Client().get(reverse("hall:notice", args=[notice.public_id])).content.decode()
    assert "内容未改动" in page
    Notice.objects.filter(pk=notice.pk).update(content=[["拟交易价格", "1 元"]])
    assert "可能被改动" in Client().get(reverse("hall:notice", args=[notice.public_id])).content.decode()


def test_an_anonymous_objection_is_refused_on_the_page_and_a_signed_one_stops_the_clock(
    visitor: Client, signed_in: Browser, in_publicity: Listing, county_officer: User, institute_user: User
) -> None:
    address = url("object", in_publicity)
    typed = {
        "by_whom": "person",
        "name": "匿名",
        "phone": "13812345678",
        "text": "第二完成人没有签字，权属有争议。",
    }
    refused = visitor.post(address, typed)
    assert refused.status_code == 422
    assert "匿名的异议不予受理" in refused.content.decode()

    sent = visitor.post(address, typed | {"name": "王建国"}, follow=True)

    assert "公示期已暂停" in sent.content.decode()
    page = visitor.get(url("listing", in_publicity)).content.decode()
    assert "有异议待处理" in page
    assert "王建国" not in page + sent.content.decode()
    objection = Objection.objects.get()
    seen = (
        signed_in(county_officer).get(reverse("hall:objection", args=[objection.public_id])).content.decode()
    )
    assert "王建国" in seen
    assert AuditEntry.objects.filter(action="objection.read").count() == 1
    assert (
        signed_in(institute_user).get(reverse("hall:objection", args=[objection.public_id])).status_code
        == 404
    )
    assert "王建国" not in signed_in(institute_user).get(url("work", in_publicity)).content.decode()


def test_a_bidder_finds_the_least_bid_filled_in_and_gets_a_receipt_once(
    visitor: Client, signed_in: Browser, running: Listing, enterprise_user: User
) -> None:
    browser = signed_in(enterprise_user)
    assert 'value="100000.00"' in browser.get(url("bid", running)).content.decode()
    low = browser.post(url("bid", running), {"amount": "90000"})
    assert low.status_code == 422
    assert "最低须报" in low.content.decode()

    page = browser.post(url("bid", running), {"amount": "120,000"}).content.decode()

    assert "竞买人1|120000.00|" in page
    assert "竞买人1|120000.00|" not in browser.get(url("bid", running)).content.decode()
    live = visitor.get(url("listing", running), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in live
    assert "120,000" in live
    assert "125,000" in live
    assert str(enterprise_user.organisation) not in visitor.get(url("listing", running)).content.decode()


def test_a_sum_in_wan_is_not_guessed(signed_in: Browser, running: Listing, enterprise_user: User) -> None:
    answer = signed_in(enterprise_user).post(url("bid", running), {"amount": "12万"})
    assert answer.status_code == 422
    assert "以元为单位" in answer.content.decode()


def test_the_published_log_is_replayed_on_the_page_and_by_the_command(
    visitor: Client, running: Listing, enterprise_user: User, tmp_path: Path
) -> None:
    place_bid(listing=running, amount=Decimal(120_000), by=enterprise_user)

    assert "核对通过" in visitor.get(url("replay", running)).content.decode()
    file = tmp_path / "log.json"
    file.write_bytes(visitor.get(url("log", running)).content)
    assert json.loads(file.read_text("utf-8"))["listing"] == running.number
    assert main(["replay", str(file)]) == 0
    running.events.filter(kind="bid").update(
        data={"alias": "竞买人1", "amount": "1.00", "nonce": "", "receipt": ""}
    )
    assert "核对不通过" in visitor.get(url("replay", running)).content.decode()


def test_the_officer_admits_and_the_parties_get_the_certificate(
    signed_in: Browser, institute_user: User, county_officer: User, stranger: User
) -> None:
    listing = announced(
        institute_user, county_officer, agreed=True, now=timezone.now() - dt.timedelta(days=20)
    )
    result = conclude(listing=listing, by=county_officer)

    answer = signed_in(institute_user).get(url("certificate", listing))

    document = Document(io.BytesIO(answer.content))
    text = "\n".join(cell.text for table in document.tables for row in table.rows for cell in row.cells)
    assert result.notice.number in text
    assert "800,000.00" in text
    assert len(document.inline_shapes) == 1
    assert signed_in(stranger).get(url("certificate", listing)).status_code in (403, 404)


def test_a_unit_registers_and_the_officer_decides_on_the_page(
    signed_in: Browser, institute_user: User, county_officer: User, stranger: User
) -> None:
    now = timezone.now()
    listing = announced(
        institute_user,
        county_officer,
        now=now,
        opens_at=now + dt.timedelta(days=20),
        closes_at=now + dt.timedelta(days=21),
    )
    signed_in(stranger).post(url("apply", listing), {"relation": "none"})
    admission = listing.admissions.get()
    officer = signed_in(county_officer)
    assert str(stranger.organisation) in officer.get(url("work", listing)).content.decode()

    officer.post(reverse("hall:admission", args=[admission.public_id, "admit"]))

    admission.refresh_from_db()
    assert admission.alias == "竞买人1"
    assert "我们参加的" in signed_in(stranger).get(reverse("hall:desk"), {"whose": "bids"}).content.decode()
