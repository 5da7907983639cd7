"""The style guide in headless Chromium: WCAG 2.1 AA by axe, small screens, keyboard, paper, content security policy."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser_fixtures import faults, looks

pytestmark = [
    pytest.mark.looks,
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.web.styleguide_urls"),
]


Reading = Callable[..., AbstractContextManager[tuple[Page, list[str]]]]


@pytest.fixture
def reading(browser: Browser) -> Reading:
    """A page at an address, and what the browser complained about (blocked by the policy, script errors)."""

    @contextmanager
    def opened(address: str, *, width: int, theme: Any = "light") -> Iterator[tuple[Page, list[str]]]:
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=theme)
        complaints: list[str] = []
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address, wait_until="load")
        yield page, complaints
        page.close()

    return opened


@pytest.fixture
def address(live_server: Any, settings: Any) -> str:
    settings.DEBUG = True
    return f"{live_server.url}/styleguide/"


@pytest.mark.parametrize("side", ["", "desk/"])
def test_axe_finds_nothing_and_nothing_sticks_out(reading: Reading, address: str, side: str) -> None:
    with reading(address + side, width=1280) as (page, complaints):
        for look in looks(page):
            assert faults(page) == [], look
            assert page.evaluate("document.documentElement.scrollWidth === window.innerWidth"), look
    assert complaints == []


def test_at_twice_the_size_on_the_narrowest_phone_nothing_sticks_out(reading: Reading, address: str) -> None:
    with reading(address, width=320) as (page, _):
        page.evaluate("document.documentElement.dataset.size = 'larger'")
        assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_the_chosen_theme_stays_and_paper_is_white_all_the_same(reading: Reading, address: str) -> None:
    with reading(address, width=1280) as (page, _):
        page.click("summary[aria-label=显示方式]")
        page.click("[data-set-theme=dark] >> nth=0")
        page.reload(wait_until="load")
        background = "getComputedStyle(document.querySelector('.card')).backgroundColor"
        assert page.evaluate(background) == "rgb(23, 33, 39)"
        page.emulate_media(media="print")
        assert page.evaluate(background) == "rgb(255, 255, 255)"
        assert not page.is_visible(".site-head")


def test_an_officer_without_a_mouse_searches_chooses_rows_and_closes_a_question(
    reading: Reading, address: str
) -> None:
    with reading(address + "desk/", width=1280) as (page, _):
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("/")
        assert page.evaluate("document.activeElement.type") == "search"

        page.focus("#sample-table [data-select-all]")
        page.keyboard.press("Space")
        assert page.inner_text("[data-select-count]") == "3"
        assert page.is_visible(".bulk")

        page.focus("button[data-dialog=why-not]")
        page.keyboard.press("Enter")
        assert page.evaluate("document.getElementById('why-not').open")
        page.keyboard.press("Escape")
        assert not page.evaluate("document.getElementById('why-not').open")


def test_on_a_phone_the_filters_and_the_menu_are_folded_and_say_how_many_are_chosen(
    reading: Reading, address: str
) -> None:
    with reading(address + "desk/", width=390) as (page, _):
        assert not page.is_visible(".facets-in")
        assert page.inner_text(".facets > summary").strip() == "筛选（2）"
        assert not page.is_visible(".rail-in")
        page.click(".rail summary")
        assert page.is_visible(".rail-in")
