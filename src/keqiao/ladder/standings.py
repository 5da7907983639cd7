"""Where firms stood at the end of each year: worked out on the spot for a few, read as the night kept it for a city's.

Both answer the same four questions, so that the page of flows does not know which it has.
"""

import itertools
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from django.db import transaction
from django.db.models import Count
from django.db.models.functions import Substr

from keqiao.ladder.enums import HEIGHT, Level
from keqiao.ladder.models import Standing
from keqiao.ladder.passage import ABSENT, GONE, Stay, last_day, passages, retention, standing, stays
from keqiao.registry.enterprise.models import Enterprise
from keqiao.registry.records.enums import Status

YEARS: Final = 10  # before this one
LIVE: Final = 300  # firms for which nothing has to be kept
_LETTER: Final = {str(level): "anshgtx"[at] for at, level in enumerate(Level)}
_LEVEL: Final = {letter: level for level, letter in _LETTER.items()}
_WIDTH: Final = 6  # of a place: a county's six digits, or absent, gone, unknown, filled up with points
_NOWHERE: Final = ((ABSENT, ABSENT), (GONE, GONE), (ABSENT, GONE))
_BATCH: Final = 2000
Pair = tuple[str, str]


class Live:
    """Firms whose lives are read now."""

    def __init__(self, lives: Sequence[Stay], today: date) -> None:
        self._lives, self._today = lives, today

    def _days(self, years: Sequence[int]) -> list[date]:
        return [last_day(year, self._today) for year in years]

    def counts(self, since: int, until: int, by: str) -> dict[Pair, int]:
        """(from, to) → how many firms, between the ends of two years; by: "level" or "county"."""
        return {pair: len(firms) for pair, firms in self._found(since, until, by).items()}

    def firms(self, since: int, until: int, by: str, pair: Pair) -> Any:
        """The firms behind one of these counts."""
        return Enterprise.objects.filter(pk__in=self._found(since, until, by).get(pair, []))

    def _found(self, since: int, until: int, by: str) -> Any:
        a, b = self._days((since, until))
        return passages(self._lives, a, b, by=by)

    def standing(self, years: Sequence[int]) -> list[Counter[str]]:
        """How many firms stood at each level at the end of each year."""
        return standing(self._lives, self._days(years))

    def retention(self, years: Sequence[int], level: Level) -> list[float | None]:
        """Of those at the level or above, the share still there a year later."""
        return retention(self._lives, self._days(years), level)


class Kept:
    """The same from rows of `Standing`: firms with the same years are counted by the database."""

    def __init__(self, firms: Any, on: date) -> None:
        """firms: a queryset of Enterprise; None for every firm, which spares looking each one up."""
        self._rows: Any = Standing.objects.all()
        if firms is not None:
            self._rows = self._rows.filter(enterprise__in=firms.order_by().values("pk"))
        self._first = on.year - YEARS
        self._known: list[tuple[str, int]] | None = None

    def counts(self, since: int, until: int, by: str) -> dict[Pair, int]:
        a, b = self._at(since, by, "a"), self._at(until, by, "b")
        rows = self._rows.annotate(**a, **b).order_by().values("a", "b").annotate(n=Count("pk"))
        found = {(_word(one["a"], by), _word(one["b"], by)): one["n"] for one in rows}
        return {pair: count for pair, count in found.items() if pair not in _NOWHERE}

    def firms(self, since: int, until: int, by: str, pair: Pair) -> Any:
        a, b = (_LETTER.get(one, "") if by == "level" else _place(one) for one in pair)
        rows = self._rows.annotate(**self._at(since, by, "a"), **self._at(until, by, "b")).filter(a=a, b=b)
        return Enterprise.objects.filter(pk__in=rows.values("enterprise_id"))

    def _at(self, year: int, by: str, name: str) -> dict[str, Substr]:
        at = year - self._first
        return {
            name: Substr("levels", at + 1, 1) if by == "level" else Substr("places", at * _WIDTH + 1, _WIDTH)
        }

    def _levels(self) -> list[tuple[str, int]]:
        """(levels of the years, how many firms), read once."""
        if self._known is None:
            rows = self._rows.order_by().values("levels").annotate(n=Count("pk"))
            self._known = list(rows.values_list("levels", "n"))
        return self._known

    def standing(self, years: Sequence[int]) -> list[Counter[str]]:
        found: list[Counter[str]] = []
        for year in years:
            counter: Counter[str] = Counter()
            for levels, count in self._levels():
                counter[_LEVEL[levels[year - self._first]]] += count
            found.append(counter)
        return found

    def retention(self, years: Sequence[int], level: Level) -> list[float | None]:
        least = HEIGHT[level]
        there = {
            letter
            for letter, one in _LEVEL.items()
            if one not in (Level.GONE, Level.ABSENT) and HEIGHT[one] >= least
        }
        found: list[float | None] = []
        for year, after in itertools.pairwise(years):
            a, b = year - self._first, after - self._first
            held = [(levels[b], count) for levels, count in self._levels() if levels[a] in there]
            total = sum(count for _, count in held)
            found.append(sum(count for letter, count in held if letter in there) / total if total else None)
        return found


def standings_of(firms: Any, today: date, *, is_all: bool = False) -> Live | Kept:
    """Firms (archived ones too) through the years. Kept rows of another year are no answer for this one.

    is_all: these are all firms that are neither drafts nor withdrawn.
    """
    if firms.order_by().values("pk")[: LIVE + 1].count() > LIVE:
        newest = Standing.objects.order_by("pk").first()
        if newest is not None and newest.on.year == today.year:
            return Kept(None if is_all else firms, newest.on)
    return Live(stays(firms), today)


def keep_standings(today: date) -> int:
    """Work out and keep where every firm stood. Returns how many rows. A hundred thousand firms take about a minute."""
    years = range(today.year - YEARS, today.year + 1)
    days = [last_day(year, today) for year in years]
    lives = stays(Enterprise.objects.exclude(status__in=[Status.DRAFT, Status.WITHDRAWN]))
    for at in range(0, len(lives), _BATCH):
        rows = [
            Standing(
                enterprise_id=one.id,
                on=today,
                levels="".join(_LETTER[str(one.level(day))] for day in days),
                places="".join(_place(one.county(day)) for day in days),
            )
            for one in lives[at : at + _BATCH]
        ]
        with transaction.atomic():
            Standing.objects.bulk_create(
                rows,
                update_conflicts=True,
                unique_fields=["enterprise"],
                update_fields=["on", "levels", "places"],
            )
    Standing.objects.exclude(on=today).delete()
    return len(lives)


def _place(code: str) -> str:
    return code[:_WIDTH].ljust(_WIDTH, ".")


def _word(stored: str, by: str) -> str:
    return _LEVEL[stored] if by == "level" else stored.rstrip(".")
