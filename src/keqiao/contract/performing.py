"""Performing a contract: milestones, payments, acceptance, agreed changes, and the income that each payment approves.

The parties write what happens; the registrar approves income (技术性收入核定, technology-contracts.md §3). Sums in yuan.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max, Sum
from django.utils import timezone

from keqiao.contract.access import DRAFTERS
from keqiao.contract.actions import lock
from keqiao.contract.amounts import yuan
from keqiao.contract.enums import IN_FORCE, ChangeKind, IncomeState, State
from keqiao.contract.fromcase import case_of
from keqiao.contract.models import (
    Acceptance,
    Contract,
    ContractAmendment,
    ContractRegistration,
    IncomeForm,
    Milestone,
    PlannedPayment,
)
from keqiao.contract.registering import require_registrar, words_of
from keqiao.core.audit import record
from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.core.models import AuditLevel
from keqiao.deal.models import Case
from keqiao.people.access import scope_of
from keqiao.people.models import User

COSTS = ("劳务费", "原材料费", "燃料及动力费", "设备购置及使用费", "专用业务费", "一、二级管理费")
"""What is taken off in one income form, in the form's order."""
_OVER = frozenset({State.DEREGISTERED, State.REVOKED, State.REFUSED})
MOST = 200


def may_perform(user: User, contract: Contract) -> bool:
    """People of the parties' units and the broker who drafted it, unless the contract is over."""
    scope = scope_of(user)
    if contract.status in _OVER or not scope.roles & DRAFTERS:
        return False
    if contract.owner_id in scope.organisations or contract.created_by_id == scope.user_id:
        return True
    return contract.is_shared and contract.parties.filter(organisation__in=scope.organisations).exists()


def _mine(contract: Contract, by: User) -> Contract:
    locked = lock(contract)
    if may_perform(by, locked):
        return locked
    if locked.status in _OVER:
        raise NotAllowed(
            f"{locked.number} 已是“{locked.get_status_display()}”，履约情况不再填写。",
            code="contract.over",
            conflict=True,
        )
    raise NotAllowed(f"{locked.number} 的履约情况由双方当事人填写，您可以查看。", code="contract.performing")


def _past(day: date | None, what: str, field: str) -> date:
    """The day, which has come. Raises BadInput."""
    if day is None:
        raise BadInput(f"请填写{what}。", code="contract.day", field=field)
    if day > timezone.localdate():
        raise BadInput(f"{what} {day} 还没有到，请核对。", code="contract.day", field=field)
    return day


def _positive(value: Decimal | None, what: str, field: str) -> Decimal:
    if value is None or value <= 0:
        raise BadInput(f"请填写大于零的{what}，单位元。", code="contract.sum", field=field)
    return value


@transaction.atomic
def add_milestone(*, contract: Contract, by: User, title: str, due_on: date | None) -> Milestone:
    """Something to be delivered by a day."""
    locked = _mine(contract, by)
    if locked.milestones.count() >= MOST:
        raise BadInput(f"已有 {MOST} 个节点，请合并后再加。", code="contract.many", field="title")
    if due_on is None:
        raise BadInput("请填写应完成的日期，到期会标红。", code="contract.day", field="due_on")
    made = Milestone.objects.create(
        contract=locked, title=words_of(title, "节点内容", "title")[:200], due_on=due_on
    )
    record("contract.milestone_added", by=by, target=locked, reason=made.title)
    return made


@transaction.atomic
def finish_milestone(
    *, contract: Contract, by: User, pk: int, done_on: date | None, note: str = ""
) -> Milestone:
    """The milestone is done."""
    locked = _mine(contract, by)
    found = locked.milestones.filter(pk=pk).first()
    if found is None:
        raise NotFound("合同节点")
    found.done_on, found.note = _past(done_on, "完成日期", "done_on"), " ".join(note.split())[:300]
    found.save(update_fields=["done_on", "note"])
    record("contract.milestone_done", by=by, target=locked, reason=found.title)
    return found


@transaction.atomic
def plan_payment(
    *, contract: Contract, by: User, amount: Decimal | None, due_on: date | None, condition: str = ""
) -> PlannedPayment:
    """An instalment as agreed."""
    locked = _mine(contract, by)
    if locked.payments.count() >= MOST:
        raise BadInput(f"已有 {MOST} 笔付款，请合并后再加。", code="contract.many", field="amount")
    made = PlannedPayment.objects.create(
        contract=locked, amount=_positive(amount, "付款金额", "amount"), due_on=due_on, condition=" ".join(condition.split())[:200],
    )  # fmt: skip
    record("contract.payment_planned", by=by, target=locked, reason=str(made.amount))
    return made


