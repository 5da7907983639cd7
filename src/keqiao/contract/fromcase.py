"""A contract that comes of a case of the deal desk: filled from it, and written back when it is registered."""

from typing import Any

from keqiao.contract.models import Contract, ContractParty, ContractRegistration
from keqiao.core.errors import BadInput, NotAllowed
from keqiao.deal.access import trust_of
from keqiao.deal.actions import move_case, record_contract
from keqiao.deal.enums import Side as CaseSide
from keqiao.deal.enums import Stage
from keqiao.deal.models import Case
from keqiao.people.models import Organisation
from keqiao.registry.kinds import KINDS
from keqiao.verdict.outcomes import forget_outcome


def case_of(contract: Contract) -> Case | None:
    """The deal desk's case that the contract came from, if any."""
    return Case.objects.filter(public_id=contract.case_id).first() if contract.case_id else None


def units_of(case: Case) -> dict[str, Organisation | None]:
    """Units by the contract's sides: who supplies sells. Nobody until both sides agreed to be named."""
    if not trust_of(case).both:
        return {"seller": None, "buyer": None}
    found = {one.side: one.organisation for one in case.parties.select_related("organisation")}
    return {"seller": found.get(CaseSide.SUPPLY), "buyer": found.get(CaseSide.DEMAND)}


def values_of(case: Case) -> dict[str, Any]:
    """What a new contract takes over from its case: where it came from, the field, what is wanted."""
    achievement = None
    if case.other_kind == "achievement" and case.other_id:
        achievement = KINDS["achievement"].model.objects.filter(pk=case.other_id).first()
    return {
        "case_id": case.public_id,
        "demand_id": case.demand.public_id if case.demand else None,
        "achievement_id": achievement.public_id if achievement else None,
        "field11": case.field,
        "content": case.wish[:5000],
        "is_sample": case.is_sample,
    }


def fill_side(contract: Contract, side: str, unit: Organisation | None) -> None:
    """The unit as this side of the contract; nothing without a unit."""
    if unit is not None:
        ContractParty.objects.update_or_create(
            contract=contract, side=side,
            defaults={"organisation": unit, "name": unit.name, "uscc": unit.uscc, "division_code": unit.division_code},
        )  # fmt: skip


def tell_the_desk(contract: Contract, registration: ContractRegistration) -> str:
    """Note the registered contract in its case and go on to 履约; why it could not be, for the audit trail, or ""."""
    case = case_of(contract)
    if case is None:
        return ""
    try:
        case = record_contract(
            case=case, by=None, number=registration.reg_no or "", yuan=registration.total_amount,
            signed_on=contract.sign_on, received_yuan=case.received_yuan, is_registered=True,
        )  # fmt: skip
        if case.stage == Stage.SIGN:
            move_case(case=case, move="perform", by=None)
    except (NotAllowed, BadInput) as refusal:
        return f"没有写回对接事项：{refusal.message}"
    return ""


def source_of(contract: Contract) -> str:
    """How `verdict.outcomes` knows what became of this contract's pair."""
    return f"contract {contract.public_id}"


def forget_in_the_desk(contract: Contract) -> None:
    """A registration that ended is no longer counted as registered in its case, nor its use as a proof of the match."""
    forget_outcome(source_of(contract))
    if contract.case_id:
        Case.objects.filter(public_id=contract.case_id).update(is_registered=False)
