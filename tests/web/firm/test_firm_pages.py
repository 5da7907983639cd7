"""Firm files as people use them: list, one screen, entering a year, titles, rights, tables."""

import datetime as dt
import io
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from keqiao.firm.actions import keep_right, keep_title
from keqiao.firm.enums import TitleKind
from keqiao.firm.facts import data_year, facts_of
from keqiao.firm.file import file_of
from keqiao.firm.models import FigureSheet, Right, Title, YearFigure
from keqiao.people.models import User
from keqiao.registry.enterprise.models import Enterprise
from keqiao.registry.work.models import Authorship
from tests.factories.firm import a_firm, put_facts
from tests.factories.registry import WorkFactory
from tests.firm.test_sheet import workbook

pytestmark = pytest.mark.django_db
Browser = Callable[[User], Client]
YEAR = data_year(timezone.localdate())


def text(browser: Client, name: str, *args: object, query: str = "", status: int = 200) -> str:
    response = browser.get(reverse(f"firm:{name}", args=args) + query)
    assert response.status_code == status
    return response.content.decode()


@pytest.fixture
def firm(enterprise_user: User) -> Enterprise:
    return a_firm(
        title="固镇甲公司", organisation=enterprise_user.organisation, year=YEAR, sales=4200, sales_1=4000, rd_deduct=160,
        rd_hnte=180, rd_stat=0, staff=80, tech_staff=24,
    )  # fmt: skip


def test_an_officer_finds_the_firms_of_his_county_by_title_and_name(
    signed_in: Browser, county_officer: User, firm: Enterprise
) -> None:
    a_firm(title="怀远乙公司", division_code="340321000000")
    other = a_firm(title="固镇丙公司")
    keep_title(firm=other, by=None, kind=TitleKind.HNTE, issued_on=timezone.localdate())
    browser = signed_in(county_officer)

    everything = text(browser, "firm-list")
    hnte = text(browser, "firm-list", query="?title=hnte")
    none = text(browser, "firm-list", query="?title=none&q=甲")

    assert "固镇甲公司" in everything
    assert "固镇丙公司" in everything
    assert "怀远乙公司" not in everything
    assert "3.8%" in everything
    assert "固镇甲公司" not in hnte
    assert "固镇丙公司" in hnte
    assert "固镇甲公司" in none


def test_the_list_takes_as_many_queries_for_many_firms_as_for_few(
    signed_in: Browser, bureau_officer: User
) -> None:
    browser = signed_in(bureau_officer)
    a_firm(year=YEAR, sales=1)
    text(browser, "firm-list")
    with CaptureQueriesContext(connection) as few:
        text(browser, "firm-list")
    for _ in range(8):
        a_firm(year=YEAR, sales=1, staff=3)
    with CaptureQueriesContext(connection) as many:
        text(browser, "firm-list")

    assert len(many) == len(few)


def test_one_screen_shows_figures_measures_titles_and_rights_with_their_source(
    signed_in: Browser, county_officer: User, firm: Enterprise
) -> None:
    keep_title(firm=firm, by=None, kind=TitleKind.HNTE, issued_on=dt.date(YEAR, 12, 1), number="GR12")
    keep_right(firm=firm, by=None, kind="invention", title="一种染色方法", number="ZL1")

    page = text(signed_in(county_officer), "firm", firm.public_id)

    assert "4,200" in page
    assert "统计年报" in page
    assert "可能漏报" in page
    assert "GR 加 12 位数字" in page
    assert "一种染色方法" in page
    assert '<svg class="mini"' in page
    assert "走访" in page


def test_projects_that_the_firm_leads_or_takes_part_in_stand_in_its_file_and_patents_do_not(
    signed_in: Browser, county_officer: User, firm: Enterprise
) -> None:
    led = WorkFactory(published=True, project=True, title="绿色染整项目", organisation=firm.organisation)
    joined = WorkFactory(published=True, project=True, title="联合攻关项目")
    Authorship.objects.create(work=joined, name="李文", organisation=firm.organisation)
    WorkFactory(published=True, title="一件专利", organisation=firm.organisation)

    file = file_of(firm, county_officer)
    page = text(signed_in(county_officer), "firm", firm.public_id)

    assert set(file.projects) == {led, joined}
    assert "绿色染整项目" in page
    assert "联合攻关项目" in page
    assert "一件专利" not in page
    assert "项目 <b>2</b>" in page


