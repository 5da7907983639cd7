"""The room's lines of the rail."""

from typing import Any

from keqiao.payment.access import awards_of
from keqiao.payment.enums import AwardState
from keqiao.people.enums import OFFICERS, Role
from keqiao.web.desk.rail import RailItem


def waiting_for_firm(user: Any) -> int:
    """Awards of the user's unit that wait for its word."""
    return (
        awards_of(user).filter(state__in=(AwardState.ASKED, AwardState.BOUNCED, AwardState.RETURNED)).count()
    )


RAIL_TITLE = "政策兑现"
RAIL: list[RailItem] = [
    RailItem(
        "我的政策",
        "payment:own-list",
        roles=frozenset({Role.ENTERPRISE, Role.INSTITUTE}),
        count=waiting_for_firm,
    ),
    RailItem("政策库", "policy:desk", roles=OFFICERS | {Role.AUDITOR}),
    RailItem("门槛测算", "policy:sandbox", roles=OFFICERS | {Role.AUDITOR}),
    RailItem("资金和拨付", "payment:desk", roles=OFFICERS | {Role.AUDITOR}),
]
