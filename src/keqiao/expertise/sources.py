"""The evidence that exists from the start: works, achievements of his team, his own page; load by proposals."""

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Self

from django.conf import settings
from django.db.models import Max
from django.utils import timezone

from keqiao.expertise.evidence import (
    ActivitySource,
    Asked,
    Evidence,
    Source,
    Standing,
    register_activity,
    register_source,
)
from keqiao.matching.documents import AUDIENCE, audience_of, match_documents
from keqiao.matching.facets import year_of
from keqiao.matching.index import mark_of, opened
from keqiao.matching.masking import knows_owner
from keqiao.matching.matches import view_of
from keqiao.matching.reading import visible_records
from keqiao.matching.search import kept
from keqiao.people.access import Scope
from keqiao.people.models import User
from keqiao.registry.expert.models import Expert
from keqiao.registry.records.enums import Status
from keqiao.registry.records.models import Record
from keqiao.registry.work.models import Authorship
from keqiao_match import Doc, Hearing, Hit, Match, rank_people

WORKS_HEARD = 200
"""Works that vote. More changes nobody's rank among the first twenty, and each costs a comparison of texts."""

PEOPLE_HEARD = 200
"""People of a source that go into the joint ranking: room enough for the filters of the page."""

PROFILES_HEARD = 200
"""Experts' pages that speak beside the works: by shared words alone, which costs milliseconds."""

_OTHERS_HEARD = 60  # achievements and experts' own pages
_WITHIN_HEARD = 400  # experts of the places and fields asked for whose works are asked as well
_WITHIN_WORKS = 4000  # of them, newest first
_SHOWN = 3  # pieces of evidence of one source on a card
_FAINT = 0.12  # engine scores below this are noise: nobody is proposed for them
_NOT_HIS_WORDS = ("代表产出", "题名")  # titles of works on an expert's page: the works themselves have spoken
_KEPT = 64
_UNREAD = (
    "remark",
    "source_document",
    "source_note",
    "origin",
    "origin_row",
    "match_key",
    "content_hash",
    "created_at",
)
"""Columns of a record that neither matching nor the card asks for."""


def install() -> None:
    """Register what this room knows itself. Called once, when the site starts."""
    register_source(Source("work", "科研产出", 1.0, standing_by_works))
    register_source(Source("achievement", "登记成果", 0.8, standing_by_achievements))
    register_source(Source("profile", "研究方向", 0.6, standing_by_profile))
    register_activity(ActivitySource("sign_in", "最近登录", last_sign_ins))


@dataclass(frozen=True, slots=True)
class _Heard:
    """Records of one kind that answer, as the reader may see them. Sentences are cited when asked for."""

    hearing: Hearing
    docs: Mapping[int, Doc]
    records: Mapping[int, Any]

    def match(self, pk: int) -> Match:
        return self.hearing.cite(self.docs[pk])

    @classmethod
    def of(cls, hearing: Hearing, kind: str, ids: Iterable[str], scope: Scope) -> Self:
        """What of these records is no noise. Two queries at most."""
        rows = visible_records(kind, map(int, ids), scope, published_only=True, without=_UNREAD)
        docs = {int(doc.id): doc for doc in match_documents(kind, list(rows.values()))}
        telling = [
            pk for pk, doc in docs.items() if hearing.reaches(doc, _FAINT) and hearing.shares_terms(doc)
        ]
        return cls(hearing, {pk: docs[pk] for pk in telling}, {pk: rows[pk] for pk in telling})

    def joined(self, other: Self) -> Self:
        """Both together, by one hearing."""
        return type(self)(self.hearing, {**self.docs, **other.docs}, {**self.records, **other.records})

    def scores(self) -> dict[int, float]:
        """How well each answers, best first."""
        found = {pk: self.hearing.score(doc) for pk, doc in self.docs.items()}
        return dict(sorted(found.items(), key=lambda item: (-item[1], str(item[0]))))


Within = tuple[tuple[str, str], ...]

_answers: OrderedDict[Any, _Heard] = OrderedDict()


def _where(groups: list[str] | None, within: Within = ()) -> dict[str, list[str]]:
    """Published, visible to these groups (None = everything is), carrying these facets."""
    where = {"status": [str(Status.PUBLISHED)]} | {name: [code] for name, code in within}
    return where if groups is None else where | {AUDIENCE: groups}