@transaction.atomic
def receive_payment(
    *, contract: Contract, by: User, pk: int, paid_on: date | None, paid_amount: Decimal | None
) -> PlannedPayment:
    """The money came in. A correction overwrites it; the trail keeps both."""
    locked = _mine(contract, by)
    found = locked.payments.select_for_update().filter(pk=pk).first()
    if found is None:
        raise NotFound("约定付款")
    before = str(found.paid_amount or "")
    found.paid_on = _past(paid_on, "到账日期", "paid_on")
    found.paid_amount = _positive(paid_amount, "到账金额", "paid_amount")
    found.save(update_fields=["paid_on", "paid_amount"])
    record(
        "contract.payment_received",
        by=by,
        target=locked,
        changes={"到账金额": [before, str(found.paid_amount)]},
    )
    _tell_case(locked)
    return found


def _tell_case(contract: Contract) -> None:
    """The case that the contract came from knows how much has come in."""
    case = case_of(contract)
    if case is not None:
        total = contract.payments.aggregate(sum=Sum("paid_amount"))["sum"]
        Case.objects.filter(pk=case.pk).update(received_yuan=total)


@transaction.atomic
def record_acceptance(
    *, contract: Contract, by: User, held_on: date | None, is_passed: bool, note: str
) -> Acceptance:
    """An acceptance and its result."""
    locked = _mine(contract, by)
    made = Acceptance.objects.create(
        contract=locked, held_on=_past(held_on, "验收日期", "held_on"), is_passed=is_passed,
        note=words_of(note, "验收意见", "note"), by=by,
    )  # fmt: skip
    record("contract.accepted_work", by=by, target=locked, reason=str(made))
    return made


@transaction.atomic
def record_amendment(
    *, contract: Contract, by: User, kind: str, agreed_on: date | None, reason: str, after: Mapping[str, Any]
) -> ContractAmendment:
    """The parties agreed to change or end the contract. What is registered changes only by 变更登记 or 注销登记."""
    locked = _mine(contract, by)
    if kind not in ChangeKind.values:
        raise BadInput("请选择变更或解除。", code="contract.amendment", field="kind")
    changed = {name: value for name, value in after.items() if value not in (None, "")}
    if kind == ChangeKind.CHANGE and not changed:
        raise BadInput(
            "请填写变更后的金额、期限或项目名称，至少一项。", code="contract.amendment", field="total_amount"
        )
    made = ContractAmendment.objects.create(
        contract=locked, kind=kind, agreed_on=_past(agreed_on, "约定日期", "agreed_on"),
        reason=words_of(reason, "变更或解除的原因", "reason")[:300],
        before={name: str(getattr(locked, name) or "") for name in changed},
        after={name: str(value) for name, value in changed.items()}, by=by,
    )  # fmt: skip
    record(
        "contract.amended", by=by, target=locked, level=AuditLevel.IMPORTANT, changes={"变更": [made.before, made.after]}, reason=made.reason,
    )  # fmt: skip
    return made


# -- income -------------------------------------------------------------------------------------------------------


def _sums_so_far(contract: Contract) -> tuple[Decimal, Decimal]:
    """Realised contract and technology amounts of the forms that were not returned."""
    found = contract.income_forms.exclude(state=IncomeState.RETURNED)
    sums = found.aggregate(contract=Sum("realised_contract"), tech=Sum("realised_tech"))
    return sums["contract"] or Decimal(0), sums["tech"] or Decimal(0)


def _check_income(
    contract: Contract, registration: ContractRegistration, realised: Decimal, tech: Decimal, spent: Decimal
) -> None:
    """AMT-07 and AMT-08: never more than was registered, costs never more than what came in."""
    before_contract, before_tech = _sums_so_far(contract)
    if tech > realised:
        raise BadInput(
            f"本次实现技术交易额 {yuan(tech)} 大于本次实现合同交易额 {yuan(realised)}。请核对。",
            code="AMT-08",
            field="realised_tech",
        )
    for name, more, before, limit, field in (
        ("合同交易额", realised, before_contract, registration.total_amount, "realised_contract"),
        ("技术交易额", tech, before_tech, registration.tech_amount, "realised_tech"),
    ):
        if limit is not None and before + more > limit:
            raise BadInput(
                f"已实现的{name} {yuan(before)}，加本次 {yuan(more)} 超过登记的 {yuan(limit)}。金额有变的先办变更登记。",
                code="AMT-07",
                field=field,
            )
    if spent > tech:
        raise BadInput(
            f"扣除成本合计 {yuan(spent)}，大于本次实现技术交易额 {yuan(tech)}。请核对扣除的成本。",
            code="AMT-08",
            field="costs",
        )


