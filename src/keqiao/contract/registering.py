"""The registrar's writes: claim, return, refuse, ask experts or a second registrar, register, end.

Every one locks the contract and its registration, makes one move of the flow and leaves one audit entry.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from keqiao.contract import ledger
from keqiao.contract.actions import apply_move, judge, keep_judgement, lock
from keqiao.contract.amounts import yuan
from keqiao.contract.book import Book, Check, book
from keqiao.contract.certificate import freeze, freeze_again
from keqiao.contract.enums import ContractClass, Side, State
from keqiao.contract.flow import CONTRACT_FLOW
from keqiao.contract.fromcase import forget_in_the_desk, tell_the_desk
from keqiao.contract.models import Contract, ContractParty, ContractRegistration
from keqiao.contract.numbering import make_number
from keqiao.contract.second import needs_second
from keqiao.contract.verdict import Verdict
from keqiao.core.audit import record
from keqiao.core.errors import BadInput, NotAllowed
from keqiao.core.models import AuditLevel
from keqiao.core.numbers import next_number
from keqiao.people.access import scope_of
from keqiao.people.enums import Role
from keqiao.people.models import User

LAYOUT = "16"
DECIDING = frozenset({State.REVIEW, State.EXPERT, State.SECOND})


@dataclass(frozen=True, slots=True)
class Approved:
    """What is registered. Sums in yuan. tech_income: only where the rule book puts it on the certificate."""

    class_code: str
    subclass: str
    total_amount: Decimal
    tech_amount: Decimal
    tech_income: Decimal | None = None


def require_registrar(by: User, contract: Contract) -> None:
    """Raises NotAllowed unless this person registers contracts here and has no stake in this one."""
    if Role.REGISTRAR not in scope_of(by).roles:
        raise NotAllowed(
            "登记由合同登记员办理，您的角色只能查看。需要办理请联系安全管理员授予角色。",
            code="registration.role",
        )
    if by.organisation_id and contract.parties.filter(organisation=by.organisation_id).exists():
        raise NotAllowed(
            f"{by.organisation} 是 {contract.number} 的当事人，登记员不能办理本单位的合同。请转给其他登记员。",
            code="registration.stake",
        )


def _opened(contract: Contract, by: User, move: str) -> tuple[Contract, ContractRegistration]:
    """Both rows locked, the move possible, the right checked."""
    locked = lock(contract)
    require_registrar(by, locked)
    CONTRACT_FLOW.the_move(locked.status, move)
    return locked, ContractRegistration.objects.select_for_update().get(contract=locked)


def _mine(registration: ContractRegistration, by: User, number: str) -> None:
    if registration.handled_by_id not in (None, by.pk):
        raise NotAllowed(
            f"{number} 由登记员“{registration.handled_by}”办理。需要您来办的，请先点“接手”。",
            code="registration.claimed",
            conflict=True,
        )


def words_of(text: str, what: str, field: str) -> str:
    """The text on one line. Raises BadInput when there is none."""
    told = " ".join(text.split())
    if not told:
        raise BadInput(f"请写明{what}，申请人按它办理。", code="registration.words", field=field)
    return told[:500]


def reason_of(registration: ContractRegistration, code: str) -> Check:
    """The ground of refusal in the book of this registration. Raises BadInput for one it does not have."""
    found = _book(registration).reasons.get(code)
    if found is None:
        raise BadInput(
            f"没有选情形，或者情形“{code}”不在列表里。请从 R01—R99 中选一项。",
            code="registration.reason",
            field="reason_code",
        )
    return found


def _book(registration: ContractRegistration) -> Book:
    return book(registration.rule_set or "CN-2026")


@transaction.atomic
def claim_contract(*, contract: Contract, by: User) -> Contract:
    """受理 what was handed in, which starts the clock; or take over what another registrar has."""
    locked = lock(contract)
    require_registrar(by, locked)
    registration = ContractRegistration.objects.select_for_update().get(contract=locked)
    if locked.status in (State.ACCEPTED, *DECIDING):
        if registration.handled_by_id == by.pk:
            raise NotAllowed(f"{locked.number} 已经由您办理。", code="registration.claimed", conflict=True)
        before, registration.handled_by = str(registration.handled_by), by
        registration.save(update_fields=["handled_by"])
        record("contract.taken_over", by=by, target=locked, changes={"登记员": [before, str(by)]})
        return locked
    apply_move(contract=locked, name="accept", by=by)
    today = timezone.localdate()
    verdict = judge(locked, on=today)
    registration.judgement = keep_judgement(contract=locked, verdict=verdict, by=by)
    registration.rule_set, registration.accepted_on, registration.due_on = (
        verdict.book,
        today,
        verdict.due_on,
    )
    registration.place = settings.KEQIAO_CONTRACT_PLACE[:20]
    registration.handled_by, registration.registrar_division = by, settings.KEQIAO_HOME_DIVISION[:12]
    registration.reason_code = registration.reason = ""
    registration.save()
    apply_move(contract=locked, name="start_review", by=by)
    record("contract.accepted", by=by, target=locked, changes={"应办结": ["", str(verdict.due_on or "")]})
    return locked


@transaction.atomic
def return_contract(*, contract: Contract, by: User, reason_code: str, reason: str) -> Contract:
    """Back to the applicant for correction; the clock starts anew when it comes in again."""
    locked, registration = _opened(contract, by, "return")
    _mine(registration, by, locked.number)
    ground, told = reason_of(registration, reason_code), words_of(reason, "要补正什么", "reason")
    apply_move(contract=locked, name="return", by=by, reason_code=reason_code, reason=_cited(ground, told))
    registration.accepted_on = registration.due_on = None
    registration.reason_code, registration.reason = reason_code, told
    registration.save()
    record("contract.returned", by=by, target=locked, reason=f"{reason_code} {told}")
    return locked


def _cited(ground: Check, told: str) -> str:
    return f"{told}（{ground.code} {ground.name}，{ground.article}{'，待核实' if ground.verify else ''}）"


@transaction.atomic
def refuse_contract(*, contract: Contract, by: User, reason_code: str, reason: str) -> Contract:
    """不予登记, with the ground, its article and words."""
    locked, registration = _opened(contract, by, "refuse")
    _deciding(locked, registration, by)
    ground, told = reason_of(registration, reason_code), words_of(reason, "不予登记的理由", "reason")
    apply_move(contract=locked, name="refuse", by=by, reason_code=reason_code, reason=_cited(ground, told))
    registration.reason_code, registration.reason = reason_code, told
    registration.decided_by = by
    if registration.reg_no is None:
        registration.decided_on = timezone.localdate()
    else:  # an objection was right: what was registered ends, its number stays taken
        registration.ended_on = timezone.localdate()
        ledger.end(registration)
        forget_in_the_desk(locked)
    registration.save()
    record(
        "contract.refused", by=by, target=locked, level=AuditLevel.IMPORTANT, reason=f"{reason_code} {told}"
    )
    return locked


@transaction.atomic
def ask_experts(*, contract: Contract, by: User, reason: str) -> Contract:
    """送专家评审, saying what is asked."""
    locked, registration = _opened(contract, by, "ask_experts")
    _mine(registration, by, locked.number)
    told = words_of(reason, "请专家评审的问题", "reason")
    apply_move(contract=locked, name="ask_experts", by=by, reason=told)
    record("contract.experts_asked", by=by, target=locked, reason=told)
    return locked


@transaction.atomic
def give_opinion(*, contract: Contract, by: User, opinion: str) -> Contract:
    """The experts' or the second registrar's opinion; the contract goes back to review."""
    locked, registration = _opened(contract, by, "back_to_review")
    if locked.status == State.SECOND:
        _second_is_another(registration, by)
    else:
        _mine(registration, by, locked.number)
    told = words_of(opinion, "评审意见", "opinion")
    apply_move(contract=locked, name="back_to_review", by=by, opinion=told)
    record("contract.opinion_given", by=by, target=locked, reason=told)
    return locked


@transaction.atomic
def ask_second(*, contract: Contract, by: User, reason: str) -> Contract:
    """送二次审核, with the first registrar's own view."""
    locked, registration = _opened(contract, by, "ask_second")
    _mine(registration, by, locked.number)
    told = words_of(reason, "您的审查意见", "reason")
    apply_move(contract=locked, name="ask_second", by=by, opinion=told)
    record("contract.second_asked", by=by, target=locked, reason=told)
    return locked


