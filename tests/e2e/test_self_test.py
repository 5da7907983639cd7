"""The self-test on a telephone, without an account."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser_fixtures import faults

pytestmark = [pytest.mark.e2e, pytest.mark.looks]


def test_somebody_tests_his_firm_on_a_phone_and_shares_the_address(
    codes: None, open_page: Callable[..., Page]
) -> None:
    page = open_page("/self-test/", width=390)
    for label, value in (
        ("成立日期", "2018-05-01"), ("职工总数", "80"), ("其中科技人员", "24"), ("资产总额", "3000"), ("负债总额", "900"),
        ("高新技术产品", "70"), ("Ⅰ类知识产权", "1"), ("Ⅱ类知识产权", "0"), ("近三年科技成果转化", "6"),
    ):  # fmt: skip
        page.get_by_label(label).first.fill(value)
    page.get_by_label("销售收入").first.fill("4000")
    page.get_by_label("研发费用").first.fill("61.5")
    page.get_by_label("都是", exact=True).check()
    page.get_by_role("button", name="看结果").click()

    tech = page.locator("#rung-tech_sme")
    expect(tech.locator(".rung-says")).to_contain_text("增加研发费用 18.5 万元")
    tech.locator("summary").click()
    expect(tech).to_contain_text("第六条")
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390

    shared = open_page(page.url.removeprefix(page.url.split("/self-test")[0]), width=390)
    expect(shared.locator("#rung-tech_sme .rung-says")).to_contain_text("18.5 万元")
    expect(shared.get_by_label("研发费用").first).to_have_value("61.5")
