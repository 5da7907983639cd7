"""Bids in open and sealed form, judged by the rules alone. Pure, so that an outsider replays a published log.

Open (公开竞价): ascending, binding, each at least one step above the best; a bid in the last minutes moves the end.
Sealed (密封报价): kept closed until the end, the last one of a bidder counts and may be taken back before it; the
highest wins, of equal ones the earlier.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

_CENT = Decimal("0.01")


class Form(StrEnum):
    OPEN = "open"
    SEALED = "sealed"


@dataclass(frozen=True, slots=True)
class Rules:
    """What was announced. Amounts in yuan. floor: least bid; step: least rise (open only).

    extend_within / extend_by: an open bid in the last so many minutes moves the end to so many minutes after it,
    at most `extend_times` times.
    """

    form: Form
    floor: Decimal
    opens_at: datetime
    closes_at: datetime
    step: Decimal = Decimal(0)
    extend_within: timedelta = timedelta(minutes=5)
    extend_by: timedelta = timedelta(minutes=5)
    extend_times: int = 20


@dataclass(frozen=True, slots=True)
class Bid:
    """One bid as it was received. bidder: the alias under which the log is published (竞买人1). amount None: taken back."""

    seq: int
    bidder: str
    amount: Decimal | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands after some bids. best is hidden from people while a sealed round is open; see `ranking`."""

    closes_at: datetime
    extended: int = 0
    accepted: tuple[Bid, ...] = ()

    @property
    def best(self) -> Bid | None:
        return self.ranking[0] if self.ranking else None

    @property
    def ranking(self) -> tuple[Bid, ...]:
        """Each bidder's bid that counts, the highest first, of equal ones the earlier."""
        last: dict[str, Bid] = {}
        for bid in self.accepted:
            last[bid.bidder] = bid
        counted = [bid for bid in last.values() if bid.amount is not None]
        return tuple(sorted(counted, key=lambda bid: (-(bid.amount or 0), bid.seq)))


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a bid does not count, and the least amount that would."""

    code: str
    message: str
    least: Decimal | None = None


def start(rules: Rules) -> Standing:
    """Before the first bid."""
    return Standing(closes_at=rules.closes_at)


def least_bid(rules: Rules, standing: Standing) -> Decimal:
    """The least amount that would be accepted now, yuan."""
    if rules.form is Form.SEALED or standing.best is None or standing.best.amount is None:
        return rules.floor
    return standing.best.amount + rules.step


def judge(rules: Rules, standing: Standing, bid: Bid) -> Refusal | None:
    """None when the bid counts."""
    if bid.at < rules.opens_at:
        return Refusal("hall.early", f"竞价 {rules.opens_at:%m-%d %H:%M} 开始，现在还不能报价。")
    if bid.at >= standing.closes_at:
        return Refusal("hall.late", f"竞价已于 {standing.closes_at:%m-%d %H:%M:%S} 截止，这次报价没有记入。")
    if bid.amount is None:
        return _judge_taking_back(rules, standing, bid)
    if bid.amount != bid.amount.quantize(_CENT):
        return Refusal("hall.amount", f"报价 {bid.amount} 元须精确到分。")
    least = least_bid(rules, standing)
    if bid.amount < least:
        why = "起始价" if standing.best is None or rules.form is Form.SEALED else "当前最高价加一个加价幅度"
        return Refusal("hall.low", f"报价 {bid.amount:,} 元低于{why}，最低须报 {least:,} 元。", least)
    if rules.form is Form.OPEN and standing.best is not None and standing.best.bidder == bid.bidder:
        return Refusal("hall.own", "您的报价已是当前最高价，不用再加。", least)
    return None


def _judge_taking_back(rules: Rules, standing: Standing, bid: Bid) -> Refusal | None:
    if rules.form is Form.OPEN:
        return Refusal("hall.binding", "公开竞价的报价一经记入不能撤回。确有错误，请立即联系交易服务机构。")
    if not any(one.bidder == bid.bidder for one in standing.ranking):
        return Refusal("hall.nothing", "您没有有效的密封报价，不用撤回。")
    return None


def accept(rules: Rules, standing: Standing, bid: Bid) -> Standing:
    """The standing with a bid that `judge` let pass."""
    after = replace(standing, accepted=(*standing.accepted, bid))
    is_late = rules.form is Form.OPEN and bid.at > standing.closes_at - rules.extend_within
    if is_late and standing.extended < rules.extend_times:
        moved = max(standing.closes_at, bid.at + rules.extend_by)
        return replace(after, closes_at=moved, extended=standing.extended + (moved > standing.closes_at))
    return after


@dataclass(frozen=True, slots=True)
class Replay:
    """What the log says when it is played again. faults: bids in it that the rules would have refused."""

    standing: Standing
    faults: tuple[tuple[int, str], ...]

    @property
    def winner(self) -> Bid | None:
        return self.standing.best


def replay(rules: Rules, bids: Iterable[Bid]) -> Replay:
    """Play a published log again, in its own order."""
    standing, faults = start(rules), []
    last: tuple[int, datetime] | None = None
    for bid in bids:
        if last is not None and (bid.seq <= last[0] or bid.at < last[1]):
            faults.append((bid.seq, "次序或时间倒退"))
        last = (bid.seq, bid.at)
        if refusal := judge(rules, standing, bid):
            faults.append((bid.seq, refusal.message))
            continue
        standing = accept(rules, standing, bid)
    return Replay(standing, tuple(faults))


def aliases(bidders: Sequence[int]) -> dict[int, str]:
    """Bidders' public names in the order they were admitted: 竞买人1, 竞买人2."""
    return {bidder: f"竞买人{place}" for place, bidder in enumerate(dict.fromkeys(bidders), start=1)}
