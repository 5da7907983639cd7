"""Payment pages as people see them: strangers, the firm, the officer, his colleague."""

import datetime as dt
import io
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from keqiao.payment.applying import add_evidence, open_applications, review_application, start_application
from keqiao.payment.enums import AwardState, BatchState
from keqiao.payment.models import Award, AwardList, Batch, Envelope, Evidence, Publicity, PublicObjection
from keqiao.people.models import User
from tests.factories.people import UserFactory
from tests.factories.policy import (
    RD_BOOK,
    SHARE,
    WAN,
    a_firm,
    a_policy,
    a_roll,
    account_of,
    an_envelope,
    an_item,
    clerk_of,
    confirmed,
    published,
    ready,
    sent,
)

pytestmark = pytest.mark.django_db
Browser = Callable[[User], Client]
LOAN = {
    "amount": "min([share * interest_paid, cap])", "says": "{interest_paid} × {share}，最高 {cap}",
    "numbers": {"share": {"title": "贴息比例", "value": 50, "unit": "%"}, "cap": {"title": "上限", "value": 50}},
    "asked": {"interest_paid": {"title": "付息凭证合计", "unit": "万元", "kind": "money"}},
}  # fmt: skip


@pytest.fixture
def second(db: None) -> User:
    return UserFactory(bureau_officer=True, name="市局老沈")


def recent(days: int) -> dt.date:
    return timezone.localdate() - dt.timedelta(days=days)


def text(response: object) -> str:
    return response.content.decode()  # type: ignore[attr-defined]  # a response


def test_an_officer_opens_an_envelope_and_makes_a_list_on_the_page(
    signed_in: Browser, bureau_officer: User
) -> None:
    a_firm()
    item, browser = an_item(), signed_in(bureau_officer)
    empty = text(browser.get(reverse("payment:desk")))
    assert "还没有资金包" in empty
    refused = browser.post(
        reverse("payment:envelope-new"), {"name": "专项资金", "year": 2026, "source": "", "fen": "约二十万"}
    )
    assert refused.status_code == 422
    assert "不是金额" in text(refused)
    typed = {
        "name": "专项资金",
        "year": 2026,
        "source": "市级财政预算",
        "fen": "10,000,000",
        "division_code": item.policy.division_code,
    }
    browser.post(reverse("payment:envelope-new"), typed)
    envelope = Envelope.objects.get()
    assert envelope.balance().left == 1000 * WAN

    made = browser.post(
        reverse("payment:roll-new"),
        {"item": str(item.public_id), "envelope": str(envelope.public_id), "period": "2026"},
    )
    roll = AwardList.objects.get()
    assert made.status_code == 302
    page = text(browser.get(reverse("payment:roll", args=[roll.public_id])))
    assert "1 家待确认" in page
    assert "200,000" in page
    assert text(browser.get(reverse("payment:envelope", args=[envelope.public_id]))).count("市级财政预算")


def test_a_firm_reads_why_contests_and_the_officer_answers(signed_in: Browser, bureau_officer: User) -> None:
    clerk = clerk_of(a_firm(rd=200))
    roll = a_roll(bureau_officer, item=an_item(book=RD_BOOK, formula=SHARE))
    award = confirmed(roll, bureau_officer)[0]
    browser = signed_in(clerk)
    page = text(browser.get(reverse("payment:own-award", args=[award.public_id])))
    assert "为什么是您" in page
    assert "200 万元 × 10%" in page
    assert "待核实" in page
    address = reverse("payment:own-act", args=[award.public_id, "contest"])
    assert browser.post(address, {"condition": "rd", "text": "短"}).status_code == 422
    assert "申诉已提交" in text(
        browser.post(address, {"condition": "rd", "text": "应为 250 万元，附更正表。"}, follow=True)
    )

    desk = signed_in(bureau_officer)
    assert award.firm_name in text(desk.get(reverse("payment:desk")))
    number = award.contests.get().number
    done = desk.post(
        reverse("payment:award-act", args=[award.public_id, "contest"]),
        {"contest": number, "decision": "no", "answer": "以统计年报为准"}, follow=True,
    )  # fmt: skip
    assert "申诉已答复" in text(done)
    assert "以统计年报为准" in text(browser.get(reverse("payment:own-award", args=[award.public_id])))


