"""Records that say nearly the same: shown with a difference, for a person to decide."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from keqiao.matching.documents import match_documents
from keqiao.matching.index import opened
from keqiao.matching.masking import shown_texts, shown_title
from keqiao.matching.reading import visible_records
from keqiao.people.access import Scope
from keqiao.registry.records.models import Record
from keqiao_match import Doc, near_duplicates

LEAST = 0.55
"""Similarity from which two records are worth a look; half title, half text."""

_LONGEST_DIFF = 1500  # characters a side: difflib is quadratic
_EVERYBODY = Scope(sees_all=True)

DiffPieces = tuple[tuple[str, str], ...]
"""(text, "" same, "ins" only in the new one, "del" only in the one that exists)."""


@dataclass(frozen=True, slots=True)
class Near:
    """A record nearly the same. similarity 0..1. diff: from the existing text to the new one."""

    record: Any
    similarity: float
    number: str
    title: str
    title_diff: DiffPieces
    diff: DiffPieces


def near(
    kind: str,
    title: str,
    text: str,
    *,
    exclude: Record | int | None = None,
    scope: Scope | None = None,
    top: int = 3,
    least: float = LEAST,
) -> list[Near]:
    """Records of `kind` at least so alike, most alike first.

    exclude: the record itself (or its primary key) when it is being edited. scope: who asks; None = the system,
    which sees all. What the scope may not see is not even counted.
    """
    seen_by = scope or _EVERYBODY
    own = exclude.pk if isinstance(exclude, Record) else exclude
    found = alike(kind, title, text, exclude=own, scope=seen_by, top=top, least=least)
    return [_near(record, share, title, text, seen_by) for record, share in found]


def alike(
    kind: str,
    title: str,
    text: str,
    *,
    exclude: int | None = None,
    scope: Scope = _EVERYBODY,
    top: int = 3,
    least: float = LEAST,
) -> list[tuple[Record, float]]:
    """(record, similarity) as in `near`, without the differences."""
    records: dict[str, Record] = {}

    def load(ids: list[str]) -> dict[str, Doc]:
        found = list(visible_records(kind, map(int, ids), scope).values())
        records.update({str(record.pk): record for record in found})
        return {
            doc.id: _texts_only(doc, record)
            for record, doc in zip(found, match_documents(kind, found), strict=True)
        }

    asked = Doc(str(exclude) if exclude is not None else "new", title, (("正文", text),))
    found = near_duplicates(opened(kind), asked, least=least, top=top, load=load)
    return [(records[key], share) for key, share in found]


def _texts_only(doc: Doc, record: Record) -> Doc:
    return Doc(doc.id, doc.title, tuple(record.texts()))


def _near(record: Record, share: float, title: str, text: str, scope: Scope) -> Near:
    theirs = "\n".join(words for _, words in shown_texts(record, scope))
    shown = shown_title(record, scope)
    return Near(record, share, record.number or "", shown, difference(shown, title), difference(theirs, text))


def difference(old: str, new: str) -> DiffPieces:
    """One line of pieces from `old` to `new`; whole texts when they are very long."""
    if old == new:
        return ((new, ""),)
    if max(len(old), len(new)) > _LONGEST_DIFF:
        return ((old, "del"), (new, "ins"))
    pieces: list[tuple[str, str]] = []
    for op, a, b, c, d in difflib.SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if op == "equal":
            pieces.append((old[a:b], ""))
            continue
        pieces += [(piece, mark) for piece, mark in ((old[a:b], "del"), (new[c:d], "ins")) if piece]
    return tuple(pieces)


def as_rows(found: Sequence[Near]) -> list[dict[str, Any]]:
    """Plain values for a form's warning or an API answer."""
    return [
        {
            "public_id": str(one.record.public_id),
            "number": one.number,
            "title": one.title,
            "similarity": round(one.similarity, 2),
        }
        for one in found
    ]
