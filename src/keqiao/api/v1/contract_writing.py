"""Contracts written by an enterprise's own system: draft, change, have checked, hand in. The same actions as the pages.

On the router of `contracts`: an address belongs to one router, whatever its methods.
"""

from typing import Annotated, Any
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest
from ninja import Body, Query
from ninja.responses import Status
from pydantic import Field

from keqiao.api.schemas import Strict, answers
from keqiao.api.tokens import TokenAuth
from keqiao.api.v1.contracts import (
    READ_BY,
    CheckOut,
    ContractOut,
    RuleQuery,
    check_out,
    contract_out,
    reader,
    router,
)
from keqiao.contract.access import contract_for, require_drafter, require_edit
from keqiao.contract.actions import draft_contract, judge, save_contract, submit_contract
from keqiao.contract.fromfacts import saved_as
from keqiao.contract.models import Contract
from keqiao.contract.reading import facts_from
from keqiao.core.errors import BadInput
from keqiao.deal.access import case_for
from keqiao.people.models import User

__all__ = ["router"]

WRITTEN_BY = "contract_write"
_WRITES = (400, 401, 403, 404, 409, 413)
FactsIn = Annotated[
    dict[str, Any], Field(description="与预检相同的一份合同，字段见 docs/contracts.md；没有的字段会被退回")
]


class DraftQuery(Strict):
    case: UUID | None = Field(None, description="对接事项；双方都已同意的，当事人从那里带来")


class SaveQuery(Strict):
    version: int | None = Field(None, ge=1, le=2_000_000_000, description="读到的版本；别人保存过就回答 409")


@router.post(
    "/contracts", response={201: ContractOut} | {k: v for k, v in answers(ContractOut, *_WRITES).items() if k != 200},
    summary="填报一份技术合同", auth=TokenAuth(), operation_id="contract_draft",
)  # fmt: skip
def contract_draft(
    request: HttpRequest, facts: Body[FactsIn], query: Query[DraftQuery]
) -> Status[ContractOut]:
    """建成草稿，填报单位是令牌所属用户的单位。还不提交：先看预检，再提交。令牌类型为 contract_write。"""
    user = reader(request, WRITTEN_BY)
    require_drafter(user)
    read = facts_from(facts)
    given = saved_as(read)
    case = case_for(user, query.case) if query.case else None
    if not read.project_name.strip():
        raise BadInput(
            "没有写项目名称 project_name，没有保存。", code="contract.project", field="project_name"
        )
    with transaction.atomic():  # a draft that cannot be filled leaves no empty one behind
        drafted = draft_contract(by=user, project_name=read.project_name, case=case)
        saved = _saved(drafted, user, given, only=case is not None)
    return Status(201, contract_out(saved))


@router.put(
    "/contracts/{uuid:public_id}", response=answers(ContractOut, *_WRITES), summary="修改一份草稿",
    auth=TokenAuth(), operation_id="contract_save",
)  # fmt: skip
def contract_save(
    request: HttpRequest, public_id: UUID, facts: Body[FactsIn], query: Query[SaveQuery]
) -> ContractOut:
    """整份替换：没有写的字段清空。只有草稿和退回补正的能改，与网页相同。"""
    user = reader(request, WRITTEN_BY)
    contract = contract_for(user, public_id)
    require_edit(user, contract)
    given = saved_as(facts_from(facts))
    given["values"]["project_name"] = given["values"]["project_name"] or contract.project_name
    return contract_out(_saved(contract, user, given, seen_version=query.version))


def _saved(
    contract: Contract,
    user: User,
    given: dict[str, Any],
    *,
    seen_version: int | None = None,
    only: bool = False,
) -> Contract:
    """only: what was not given stays as the case brought it."""
    if only:
        given["values"] = {
            name: value for name, value in given["values"].items() if value not in ("", None, [], {})
        }
    saved = save_contract(contract=contract, by=user, seen_version=seen_version, **given)
    return contract_for(user, saved.public_id)


@router.get(
    "/contracts/{uuid:public_id}/check", response=answers(CheckOut, 401, 403, 404, 409), summary="预检已填报的合同",
    auth=TokenAuth(), operation_id="contract_check_saved",
)  # fmt: skip
def contract_check_saved(request: HttpRequest, public_id: UUID, query: Query[RuleQuery]) -> CheckOut:
    """连同合同文本和查重一起检查，与网页的预检相同；不保存。"""
    contract = contract_for(reader(request, *READ_BY), public_id)
    return check_out(judge(contract, rules=query.rules))


@router.post(
    "/contracts/{uuid:public_id}/submit", response=answers(ContractOut, 401, 403, 404, 409), summary="提交登记",
    auth=TokenAuth(), operation_id="contract_submit",
)  # fmt: skip
def contract_submit(request: HttpRequest, public_id: UUID) -> ContractOut:
    """预检有须补正或不予登记的情形时不提交，回答 422 和第一项；通过的进入登记机构的待受理。"""
    user = reader(request, WRITTEN_BY)
    submit_contract(contract=contract_for(user, public_id), by=user)
    return contract_out(contract_for(user, public_id))
