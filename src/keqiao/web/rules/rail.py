"""The room's lines of the rail."""

from typing import Any

from keqiao.people.enums import Act, Role
from keqiao.rules.enums import DraftState
from keqiao.rules.models import RuleDraft
from keqiao.web.desk.rail import RailItem


def _waiting(user: Any) -> int:
    """Versions that this person may approve."""
    mine = RuleDraft.objects.filter(state=DraftState.IN_REVIEW)
    return mine.exclude(created_by=user).exclude(changed_by=user).exclude(submitted_by=user).count()


RAIL_TITLE = ""
RAIL: list[RailItem] = [
    RailItem("规则", "rules:book-manage", acts=(Act.KEEP_RULES,), count=_waiting),
    RailItem("规则", "rules:book-manage", roles=frozenset({Role.COUNTY_OFFICER, Role.AUDITOR})),
]
