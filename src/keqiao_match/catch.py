"""What a searcher found, read with that searcher: after a commit the same addresses belong to other documents."""

from collections.abc import Set
from dataclasses import dataclass

import tantivy

from keqiao_match.schema import Stored
from keqiao_match.types import Hit


def stored(searcher: tantivy.Searcher, address: tantivy.DocAddress) -> Stored:
    """What the index keeps of one document."""
    content: bytes = searcher.doc(address)["doc"][0]
    return Stored.of(content)


def hits_of(searcher: tantivy.Searcher, found: tantivy.SearchResult) -> list[Hit]:
    """Id, title and score, in the order found."""
    out = []
    for score, address in found.hits:
        one = stored(searcher, address)
        out.append(Hit(id=one.id, title=one.title, score=float(score or 0.0)))
    return out


def count_of(found: tantivy.SearchResult) -> int:
    """All that were found, not only those that are returned."""
    return int(found.count)  # type: ignore[attr-defined]  # missing in the stub


@dataclass(frozen=True, slots=True)
class Catch:
    """Candidates: their scores and addresses."""

    searcher: tantivy.Searcher
    hits: tuple[tuple[float, tantivy.DocAddress], ...]

    def read(self, left_out: Set[str], limit: int) -> list[tuple[float, Stored]]:
        """Score and what is stored, best first."""
        every = ((float(score), stored(self.searcher, address)) for score, address in self.hits)
        return [one for one in every if one[1].id not in left_out][:limit]
