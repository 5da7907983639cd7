"""The room's lines of the rail."""

from keqiao.people.enums import OFFICERS, Role
from keqiao.web.desk.rail import RailItem

RAIL_TITLE = ""
RAIL: list[RailItem] = [
    RailItem("找专家", "expertise:find", roles=OFFICERS | {Role.BROKER, Role.AUDITOR}),
]
