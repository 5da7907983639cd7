"""The door to the ledger: the firm's own people; nobody else reads its books."""

from typing import Any
from uuid import UUID

from keqiao.core.errors import NotAllowed, NotFound
from keqiao.people.access import scope_of
from keqiao.people.enums import Role
from keqiao.people.models import Organisation
from keqiao.rd.models import RdProject


def firm_of(user: Any) -> Organisation:
    """The firm whose ledger this user keeps. Raises NotAllowed for whoever is of none."""
    found: Organisation | None = next(
        (g.organisation for g in getattr(user, "current_grants", ()) if g.role == Role.ENTERPRISE and g.organisation),
        None,
    )  # fmt: skip
    if found is None:
        raise NotAllowed(
            "研发支出辅助账是企业自己的账，只有企业账号能看能记。没有企业账号的可以用公开的计算器。",
            code="rd.firm",
        )
    return found


def project_for(user: Any, public_id: UUID) -> RdProject:
    """One of the firm's own projects. NotFound when absent or another's: one answer."""
    found = RdProject.objects.of(scope_of(user)).select_related("firm").filter(public_id=public_id).first()
    if found is None:
        raise NotFound("研发项目")
    firm_of(user)
    return found
