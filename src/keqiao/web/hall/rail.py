"""The room's line of the rail. What waits is counted once, in 待办."""

from keqiao.people.enums import OFFICERS, Role
from keqiao.web.desk.rail import RailItem

RAIL_TITLE = "交易大厅"
RAIL: list[RailItem] = [
    RailItem("挂牌和竞价", "hall:desk", roles=OFFICERS | {Role.ENTERPRISE, Role.INSTITUTE, Role.AUDITOR})
]
