"""The room's line of the rail."""

from keqiao.verdict.access import READERS
from keqiao.web.desk.rail import RailItem

RAIL_TITLE = ""
RAIL: list[RailItem] = [RailItem("匹配质量", "verdict:quality", roles=READERS)]