def _second_is_another(registration: ContractRegistration, by: User) -> None:
    if registration.handled_by_id == by.pk:
        raise NotAllowed(
            "二次审核须由另一位登记员办理，您是初审人。请等同事审核。",
            code="registration.second",
            conflict=True,
        )


def _deciding(contract: Contract, registration: ContractRegistration, by: User) -> None:
    """Who may decide in this state: the handling registrar, or in second review somebody else."""
    if contract.status == State.SECOND:
        _second_is_another(registration, by)
    else:
        _mine(registration, by, contract.number)


def stands_in_the_way(contract: Contract, verdict: Verdict, tech_amount: Decimal | None, day: date) -> str:
    """Why this contract cannot be registered from the state it is in; "" when it can."""
    moves = set(contract.steps.values_list("move", flat=True))
    if any(one.code == "TC-12" for one in verdict.findings) and "ask_experts" not in moves:
        return "这份合同数额较大或有争议，登记前须经专家评审。请先送专家评审，再作决定。"
    limit = needs_second(tech_amount, day)
    low_ratio = any(one.code == "AMT-06" for one in verdict.findings)
    if (limit or low_ratio) and contract.status != State.SECOND:
        why = (
            f"技术交易额达到 {yuan(limit.tech_amount)}（{limit.article}{'，待核实' if limit.verify else ''}）"
            if limit
            else "技术交易额占比偏低"
        )
        return f"{why}，须由另一位登记员二次审核后登记。请先送二次审核。"
    return ""


