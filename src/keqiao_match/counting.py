"""Facet counts over what a query finds, each facet without its own filter, so that another value can be chosen."""

from collections.abc import Callable, Mapping
from functools import partial

import tantivy

from keqiao_match import query as queries

Counts = dict[str, Mapping[str, int]]

_MANY_VALUES = 1000  # values of one facet that are counted, the most frequent first


def passes(
    searcher: tantivy.Searcher,
    fields: Mapping[str, str],
    main: queries.Clauses,
    filters: Mapping[str, tantivy.Query],
    kept: Counts | None,
) -> list[Callable[[], Counts]]:
    """Work that counts each facet; facets under the same filters in one pass.

    fields: facet -> the engine's field. filters: by name, a facet's own is "where <facet>". kept: counts of a query that
    asks for everything, known ones are taken from there and new ones put there; None = of another query.
    """
    required = [clause for clause in main if clause[0] == tantivy.Occur.Must]  # counting needs no score
    together: dict[tuple[str, ...], list[str]] = {}
    for name in fields:
        together.setdefault(tuple(key for key in filters if key != f"where {name}"), []).append(name)
    return [
        partial(
            _counted,
            searcher,
            {name: fields[name] for name in names},
            queries.within(required, (filters[key] for key in keys)),
            kept if kept is not None and not keys else {},
        )
        for keys, names in together.items()
    ]


def _counted(
    searcher: tantivy.Searcher, fields: Mapping[str, str], query: tantivy.Query, kept: Counts
) -> Counts:
    missing = [name for name in fields if name not in kept]
    if missing:
        terms = {name: {"terms": {"field": fields[name], "size": _MANY_VALUES}} for name in missing}
        answer = searcher.aggregate(query, terms)
        for name in missing:
            kept[name] = {str(one["key"]): int(one["doc_count"]) for one in answer[name]["buckets"]}
    return {name: kept[name] for name in fields}
