"""An expert's profile from works: what was made each year, in which fields, with whom."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keqiao.codes import lists
from keqiao.matching.reading import visible_records
from keqiao.people.access import Scope
from keqiao.registry.expert.models import Expert
from keqiao.registry.records.models import Record
from keqiao.registry.work.models import Authorship, Work

_MOST_WORKS = 500  # of one person that are counted; more are a namesake's or an institute's
_MOST_NAMES = 12
_SHOWN_WORKS = 10
_FEWEST_YEARS = 2


@dataclass(frozen=True, slots=True)
class Coauthor:
    """public_id: of the coauthor's own page, "" when he has none."""

    name: str
    count: int
    public_id: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    total: int
    years: Mapping[str, int]
    types: Mapping[str, int]
    fields: Mapping[str, int]
    coauthors: tuple[Coauthor, ...]
    works: tuple[Work, ...]


def profile_of(expert: Expert, scope: Scope) -> Profile:
    """Counted from the works that the reader may see. Two queries."""
    mine = Authorship.objects.filter(expert=expert).values_list("work_id", flat=True)[:_MOST_WORKS]
    works = sorted(visible_records("work", set(mine), scope).values(), key=_newest, reverse=True)
    names = _coauthors(expert, works)
    years = Counter(str(year) for work in works if (year := work.done_on.year if work.done_on else work.year))
    fields = Counter(
        lists.label("field11", str(tag["code"])) for work in works for tag in work.tags.get("field11", ())[:1]
    )
    return Profile(
        total=len(works),
        years=dict(sorted(years.items())),
        types=dict(Counter(work.get_work_type_display() for work in works).most_common()),
        fields=dict(fields.most_common(6)),
        coauthors=names,
        works=tuple(works[:_SHOWN_WORKS]),
    )


def _newest(work: Work) -> tuple[str, int, int]:
    return (work.done_on.isoformat() if work.done_on else ""), work.year or 0, work.pk


def _coauthors(expert: Expert, works: Sequence[Record]) -> tuple[Coauthor, ...]:
    rows = (
        Authorship.objects.filter(work_id__in=[work.pk for work in works])
        .exclude(expert=expert)
        .exclude(name=expert.title)
        .values_list("name", "expert__public_id")
    )
    counted = Counter((name, str(page or "")) for name, page in rows)
    return tuple(Coauthor(name, n, page) for (name, page), n in counted.most_common(_MOST_NAMES))


def year_chart(years: Mapping[str, int], name: str) -> dict[str, Any]:
    """An ECharts option: bars a year, empty years included."""
    numbers = {int(year): n for year, n in years.items()}
    every = range(min(numbers), max(numbers) + 1)
    return {
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "category", "data": [str(year) for year in every]},
        "yAxis": {"type": "value", "minInterval": 1},
        "series": [
            {"type": "bar", "name": name, "barMaxWidth": 28, "data": [numbers.get(year, 0) for year in every]}
        ],
    }


def has_chart(years: Mapping[str, int]) -> bool:
    return len(years) >= _FEWEST_YEARS


def field_bars(fields: Mapping[str, int]) -> list[dict[str, Any]]:
    """Fields with their counts and the share of the largest, for bars."""
    most = max(fields.values(), default=0)
    return [{"label": label, "count": n, "most": most} for label, n in list(fields.items())[:6]]
