"""The room's line of the rail."""

from keqiao.people.enums import OFFICERS, Role
from keqiao.web.desk.rail import RailItem

RAIL_TITLE = ""
RAIL: list[RailItem] = [
    RailItem("共性需求", "radar:need-list", roles=frozenset({*OFFICERS, Role.REGISTRAR, Role.AUDITOR})),
]
