"""R&D as people see it: the public calculator, the firm's ledger, the bureau's lists."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import Workbook, load_workbook

from keqiao.core.audit import AuditEntry
from keqiao.firm.models import FirmFact, YearFigure
from keqiao.people.models import User
from keqiao.rd.models import RdLine, RdProject
from keqiao.rd.sheets import HEADINGS
from keqiao.registry.enterprise.models import Enterprise
from tests.factories.rd import a_line, a_project
from tests.factories.registry import EnterpriseFactory

pytestmark = pytest.mark.django_db
Browser = Callable[[User], Client]
YEAR = timezone.localdate().year - 1


# -- the calculator -------------------------------------------------------------------------------------------------


def test_a_stranger_computes_the_worked_example_and_sees_its_articles(visitor: Client) -> None:
    typed = {
        "year": "2024",
        "tax_rate": "25",
        "items1": "600",
        "domestic": "100",
        "overseas": "600",
        "registered": "on",
    }
    page = visitor.post(reverse("rd:calculator"), typed).content.decode()
    assert "data-extra>1,133.33<" in page
    assert "283.33" in page
    assert "财税〔2018〕64号" in page
    assert "待核实" in page
    assert AuditEntry.objects.count() == 0  # nothing is kept


def test_without_the_registered_contract_the_overseas_part_is_gone_and_says_why(visitor: Client) -> None:
    typed = {"year": "2024", "tax_rate": "15", "items1": "600", "overseas": "600"}
    page = visitor.post(reverse("rd:calculator"), typed).content.decode()
    assert "data-extra>600<" in page
    assert "没有经委托方到科技主管部门登记" in page


@pytest.mark.parametrize(
    "typed", [{"items1": "六百"}, {"items1": "-1"}, {"year": "1999"}, {"tax_rate": "40"}]
)
def test_what_cannot_be_computed_is_said_at_its_field(visitor: Client, typed: dict[str, str]) -> None:
    answer = visitor.post(reverse("rd:calculator"), {"year": "2024", "tax_rate": "25"} | typed)
    assert answer.status_code == 422
    assert "处需要修改" in answer.content.decode()


def test_the_transfer_and_the_industry_are_judged_too(visitor: Client) -> None:
    licence = {
        "is_licence": "on",
        "revenue": "900",
        "cost": "120",
        "taxes": "20",
        "period_costs": "500",
        "sales": "10000",
    }
    assert "data-tax>26.875<" in visitor.post(reverse("rd:transfer"), licence).content.decode()
    half = {"total": "10000", "untaxed": "500", "investment": "1500", "listed": "4000"}
    assert "可以适用" in visitor.post(reverse("rd:industry"), half).content.decode()
    assert "不适用" in visitor.post(reverse("rd:industry"), half | {"listed": "4001"}).content.decode()
    assert visitor.post(reverse("rd:transfer"), {}).status_code == 422
    assert visitor.post(reverse("rd:industry"), {"total": "x"}).status_code == 422


# -- the ledger -----------------------------------------------------------------------------------------------------


def test_a_clerk_keeps_a_project_by_hand_and_sees_the_year(signed_in: Browser, enterprise_user: User) -> None:
    clerk = signed_in(enterprise_user)
    header = {
        "number": "RD01",
        "name": "热封层",
        "form": "own",
        "treatment": "expensed",
        "starts_on": "2024-01-01",
        "approval": "3 号决议",
    }
    assert clerk.post(reverse("rd:project-new"), header | {"name": ""}).status_code == 422
    clerk.post(reverse("rd:project-new"), header)
    project = RdProject.objects.get()
    row = {
        "voucher_on": "2024-03-05",
        "voucher_kind": "记",
        "voucher_number": "12",
        "summary": "工资",
        "booked": "1000",
        "c1": "900",
    }
    assert (
        "大于会计凭证"
        in clerk.post(
            reverse("rd:line-add", args=[project.public_id]), row | {"booked": "800"}
        ).content.decode()
    )
    clerk.post(reverse("rd:line-add", args=[project.public_id]), row)

    page = clerk.get(reverse("rd:ledger"), {"year": "2024"}).content.decode()

    assert "加计扣除额" in page
    assert ">900<" in page
    clerk.post(reverse("rd:line-remove", args=[project.public_id, RdLine.objects.get().pk]))
    assert RdLine.objects.count() == 0
    assert "这一年还没有记账" in clerk.get(reverse("rd:ledger")).content.decode()


def test_another_firm_and_an_officer_are_kept_out_of_the_books(
    signed_in: Browser, enterprise_user: User, stranger: User, bureau_officer: User
) -> None:
    project = a_project(enterprise_user)
    assert signed_in(stranger).get(reverse("rd:project", args=[project.public_id])).status_code == 404
    assert signed_in(bureau_officer).get(reverse("rd:ledger")).status_code == 403


def upload(*rows: list[Any]) -> SimpleUploadedFile:
    book, out = Workbook(), BytesIO()
    sheet = book.active
    assert sheet
    for row in (list(HEADINGS), *rows):
        sheet.append(row)
    book.save(out)
    return SimpleUploadedFile("辅助账.xlsx", out.getvalue())


def test_a_file_with_one_bad_row_writes_nothing_and_names_the_row(
    signed_in: Browser, enterprise_user: User
) -> None:
    project = a_project(enterprise_user)
    clerk, address = signed_in(enterprise_user), reverse("rd:import", args=[project.public_id])
    good = [dt.date(2024, 3, 5), "记", 12, "工资", 1000, 1000, 1000]
    refused = clerk.post(address, {"file": upload(good, [dt.date(2023, 3, 5), "记", 13, "工资", 10, 10, 10])})
    assert refused.status_code == 422
    assert "第 3 行" in refused.content.decode()
    assert RdLine.objects.count() == 0

    clerk.post(address, {"file": upload(good)})

    assert RdLine.objects.get().source == "辅助账.xlsx"
    assert clerk.post(address, {}).status_code == 422
    assert clerk.post(address, {"file": SimpleUploadedFile("a.xlsx", b"no")}).status_code == 422


def test_the_years_file_is_downloaded_and_noted(signed_in: Browser, enterprise_user: User) -> None:
    a_line(a_project(enterprise_user), enterprise_user, c1="880000", c6="120000")
    clerk = signed_in(enterprise_user)
    for style in ("2021", "2015"):
        book = load_workbook(BytesIO(clerk.get(reverse("rd:year-file", args=[2024, style])).content))
        assert "辅助账汇总表" in book.sheetnames
    assert AuditEntry.objects.filter(action="rd_ledger.exported").count() == 2
    assert clerk.get(reverse("rd:year-file", args=[2024, "1999"])).status_code == 404
    assert clerk.get(reverse("rd:template")).status_code == 200
    clerk.post(
        reverse("rd:year", args=[2024]),
        {"kinds": ["ic"], "special_income": "1000", "months": "12", "months_q4": "3"},
    )
    assert "集成电路企业" in clerk.get(reverse("rd:ledger"), {"year": "2024"}).content.decode()


# -- the bureau -----------------------------------------------------------------------------------------------------


def a_firm(title: str, division: str = "340323000000", code: str = "3000", **figures: Any) -> Enterprise:
    """规上, with figures of last year; flags as facts."""
    firm: Enterprise = EnterpriseFactory(
        published=True,
        title=title,
        division_code=division,
        tags={"gbt4754": [{"code": code, "by": "person"}]},
    )
    FirmFact.objects.create(enterprise=firm, name="above_scale", value=True)
    for name, value in figures.items():
        if isinstance(value, bool):
            year = YEAR if name == "rd_activity" else 0
            FirmFact.objects.create(enterprise=firm, name=name, year=year, value=value)
        else:
            back = 1 if name.endswith("_1") else 0
            YearFigure.objects.create(
                enterprise=firm, year=YEAR - back, name=name.removesuffix("_1"), value=Decimal(value)
            )
    return firm


def test_the_two_zero_lists_begin_exactly_at_their_floors(signed_in: Browser, bureau_officer: User) -> None:
    a_firm("刚到起点的企业", main_income=10_000, rd_activity=False, rd_institution=True)
    a_firm("差一万元的企业", main_income=9_999, rd_activity=False)
    a_firm("有研发活动的企业", main_income=60_000, rd_activity=True, rd_institution=False)
    a_firm("没有数据的企业", main_income=20_000)
    a_firm("商业企业", code="5211", main_income=90_000, rd_activity=False, rd_institution=False)
    officer = signed_in(bureau_officer)

    activity = officer.get(reverse("rd:list", args=["activity"])).content.decode()
    institution = officer.get(reverse("rd:list", args=["institution"])).content.decode()

    assert "刚到起点的企业" in activity
    assert "差一万元的企业" not in activity
    assert "有研发活动的企业" not in activity
    assert "档案里没有数据" in activity
    assert "商业企业" not in activity + institution
    assert "有研发活动的企业" in institution
    assert "没有数据的企业" not in institution  # 2 亿元 is below the floor of 5 亿元
    assert "待核实" in activity


def test_firms_that_deduct_without_a_form_are_called_before_march(
    signed_in: Browser, bureau_officer: User
) -> None:
    a_firm("漏报的企业", rd_deduct=300)
    a_firm("填零的企业", rd_deduct=200, rd_stat=0)
    a_firm("没有扣除的企业", rd_stat=100)
    a_firm("都报了的企业", rd_stat=100, rd_deduct=90)
    officer = signed_in(bureau_officer)

    page = officer.get(reverse("rd:list", args=["forms"])).content.decode()

    assert page.index("漏报的企业") < page.index("填零的企业") < page.index("没有扣除的企业")
    assert "都报了的企业" not in page
    cells = load_workbook(BytesIO(officer.get(reverse("rd:list-file", args=["forms"])).content)).active
    assert cells is not None
    assert any("漏报的企业" in str(row) for row in cells.iter_rows(values_only=True))
    assert AuditEntry.objects.filter(action="rd_statistics.exported").count() == 1


def test_counties_are_ranked_by_what_the_forms_say(
    signed_in: Browser, bureau_officer: User, county_officer: User
) -> None:
    a_firm("甲", rd_stat=300, rd_stat_1=200, main_income=10_000, rd_activity=True)
    a_firm(
        "乙",
        "340321000000",
        rd_stat=500,
        rd_stat_1=500,
        main_income=20_000,
        rd_deduct=9999,
        rd_institution=True,
    )

    page = signed_in(bureau_officer).get(reverse("rd:statistics")).content.decode()
    own = signed_in(county_officer).get(reverse("rd:statistics")).content.decode()

    assert page.index("340321") < page.index("340323")
    assert "+50.00%" in page  # 200 → 300
    assert "800" in page  # together
    assert "340321" not in own
    assert signed_in(bureau_officer).get(reverse("rd:ranking-file")).status_code == 200


def test_the_three_measures_stand_side_by_side_with_the_reason(
    signed_in: Browser, bureau_officer: User
) -> None:
    a_firm("口径不一的企业", rd_hnte=500, rd_stat=400, rd_deduct=300)
    a_firm("口径一致的企业", rd_hnte=300, rd_stat=300, rd_deduct=300)
    page = signed_in(bureau_officer).get(reverse("rd:reconcile")).content.decode()
    assert "口径不一的企业" in page
    assert "高企口径多 200 万元" in page
    assert "口径一致的企业" not in page


def test_jumps_and_contradictions_are_asked_about(signed_in: Browser, bureau_officer: User) -> None:
    a_firm("照抄的企业", rd_stat=100, rd_stat_1=100)
    a_firm("矛盾的企业", rd_staff=20, staff=10)
    a_firm("平稳的企业", rd_stat=120, rd_stat_1=100)
    page = signed_in(bureau_officer).get(reverse("rd:quality")).content.decode()
    assert page.index("矛盾的企业") < page.index("照抄的企业")
    assert "平稳的企业" not in page


@pytest.mark.parametrize("page", ["statistics", "reconcile", "quality"])
def test_firms_do_not_read_the_bureaus_lists(
    page: str, signed_in: Browser, enterprise_user: User, auditor: User
) -> None:
    assert signed_in(enterprise_user).get(reverse(f"rd:{page}")).status_code == 403
    assert signed_in(auditor).get(reverse(f"rd:{page}")).status_code == 200
