"""The door to firm files: officers of the area, auditors, and the firm's own people; nobody else."""

from typing import Any
from uuid import UUID

from django.db.models import Q

from keqiao.core.errors import NotAllowed, NotFound
from keqiao.people.access import scope_of
from keqiao.people.enums import OFFICERS, Role
from keqiao.registry.enterprise.models import Enterprise
from keqiao.registry.records.models import prefix_range

READERS = OFFICERS | {Role.AUDITOR}


def firms_of(user: Any) -> Any:
    """Firms whose file this person may read: an officer's or auditor's area, a member's own unit."""
    scope = scope_of(user)
    rows = Enterprise.objects.select_related("organisation")
    if scope.roles & READERS and scope.sees_all:
        return rows
    reach = Q(pk__in=[])
    if scope.roles & READERS:
        for prefix in scope.prefixes:
            reach |= prefix_range("division_code", prefix)
    if Role.ENTERPRISE in scope.roles and scope.organisations:
        reach |= Q(organisation__in=scope.organisations)
    return rows.filter(reach)


def firm_for(user: Any, public_id: UUID | str, *, to_write: bool = False) -> Enterprise:
    """The firm, if this person may read its file. NotFound when absent or hidden; to_write: officers and its own people."""
    found: Enterprise | None = firms_of(user).filter(public_id=public_id).first()
    if found is None:
        raise NotFound("企业档案")
    if to_write and not may_write(user, found):
        raise NotAllowed(
            f"“{found.title}”的档案由本企业和所在地科技局填写，您可以查看，不能修改。", code="firm.role"
        )
    return found


def may_write(user: Any, firm: Enterprise) -> bool:
    """Officers of its area and the firm's own people."""
    scope = scope_of(user)
    if Role.ENTERPRISE in scope.roles and firm.organisation_id in scope.organisations:
        return True
    return is_officer(user, firm)


def is_officer(user: Any, firm: Enterprise) -> bool:
    """An officer whose area holds the firm."""
    return any(
        grant.role in OFFICERS
        and (grant.division_prefix == "" or firm.division_code.startswith(grant.division_prefix))
        for grant in user.current_grants
    )


def require_write(user: Any, firm: Enterprise) -> None:
    """Raises NotAllowed for those who may not write this firm's file. None: the system."""
    if user is not None and not may_write(user, firm):
        raise NotAllowed(f"“{firm.title}”的档案由本企业和所在地科技局填写。", code="firm.role")


def own_firm(user: Any) -> Enterprise | None:
    """The registry page of the user's own unit; None when it has none yet."""
    scope = scope_of(user)
    if Role.ENTERPRISE not in scope.roles or not scope.organisations:
        return None
    return (
        Enterprise.objects.filter(organisation__in=scope.organisations)
        .select_related("organisation")
        .order_by("pk")
        .first()
    )
