"""Listings as the hall's own actions make them, on a timeline of their own: `a_listing(owner)`, `announced(...)`."""

import datetime as dt
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from keqiao.hall.bids import apply_to_bid, decide_admission
from keqiao.hall.enums import BidForm, Way
from keqiao.hall.listing import Terms, draft_listing, publish_listing, submit_listing
from keqiao.hall.models import Admission, Listing
from keqiao.people.models import User
from tests.factories.registry import AchievementFactory

ZONE = ZoneInfo("Asia/Shanghai")
PUBLISHED = dt.datetime(2099, 3, 1, 9, 0, tzinfo=ZONE)
"""When `announced` announces: 15 days end on 2099-03-15."""
OPENS = dt.datetime(2099, 3, 17, 9, 0, tzinfo=ZONE)
CLOSES = dt.datetime(2099, 3, 17, 11, 0, tzinfo=ZONE)


def at(month: int, day: int, hour: int = 9, minute: int = 0, second: int = 0) -> dt.datetime:
    """A moment of the timeline."""
    return dt.datetime(2099, month, day, hour, minute, second, tzinfo=ZONE)


def terms(**facts: Any) -> Terms:
    """An open round from 100,000 in steps of 5,000; sealed=True, agreed=True make it something else."""
    base: dict[str, Any] = {
        "way": Way.LISTED, "form": BidForm.OPEN, "floor_yuan": Decimal(100_000), "step_yuan": Decimal(5_000),
        "price_basis": "校长办公会 2099 年第 3 次纪要", "contact": "成果转化中心 0552-1234567", "opens_at": OPENS, "closes_at": CLOSES,
    }  # fmt: skip
    if facts.pop("sealed", False):
        base["form"] = BidForm.SEALED
    if facts.pop("agreed", False):
        base |= {
            "way": Way.AGREED,
            "asking_yuan": Decimal(800_000),
            "buyer_name": "固镇某膜技术公司",
            "buyer_relation": "none",
        }
    return Terms(**base | facts)


def a_listing(owner: User, **facts: Any) -> Listing:
    """A draft of the institute's own published achievement."""
    target = facts.pop("target", None) or AchievementFactory(published=True, organisation=owner.organisation)
    case = facts.pop("case", None)
    return draft_listing(target=target, terms=terms(**facts), by=owner, case=case)


def announced(owner: User, officer: User, **facts: Any) -> Listing:
    """Announced on 2099-03-01 after the officer's check."""
    now = facts.pop("now", PUBLISHED)
    listing = submit_listing(listing=a_listing(owner, **facts), by=owner, now=now)
    publish_listing(listing=listing, by=officer, now=now)
    listing.refresh_from_db()
    return listing


def admitted(listing: Listing, user: User, officer: User, **facts: Any) -> Admission:
    """The user's unit, admitted during the publicity."""
    admission = apply_to_bid(listing=listing, by=user, now=at(3, 5), **facts)
    return decide_admission(admission=admission, is_admitted=True, by=officer, now=at(3, 6))
