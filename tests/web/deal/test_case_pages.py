"""The deal desk as people see it: board, list, case, the two sides, thread, files, calendar."""

import io
import json
import zipfile
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from docx import Document

from keqiao.deal.actions import note_step, plan_next
from keqiao.deal.enums import Purpose, Side, Stage
from keqiao.deal.files import keep_file
from keqiao.deal.models import Case, CaseConsent
from keqiao.deal.parties import ask_side, consent_sha256, withdraw_consent
from keqiao.deal.thread import plan_meeting, send_message
from keqiao.deal.todo import questions
from keqiao.people.models import User
from tests.factories.deal import a_case, agree
from tests.factories.registry import AchievementFactory, DemandFactory

pytestmark = pytest.mark.django_db
Browser = Callable[[User], Client]
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n%%EOF\n"


@pytest.fixture
def case(county_officer: User, enterprise_user: User, institute_user: User) -> Case:
    """A masked firm's demand and an institute's achievement, both with accounts, the institute asked."""
    demand = DemandFactory(published=True, masked=True, organisation=enterprise_user.organisation, organisation_name="固镇华泽印染有限公司",
                           contact_name="王小明", contact_phone="13812345678")  # fmt: skip
    other = AchievementFactory(
        published=True, organisation=institute_user.organisation, contact_phone="13987654321"
    )
    made = a_case(county_officer, demand=demand, other=other)
    ask_side(case=made, side=Side.SUPPLY, by=county_officer)
    made.refresh_from_db()
    return made


def address(case: Case, tab: str = "progress") -> str:
    return f"{reverse('deal:case', args=[case.public_id])}?tab={tab}"


def text_of(browser: Client, case: Case, tab: str) -> str:
    return browser.get(address(case, tab)).content.decode()


def test_before_both_agree_neither_side_sees_the_others_name_or_telephone(
    signed_in: Browser, case: Case, enterprise_user: User, institute_user: User
) -> None:
    seen_by_institute = text_of(signed_in(institute_user), case, "sides") + text_of(
        signed_in(institute_user), case, "progress"
    )
    seen_by_firm = text_of(signed_in(enterprise_user), case, "sides")

    assert "华泽" not in seen_by_institute
    assert "13812345678" not in seen_by_institute
    assert "13987654321" not in seen_by_firm


def test_names_and_contacts_open_when_the_second_side_agrees_and_close_at_once_when_one_withdraws(
    signed_in: Browser, case: Case, county_officer: User, enterprise_user: User, institute_user: User
) -> None:
    firm, institute = signed_in(enterprise_user), signed_in(institute_user)
    for browser, side in ((firm, "demand"), (institute, "supply")):
        browser.post(
            reverse("deal:consent-give", args=[case.public_id, side]),
            {"sha256": consent_sha256(), "agree": "on"},
        )
    assert "13812345678" in text_of(institute, case, "sides")
    assert "华泽" in text_of(institute, case, "sides")
    assert "13987654321" in text_of(firm, case, "sides")

    firm.post(reverse("deal:consent-withdraw", args=[case.public_id, "demand"]), {"note": "换人了"})

    assert "13812345678" not in text_of(institute, case, "sides")
    assert "华泽" not in text_of(institute, case, "sides")
    assert "13987654321" not in text_of(firm, case, "sides")
    assert CaseConsent.objects.filter(withdrawn_at__isnull=False, text_sha256=consent_sha256()).count() == 1


def test_a_side_cannot_agree_for_the_other_and_an_old_text_is_not_agreed_to(
    signed_in: Browser, case: Case, enterprise_user: User
) -> None:
    firm = signed_in(enterprise_user)

    other = firm.post(
        reverse("deal:consent-give", args=[case.public_id, "supply"]),
        {"sha256": consent_sha256(), "agree": "on"},
    )
    old = firm.post(
        reverse("deal:consent-give", args=[case.public_id, "demand"]), {"sha256": "0" * 64, "agree": "on"}
    )

    assert other.status_code == 409
    assert old.status_code == 422
    assert not CaseConsent.objects.exists()


