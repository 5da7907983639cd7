"""The registrar's line of the rail."""

from typing import Any

from keqiao.contract.queue import waiting_for
from keqiao.people.enums import Role
from keqiao.web.desk.rail import RailItem


def _waiting(user: Any) -> int:
    return waiting_for(user).order_by().count()


RAIL_TITLE = ""
RAIL: list[RailItem] = [
    RailItem("合同登记", "registrar:queue", roles=frozenset({Role.REGISTRAR}), count=_waiting)
]
