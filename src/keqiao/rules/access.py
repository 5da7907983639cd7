"""Who may read drafts and who may write and approve them. Published books are for everybody."""

from typing import Any
from uuid import UUID

from keqiao.core.errors import NotAllowed, NotFound
from keqiao.people.access import may_act, scope_of
from keqiao.people.enums import STAFF, Act
from keqiao.people.models import User
from keqiao.rules.models import RuleDraft, RuleTrial


def may_keep(user: Any) -> bool:
    """Whether this person writes and approves rules (city bureau)."""
    return may_act(user, Act.KEEP_RULES) is None


def require_keeper(user: Any) -> None:
    """Raises NotAllowed with the reason when this person keeps no rules."""
    if refusal := may_act(user, Act.KEEP_RULES):
        raise NotAllowed(refusal, code="rules.role")


def require_reader(user: Any) -> None:
    """Drafts are read by the staff: officers, registrars, auditors. Raises NotAllowed."""
    if not scope_of(user).roles & STAFF:
        raise NotAllowed(
            "规则草案由科技局人员查看。公开的规则在“规则”栏目，任何人都可以看。", code="rules.role"
        )


def draft_for(user: User, public_id: UUID | str) -> RuleDraft:
    """The draft, for the staff. NotFound when absent, or hidden from this person: one answer."""
    found = None
    if scope_of(user).roles & STAFF:
        people = ("created_by", "changed_by", "submitted_by", "decided_by")
        found = RuleDraft.objects.select_related(*people).filter(public_id=public_id).first()
    if found is None:
        raise NotFound("规则草案")
    return found


def trial_for(user: User, public_id: UUID | str) -> RuleTrial:
    """The trial, for the staff."""
    found = None
    if scope_of(user).roles & STAFF:
        found = RuleTrial.objects.select_related("draft", "started_by").filter(public_id=public_id).first()
    if found is None:
        raise NotFound("规则试算")
    return found
