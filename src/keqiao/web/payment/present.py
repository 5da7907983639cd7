"""How awards, conditions and money are shown."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from keqiao.codes import divisions
from keqiao.payment.enums import AwardState, BatchState
from keqiao.payment.ledger import Balance
from keqiao.payment.models import Award, yuan

TONES = {
    AwardState.MATCHED: "amber", AwardState.SECOND: "amber", AwardState.SUBMITTED: "amber", AwardState.ASKED: "amber",
    AwardState.UNKNOWN: "plain", AwardState.CONFIRMED: "brand", AwardState.PUBLIC: "brand", AwardState.READY: "brand",
    AwardState.BATCHED: "brand", AwardState.PAID: "green", AwardState.BOUNCED: "red", AwardState.RECOVERING: "red",
}  # fmt: skip
BATCH_TONES = {
    BatchState.DRAFT: "amber",
    BatchState.CHECKED: "brand",
    BatchState.SENT: "brand",
    BatchState.DONE: "green",
}
OUTCOME_TONES = {
    "met": "green",
    "unmet": "red",
    "unknown": "amber",
    "manual": "amber",
    "not_applicable": "plain",
}
FLOW_STEPS = (
    ("confirmed", "科技局确认"), ("public", "公示"), ("asked", "企业确认账户"), ("ready", "列入批次"), ("paid", "资金到账"),
)  # fmt: skip
_REACHED = {
    AwardState.UNKNOWN: 0, AwardState.DRAFT: 0, AwardState.SUBMITTED: 0, AwardState.RETURNED: 0, AwardState.MATCHED: 0,
    AwardState.SECOND: 0, AwardState.CONFIRMED: 1, AwardState.PUBLIC: 1, AwardState.ASKED: 2, AwardState.READY: 3,
    AwardState.BATCHED: 4, AwardState.BOUNCED: 2, AwardState.PAID: 5, AwardState.RECOVERING: 5, AwardState.RECOVERED: 5,
}  # fmt: skip


def wan(fen: int | None) -> Decimal | None:
    """Fen as 万元, for figures in a row."""
    return None if fen is None else Decimal(fen) / 1_000_000


def place_of(code: str) -> str:
    row = divisions.division(code) if code else None
    return row.name if row is not None else ""


def conditions(award: Award) -> list[dict[str, Any]]:
    """The award's conditions as it was judged, each with its tone."""
    return [
        one | {"tone": OUTCOME_TONES.get(one["outcome"], "plain")}
        for one in award.verdict.get("conditions", ())
    ]


def award_row(award: Award) -> dict[str, Any]:
    """One line of a table."""
    return {
        "award": award,
        "tone": TONES.get(AwardState(award.state), "plain"),
        "yuan": award.amount_yuan,
        "is_cut": award.asked_fen is not None
        and award.amount_fen is not None
        and award.amount_fen < award.asked_fen,
        "place": place_of(award.division_code),
        "why": award.reason or award.working.get("words", ""),
    }


def clock_of(award: Award) -> list[dict[str, str]]:
    """The steps of the way for _parts/clock.html; empty for one that ended without money."""
    reached = _REACHED.get(AwardState(award.state))
    if reached is None:
        return []
    return [
        {"label": label, "state": "done" if at < reached else "now" if at == reached else "todo"}
        for at, (_, label) in enumerate(FLOW_STEPS)
    ]


def balance_stats(balance: Balance, empty_on: Any = None) -> list[dict[str, Any]]:
    """Allotted, committed, paid, left, in 万元 to the fen; the day the pot will be empty beside what is left."""
    note = f"照近 90 天的进度，{empty_on:%Y 年 %-m 月 %-d 日}用完" if empty_on and balance.left > 0 else ""
    tone = "red" if balance.left <= 0 else "amber" if empty_on else ""
    return [
        {"label": "下达", "value": short(wan(balance.allotted)), "unit": "万元"},
        {"label": "占用（已确认未付）", "value": short(wan(balance.committed)), "unit": "万元"},
        {"label": "已付", "value": short(wan(balance.paid)), "unit": "万元"},
        {"label": "剩余", "value": short(wan(balance.left)), "unit": "万元", "note": note, "tone": tone},
    ]


def short(value: Decimal | None) -> Decimal | int | None:
    """Without zeros at the end: 2400, 1826.18."""
    if value is None or value != value.to_integral_value():
        return value if value is None else Decimal(format(value.normalize(), "f"))
    return int(value)


def sum_yuan(awards: Sequence[Award]) -> Decimal:
    return yuan(sum(one.amount_fen or 0 for one in awards))
