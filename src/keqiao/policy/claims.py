"""What a firm may claim by an item, how much, why, and what is missing. Pure: rules, facts and a day in; a claim out."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from keqiao.core.errors import BadInput
from keqiao.policy.amounts import Amount, Formula, parse_formula, pool_base, reckon, wan_words
from keqiao.policy.enums import TitleDay
from keqiao.rules.book import Version, parse_version
from keqiao.rules.facts import title_of
from keqiao.rules.judging import Judgement, Outcome, judge, outcome


@dataclass(frozen=True, slots=True)
class Terms:
    """An item's rule, read: who (a version of a rule book) and how much."""

    version: Version
    formula: Formula
    digest: str


_READ: dict[str, Terms] = {}
_MOST_READ = 500


def digest_of(book: Mapping[str, Any], formula: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON of both; a kept verdict names it."""
    text = json.dumps([book, formula], ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def read_terms(book: Mapping[str, Any], formula: Mapping[str, Any], name: str = "政策条款") -> Terms:
    """Parsed and compiled, once for one text. Raises BadInput naming the place."""
    digest = digest_of(book, formula)
    if digest not in _READ:
        if len(_READ) >= _MOST_READ:
            _READ.clear()
        _READ[digest] = Terms(parse_version(dict(book), name, f"“{name}”"), parse_formula(formula), digest)
    return _READ[digest]


@dataclass(frozen=True, slots=True)
class Claim:
    """One firm under one item. amount: for MET and UNKNOWN only. dropped: why it gets nothing although it qualifies."""

    outcome: Outcome
    judgement: Judgement
    amount: Amount | None
    dropped: str = ""

    @property
    def fen(self) -> int | None:
        return self.amount.fen if self.amount is not None and not self.dropped else None

    @property
    def is_hit(self) -> bool:
        """Qualifies with an amount above zero."""
        return self.outcome is Outcome.MET and not self.dropped and bool(self.fen)

    @property
    def is_open_amount(self) -> bool:
        """Qualifies, but the sum hangs on values to be typed in, or on who else qualifies."""
        return self.judgement.outcome is Outcome.MET and self.amount is not None and self.amount.fen is None

    @property
    def missing(self) -> tuple[str, ...]:
        """Titles of what is missing, each once."""
        titles = {one.name: one.title for one in self.amount.factors} if self.amount else {}
        lacking = self.amount.missing if self.amount else ()
        return tuple(
            dict.fromkeys(
                [title_of(name) for name in self.judgement.missing]
                + [titles.get(name, name) for name in lacking]
            )
        )

    @property
    def why(self) -> str:
        """One sentence for lists."""
        if self.dropped:
            return self.dropped
        if self.outcome is Outcome.MET and self.amount is not None:
            return self.amount.words
        if self.outcome is Outcome.UNMET:
            return (
                "；".join((one.says or one.title).rstrip("。") for one in self.judgement.unmet[:2])
                or "不符合条件"
            )
        if (
            self.is_open_amount
            and self.amount is not None
            and set(self.amount.missing) <= {"pool_total", "budget"}
        ):
            return "符合条件；金额等名单确定后，按全部企业的合计分配"
        if self.is_open_amount:
            return "符合条件；金额还要看：" + "、".join(self.missing[:6])
        if self.missing:
            return "待补：" + "、".join(self.missing[:4])
        return self.outcome.label


def claim(
    terms: Terms, facts: Mapping[str, Any], *, on: date, typed: Mapping[str, Any] | None = None,
    pool_total: Decimal | None = None, budget: Decimal | None = None,
) -> Claim:  # fmt: skip
    """Judge and reckon. typed: values of the application. A pool is unknown until all who qualify are known."""
    judged = judge(terms.version, facts, on=on)
    if judged.outcome not in (Outcome.MET, Outcome.UNKNOWN):
        return Claim(judged.outcome, judged, None)
    known = {**facts, **(typed or {}), "pool_total": pool_total, "budget": budget}
    amount = reckon(terms.formula, known, on.year - 1)
    found = judged.outcome
    if found is Outcome.MET and amount.fen is None:
        found = Outcome.UNKNOWN
    return Claim(found, judged, amount)


def quick(
    terms: Terms, facts: Mapping[str, Any], *, on: date, pool_total: Decimal | None = None, budget: Decimal | None = None
) -> tuple[Outcome, int]:  # fmt: skip
    """(outcome, fen) without the words: for whole registries."""
    found = outcome(terms.version, facts, on=on)
    if found is not Outcome.MET:
        return found, 0
    amount = reckon(terms.formula, {**facts, "pool_total": pool_total, "budget": budget})
    return (Outcome.UNKNOWN, 0) if amount.fen is None else (found, amount.fen)


def pool_of(terms: Terms, firms: Iterable[Mapping[str, Any]], *, on: date) -> Decimal | None:
    """The sum of what all qualifying firms bring to the pool; None when the item has no pool."""
    if not terms.formula.pool:
        return None
    total = Decimal(0)
    for facts in firms:
        if outcome(terms.version, facts, on=on) is Outcome.MET:
            total += pool_base(terms.formula, facts) or Decimal(0)
    return total


def day_of(title_day: str, period: str, asked: date) -> date:
    """The day on which an item is judged for a period (a year). Source: sci-tech-finance.md 6.3."""
    if title_day == TitleDay.ASKED:
        return asked
    if not (period.isdigit() and len(period) == 4):
        raise BadInput(f"兑现期“{period}”不是年份，请写四位年份，例如 {asked.year}。", field="period")
    year = int(period)
    return date(year, 12, 31) if title_day == TitleDay.YEAR_END else date(year, 1, 1)


def higher_only(claims: Sequence[tuple[str, Claim]]) -> list[tuple[str, Claim]]:
    """Of one exclusion group and one firm: the highest stays, the others are dropped with the reason (从高不重复).

    claims: (item title, claim). Ties go to the earlier one.
    """
    hits = [(one.fen or 0, -at, title) for at, (title, one) in enumerate(claims) if one.is_hit]
    if len(hits) < 2:
        return list(claims)
    best_fen, best_at, best_title = max(hits)
    return [
        (title, one)
        if not one.is_hit or at == -best_at
        else (title, replace(one, dropped=already_higher(best_title, best_fen)))
        for at, (title, one) in enumerate(claims)
    ]


def already_higher(title: str, fen: int) -> str:
    """The reason shown to the firm. Source: sci-tech-finance.md 11.3."""
    return f"从高不重复：同一组里“{title}”给得更高（{wan_words(fen)}），这一项不再兑现"
