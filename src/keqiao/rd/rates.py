"""The extra rate of the super-deduction by period and kind of firm (rd-tax-and-statistics §1), and who is excluded (§2). Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from keqiao.rd.books import book

GENERAL = "general"


@dataclass(frozen=True, slots=True)
class Rate:
    """rate: extra deduction on top of the cost, 1 = 100 %. amortise: base of a capitalised cost. kind: whose line it is."""

    rate: Fraction
    kind: str
    document: str
    verify: bool

    @property
    def amortise(self) -> Fraction:
        return 1 + self.rate


def kinds() -> dict[str, dict[str, str]]:
    """Kinds of firms beside the general one: key -> {label, test}."""
    found: dict[str, dict[str, str]] = book("rates")["kinds"]
    return found


def rate(firm_kinds: Iterable[str], day: date) -> Rate | None:
    """The highest rate for which a firm of these kinds qualifies on `day`; None before the first rule."""
    wanted = {GENERAL, *firm_kinds}
    rows = [
        row for row in book("rates")["rates"]
        if row["kind"] in wanted and row["from"] <= day <= (row.get("to") or date.max)
    ]  # fmt: skip
    if not rows:
        return None
    best = max(rows, key=lambda row: (Fraction(row["rate"]), row["kind"] == GENERAL, row["from"]))
    return Rate(Fraction(best["rate"]), best["kind"], best["document"], bool(best["verify"]))


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a year with one rate, both days included."""

    first: date
    last: date
    rate: Rate


def stretches(firm_kinds: Iterable[str], year: int) -> list[Stretch]:
    """The year cut where the rate changes: one stretch, or two in 2022 for those at 75 %."""
    named = tuple(firm_kinds)
    cuts = {date(year, 1, 1)}
    for row in book("rates")["rates"]:
        if row["from"].year == year:
            cuts.add(row["from"])
    found: list[Stretch] = []
    starts = sorted(cuts)
    for start, after in zip(starts, [*starts[1:], date(year + 1, 1, 1)], strict=True):
        now = rate(named, start)
        if now is None:
            continue
        last = date.fromordinal(after.toordinal() - 1)
        if found and found[-1].rate.rate == now.rate:
            found[-1] = Stretch(found[-1].first, last, found[-1].rate)
        else:
            found.append(Stretch(start, last, now))
    return found


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Whether the listed industry is the main business. share: exact. base: what it is measured against."""

    is_excluded: bool
    share: Fraction
    base: Fraction
    words: str
    document: str


def exclusion(
    total: Fraction | int, untaxed: Fraction | int, investment: Fraction | int, listed: Fraction | int
) -> Exclusion:
    """Strictly more than half of (收入总额 − 不征税收入 − 投资收益) from a listed industry excludes the year. Any unit."""
    rule = book("exclusion")["industries"]["share"]
    base = Fraction(total) - Fraction(untaxed) - Fraction(investment)
    share = Fraction(listed) / base if base > 0 else Fraction(0)
    excluded = base > 0 and share > Fraction(rule["value"])
    percent = f"{float(share) * 100:.2f}%".replace(".00%", "%")
    verdict = "超过50%，这一年不适用加计扣除" if excluded else "没有超过50%，可以适用"
    return Exclusion(excluded, share, base, f"占 {percent}，{verdict}", rule["document"])


def listed_industries() -> list[dict[str, Any]]:
    """The negative list: {name, codes}."""
    found: list[dict[str, Any]] = book("exclusion")["industries"]["list"]
    return found


def industry_on_list(code: str) -> str:
    """The listed industry of a GB/T 4754 code ("C1620", "5211"), "" when it is on no list."""
    digits = code.lstrip("ABCDEFGHIJKLMNOPQRSTabcdefghijklmnopqrst")
    return next((one["name"] for one in listed_industries() if digits.startswith(tuple(one["codes"]))), "")


def is_manufacturing(manufacturing_income: Fraction | int, total_income: Fraction | int) -> bool:
    """制造业企业: at least half of 收入总额 from manufacturing."""
    rule = book("rates")["manufacturing_share"]
    return Fraction(total_income) > 0 and Fraction(manufacturing_income) / Fraction(total_income) >= Fraction(
        rule["value"]
    )
