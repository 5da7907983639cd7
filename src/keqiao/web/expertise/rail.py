"""The room's lines of the rail."""

from typing import Any

from keqiao.expertise.models import PairState
from keqiao.expertise.namesakes import pairs_for
from keqiao.people.access import scope_of
from keqiao.people.enums import OFFICERS, Role
from keqiao.web.desk.rail import RailItem


def pairs_waiting(user: Any) -> int:
    """Pairs of namesakes that wait in the officer's area."""
    return int(pairs_for(scope_of(user), PairState.OPEN).order_by().count())


RAIL_TITLE = "专家"
RAIL: list[RailItem] = [
    RailItem("找专家", "expertise:find", roles=OFFICERS | {Role.BROKER, Role.AUDITOR}),
    RailItem("重名核对", "expertise:namesake-list", roles=OFFICERS | {Role.AUDITOR}, count=pairs_waiting),
]
