"""From two matched records to a verified certificate and the figure that counts it: four people, one browser each."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from keqiao.contract.models import ContractRegistration
from keqiao.deal.models import Case
from keqiao.matching.index import rebuild
from keqiao.people.models import User
from tests.factories.people import UserFactory
from tests.factories.registry import AchievementFactory, DemandFactory

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
_FORM = {
    "title": "技术开发合同", "sign_on": "2026-03-01", "begin_on": "2026-03-01", "end_on": "2030-02-28",
    "content": "研究双膜法回用工艺，回用率不低于70%，完成中试。", "total_amount": "1000000", "tech_amount": "1000000", "industry": "1713",
}  # fmt: skip
_CHOSEN = {
    "declared_class": "DEV", "right_passed": "none", "pay_method": "lump", "field11": "07", "ip_type": "11", "plan_source": "X",
    "objective": "01", "q_goal_clear": "yes", "q_object_held": "no", "q_has_innovation": "yes",
}  # fmt: skip
_CLAUSES = ("project_name", "content_scope", "plan_place_method", "secrecy", "ownership", "acceptance", "terms")  # fmt: skip


def press(page: Page, name: str) -> None:
    """Press the button of this name and wait for the page that comes of it."""
    with page.expect_navigation(wait_until="domcontentloaded"):
        page.get_by_role("button", name=name).first.click()


def agree(page: Page, address: str) -> None:
    """A side agrees to be named, on its own page."""
    page.goto(f"{address}?tab=sides")
    own = page.locator("section.card", has=page.locator("summary", has_text="同意提供联系方式"))
    own.locator("summary", has_text="同意提供联系方式").click()
    own.get_by_role("checkbox").last.check()
    press(page, "登记同意")


def test_a_match_becomes_a_registered_contract_that_the_statistics_count(
    open_page: Callable[..., Page], codes: None, enterprise_user: User, institute_user: User, broker: User, settings: Any,
) -> None:  # fmt: skip
    settings.KEQIAO_HOME_DIVISION = "3403"
    registrar = UserFactory(registrar=True, name="登记员老秦")
    demand = DemandFactory(published=True, title="印染废水膜法回用", content="印染废水用膜法处理后回用，结垢要少。",
                           organisation=enterprise_user.organisation)  # fmt: skip
    AchievementFactory(published=True, title="双膜法印染废水回用工艺", summary="双膜处理印染废水后回用，抑制结垢。",
                       organisation=institute_user.organisation)  # fmt: skip
    for kind in ("demand", "achievement"):
        rebuild(kind)

    # the broker takes the match up
    middle = open_page(f"/demands/{demand.public_id}/", user=broker)
    middle.get_by_role("link", name="建立对接事项").last.click()
    press(middle, "建立")
    press(middle, "进入筛选")
    press(middle, "开始对接")
    case = Case.objects.get()
    root = middle.url.split("/desk/")[0]
    address = middle.url.split("?")[0]

    middle.goto(f"{address}?tab=sides")
    middle.locator("summary", has_text="联系供给方").click()
    press(middle, "发出，并开始计天数")

    # firm and institute agree to be named, and talk
    firm, institute = (open_page("/desk/", user=user) for user in (enterprise_user, institute_user))
    agree(firm, address)
    agree(institute, address)
    middle.goto(address)
    press(middle, "进入洽谈")
    firm.goto(f"{address}?tab=thread")
    firm.get_by_role("textbox").last.fill("请先做两个月中试。")
    press(firm, "发消息")
    middle.goto(address)
    press(middle, "达成意向，准备签约")

    # the institute writes the contract from the case and hands it in
    institute.goto(address)
    with institute.expect_navigation():
        institute.get_by_role("link", name="填写技术合同").click()
    press(institute, "开始填写")
    assert institute.input_value("[name=buyer_name]") == str(enterprise_user.organisation)
    for name, value in _FORM.items():
        institute.fill(f"[name={name}]", value)
    for name, value in _CHOSEN.items():
        institute.select_option(f"[name={name}]", value)
    for clause in _CLAUSES:
        institute.check(f"[name=clauses][value={clause}]")
    for annex in ("contract_text", "registration_form"):
        institute.check(f"[name=annexes][value={annex}]")
    with institute.expect_navigation():
        institute.locator("button[name=action][value=check]").click()
    press(institute, "提交登记")

    # the registrar accepts and registers it
    desk = open_page("/desk/registration/", user=registrar)
    desk.get_by_role("link", name=re.compile("印染废水")).first.click()
    press(desk, "受理，由我办理")
    desk.locator("summary", has_text=re.compile("^登记$")).click()
    press(desk, "登记并编号")
    done = ContractRegistration.objects.get()
    assert done.reg_no

    # anybody verifies the certificate; the case knows; the figure opens the contract
    public = open_page(f"/verify/{done.certificate_no}/")
    expect(public.get_by_text("证明真实有效")).to_be_visible()
    expect(public.get_by_text(done.reg_no).first).to_be_visible()
    firm.goto(address)
    expect(firm.get_by_text(done.reg_no).first).to_be_visible()
    case.refresh_from_db()
    assert (case.is_registered, case.stage, case.contract_yuan) == (True, "perform", 1_000_000)
    desk.goto(f"{root}/desk/contracts/statistics/")
    figure = desk.get_by_role("link", name="技术开发输出 1 项")
    expect(figure).to_have_text("1")
    figure.click()
    expect(desk.locator("[data-figure=total]")).to_have_text("100.00")
    desk.get_by_role("link", name=re.compile("印染废水")).first.click()
    expect(desk.get_by_text(done.reg_no).first).to_be_visible()
