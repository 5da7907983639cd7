"""Other systems read the two-way directories as they were published."""

from typing import Any

from django.test import Client

from keqiao.directory.actions import publish_directory, withdraw_directory
from keqiao.directory.compose import Criteria
from keqiao.people.models import User
from tests.api.conftest import SECRET_OWNER, Market

ADDRESS = "/api/v1/directories"


def _read(visitor: Client, address: str, status: int = 200) -> Any:
    response = visitor.get(address)
    assert response.status_code == status, response.content.decode()
    return response.json()


def test_a_published_directory_is_read_with_its_matches(
    visitor: Client, market: Market, bureau_officer: User
) -> None:
    issue = publish_directory(criteria=Criteria(title="第一批双向清单"), by=bureau_officer)
    assert [one["number"] for one in _read(visitor, ADDRESS)["results"]] == [issue.number]
    detail = _read(visitor, f"{ADDRESS}/{issue.public_id}")
    assert (detail["digest"], detail["demand_count"]) == (issue.digest, len(detail["demands"]))
    assert any(line["matches"] for line in detail["demands"])
    assert SECRET_OWNER not in str(detail)


def test_a_withdrawn_directory_says_why_and_is_not_listed(
    visitor: Client, market: Market, bureau_officer: User
) -> None:
    issue = publish_directory(criteria=Criteria(title="第一批双向清单"), by=bureau_officer)
    withdraw_directory(directory=issue, reason="单位名称有误", by=bureau_officer)
    assert _read(visitor, ADDRESS)["total"] == 0
    assert "单位名称有误" in _read(visitor, f"{ADDRESS}/{issue.public_id}", status=409)["error"]["message"]
