"""Pages kept for visitors are never out of date and never somebody else's."""

import pytest
from django.test import Client

from keqiao.matching import index
from keqiao.people.models import User
from keqiao.registry.records.changes import mark_changed
from keqiao.registry.records.enums import Status
from keqiao.web.market import keeping, lists
from tests.factories.registry import DemandFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every search that the list page has to ask, as it asks. An index is there already."""
    index.rebuild("demand")
    asked: list[str] = []
    search = lists.search
    monkeypatch.setattr(
        lists, "search", lambda query, scope: asked.append(query.text) or search(query, scope)
    )  # type: ignore[func-returns-value]
    keeping._pages.clear()
    return asked


def test_the_second_visitor_gets_the_page_that_the_first_had_made(client: Client, made: list[str]) -> None:
    DemandFactory(published=True, title="印染废水回用")
    index.rebuild("demand")
    first = client.get("/demands/?q=废水")
    second = Client().get("/demands/?q=废水")
    assert made == ["废水"]
    assert second.content == first.content
    assert "印染" in second.content.decode()
    assert second["Content-Security-Policy"]


def test_a_withdrawn_demand_is_gone_at_once(client: Client, made: list[str]) -> None:
    demand = DemandFactory(published=True, title="印染废水回用")
    index.rebuild("demand")
    assert "印染" in client.get("/demands/").content.decode()
    type(demand).objects.filter(pk=demand.pk).update(status=Status.WITHDRAWN)
    mark_changed(demand)
    assert "印染" not in client.get("/demands/").content.decode()
    index.drain()
    assert "印染" not in client.get("/demands/").content.decode()
    assert len(made) == 3


def test_a_signed_in_person_gets_pages_of_his_own(
    client: Client, bureau_officer: User, made: list[str]
) -> None:
    client.get("/demands/")
    signed_in = Client()
    signed_in.force_login(bureau_officer)
    assert bureau_officer.display_name in signed_in.get("/demands/").content.decode()
    assert bureau_officer.display_name not in Client().get("/demands/").content.decode()
    assert len(made) == 2


def test_a_page_is_kept_for_its_own_address_only(client: Client, made: list[str]) -> None:
    client.get("/demands/")
    client.get("/demands/?sort=amount")
    client.get("/demands/", headers={"HX-Request": "true"})
    assert len(made) == 3


def test_a_search_that_finds_nothing_is_counted_each_time(client: Client, made: list[str]) -> None:
    client.get("/demands/?q=查无此物")
    client.get("/demands/?q=查无此物")
    assert len(made) == 2


def test_visitors_carry_no_cookie_away(client: Client) -> None:
    assert not client.get("/demands/").cookies
