"""Contracts of every class and in most states for the demo, all 示例, made by the rooms' own actions and set back in time."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from keqiao.contract import performing, registering
from keqiao.contract.actions import draft_contract, judge, save_contract, submit_contract
from keqiao.contract.fromcase import units_of
from keqiao.contract.models import Contract, ContractRegistration, LedgerEntry
from keqiao.contract.registering import Approved
from keqiao.deal.enums import Stage
from keqiao.deal.models import Case
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
        if far == "review":  # something for the registrar to look at twice
            contract.parties.update(address="示例·固镇县谷阳路 1 号", representative="示例")
        if far != "draft":
            _bring(submit_contract(contract=contract, by=seller), registrar, far)
        _set_back(contract, 40 - 3 * at, late=far == "late")
    made = _from_cases(registrar)
    _perform(seller)
    _past_years(seller.organisation, firm)
    return len(_PLAN) + made


def _from_cases(registrar: User) -> int:
    """Two cases of the deal desk come to a contract, drafted by the broker: one is registered, one waits to be filled in."""
    broker = User.objects.get(username="jingliren")
    made = 0
    for stage in (Stage.PERFORM, Stage.SIGN):
        for case in Case.objects.filter(is_sample=True, stage=stage).order_by("pk"):
            units = units_of(case)
            if units["seller"] is None or units["buyer"] is None:
                continue
            contract = draft_contract(by=broker, project_name=case.title[:200], case=case)
            made += 1
            if stage == Stage.PERFORM:
                amount = case.contract_yuan or Decimal(380_000)
                content = f"示例：{case.title}，研究开发并交付中试报告。"
                values = _values("DEV", _DEV, amount, content) | {"field11": case.field or "05"}
                save_contract(contract=contract, by=broker, values=values, parties={})
                _bring(submit_contract(contract=contract, by=broker), registrar, "registered")
            break
    return made


def _perform(seller: User) -> None:
    """The first contract is under way: one milestone done, one late, half paid, its income declared."""
    contract = Contract.objects.filter(project_name=_PLAN[0][0]).get()
    today, half = timezone.localdate(), Decimal(_PLAN[0][3]) / 2
    done = performing.add_milestone(
        contract=contract, by=seller, title="小试配方定型", due_on=today - dt.timedelta(days=20)
    )
    performing.finish_milestone(
        contract=contract, by=seller, pk=done.pk, done_on=today - dt.timedelta(days=24), note="示例"
    )
    performing.add_milestone(
        contract=contract, by=seller, title="中试方案评审", due_on=today - dt.timedelta(days=2)
    )
    paid = performing.plan_payment(
        contract=contract,
        by=seller,
        amount=half,
        due_on=today - dt.timedelta(days=30),
        condition="合同生效后十日内",
    )
    performing.receive_payment(
        contract=contract,
        by=seller,
        pk=paid.pk,
        paid_on=today - dt.timedelta(days=28),
        paid_amount=half,
    )
    performing.plan_payment(
        contract=contract,
        by=seller,
        amount=half,
        due_on=today + dt.timedelta(days=60),
        condition="验收合格后",
    )
    performing.declare_income(
        contract=contract, by=seller, received_on=today - dt.timedelta(days=28), realised_contract=half, realised_tech=half,
        deductions={"劳务费": Decimal(60_000), "原材料费": Decimal(45_000)},
    )  # fmt: skip


_PLACES = ("340302", "340303", "340304", "340311", "340321", "340322", "340323")
_AWAY = ("340104", "310115", "320102", "110108", "330106")


def _past_years(seller: Organisation, firm: Organisation) -> None:
    """Made-up lines of the national list for five years back, so that the statistics have something to compare."""
    today, rows = timezone.localdate(), []
    for number in range(180):
        day = today - dt.timedelta(days=45 + number * 10)
        sold_here, bought_here = number % 3 != 0, number % 4 != 3
        total = (120_000 + 37_000 * (number * 7 % 23)) * 100
        kind = ("DEV", "SRV", "SRV", "CON", "TRF", "DEV", "LIC")[number % 7]
        rows.append(
            LedgerEntry(
                reg_no=f"{day.year}340399{900_000 + number}", source="national", is_sample=True, decided_on=day, sign_on=day,
                project_name=f"示例·{_PLAN[number % len(_PLAN)][0]}", class_code=kind, statistic_class=kind,
                total_fen=total, tech_fen=total * (70 + number % 31) // 100, field11=f"{number % 11 + 1:02}",
                registrar_place="3403" if sold_here else "1101", plan_source="X" if number % 6 else "P",
                ip_type="11" if number % 3 else "00", seller_type="022" if number % 2 else "150",
                seller_name=f"示例·{seller.name.removeprefix('示例·')}" if sold_here else "示例·外地某研究院",
                seller_division=(_PLACES[number % 7] if sold_here else _AWAY[number % 5]) + "000000",
                buyer_name=f"示例·{firm.name.removeprefix('示例·')}" if bought_here else "示例·外地某公司",
                buyer_division=(_PLACES[number * 3 % 7] if bought_here or not sold_here else _AWAY[number % 5]) + "000000",
            )
        )  # fmt: skip
    LedgerEntry.objects.bulk_create(rows)


def _fill(
    seller: User, firm: Organisation, project: str, kind: str, nature: dict[str, Any], amount: Decimal, content: str
) -> Contract:  # fmt: skip
    contract = draft_contract(by=seller, project_name=project, is_sample=True)
    buyer = {"name": firm.name, "uscc": firm.uscc, "division_code": firm.division_code, "organisation": firm}
    return save_contract(
        contract=contract,
        by=seller,
        values=_values(kind, nature, amount, content),
        parties={"buyer": buyer},
        ip=[_PATENT] if kind in ("TRF", "LIC") else [],
    )


def _values(kind: str, nature: dict[str, Any], amount: Decimal, content: str) -> dict[str, Any]:
    """What the form would say, enough to pass the pre-check."""
    signed = timezone.localdate() - dt.timedelta(days=60)
    has_right = kind in ("TRF", "LIC")
    return {
        "title": _TITLES[kind], "declared_class": kind, "sign_on": signed, "begin_on": signed,
        "end_on": signed + dt.timedelta(days=730), "total_amount": amount, "tech_amount": amount,
        "pay_method": "lump", "field11": "05", "ip_types": ["11" if has_right else "00"], "plan_source": "X",
        "objective": "10", "industry": "2832", "nature": nature, "content": content, "clauses": _CLAUSES,
        "annexes": [*_ANNEXES, "ip_certificate"] if has_right else _ANNEXES,
        "licence_type": "ordinary" if kind == "LIC" else "",
    }  # fmt: skip


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
