"""Answering a match by keyboard alone, and the pages that come of it, in a real browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from keqiao.matching.index import rebuild
from keqiao.people.models import User
from keqiao.verdict.actions import give_answer
from keqiao.verdict.judging import draw_round
from keqiao.verdict.models import Answer
from tests.browser_fixtures import faults
from tests.factories.registry import AchievementFactory, DemandFactory

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.looks]


def sound(page: Page, width: int) -> None:
    assert faults(page) == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url


def test_an_owner_refuses_and_takes_it_back_without_a_mouse_and_every_page_is_accessible(
    open_page: Callable[..., Page], codes: None, enterprise_user: User, bureau_officer: User
) -> None:
    demand = DemandFactory(
        published=True,
        title="印染废水膜法回用",
        content="膜法处理后回用。",
        organisation=enterprise_user.organisation,
    )
    match, other = (AchievementFactory(published=True, title=f"双膜法印染废水回用工艺{n}") for n in "甲乙")
    for kind in ("demand", "achievement"):
        rebuild(kind)
    give_answer(source=demand, target=other, is_yes=False, reason="price", by=enterprise_user)
    page = open_page(f"/demands/{demand.public_id}/", user=enterprise_user, width=390)
    block = page.locator(f"#answer-achievement-{match.public_id}")

    block.locator("summary").first.focus()
    page.keyboard.press("Enter")
    block.get_by_role("textbox").fill("还没有中试数据")
    page.keyboard.press("Enter")  # sends nothing by accident
    block.get_by_role("button", name="太早期").focus()
    page.keyboard.press("Enter")

    expect(block.get_by_text("已记下：不合适 · 太早期")).to_be_visible()
    assert Answer.objects.current().filter(offer_id=match.pk, text="还没有中试数据").count() == 1
    sound(page, 390)
    expect(block.get_by_role("button", name="撤销")).to_be_focused()
    page.keyboard.press("Enter")
    expect(block.get_by_role("button", name="合适", exact=False).first).to_be_visible()
    expect(block.get_by_text("已记下")).to_have_count(0)

    made = draw_round(seed=1, by=bureau_officer, size=1)
    for path in ("", "judging/", f"judging/{made.public_id}/", "models/"):
        sound(open_page(f"/desk/quality/{path}", user=bureau_officer, width=1280, theme="dark"), 1280)
    sound(open_page("/statistics/refusals/", width=390), 390)
