"""Neighbours do not crowd each other out."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from keqiao.people.models import User
from keqiao.people.tokens import create_token

ADDRESS = "/api/v1/code-lists"


def test_an_address_that_asks_too_often_is_told_when_to_come_back(
    visitor: Client, db: None, settings: Any
) -> None:
    settings.KEQIAO_API_ADDRESS_RATE = "3/h"
    answers = [visitor.get(ADDRESS) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[3].json()["error"]["code"] == "rate.exceeded"
    assert 0 < int(answers[3].headers["Retry-After"]) <= 3601
    assert visitor.get(ADDRESS, REMOTE_ADDR="10.0.0.9").status_code == 200


def test_the_time_passes_and_the_address_may_ask_again(
    visitor: Client, db: None, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.KEQIAO_API_ADDRESS_RATE = "1/m"
    assert [visitor.get(ADDRESS).status_code for _ in range(2)] == [200, 429]
    monkeypatch.setattr("keqiao.api.limits.time.time", lambda: 4_000_000_000.0)
    assert visitor.get(ADDRESS).status_code == 200


def test_a_user_is_counted_over_all_his_tokens(bureau_officer: User, settings: Any) -> None:
    settings.KEQIAO_API_USER_RATE = "2/m"
    tokens = [create_token(user=bureau_officer, kind="demand", by=None)[1] for _ in range(3)]
    answers = [
        Client(headers={"authorization": f"Bearer {text}"}).get(
            "/api/v1/intake/runs/00000000-0000-0000-0000-000000000001"
        )
        for text in tokens
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 429]


def test_guessing_tokens_is_counted_too(db: None, settings: Any) -> None:
    settings.KEQIAO_API_ADDRESS_RATE = "2/h"
    client = Client(headers={"authorization": "Bearer keqiao_guess"})
    assert [client.post("/api/v1/intake/demand").status_code for _ in range(3)] == [401, 401, 429]


def test_a_limit_that_cannot_be_read_names_its_spelling(
    machine: Callable[..., Client], visitor: Client, settings: Any
) -> None:
    settings.KEQIAO_API_ADDRESS_RATE = "often"
    with pytest.raises(ImproperlyConfigured, match="60/m"):
        visitor.get(ADDRESS)