def test_the_firm_sees_its_own_file_and_not_the_visits(
    signed_in: Browser, enterprise_user: User, stranger: User, firm: Enterprise
) -> None:
    own = text(signed_in(enterprise_user), "own")

    assert "固镇甲公司" in own
    assert "走访和全部历史" not in own
    assert "登记称号" not in own
    text(signed_in(stranger), "firm", firm.public_id, status=404)
    assert "还没有贵单位" in text(signed_in(stranger), "own")


def test_an_empty_year_is_filled_in_from_last_year_and_odd_figures_are_asked_about(
    signed_in: Browser, enterprise_user: User, firm: Enterprise
) -> None:
    browser, address = (
        signed_in(enterprise_user),
        reverse("firm:figures-edit", args=[firm.public_id, YEAR + 1]),
    )
    page = browser.get(address).content.decode()
    assert "已按上年预填" in page
    assert 'value="4200"' in page
    sent = {"sales": "9000", "staff": "80", "tech_staff": "90", "source": "firm", "seen_on": "2026-03-01"}

    asked = browser.post(address, sent).content.decode()
    assert "增长 114%" in asked
    assert "科技人员 90 大于职工总数 80" in asked
    assert not YearFigure.objects.filter(year=YEAR + 1).exists()
    done = browser.post(address, sent | {"is_checked": "on"}, follow=True).content.decode()

    assert "新填 3 项" in done
    kept = YearFigure.objects.get(year=YEAR + 1, name="sales")
    assert (kept.value, kept.source, kept.by) == (9000, "firm", enterprise_user)


def test_correcting_without_a_reason_is_refused_at_the_field_and_the_history_keeps_both(
    signed_in: Browser, county_officer: User, firm: Enterprise
) -> None:
    browser, address = signed_in(county_officer), reverse("firm:figures-edit", args=[firm.public_id, YEAR])
    sent = {"sales": "4300", "source": "audit", "seen_on": "2026-03-01", "is_checked": "on"}

    refused = browser.post(address, sent)
    browser.post(address, sent | {"reason": "审计调整"})
    history = text(browser, "figures-history", firm.public_id, YEAR)

    assert refused.status_code == 422
    assert "更正理由" in refused.content.decode()
    assert "<s>4200</s>" in history
    assert "审计调整" in history
    assert "审计报告" in history


def test_circumstances_are_kept_for_the_year_or_until_changed(
    signed_in: Browser, county_officer: User, firm: Enterprise
) -> None:
    address = reverse("firm:facts-edit", args=[firm.public_id])

    signed_in(county_officer).post(address, {"accidents": "否", "conversions": "6", "platforms": ["city"]})

    now, later = facts_of(firm, dt.date(YEAR + 1, 11, 1)), facts_of(firm, dt.date(YEAR + 2, 11, 1))
    assert (now["accidents"], now["conversions"], now["platforms"]) == (False, 6, ["city"])
    assert "accidents" not in later
    assert "selected>否" in signed_in(county_officer).get(address).content.decode()


def test_titles_and_rights_are_entered_mended_and_taken_back(
    signed_in: Browser, county_officer: User, firm: Enterprise
) -> None:
    browser = signed_in(county_officer)
    sent = {"kind": "hnte", "number": "GR1", "issued_on": "2025-12-01"}

    said = browser.post(reverse("firm:title-new", args=[firm.public_id]), sent, follow=True).content.decode()
    title = Title.objects.get()
    revoke = reverse("firm:title-revoke", args=[firm.public_id, title.public_id])
    browser.post(revoke, {"on": "2026-05-01"})
    assert Title.objects.get().revoked_on is None
    browser.post(revoke, {"on": "2026-05-01", "reason": "年报两次未报"})
    browser.post(
        reverse("firm:right-new", args=[firm.public_id]),
        {"kind": "invention", "title": "一种方法", "number": "ZL9", "acquired_by": "own", "owner_rank": "1"},
    )
    right = Right.objects.get()
    browser.post(reverse("firm:right-remove", args=[firm.public_id, right.public_id]), {"reason": "重复"})

    assert "GR 加 12 位数字" in said
    assert Title.objects.get().revoked_on == dt.date(2026, 5, 1)
    assert not Right.objects.exists()


def test_a_firm_enters_no_title_for_itself_and_others_change_nothing(
    signed_in: Browser, enterprise_user: User, auditor: User, other_county_officer: User, firm: Enterprise
) -> None:
    new = reverse("firm:title-new", args=[firm.public_id])
    figures = reverse("firm:figures-edit", args=[firm.public_id, YEAR])

    assert signed_in(enterprise_user).get(new).status_code == 403
    assert signed_in(auditor).get(figures).status_code == 403
    assert signed_in(other_county_officer).get(figures).status_code == 404


