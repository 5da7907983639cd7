"""What anybody can do here without an account."""

import pytest
from django.test import Client

from keqiao.web.market.services import GROUPS, Service, first_services, groups


def test_a_stranger_reads_what_can_be_done_and_every_link_opens(db: None, client: Client) -> None:
    page = client.get("/services/").content.decode()

    for _, services in GROUPS:
        for one in services:
            assert one.href, f"{one.url_name} is not an address of this site"
            assert f'href="{one.href}"' in page
            assert client.get(one.href).status_code == 200, one.href


def test_the_home_page_shows_the_first_of_them_and_the_way_to_all(db: None, client: Client) -> None:
    page = client.get("/").content.decode()

    assert all(one.label in page for one in first_services())
    assert 'href="/services/"' in page


def test_a_room_that_is_not_installed_leaves_no_dead_link(monkeypatch: pytest.MonkeyPatch) -> None:
    lost = Service("没有的事", "没有", "nothing:at-all", "x")
    monkeypatch.setattr("keqiao.web.market.services.GROUPS", (("空", (lost,)),))

    assert groups() == []
    assert first_services() == []
