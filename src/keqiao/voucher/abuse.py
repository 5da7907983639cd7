"""The rules that mark a booking, each with its number and a reason in words. Pure: facts in, findings out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import median

from keqiao.voucher.terms import AbuseRule


@dataclass(frozen=True, slots=True)
class Side:
    """What identifies one side. accounts: hashes. groups: ids of itself, its superiors and subordinates. phones: hashes."""

    name: str
    representative: str = ""
    address: str = ""
    accounts: frozenset[str] = frozenset()
    groups: frozenset[int] = frozenset()
    phones: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Case:
    """What is looked at when a booking is asked for or redeemed. Prices in fen a unit; moments of other bookings."""

    firm: Side
    provider: Side
    unit_price_fen: int
    listed_price_fen: int
    peer_prices_fen: Sequence[int]
    pair_at: Sequence[datetime]
    firm_at: Sequence[datetime]
    desk_at: Sequence[datetime]
    now: datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """rule: VA-01 …; reason: for the officer, with the values; basis and whether it is 待核实."""

    rule: str
    name: str
    reason: str
    basis: str
    verify: bool


def plain(text: str) -> str:
    """A name or an address as it is compared: no blanks, full-width marks as half-width, small letters."""
    table = str.maketrans("（）－—　，", "()--  ")
    return "".join(text.translate(table).split()).lower().replace(",", "")


def _representative(case: Case, rule: AbuseRule) -> str:
    one, other = plain(case.firm.representative), plain(case.provider.representative)
    return f"双方法定代表人都是“{case.firm.representative}”。" if one and one == other else ""


def _address(case: Case, rule: AbuseRule) -> str:
    one, other = plain(case.firm.address), plain(case.provider.address)
    return f"双方登记在同一地址：{case.firm.address}。" if len(one) >= 6 and one == other else ""


def _account(case: Case, rule: AbuseRule) -> str:
    both = case.firm.accounts & case.provider.accounts
    return "企业用过的收付款账号与机构的收款账号相同。" if both else ""


def _group(case: Case, rule: AbuseRule) -> str:
    if case.firm.groups & case.provider.groups:
        return f"“{case.firm.name}”与“{case.provider.name}”是上下级或同一上级的单位。"
    return "双方留有同一个联系电话。" if case.firm.phones & case.provider.phones else ""


def _own_price(case: Case, rule: AbuseRule) -> str:
    times = Decimal(rule.numbers["times"])
    if not case.listed_price_fen or case.unit_price_fen <= case.listed_price_fen * times:
        return ""
    return (
        f"单价 {_yuan(case.unit_price_fen)} 元，公布价 {_yuan(case.listed_price_fen)} 元，超过 {times} 倍。"
    )


def _peer_price(case: Case, rule: AbuseRule) -> str:
    times, least = Decimal(rule.numbers["times"]), int(rule.numbers["least_peers"])
    if len(case.peer_prices_fen) < least:
        return ""
    middle = median(case.peer_prices_fen)
    if case.unit_price_fen <= Decimal(middle) * times:
        return ""
    count = len(case.peer_prices_fen)
    return f"单价 {_yuan(case.unit_price_fen)} 元，目录里同类 {count} 项的中位价 {_yuan(int(middle))} 元，超过 {times} 倍。"


def _yuan(fen: int) -> str:
    return f"{Decimal(fen) / 100:,.2f}"


def _burst(moments: Sequence[datetime], now: datetime, span: timedelta, count: int) -> int:
    """How many lie in the span before now, if that is at least `count`; otherwise 0."""
    near = sum(1 for one in moments if now - span <= one <= now)
    return near if near >= count else 0


def _pair(case: Case, rule: AbuseRule) -> str:
    days, count = int(rule.numbers["days"]), int(rule.numbers["count"])
    near = _burst(case.pair_at, case.now, timedelta(days=days), count)
    return f"{days} 天内向同一机构下单 {near} 次。" if near else ""


def _firm(case: Case, rule: AbuseRule) -> str:
    days, count = int(rule.numbers["days"]), int(rule.numbers["count"])
    near = _burst(case.firm_at, case.now, timedelta(days=days), count)
    return f"{days} 天内用券预约 {near} 次。" if near else ""


def _desk(case: Case, rule: AbuseRule) -> str:
    minutes, count = int(rule.numbers["minutes"]), int(rule.numbers["count"])
    near = _burst(case.desk_at, case.now, timedelta(minutes=minutes), count)
    return f"该机构 {minutes} 分钟内核销 {near} 笔。" if near else ""


_LOOKS: dict[str, Callable[[Case, AbuseRule], str]] = {
    "same_representative": _representative,
    "same_address": _address,
    "same_account": _account,
    "same_group": _group,
    "price_own": _own_price,
    "price_peers": _peer_price,
    "burst_pair": _pair,
    "burst_firm": _firm,
    "burst_desk": _desk,
}


def findings(case: Case, rules: Sequence[AbuseRule]) -> list[Finding]:
    """What the rules say about the case, in the order of their numbers."""
    found = []
    for rule in rules:
        if reason := _LOOKS[rule.kind](case, rule):
            found.append(Finding(rule.rule, rule.name, reason, rule.basis, rule.verify))
    return found
