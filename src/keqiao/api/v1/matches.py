"""Who answers a record, and the sentences that say why."""

from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from keqiao.api.schemas import Strict, answers
from keqiao.api.v1.kinds import RecordKind
from keqiao.api.v1.records import public_record
from keqiao.api.v1.shapes import RecordOut, plain, target_out
from keqiao.core.errors import BadInput
from keqiao.matching.matches import ENGINE, TARGETS, MatchView, matches_for
from keqiao.people.access import VISITOR
from keqiao.registry.kinds import KINDS

router = Router(tags=["匹配"])


class MatchQuery(Strict):
    target: RecordKind | None = Field(None, description="要匹配的栏目；不写则取主要的一个")
    limit: int = Field(10, ge=1, le=50)
    least_score: float = Field(0.0, ge=0, le=1, allow_inf_nan=False, description="低于此分的不要")


class PartOut(Schema):
    """One part of the score: value 0 to 1, weight its share, note in words."""

    name: str
    value: float
    weight: float
    note: str


class EvidenceOut(Schema):
    """A sentence of the match and the sentence of the asking record that it answers."""

    field: str
    sentence: str
    other_field: str
    other_sentence: str
    terms: list[str]


class MatchOut(Schema):
    """score 0 to 1 orders matches of one record; it is no percentage and does not compare across records."""

    rank: int
    score: float
    grade: str
    record: RecordOut
    parts: list[PartOut]
    evidence: list[EvidenceOut]
    against: list[str] = Field(description="不支持的理由")


class MatchPage(Schema):
    kind: RecordKind
    id: UUID
    target: RecordKind
    engine: str
    matches: list[MatchOut]


@router.get(
    "/records/{kind}/{uuid:public_id}/matches",
    response=answers(MatchPage, 404),
    summary="一条记录的匹配结果和依据",
    operation_id="record_matches",
)
def record_matches(
    request: HttpRequest, kind: RecordKind, public_id: UUID, query: Query[MatchQuery]
) -> MatchPage:
    """随请求计算，只在公开记录之间；脱敏记录的依据里不出现单位名称。"""
    record = public_record(kind, public_id)
    answering = TARGETS[kind]
    target = query.target or (RecordKind(answering[0]) if answering else None)
    if target is None or target not in answering:
        can = "、".join(f"{one}（{KINDS[one].label}）" for one in answering) or "无，这一栏目不参加匹配"
        raise BadInput(
            f"{KINDS[kind].label}不能与“{target or ''}”匹配，可用：{can}。",
            code="match.target",
            field="target",
        )
    found = matches_for(record, target, VISITOR, top=query.limit, least=query.least_score)
    return MatchPage(
        kind=kind, id=public_id, target=target, engine=ENGINE, matches=[_match(one) for one in found]
    )


def _match(view: MatchView) -> MatchOut:
    return MatchOut(
        rank=view.rank,
        score=round(view.score, 4),
        grade=view.grade,
        record=target_out(view.target, view.title, view.owner),
        parts=[
            PartOut(name=p.name, value=round(p.value, 4), weight=p.weight, note=p.note) for p in view.parts
        ],
        evidence=[
            EvidenceOut(
                field=pair.field,
                sentence=plain(pair.sentence),
                other_field=pair.other_field,
                other_sentence=plain(pair.other_sentence),
                terms=list(pair.terms),
            )
            for pair in view.pairs
        ],
        against=list(view.against),
    )
