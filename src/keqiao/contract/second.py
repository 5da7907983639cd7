"""From which sum on a second registrar must look: dated lines of `books/second.yaml`. Pure."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

import yaml

from keqiao.contract.book import BOOKS


@dataclass(frozen=True, slots=True)
class SecondLimit:
    """tech_amount: yuan; a contract of this sum or more is decided by two. verify: 待核实."""

    since: date
    tech_amount: Decimal
    article: str
    verify: bool


@cache
def _limits() -> tuple[SecondLimit, ...]:
    raw = yaml.safe_load((BOOKS / "second.yaml").read_text(encoding="utf-8"))["limits"]
    return tuple(
        SecondLimit(one["since"], Decimal(one["tech_amount"]), one["article"], bool(one.get("verify", True)))
        for one in sorted(raw, key=lambda one: one["since"])
    )


def second_limit(day: date) -> SecondLimit | None:
    """The limit that holds on `day`; None before the first."""
    return next((one for one in reversed(_limits()) if one.since <= day), None)


def needs_second(tech_amount: Decimal | None, day: date) -> SecondLimit | None:
    """The limit that this sum reaches, or None."""
    limit = second_limit(day)
    return (
        limit if limit is not None and tech_amount is not None and tech_amount >= limit.tech_amount else None
    )
