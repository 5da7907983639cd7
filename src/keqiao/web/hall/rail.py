"""The room's lines of the rail."""

from typing import Any

from keqiao.hall.todo import todos_of
from keqiao.people.enums import OFFICERS, Role
from keqiao.web.desk.rail import RailItem


def waiting(user: Any) -> int:
    """How much waits for this user in the hall."""
    return len(todos_of(user))


RAIL_TITLE = "交易大厅"
RAIL: list[RailItem] = [
    RailItem(
        "挂牌和竞价",
        "hall:desk",
        roles=OFFICERS | {Role.ENTERPRISE, Role.INSTITUTE, Role.AUDITOR},
        count=waiting,
    )
]
