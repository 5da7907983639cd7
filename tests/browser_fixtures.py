"""The system's Chromium, one for the whole run: Playwright allows one loop in a process."""

import os
from collections.abc import Iterator
from shutil import which

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = (
    "true"  # its loop runs in this thread; the ORM is used between its calls
)


_AXE = Axe().axe_script
# Only the violations: the answers to what is in order are as large as the page
_WCAG = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"],
    "resultTypes": ["violations"],
    "preload": False,
}


def faults(page: Page) -> list[str]:
    """What axe finds against WCAG 2.1 AA on an open page: the rule and the first place, empty when all is well."""
    page.evaluate(_AXE)
    found = page.evaluate("options => axe.run(options)", _WCAG)["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found]


def looks(page: Page) -> Iterator[str]:
    """A page that was opened on a bright desk; then the same page anew, on a phone in the dark."""
    yield "1280 light"
    page.set_viewport_size({"width": 390, "height": 900})
    page.emulate_media(color_scheme="dark")
    page.reload(wait_until="load")  # without it, colours that fade are judged half-way
    yield "390 dark"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium. In CI it must be there; elsewhere its absence skips, with the reason."""
    program = which("chromium")
    if program is None and os.environ.get("CI"):
        pytest.fail("CI needs the system's Chromium: .ci/run installs it")
    if program is None:
        pytest.skip("needs the system's Chromium, which .ci/run installs")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
