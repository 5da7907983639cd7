"""The room's lines of the rail. What waits is counted once, in 待办."""

from keqiao.people.enums import OFFICERS, Role
from keqiao.web.desk.rail import RailItem

RAIL_TITLE = "创新券"
RAIL: list[RailItem] = [
    RailItem("我的创新券", "voucher:wallet", roles=frozenset({Role.ENTERPRISE})),
    RailItem("服务机构台", "voucher:lab", roles=frozenset({Role.ENTERPRISE, Role.INSTITUTE})),
    RailItem("创新券管理", "voucher:bureau", roles=OFFICERS | {Role.AUDITOR}),
]
