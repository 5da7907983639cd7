"""Answered and judged pairs as precedents: what was said of a like offer for a like need moves a ranking.

Only records that everybody may see are precedents, and nobody is told whose they were.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from keqiao.matching.documents import match_documents
from keqiao.matching.reading import visible_records
from keqiao.people.access import VISITOR
from keqiao_match import Doc, Precedents, Ruling

MOST = 2_000
"""So many pairs are kept as precedents, the newest ones; memory and time of training grow with their square."""

End = tuple[str, int]


def documents(ends: Iterable[End]) -> dict[End, Doc]:
    """The open, published records of these kinds and ids as documents. One or two queries a kind."""
    by_kind: defaultdict[str, set[int]] = defaultdict(set)
    for kind, pk in ends:
        by_kind[kind].add(pk)
    found: dict[End, Doc] = {}
    for kind, ids in sorted(by_kind.items()):
        rows = visible_records(kind, sorted(ids), VISITOR, published_only=True)
        for pk, doc in zip(rows, match_documents(kind, list(rows.values())), strict=True):
            found[kind, pk] = named(kind, doc)
    return found


def named(kind: str, doc: Doc) -> Doc:
    """Ids of different kinds overlap, so the kind is part of it."""
    return Doc(f"{kind}:{doc.id}", doc.title, doc.fields)


def kept(precedents: Precedents) -> dict[str, Any]:
    """What has to be kept of precedents so that `restored` makes the same again; no text of any record."""
    return {
        "rulings": [
            [
                *one.demand.id.split(":"),
                *one.found.id.split(":"),
                one.level,
                one.weight,
                one.score,
                *one.traits,
            ]
            for one in precedents.rulings
        ],
        "lines": np.round(precedents.lines, 6).tolist(),
        "spread": [np.round(one, 6).tolist() for one in precedents.spread],
        "voices": np.round(precedents.voices.astype(float), 6).tolist(),
    }


def restored(data: Mapping[str, Any]) -> Precedents | None:
    """The precedents of a kept model. A record that was withdrawn since then no longer speaks; None when none does."""
    rows = data["rulings"]
    docs = documents(end for row in rows for end in ((row[0], int(row[1])), (row[2], int(row[3]))))
    rulings, voices = [], []
    for row, voice in zip(rows, data["voices"], strict=True):
        asked, found = docs.get((row[0], int(row[1]))), docs.get((row[2], int(row[3])))
        if asked is not None and found is not None:
            rulings.append(Ruling(asked, found, row[6], tuple(row[7:]), row[4], row[5]))
            voices.append(voice)
    if not rulings:
        return None
    mean, deviation = (np.array(one) for one in data["spread"])
    return Precedents(rulings, np.array(data["lines"]), np.array(voices, np.float32), (mean, deviation))
