"""The room's line of the rail."""

from typing import Any

from keqiao.message.models import Message, MessageState
from keqiao.people.enums import Act
from keqiao.web.desk.rail import RailItem


def failed(user: Any) -> int:
    """Messages that did not go out."""
    return Message.objects.filter(state=MessageState.FAILED).count()


RAIL_TITLE = ""
RAIL: list[RailItem] = [
    RailItem("发信", "message:outbox", (Act.SET_PARAMETERS,), failed, tone="red"),
]
