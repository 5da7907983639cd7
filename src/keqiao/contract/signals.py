"""Signs of a deal that may not be one: circles, split contracts, sides that are one, bursts at a month's end.

Each is a chip with its reasons for the registrar, never a refusal (feature 36). The rules are pure; `signals_for` reads
the deals that they look at. Thresholds: books/signals.yaml.
"""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import yaml
from django.db.models import Q

from keqiao.contract.amounts import yuan
from keqiao.contract.book import BOOKS
from keqiao.contract.duties import folded
from keqiao.contract.enums import Side
from keqiao.contract.models import Contract, ContractParty, LedgerEntry


@dataclass(frozen=True, slots=True)
class Deal:
    """A contract as the rules see it. seller, buyer: credit code, or the name where there is none. day: signed."""

    number: str
    seller: str
    buyer: str
    day: date | None
    total_fen: int = 0
    registered_on: date | None = None


@dataclass(frozen=True, slots=True)
class Signal:
    """One chip. reasons: in words, with the numbers of the contracts concerned."""

    key: str
    name: str
    reasons: tuple[str, ...]
    verify: bool = True


@cache
def thresholds() -> dict[str, Any]:
    """`books/signals.yaml`."""
    found: dict[str, Any] = yaml.safe_load((BOOKS / "signals.yaml").read_text(encoding="utf-8"))
    return found


def _signal(key: str, reasons: Iterable[str]) -> list[Signal]:
    found = tuple(reasons)
    rule = thresholds()[key]
    return [Signal(key, rule["name"], found, bool(rule.get("verify", True)))] if found else []


def circles(deal: Deal, others: Sequence[Deal]) -> list[Signal]:
    """The buyer sells back to the seller, straight or through one third party, within the days of the rule."""
    if deal.day is None or not deal.seller or not deal.buyer:
        return []
    span = timedelta(days=thresholds()["circle"]["days"])
    near = [one for one in others if one.day and abs(one.day - deal.day) <= span]
    reasons = [
        f"买方反过来又是卖方：{one.number}（{one.day}，{yuan(Decimal(one.total_fen) / 100)}）。"
        for one in near
        if (one.seller, one.buyer) == (deal.buyer, deal.seller)
    ]
    onward = [one for one in near if one.seller == deal.buyer and one.buyer != deal.seller]
    for first in onward:
        for second in near:
            if second.seller == first.buyer and second.buyer == deal.seller:
                reasons.append(f"经第三方转回卖方：{first.number} 到 {second.number}。")
    return _signal("circle", dict.fromkeys(reasons))


def splits(deal: Deal, others: Sequence[Deal]) -> list[Signal]:
    """Several contracts of the same two sides in a month, each below the limit of expert review, together above it."""
    rule = thresholds()["split"]
    if deal.day is None:
        return []
    span, below = timedelta(days=rule["days"]), int(Decimal(rule["below"]) * 100)
    same = [
        one
        for one in others
        if (one.seller, one.buyer) == (deal.seller, deal.buyer)
        and one.day
        and abs(one.day - deal.day) <= span
    ]
    every = [deal, *same]
    total = sum(one.total_fen for one in every)
    if len(every) < rule["least"] or total < below or any(one.total_fen >= below for one in every):
        return []
    numbers = "、".join(one.number for one in same[:8])
    text = (
        f"同样两方 {rule['days']} 天内签了 {len(every)} 份，每份都不到 {yuan(Decimal(rule['below']))}，"
        f"合计 {yuan(Decimal(total) / 100)}：{numbers}。"
    )
    return _signal("split", [text])


def shared(one: ContractParty, other: ContractParty) -> list[Signal]:
    """Both sides with one address, account, legal representative or telephone."""
    reasons = []
    if one.address and folded(one.address) == folded(other.address):
        reasons.append("双方地址相同。")
    if one.account_hash and one.account_hash == other.account_hash:
        reasons.append("双方收付款账号相同。")
    if one.representative and folded(one.representative) == folded(other.representative):
        reasons.append("双方法定代表人相同。")
    phones = ["".join(char for char in party.contact_phone if char.isdigit()) for party in (one, other)]
    if phones[0] and phones[0] == phones[1]:
        reasons.append("双方联系电话相同。")
    return _signal("shared", reasons)


