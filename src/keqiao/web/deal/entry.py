"""Ways into the desk from other pages: 我要对接, 建立对接事项, and the clock on a demand."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from keqiao.deal.clock import clock_of_demand
from keqiao.deal.opening import SUPPLY_KINDS, may_open
from keqiao.people.access import scope_of
from keqiao.people.enums import MEMBERS, Role
from keqiao.registry.demand.models import Demand
from keqiao.registry.records.enums import Status
from keqiao.registry.records.models import Record
from keqiao.web.market import present


def enquire_actions(request: HttpRequest, record: Record) -> list[dict[str, str]]:
    """The button of a published record's page: 我要对接 for visitors and members, 建立对接事项 for the desk."""
    if record.status != Status.PUBLISHED or record.KIND not in (*SUPPLY_KINDS, "demand"):
        return []
    user = request.user
    if not user.is_authenticated:
        href = reverse("deal:visitor-enquire", args=[record.KIND, record.public_id])
    elif may_open(user) and not scope_of(user).roles & (MEMBERS - {Role.BROKER}):
        name = "demand" if record.KIND == "demand" else "other"
        href = f"{reverse('deal:case-new')}?{urlencode({name: record.number or ''})}"
        return [{"label": "建立对接事项", "href": href, "icon": "handshake"}]
    elif scope_of(user).roles & MEMBERS and record.organisation_id not in scope_of(user).organisations:
        href = reverse("deal:enquire", args=[record.KIND, record.public_id])
    else:
        return []
    label = "我能解决" if record.KIND == "demand" else "我要对接"
    return [{"label": label, "href": href, "icon": "handshake", "kind": "primary"}]


def match_actions(user: Any, record: Record, target: Record) -> list[dict[str, str]]:
    """The button under a match: the desk opens a case of the pair; the demand's own firm asks for it."""
    demand, other = (record, target) if record.KIND == "demand" else (target, record)
    if (
        demand.KIND != "demand"
        or other.KIND not in SUPPLY_KINDS
        or not getattr(user, "is_authenticated", False)
    ):
        return []
    if may_open(user):
        query = urlencode({"demand": demand.number or "", "other": other.number or "", "from": "match"})
        return [
            {
                "label": "建立对接事项",
                "href": f"{reverse('deal:case-new')}?{query}",
                "icon": "handshake",
                "small": "yes",
            }
        ]
    if demand.organisation_id in scope_of(user).organisations:
        href = reverse("deal:enquire", args=[other.KIND, other.public_id])
        return [{"label": "我要对接", "href": href, "icon": "handshake", "small": "yes"}]
    return []


def listing_clock(record: Record) -> list[dict[str, str]]:
    """The clock of a record's public page. A published demand says which office holds it now; nobody is named."""
    steps = present.clock_of(record)
    running = clock_of_demand(record) if isinstance(record, Demand) else []
    if not running:
        return steps
    until = [step for step in steps if step["state"] == "now"]
    return [*(step for step in steps if step["state"] == "done"), *running, *until]
