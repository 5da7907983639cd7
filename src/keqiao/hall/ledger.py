"""The hash-chained log of a listing: how it is written, and how anybody plays it again. Pure, no database.

An entry: {"seq", "at" (UTC, microseconds), "kind", "data", "prev_hash", "hash"}. hash = SHA-256 of the previous hash
followed by the canonical JSON (sorted keys, no spaces, UTF-8) of {"listing", "seq", "at", "kind", "data"}; the first
previous hash is 64 zeros. A receipt = SHA-256 of "alias|amount|nonce|at", amount with two digits after the point.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from keqiao.core.errors import BadInput
from keqiao.hall.bidding import Bid, Form, Rules, Standing, accept, judge, start

FORMAT = "keqiao-hall-log/1"
FIRST_HASH = "0" * 64
_AT = "%Y-%m-%dT%H:%M:%S.%fZ"
ZONE = ZoneInfo("Asia/Shanghai")
"""Refusals name moments as people here read them; the log itself is in UTC."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One event as it was logged."""

    seq: int
    at: datetime
    kind: str
    data: Mapping[str, Any]
    prev_hash: str
    hash: str


@dataclass(slots=True)
class Played:
    """What the log says when it is played again.

    rules: None for an agreed price. sealed: seq -> (alias, receipt, at) of sealed bids that still count. faults:
    (seq, what is wrong); seq 0 concerns the whole.
    """

    number: str = ""
    rules: Rules | None = None
    standing: Standing | None = None
    members: set[str] = field(default_factory=set)
    sealed: dict[int, tuple[str, str, datetime]] = field(default_factory=dict)
    is_opened: bool = False
    asking: Decimal | None = None
    result: Mapping[str, Any] | None = None
    faults: list[tuple[int, str]] = field(default_factory=list)
    entries: int = 0
    last_hash: str = FIRST_HASH

    @property
    def holds(self) -> bool:
        return not self.faults

    @property
    def winner(self) -> Bid | None:
        """The best bid; None before a sealed round was opened."""
        if self.standing is None or (self.rules and self.rules.form is Form.SEALED and not self.is_opened):
            return None
        return self.standing.best


def at_words(moment: datetime) -> str:
    """The moment as the log writes it."""
    return moment.astimezone(UTC).strftime(_AT)


def read_at(words: str) -> datetime:
    return datetime.strptime(words, _AT).replace(tzinfo=UTC).astimezone(ZONE)


def amount_words(amount: Decimal) -> str:
    return f"{amount:.2f}"


def hash_of(listing: str, seq: int, at: datetime, kind: str, data: Mapping[str, Any], prev_hash: str) -> str:
    """The hash of an entry, 64 hex digits."""
    content = {"listing": listing, "seq": seq, "at": at_words(at), "kind": kind, "data": dict(data)}
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256((prev_hash + text).encode()).hexdigest()


def receipt_of(alias: str, amount: Decimal, nonce: str, at: datetime) -> str:
    """What a bidder is given at once: it proves the bid without telling it."""
    return hashlib.sha256(f"{alias}|{amount_words(amount)}|{nonce}|{at_words(at)}".encode()).hexdigest()


def rules_as_dict(rules: Rules) -> dict[str, Any]:
    """The announced rules, as the log carries them."""
    return {
        "form": rules.form.value, "floor": amount_words(rules.floor), "step": amount_words(rules.step),
        "opens_at": at_words(rules.opens_at), "closes_at": at_words(rules.closes_at),
        "extend_within_s": int(rules.extend_within.total_seconds()),
        "extend_by_s": int(rules.extend_by.total_seconds()), "extend_times": rules.extend_times,
    }  # fmt: skip


def rules_from(kept: Mapping[str, Any]) -> Rules:
    return Rules(
        Form(kept["form"]), Decimal(kept["floor"]), read_at(kept["opens_at"]), read_at(kept["closes_at"]),
        Decimal(kept["step"]), timedelta(seconds=kept["extend_within_s"]), timedelta(seconds=kept["extend_by_s"]),
        kept["extend_times"],
    )  # fmt: skip


