"""WCAG 2.1 AA by axe on the pages people use, light and dark, wide and narrow; nothing sticks out at 200 %."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from keqiao.matching.index import drain
from keqiao.people.models import User
from tests.factories.registry import AchievementFactory, DemandFactory

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
PUBLIC = ["/", "/demands/", "/achievements/?q=废水", "/search?q=废水", "/institutions/", "/account/sign-in",
          "/account/register", "/directory/", "{demand}"]  # fmt: skip
DESK = ["/desk/", "/desk/registry/demand/", "/desk/review/", "/desk/intake/", "/desk/intake/new/", "/desk/demand/new/",
        "/directory/desk/new/", "/account/"]  # fmt: skip
LOOKS = [(1280, "light"), (390, "dark")]


@pytest.fixture
def demand_path(codes: None) -> str:
    demand = DemandFactory(published=True, title="印染废水膜法回用", content="印染废水用膜法处理后回用。")
    AchievementFactory(published=True, title="双膜法印染废水回用工艺", summary="双膜处理印染废水后回用。")
    drain()
    return f"/demands/{demand.public_id}/"


def faults(page: Page) -> list[str]:
    found = Axe().run(page, options=WCAG).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found]


@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_axe_finds_nothing_on_the_public_pages(
    open_page: Callable[..., Page], demand_path: str, width: int, theme: str
) -> None:
    for path in PUBLIC:
        page = open_page(path.format(demand=demand_path), width=width, theme=theme)
        assert faults(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_axe_finds_nothing_on_the_working_side(
    open_page: Callable[..., Page], demand_path: str, bureau_officer: User, width: int, theme: str
) -> None:
    for path in DESK:
        page = open_page(path, user=bureau_officer, width=width, theme=theme)
        assert faults(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_at_two_hundred_percent_a_narrow_window_needs_no_sideways_scroll(
    open_page: Callable[..., Page], demand_path: str
) -> None:
    for path in ("/", "/demands/", demand_path):
        page = open_page(path, width=640)  # 1280 at 200 %
        assert page.evaluate("document.documentElement.scrollWidth") <= 640, path


def test_the_first_tab_stop_leads_past_the_navigation(
    open_page: Callable[..., Page], demand_path: str
) -> None:
    page = open_page("/demands/")

    page.keyboard.press("Tab")

    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
