"""The deal desk's cases for machines, by token: where each stands, who holds it, what happens next. Nobody's contacts."""

import datetime as dt
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from keqiao.api.schemas import Limit, PageNumber, Strict, answers
from keqiao.api.tokens import TokenAuth
from keqiao.api.v1.contracts import reader
from keqiao.contract.models import Contract
from keqiao.deal.access import case_for, cases_of
from keqiao.deal.enums import Stage
from keqiao.deal.models import Case
from keqiao.deal.steps import open_title
from keqiao.people.models import User

router = Router(tags=["对接事项"], auth=TokenAuth())


class CaseQuery(Strict):
    stage: Stage | None = Field(None, description="阶段")
    is_open: bool | None = Field(None, description="true 只要没有结束的")
    page: PageNumber = 1
    limit: Limit = 20


class CaseOut(Schema):
    """title: without names until both sides agreed. due_on: the promised day. contracts: numbers of its contracts here."""

    id: UUID
    number: str
    title: str
    stage: Stage
    stage_since: dt.datetime
    next_step: str
    due_on: dt.date | None
    is_late: bool
    outcome: str
    contract_number: str
    is_registered: bool
    opened_at: dt.datetime
    is_sample: bool
    contracts: list[str]


class CasePage(Schema):
    total: int
    page: int
    limit: int
    results: list[CaseOut]


@router.get(
    "/cases", response=answers(CasePage, 401, 403, 409), summary="可见的对接事项", operation_id="cases"
)
def cases(request: HttpRequest, query: Query[CaseQuery]) -> CasePage:
    """令牌所属用户在网站上看得到的事项，最近建立的在前。令牌类型为 case。"""
    user = reader(request, "case")
    found = cases_of(user)
    if query.stage:
        found = found.filter(stage=query.stage)
    if query.is_open is not None:
        found = found.exclude(stage=Stage.ENDED) if query.is_open else found.filter(stage=Stage.ENDED)
    at = (query.page - 1) * query.limit
    rows = list(found.order_by("-opened_at", "-pk")[at : at + query.limit])
    return CasePage(total=found.count(), page=query.page, limit=query.limit, results=_cases(rows, user))


@router.get(
    "/cases/{uuid:public_id}", response=answers(CaseOut, 401, 403, 404, 409), summary="一件对接事项", operation_id="case"
)  # fmt: skip
def case(request: HttpRequest, public_id: UUID) -> CaseOut:
    """与对接页的进展相同，不含双方名称和联系方式。"""
    user = reader(request, "case")
    return _cases([case_for(user, public_id)], user)[0]


def _cases(rows: list[Case], user: User) -> list[CaseOut]:
    """Two queries for a page: its contracts that this user may read are asked for together."""
    numbers: dict[UUID | None, list[str]] = {}
    found = Contract.objects.visible_to(user).filter(case_id__in=[one.public_id for one in rows])
    for case_id, number in found.values_list("case_id", "number"):
        numbers.setdefault(case_id, []).append(number)
    today = timezone.localdate()
    return [_case(one, numbers.get(one.public_id, []), today) for one in rows]


def _case(one: Case, contracts: list[str], today: dt.date) -> CaseOut:
    return CaseOut(
        id=one.public_id, number=one.number, title=open_title(one), stage=Stage(one.stage), stage_since=one.stage_since,
        next_step=one.next_step, due_on=one.due_on, is_late=one.is_late_on(today), outcome=one.outcome,
        contract_number=one.contract_number, is_registered=one.is_registered, opened_at=one.opened_at,
        is_sample=one.is_sample, contracts=contracts,
    )  # fmt: skip