@transaction.atomic
def register_contract(
    *, contract: Contract, by: User, approved: Approved, reason: str = ""
) -> ContractRegistration:
    """登记: fix class and sums, give the number, freeze the certificate, tell the deal desk.

    reason: needed when class or sums differ from the judgement. The number's row lock is held to the end of the
    transaction, so that a refusal leaves no gap. Raises NotAllowed, BadInput.
    """
    locked, registration = _opened(contract, by, "register")
    _deciding(locked, registration, by)
    today = timezone.localdate()
    verdict = judge(locked, on=registration.accepted_on or today, rules=registration.rule_set or None)
    why = stands_in_the_way(locked, verdict, approved.tech_amount, today)
    if why:
        raise NotAllowed(f"{locked.number} 没有登记：{why}", code="registration.review", conflict=True)
    _check_approved(approved, verdict, reason)
    if locked.status == State.SECOND:
        registration.second_by = by
    sides = {one.side: one for one in locked.parties.all()}
    registration.judgement = keep_judgement(contract=locked, verdict=verdict, by=by)
    registration.class_code, registration.subclass = approved.class_code, approved.subclass
    registration.statistic_class = (
        verdict.contract_class.statistic_class
        if approved.class_code == verdict.contract_class.code
        else approved.class_code
    )
    registration.total_amount, registration.tech_amount = approved.total_amount, approved.tech_amount
    registration.tech_income, registration.field11 = approved.tech_income, locked.field11
    registration.seller_division = _place(sides, Side.SELLER)
    registration.buyer_division = _place(sides, Side.BUYER)
    registration.decided_by = by
    registration.reason_code = ""
    registration.reason = " ".join(reason.split())[:500]
    if is_first := registration.reg_no is None:
        registration.decided_on, registration.version = today, 1
        registration.reg_no = _number(locked, today)
    registration.save()
    apply_move(contract=locked, name="register", by=by, reason=registration.reason)
    if is_first:
        freeze(locked, registration, by=by)
    else:
        freeze_again(locked, registration, by=by, reason=registration.reason or "复核后维持登记")
    ledger.enter(locked, registration)
    note = tell_the_desk(locked, registration)
    record(
        "contract.registered", by=by, target=locked, level=AuditLevel.IMPORTANT, reason=note,
        changes={"登记编号": ["", registration.reg_no], "技术交易额": ["", str(approved.tech_amount)]},
    )  # fmt: skip
    return registration


