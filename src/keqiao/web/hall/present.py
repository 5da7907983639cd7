"""A listing as pages show it: one row of a list, and the live board with its clock."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils import timezone

from keqiao.hall.bidding import Form, least_bid
from keqiao.hall.enums import BidForm, Mode, Phase, State, Way
from keqiao.hall.ledger import Played
from keqiao.hall.log import Clock, clock_of, played_of
from keqiao.hall.models import Listing
from keqiao.web.market.present import place_name

_TONES = {
    Phase.PUBLICITY: "brand",
    Phase.PAUSED: "amber",
    Phase.WAITING: "plain",
    Phase.BIDDING: "green",
    Phase.DECIDING: "amber",
}
_ENDS = {State.DONE: "green", State.FAILED: "plain", State.STOPPED: "red"}


def way_words(listing: Listing) -> str:
    """挂牌（公开竞价）."""
    form = f"（{BidForm(listing.form).label}）" if listing.form else ""
    return f"{Way(listing.way).label}{form}"


def state_of(listing: Listing, clock: Clock) -> tuple[str, str]:
    """(words, tone) of the chip."""
    if listing.state == State.PUBLISHED:
        return str(clock.phase.label), _TONES.get(clock.phase, "plain")
    return str(State(listing.state).label), _ENDS.get(State(listing.state), "plain")


def whole(amount: Decimal | None) -> Decimal | int | None:
    """575000.00 → 575000, so that the page shows no empty cents."""
    return int(amount) if amount is not None and amount == int(amount) else amount


def left_words(seconds: float) -> str:
    """2 天 3 小时, 1:02:03."""
    whole = max(0, int(seconds))
    days, rest = divmod(whole, 86_400)
    hours, rest = divmod(rest, 3600)
    if days:
        return f"{days} 天 {hours} 小时"
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}"


def row_of(listing: Listing, now: dt.datetime) -> dict[str, Any]:
    """One line of a list. Two or three queries."""
    clock = clock_of(listing, now)
    words, tone = state_of(listing, clock)
    return {
        "listing": listing, "href": reverse("hall:listing", args=[listing.public_id]), "state": words, "tone": tone,
        "way": way_words(listing), "mode": str(Mode(listing.mode).label), "place": place_name(listing.division_code),
        "clock": clock.words if listing.state == State.PUBLISHED else "", "price": whole(listing.price_yuan),
        "price_word": "拟交易价格" if listing.way == Way.AGREED else "底价",
    }  # fmt: skip


def board_of(listing: Listing, now: dt.datetime) -> dict[str, Any]:
    """Everything the live board shows, by the server's own clock."""
    played: Played = played_of(listing) if listing.number else Played()
    clock = clock_of(listing, now, played)
    words, tone = state_of(listing, clock)
    standing, rules = played.standing, played.rules
    is_open = rules is not None and rules.form is Form.OPEN
    best = played.winner if is_open or played.is_opened else None
    board: dict[str, Any] = {
        "clock": clock, "played": played, "state": words, "tone": tone, "now": now,
        "is_live": listing.state == State.PUBLISHED and clock.phase in (Phase.WAITING, Phase.BIDDING),
        "best": {"bidder": best.bidder, "amount": whole(best.amount)} if best else None, "is_open_form": is_open, "least": None, "left": "", "left_word": "", "closes_at": None,
        "count": len(played.sealed) if rules and not is_open and not played.is_opened else 0,
        "members": len(played.members),
    }  # fmt: skip
    if rules is not None and standing is not None:
        board["closes_at"], board["extended"] = standing.closes_at, standing.extended
        board["least"] = whole(least_bid(rules, standing))
        bids = list(reversed(standing.accepted))[:20] if is_open or played.is_opened else []
        board["bids"] = [{"at": one.at, "bidder": one.bidder, "amount": whole(one.amount)} for one in bids]
        if clock.phase is Phase.WAITING:
            board["left"], board["left_word"] = (
                left_words((rules.opens_at - now).total_seconds()),
                "距报价开始",
            )
        elif clock.phase is Phase.BIDDING:
            board["left"], board["left_word"] = (
                left_words((standing.closes_at - now).total_seconds()),
                "距报价截止",
            )
    return board


def terms_of(listing: Listing) -> list[tuple[str, str]]:
    """What is announced, line by line, as the draft stands."""
    local = timezone.localtime
    window = (
        f"{local(listing.opens_at):%Y-%m-%d %H:%M} 至 {local(listing.closes_at):%Y-%m-%d %H:%M}"
        if listing.opens_at and listing.closes_at else ""
    )  # fmt: skip
    lines = [
        ("转让方", listing.owner_name), ("转化方式", str(Mode(listing.mode).label)), ("定价方式", way_words(listing)),
        ("拟交易价格", f"{whole(listing.asking_yuan):,} 元" if listing.asking_yuan else ""),
        ("拟受让方", listing.buyer_name),
        ("受让方与成果的关系", f"{listing.get_buyer_relation_display()}{'：' + listing.relation_note if listing.relation_note else ''}" if listing.buyer_relation else ""),
        ("底价", f"{whole(listing.floor_yuan):,} 元" if listing.floor_yuan else ""),
        ("加价幅度", f"{whole(listing.step_yuan):,} 元" if listing.step_yuan else ""), ("报价时间", window),
        ("受让条件", listing.conditions), ("保证金", listing.deposit), ("价格依据", listing.price_basis),
        ("联系方式", listing.contact),
    ]  # fmt: skip
    return [line for line in lines if line[1]]