def expel(standing: Standing, alias: str) -> Standing:
    """The standing without the bids of a bidder whose admission was withdrawn; the end stays where it is."""
    return replace(standing, accepted=tuple(bid for bid in standing.accepted if bid.bidder != alias))


def play(number: str, entries: Iterable[Entry]) -> Played:
    """Play a log again, in its own order: chain, rules, receipts, result. Faults are collected, never raised."""
    played = Played(number)
    last: datetime | None = None
    for entry in entries:
        if entry.seq != played.entries + 1:
            played.faults.append((entry.seq, f"序号应为 {played.entries + 1}，日志缺了条目"))
        if entry.prev_hash != played.last_hash:
            played.faults.append((entry.seq, "与上一条的摘要不衔接"))
        if hash_of(number, entry.seq, entry.at, entry.kind, entry.data, entry.prev_hash) != entry.hash:
            played.faults.append((entry.seq, "内容与摘要不符，可能被改动"))
        if last is not None and entry.at < last:
            played.faults.append((entry.seq, "时间早于上一条"))
        try:
            _PLAY.get(entry.kind, _nothing)(played, entry)
        except (KeyError, ValueError, TypeError, InvalidOperation) as problem:
            played.faults.append((entry.seq, f"内容读不出来：{problem}"))
        played.entries, played.last_hash, last = entry.seq, entry.hash, entry.at
    return played


def _nothing(played: Played, entry: Entry) -> None:
    """An event that moves nothing: objections, decisions, the end without a result."""


def _announced(played: Played, entry: Entry) -> None:
    played.asking = Decimal(entry.data["asking"]) if entry.data.get("asking") else None
    if entry.data.get("rules"):
        played.rules = rules_from(entry.data["rules"])
        played.standing = start(played.rules)


def _rescheduled(played: Played, entry: Entry) -> None:
    if played.standing is not None and played.standing.accepted:
        played.faults.append((entry.seq, "已有报价后变更了时间"))
    _announced(played, replace(entry, data={"asking": played.asking and str(played.asking), **entry.data}))


def _admitted(played: Played, entry: Entry) -> None:
    if entry.data["alias"] in played.members:
        played.faults.append((entry.seq, f"{entry.data['alias']} 重复准入"))
    played.members.add(entry.data["alias"])


def _expelled(played: Played, entry: Entry) -> None:
    alias = entry.data["alias"]
    played.members.discard(alias)
    played.sealed = {seq: one for seq, one in played.sealed.items() if one[0] != alias}
    if played.standing is not None:
        played.standing = expel(played.standing, alias)


def _ruled(played: Played, entry: Entry) -> tuple[Rules, Standing]:
    if played.rules is None or played.standing is None:
        raise ValueError("公告里没有报价规则")
    return played.rules, played.standing


def _take(played: Played, entry: Entry, amount: Decimal | None) -> None:
    """Judge one bid by the announced rules and let it count."""
    rules, standing = _ruled(played, entry)
    alias = entry.data["alias"]
    if alias not in played.members:
        played.faults.append((entry.seq, f"{alias} 没有准入或已取消资格"))
        return
    bid = Bid(entry.seq, alias, amount, entry.at.astimezone(ZONE))
    if refusal := judge(rules, standing, bid):
        played.faults.append((entry.seq, refusal.message))
        return
    played.standing = accept(rules, standing, bid)


def _bid(played: Played, entry: Entry) -> None:
    amount = Decimal(entry.data["amount"])
    if receipt_of(entry.data["alias"], amount, entry.data["nonce"], entry.at) != entry.data["receipt"]:
        played.faults.append((entry.seq, "回执与报价不符"))
    if played.rules is not None and played.rules.form is not Form.OPEN:
        played.faults.append((entry.seq, "密封报价中出现了公开的金额"))
    _take(played, entry, amount)


def _sealed(played: Played, entry: Entry) -> None:
    rules, _ = _ruled(played, entry)
    if rules.form is not Form.SEALED:
        played.faults.append((entry.seq, "公开竞价中出现了密封报价"))
    _take(played, entry, rules.floor)  # the amount is closed: what it must reach is judged at the opening
    alias = entry.data["alias"]
    played.sealed = {seq: one for seq, one in played.sealed.items() if one[0] != alias}
    played.sealed[entry.seq] = (alias, entry.data["receipt"], entry.at)


