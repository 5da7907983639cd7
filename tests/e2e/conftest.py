"""Real browsers on a real server. Every page a test opens must keep the content security policy and raise no script error."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page

from keqiao.codes.load import load_codes
from keqiao.people.models import User


@pytest.fixture
def codes(transactional_db: None) -> None:
    """Divisions and code lists, as `keqiao serve` loads them; from the second test on, from a copy of the first's."""
    tables = [model._meta.db_table for model in apps.get_app_config("codes").get_models()]
    if f"kept_{tables[0]}" not in connection.introspection.table_names():
        load_codes()
        statements = [f"CREATE TABLE kept_{name} AS SELECT * FROM {name}" for name in tables]
    else:
        statements = [f"INSERT INTO {name} SELECT * FROM kept_{name}" for name in tables]
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@pytest.fixture
def open_page(browser: Browser, live_server: Any) -> Iterator[Callable[..., Page]]:
    """`open_page("/demands/", user=officer, width=390, theme="dark")`: a page in a browser of that user's own."""
    complaints: list[str] = []
    contexts: dict[tuple[Any, ...], BrowserContext] = {}

    def context_of(user: User | None, width: int, theme: Any, script: bool) -> BrowserContext:
        """One per person, width and theme: the second page finds stylesheet and icons where the first left them."""
        key = (user and user.pk, width, theme, script)
        if key not in contexts:
            contexts[key] = browser.new_context(
                viewport={"width": width, "height": 900},
                color_scheme=theme,
                java_script_enabled=script,
                accept_downloads=True,
            )
            if user is not None:
                client = Client()
                client.force_login(user)
                cookie = client.cookies[settings.SESSION_COOKIE_NAME]
                contexts[key].add_cookies(
                    [{"name": cookie.key, "value": cookie.value, "url": live_server.url}]
                )
        return contexts[key]

    def opened(
        path: str, *, user: User | None = None, width: int = 1280, theme: Any = "light", script: bool = True
    ) -> Page:
        page = context_of(user, width, theme, script).new_page()
        page.set_default_timeout(30_000)
        page.on(
            "console",
            lambda m: (
                complaints.append(m.text) if m.type == "error" and "status of 4" not in m.text else None
            ),
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{live_server.url}{path}", wait_until="load")
        return page

    yield opened
    for context in contexts.values():
        context.close()
    assert complaints == []
