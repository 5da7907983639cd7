"""Divisions and code lists: what the codes in records mean."""

from typing import Annotated, Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Path, Query, Router, Schema
from pydantic import Field

from keqiao.api.schemas import Limit, PageNumber, Strict, answers
from keqiao.codes import divisions, lists
from keqiao.codes.changes import local_changes
from keqiao.core.errors import NotFound

router = Router(tags=["代码"])

DivisionCode = Annotated[
    str, Field(pattern=r"^([0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12})$", max_length=12)
]


class DivisionOut(Schema):
    """level: 1 省 … 4 乡级."""

    code: str
    name: str
    full_name: str
    level: int
    parent: str


class DivisionQuery(Strict):
    parent: Literal[""] | DivisionCode = Field("", description="上级区划代码；空为全国")
    name: str = Field("", max_length=60, description="名称或简称，如 固镇；与 parent 同用时只在其内查找")


class ListOut(Schema):
    """needs_checking: the official text has not been verified (待核实)."""

    key: str
    name: str
    version: str
    source: str
    needs_checking: bool


class ItemOut(Schema):
    code: str
    name: str
    parent: str
    level: int
    needs_checking: bool


class ListDetail(ListOut):
    parent: str
    total: int
    page: int
    limit: int
    items: list[ItemOut]


class ItemQuery(Strict):
    parent: str = Field("", max_length=40, description="只要这个代码的下一级；空为最上一级")
    page: PageNumber = 1
    limit: Limit = 100


def _division(row: divisions.DivisionRow) -> DivisionOut:
    return DivisionOut(
        code=row.code, name=row.name, full_name=row.full_name, level=int(row.level), parent=row.parent
    )


@router.get(
    "/divisions",
    response=answers(list[DivisionOut], 404),
    summary="行政区划的下一级，或按名称查找",
    operation_id="divisions",
)
def division_list(request: HttpRequest, query: Query[DivisionQuery]) -> list[DivisionOut]:
    """不写参数得省级。按名称查找时，重名的都列出。"""
    if query.parent and divisions.division(query.parent) is None:
        raise NotFound("行政区划", query.parent)
    if query.name.strip():
        found = divisions.resolve(query.name, query.parent)
        rows = [found.division] if found.division else list(found.candidates)
        return [_division(row) for row in rows]
    return [_division(row) for row in divisions.children(query.parent)]


@router.get(
    "/divisions/{code}", response=answers(DivisionOut, 404), summary="一个行政区划", operation_id="division"
)
def division_detail(request: HttpRequest, code: Path[DivisionCode]) -> DivisionOut:
    row = divisions.division(code)
    if row is None:
        raise NotFound("行政区划", code)
    return _division(row)


def _info(key: str) -> dict[str, object]:
    found = lists.info(key)
    return {
        "key": found.key,
        "name": found.name,
        "version": found.version,
        "source": found.source,
        "needs_checking": found.verify,
    }


@router.get("/code-lists", response=answers(list[ListOut]), summary="有哪些代码表", operation_id="code_lists")
def code_lists(request: HttpRequest) -> list[ListOut]:
    return [ListOut.model_validate(_info(key)) for key in lists.list_keys()]


@router.get(
    "/code-lists/{key}",
    response=answers(ListDetail, 404),
    summary="一张代码表的一级",
    operation_id="code_list",
)
def code_list(request: HttpRequest, key: str, query: Query[ItemQuery]) -> ListDetail:
    """逐级展开；含本地增加的代码，不含停用的。"""
    if key not in lists.list_keys():
        raise NotFound("代码表", key[:40])
    changes = local_changes(timezone.localdate())
    if query.parent and lists.item(key, query.parent, changes=changes) is None:
        raise NotFound("代码", query.parent)
    items = lists.children(key, query.parent, changes=changes)
    start = (query.page - 1) * query.limit
    return ListDetail.model_validate(
        _info(key)
        | {
            "parent": query.parent,
            "total": len(items),
            "page": query.page,
            "limit": query.limit,
            "items": [
                ItemOut(code=i.code, name=i.name, parent=i.parent, level=i.level, needs_checking=i.verify)
                for i in items[start : start + query.limit]
            ],
        }
    )
