"""A search as it stands in an address: the same parameters for list pages, subscriptions and the API."""

from django.http import QueryDict

from keqiao.matching.facets import facets_of
from keqiao.matching.search import PER_PAGE, SearchQuery

RANGES = ("amount", "year", "trl")
"""Numbers with `…-from` and `…-to` in the address; `amount` is written in 万元 there."""

_PER_PAGE_CHOICES = (20, 50, 100)
_NOT_THE_SEARCH = ("page", "per_page", "sort")
_MOST_CHARACTERS = 500
_MOST_CODES = 30  # of one facet


def query_of(kind: str, given: QueryDict) -> SearchQuery:
    """The search that an address's parameters ask for; what cannot be read is left out."""
    chosen = {
        facet.key: tuple(code for code in given.getlist(facet.key)[:_MOST_CODES] if code)
        for facet in facets_of(kind)
        if facet.key in given
    }
    ranges: dict[str, tuple[float | None, float | None]] = {}
    for name in RANGES:
        low, high = (_number(given.get(f"{name}-{end}", "")) for end in ("from", "to"))
        if low is not None or high is not None:
            scale = 10_000 if name == "amount" else 1
            ranges[name] = (None if low is None else low * scale, None if high is None else high * scale)
    size = _whole(given.get("per_page", ""))
    return SearchQuery(
        kind,
        text=given.get("q", ""),
        chosen=chosen,
        ranges=ranges,
        order=given.get("sort", ""),
        page=_whole(given.get("page", "")) or 1,
        per_page=size if size in _PER_PAGE_CHOICES else PER_PAGE,
    )


def canonical(query: str) -> str:
    """The address's query with its parameters in order, without page and sorting: the same search, the same text."""
    given = QueryDict(query[:_MOST_CHARACTERS])
    kept = QueryDict(mutable=True)
    for key in sorted(given):
        if key not in _NOT_THE_SEARCH and (
            values := sorted({value for value in given.getlist(key) if value})
        ):
            kept.setlist(key, values)
    return str(kept.urlencode())[:_MOST_CHARACTERS]


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < 1e12 else None


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0
