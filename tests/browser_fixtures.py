"""The system's Chromium, one for the whole run: Playwright allows one loop in a process."""

import os
from collections.abc import Iterator
from shutil import which

import pytest
from playwright.sync_api import Browser, sync_playwright

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = (
    "true"  # its loop runs in this thread; the ORM is used between its calls
)


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