def test_a_stranger_finds_neither_award_nor_batch(
    signed_in: Browser, bureau_officer: User, second: User, stranger: User, county_officer: User
) -> None:
    clerk = clerk_of(a_firm())
    roll = a_roll(bureau_officer)
    batch = sent(roll.envelope, ready(roll, bureau_officer, [clerk]), bureau_officer, second)
    award = roll.awards.get()
    other = signed_in(stranger)
    assert other.get(reverse("payment:own-award", args=[award.public_id])).status_code == 404
    assert other.get(reverse("payment:desk")).status_code == 403
    county = signed_in(county_officer)
    assert county.get(reverse("payment:batch", args=[batch.public_id])).status_code == 404
    assert county.get(reverse("payment:envelope", args=[roll.envelope.public_id])).status_code == 404


def test_anybody_reads_the_publicity_and_objects_signed_and_only_the_officer_learns_who(
    visitor: Client, signed_in: Browser, bureau_officer: User
) -> None:
    clerk_of(a_firm())
    roll = a_roll(bureau_officer)
    notice = published(roll, bureau_officer, recent(0))
    award = roll.awards.get()
    page = text(visitor.get(reverse("payment:publicity", args=[notice.public_id])))
    assert award.firm_name in page
    assert "内容未改动" in page
    assert notice.number in text(visitor.get(reverse("payment:publicity-list")))
    address = reverse("payment:publicity-object", args=[notice.public_id])
    typed = {
        "award_number": award.number,
        "name": "知情人",
        "phone": "13812345678",
        "text": "证书是借用别家的，请核查。",
    }
    refused = visitor.post(address, typed)
    assert refused.status_code == 422
    assert "匿名的异议不予受理" in text(refused)
    done = visitor.post(address, typed | {"name": "王建国"}, follow=True)
    assert "公示已暂停" in text(done)

    made = PublicObjection.objects.get()
    assert "王建国" not in text(visitor.get(reverse("payment:publicity", args=[notice.public_id])))
    officer = signed_in(bureau_officer)
    seen = reverse("payment:objection", args=[made.public_id])
    assert "王建国" in text(officer.get(seen))
    answered = officer.post(seen, {"is_upheld": "yes", "reason": "证书不属于该企业"}, follow=True)
    assert "已办结" in text(answered)
    page = text(visitor.get(reverse("payment:publicity", args=[notice.public_id])))
    assert "已移出" in page
    assert "证书不属于该企业" in page
    Publicity.objects.update(content=[])
    assert "可能被改动" in text(visitor.get(reverse("payment:publicity", args=[notice.public_id])))


def test_the_batch_goes_to_the_treasury_and_comes_back(
    signed_in: Browser, bureau_officer: User, second: User
) -> None:
    clerk = clerk_of(a_firm())
    roll = a_roll(bureau_officer)
    award = ready(roll, bureau_officer, [clerk])[0]
    officer, colleague = signed_in(bureau_officer), signed_in(second)
    envelope = reverse("payment:envelope-act", args=[roll.envelope.public_id, "batch"])
    assert officer.post(envelope, {"title": "第一批"}).status_code == 422
    officer.post(envelope, {"title": "第一批", "chosen": [str(award.pk)]})
    batch = Batch.objects.get()

    def act(what: str, browser: Client = officer, **posted: object) -> object:
        return browser.post(reverse("payment:batch-act", args=[batch.public_id, what]), posted, follow=True)

    assert "须由另一个人复核" in text(act("check"))
    assert "复核通过" in text(act("check", colleague))
    book = load_workbook(io.BytesIO(act("xlsx").content))  # type: ignore[attr-defined]  # a response
    cells = [str(one.value) for row in book.active.iter_rows() for one in row if one.value is not None]
    assert award.firm_name in cells
    assert "6222000000000000" in cells
    assert "合计" in cells
    page = text(officer.get(reverse("payment:batch", args=[batch.public_id])))
    assert "**** **** 0000" in page
    assert "6222000000000000" not in page
    line = batch.lines.get()
    shown = officer.post(reverse("payment:line-reveal", args=[line.pk]), {"reason": "银行来电核对"})
    assert "6222000000000000" in text(shown)
    answer = f"明细编号,金额（元）,结果\n{line.number},200000.00,成功\n".encode()
    done = act("receipt", file=SimpleUploadedFile("回单.csv", answer))
    assert "到账 1 笔 200,000.00 元" in text(done)
    batch.refresh_from_db()
    assert batch.state == BatchState.DONE
    assert "已经导入过" in text(act("receipt", file=SimpleUploadedFile("回单.csv", answer)))


