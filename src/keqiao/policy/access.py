"""The door to a policy and its items."""

from typing import Any
from uuid import UUID

from keqiao.core.errors import NotAllowed, NotFound
from keqiao.people.access import scope_of
from keqiao.people.enums import OFFICERS
from keqiao.people.models import User
from keqiao.policy.models import Policy, PolicyItem, Trial


def may_edit(user: Any, division_code: str) -> bool:
    """Whether the user is an officer of the policy's place; a blank place belongs to the city."""
    return any(
        grant.role in OFFICERS
        and (grant.division_prefix == "" or (division_code or "-").startswith(grant.division_prefix))
        for grant in getattr(user, "current_grants", ())
    )


def require_editor(user: User, division_code: str) -> None:
    if not may_edit(user, division_code):
        raise NotAllowed("政策由发布地区的科技局工作人员维护，您可以查看。", code="policy.editor")


def policy_for(user: Any, pk: int) -> Policy:
    """The policy. NotFound when absent or hidden (one answer)."""
    found = Policy.objects.visible_to(scope_of(user)).filter(pk=pk).first()
    if found is None:
        raise NotFound("政策")
    return found


def item_for(user: Any, public_id: UUID) -> PolicyItem:
    """An item of a policy that the user may see."""
    seen = Policy.objects.visible_to(scope_of(user))
    found = (
        PolicyItem.objects.filter(policy__in=seen, public_id=public_id)
        .select_related("policy", "current")
        .first()
    )
    if found is None:
        raise NotFound("政策条款")
    return found


def trial_for(user: Any, public_id: UUID) -> Trial:
    """A trial of an item that the user may edit: drafts are no public matter."""
    found = (
        Trial.objects.select_related("item__policy", "item__current", "rule", "freeze", "author")
        .filter(public_id=public_id)
        .first()
    )
    if found is None or not may_edit(user, found.item.policy.division_code):
        raise NotFound("政策测算")
    return found
