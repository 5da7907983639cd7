"""The room's lines of the rail."""

from keqiao.people.enums import OFFICERS, Role
from keqiao.web.desk.rail import RailItem

RAIL_TITLE = "企业"
RAIL: list[RailItem] = [
    RailItem("企业档案", "firm:firm-list", roles=OFFICERS | {Role.AUDITOR}),
    RailItem("本企业档案", "firm:own", roles=frozenset({Role.ENTERPRISE})),
]