def test_a_table_is_read_and_its_bad_rows_come_back(
    signed_in: Browser, county_officer: User, firm: Enterprise
) -> None:
    browser = signed_in(county_officer)
    file = workbook(["固镇甲公司", "", 2020, 4, 0, 8, "", ""], ["没有这家", "", 2020, 4, 0, 8, "", ""])
    file.name = "年报.xlsx"

    page = browser.post(reverse("firm:sheet-new"), {"file": file}, follow=True).content.decode()

    sheet = FigureSheet.objects.get()
    assert "没有这家" in page
    back = browser.get(reverse("firm:sheet-bad", args=[sheet.public_id]))
    assert load_workbook(io.BytesIO(b"".join([back.content]))).sheetnames == ["说明", "待改正的行"]
    assert browser.post(reverse("firm:sheet-new"), {}).status_code == 422


def test_what_is_exported_for_a_year_can_be_read_back_without_a_change(
    signed_in: Browser, county_officer: User, firm: Enterprise
) -> None:
    browser = signed_in(county_officer)
    out = io.BytesIO(browser.get(reverse("firm:figures-export")).content)
    out.name = "数据表.xlsx"

    browser.post(reverse("firm:sheet-new"), {"file": out})

    sheet = FigureSheet.objects.get()
    assert (sheet.bad, sheet.figure_count, sheet.same_count) == ([], 0, 6)
    clean = browser.get(reverse("firm:firm-export") + "?q=甲")
    rows = list(load_workbook(io.BytesIO(clean.content)).active.iter_rows(values_only=True))  # type: ignore[union-attr]
    assert rows[-1][1] == "固镇甲公司"
    assert float(str(rows[-1][7])) == 3.8


@pytest.mark.parametrize("name", ["firm-list", "sheet-new", "firm-export", "figures-export"])
def test_members_have_no_list_of_firms(signed_in: Browser, enterprise_user: User, name: str) -> None:
    text(signed_in(enterprise_user), name, status=404)


def test_an_officer_writes_down_that_a_firm_moved_and_that_it_closed(
    signed_in: Browser, bureau_officer: User, enterprise_user: User, firm: Enterprise
) -> None:
    a_firm(division_code="340321000000")  # 怀远 is among the places where firms are
    browser, address = signed_in(bureau_officer), reverse("firm:firm-move", args=[firm.public_id])

    browser.post(address, {"to": "340321", "on": "2025-07-01"})
    wrong = browser.post(address, {"to": "999999", "on": "2025-08-01"}, follow=True).content.decode()
    refused = signed_in(enterprise_user).post(address, {"to": "closed", "on": "2026-07-01"})
    browser.post(address, {"to": "closed", "on": "2026-07-01", "note": "注销公告"})

    firm.refresh_from_db()
    assert (firm.division_code, firm.status) == ("340321000000", "archived")
    assert [one.until for one in firm.residences.all()] == [dt.date(2025, 7, 1), dt.date(2026, 7, 1)]
    assert "请选迁到哪个县区" in wrong
    assert refused.status_code == 403
    assert "固镇甲公司" in text(browser, "firm-list", query="?gone=1")


def test_a_kept_verdict_shows_what_it_rested_on_and_is_given_again(
    signed_in: Browser, bureau_officer: User, firm: Enterprise
) -> None:
    browser = signed_in(bureau_officer)
    answer = browser.post(
        reverse("firm:verdict-keep", args=[firm.public_id]), {"book": "tech_sme", "purpose": "申报前自查"}
    )
    put_facts(firm, year=YEAR, staff=90)

    page = browser.get(answer["Location"] + "?again=1").content.decode()
    listed = text(browser, "verdicts", firm.public_id)

    assert "重算结果与留存的完全一致" in page
    assert "第六条" in page
    assert "国科发政〔2017〕115号" in page
    assert all(word in page for word in ("80 人", "90 人"))
    assert all(word in listed for word in ("申报前自查", "tech_sme-2017", str(bureau_officer)))


def test_a_day_that_cannot_be_judged_is_said_and_nothing_is_kept(
    signed_in: Browser, bureau_officer: User, firm: Enterprise
) -> None:
    browser = signed_in(bureau_officer)

    answer = browser.post(
        reverse("firm:verdict-keep", args=[firm.public_id]), {"book": "tech_sme", "on": "明天"}, follow=True
    )

    assert "“明天”不是日期" in answer.content.decode()
    assert "还没有留存的结论" in answer.content.decode()
