"""WCAG 2.1 AA by axe on the pages people use, light and dark, wide and narrow; nothing sticks out at 200 %."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from keqiao.core.audit import record
from keqiao.directory.actions import publish_directory
from keqiao.directory.compose import Criteria
from keqiao.matching import pairs
from keqiao.matching.index import drain, rebuild
from keqiao.matching.models import AlikePair
from keqiao.people.models import User
from keqiao.registry.demand.models import Demand
from tests.browser_fixtures import faults, looks
from tests.factories.people import OrganisationFactory
from tests.factories.registry import (
    AchievementFactory,
    DemandFactory,
    EnterpriseFactory,
    ExpertFactory,
    WorkFactory,
)

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.looks]
PUBLIC = ["/", "/demands/", "/achievements/?q=废水", "/search?q=废水", "/institutions/", "/account/sign-in",
          "/account/register", "/directory/", "{demand}"]  # fmt: skip
DESK = ["/desk/", "/desk/registry/demand/", "/desk/review/", "/desk/intake/", "/desk/intake/new/", "/desk/demand/new/",
        "/directory/desk/new/", "/account/"]  # fmt: skip
ADMINISTRATION = "/desk/administration/"
OFFICE = [f"{ADMINISTRATION}applications", f"{ADMINISTRATION}organisations", f"{ADMINISTRATION}persons",
          "/desk/alike/", "{alike}", "/directory/desk/", "{directory}", "{directory}print/",
          "/desk/registry/demand/?q=废水"]  # fmt: skip
PROFILES = ["{institution}", "{expert}", "{enterprise}", "/subscriptions/new/demand/?q=废水", "/no-such-page"]
ADMINS = {
    "system_admin": ["users", "users/new", "roles", "admin-changes", "locks"],
    "security_admin": ["users", "{user}", "roles", "locks", "audit"],
    "audit_admin": ["audit", "audit/1"],
}


@pytest.fixture
def demand_path(codes: None) -> str:
    demand = DemandFactory(published=True, title="印染废水膜法回用", content="印染废水用膜法处理后回用。")
    AchievementFactory(published=True, title="双膜法印染废水回用工艺", summary="双膜处理印染废水后回用。")
    drain()
    return f"/demands/{demand.public_id}/"


def sound(page: Page, path: str, *, both: bool = False) -> None:
    """Nothing wrong for axe, nothing sticks out; the page is closed again so that it costs nothing more."""
    for look in looks(page) if both else ["390 dark"]:
        assert faults(page) == [], (path, look)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (path, look)
    page.close()


def test_axe_finds_nothing_on_the_public_pages(open_page: Callable[..., Page], demand_path: str) -> None:
    for path in PUBLIC:
        sound(open_page(path.format(demand=demand_path)), path, both=True)


def test_axe_finds_nothing_on_the_working_side(
    open_page: Callable[..., Page], demand_path: str, bureau_officer: User
) -> None:
    for path in DESK:
        sound(open_page(path, user=bureau_officer), path, both=True)


def test_axe_finds_nothing_on_profiles_and_in_the_office(
    open_page: Callable[..., Page], codes: None, bureau_officer: User
) -> None:
    text = "印染废水用膜法处理后回用，每年省水两万吨，能耗低于现有工艺。"
    unit = OrganisationFactory(university=True, name="淮河理工大学")
    expert = ExpertFactory(published=True, title="王建国", organisation=unit)
    enterprise = EnterpriseFactory(published=True)
    WorkFactory.create_batch(2, published=True, organisation=unit)
    for title in ("印染废水膜法回用", "印染废水的膜法回用"):
        DemandFactory(published=True, title=title, content=text)
    AchievementFactory(published=True, title="双膜法印染废水回用工艺")
    for kind in ("demand", "achievement", "expert", "enterprise", "work"):
        rebuild(kind)
    pairs.note("demand", Demand.objects.values_list("pk", flat=True))
    while pairs.look():
        pass
    issue = publish_directory(criteria=Criteria("2026年双向清单"), by=bureau_officer)
    at = {
        "institution": f"/institutions/{unit.public_id}/",
        "expert": f"/experts/{expert.public_id}/",
        "enterprise": f"/enterprises/{enterprise.public_id}/",
        "alike": f"/desk/alike/{AlikePair.objects.get().public_id}/",
        "directory": f"/directory/{issue.public_id}/",
    }

    for path in PROFILES:
        sound(open_page(path.format(**at), width=390, theme="dark"), path)
    for path in OFFICE:
        sound(open_page(path.format(**at), user=bureau_officer, width=390, theme="dark"), path)


@pytest.mark.parametrize("role", list(ADMINS))
def test_axe_finds_nothing_on_the_administrators_pages(
    open_page: Callable[..., Page], request: pytest.FixtureRequest, enterprise_user: User, role: str
) -> None:
    admin = request.getfixturevalue(role)
    record("account.created", by=admin, target=enterprise_user)

    for path in ADMINS[role]:
        address = ADMINISTRATION + path.format(user=f"users/{enterprise_user.public_id}")
        sound(open_page(address, user=admin, width=390, theme="dark"), path)


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