def bursts(deal: Deal, others: Sequence[Deal]) -> list[Signal]:
    """Many of a seller's contracts signed in the last days of one month, and most of the quarter's."""
    rule = thresholds()["burst"]
    if deal.day is None:
        return []
    last = monthrange(deal.day.year, deal.day.month)[1]
    begins = deal.day.replace(day=last - rule["last_days"] + 1)
    if deal.day < begins:
        return []
    mine = [deal, *(one for one in others if one.seller == deal.seller and one.day)]
    at_end = [
        one for one in mine if one.day and begins <= one.day <= begins + timedelta(days=rule["last_days"] - 1)
    ]
    around = [one for one in mine if one.day and abs(one.day - deal.day) <= timedelta(days=45)]
    if len(at_end) < rule["least"] or Decimal(len(at_end)) < Decimal(rule["share"]) * len(around):
        return []
    text = f"卖方 {deal.day:%Y年%m月} 最后 {rule['last_days']} 天签了 {len(at_end)} 份，占前后一个半月 {len(around)} 份的 {len(at_end) / len(around):.0%}。"
    return _signal("burst", [text])


# -- reading ------------------------------------------------------------------------------------------------------


def _key(uscc: str, name: str) -> str:
    return uscc or folded(name)


def _of_entry(entry: LedgerEntry) -> Deal:
    return Deal(
        entry.reg_no, _key(entry.seller_uscc, entry.seller_name), _key(entry.buyer_uscc, entry.buyer_name),
        entry.sign_on or entry.decided_on, entry.total_fen, entry.decided_on,
    )  # fmt: skip


def _sold_by(parties: Iterable[tuple[str, str]], day: date, but: Contract) -> list[Deal]:
    """Registered contracts that one of these sold around the day. parties: (credit code, name)."""
    known = list(parties)
    wanted = Q(seller_uscc__in=[code for code, _ in known if code]) | Q(
        seller_uscc="", seller_name__in=[name for code, name in known if not code and name]
    )
    found = LedgerEntry.objects.filter(
        wanted, decided_on__gte=day - timedelta(days=400), decided_on__lte=day + timedelta(days=400)
    ).exclude(contract=but)
    return [_of_entry(one) for one in found.order_by("-decided_on")[:500]]


def _waiting(seller: ContractParty, but: Contract) -> list[Deal]:
    """What the same seller has handed in besides and nobody has decided."""
    side = Q(parties__uscc=seller.uscc) if seller.uscc else Q(parties__name=seller.name, parties__uscc="")
    found = Contract.objects.waiting().filter(side, parties__side=Side.SELLER).exclude(pk=but.pk)
    deals = []
    for one in found.prefetch_related("parties")[:100]:
        sides = {party.side: party for party in one.parties.all()}
        buyer = sides.get(Side.BUYER) or ContractParty()
        deals.append(
            Deal(one.number, _key(seller.uscc, seller.name), _key(buyer.uscc, buyer.name), one.sign_on, int((one.total_amount or 0) * 100))
        )  # fmt: skip
    return deals


def signals_for(contract: Contract) -> list[Signal]:
    """Every chip of a contract, most serious first. Four queries."""
    sides = {one.side: one for one in contract.parties.all()}
    seller, buyer = sides.get(Side.SELLER), sides.get(Side.BUYER)
    if seller is None or buyer is None:
        return []
    found = shared(seller, buyer)
    if contract.sign_on is None:
        return found
    deal = Deal(
        contract.number, _key(seller.uscc, seller.name), _key(buyer.uscc, buyer.name), contract.sign_on,
        int((contract.total_amount or 0) * 100),
    )  # fmt: skip
    others = _sold_by(
        [(seller.uscc, seller.name), (buyer.uscc, buyer.name)], contract.sign_on, contract
    ) + _waiting(seller, contract)
    thirds = {one.buyer for one in others if one.seller == deal.buyer and one.buyer != deal.seller}
    onward = (
        _sold_by([(key, "") if len(key) == 18 else ("", key) for key in sorted(thirds)[:50]], contract.sign_on, contract)
        if thirds
        else []
    )  # fmt: skip
    everybody = [*others, *onward]
    return circles(deal, everybody) + splits(deal, others) + found + bursts(deal, others)
