"""The way into the hall from a record's page: 挂牌, for the unit that owns it."""

from django.http import HttpRequest
from django.urls import reverse

from keqiao.hall.access import unit_of
from keqiao.hall.listing import KINDS, listing_refusal
from keqiao.registry.records.models import Record


def hall_actions(request: HttpRequest, record: Record) -> list[dict[str, str]]:
    """The button for the owner of a public achievement or work; nothing for anybody else. No query for strangers."""
    user = request.user
    if record.KIND not in KINDS or not user.is_authenticated or unit_of(user) is None:
        return []
    if listing_refusal(user, record) is not None:
        return []
    href = reverse("hall:listing-new", args=[record.KIND, record.public_id])
    return [{"label": "挂牌", "href": href, "icon": "scale"}]