def test_an_application_is_prefilled_papers_are_kept_and_an_invoice_is_used_once(
    signed_in: Browser, bureau_officer: User
) -> None:
    clerk, other = clerk_of(a_firm()), clerk_of(a_firm())
    policy = a_policy(valid_from=recent(30), valid_to=None)
    item = an_item(
        policy, title="贷款贴息", service="apply", formula=LOAN, purpose="贷款利息",
        materials=[{"key": "loan", "title": "贷款合同", "is_required": True}],
    )  # fmt: skip
    roll = open_applications(
        item=item, envelope=an_envelope(bureau_officer), period="2026", by=bureau_officer
    )
    browser = signed_in(clerk)
    assert "贷款贴息" in text(browser.get(reverse("payment:own-list")))
    browser.post(reverse("payment:apply", args=[roll.public_id]))
    award = Award.objects.get()
    paper = SimpleUploadedFile("合同.pdf", b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n")

    def act(what: str, **posted: object) -> object:
        return browser.post(
            reverse("payment:application-act", args=[award.public_id, what]), posted, follow=True
        )

    page = text(act("submit"))
    assert "还没有上传“贷款合同”" in page
    assert "还缺：付息凭证合计" in page
    account = account_of(clerk)
    assert "5 万元" in text(act("fill", interest_paid="10", account=str(account.public_id)))
    act("attach", key="loan", file=paper)
    assert award.papers.get().material.name == "合同.pdf"
    assert "不是数字" in text(act("fill", interest_paid="十"))
    invoice = {"kind": "invoice", "number": "25332000000012345678", "title": "利息"}
    assert "凭证已登记" in text(act("evidence", **invoice))
    assert "8 位或 20 位" in text(act("evidence", kind="invoice", number="123"))
    assert "已提交" in text(act("submit"))

    signed_in(other).post(reverse("payment:apply", args=[roll.public_id]))
    twin = Award.objects.get(organisation=other.organisation)
    stopped = signed_in(other).post(
        reverse("payment:application-act", args=[twin.public_id, "evidence"]), invoice
    )
    assert stopped.status_code == 409
    assert f"已用于另一家单位的“贷款贴息”（{award.number}" in text(stopped)
    assert Evidence.objects.count() == 1

    desk = signed_in(bureau_officer)
    review = reverse("payment:award-act", args=[award.public_id, "review"])
    assert desk.post(review, {"decision": "refuse", "note": ""}).status_code == 422
    desk.post(review, {"decision": "pass"})
    award.refresh_from_db()
    assert award.state == AwardState.MATCHED
    assert award.amount_fen == 5 * WAN
    confirmed(roll, bureau_officer)
    assert roll.envelope.balance().committed == 5 * WAN


def test_what_was_refused_frees_its_invoice(signed_in: Browser, bureau_officer: User) -> None:
    clerk = clerk_of(a_firm())
    item = an_item(a_policy(valid_from=recent(30), valid_to=None), service="apply")
    roll = open_applications(
        item=item, envelope=an_envelope(bureau_officer), period="2026", by=bureau_officer
    )
    award = start_application(roll=roll, by=clerk)
    add_evidence(award=award, kind="invoice", number="12345678", code="1100221130", by=clerk)
    signed_in(clerk).post(
        reverse("payment:application-act", args=[award.public_id, "fill"]),
        {"number": "6222000011112222", "bank": "某支行"},
    )
    signed_in(clerk).post(reverse("payment:application-act", args=[award.public_id, "submit"]))
    award.refresh_from_db()
    assert award.state == AwardState.SUBMITTED
    review_application(award=award, decision="refuse", note="发票与事项无关", by=bureau_officer)
    assert not Evidence.objects.get().is_in_use
