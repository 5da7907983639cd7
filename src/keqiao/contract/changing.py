"""After registration: 变更登记, objections and their review. The number never changes; the certificate gets a version."""

from django.db import transaction
from django.utils import timezone

from keqiao.contract import ledger
from keqiao.contract.access import DRAFTERS
from keqiao.contract.actions import apply_move, judge, keep_judgement, lock
from keqiao.contract.certificate import freeze
from keqiao.contract.flow import CONTRACT_FLOW
from keqiao.contract.models import Contract, ContractRegistration
from keqiao.contract.registering import Approved, check_sums, require_registrar, words_of
from keqiao.core.audit import record
from keqiao.core.errors import BadInput, NotAllowed
from keqiao.core.models import AuditLevel
from keqiao.people.access import scope_of
from keqiao.people.enums import Role
from keqiao.people.models import User


def _both(contract: Contract, move: str) -> tuple[Contract, ContractRegistration]:
    locked = lock(contract)
    CONTRACT_FLOW.the_move(locked.status, move)
    return locked, ContractRegistration.objects.select_for_update().get(contract=locked)


@transaction.atomic
def change_registration(
    *, contract: Contract, by: User, approved: Approved, reason: str, project_name: str = ""
) -> ContractRegistration:
    """变更登记 (draft of 2024 art. 16): sums approved anew, a new version of the certificate, the old one is told of.

    Raises NotAllowed, BadInput; nothing changed is refused.
    """
    locked, registration = _both(contract, "change")
    require_registrar(by, locked)
    told = words_of(reason, "变更的理由和依据", "reason")
    check_sums(approved)
    name = " ".join(project_name.split()) or locked.project_name
    before = {
        "项目名称": locked.project_name, "类别": registration.class_code, "成交总额": str(registration.total_amount),
        "技术交易额": str(registration.tech_amount),
    }  # fmt: skip
    after = {
        "项目名称": name, "类别": approved.class_code, "成交总额": str(approved.total_amount),
        "技术交易额": str(approved.tech_amount),
    }  # fmt: skip
    if before == after:
        raise BadInput(
            "登记的内容没有改动，不用办变更登记。请改正要变更的一项。",
            code="change.same",
            field="tech_amount",
        )
    locked.project_name = name
    locked.save(update_fields=["project_name"])
    if registration.class_code != approved.class_code:
        registration.statistic_class = approved.class_code
    registration.class_code, registration.subclass = approved.class_code, approved.subclass
    registration.total_amount, registration.tech_amount = approved.total_amount, approved.tech_amount
    registration.tech_income = approved.tech_income
    registration.version += 1
    registration.save()
    apply_move(contract=locked, name="change", by=by, reason=told)
    freeze(locked, registration, by=by, reason=told)
    ledger.enter(locked, registration)
    changes: dict[str, list[str]] = {
        key: [before[key], after[key]] for key in before if before[key] != after[key]
    }
    record(
        "contract.changed",
        by=by,
        target=locked,
        level=AuditLevel.IMPORTANT,
        changes=changes,
        reason=told,
    )
    return registration


def may_object(user: User, contract: Contract) -> bool:
    """The parties' own people, and registrars who write down what a tax or finance office doubts."""
    scope = scope_of(user)
    if Role.REGISTRAR in scope.roles:
        return True
    if not scope.roles & DRAFTERS:
        return False
    return (
        contract.owner_id in scope.organisations
        or contract.parties.filter(organisation__in=scope.organisations).exists()
    )


@transaction.atomic
def object_to(*, contract: Contract, by: User, reason: str) -> Contract:
    """提出异议 against a refusal or a registration. Until it is decided /verify/ says that a review is under way."""
    locked, _ = _both(contract, "object")
    if not may_object(by, locked):
        raise NotAllowed(
            f"对 {locked.number} 的异议由合同当事人提出；税务、财政部门的意见请登记员代为记入。",
            code="contract.objection",
        )
    told = words_of(reason, "异议的内容和依据", "reason")
    apply_move(contract=locked, name="object", by=by, reason=told)
    record("contract.objected", by=by, target=locked, level=AuditLevel.IMPORTANT, reason=told)
    return locked


@transaction.atomic
def take_objection(*, contract: Contract, by: User, reason: str) -> Contract:
    """异议转审查: another registrar than the one who decided takes it; the clock starts anew."""
    locked, registration = _both(contract, "take_objection")
    require_registrar(by, locked)
    if registration.decided_by_id == by.pk:
        raise NotAllowed(
            f"{locked.number} 是您决定的，异议须由另一位登记员复核。请转给同事。",
            code="contract.objection_own",
            conflict=True,
        )
    told = words_of(reason, "复核的安排", "reason")
    today = timezone.localdate()
    verdict = judge(locked, on=today, rules=registration.rule_set or None)
    registration.judgement = keep_judgement(contract=locked, verdict=verdict, by=by)
    registration.accepted_on, registration.due_on, registration.handled_by = today, verdict.due_on, by
    registration.save(update_fields=["judgement", "accepted_on", "due_on", "handled_by"])
    apply_move(contract=locked, name="take_objection", by=by, reason=told)
    record("contract.objection_taken", by=by, target=locked, reason=told)
    return locked
