"""Lists, details and counts of the public records."""

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field, create_model

from keqiao.api.schemas import Limit, PageNumber, Strict, Words, answers
from keqiao.api.v1.kinds import RecordKind
from keqiao.api.v1.organisations import public_organisations
from keqiao.api.v1.shapes import RecordDetail, RecordOut, detail_out, row_out
from keqiao.core.errors import BadInput, NotFound
from keqiao.matching.facets import FACETS, facets_of
from keqiao.matching.matches import TARGETS
from keqiao.matching.search import ORDERS_OF, SearchPage, SearchQuery, search, search_all
from keqiao.people.access import VISITOR
from keqiao.people.models import Organisation
from keqiao.registry.kinds import KINDS
from keqiao.registry.records.access import record_for

router = Router(tags=["记录"])

_HIDDEN_FACETS = ("status", "owner")  # staff's, and the owner goes by `organisation` with a public id
_NAMES = {facet.key: facet.name for facets in FACETS.values() for facet in facets} | {"sample": "示例"}
Codes = Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=30)]
_FACET_FIELDS: dict[str, Any] = {
    key: (Codes, Field(default_factory=list, description=f"{name}，可重复，多个之间是“或”"))
    for key, name in _NAMES.items()
}
Facets: Any = create_model("Facets", __base__=Strict, **_FACET_FIELDS)
Amount = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]


class RecordQuery(Facets):  # type: ignore[misc]  # its fields are the facets of matching, so it is made at run time
    """Search words, filters, order and page. Filters of different names must all hold."""

    q: Words = ""
    organisation: UUID | None = Field(None, description="单位 id，只要该单位公开名称的记录")
    amount_from_yuan: Amount | None = None
    amount_to_yuan: Amount | None = None
    year_from: int | None = Field(None, ge=1900, le=2100)
    year_to: int | None = Field(None, ge=1900, le=2100)
    trl_from: int | None = Field(None, ge=1, le=13)
    trl_to: int | None = Field(None, ge=1, le=13)
    order: Literal["", "relevance", "newest", "amount", "amount-low", "quality"] = Field(
        "", description="空为默认：有检索词按相关程度，否则按最新发布"
    )
    page: PageNumber = 1
    limit: Limit = 20


class ValueOut(Schema):
    code: str
    label: str
    count: int


class FacetOut(Schema):
    """One group of filters: how many records each value would leave beside the other filters."""

    key: str
    label: str
    values: list[ValueOut]


class RecordPage(Schema):
    """total: of all pages. is_relaxed: nothing held every word, these hold some."""

    kind: RecordKind
    total: int
    page: int
    pages: int
    limit: int
    is_relaxed: bool
    results: list[RecordOut]
    facets: list[FacetOut]


class KindOut(Schema):
    """One registry: its filters, orders, and the kinds that its records are matched with."""

    kind: RecordKind
    label: str
    count: int
    filters: dict[str, str]
    orders: list[str]
    matched_with: list[RecordKind]


class Counts(Schema):
    """How many of each a stranger may see, now."""

    records: dict[str, int]
    organisations: int


@router.get("/counts", response=answers(Counts), summary="实时总数", operation_id="counts")
def counts(request: HttpRequest) -> Counts:
    return Counts(records=search_all("", VISITOR), organisations=public_organisations().count())


@router.get("/kinds", response=answers(list[KindOut]), summary="有哪些栏目、条件和排序", operation_id="kinds")
def kinds(request: HttpRequest) -> list[KindOut]:
    numbers = search_all("", VISITOR)
    return [
        KindOut(
            kind=RecordKind(key),
            label=kind.label,
            count=numbers[key],
            filters=_filters(key),
            orders=["relevance", *ORDERS_OF.get(key, ("newest",))],
            matched_with=[RecordKind(target) for target in TARGETS[key]],
        )
        for key, kind in KINDS.items()
    ]


def _filters(kind: str) -> dict[str, str]:
    return {facet.key: facet.name for facet in facets_of(kind) if facet.key not in _HIDDEN_FACETS}


@router.get(
    "/records/{kind}", response=answers(RecordPage), summary="检索一个栏目", operation_id="record_list"
)
def record_list(request: HttpRequest, kind: RecordKind, query: Query[RecordQuery]) -> RecordPage:
    """按检索词、条件、排序分页列出公开记录，附各条件的计数。"""
    return _page(kind, query.limit, search(_search_query(kind, query), VISITOR))


def _search_query(kind: RecordKind, query: Any) -> SearchQuery:
    chosen = {key: tuple(codes) for key in _NAMES if (codes := getattr(query, key))}
    known = _filters(kind)
    if wrong := next((key for key in chosen if key not in known), None):
        words = "、".join(f"{key}（{name}）" for key, name in known.items())
        raise BadInput(
            f"{KINDS[kind].label}没有“{wrong}”这个条件，可用：{words}。", code="filter.unknown", field=wrong
        )
    if query.organisation is not None:
        chosen["owner"] = (_owner_key(query.organisation),)
    ranges = {
        "amount": (query.amount_from_yuan, query.amount_to_yuan),
        "year": (query.year_from, query.year_to),
        "trl": (query.trl_from, query.trl_to),
    }
    given = {name: ends for name, ends in ranges.items() if ends != (None, None)}
    for name, (low, high) in given.items():
        if low is not None and high is not None and low > high:
            raise BadInput(
                f"{name} 的下限 {low:g} 大于上限 {high:g}。请对调后重试。", code="range.reversed", field=name
            )
    return SearchQuery(kind, query.q, chosen, given, order=query.order, page=query.page, per_page=query.limit)


def _owner_key(public_id: UUID) -> str:
    """What the index calls the organisation; a key that nothing has when it is unknown, so nothing is found."""
    found = Organisation.objects.filter(public_id=public_id).values_list("pk", flat=True).first()
    return str(found) if found is not None else "0"


def _page(kind: RecordKind, limit: int, found: SearchPage) -> RecordPage:
    return RecordPage(
        kind=kind,
        total=found.total,
        page=found.query.page,
        pages=found.pages,
        limit=limit,
        is_relaxed=found.relaxed,
        results=[row_out(row) for row in found.rows],
        facets=[
            FacetOut(
                key=group.key,
                label=group.label,
                values=[ValueOut(code=v.code, label=v.label, count=v.count) for v in group.values],
            )
            for group in found.facets
        ],
    )


@router.get(
    "/records/{kind}/{uuid:public_id}",
    response=answers(RecordDetail, 404),
    summary="一条记录",
    operation_id="record_detail",
)
def record_detail(request: HttpRequest, kind: RecordKind, public_id: UUID) -> RecordDetail:
    """不存在、未公开、已撤下的记录回答相同：404。"""
    return detail_out(public_record(kind, public_id))


def public_record(kind: RecordKind, public_id: UUID) -> Any:
    """The record as strangers reach it, whoever asks. NotFound when absent or hidden."""
    try:
        return record_for(None, kind, public_id)
    except NotFound as error:
        raise NotFound(KINDS[kind].label, public_id) from error
