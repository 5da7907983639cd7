"""Who knows about a record, and which works say so."""

from enum import StrEnum
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from keqiao.api.schemas import Strict, answers
from keqiao.api.v1.kinds import RecordKind
from keqiao.api.v1.records import public_record
from keqiao.api.v1.shapes import RecordOut, plain, target_out
from keqiao.expertise.evidence import Evidence
from keqiao.expertise.finder import Found, asked_of, find_experts
from keqiao.matching.masking import owner_of, shown_title
from keqiao.people.access import VISITOR

router = Router(tags=["匹配"])


class AskingKind(StrEnum):
    """Kinds of records that experts are found for: `expertise.finder.ASKING_KINDS`."""

    DEMAND = "demand"
    ACHIEVEMENT = "achievement"
    WORK = "work"


class ExpertQuery(Strict):
    limit: int = Field(10, ge=1, le=50)


class ExpertEvidenceOut(Schema):
    """One thing that speaks for the expert: an expert's work, achievement or own page, and the sentence that answers."""

    source: str
    title: str
    year: int | None
    field: str
    sentence: str
    terms: list[str]
    kind: str
    id: str


class ExpertOut(Schema):
    """score 0 to 1 orders the experts of one record; it does not compare across records."""

    rank: int
    score: float
    record: RecordOut
    last_work_year: int | None
    evidence: list[ExpertEvidenceOut]


class ExpertPage(Schema):
    kind: AskingKind
    id: UUID
    experts: list[ExpertOut]


@router.get(
    "/records/{kind}/{uuid:public_id}/experts",
    response=answers(ExpertPage, 404),
    summary="能解决一条记录的专家和依据",
    operation_id="record_experts",
)
def record_experts(
    request: HttpRequest, kind: AskingKind, public_id: UUID, query: Query[ExpertQuery]
) -> ExpertPage:
    """只用公开的产出、成果和专家页；不含联系方式、负担和关联核对。"""
    record = public_record(RecordKind(kind.value), public_id)
    found = find_experts(asked_of(record, VISITOR), VISITOR, top=query.limit)
    return ExpertPage(
        kind=kind,
        id=public_id,
        experts=[_expert(rank, one) for rank, one in enumerate(found.experts, start=1)],
    )


def _expert(rank: int, one: Found) -> ExpertOut:
    return ExpertOut(
        rank=rank,
        score=round(one.score, 4),
        record=target_out(one.expert, shown_title(one.expert, VISITOR), owner_of(one.expert, VISITOR)),
        last_work_year=one.activity.last_work_year,
        evidence=[_evidence(piece) for piece in one.evidence()],
    )


def _evidence(piece: Evidence) -> ExpertEvidenceOut:
    return ExpertEvidenceOut(
        source=piece.label,
        title=piece.title,
        year=piece.year,
        field=piece.field,
        sentence=plain(piece.sentence),
        terms=list(piece.terms),
        kind=piece.kind,
        id=piece.public_id,
    )