def _taken_back(played: Played, entry: Entry) -> None:
    _take(played, entry, None)
    played.sealed = {seq: one for seq, one in played.sealed.items() if one[0] != entry.data["alias"]}


def _opened(played: Played, entry: Entry) -> None:
    rules, standing = _ruled(played, entry)
    if entry.at < standing.closes_at:
        played.faults.append((entry.seq, "截止之前就开了标"))
    opened: dict[int, Bid] = {}
    for line in entry.data["bids"]:
        seq, amount = int(line["seq"]), Decimal(line["amount"])
        if seq not in played.sealed:
            played.faults.append((entry.seq, f"开出的第 {seq} 条不是有效的密封报价"))
            continue
        alias, receipt, at = played.sealed[seq]
        if receipt_of(alias, amount, line["nonce"], at) != receipt:
            played.faults.append((entry.seq, f"{alias} 第 {seq} 条的金额与当时的回执不符"))
        if amount < rules.floor:
            played.faults.append((entry.seq, f"{alias} 的报价低于底价，不应收下"))
            continue
        opened[seq] = Bid(seq, alias, amount, at)
    for seq in sorted(played.sealed.keys() - opened.keys()):
        played.faults.append((entry.seq, f"第 {seq} 条密封报价没有开出"))
    played.standing = replace(standing, accepted=tuple(opened[seq] for seq in sorted(opened)))
    played.is_opened = True


def _result(played: Played, entry: Entry) -> None:
    played.result = entry.data
    amount = Decimal(entry.data["amount"])
    if played.rules is None:
        if amount != played.asking:
            played.faults.append((entry.seq, "成交价与公示的拟交易价格不同"))
        return
    _, standing = _ruled(played, entry)
    if entry.at < standing.closes_at:
        played.faults.append((entry.seq, "截止之前就确认了结果"))
    best = played.winner
    if best is None or (best.bidder, best.amount) != (entry.data["alias"], amount):
        by_rules = f"{best.bidder} {best.amount:,} 元" if best else "没有有效报价"
        played.faults.append((entry.seq, f"公布的结果与按规则重放的不同，重放结果是{by_rules}"))


_PLAY = {
    "announced": _announced, "rescheduled": _rescheduled, "admitted": _admitted, "expelled": _expelled, "bid": _bid,
    "sealed": _sealed, "taken_back": _taken_back, "opened": _opened, "result": _result,
}  # fmt: skip


# -- the published file -------------------------------------------------------------------------------------------


def as_document(number: str, title: str, entries: Iterable[Entry]) -> dict[str, Any]:
    """The log as it is published."""
    lines = [
        {"seq": one.seq, "at": at_words(one.at), "kind": one.kind, "data": dict(one.data),
         "prev_hash": one.prev_hash, "hash": one.hash}
        for one in entries
    ]  # fmt: skip
    return {"format": FORMAT, "listing": number, "title": title, "entries": lines}


def read_document(content: Any) -> tuple[str, list[Entry]]:
    """(number, entries) of a published log. Raises BadInput saying what is not as it should be."""
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise BadInput(f"这不是交易日志：format 应为 {FORMAT}。请从挂牌页面重新下载。", code="hall.log")
    entries = []
    for place, line in enumerate(content.get("entries") or (), start=1):
        try:
            entries.append(
                Entry(int(line["seq"]), read_at(line["at"]), str(line["kind"]), dict(line["data"]),
                      str(line["prev_hash"]), str(line["hash"]))
            )  # fmt: skip
        except (KeyError, ValueError, TypeError) as problem:
            raise BadInput(
                f"日志第 {place} 条读不出来：{problem}。请重新下载。", code="hall.log"
            ) from problem
    if not entries:
        raise BadInput("日志里没有条目。请从挂牌页面重新下载。", code="hall.log")
    return str(content.get("listing", "")), entries
