"""The door to contracts: parties' units, their brokers, registrars, officers of the area, auditors; nobody else."""

from typing import Any
from uuid import UUID

from keqiao.contract.enums import EDITABLE
from keqiao.contract.models import Contract
from keqiao.core.errors import NotAllowed, NotFound
from keqiao.people.access import may_act, scope_of
from keqiao.people.enums import Act, Role

DRAFTERS = frozenset({Role.ENTERPRISE, Role.INSTITUTE, Role.BROKER})


def contract_for(user: Any, public_id: UUID | str) -> Contract:
    """The contract, if this person may read it. NotFound when absent or hidden: one answer."""
    found = Contract.objects.visible_to(user).select_related("owner").filter(public_id=public_id).first()
    if found is None:
        raise NotFound("技术合同")
    return found


def require_drafter(user: Any) -> None:
    """Raises NotAllowed unless this person drafts contracts: enterprises, institutes, brokers."""
    if scope_of(user).roles & DRAFTERS:
        return
    raise NotAllowed(
        may_act(user, Act.CREATE)
        or "填写合同由企业、高校院所用户和技术经理人办理。登记机构在登记台上受理，不代填。",
        code="contract.role",
    )


def may_edit(user: Any, contract: Contract) -> bool:
    """The drafting unit's people, or the broker who drafted it, while it is a draft or returned."""
    scope = scope_of(user)
    is_own = contract.owner_id in scope.organisations or contract.created_by_id == scope.user_id
    return is_own and bool(scope.roles & DRAFTERS) and contract.status in EDITABLE


def require_edit(user: Any, contract: Contract) -> None:
    """Raises NotAllowed with the reason when it may not be edited by this person now."""
    if may_edit(user, contract):
        return
    if contract.status not in EDITABLE:
        raise NotAllowed(
            f"{contract.number} 是“{contract.get_status_display()}”，不能修改。已提交的可以先撤回；已登记的请办变更登记。",
            code="contract.state",
            conflict=True,
        )
    raise NotAllowed(
        f"{contract.number} 由“{contract.owner}”填报，您可以查看，不能修改。需要改动请联系填报单位。",
        code="contract.owner",
    )
