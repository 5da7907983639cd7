"""Contracts and cases for machines: the pre-check and the certificate for anybody, one's own by token."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from keqiao.people.models import User
from tests.contract.factories import drafted
from tests.contract.test_registering import registered
from tests.factories.contract import ledger_entry
from tests.factories.deal import a_case
from tests.factories.people import UserFactory

pytestmark = pytest.mark.django_db
Machine = Callable[..., Client]
FACTS = {
    "project_name": "低温染色工艺研究开发", "class": "DEV", "form": "written", "sign_on": "2026-03-01", "end_on": "2027-02-28",
    "accepted_on": "2026-03-09", "total_amount": 1_000_000, "seller": {"name": "示例大学"}, "buyer": {"name": "示例公司"},
    "nature": {"goal_clear": True, "object_held": False, "has_innovation": True},
}  # fmt: skip


@pytest.fixture
def registrar(settings: Any) -> User:
    settings.KEQIAO_HOME_DIVISION = "340300"
    return UserFactory(registrar=True)


def test_anybody_may_have_a_contract_checked_and_nothing_is_kept(client: Client) -> None:
    answer = client.post(
        "/api/v1/contracts/check?rules=CN-2001", json.dumps(FACTS), content_type="application/json"
    )
    said = answer.json()
    assert (answer.status_code, said["class_code"], said["rules"]) == (200, "DEV", "CN-2001")
    assert said["tech_amount"] == "1000000.00"
    wrong = client.post("/api/v1/contracts/check", json.dumps({"total_amount": "许多"}), content_type="application/json")  # fmt: skip
    assert wrong.status_code == 422
    assert "total_amount" in wrong.json()["error"]["field"]


def test_a_certificate_is_verified_and_a_wrong_code_is_not_found(
    client: Client, registrar: User, institute_user: User
) -> None:
    done = registered(institute_user, registrar)
    said = client.get(f"/api/v1/certificates/{done.certificate_no}").json()
    assert said["state"] == "genuine"
    assert ["登记编号", done.reg_no] in said["lines"]
    assert client.get(f"/api/v1/certificates/{done.reg_no}-000000000000").status_code == 404


def test_figures_below_three_are_not_published(client: Client, settings: Any) -> None:
    settings.KEQIAO_HOME_DIVISION = "3403"
    ledger_entry()
    said = client.get("/api/v1/contracts/figures?year=2026").json()
    assert {one["measure"]: one["count"] for one in said["measures"]} == {
        "registered": None, "output": None, "absorbed": None, "intra": None, "output_away": 0, "absorbed_from": 0,
        "distinct": None,
    }  # fmt: skip
    ledger_entry()
    ledger_entry(yuan=2_000_000)
    said = client.get("/api/v1/contracts/figures?year=2026").json()
    assert said["measures"][1]["total_yuan"] == "4000000"
    assert client.get("/api/v1/contracts/figures?year=2100").json()["measures"][0]["count"] == 0


def test_a_token_reads_what_its_user_sees_and_no_contacts(
    machine: Machine, institute_user: User, registrar: User, client: Client
) -> None:
    done = registered(institute_user, registrar)
    draft = drafted(institute_user)
    desk, seller = machine(registrar, "contract"), machine(institute_user, "contract")
    assert desk.get("/api/v1/contracts").json()["total"] == 1
    assert seller.get("/api/v1/contracts?state=draft").json()["results"][0]["number"] == draft.number
    one = desk.get(f"/api/v1/contracts/{done.contract.public_id}").json()
    assert one["reg_no"] == done.reg_no
    assert not {"contact", "contact_phone", "account_number"} & set(one["parties"][0])
    assert desk.get(f"/api/v1/contracts/{draft.public_id}").status_code == 404
    assert client.get("/api/v1/contracts").status_code == 401
    assert machine(institute_user, "demand").get("/api/v1/contracts").status_code == 403


def test_cases_are_read_by_token_without_the_sides_names(machine: Machine, county_officer: User) -> None:
    case = a_case(county_officer)
    browser = machine(county_officer, "case")
    page = browser.get("/api/v1/cases?is_open=true").json()
    assert [one["number"] for one in page["results"]] == [case.number]
    one = browser.get(f"/api/v1/cases/{case.public_id}").json()
    assert one["stage"] == "discover"
    party = case.parties.get(side="demand")
    assert party.organisation_name not in json.dumps(one, ensure_ascii=False)
    assert machine(county_officer, "contract").get("/api/v1/cases").status_code == 403
    stranger = machine(UserFactory(enterprise=True), "case")
    assert stranger.get(f"/api/v1/cases/{case.public_id}").status_code == 404
