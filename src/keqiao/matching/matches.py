"""Matches of one record, computed as the page is asked for, with the sentences that made them."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from keqiao.freshness.reading import sunk_score
from keqiao.matching.adjusting import adjuster
from keqiao.matching.documents import AUDIENCE, audience_of, match_documents
from keqiao.matching.index import mark_of, opened
from keqiao.matching.masking import Owner, owner_of, shown_title
from keqiao.matching.reading import visible_records
from keqiao.matching.search import Pieces, kept
from keqiao.people.access import Scope
from keqiao.registry.records.enums import Status
from keqiao.registry.records.models import Record
from keqiao_match import Doc, Evidence, Match, Part, highlight

ENGINE = "keqiao_match 1"
"""Version of the ranking; stored with every batch run."""

TARGETS: Mapping[str, tuple[str, ...]] = {
    "demand": ("achievement", "expert", "demand", "work", "resource"),
    "achievement": ("demand", "enterprise", "achievement"),
    "expert": ("demand",),
    "enterprise": ("achievement", "expert"),
    "work": ("demand",),
    "resource": ("demand",),
    "event": (),
}
"""kind -> the kinds that answer it, the main one first."""

RANKED = 20
"""How many matches are ranked before people's answers are looked at, whatever number is shown."""

_KEPT = 512
_CANDIDATES = 120


@dataclass(frozen=True, slots=True)
class Pair:
    """A sentence of the target and the sentence of the asking record that it answers, shared words marked."""

    field: str
    sentence: Pieces
    other_field: str
    other_sentence: Pieces
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MatchView:
    """One match as this reader may see it. score 0..1 is for ordering and machines; people read `grade`."""

    target: Any
    owner: Owner
    title: str
    rank: int
    score: float
    grade: str
    parts: tuple[Part, ...]
    pairs: tuple[Pair, ...]
    against: tuple[str, ...]


def matches_for(
    record: Record, target_kind: str, scope: Scope, top: int = 10, *, least: float = 0.0
) -> tuple[MatchView, ...]:
    """The published records of `target_kind` that answer `record` best, as `scope` may see them, best first.

    least: the lowest score worth showing. Three or four database queries; the engine computes nothing again until the
    record or the index changes, what people answered counts at once.
    """
    found = engine_matches(record, target_kind, scope, max(top, RANKED))
    if not found:
        return ()
    records = visible_records(target_kind, [int(one.id) for one in found], scope)
    views = [
        view_of(one, records[int(one.id)], scope)
        for one in adjuster().rescored(record.KIND, target_kind, lambda: match_doc(record), found)
        if int(one.id) in records and one.score >= least
    ]
    views.sort(key=lambda view: -sunk_score(view.score, view.target))  # the silent sink, at no query
    return adjuster().settled(record, target_kind, scope, views)[:top] if views else ()


def view_of(match: Match, target: Record, scope: Scope) -> MatchView:
    """An engine match with its record."""
    return MatchView(
        target=target,
        owner=owner_of(target, scope),
        title=shown_title(target, scope),
        rank=match.rank,
        score=match.score,
        grade=match.grade,
        parts=tuple(_in_wan(part) for part in match.parts),
        pairs=tuple(_pair(one) for one in match.evidence),
        against=tuple(_with_unit(text) for text in match.against),
    )


def match_doc(record: Record) -> Doc:
    """The record as the asking document."""
    return next(match_documents(record.KIND, [record]))


def rank_for(
    doc: Doc, target_kind: str, scope: Scope, *, top: int, exclude: Sequence[str] = ()
) -> tuple[Match, ...]:
    """Engine matches of `doc` among the published records that `scope` sees."""
    groups = audience_of(scope)
    where = {"status": [str(Status.PUBLISHED)]} | ({AUDIENCE: groups} if groups is not None else {})

    def load(ids: list[str]) -> dict[str, Doc]:
        rows = visible_records(target_kind, map(int, ids), scope, published_only=True)
        return {doc.id: doc for doc in match_documents(target_kind, list(rows.values()))}

    index = opened(target_kind)
    return index.match(doc, top=top, where=where, exclude=exclude, load=load, candidates=_CANDIDATES)


_results: OrderedDict[Any, tuple[Match, ...]] = OrderedDict()


def engine_matches(record: Record, target_kind: str, scope: Scope, top: int) -> tuple[Match, ...]:
    """The engine's own ranking, before anything that people answered is looked at."""
    key = (
        str(settings.KEQIAO_INDEX), mark_of(target_kind), target_kind, record.KIND, record.pk, record.version,
        record.updated_at, top, tuple(audience_of(scope) or ("all",)),
    )  # fmt: skip

    def compute() -> tuple[Match, ...]:
        # Ids of different kinds overlap; only a record of the same kind can be the record itself
        doc = match_doc(record)
        same = target_kind == record.KIND
        asked = (
            doc
            if same
            else Doc(
                f"{record.KIND}:{doc.id}",
                doc.title,
                doc.fields,
                doc.names,
                doc.codes,
                doc.facets,
                doc.numbers,
            )
        )
        return rank_for(asked, target_kind, scope, top=top)

    result: tuple[Match, ...] = kept(_results, key, compute, _KEPT)
    return result


def _pair(one: Evidence) -> Pair:
    terms = " ".join(one.terms)
    return Pair(
        one.field, tuple(highlight(one.sentence, terms)), one.other_field, tuple(highlight(one.other_sentence, terms)),
        one.terms,
    )  # fmt: skip


def _in_wan(part: Part) -> Part:
    return Part(part.name, part.value, part.weight, _with_unit(part.note)) if part.name == "预算" else part


def _with_unit(text: str) -> str:
    return f"{text}（万元）" if "预算 " in text and not text.endswith("（万元）") else text
