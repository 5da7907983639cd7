"""What speaks for an expert, and the places it comes from. A room with facts of its own registers a source here.

register_source(Source("answer", "热线答复", 0.8, standings_by_answers))     in the room's AppConfig.ready()
register_load(LoadSource("case", "在办事项", open_cases))
register_activity(ActivitySource("answer", "最近答复", last_answers))
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from keqiao.matching.search import Pieces
from keqiao.people.access import Scope
from keqiao.registry.records.models import Record
from keqiao_match import Doc


@dataclass(frozen=True, slots=True)
class Asked:
    """What experts are looked for. key: names the question for good; record is None for a free question.

    within: facets of the expert index that the answer is narrowed to (place, field11). A source that can looks further
    there than it would among all; leaving out who does not fit is not its business.
    """

    key: str
    title: str
    doc: Doc
    kind: str = ""
    record: Record | None = None
    text: str = ""
    within: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that speaks for an expert: what it is, and the sentence that answers the question.

    score: 0..1, how well this one thing answers. kind, public_id: of its page, "" when it has none.
    """

    source: str
    label: str
    title: str
    score: float
    grade: str = ""
    year: int | None = None
    field: str = ""
    sentence: Pieces = ()
    other_field: str = ""
    other_sentence: Pieces = ()
    terms: tuple[str, ...] = ()
    kind: str = ""
    public_id: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How an expert stands in one source. score: 0..1. shown: called for the experts of the page only."""

    score: float
    count: int
    shown: Callable[[], Sequence[Evidence]]


@dataclass(frozen=True, slots=True)
class Source:
    """A place that evidence comes from. weight: 0..1, how much its full score is worth.

    find: experts' primary keys -> how they stand; bounded queries only, best few hundred at most.
    """

    key: str
    label: str
    weight: float
    find: Callable[[Asked, Scope], Mapping[int, Standing]]


@dataclass(frozen=True, slots=True)
class LoadSource:
    """Work that an expert has at hand. count: experts -> number of open cases, one query."""

    key: str
    label: str
    count: Callable[[Sequence[int]], Mapping[int, int]]


@dataclass(frozen=True, slots=True)
class ActivitySource:
    """When an expert was last active. latest: experts -> day, one query. is_personal: not for other enterprises."""

    key: str
    label: str
    latest: Callable[[Sequence[int]], Mapping[int, date]]
    is_personal: bool = True


_sources: dict[str, Source] = {}
_loads: dict[str, LoadSource] = {}
_activities: dict[str, ActivitySource] = {}


def register_source(source: Source) -> None:
    """Add a place of evidence, or put a better one in place of the one with its key."""
    if not 0 < source.weight <= 1:
        raise ValueError(f"weight of {source.key} must be above 0 and at most 1, got {source.weight}")
    _sources[source.key] = source


def register_load(source: LoadSource) -> None:
    """Add a kind of work at hand."""
    _loads[source.key] = source


def register_activity(source: ActivitySource) -> None:
    """Add a sign of life."""
    _activities[source.key] = source


def sources() -> tuple[Source, ...]:
    """Every place of evidence, in the order of registration."""
    return tuple(_sources.values())


def loads() -> tuple[LoadSource, ...]:
    return tuple(_loads.values())


def activities() -> tuple[ActivitySource, ...]:
    return tuple(_activities.values())


def joined(parts: Iterable[tuple[float, float]]) -> float:
    """One score of several (weight, score), each 0..1: what is left of the doubt. One good source is enough, more help.

    1 - (1 - w1*s1)(1 - w2*s2)…; grows with every part, never above 1.
    """
    doubt = 1.0
    for weight, score in parts:
        doubt *= 1.0 - weight * min(max(score, 0.0), 1.0)
    return 1.0 - doubt
