"""What a contract may bring: the tax reading of the book that applies, and local reward formulas as dated data."""

from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse_lazy
from django.utils import timezone
from django.views.decorators.http import require_GET

from keqiao.contract.access import contract_for
from keqiao.contract.actions import judge
from keqiao.contract.factsof import facts_of
from keqiao.contract.incentives import Incentive, incentives, reward
from keqiao.contract.models import Contract
from keqiao.contract.tax import read_tax
from keqiao.contract.verdict import Verdict
from keqiao.web.people.signin import me

BASES = {"tech_amount": "技术交易额", "total_amount": "成交总额", "realised_amount": "已到账金额"}
WHO = {"seller": "卖方", "buyer": "买方", "broker": "中介方", "institute": "卖方（高校院所）"}


def _bases(contract: Contract, verdict: Verdict) -> dict[str, Decimal]:
    paid = contract.payments.aggregate(sum=Sum("paid_amount"))["sum"]
    registration = getattr(contract, "registration", None)
    total, tech = verdict.amounts.total_amount, verdict.amounts.tech_amount
    if registration is not None and registration.reg_no:
        total, tech = registration.total_amount, registration.tech_amount
    return {
        "tech_amount": tech or Decimal(0),
        "total_amount": total or Decimal(0),
        "realised_amount": paid or Decimal(0),
    }


def _row(
    rule: Incentive, bases: dict[str, Decimal], contract: Contract, code: str, today: Any
) -> dict[str, Any]:
    found = reward(rule.key, bases[rule.base], contract_class=code, is_related=contract.is_related, on=today)
    days = "—"
    if rule.valid_from or rule.valid_to:
        days = f"{rule.valid_from or '不限'} 至 {rule.valid_to or '不限'}"
    return {
        "rule": rule, "who": WHO[rule.beneficiary], "base": BASES[rule.base], "base_yuan": bases[rule.base],
        "amount": found.amount_yuan, "note": found.note, "days": days,
    }  # fmt: skip


@require_GET
def incentives_page(request: HttpRequest, public_id: str) -> HttpResponse:
    """Hints and facts with their sources; tax offices and the places decide."""
    user = me(request)
    contract = contract_for(user, public_id)
    today = timezone.localdate()
    verdict = judge(contract)
    bases, code = _bases(contract, verdict), verdict.contract_class.code or contract.declared_class
    context = {
        "crumbs": [
            {"label": "工作台", "href": reverse_lazy("desk:inbox")},
            {"label": "技术合同", "href": reverse_lazy("contract:contract-list")},
            {"label": contract.number},
            {"label": "优惠和奖补"},
        ],
        "contract": contract,
        "book": verdict.book_label,
        "tax": read_tax(facts_of(contract), verdict),
        "rows": [
            _row(rule, bases, contract, code, today)
            for rule in incentives().values()
            if rule.beneficiary in WHO and rule.base in BASES
        ],
        "is_related": contract.is_related,
    }
    return render(request, "contract/incentives.html", context)