def _place(sides: dict[str, ContractParty], side: Side) -> str:
    return sides[side].division_code if side in sides else ""


def check_sums(approved: Approved) -> None:
    """Raises BadInput unless class, subclass and sums fit each other."""
    if approved.class_code not in ContractClass.values:
        raise BadInput("请选定合同类别。", code="registration.class", field="class_code")
    if approved.subclass and not approved.subclass.startswith(approved.class_code):
        raise BadInput(
            f"子类“{approved.subclass}”不属于“{ContractClass(approved.class_code).label}”。请改选。",
            code="registration.class",
            field="subclass",
        )
    if approved.total_amount <= 0 or not 0 <= approved.tech_amount <= approved.total_amount:
        raise BadInput(
            f"技术交易额 {yuan(approved.tech_amount)} 应在零和成交总额 {yuan(approved.total_amount)} 之间，总额应大于零。",
            code="registration.sums",
            field="tech_amount",
        )


def _check_approved(approved: Approved, verdict: Verdict, reason: str) -> None:
    check_sums(approved)
    refused = [one for one in verdict.findings if one.level == "refuse"]
    if refused:
        raise NotAllowed(
            f"检查有不予登记的情形，不能登记：{refused[0].message}",
            code="registration.refused",
            conflict=True,
        )
    judged = (verdict.contract_class.code, verdict.amounts.total_amount, verdict.amounts.tech_amount)
    if judged != (approved.class_code, approved.total_amount, approved.tech_amount) and not reason.strip():
        raise BadInput(
            "核定的类别或金额与检查结果不同。请写明理由，随登记留存。",
            code="registration.differs",
            field="reason",
        )


def _number(contract: Contract, day: date) -> str:
    """The next number of this registrar in the year: year, province, city, registrar, serial."""
    home = settings.KEQIAO_HOME_DIVISION or contract.division_code
    if len(home) < 4 or not home[:4].isdigit():
        raise NotAllowed(
            "没有设置本市的行政区划代码，编不出登记编号。请系统管理员设置 KEQIAO_HOME_DIVISION 后再登记。",
            code="registration.home",
        )
    registrar = settings.KEQIAO_REGISTRAR_CODE
    issued = next_number(f"登记号{home[:4]}{registrar}", day.year)
    return make_number(
        year=day.year, province=home[:2], city=home[2:4], registrar=registrar,
        serial=int(issued.rsplit("-", 1)[1]), layout=LAYOUT,
    )  # fmt: skip


@transaction.atomic
def end_registration(*, contract: Contract, by: User, move: str, reason: str) -> Contract:
    """move: deregister (注销) | revoke (撤销). The number stays taken; the public page says so from now on."""
    if move not in ("deregister", "revoke"):
        raise BadInput("请选择注销或撤销。", code="registration.end", field="move")
    locked, registration = _opened(contract, by, move)
    told = words_of(reason, "注销或撤销的理由", "reason")
    apply_move(contract=locked, name=move, by=by, reason=told)
    registration.ended_on, registration.reason = timezone.localdate(), told
    registration.save(update_fields=["ended_on", "reason"])
    ledger.end(registration)
    forget_in_the_desk(locked)
    if move == "revoke":
        record("contract.revoked", by=by, target=locked, level=AuditLevel.IMPORTANT, reason=told)
    else:
        record("contract.deregistered", by=by, target=locked, level=AuditLevel.IMPORTANT, reason=told)
    return locked
