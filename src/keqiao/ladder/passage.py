"""Where firms stood at the end of each year, and how they passed between levels and counties. Pure, after one reading."""

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from keqiao.firm.models import Residence, Title
from keqiao.ladder.enums import HEIGHT, LEVEL_OF, Level
from keqiao.registry.records.enums import Status

GONE, ABSENT = "gone", "absent"


@dataclass(frozen=True, slots=True)
class Stay:
    """A firm's life as the passage needs it. titles: (kind, from, until); places: (county, from, until)."""

    id: int
    founded_on: date | None
    closed_on: date | None
    titles: tuple[tuple[str, date, date | None], ...]
    places: tuple[tuple[str, date, date | None], ...]

    def level(self, on: date) -> Level:
        """The highest title in force on the day; absent before the founding, gone after the end."""
        if self.founded_on and self.founded_on > on:
            return Level.ABSENT
        if self.closed_on and self.closed_on <= on:
            return Level.GONE
        found = [
            LEVEL_OF[kind]
            for kind, since, until in self.titles
            if kind in LEVEL_OF and since <= on and (until is None or until >= on)
        ]
        return max(found, key=lambda one: HEIGHT[one], default=Level.NONE)

    def county(self, on: date) -> str:
        """Six digits of where it was; absent or gone as above."""
        if self.founded_on and self.founded_on > on:
            return ABSENT
        if self.closed_on and self.closed_on <= on:
            return GONE
        for code, since, until in reversed(self.places):
            if since <= on and (until is None or until > on):
                return code
        return self.places[0][0] if self.places else ""


def stays(firms: Any) -> list[Stay]:
    """The lives of these firms (a queryset of Enterprise, archived ones too). Three queries."""
    rows = list(firms.values_list("pk", "founded_on", "division_code", "status", "updated_at"))
    keys = {row[0] for row in rows}
    titles: dict[int, list[tuple[str, date, date | None]]] = {}
    for firm, kind, since, until, revoked in Title.objects.order_by("issued_on").values_list(
        "enterprise_id", "kind", "issued_on", "expires_on", "revoked_on"
    ):
        if firm in keys:
            ends = min((day for day in (until, revoked) if day), default=None)
            titles.setdefault(firm, []).append((kind, since, ends))
    places: dict[int, list[tuple[str, date, date | None]]] = {}
    for firm, code, since, until in Residence.objects.order_by("since").values_list(
        "enterprise_id", "division_code", "since", "until"
    ):
        if firm in keys:
            places.setdefault(firm, []).append((code[:6], since, until))
    found = []
    for key, founded, code, status, updated in rows:
        own = places.get(key) or [(code[:6], founded or date(1900, 1, 1), None)]
        closed = own[-1][2]
        if closed is None and status == Status.ARCHIVED:
            closed = updated.date()
        found.append(Stay(key, founded, closed, tuple(titles.get(key, ())), tuple(own)))
    return found


def last_day(year: int, today: date) -> date:
    """The day that a year is judged by: its last, or today in the current year."""
    return min(date(year, 12, 31), today)


def passages(
    lives: Iterable[Stay], a: date, b: date, *, by: str = "level"
) -> Mapping[tuple[str, str], list[int]]:
    """(from, to) -> firms, between two days; by: "level" or "county". Firms that were on neither day are left out."""
    found: dict[tuple[str, str], list[int]] = {}
    for one in lives:
        pair = (str(one.level(a)), str(one.level(b))) if by == "level" else (one.county(a), one.county(b))
        if pair not in ((ABSENT, ABSENT), (GONE, GONE), (ABSENT, GONE)):
            found.setdefault(pair, []).append(one.id)
    return found


def standing(lives: Sequence[Stay], days: Sequence[date]) -> list[Counter[str]]:
    """How many firms stood at each level on each day."""
    return [Counter(str(one.level(day)) for one in lives) for day in days]


def retention(lives: Sequence[Stay], days: Sequence[date], level: Level) -> list[float | None]:
    """Of those at `level` or above on a day, the share still there at the next; None for nobody. One shorter than days."""
    least = HEIGHT[level]

    def there(one: Stay, day: date) -> bool:
        at = one.level(day)
        return at not in (Level.GONE, Level.ABSENT) and HEIGHT[at] >= least

    found: list[float | None] = []
    for a, b in itertools.pairwise(days):
        held = [one for one in lives if there(one, a)]
        found.append(sum(1 for one in held if there(one, b)) / len(held) if held else None)
    return found