def _heard(asked: Asked, kind: str, scope: Scope, top: int, within: Within = ()) -> _Heard:
    """The published records of `kind` that answer, best first. Two database queries; kept until the next commit.

    within: only those that carry these facets.
    """
    groups = audience_of(scope)
    key = (
        str(settings.KEQIAO_INDEX), mark_of(kind), kind, asked.key, getattr(asked.record, "version", 0), asked.doc.title,
        top, tuple(groups or ("all",)), within,
    )  # fmt: skip

    def compute() -> _Heard:
        index, doc = opened(kind), _asking(asked, kind)
        ids = index.candidates(doc, where=_where(groups, within), limit=top)
        return _Heard.of(Hearing(doc, index.rarity), kind, ids, scope)

    answer: _Heard = kept(_answers, key, compute, _KEPT)
    return answer


def _asking(asked: Asked, kind: str) -> Doc:
    """Ids of different kinds overlap; only a record of the same kind can be the record itself."""
    doc = asked.doc
    if kind == asked.kind:
        return doc
    return Doc(
        f"{asked.kind or 'text'}:{doc.id}",
        doc.title,
        doc.fields,
        doc.names,
        doc.codes,
        doc.facets,
        doc.numbers,
    )


def _piece(source: Source | str, label: str, match: Match, record: Record, scope: Scope) -> Evidence:
    view = view_of(match, record, scope)
    # The sentence of the text says more than the title again
    pairs = sorted(view.pairs, key=lambda pair: pair.field in _NOT_HIS_WORDS)
    best = pairs[0] if pairs else None
    return Evidence(
        source=str(source),
        label=label,
        title=view.title,
        score=match.score,
        grade=match.grade,
        year=None if record.KIND == "expert" else year_of(record),
        field=best.field if best else "",
        sentence=best.sentence if best else (),
        other_field=best.other_field if best else "",
        other_sentence=best.other_sentence if best else (),
        terms=tuple(dict.fromkeys(term for pair in view.pairs for term in pair.terms))[:6],
        kind=record.KIND,
        public_id=str(record.public_id),
        note=_note(record),
    )


def _note(record: Record) -> str:
    label = getattr(record, "get_work_type_display", None)
    return str(label()) if label else ""


def _pieces(
    source: str, label: str, heard: _Heard, ids: Sequence[int], scope: Scope
) -> Callable[[], Sequence[Evidence]]:
    def shown() -> list[Evidence]:
        return [
            _piece(source, label, heard.match(pk), heard.records[pk], scope)
            for pk in ids[:_SHOWN]
            if pk in heard.docs
        ]

    return shown


@dataclass(frozen=True, slots=True)
class _Voices:
    """Works that speak, by the words they share with the question, and how each answers it. silent: found, but noise."""

    hits: tuple[Hit, ...]
    heard: _Heard
    silent: frozenset[int]

    def has_heard(self, hit: Hit) -> bool:
        return int(hit.id) in self.silent or int(hit.id) in self.heard.docs


def _speaking(hits: Iterable[Hit], heard: _Heard) -> _Voices:
    """The hits in their order, without those that the comparison of texts calls noise."""
    loud: list[Hit] = []
    silent: list[int] = []
    for hit in hits:
        if int(hit.id) in heard.docs:
            loud.append(hit)
        else:
            silent.append(int(hit.id))
    return _Voices(tuple(loud), heard, frozenset(silent))


_voices: OrderedDict[Any, _Voices] = OrderedDict()


def _works(asked: Asked, scope: Scope) -> _Voices:
    """Of long texts the common words tell as well, so the works vote by shared words (of 200 inventors 0.67 instead of
    0.62 reciprocal rank, docs/matching.md); the comparison of texts only silences noise and shows the sentences."""
    groups = audience_of(scope)
    key = (
        str(settings.KEQIAO_INDEX), mark_of("work"), asked.kind, asked.key, getattr(asked.record, "version", 0),
        asked.doc.title, tuple(groups or ("all",)), asked.within,
    )  # fmt: skip

    def compute() -> _Voices:
        index, doc = opened("work"), _asking(asked, "work")
        where = _where(groups)
        if not asked.within:
            hits = index.sharing(doc, top=WORKS_HEARD, where=where)
            return _speaking(
                hits, _Heard.of(Hearing(doc, index.rarity), "work", [hit.id for hit in hits], scope)
            )
        # Filters act on everybody: the works of whoever fits them are asked too, on the same scale. What was heard
        # without filters is not compared again
        known = _works(replace(asked, within=()), scope)
        further = index.sharing(doc, top=WORKS_HEARD, where=where, only=_works_within(asked, groups))
        new = [hit for hit in further if not known.has_heard(hit)]
        heard = known.heard.joined(_Heard.of(known.heard.hearing, "work", [hit.id for hit in new], scope))
        both = sorted((*known.hits, *new), key=lambda hit: (-hit.score, hit.id))
        return _speaking(both, heard)

    answer: _Voices = kept(_voices, key, compute, _KEPT)
    return answer


