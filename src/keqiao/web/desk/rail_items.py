"""The desk's own lines of the rail."""

from keqiao.people.enums import MEMBERS, OFFICERS, Act, Role
from keqiao.registry.kinds import KINDS
from keqiao.web.desk.inbox import inbox_count, reviews_waiting
from keqiao.web.desk.rail import RailItem

_READERS = OFFICERS | {Role.REGISTRAR, Role.AUDITOR}

RAIL_SECTIONS = [
    (
        "",
        [
            RailItem("待办", "desk:inbox", count=inbox_count),
            RailItem(
                "审核", "desk:review-queue", acts=(Act.REVIEW, Act.REVIEW_COUNTY), count=reviews_waiting
            ),
            RailItem("我的填报", "desk:mine", roles=MEMBERS),
            RailItem("填报需求", "desk:demand-new", acts=(Act.CREATE,)),
            RailItem("登记成果", "desk:achievement-new", acts=(Act.CREATE,)),
        ],
    ),
    (
        "登记簿",
        [
            RailItem(kind.label, "desk:registry", roles=_READERS, kwargs={"kind": kind.key})
            for kind in KINDS.values()
        ],
    ),
]
