"""An enterprise's system drafts a contract, has it checked and hands it in; a registrar registers it; anybody verifies it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from keqiao.contract import registering
from keqiao.contract.factsof import facts_of
from keqiao.contract.fromfacts import saved_as
from keqiao.contract.models import Contract
from keqiao.contract.reading import facts_from
from keqiao.contract.registering import Approved
from keqiao.core.errors import BadInput
from keqiao.people.models import User
from tests.factories.people import UserFactory

pytestmark = pytest.mark.django_db
Machine = Callable[..., Client]
FACTS: dict[str, Any] = {
    "project_name": "低温染色工艺研究开发", "title": "技术开发合同", "class": "DEV", "form": "written", "sign_on": "2026-03-01",
    "begin_on": "2026-03-01", "end_on": "2030-02-28", "total_amount": 1_000_000, "tech_amount": "1000000.00",
    "pay_method": "分期支付", "payments": [{"amount": 400_000, "due_on": "2026-04-01", "condition": "合同生效后"}, {"amount": 600_000}],
    "seller": {"name": "示例大学", "region": "340302", "account": "6222 0000 1111"}, "buyer": {"name": "示例印染有限公司", "region": "340323000000"},
    "field": "03", "ip_type": ["发明专利"], "plan_source": "X", "objective": "10", "industry": "1713",
    "annexes": ["contract_text", "registration_form"],
    "clauses": ["project_name", "content_scope", "plan_place_method", "secrecy", "ownership", "acceptance", "terms"],
    "nature": {"goal_clear": True, "object_held": False, "has_innovation": True, "right_passed": "none"},
}  # fmt: skip


def send(browser: Client, address: str, body: Any = None, *, method: str = "post") -> Any:
    text = body if isinstance(body, str) else json.dumps(body or {})
    return getattr(browser, method)(f"/api/v1/contracts{address}", text, content_type="application/json")


def test_the_whole_way_from_a_draft_to_a_verified_certificate(
    machine: Machine, institute_user: User, client: Client, settings: Any
) -> None:
    settings.KEQIAO_HOME_DIVISION = "340300"
    registrar = UserFactory(registrar=True)
    erp = machine(institute_user, "contract_write")

    answer = send(erp, "", FACTS | {"sign_on": None})
    draft = answer.json()
    assert (answer.status_code, draft["state"]) == (201, "draft")
    assert [one["division_code"] for one in draft["parties"]] == ["340302000000", "340323000000"]
    assert send(erp, f"/{draft['id']}/submit").status_code == 422  # it was not signed yet

    saved = send(erp, f"/{draft['id']}?version={draft['version']}", FACTS, method="put").json()
    assert saved["version"] == draft["version"] + 1
    stale = send(erp, f"/{draft['id']}?version={draft['version']}", FACTS, method="put")
    assert (stale.status_code, stale.json()["error"]["code"]) == (409, "contract.stale")

    checked = erp.get(f"/api/v1/contracts/{draft['id']}/check").json()
    assert (checked["class_code"], checked["tech_amount"]) == ("DEV", "1000000.00")
    submitted = send(erp, f"/{draft['id']}/submit")
    assert (submitted.status_code, submitted.json()["state"]) == (200, "submitted")
    assert send(erp, f"/{draft['id']}/submit").status_code == 409
    assert send(erp, f"/{draft['id']}", FACTS, method="put").status_code == 409

    contract = Contract.objects.get(public_id=draft["id"])
    contract = registering.claim_contract(contract=contract, by=registrar)
    total = contract.total_amount
    assert total is not None
    registering.register_contract(
        contract=contract, by=registrar, approved=Approved("DEV", "DEV-ENTRUST", total, total)
    )
    done = erp.get(f"/api/v1/contracts/{draft['id']}").json()
    genuine = client.get(f"/api/v1/certificates/{done['certificate_no']}").json()
    assert genuine["state"] == "genuine"
    assert ["登记编号", done["reg_no"]] in genuine["lines"]


def test_who_may_not_write_is_told_so_and_what_is_hidden_is_not_there(
    machine: Machine, institute_user: User, enterprise_user: User, client: Client
) -> None:
    erp = machine(institute_user, "contract_write")
    made = send(erp, "", FACTS).json()["id"]

    assert send(client, "", FACTS).status_code == 401
    assert send(machine(institute_user, "contract"), "", FACTS).status_code == 403
    assert send(machine(UserFactory(registrar=True), "contract_write"), "", FACTS).status_code == 403
    stranger = machine(enterprise_user, "contract_write")
    assert send(stranger, f"/{made}", FACTS, method="put").status_code == 404
    assert send(stranger, f"/{made}/submit").status_code == 404
    assert send(erp, "?case=00000000-0000-0000-0000-000000000000", FACTS).status_code == 404
    assert send(erp, "", "{").status_code == 400
    assert Contract.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"projct_name": "错字"}, "projct_name"),
        ({"project_name": " "}, "project_name"),
        ({"project_name": "长" * 201}, "project_name"),
        ({"field": "99"}, "field11"),
        ({"industry": "不是代码"}, "industry"),
        ({"seller": {"region": "990000"}}, "seller.region"),
        ({"begin_on": "2031-01-01"}, "end_on"),
        ({"royalty_rate": "12.34567"}, "royalty_rate"),
        ({"buyer": {"name": "半个\ud800字"}}, "buyer.name"),
        ({"text": "合同全文"}, "text"),
    ],
)
def test_what_a_draft_cannot_hold_is_refused_with_its_field(
    machine: Machine, institute_user: User, changes: dict[str, Any], field: str
) -> None:
    answer = send(machine(institute_user, "contract_write"), "", FACTS | changes)
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, field)
    assert not Contract.objects.exists()


def test_what_was_sent_is_what_the_rules_read(machine: Machine, institute_user: User) -> None:
    made = send(machine(institute_user, "contract_write"), "", FACTS).json()["id"]
    contract = Contract.objects.get(public_id=made)
    kept = saved_as(facts_of(contract))["values"]
    assert {name: kept[name] for name in saved_as(facts_from(FACTS))["values"]} == saved_as(
        facts_from(FACTS)
    )["values"]
    assert [one.amount for one in contract.payments.order_by("pk")] == [400_000, 600_000]
    assert contract.parties.get(side="seller").account_number == "622200001111"
    with pytest.raises(BadInput, match="monopoly_clauses"):
        saved_as(facts_from({"monopoly_clauses": ["market"]}))
