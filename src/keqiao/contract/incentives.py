"""Local reward formulas as data: marginal brackets, steps, tiers and caps. Exact to the fen."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

import yaml

from keqiao.contract.book import BOOKS
from keqiao.core.errors import BadInput

FEN = Decimal("0.01")
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Incentive:
    """One rule. brackets: (up to, rate), marginal. base: which sum it is reckoned on."""

    key: str
    place: str
    beneficiary: str
    base: str
    source_doc: str
    classes: tuple[str, ...] = ()
    min_base: Decimal = ZERO
    start: Decimal = ZERO
    brackets: tuple[tuple[Decimal | None, Decimal], ...] = ()
    tiers: tuple[tuple[Decimal, Decimal, Decimal], ...] = ()
    step: tuple[Decimal, Decimal, Decimal] | None = None  # (from, size, amount)
    large: tuple[Decimal, Decimal] | None = None  # (over, yearly cap then)
    per_contract_cap: Decimal | None = None
    yearly_cap: Decimal | None = None
    exclude_related: bool = False
    is_ceiling: bool = False  # the rule says "up to": what is paid may be less
    valid_from: date | None = None
    valid_to: date | None = None
    verify: bool = False


@dataclass(frozen=True, slots=True)
class Reward:
    """What a rule gives. note: why it gives nothing, or which cap bit."""

    amount_yuan: Decimal
    note: str
    rule: Incentive


def _optional(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)


def _incentive(raw: dict[str, Any]) -> Incentive:
    step, large = raw.get("step"), raw.get("large")
    return Incentive(
        key=raw["key"],
        place=raw["place"],
        beneficiary=raw["beneficiary"],
        base=raw["base"],
        source_doc=raw["source_doc"],
        classes=tuple(raw.get("classes", ())),
        min_base=Decimal(raw.get("min_base", "0")),
        start=Decimal(raw.get("start", "0")),
        brackets=tuple((_optional(upto), Decimal(rate)) for upto, rate in raw.get("brackets", ())),
        tiers=tuple((Decimal(upto), Decimal(rate), Decimal(cap)) for upto, rate, cap in raw.get("tiers", ())),
        step=(Decimal(step["from"]), Decimal(step["size"]), Decimal(step["amount"])) if step else None,
        large=(Decimal(large["over"]), Decimal(large["yearly_cap"])) if large else None,
        per_contract_cap=_optional(raw.get("per_contract_cap")),
        yearly_cap=_optional(raw.get("yearly_cap")),
        exclude_related=raw.get("exclude_related", False),
        is_ceiling=raw.get("is_ceiling", False),
        valid_from=raw.get("valid_from"),
        valid_to=raw.get("valid_to"),
        verify=raw.get("verify", False),
    )


@cache
def incentives() -> dict[str, Incentive]:
    """Every rule by its key, from `books/incentives.yaml`."""
    raw = yaml.safe_load((BOOKS / "incentives.yaml").read_text(encoding="utf-8"))
    return {one["key"]: _incentive(one) for one in raw}


def _marginal(base: Decimal, brackets: tuple[tuple[Decimal | None, Decimal], ...]) -> Decimal:
    total, below = ZERO, ZERO
    for upto, rate in brackets:
        top = base if upto is None else min(base, upto)
        total += max(top - below, ZERO) * rate
        below = top
    return total


def reward(
    key: str,
    base_yuan: Decimal,
    *,
    contract_class: str = "",
    is_related: bool = False,
    on: date | None = None,
) -> Reward:
    """What the rule gives on a base. Raises BadInput for an unknown key."""
    rule = incentives().get(key)
    if rule is None:
        raise BadInput(
            f"没有奖补规则“{key}”，现有：{'、'.join(incentives())}。", code="incentive.key", field="key"
        )
    if rule.exclude_related and is_related:
        return Reward(ZERO, "关联交易不享受", rule)
    if rule.classes and contract_class and contract_class not in rule.classes:
        return Reward(ZERO, "合同类别不在范围内", rule)
    if on and ((rule.valid_from and on < rule.valid_from) or (rule.valid_to and on > rule.valid_to)):
        return Reward(ZERO, "不在规则有效期内", rule)
    if base_yuan < rule.min_base:
        return Reward(ZERO, f"未达到起点{rule.min_base:,.0f}元", rule)
    amount, cap = _uncapped(rule, base_yuan)
    caps = [one for one in (cap, rule.per_contract_cap) if one is not None]
    if caps and amount > min(caps):
        return Reward(min(caps), f"超过上限，按{min(caps):,.0f}元", rule)
    return Reward(amount.quantize(FEN, ROUND_HALF_UP), "最高不超过此数" if rule.is_ceiling else "", rule)


def _uncapped(rule: Incentive, base: Decimal) -> tuple[Decimal, Decimal | None]:
    """(amount before caps, the yearly cap that applies)."""
    for end, share, most in rule.tiers:
        if base <= end:
            return base * share, most
    if rule.tiers:
        return ZERO, None
    amount = rule.start + _marginal(base, rule.brackets)
    if rule.step:
        start, size, each = rule.step
        amount += max((base - start) // size, ZERO) * each
    cap = rule.large[1] if rule.large and base > rule.large[0] else rule.yearly_cap
    return amount, cap
