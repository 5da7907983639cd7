"""The room's lines of the rail."""

from keqiao.people.enums import OFFICERS, Role
from keqiao.web.desk.rail import RailItem

_READERS = OFFICERS | {Role.AUDITOR}

RAIL_TITLE = ""
RAIL: list[RailItem] = [
    RailItem("梯度培育", "ladder:overview", roles=_READERS),
    RailItem("最接近的企业", "ladder:closest", roles=_READERS),
    RailItem("培育库", "ladder:pool", roles=_READERS, kwargs={"kind": "nursery"}),
    RailItem("称号到期", "ladder:expiry", roles=_READERS),
    RailItem("企业流动", "ladder:flow", roles=_READERS),
]
