"""What may be counted in public: the funnel by county and field, and how late each office is."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Avg, Count, F, Q, QuerySet
from django.db.models.functions import Substr

from keqiao.codes import divisions, lists
from keqiao.deal.clock import office_of
from keqiao.deal.enums import WAY, Outcome, Stage
from keqiao.deal.models import Case
from keqiao.deal.rules import public_column, public_count
from keqiao.registry.demand.models import Demand
from keqiao.registry.records.enums import Status
from keqiao.registry.records.models import prefix_range

STEPS = ("需求", "洽谈", "意向", "合同")
_TALK, _SIGN, _PERFORM = WAY.index(Stage.TALK), WAY.index(Stage.SIGN), WAY.index(Stage.PERFORM)
_COUNTED = (Status.PUBLISHED, Status.EXPIRED, Status.CLOSED, Status.ARCHIVED)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the funnel: distinct demands, and distinct cases that came at least so far."""

    code: str
    label: str
    counts: tuple[int, ...]


def totals(prefix: str = "", year: int | None = None) -> tuple[int, ...]:
    """Demands, talks, intents, contracts in this place and year (of publication, of opening). Two queries."""
    demands = _demands(prefix, year).count()
    reached = _cases(prefix, year).aggregate(
        talk=Count("pk", filter=Q(reached__gte=_TALK)), sign=Count("pk", filter=Q(reached__gte=_SIGN)),
        perform=Count("pk", filter=Q(reached__gte=_PERFORM)),
    )  # fmt: skip
    return demands, reached["talk"], reached["sign"], reached["perform"]


def _demands(prefix: str, year: int | None) -> QuerySet[Demand]:
    found = Demand.objects.filter(prefix_range("division_code", prefix), status__in=_COUNTED)
    return found.filter(published_at__year=year) if year else found


def _cases(prefix: str, year: int | None) -> QuerySet[Case]:
    found = Case.objects.filter(prefix_range("division_code", prefix))
    return found.filter(opened_at__year=year) if year else found


def by_county(year: int | None = None) -> list[Row]:
    """A row a county of the home city, those with nothing left out. Two queries."""
    home = settings.KEQIAO_HOME_DIVISION
    demands = dict(
        _demands(home, year)
        .annotate(place=Substr("division_code", 1, 6))
        .values_list("place")
        .annotate(n=Count("pk"))
        .order_by()
    )
    cases = {
        row["place"]: row
        for row in _cases(home, year).annotate(place=Substr("division_code", 1, 6)).values("place").annotate(
            talk=Count("pk", filter=Q(reached__gte=_TALK)), sign=Count("pk", filter=Q(reached__gte=_SIGN)),
            perform=Count("pk", filter=Q(reached__gte=_PERFORM)),
        ).order_by()
    }  # fmt: skip
    rows = []
    for place in sorted({*demands, *cases}):
        row = divisions.division(place.ljust(12, "0")) if len(place) == 6 else None
        label = row.name if row and place[4:] != "00" else "市本级及未注明"
        one: Mapping[str, Any] = cases.get(place) or {}
        rows.append(
            Row(
                place,
                label,
                (demands.get(place, 0), one.get("talk", 0), one.get("sign", 0), one.get("perform", 0)),
            )
        )
    return _joined(rows)


def _joined(rows: Sequence[Row]) -> list[Row]:
    """Rows of one label as one: what has no county is one line, whatever its code says."""
    found: dict[str, Row] = {}
    for row in rows:
        before = found.get(row.label)
        counts = (
            tuple(a + b for a, b in zip(before.counts, row.counts, strict=True)) if before else row.counts
        )
        found[row.label] = Row(before.code if before else row.code, row.label, counts)
    return [row for row in found.values() if any(row.counts)]


def by_field(prefix: str = "", year: int | None = None) -> list[Row]:
    """A row a field of the eleven, counted on cases alone: a demand's fields are tags, of which it may have several."""
    found = _cases(prefix, year).values("field").annotate(
        all=Count("pk"), talk=Count("pk", filter=Q(reached__gte=_TALK)), sign=Count("pk", filter=Q(reached__gte=_SIGN)),
        perform=Count("pk", filter=Q(reached__gte=_PERFORM)),
    ).order_by("field")  # fmt: skip
    return [
        Row(one["field"], lists.label("field11", one["field"]) if one["field"] else "未分类",
            (one["all"], one["talk"], one["sign"], one["perform"]))
        for one in found
    ]  # fmt: skip


def shown_rows(rows: Sequence[Row]) -> list[dict[str, object]]:
    """The rows as strangers may see them: small numbers hidden, and not to be had by subtraction either."""
    columns = [public_column([row.counts[at] for row in rows]) for at in range(len(STEPS))]
    return [
        {"label": row.label, "code": row.code, "counts": [column[at] for column in columns]}
        for at, row in enumerate(rows)
    ]


@dataclass(frozen=True, slots=True)
class Lateness:
    """How an office keeps its word: open cases, those past their day, and of those ended how many had no answer."""

    office: str
    open: int
    late: int
    ended: int
    no_answer: int
    score: float | None

    def shown(self) -> dict[str, object]:
        """As strangers may see it. Lateness is the office's own affair: it is never hidden while anything is open."""
        share = f"{self.late / self.open:.0%}" if self.open else "—"
        score = f"{self.score:.1f}" if self.score is not None else "—"
        return {"office": self.office, "open": f"{self.open:,}", "late": f"{self.late:,}", "share": share, "is_late": self.late > 0,
                "ended": public_count(self.ended), "no_answer": public_count(self.no_answer), "score": score}  # fmt: skip


def lateness(day: dt.date) -> list[Lateness]:
    """A row an office, the most late first. One query."""
    found = Case.objects.annotate(place=Substr("division_code", 1, 6)).values("place").annotate(
        open_n=Count("pk", filter=~Q(stage=Stage.ENDED), distinct=True),
        late_n=Count("pk", filter=~Q(stage=Stage.ENDED) & Q(due_on__lt=day), distinct=True),
        ended_n=Count("pk", filter=Q(stage=Stage.ENDED), distinct=True),
        none_n=Count("pk", filter=Q(outcome=Outcome.NO_ANSWER), distinct=True),
        scores=Count("parties__score"), score=Avg(F("parties__score")),
    ).order_by()  # fmt: skip
    offices: dict[str, Lateness] = {}
    for one in found:
        name = office_of(one["place"])
        before = offices.get(name, Lateness(name, 0, 0, 0, 0, None))
        score = one["score"] if one["scores"] >= 3 else before.score
        offices[name] = Lateness(name, before.open + one["open_n"], before.late + one["late_n"], before.ended + one["ended_n"],
                                 before.no_answer + one["none_n"], score)  # fmt: skip
    return sorted(offices.values(), key=lambda one: (-one.late, one.office))