def standing_by_works(asked: Asked, scope: Scope) -> Mapping[int, Standing]:
    """Works that answer vote for their authors. One query more than the matching: who made these works."""
    voices = _works(asked, scope)
    heard = voices.heard
    open_works = [pk for pk, record in heard.records.items() if knows_owner(record, scope)]
    authors: dict[str, list[str]] = defaultdict(list)
    rows = Authorship.objects.filter(work_id__in=open_works, expert__isnull=False).order_by(
        "work_id", "order"
    )
    for work, expert in rows.values_list("work_id", "expert_id"):
        authors[str(work)].append(str(expert))
    people = rank_people(
        voices.hits, authors, profiles=_whole_profiles(asked, scope), top=PEOPLE_HEARD + PROFILES_HEARD
    )
    # Whoever is found by his profile alone has no work to show here; his own page speaks for him as a source of its own
    return {
        int(one.person): Standing(
            one.score,
            len(one.works),
            _pieces("work", "科研产出", heard, [int(work) for work, _ in one.works], scope),
        )
        for one in people
        if one.works
    }


def _whole_profiles(asked: Asked, scope: Scope) -> tuple[Hit, ...]:
    """Published experts by everything on their page together, the titles of their works among it. No query."""
    groups, doc, index = audience_of(scope), _asking(asked, "expert"), opened("expert")
    hits = index.sharing(doc, top=PROFILES_HEARD, where=_where(groups))
    if not asked.within:
        return hits
    further = index.sharing(doc, top=PROFILES_HEARD, where=_where(groups, asked.within))
    both = {hit.id: hit for hit in (*hits, *further)}
    return tuple(sorted(both.values(), key=lambda hit: (-hit.score, hit.id)))


def _works_within(asked: Asked, groups: list[str] | None) -> list[str]:
    """Works of the experts who carry the facets asked for and share words with the question. One query."""
    near = opened("expert").sharing(
        _asking(asked, "expert"), top=_WITHIN_HEARD, where=_where(groups, asked.within)
    )
    rows = Authorship.objects.filter(expert__in=[int(hit.id) for hit in near]).order_by("-work_id")
    return [str(pk) for pk in rows.values_list("work_id", flat=True)[:_WITHIN_WORKS]]


def standing_by_achievements(asked: Asked, scope: Scope) -> Mapping[int, Standing]:
    """Registered achievements speak for the team members who have a page at the same unit."""
    heard = _heard(asked, "achievement", scope, _OTHERS_HEARD)
    made: dict[tuple[str, int], list[int]] = defaultdict(list)
    scores = heard.scores()
    for record in map(heard.records.__getitem__, scores):
        if record.organisation_id is not None and knows_owner(record, scope):
            for name in record.team:
                made[(str(name), record.organisation_id)].append(record.pk)
    if not made:
        return {}
    rows = Expert.objects.filter(
        title__in={name for name, _ in made},
        organisation_id__in={unit for _, unit in made},
        status=Status.PUBLISHED,
    ).values_list("pk", "title", "organisation_id")
    # Two of one name at one unit: nobody knows whose it is, so it speaks for neither
    owners: dict[tuple[str, int], list[int]] = defaultdict(list)
    for pk, name, unit in rows:
        owners[(name, unit)].append(pk)
    return {
        experts[0]: Standing(
            max(scores[pk] for pk in made[key]),
            len(made[key]),
            _pieces("achievement", "登记成果", heard, made[key], scope),
        )
        for key, experts in owners.items()
        if len(experts) == 1 and key in made
    }


def standing_by_profile(asked: Asked, scope: Scope) -> Mapping[int, Standing]:
    """What experts say about themselves: research direction and introduction."""
    hearings = [_heard(asked, "expert", scope, _OTHERS_HEARD)]
    if asked.within:
        hearings.append(_heard(asked, "expert", scope, _OTHERS_HEARD, asked.within))
    return {
        pk: Standing(score, 1, _pieces("profile", "研究方向", heard, [pk], scope))
        for heard in hearings
        for pk, score in heard.scores().items()
        if any(piece.field not in _NOT_HIS_WORDS for piece in heard.match(pk).evidence)
    }


def last_sign_ins(experts: Sequence[int]) -> Mapping[int, date]:
    """Day of the last sign-in of experts who have an account."""
    rows = (
        User.objects.filter(person__experts__in=experts, is_active=True, last_seen_at__isnull=False)
        .values("person__experts")
        .annotate(latest=Max("last_seen_at"))
        .values_list("person__experts", "latest")
    )
    wanted = set(experts)
    return {pk: timezone.localdate(moment) for pk, moment in rows if pk in wanted}
