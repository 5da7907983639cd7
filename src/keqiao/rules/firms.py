"""Where firms come from: the room that keeps them registers itself; rules only ask for (id, name, facts)."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from keqiao.core.errors import NotFound

Firm = tuple[str, str, Mapping[str, Any]]  # id, name, facts as keqiao.rules.facts names them
Source = Callable[[date], Iterator[Firm]]  # every firm, in a steady order, with the facts as known on the day

_sources: list[Source] = []
_counts: list[Callable[[], int]] = []


def register(source: Source, count: Callable[[], int] | None = None) -> None:
    """Tell the rules how to go through all firms. The last one registered is used. count: how many, for the bar."""
    _sources[:] = [source]
    _counts[:] = [count] if count is not None else []


def is_known() -> bool:
    """Whether a room has registered its firms."""
    return bool(_sources)


def all_firms(on: date) -> Iterator[Firm]:
    """Every firm with its facts. Raises NotFound when no room has registered."""
    if not _sources:
        raise NotFound("企业档案", code="rules.firms")
    return iter(_sources[0](on))


def count_firms() -> int | None:
    """How many firms there are, None when the source cannot say."""
    return _counts[0]() if _counts else None
