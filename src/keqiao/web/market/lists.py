"""List pages: one search box, facets in the address, sorting, pages. The same view for every registry."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.views.decorators.http import require_GET

from keqiao.matching.address import RANGES, canonical, query_of
from keqiao.matching.search import MOST_PAGES, ORDERS, FacetGroup, SearchPage, SearchQuery, orders_of, search
from keqiao.people.access import scope_of
from keqiao.verdict.searches import note_empty_search
from keqiao.web.market.halls import Hall, hall_of
from keqiao.web.market.keeping import kept_for_visitors
from keqiao.web.market.present import result_row
from keqiao.web.rendering import paginate, render_part

RESULTS = "results"
_NEAR = 10  # a list with fewer results is filled up with what holds some of the words
_AMOUNTS = (
    ("", "50", "50 万元以下"),
    ("50", "200", "50–200 万元"),
    ("200", "1000", "200–1000 万元"),
    ("1000", "", "1000 万元以上"),
)


@login_not_required
@require_GET
@kept_for_visitors
def record_list(request: HttpRequest, kind: str) -> HttpResponse:
    """One registry: form, query, call, part."""
    query = replace(query_of(kind, request.GET), near=_NEAR)
    scope = scope_of(request.user)
    found = search(query, scope)
    if not found.rows and found.total and query.page > found.pages:
        found = search(replace(query, page=found.pages), scope)
    response = render_part(
        request, "market/record_list.html", RESULTS, list_context(request, hall_of(kind), found)
    )
    if query.text and not (found.total or query.chosen or query.ranges):
        note_empty_search(kind, query.text)
        response["Cache-Control"] = "no-store"  # every one is counted
    return response


def list_context(request: HttpRequest, hall: Hall, found: SearchPage) -> dict[str, Any]:
    """What the list page shows of a search."""
    query = found.query
    page = paginate(
        range(found.total), request, per_page=query.per_page, count=found.total, max_pages=MOST_PAGES
    )
    return {
        "hall": hall,
        "found": found,
        "q": query.text,
        "rows": [result_row(row) for row in found.rows],
        "facets": [*_facet_groups(request, found.facets), *_amounts(request, hall)],
        "clear_href": clear_href(request),
        "kept": [
            (key, value)
            for key, values in request.GET.lists()
            if key not in ("q", "sort", "page")
            for value in values
        ],
        "sorts": _sorts(query),
        "sort": query.order if query.order in ORDERS else "",
        "page": page,
        "is_filtered": not query.is_bare,
        "search_words": canonical(request.GET.urlencode()),
        "crumbs": [{"label": "首页", "href": "/"}, {"label": hall.label}],
        "now": timezone.now(),
        "url": request.build_absolute_uri(),
    }


def _sorts(query: SearchQuery) -> list[tuple[str, str]]:
    """The order that stands without being asked for has no name in the address, so that typing words brings relevance."""
    orders = orders_of(query.kind, query.text)
    return [("" if at == 0 else key, label) for at, (key, label) in enumerate(orders)]


def _facet_groups(request: HttpRequest, groups: tuple[FacetGroup, ...]) -> list[dict[str, Any]]:
    return [
        {
            "title": group.label,
            "options": [
                {
                    "label": value.label,
                    "count": value.count,
                    "chosen": value.is_chosen,
                    "href": toggle_href(request, group.key, value.code, is_on=value.is_chosen),
                }
                for value in group.values
            ],
        }
        for group in groups
    ]


def toggle_href(request: HttpRequest, key: str, code: str, *, is_on: bool) -> str:
    """The address with one facet value put in or taken out, on the first page."""
    given = request.GET.copy()
    given.pop("page", None)
    values = [value for value in given.getlist(key) if value != code]
    if not is_on:
        # Places lie in each other: a county replaces its city
        values = [value for value in values if key != "place" or not code.startswith(value)] + [code]
    given.setlist(key, values)
    return _address(request, given)


def clear_href(request: HttpRequest) -> str:
    """The address with the words only."""
    given = QueryDict(mutable=True)
    if words := request.GET.get("q", ""):
        given["q"] = words
    return _address(request, given)


def _address(request: HttpRequest, given: QueryDict) -> str:
    query = given.urlencode()
    return f"{request.path}?{query}" if query else request.path


def _amounts(request: HttpRequest, hall: Hall) -> list[dict[str, Any]]:
    """Sums of money in four steps; one at a time."""
    if not hall.amount or "amount" not in RANGES:
        return []
    now = (request.GET.get("amount-from", ""), request.GET.get("amount-to", ""))
    options: list[Mapping[str, Any]] = []
    for low, high, label in _AMOUNTS:
        is_on = now == (low, high)
        given = request.GET.copy()
        for key, value in (("amount-from", low), ("amount-to", high)):
            given.pop(key, None)
            if value and not is_on:
                given[key] = value
        given.pop("page", None)
        options.append({"label": label, "count": None, "chosen": is_on, "href": _address(request, given)})
    return [{"title": hall.amount, "options": options}]