@transaction.atomic
def declare_income(
    *, contract: Contract, by: User, received_on: date | None, realised_contract: Decimal | None,
    realised_tech: Decimal | None, deductions: Mapping[str, Decimal],
) -> IncomeForm:  # fmt: skip
    """申报 one payment's income. deductions: names of COSTS -> yuan. Raises BadInput with AMT-07, AMT-08."""
    locked = _mine(contract, by)
    registration = ContractRegistration.objects.filter(contract=locked).first()
    if registration is None or locked.status not in IN_FORCE:
        raise NotAllowed(
            f"{locked.number} 还没有登记，不能申报技术性收入核定。登记后每到账一笔申报一次。",
            code="income.unregistered",
            conflict=True,
        )
    realised = _positive(realised_contract, "本次实现合同交易额", "realised_contract")
    tech = realised_tech if realised_tech is not None else realised
    if tech < 0 or any(name not in COSTS or amount < 0 for name, amount in deductions.items()):
        raise BadInput("金额不能是负数。", code="income.sum", field="realised_tech")
    spent = {name: amount for name, amount in deductions.items() if amount}
    _check_income(locked, registration, realised, tech, sum(spent.values(), Decimal(0)))
    seq = (locked.income_forms.aggregate(last=Max("seq"))["last"] or 0) + 1
    made = IncomeForm.objects.create(
        contract=locked, seq=seq, received_on=_past(received_on, "到账日期", "received_on"), realised_contract=realised,
        realised_tech=tech, deductions={name: str(amount) for name, amount in spent.items()},
        tech_income=tech - sum(spent.values(), Decimal(0)), by=by,
    )  # fmt: skip
    record("income.declared", by=by, target=locked, reason=f"第 {seq} 次，{made.tech_income} 元")
    return made


def _form(contract: Contract, pk: int) -> IncomeForm:
    found = IncomeForm.objects.select_for_update().filter(contract=contract, pk=pk).first()
    if found is None:
        raise NotFound("技术性收入核定表")
    if found.state != IncomeState.WAITING:
        raise NotAllowed(
            f"第 {found.seq} 次收入已是“{found.get_state_display()}”，不能再办。",
            code="income.state",
            conflict=True,
        )
    return found


@transaction.atomic
def approve_income(*, contract: Contract, by: User, pk: int, reason: str = "") -> IncomeForm:
    """核定 one payment's income; the contract's approved income is the sum of its forms."""
    locked = lock(contract)
    require_registrar(by, locked)
    found = _form(locked, pk)
    found.state, found.approved_by, found.approved_at = IncomeState.APPROVED, by, timezone.now()
    found.reason = " ".join(reason.split())[:300]
    found.save(update_fields=["state", "approved_by", "approved_at", "reason"])
    total = locked.income_forms.filter(state=IncomeState.APPROVED).aggregate(sum=Sum("tech_income"))["sum"]
    ContractRegistration.objects.filter(contract=locked).update(tech_income=total)
    record(
        "income.approved", by=by, target=locked, level=AuditLevel.IMPORTANT, changes={"核定技术性收入": ["", str(found.tech_income)]}, reason=found.reason,
    )  # fmt: skip
    return found


@transaction.atomic
def return_income(*, contract: Contract, by: User, pk: int, reason: str) -> IncomeForm:
    """退回 one payment's income with what to correct; it no longer counts."""
    locked = lock(contract)
    require_registrar(by, locked)
    found = _form(locked, pk)
    found.state, found.approved_by, found.approved_at = IncomeState.RETURNED, by, timezone.now()
    found.reason = words_of(reason, "要改正什么", "reason")[:300]
    found.save(update_fields=["state", "approved_by", "approved_at", "reason"])
    record("income.returned", by=by, target=locked, reason=found.reason)
    return found
