"""The order of hits by what they hold: BM25 pays a document for saying a few of the words often, this counts every
asked word and pair once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import tantivy

from keqiao_match import query as queries
from keqiao_match.catch import stored
from keqiao_match.types import Hit

WINDOW = 50
"""So many of the best hits are put in order by what they hold; further ones follow as the engine found them."""

_WHOLE = 0.999  # held in full, but for rounding
_NEAR = 0.35  # of the largest share; who holds less shares a word by chance

Shares = Mapping[str, float]


class Coverage:
    """parts: what is asked for, each with how rare it is."""

    def __init__(
        self,
        searcher: tantivy.Searcher,
        schema: tantivy.Schema,
        parts: Sequence[tuple[tantivy.Query, float]],
    ) -> None:
        self._searcher, self._schema = searcher, schema
        self._whole = sum(weight for _, weight in parts)
        self._clauses = [
            (tantivy.Occur.Should, tantivy.Query.const_score_query(part, weight)) for part, weight in parts
        ]

    def shares(self, hits: Sequence[Hit]) -> Shares:
        """Id -> the share of what was asked that the document holds, 0..1. One search among these documents."""
        if not hits or not self._whole:
            return {}
        among = (tantivy.Occur.Must, queries.any_value(self._schema, "id", [hit.id for hit in hits]))
        found = self._searcher.search(
            tantivy.Query.boolean_query([among, *self._clauses]), len(hits), count=False
        )
        return {
            stored(self._searcher, address).id: float(score) / self._whole for score, address in found.hits
        }


def by_share(
    hits: Sequence[Hit], coverage: Coverage, near: int, others: Callable[[], Sequence[Hit]]
) -> list[Hit]:
    """The hits, the first WINDOW by score times share. near: where none holds all, they are filled up to so many with
    the nearest of `others`, which are only then looked for."""
    shares = coverage.shares(hits[:WINDOW])
    out = _ordered(hits, shares)
    if len(hits) >= near or max(shares.values(), default=0.0) >= _WHOLE:
        return out
    more = others()
    held = coverage.shares(more)
    return _with_near(out, _ordered(more, held), held, near)


def _ordered(hits: Iterable[Hit], shares: Shares) -> list[Hit]:
    """The hits by score times share; those of unknown share behind them, as the engine found them."""
    known, rest = [], []
    for hit in hits:
        if hit.id in shares:
            known.append(replace(hit, score=hit.score * shares[hit.id]))
        else:
            rest.append(hit)
    known.sort(key=lambda hit: -hit.score)  # stable: equals stay as they were found
    least = known[-1].score if known else 0.0
    return [*known, *(replace(hit, score=min(hit.score, least)) for hit in rest)]


def _with_near(hits: Sequence[Hit], others: Iterable[Hit], shares: Shares, most: int) -> list[Hit]:
    """All hits, and among them by score the best others until there are `most`; these are marked. shares: of the
    others; who holds little beside the one that holds most is not near."""
    mine, least = {hit.id for hit in hits}, _NEAR * max(shares.values(), default=0.0)
    near = [hit for hit in others if hit.id not in mine and shares.get(hit.id, 0.0) >= least]
    more = [replace(hit, is_near=True) for hit in near[: max(0, most - len(hits))]]
    return sorted([*hits, *more], key=lambda hit: -hit.score)
