"""Institutions with a public page: universities, institutes, hospitals, service bodies, departments."""

from enum import StrEnum
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from keqiao.api.schemas import Limit, PageNumber, Strict, answers
from keqiao.codes import divisions
from keqiao.core.errors import NotFound
from keqiao.people.access import VISITOR
from keqiao.people.enums import OrganisationKind
from keqiao.people.models import Organisation
from keqiao.registry.enterprise.models import Enterprise

router = Router(tags=["机构"])


class PublicKind(StrEnum):
    """Enterprises are records of their own (/records/enterprise); here they are shown only when such a record is public."""

    UNIVERSITY = "university"
    INSTITUTE = "institute"
    HOSPITAL = "hospital"
    SERVICE = "service"
    DEPARTMENT = "department"


class OrganisationQuery(Strict):
    q: str = Field("", max_length=60, description="名称、曾用名或拼音")
    kind: list[PublicKind] = Field(default_factory=list, max_length=5)
    division: str = Field("", max_length=12, pattern=r"^[0-9]*$", description="区划代码或它的前几位，如 3403")
    page: PageNumber = 1
    limit: Limit = 20


class OrganisationOut(Schema):
    id: UUID
    name: str
    kind: str
    kind_label: str
    division_code: str
    division: str
    is_sample: bool


class OrganisationDetail(OrganisationOut):
    """merged_into: this unit is part of that one now; ask for it under its id."""

    uscc: str
    former_names: list[str]
    parent_id: UUID | None
    merged_into: UUID | None
    intro: str
    website: str


class OrganisationPage(Schema):
    total: int
    page: int
    limit: int
    results: list[OrganisationOut]


def public_organisations(words: str = "") -> QuerySet[Organisation]:
    """Institutions that were not merged away; by name, former name or pinyin."""
    rows = Organisation.objects.filter(kind__in=list(PublicKind), merged_into=None)
    if words := words.strip():
        letters = "".join(words.split()).lower()
        named = Q(name__icontains=words) | Q(names__name__icontains=words)
        rows = rows.filter(named | Q(pinyin__icontains=letters) if letters.isascii() else named).distinct()
    return rows


def _common(one: Organisation) -> dict[str, object]:
    place = divisions.division(one.division_code) if one.division_code else None
    return {
        "id": one.public_id,
        "name": one.name,
        "kind": one.kind,
        "kind_label": str(OrganisationKind(one.kind).label),
        "division_code": one.division_code,
        "division": place.full_name if place else one.division_code,
        "is_sample": one.is_sample,
    }


@router.get(
    "/organisations", response=answers(OrganisationPage), summary="检索机构", operation_id="organisation_list"
)
def organisation_list(request: HttpRequest, query: Query[OrganisationQuery]) -> OrganisationPage:
    rows = public_organisations(query.q)
    if query.kind:
        rows = rows.filter(kind__in=query.kind)
    if query.division:
        rows = rows.filter(division_code__startswith=query.division)
    start = (query.page - 1) * query.limit
    found = rows.order_by("name", "pk")[start : start + query.limit]
    return OrganisationPage(
        total=rows.count(),
        page=query.page,
        limit=query.limit,
        results=[OrganisationOut.model_validate(_common(one)) for one in found],
    )


@router.get(
    "/organisations/{uuid:public_id}",
    response=answers(OrganisationDetail, 404),
    summary="一家机构",
    operation_id="organisation_detail",
)
def organisation_detail(request: HttpRequest, public_id: UUID) -> OrganisationDetail:
    """已并入别家的机构仍可查到，`merged_into` 是现在的机构。企业只在企业库公开登记后可查。"""
    one = Organisation.objects.filter(public_id=public_id).select_related("parent", "merged_into").first()
    if one is None or not _is_public(one):
        raise NotFound("机构", public_id)
    return OrganisationDetail.model_validate(
        _common(one)
        | {
            "uscc": one.uscc,
            "former_names": list(
                one.names.filter(is_former=True).order_by("pk").values_list("name", flat=True)
            ),
            "parent_id": one.parent.public_id if one.parent and _is_public(one.parent) else None,
            "merged_into": one.merged_into.public_id
            if one.merged_into and _is_public(one.merged_into)
            else None,
            "intro": one.intro,
            "website": one.website,
        }
    )


def _is_public(one: Organisation) -> bool:
    if one.kind in set(PublicKind):
        return True
    return Enterprise.objects.visible_to(VISITOR).filter(organisation=one, disclosure="public").exists()
