"""Contracts of every class and in most states for the demo, all 示例, made by the rooms' own actions and set back in time."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from keqiao.contract import registering
from keqiao.contract.actions import draft_contract, judge, save_contract, submit_contract
from keqiao.contract.models import Contract, ContractRegistration
from keqiao.contract.registering import Approved
from keqiao.people.models import Organisation, User

_ANNEXES = ["contract_text", "registration_form"]
_CLAUSES = [
    "project_name", "content_scope", "plan_place_method", "secrecy", "ownership", "acceptance", "terms",
]  # fmt: skip
_DEV = {"goal_clear": True, "object_held": False, "has_innovation": True, "right_passed": "none"}
_PASS = {"object_held": True, "public_domain": False, "object_complete": True, "ownership_agreed": True}
_CON = {
    "question_specific": True,
    "scientific_method": True,
    "result_is_report": True,
    "right_passed": "none",
}
_SRV = {"problem_specific": True, "improves": True, "result_measurable": True, "right_passed": "none"}
_PATENT = {
    "kind": "11", "number": "ZL202310456789.1", "name": "一种聚乳酸复合膜的制备方法", "owner": "示例·淮河某理工大学",
    "filed_on": dt.date(2023, 4, 18), "expires_on": dt.date(2043, 4, 18),
}  # fmt: skip

# project, class, answers, yuan, content, how far: draft | submitted | review | late | returned | refused | registered | revoked
_PLAN: Sequence[tuple[str, str, dict[str, Any], int, str, str]] = (
    ("聚乳酸连续聚合催化剂研究开发", "DEV", _DEV, 860_000, "研究一种低残留的聚合催化剂，转化率不低于98%，完成中试。", "registered"),
    ("聚乳酸复合膜制备方法专利权转让", "TRF", _PASS | {"right_passed": "ownership"}, 420_000, "转让发明专利一项，交付全部技术资料并指导试制。", "registered"),
    ("生物基增塑剂配方专利实施许可", "LIC", _PASS | {"right_passed": "use"}, 300_000, "许可在本市范围内实施发明专利一项。", "review"),
    ("秸秆制糖产线节能可行性论证", "CON", _CON, 98_000, "对三套节能方案作技术论证，提交报告。", "registered"),
    ("发酵尾气处理工艺改进技术服务", "SRV", _SRV, 265_000, "改进尾气处理工艺，排放浓度比现状降低四成。", "submitted"),
    ("乳酸提纯膜组件选型技术咨询", "CON", _CON, 120_000, "比较四种膜组件，提交选型报告。", "late"),
    ("聚乳酸纤维染色工艺研究开发", "DEV", _DEV, 540_000, "研究低温染色工艺，色牢度不低于四级。", "returned"),
    ("设备采购及安装调试", "SRV", _SRV, 1_500_000, "采购并安装挤出设备一套。", "refused"),
    ("淀粉改性技术服务", "SRV", _SRV, 180_000, "改进淀粉改性工艺，提高取代度。", "revoked"),
    ("可降解地膜力学性能提升研究", "DEV", _DEV, 12_600_000, "研究可降解地膜，断裂伸长率不低于300%。", "experts"),
    ("生物基涂料开发", "DEV", _DEV, 700_000, "研究水性生物基涂料。", "draft"),
)  # fmt: skip
_TITLES = {
    "DEV": "技术开发合同",
    "TRF": "技术转让合同",
    "LIC": "技术许可合同",
    "CON": "技术咨询合同",
    "SRV": "技术服务合同",
}


@transaction.atomic
def set_contracts() -> int:
    """Make them once. Returns how many contracts were made; 0 when there are some, or the accounts have no unit."""
    seller = User.objects.get(username="gaoxiao")
    firm = User.objects.get(username="qiye").organisation
    if Contract.objects.exists() or seller.organisation is None or firm is None:
        return 0
    registrar = User.objects.get(username="dengji")
    for at, (project, kind, nature, amount, content, far) in enumerate(_PLAN):
        contract = _fill(seller, firm, project, kind, nature, Decimal(amount), content)
        if far != "draft":
            _bring(submit_contract(contract=contract, by=seller), registrar, far)
        _set_back(contract, 40 - 3 * at, late=far == "late")
    return len(_PLAN)


def _fill(
    seller: User, firm: Organisation, project: str, kind: str, nature: dict[str, Any], amount: Decimal, content: str
) -> Contract:  # fmt: skip
    contract = draft_contract(by=seller, project_name=project, is_sample=True)
    signed = timezone.localdate() - dt.timedelta(days=60)
    has_right = kind in ("TRF", "LIC")
    values = {
        "title": _TITLES[kind], "declared_class": kind, "sign_on": signed, "begin_on": signed,
        "end_on": signed + dt.timedelta(days=730), "total_amount": amount, "tech_amount": amount,
        "pay_method": "lump", "field11": "05", "ip_types": ["11" if has_right else "00"], "plan_source": "X",
        "objective": "10", "industry": "2832", "nature": nature, "content": content, "clauses": _CLAUSES,
        "annexes": [*_ANNEXES, "ip_certificate"] if has_right else _ANNEXES,
        "licence_type": "ordinary" if kind == "LIC" else "",
    }  # fmt: skip
    buyer = {"name": firm.name, "uscc": firm.uscc, "division_code": firm.division_code, "organisation": firm}
    return save_contract(
        contract=contract,
        by=seller,
        values=values,
        parties={"buyer": buyer},
        ip=[_PATENT] if has_right else [],
    )


def _bring(contract: Contract, registrar: User, far: str) -> None:
    """The registrar's part of the way."""
    if far == "submitted":
        return
    registering.claim_contract(contract=contract, by=registrar)
    if far == "returned":
        registering.return_contract(
            contract=contract,
            by=registrar,
            reason_code="R10",
            reason="合同末页买方印章不清楚，请重新盖章后上传。",
        )
    elif far == "refused":
        registering.refuse_contract(
            contract=contract,
            by=registrar,
            reason_code="R02",
            reason="内容是设备采购和安装，没有技术服务的指标。",
        )
    elif far == "experts":
        registering.ask_experts(
            contract=contract, by=registrar, reason="技术交易额较大，请评审创新内容和金额构成。"
        )
    elif far in ("registered", "revoked"):
        contract.refresh_from_db()
        verdict = judge(contract)
        kind, sums = verdict.contract_class, verdict.amounts
        total, tech = sums.total_amount or Decimal(0), sums.tech_amount or Decimal(0)
        approved = Approved(kind.code or contract.declared_class, kind.subclass, total, tech)
        registering.register_contract(contract=contract, by=registrar, approved=approved, reason="示例数据")
        if far == "revoked":
            registering.end_registration(
                contract=contract, by=registrar, move="revoke", reason="合同已被法院确认无效（示例）。"
            )


def _set_back(contract: Contract, days: int, *, late: bool) -> None:
    """As if it had begun some days ago; one is left lying past its last day."""
    back = dt.timedelta(days=days)
    now = timezone.now()
    Contract.objects.filter(pk=contract.pk).update(created_at=now - back, updated_at=now - back / 2)
    if late:
        accepted = timezone.localdate() - dt.timedelta(days=35)
        ContractRegistration.objects.filter(contract=contract).update(
            accepted_on=accepted,
            due_on=accepted + dt.timedelta(days=22),
            submitted_at=now - dt.timedelta(days=37),
        )
