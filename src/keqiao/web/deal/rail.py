"""The room's lines of the rail."""

from keqiao.people.enums import MEMBERS, OFFICERS, Role
from keqiao.web.desk.rail import RailItem

_WORKERS = OFFICERS | {Role.BROKER}


RAIL_SECTIONS = [
    (
        "对接",
        [
            RailItem("我的对接", "deal:board", roles=_WORKERS),
            RailItem("对接事项", "deal:case-list", roles=_WORKERS | MEMBERS | {Role.AUDITOR, Role.REGISTRAR}),
            RailItem("对接日历", "deal:calendar", roles=_WORKERS | MEMBERS),
            RailItem("技术经理人", "deal:broker-list", roles=_WORKERS | {Role.AUDITOR}),
            RailItem("联系人和走访", "deal:visit-list", roles=OFFICERS | {Role.AUDITOR}),
            RailItem("提醒天数", "deal:ladder", roles=OFFICERS),
        ],
    )
]
