"""Words typed in a registry go to the index: the same search as in the public lists, over what the officer works on."""

from collections.abc import Callable, Iterator
from typing import Any

from django.core.paginator import Page
from django.db.models import prefetch_related_objects
from django.http import HttpRequest

from keqiao.matching.search import MOST_PAGES, FacetGroup, SearchPage, SearchQuery, search
from keqiao.people.access import scope_of
from keqiao.web.rendering import paginate

PER_PAGE = 50
# Parameter of the registry's address -> facet of the index
FACETS = {
    "status": "status",
    "division": "place",
    "field": "field11",
    "year": "year",
    "source": "source",
    "sample": "sample",
}
_ORDERS = {
    "new": "updated",
    "old": "updated-old",
    "until": "until",
}  # what the address says -> the index's order
_RELEVANCE = ("relevance", "相关程度")


def find(request: HttpRequest, kind: str, query: Any) -> SearchPage:
    """The page of a registry that the words and filters of `query` ask for, with counted facets."""
    number = request.GET.get("page", "1")
    asked = _asked(kind, query, page=int(number) if number.isascii() and number.isdigit() else 1)
    found = search(asked, scope_of(request.user))
    if found.total and found.query.page > found.pages:
        found = search(_asked(kind, query, page=found.pages), scope_of(request.user))
    prefetch_related_objects([row.record for row in found.rows], "origin")
    return found


def groups(request: HttpRequest, kind: str, query: Any) -> tuple[FacetGroup, ...]:
    """The facets alone: a registry too long to be counted by the database."""
    return search(_asked(kind, query, page=1, per_page=1), scope_of(request.user)).facets


def _asked(kind: str, query: Any, *, page: int, per_page: int = PER_PAGE) -> SearchQuery:
    chosen = {facet: (value,) for name, facet in FACETS.items() if (value := getattr(query, name))}
    return SearchQuery(
        kind,
        text=query.q,
        chosen=chosen,
        order=_ORDERS.get(query.sort, "relevance" if query.q else "updated"),
        page=min(max(page, 1), MOST_PAGES),
        per_page=per_page,
        is_desk=True,
    )


def page_of(request: HttpRequest, found: SearchPage) -> "Page[Any]":
    """The pager; its `object_list` is never looked at."""
    return paginate(range(found.total), request, per_page=PER_PAGE, count=found.total, max_pages=MOST_PAGES)


def sorts(words: dict[str, str], has_until: bool) -> list[dict[str, str]]:
    """What found rows can be ordered by."""
    keys = [key for key in _ORDERS if key != "until" or has_until]
    return [dict(zip(("value", "label"), _RELEVANCE, strict=True))] + [
        {"value": key, "label": words[key]} for key in keys
    ]


def facet_options(
    found: tuple[FacetGroup, ...], option: Callable[[str, str, int, str], dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """The registry's filters in their own order. option: (name, code, count, label) -> link."""
    by_key = {group.key: group for group in found}
    for name, key in FACETS.items():
        if (group := by_key.get(key)) is not None:
            yield {
                "title": "县区" if name == "division" else group.label,
                "options": [option(name, one.code, one.count, one.label) for one in group.values],
            }