def test_an_officer_sees_stars_until_he_says_why_and_that_is_logged(
    signed_in: Browser, case: Case, county_officer: User
) -> None:
    from keqiao.core.audit import AuditEntry

    officer = signed_in(county_officer)
    assert "138****5678" in text_of(officer, case, "sides")

    shown = officer.post(
        reverse("deal:contact-reveal", args=[case.public_id, "demand"]), {"reason": "电话征求意愿"}
    )

    assert "13812345678" in shown.content.decode()
    assert (
        AuditEntry.objects.filter(action="case.contact_revealed", reason__contains="电话征求意愿").count()
        == 1
    )


def test_the_second_officer_keeps_his_words_and_sees_what_happened(
    signed_in: Browser, case: Case, county_officer: User, bureau_officer: User
) -> None:
    seen = case.version
    plan_next(case=case, by=county_officer, next_step="寄样品到合肥", due_on=timezone.localdate())

    answer = signed_in(bureau_officer).post(
        reverse("deal:case-plan", args=[case.public_id]),
        {"version": seen, "next_step": "请厂长来开会", "due_on": f"{timezone.localdate()}"},
    )

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "寄样品到合肥" in page
    assert "请厂长来开会" in page
    assert f'value="{Case.objects.get(pk=case.pk).version}"' in page


def test_the_board_shows_my_cases_by_stage_and_late_ones_in_red(
    signed_in: Browser, case: Case, county_officer: User
) -> None:
    Case.objects.filter(pk=case.pk).update(due_on="2026-01-05")

    page = signed_in(county_officer).get(reverse("deal:board")).content.decode()

    assert 'class="ticket late"' in page
    assert case.number in page


