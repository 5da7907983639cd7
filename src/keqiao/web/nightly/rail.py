"""The room's line of the rail."""

from keqiao.people.enums import OFFICERS, Role
from keqiao.web.desk.rail import RailItem

RAIL_TITLE = ""
RAIL: list[RailItem] = [
    RailItem(
        "昨夜新增",
        "nightly:tonight",
        roles=frozenset({*OFFICERS, Role.AUDITOR, Role.ENTERPRISE, Role.INSTITUTE}),
    ),
]
