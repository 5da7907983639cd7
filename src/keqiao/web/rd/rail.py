"""The room's lines of the rail."""

from keqiao.people.enums import OFFICERS, Role
from keqiao.web.desk.rail import RailItem

RAIL_TITLE = "研发"
RAIL: list[RailItem] = [
    RailItem("研发辅助账", "rd:ledger", roles=frozenset({Role.ENTERPRISE})),
    RailItem("研发统计", "rd:statistics", roles=OFFICERS | {Role.AUDITOR}),
]
