"""Rankings in which the silent sink: what nobody touched or answered for comes behind its equals that are alive.

The factor is keqiao.freshness: a dead listing loses `sink_share` of its score (data/decay.yaml), which reorders near
neighbours and never hides anything; the pages say how long a listing has been silent.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from keqiao.freshness.reading import shares_of
from keqiao_match import Hit, Match


def sunk_matches(kind: str, found: Iterable[Match]) -> tuple[Match, ...]:
    """Engine matches with records of `kind` in the order that silence leaves, ranks counted anew. Scores stay: they
    say how well the texts answer each other."""
    matches = tuple(found)
    shares = shares_of(kind, (int(one.id) for one in matches))
    if not shares:
        return matches
    order = sorted(matches, key=lambda one: -one.score * shares.get(int(one.id), 1.0))
    return tuple(replace(one, rank=rank) for rank, one in enumerate(order, 1))


def sunk_hits(kind: str, hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """Search hits of `kind` in the order that silence leaves."""
    shares = shares_of(kind, (int(one.id) for one in hits))
    return tuple(sorted(hits, key=lambda one: -one.score * shares.get(int(one.id), 1.0)))
