"""The extra rate of the super-deduction by period and kind of firm (rd-tax-and-statistics §1), and who is excluded (§2). Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from keqiao.rd.law import Law, changes_in, law_on, listed_industries, newest, rates_of, the_law
from keqiao.rules.book import Book

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


def rate(firm_kinds: Iterable[str], day: date, law: Book | None = None) -> Rate | None:
    """The highest rate for which a firm of these kinds qualifies on `day`; None before the first rule."""
    text = law_on(day, law)
    if text is None:
        return None
    known = rates_of(text)
    rows = [(text.share(known[kind].name), kind) for kind in {GENERAL, *firm_kinds} if kind in known]
    if not rows:
        return None
    best, kind = max(rows, key=lambda row: (row[0], row[1] == GENERAL, row[1]))
    where = known[kind].where
    return Rate(best, kind, where.source, where.verify)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a year with one rate, both days included."""

    first: date
    last: date
    rate: Rate


def stretches(firm_kinds: Iterable[str], year: int, law: Book | None = None) -> list[Stretch]:
    """The year cut where the rate changes: one stretch, or two in 2022 for those at 75 %."""
    named, law = tuple(firm_kinds), the_law(law)
    starts = sorted({date(year, 1, 1), *changes_in(year, law)})
    found: list[Stretch] = []
    for start, after in zip(starts, [*starts[1:], date(year + 1, 1, 1)], strict=True):
        now = rate(named, start, law)
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
    total: Fraction | int,
    untaxed: Fraction | int,
    investment: Fraction | int,
    listed: Fraction | int,
    text: Law | None = None,
) -> Exclusion:
    """Strictly more than half of (收入总额 − 不征税收入 − 投资收益) from a listed industry excludes the year. Any unit."""
    text = text or newest()
    bound, percents = text.share("listed_share"), text.percent("listed_share")
    base = Fraction(total) - Fraction(untaxed) - Fraction(investment)
    share = Fraction(listed) / base if base > 0 else Fraction(0)
    excluded = base > 0 and share > bound
    percent = f"{float(share) * 100:.2f}%".replace(".00%", "%")
    verdict = f"超过{percents}，这一年不适用加计扣除" if excluded else f"没有超过{percents}，可以适用"
    return Exclusion(excluded, share, base, f"占 {percent}，{verdict}", text.document("listed_share"))


def industry_on_list(code: str, text: Law | None = None) -> str:
    """The listed industry of a GB/T 4754 code ("C1620", "5211"), "" when it is on no list."""
    digits = code.lstrip("ABCDEFGHIJKLMNOPQRSTabcdefghijklmnopqrst")
    return next((one.name for one in listed_industries(text) if digits.startswith(one.code[1:])), "")


def is_manufacturing(
    manufacturing_income: Fraction | int, total_income: Fraction | int, text: Law | None = None
) -> bool:
    """制造业企业: at least half of 收入总额 from manufacturing."""
    bound = (text or newest()).share("manufacturing_share")
    return Fraction(total_income) > 0 and Fraction(manufacturing_income) / Fraction(total_income) >= bound
