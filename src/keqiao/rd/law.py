"""The rule book of the super-deduction as this room reads it: every number of the tax rule comes from there. Pure.

law: the book `rd_deduction`; None = as it was shipped. Callers with a database pass what is in force here
(`keqiao.rules.shelf.current`), so that a version which officers publish is also the calculator's.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from keqiao.rules.book import Book, BookValue, Version
from keqiao.rules.lawtable import number
from keqiao.rules.shelf import shipped

BOOK = "rd_deduction"
_RATE, _CLASS, _LISTED, _NOT_RESEARCH, _CLAIM = "rate_", "class_", "listed_", "not_research_", "claim_"
_SHARE = "listed_share"


class NoRule(ValueError):
    """The year lies before the rules that are kept here."""


def the_law(law: Book | None = None) -> Book:
    """The given book, or the shipped one."""
    return law if law is not None else shipped(BOOK)


@dataclass(frozen=True, slots=True)
class Law:
    """The text of one day: its numbers by name."""

    version: Version
    values: dict[str, BookValue]

    def has(self, name: str) -> bool:
        return name in self.values

    def value(self, name: str) -> BookValue:
        """Raises NoRule naming the version when the book has no such value."""
        found = self.values.get(name)
        if found is None:
            raise NoRule(f"“{self.version.title}”里没有“{name}”这个数，请在规则“研发费用加计扣除”里补上。")
        return found

    def exact(self, name: str) -> Fraction:
        """A number as it stands. Raises NoRule when it is none."""
        found = self.value(name)
        if not isinstance(found.value, Decimal):
            raise NoRule(f"“{found.title}”在规则里写的是“{found.value}”，应是数字，请在规则里改正。")
        return Fraction(found.value)

    def share(self, name: str) -> Fraction:
        """A percentage as a part of one: 80 % → 4/5."""
        return self.exact(name) / 100

    def percent(self, name: str) -> str:
        return f"{number(self.value(name).value)}%"

    def document(self, name: str) -> str:
        """Where the value comes from."""
        return self.value(name).where.source

    def verify(self, name: str) -> bool:
        return self.value(name).where.verify

    def named(self, prefix: str) -> list[BookValue]:
        """Values whose name begins so, in the order of the text."""
        return [one for name, one in self.values.items() if name.startswith(prefix)]


def law_on(day: date, law: Book | None = None) -> Law | None:
    """The text in force on the day; None before the first."""
    version = the_law(law).find(day)
    return None if version is None else Law(version, version.values_on(day))


def newest(law: Book | None = None) -> Law:
    """The newest text of the book."""
    version = the_law(law).versions[-1]
    return Law(version, version.values_on(version.valid_from))


def law_of(year: int, law: Book | None = None) -> Law:
    """The text at the end of a tax year. Raises NoRule for a year before the rules."""
    found = law_on(date(year, 12, 31), law)
    if found is None:
        raise NoRule(f"{year} 年没有收录的加计扣除规定，请查阅当年规定。")
    return found


def changes_in(year: int, law: Book | None = None) -> list[date]:
    """The days of a year on which another text begins."""
    return sorted({one.valid_from for one in the_law(law).versions if one.valid_from.year == year})


def rates_of(text: Law) -> dict[str, BookValue]:
    """Kind of firm → its rate."""
    return {one.name.removeprefix(_RATE): one for one in text.named(_RATE)}


def kinds(law: Book | None = None) -> dict[str, dict[str, str]]:
    """Kinds of firms beside the general one, of any period: key → {label, test}."""
    found: dict[str, dict[str, str]] = {}
    for version in the_law(law).versions:
        for one in version.values:
            key = one.name.removeprefix(_RATE)
            if one.name.startswith(_RATE) and key != "general":
                found[key] = {"label": _after(one.title), "test": one.where.note}
    return found


def _after(title: str) -> str:
    """加计比例：制造业企业 → 制造业企业."""
    return title.split("：", 1)[-1]


@dataclass(frozen=True, slots=True)
class Said:
    """A text of the law: heading, words, document."""

    label: str
    words: str
    document: str
    verify: bool


def _said(one: BookValue) -> Said:
    return Said(_after(one.title), number(one.value), one.where.source, one.where.verify)


def categories(text: Law) -> list[Said]:
    """The six classes of cost."""
    return [_said(one) for one in text.named(_CLASS)]


def claiming(text: Law) -> list[Said]:
    """When the deduction may be claimed."""
    return [_said(one) for one in text.named(_CLAIM)]


def not_research(text: Law) -> tuple[list[Said], str]:
    """The activities that are no R&D, and the warning that stands with them."""
    found = text.named(_NOT_RESEARCH)
    return [_said(one) for one in found], next(
        (one.where.note for one in reversed(found) if one.where.note), ""
    )


@dataclass(frozen=True, slots=True)
class ListedIndustry:
    """An industry of the negative list. code: GB/T 4754-2017, letter and two digits."""

    name: str
    code: str
    document: str


def listed_industries(text: Law | None = None) -> list[ListedIndustry]:
    """The negative list of a text, of the newest when none is given."""
    return [
        ListedIndustry(_after(one.title), str(one.value), one.where.source)
        for one in (text or newest()).named(_LISTED)
        if one.name != _SHARE
    ]
