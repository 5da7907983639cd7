"""Searching the registries: a query in, a page of records with facets, counts and marked words out."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from django.conf import settings

from keqiao.freshness.reading import sinks
from keqiao.matching.documents import AUDIENCE, REACH, audience_of, reach_of
from keqiao.matching.facets import DESK_FACETS, PLACE, Facet, facets_of
from keqiao.matching.index import mark_of, opened
from keqiao.matching.masking import Owner, owner_of, shown_texts, shown_title
from keqiao.matching.reading import visible_records
from keqiao.matching.sinking import sunk_hits
from keqiao.people.access import Scope
from keqiao.registry.kinds import KINDS
from keqiao.registry.records.models import Record
from keqiao.registry.records.nouns import has_gate
from keqiao_match import Page, best_snippet, highlight

Pieces = tuple[tuple[str, bool], ...]

PER_PAGE = 20
MOST_PAGES = 500  # deeper than anybody reads; the reader is asked to narrow the search
MOST_TEXT = 200  # characters of a query that are looked at
_SINKING_PAGES = 5  # among these the silent sink; deeper, the index's order stands
_SNIPPET_CHARACTERS = 110
_KEPT_PAGES = 256
_MOST_VALUES = 60  # of one facet on a page
_EMPTY: Mapping[str, Any] = MappingProxyType({})

ORDERS: Mapping[str, tuple[str, str]] = {
    "relevance": ("相关程度", "relevance"),
    "newest": ("最新发布", "-day"),
    "amount": ("金额从高到低", "-amount"),
    "amount-low": ("金额从低到高", "amount"),
    "quality": ("填报质量", "-quality"),
    "updated": ("最近更新", "-updated"),
    "updated-old": ("最早更新", "updated"),
    "until": ("有效期", "until"),
}
"""key in the address -> (label, the index's order)."""

ORDERS_OF: Mapping[str, tuple[str, ...]] = {
    "demand": ("newest", "amount", "amount-low", "quality"),
    "achievement": ("newest", "amount-low", "amount", "quality"),
    "work": ("newest", "amount"),
}


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What a reader asks of one registry.

    chosen: facet key -> codes, alternatives within a facet. ranges: number ("amount", "day", "year", "trl",
    "quality") -> (low, high), None is open. order: key of ORDERS, "" = relevance with text, newest without.
    page: from 1. near: a first page by relevance with fewer results is filled up to so many with near ones. is_desk: only what the reader works on, in every state (not the published of others), with the
    facets of the desk.
    """

    kind: str
    text: str = ""
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ranges: Mapping[str, tuple[float | None, float | None]] = field(default_factory=dict)
    order: str = ""
    page: int = 1
    per_page: int = PER_PAGE
    near: int = 0
    is_desk: bool = False

    @property
    def is_bare(self) -> bool:
        """Asks for everything."""
        return not (self.text.strip() or any(self.chosen.values()) or self.ranges)


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a facet: how many records have it beside the other filters."""

    code: str
    label: str
    count: int
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class FacetGroup:
    key: str
    label: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One result. title, snippet: pieces (text, is it a hit). snippet_field: where the snippet comes from. is_near: it
    holds fewer of the words than were asked for."""

    record: Any
    owner: Owner
    title: Pieces
    snippet: Pieces = ()
    snippet_field: str = ""
    is_near: bool = False


@dataclass(frozen=True, slots=True)
class SearchPage:
    """total: of all pages, without near rows. relaxed: no record holds every word, these hold some."""

    query: SearchQuery
    total: int
    rows: tuple[Row, ...]
    facets: tuple[FacetGroup, ...]
    relaxed: bool = False

    @property
    def near(self) -> int:
        """Rows that hold some of the words only, among others that hold them all."""
        return sum(row.is_near for row in self.rows)

    @property
    def pages(self) -> int:
        return min(MOST_PAGES, -(-self.total // self.query.per_page))


def search(query: SearchQuery, scope: Scope, *, with_facets: bool = True) -> SearchPage:
    """The page that `query` asks for, as `scope` may see it.

    The index proposes, the database decides: each row is read again and judged as it stands. One query to the database,
    one more where the silent are to sink.
    Unknown facets and orders in `query` are left out, as addresses are typed by people.
    """
    facets = (*DESK_FACETS, *facets_of(query.kind)) if query.is_desk else facets_of(query.kind)
    known = {facet.key for facet in facets}
    chosen = {key: tuple(codes) for key, codes in query.chosen.items() if key in known and codes}
    query = replace(
        query, chosen=chosen, page=min(max(query.page, 1), MOST_PAGES), text=query.text[:MOST_TEXT].strip()
    )
    listed = [facet for facet in facets if _is_listed(facet, scope)] if with_facets else []
    found = _sunk_page(query, scope, [facet.key for facet in listed])
    near = {int(hit.id) for hit in found.hits if hit.is_near}
    rows = tuple(
        replace(row, is_near=row.record.pk in near)
        for row in rows_of(query.kind, [int(hit.id) for hit in found.hits], scope, query.text)
    )
    groups = tuple(
        group
        for facet in listed
        if (group := _group(facet, found.facets.get(facet.key, _EMPTY), chosen)).values
    )
    return SearchPage(query, found.total, rows, groups, found.relaxed)


def search_all(text: str, scope: Scope, *, per_page: int = 0) -> dict[str, int]:
    """How many records of each kind answer `text`, in the order of the halls.

    per_page: how many of each will be asked for next without facets; that answer is then ready.
    """
    text = text[:MOST_TEXT].strip()
    return {kind: _sunk_page(SearchQuery(kind, text, per_page=per_page), scope, []).total for kind in KINDS}


def found_ids(query: SearchQuery, scope: Scope, limit: int) -> list[int]:
    """Primary keys of the first `limit` results, not checked against the database."""
    return [int(hit.id) for hit in _page(replace(query, page=1, per_page=limit), scope, []).hits]


def rows_of(kind: str, ids: Sequence[int], scope: Scope, text: str = "") -> tuple[Row, ...]:
    """The records with these primary keys that `scope` may see, in this order, with the words of `text` marked."""
    records = visible_records(kind, ids, scope)
    return tuple(row_of(records[pk], scope, text) for pk in ids if pk in records)


def row_of(record: Record, scope: Scope, text: str = "") -> Row:
    """One record as a result."""
    snippet = best_snippet(shown_texts(record, scope), text, width=_SNIPPET_CHARACTERS)
    return Row(
        record,
        owner_of(record, scope),
        tuple(highlight(shown_title(record, scope), text)),
        snippet.parts if snippet else (),
        snippet.field if snippet else "",
    )


def orders_of(kind: str, text: str = "") -> list[tuple[str, str]]:
    """(key, label) of the orders that make sense for the kind; relevance only where there are words."""
    keys = (("relevance",) if text.strip() else ()) + ORDERS_OF.get(kind, ("newest",))
    return [(key, ORDERS[key][0]) for key in keys]


# -- asking the index -------------------------------------------------------------------------------------------

_pages: OrderedDict[Any, Page] = OrderedDict()
_counts: OrderedDict[Any, Mapping[str, Mapping[str, int]]] = OrderedDict()


def _page(query: SearchQuery, scope: Scope, facets: Iterable[str]) -> Page:
    """The index's answer, kept until its next commit: the same list pages are asked over and over."""
    where = {key: list(codes) for key, codes in query.chosen.items()}
    reached = reach_of(scope)
    if query.is_desk:
        if not scope.sees_all or has_gate(query.kind):  # without a gate there are no drafts to leave out
            where[REACH] = reached or ["nobody"]
    elif (groups := audience_of(scope)) is not None:
        where[AUDIENCE] = groups
    order = query.order if query.order in ORDERS else ("relevance" if query.text else "newest")
    asked: dict[str, Any] = {
        "top": query.per_page,
        "offset": (query.page - 1) * query.per_page,
        "where": where,
        "ranges": dict(query.ranges),
        "facets": list(facets),
        "order": ORDERS[order][1],
        # A masked owner is looked up by those who know him: his officers, his own unit, the writer
        "private": None if scope.is_visitor else {} if scope.sees_all else {REACH: reached},
        "near": query.near,
    }
    state = (str(settings.KEQIAO_INDEX), mark_of(query.kind), query.kind, query.text)
    # Counts are the same on every page and in every order, and cost more than the hits
    counted = (*state, repr({**asked, "top": 0, "offset": 0, "order": "", "near": 0}))
    known: Mapping[str, Mapping[str, int]] | None = _counts.get(counted)

    def compute() -> Page:
        if known is None:
            return opened(query.kind).search(query.text, **asked)
        return replace(opened(query.kind).search(query.text, **(asked | {"facets": []})), facets=known)

    page: Page = kept(_pages, (*state, repr(asked)), compute, _KEPT_PAGES)
    kept(_counts, counted, lambda: page.facets, _KEPT_PAGES)
    return page


def _sunk_page(query: SearchQuery, scope: Scope, facets: Iterable[str]) -> Page:
    """`_page`, with the silent behind their equals where relevance orders a hall: the first five pages are put in
    order together, so that nothing is shown twice or left out. Desks and chosen orders are left as they are."""
    by_relevance = bool(query.text) and query.order in ("", "relevance")
    if (
        not by_relevance or query.is_desk or query.page > _SINKING_PAGES
        or not query.per_page or not sinks(query.kind)
    ):  # fmt: skip
        return _page(query, scope, facets)
    together = replace(query, page=1, per_page=query.per_page * _SINKING_PAGES)
    page = _page(together, scope, facets)
    start = (query.page - 1) * query.per_page
    return replace(page, hits=sunk_hits(query.kind, page.hits)[start : start + query.per_page])


def kept(store: OrderedDict[Any, Any], key: Any, compute: Callable[[], Any], most: int) -> Any:
    """`store[key]`, computed when it is missing; the entries used longest ago are dropped."""
    try:
        store.move_to_end(key)
        return store[key]
    except KeyError:
        value = store[key] = compute()
        while len(store) > most:
            store.pop(next(iter(store)), None)
        return value


# -- facets -----------------------------------------------------------------------------------------------------


def _is_listed(facet: Facet, scope: Scope) -> bool:
    if facet.key == "owner":
        return False
    return not facet.is_for_staff or not scope.is_visitor


def _group(facet: Facet, counts: Mapping[str, int], chosen: Mapping[str, Sequence[str]]) -> FacetGroup:
    picked = tuple(chosen.get(facet.key, ()))
    shown = place_level(counts, picked) if facet is PLACE else counts
    values = [
        Value(code, facet.label(code), count, code in picked)
        for code, count in list(shown.items())[:_MOST_VALUES]
    ]
    listed = {value.code for value in values}
    # A chosen value that nothing has any more must still be there to be taken back
    values += [
        Value(code, facet.label(code), counts.get(code, 0), True) for code in picked if code not in listed
    ]
    is_idle = len(values) < 2 and not picked
    return FacetGroup(facet.key, facet.name, () if is_idle else tuple(values))


def place_level(counts: Mapping[str, int], picked: Sequence[str]) -> dict[str, int]:
    """Places one level below what is chosen; the home city's counties, then provinces, when nothing is."""
    if picked:
        inside = {
            code: n
            for code, n in counts.items()
            for top in picked
            if len(code) == len(top) + 2 and code.startswith(top)
        }
        same = {code: n for code, n in counts.items() if code in picked}
        return same | inside
    home = settings.KEQIAO_HOME_DIVISION[:4]
    below = {
        code: n for code, n in counts.items() if home and len(code) == len(home) + 2 and code.startswith(home)
    }
    provinces = {code: n for code, n in counts.items() if len(code) == 2}
    return below | provinces
