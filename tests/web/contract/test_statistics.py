"""Every figure of the statistics page opens the contracts behind it, and their total is that figure."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from keqiao.people.models import User
from tests.factories.contract import BEIJING, GUZHEN, HOME, ledger_entry
from tests.factories.people import UserFactory

pytestmark = pytest.mark.django_db
SignedIn = Callable[[User], Client]
YEAR = {"from": "2026-01-01", "to": "2026-12-31"}
_LINK = re.compile(r'<a href="(/desk/contracts/ledger/\?[^"]+)"[^>]*>([\d,.]+)</a>')


@pytest.fixture(autouse=True)
def _home(settings: Any) -> None:
    settings.KEQIAO_HOME_DIVISION = "340300"


@pytest.fixture
def a_year() -> None:
    ledger_entry(sold=HOME, bought=GUZHEN, yuan=1_234_500, tech_yuan=1_000_000)
    ledger_entry(sold=HOME, bought=BEIJING, yuan=2_000_000, kind="TRF", field11="", on=date(2026, 5, 6))
    ledger_entry(sold=BEIJING, bought=GUZHEN, yuan=500_000, kind="LIC", registrar_place="1101")


def shown(page: str, name: str) -> str:
    found = re.search(rf'data-figure="{name}">([\d,.]+)<', page)
    assert found, name
    return found[1]


def test_every_figure_opens_the_contracts_behind_it(a_year: None, signed_in: SignedIn) -> None:
    browser = signed_in(UserFactory(bureau_officer=True))
    page = browser.get(reverse("contract:statistics"), YEAR).content.decode()
    links = {(href.replace("&amp;", "&"), text) for href, text in _LINK.findall(page)}
    assert len(links) > 30
    by_address: dict[str, set[str]] = {}
    for href, text in links:
        by_address.setdefault(href, set()).add(text)
    for href, texts in by_address.items():
        behind = browser.get(href).content.decode()
        figures = {shown(behind, "count"), shown(behind, "total"), shown(behind, "tech")}
        assert texts <= figures, (href, texts, figures)


def test_what_is_counted_twice_is_said_beside_the_sum(a_year: None, signed_in: SignedIn) -> None:
    page = signed_in(UserFactory(auditor=True)).get(reverse("contract:statistics"), YEAR).content.decode()
    assert "输出加吸纳合计 <b>4</b> 项" in page
    assert "计了两次" in page
    assert page.count("<svg viewBox") == 1


def test_without_a_home_city_the_page_asks_for_the_setting_and_offers_the_cities(
    a_year: None, signed_in: SignedIn, client: Client, settings: Any
) -> None:
    settings.KEQIAO_HOME_DIVISION = ""
    page = signed_in(UserFactory(registrar=True)).get(reverse("contract:statistics"), YEAR).content.decode()
    assert "合同统计：全部地区" in page
    assert "KEQIAO_HOME_DIVISION" in page
    assert "计了两次" not in page
    assert '<option value="3403">蚌埠市</option>' in page
    public = client.get(reverse("registrar:statistics-public"), {"year": "2026"}).content.decode()
    assert "全部地区（2026 年）" in public
    assert "计了两次" not in public


def test_a_contract_that_ended_later_is_named_and_can_be_opened(a_year: None, signed_in: SignedIn) -> None:
    ledger_entry(on=date(2025, 3, 3), ended_on=date(2026, 2, 2), project_name="后来撤销的合同")
    browser = signed_in(UserFactory(registrar=True))
    page = browser.get(reverse("contract:statistics"), {"from": "2025-01-01"}).content.decode()
    assert "期后失效" in page
    href = re.search(r'有 <a href="([^"]+)"', page)
    assert href
    assert "后来撤销的合同" in browser.get(href[1].replace("&amp;", "&")).content.decode()


def test_the_ledger_is_found_by_words_and_costs_few_queries(a_year: None, signed_in: SignedIn) -> None:
    browser = signed_in(UserFactory(registrar=True))
    ledger_entry(project_name="番茄采摘机器人", sold=HOME)
    with CaptureQueriesContext(connection, ) as queries:  # fmt: skip
        page = browser.get(reverse("contract:ledger"), YEAR | {"q": "番茄"}).content.decode()
    assert "番茄采摘机器人" in page
    assert "低温染色工艺" not in page
    assert len(queries) <= 16


def test_a_county_officer_counts_the_own_county(a_year: None, signed_in: SignedIn) -> None:
    page = signed_in(UserFactory(county_officer=True)).get(reverse("contract:statistics"), YEAR)
    assert "固镇县" in page.content.decode()
    assert page.context["boast"].count == 2


@pytest.mark.parametrize("name", ["statistics", "ledger", "ledger-export", "ledger-imports"])
def test_firms_and_brokers_see_no_ledger(name: str, signed_in: SignedIn) -> None:
    for user in (UserFactory(enterprise=True), UserFactory(broker=True)):
        assert signed_in(user).get(reverse(f"contract:{name}")).status_code == 403


def test_the_public_page_hides_cells_of_less_than_three(client: Client) -> None:
    for yuan in (1_000_000, 2_000_000, 3_000_000, 4_000_000):
        ledger_entry(yuan=yuan, on=date(2026, 3, 9))
    ledger_entry(kind="TRF", yuan=7_770_000, on=date(2026, 3, 9))
    page = client.get(reverse("registrar:statistics-public"), {"year": "2026"}).content.decode()
    assert "不足 3" in page
    assert ">777.00<" not in page
    assert ">1,000.00<" not in page  # the others of the column would give it away by subtraction
    assert "<b>5<small>项" in page
