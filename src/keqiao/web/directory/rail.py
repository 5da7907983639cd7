"""The room's line of the rail."""

from keqiao.people.enums import Act
from keqiao.web.desk.rail import RailItem

RAIL_TITLE = ""
RAIL: list[RailItem] = [RailItem("双向清单", "directory:directory-manage", acts=(Act.PUBLISH_LIST,))]