def test_the_list_keeps_its_filters_in_the_address(
    signed_in: Browser, case: Case, county_officer: User, stranger: User
) -> None:
    browser = signed_in(county_officer)
    address_of_list = reverse("deal:case-list")

    assert (
        case.number in browser.get(address_of_list, {"stage": "discover", "whose": "mine"}).content.decode()
    )
    assert case.number not in browser.get(address_of_list, {"stage": "talk"}).content.decode()
    assert case.number not in browser.get(address_of_list, {"q": "不存在的"}).content.decode()
    assert case.number not in signed_in(stranger).get(address_of_list).content.decode()
    part = browser.get(address_of_list, {"late": "1"}, headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith('<div id="results">')


def test_the_list_asks_the_database_as_often_for_eight_cases_as_for_two(
    signed_in: Browser, county_officer: User
) -> None:
    def asked() -> int:
        browser = signed_in(county_officer)
        with CaptureQueriesContext(connection) as queries:
            browser.get(reverse("deal:case-list"), headers={"HX-Request": "true"})
        return len(queries)

    for _ in range(2):
        a_case(county_officer)
    few = asked()
    for _ in range(6):
        a_case(county_officer)

    assert asked() == few < 20


def test_a_message_is_read_by_the_other_side_without_names_and_numbers_until_both_agreed(
    signed_in: Browser,
    case: Case,
    county_officer: User,
    enterprise_user: User,
    institute_user: User,
    auditor: User,
) -> None:
    signed_in(enterprise_user).post(
        reverse("deal:message-send", args=[case.public_id]),
        {"text": "我是固镇华泽印染有限公司，打 13812345678 找我"},
    )
    institute = signed_in(institute_user)
    before = text_of(institute, case, "thread")
    agree(case, county_officer)

    assert "华泽" not in before
    assert "13812345678" not in before
    assert "13812345678" in text_of(institute, case, "thread")
    assert "13812345678" not in text_of(signed_in(auditor), case, "thread")


def test_a_stranger_finds_no_case_no_file_and_no_export(
    signed_in: Browser, case: Case, county_officer: User, stranger: User
) -> None:
    file = keep_file(case=case, by=county_officer, name="说明.pdf", content=PDF)
    browser = signed_in(stranger)

    for name, args in (
        ("case", [case.public_id]),
        ("case-export", [case.public_id]),
        ("nda-document", [case.public_id]),
        ("file", [file.public_id]),
    ):
        assert browser.get(reverse(f"deal:{name}", args=args)).status_code == 404
    for name in ("case-move", "case-plan", "case-note", "message-send", "file-upload"):
        assert (
            browser.post(reverse(f"deal:{name}", args=[case.public_id]), {"move": "screen"}).status_code
            == 404
        )


def test_a_secret_paper_waits_for_consent_and_nda_and_goes_out_as_an_attachment(
    signed_in: Browser, case: Case, county_officer: User, institute_user: User
) -> None:
    secret = keep_file(case=case, by=county_officer, name="工艺参数.pdf", content=PDF, purpose=Purpose.SECRET)
    institute = signed_in(institute_user)
    link = reverse("deal:file", args=[secret.public_id])

    assert institute.get(link).status_code == 404
    agree(case, county_officer)
    assert institute.get(link).status_code == 404
    keep_file(case=case, by=county_officer, name="已签.pdf", content=PDF + b"% signed", purpose=Purpose.NDA)
    sent = institute.get(link)

    assert sent.status_code == 200
    assert sent["Content-Disposition"].startswith("attachment")
    assert sent["X-Content-Type-Options"] == "nosniff"
    assert b"".join(sent.streaming_content) == PDF  # type: ignore[attr-defined]  # a streaming response
    withdraw_consent(case=case, side=Side.DEMAND, by=county_officer)
    assert institute.get(link).status_code == 404


def test_a_file_that_may_not_be_kept_says_why_on_the_page(
    signed_in: Browser, case: Case, county_officer: User
) -> None:
    answer = signed_in(county_officer).post(
        reverse("deal:file-upload", args=[case.public_id]),
        {"purpose": "general", "file": SimpleUploadedFile("网页.pdf", b"<html><script>1</script>")},
    )

    assert answer.status_code == 422
    assert "可能只改了扩展名" in answer.content.decode()


def test_the_export_holds_what_its_reader_may_know_and_its_digests_fit(
    signed_in: Browser, case: Case, county_officer: User, institute_user: User
) -> None:
    import hashlib

    keep_file(case=case, by=county_officer, name="说明.pdf", content=PDF)
    send_message(case=case, by=county_officer, text="请看附件")

    def parts(user: User) -> dict[str, bytes]:
        sent = signed_in(user).get(reverse("deal:case-export", args=[case.public_id]))
        archive = zipfile.ZipFile(io.BytesIO(b"".join(sent.streaming_content)))  # type: ignore[attr-defined]  # as above
        return {name: archive.read(name) for name in archive.namelist()}

    whole, masked = parts(county_officer), parts(institute_user)
    for line in whole["SHA256SUMS"].decode().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256(whole[name]).hexdigest() == digest
    assert "files/01_说明.pdf" in whole
    assert "files/01_说明.pdf" not in masked
    assert "华泽" in whole["case.json"].decode()
    assert "华泽" not in masked["case.json"].decode() + masked["index.html"].decode()
    assert json.loads(masked["case.json"])["number"] == case.number


def test_the_nda_is_filled_with_what_is_known_and_blank_where_it_is_not(
    signed_in: Browser, case: Case, county_officer: User, institute_user: User
) -> None:
    def words(user: User) -> str:
        sent = signed_in(user).get(reverse("deal:nda-document", args=[case.public_id]))
        return "\n".join(
            one.text for one in Document(io.BytesIO(b"".join(sent.streaming_content))).paragraphs
        )  # type: ignore[attr-defined]  # as above

    assert "固镇华泽印染有限公司" in words(county_officer)
    assert "华泽" not in words(institute_user)
    assert case.number in words(institute_user)


def test_the_calendar_and_its_file_have_the_due_days_and_meetings(
    signed_in: Browser, case: Case, county_officer: User
) -> None:
    start = timezone.now().replace(microsecond=0)
    plan_meeting(case=case, by=county_officer, subject="看样品；谈价格", starts_at=start, place="三楼")
    browser = signed_in(county_officer)

    page = browser.get(
        reverse("deal:calendar"), {"month": f"{timezone.localtime(start):%Y-%m}"}
    ).content.decode()
    sent = browser.get(reverse("deal:calendar-file")).content.decode()

    assert "看样品" in page
    assert sent.count("BEGIN:VEVENT") == sent.count("END:VEVENT") == 2
    assert "看样品；谈价格" in sent.replace("\r\n ", "")
    assert all(len(line.encode()) <= 75 for line in sent.split("\r\n"))
    assert browser.get(reverse("deal:calendar"), {"month": "kein"}).status_code == 200


def test_a_visitor_asks_without_an_account_and_follows_it_at_his_own_address(visitor: Client) -> None:
    record = AchievementFactory(published=True)
    form = reverse("deal:visitor-enquire", args=["achievement", record.public_id])
    told = {
        "wish": "厂里每天有六百吨高盐废水要处理",
        "organisation_name": "固镇某厂",
        "contact_name": "老周",
        "contact_phone": "13900001111",
        "agree": "on",
    }

    assert visitor.post(form, told | {"contact_phone": ""}).status_code == 422
    assert visitor.post(form, told | {"agree": ""}).status_code == 422
    sent = visitor.post(form, told)

    case = Case.objects.get()
    assert sent["Location"] == reverse("deal:enquiry", args=[case.token])
    state = visitor.get(sent["Location"]).content.decode()
    assert case.number in state
    assert "13900001111" not in state
    assert visitor.get(reverse("deal:enquiry", args=["x" * 20])).status_code == 404


def test_a_robot_that_fills_the_trap_opens_no_case_and_a_network_asks_five_times_a_day(
    visitor: Client,
) -> None:
    from django.core.cache import caches

    caches["limits"].clear()
    form = {"wish": "厂里每天有六百吨高盐废水要处理", "contact_phone": "13900001111", "agree": "on"}
    visitor.post(
        reverse("deal:visitor-enquire", args=["achievement", AchievementFactory(published=True).public_id]),
        form | {"website": "http://x"},
    )
    assert not Case.objects.exists()

    answers = [
        visitor.post(
            reverse(
                "deal:visitor-enquire", args=["achievement", AchievementFactory(published=True).public_id]
            ),
            form,
        ).status_code
        for _ in range(6)
    ]

    assert answers == [302] * 5 + [422]


def test_a_member_asks_from_the_page_and_lands_in_his_case(signed_in: Browser, enterprise_user: User) -> None:
    record = AchievementFactory(published=True)

    sent = signed_in(enterprise_user).post(
        reverse("deal:enquire", args=["achievement", record.public_id]),
        {"wish": "想把废水里的盐收回来，每天六百吨", "contact_phone": "13900001111"},
    )

    case = Case.objects.get()
    assert sent["Location"] == reverse("deal:case", args=[case.public_id])
    assert case.parties.get(side=Side.DEMAND).user == enterprise_user
    assert case.parties.get(side=Side.SUPPLY).asked_at is None


def test_a_member_whom_nobody_could_ring_or_write_to_is_asked_for_a_number_first(
    signed_in: Browser, enterprise_user: User
) -> None:
    enterprise_user.phone = enterprise_user.email = ""
    enterprise_user.save(update_fields=["phone", "email"])
    record = AchievementFactory(published=True)

    answer = signed_in(enterprise_user).post(
        reverse("deal:enquire", args=["achievement", record.public_id]),
        {"wish": "想把废水里的盐收回来，每天六百吨"},
    )

    assert answer.status_code == 422
    assert "账号里没有手机和邮箱" in answer.content.decode()
    assert not Case.objects.exists()


def test_both_sides_may_rate_at_the_last_stage_before_the_case_ends(
    signed_in: Browser, case: Case, enterprise_user: User, county_officer: User
) -> None:
    page = reverse("deal:case", args=[case.public_id]) + "?tab=sides"
    assert "评价这次对接" not in signed_in(enterprise_user).get(page).content.decode()

    Case.objects.filter(pk=case.pk).update(stage=Stage.EVALUATE, reached=6)

    assert "评价这次对接" in signed_in(enterprise_user).get(page).content.decode()
    assert [one.detail for one in questions(enterprise_user)] == ["办得怎么样，请评价"]
    assert "结束并告知需求方" in text_of(signed_in(county_officer), case, "progress")


def test_a_published_demand_tells_strangers_which_office_holds_it_and_offers_a_way_in(
    visitor: Client, case: Case, county_officer: User
) -> None:
    demand = case.demand
    assert demand is not None

    page = visitor.get(reverse("market:demand-detail", args=[demand.public_id])).content.decode()

    assert "固镇县科技局办理" in page
    assert county_officer.name not in page
    assert reverse("deal:visitor-enquire", args=["demand", demand.public_id]) in page


def test_the_public_funnel_opens_for_everybody_and_reads_any_address(visitor: Client, case: Case) -> None:
    for query in ({}, {"year": "2026"}, {"place": "340323"}, {"year": "x", "place": "99\0"}):
        assert visitor.get(reverse("deal:funnel"), query).status_code == 200
    page = visitor.get(reverse("deal:funnel")).content.decode()
    assert "固镇县科技局" in page
    assert "不足 3" in page


def test_the_morning_inbox_has_what_waits_in_the_deal_desk(
    signed_in: Browser, case: Case, county_officer: User, institute_user: User
) -> None:
    Case.objects.filter(pk=case.pk).update(due_on="2026-01-05")

    assert "对接到期" in signed_in(county_officer).get(reverse("desk:inbox")).content.decode()
    assert "对接等您答复" in signed_in(institute_user).get(reverse("desk:inbox")).content.decode()


def test_the_pages_of_brokers_visits_and_days_open_for_their_people_and_for_nobody_else(
    signed_in: Browser, county_officer: User, broker: User, stranger: User, enterprise_user: User
) -> None:
    firm = enterprise_user.organisation
    assert firm is not None
    year = timezone.localdate().year
    pages = [
        reverse("deal:broker-list"), reverse("deal:broker-year", args=[broker.pk, year]), reverse("deal:visit-list"),
        reverse("deal:visit-list") + "?q=生物", reverse("deal:firm", args=[firm.public_id]),
    ]  # fmt: skip

    for page in pages:
        assert signed_in(county_officer).get(page).status_code == 200
        assert signed_in(stranger).get(page).status_code == 404
    assert signed_in(county_officer).get(reverse("deal:ladder")).status_code == 200
    assert signed_in(stranger).get(reverse("deal:ladder")).status_code == 403
    assert signed_in(broker).get(reverse("deal:broker-list"))["Location"] == pages[1]
    assert signed_in(broker).get(pages[1]).status_code == 200


def test_an_officer_writes_a_visit_down_on_the_firms_page(
    signed_in: Browser, county_officer: User, enterprise_user: User
) -> None:
    firm = enterprise_user.organisation
    assert firm is not None
    browser, page = signed_in(county_officer), reverse("deal:firm", args=[firm.public_id])

    bad = browser.post(
        reverse("deal:visit-new", args=[firm.public_id]),
        {"on": "2026-01-05", "kind": "policy", "findings": "", "tasks": ""},
    )
    good = browser.post(
        reverse("deal:visit-new", args=[firm.public_id]),
        {
            "on": "2026-01-05",
            "kind": "policy",
            "findings": "想申报高新技术企业",
            "tasks": "送一份对照表｜2026-02-01",
        },
    )

    assert bad.status_code == 422
    assert good["Location"] == page
    assert "想申报高新技术企业" in browser.get(page).content.decode()


def test_an_officer_opens_a_case_by_numbers_and_a_wrong_number_is_named(
    signed_in: Browser, county_officer: User
) -> None:
    demand, other = DemandFactory(published=True), AchievementFactory(published=True)
    browser = signed_in(county_officer)

    wrong = browser.post(reverse("deal:case-new"), {"demand": "需求-1999-0001"})
    right = browser.post(
        reverse("deal:case-new"), {"demand": demand.number, "other": other.number, "from": "match"}
    )

    assert wrong.status_code == 422
    assert "需求-1999-0001" in wrong.content.decode()
    assert right["Location"] == reverse("deal:case", args=[Case.objects.get().public_id])
    assert Case.objects.get().opening == "match"


def test_what_the_desk_notes_about_one_side_is_not_read_by_the_other_before_both_agreed(
    signed_in: Browser, case: Case, county_officer: User, enterprise_user: User, institute_user: User
) -> None:
    note_step(case=case, by=county_officer, text="电话联系华泽印染王厂长，13812345678")
    institute = signed_in(institute_user)

    before = text_of(institute, case, "progress")
    agree(case, county_officer)

    assert "王厂长" not in before
    assert "华泽" not in before
    assert "王厂长" in text_of(institute, case, "progress")
