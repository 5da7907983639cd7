"""The published two-way directories: numbered, dated, frozen as strangers could see them on the day."""

import datetime as dt
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from keqiao.api.schemas import Limit, PageNumber, Strict, answers
from keqiao.directory.actions import readable
from keqiao.directory.models import Directory

router = Router(tags=["双向清单"])


class DirectoryQuery(Strict):
    page: PageNumber = 1
    limit: Limit = 20


class DirectoryOut(Schema):
    id: UUID
    number: str
    title: str
    issuer: str
    published_at: dt.datetime
    demand_count: int
    achievement_count: int
    match_count: int
    digest: str = Field(description="内容的 SHA-256")


class DirectoryPage(Schema):
    total: int
    page: int
    limit: int
    results: list[DirectoryOut]


class MatchLineOut(Schema):
    """theirs: the sentence of the achievement; ours: that of the demand it answers."""

    public_id: str
    number: str
    title: str
    unit: str
    grade: str
    theirs: str
    ours: str


class DemandLineOut(Schema):
    """Words as printed; the record may have changed since."""

    public_id: str
    number: str
    title: str
    unit: str
    place: str
    fields: str
    content: str
    metrics: str
    modes: str
    budget: str
    due: str
    is_sample: bool
    matches: list[MatchLineOut]


class AchievementLineOut(Schema):
    """demands: numbers of the demands of this directory that it was matched with."""

    public_id: str
    number: str
    title: str
    unit: str
    place: str
    fields: str
    summary: str
    maturity: str
    modes: str
    price: str
    is_sample: bool
    demands: list[str]


class DirectoryDetail(DirectoryOut):
    demands: list[DemandLineOut]
    achievements: list[AchievementLineOut]


def _common(one: Directory) -> dict[str, object]:
    names = (
        "number",
        "title",
        "issuer",
        "published_at",
        "demand_count",
        "achievement_count",
        "match_count",
        "digest",
    )
    return {"id": one.public_id} | {name: getattr(one, name) for name in names}


@router.get(
    "/directories", response=answers(DirectoryPage), summary="已发布的双向清单", operation_id="directory_list"
)
def directory_list(request: HttpRequest, query: Query[DirectoryQuery]) -> DirectoryPage:
    """最新的在前；已撤回的不列。"""
    issues = Directory.objects.in_force().defer("snapshot")
    start = (query.page - 1) * query.limit
    return DirectoryPage(
        total=issues.count(),
        page=query.page,
        limit=query.limit,
        results=[
            DirectoryOut.model_validate(_common(one))
            for one in issues.order_by("-published_at", "-pk")[start : start + query.limit]
        ],
    )


@router.get(
    "/directories/{uuid:public_id}",
    response=answers(DirectoryDetail, 404, 409),
    summary="一期双向清单的全部内容",
    operation_id="directory_detail",
)
def directory_detail(request: HttpRequest, public_id: UUID) -> DirectoryDetail:
    """内容是发布当日的，不随记录变化。已撤回的回答 409 并说明原因。"""
    one = readable(public_id)
    return DirectoryDetail.model_validate(
        _common(one) | {"demands": one.demands, "achievements": one.achievements}
    )
