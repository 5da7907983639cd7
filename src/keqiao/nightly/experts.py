"""The night's experts: by the evidence of their works, as the expert finder knows them, not by their own page alone."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from keqiao.expertise.evidence import Evidence as Piece
from keqiao.expertise.finder import Found, asked_of, find_experts
from keqiao.matching.search import Pieces
from keqiao.people.access import Scope
from keqiao.registry.expert.models import Expert
from keqiao.registry.records.models import Record
from keqiao_match import Evidence, Match

_EVERYBODY = Scope(sees_all=True)


def experts_for(demand: Record, top: int) -> list[Match]:
    """The experts whom works, achievements or their page speak for, best first; score and grade of the best piece."""
    answer = find_experts(asked_of(demand, _EVERYBODY), _EVERYBODY, top=top)
    return [
        match for rank, one in enumerate(answer.experts, 1) if (match := _as_match(one, rank)) is not None
    ]


def _as_match(found: Found, rank: int) -> Match | None:
    pieces = found.evidence()
    if not pieces:
        return None
    best = max(pieces, key=lambda piece: piece.score)
    return Match(
        id=str(found.expert.pk), title=found.expert.title, rank=rank, score=best.score,
        grade=best.grade,  # type: ignore[arg-type]  # the engine's own grade, kept as text on the piece
        parts=(), evidence=tuple(map(_as_evidence, pieces[:2])),
    )  # fmt: skip


def _as_evidence(piece: Piece) -> Evidence:
    return Evidence(
        field=f"{piece.label}《{piece.title}》", sentence=_plain(piece.sentence), terms=piece.terms,
        other_field=piece.other_field, other_sentence=_plain(piece.other_sentence),
    )  # fmt: skip


def _plain(pieces: Pieces) -> str:
    return "".join(text for text, _ in pieces)


def changed_experts(since: datetime, until: datetime, most: int) -> Sequence[Expert] | None:
    """Experts whose page or one of whose works changed; None when they are more than `most`, as after an import."""
    changed = Q(updated_at__gte=since, updated_at__lt=until)
    of_works = Q(authorships__work__updated_at__gte=since, authorships__work__updated_at__lt=until)
    ids = set(Expert.objects.filter(changed).values_list("pk", flat=True)[: most + 1])
    ids |= set(Expert.objects.filter(of_works).values_list("pk", flat=True).distinct()[: most + 1])
    if len(ids) > most:
        return None
    return list(Expert.objects.filter(pk__in=ids).select_related("organisation").order_by("pk"))
