"""Contracts for tests, drafted by the people who would."""

from datetime import date
from decimal import Decimal
from typing import Any

from keqiao.contract.actions import draft_contract, save_contract
from keqiao.contract.models import Contract
from keqiao.people.models import User

GOOD: dict[str, Any] = {
    "title": "技术开发合同", "declared_class": "DEV", "sign_on": date(2026, 3, 1), "begin_on": date(2026, 3, 1),
    "end_on": date(2030, 2, 28), "total_amount": Decimal("1000000.00"), "tech_amount": Decimal("1000000.00"),
    "pay_method": "lump", "field11": "03", "ip_types": ["11"], "plan_source": "X", "objective": "10",
    "industry": "1713", "annexes": ["contract_text", "registration_form"],
    "clauses": ["project_name", "content_scope", "plan_place_method", "secrecy", "ownership", "acceptance", "terms"],
    "nature": {"goal_clear": True, "object_held": False, "has_innovation": True, "right_passed": "none"},
}  # fmt: skip


def drafted(
    by: User, *, buyer: User | None = None, values: dict[str, Any] | None = None, **rest: Any
) -> Contract:
    """A contract that would pass, unless `values` spoil it. buyer: a user whose unit buys."""
    contract = draft_contract(by=by, project_name="低温染色工艺研究开发")
    assert by.organisation is not None
    unit = buyer.organisation if buyer else None
    return save_contract(
        contract=contract,
        by=by,
        values=GOOD | (values or {}),
        parties={
            "buyer": {
                "name": unit.name if unit else "示例印染有限公司",
                "uscc": unit.uscc if unit else "",
                "organisation": unit,
            }
        },
        **rest,
    )
