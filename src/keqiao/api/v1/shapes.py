"""A record as a stranger may read it, in numbers and codes for machines and in words for people."""

import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from ninja import Schema
from pydantic import Field

from keqiao.api.v1.kinds import PUBLIC_FIELDS, RecordKind
from keqiao.matching.masking import Owner, owner_of
from keqiao.matching.search import Pieces, Row
from keqiao.people.access import VISITOR
from keqiao.registry.records import display
from keqiao.registry.records.access import shown
from keqiao.registry.records.disclosure import LEADS_TO_OWNER, without_names
from keqiao.registry.records.enums import Disclosure
from keqiao.registry.records.models import Listed, Record


class OwnerOut(Schema):
    """Whose record it is. A masked owner is called 某纺织企业 and has no id."""

    name: str
    is_masked: bool
    organisation_id: UUID | None


class TagOut(Schema):
    """One code of a classification: field11 技术领域, gbt4754 行业, hitech 高新技术领域, ipc."""

    list: str
    code: str
    label: str
    by: str = Field(description="machine 机器建议，person 人工确认")


class RecordOut(Schema):
    """One record in a list."""

    id: UUID
    kind: RecordKind
    number: str | None = Field(description="公开编号，如 需求-2026-0137")
    title: str
    owner: OwnerOut
    division_code: str = Field(description="行政区划代码，12 位；没有登记时为空")
    division: str
    year: int | None
    published_on: dt.date | None
    valid_until: dt.date | None
    is_sample: bool = Field(description="示例数据，不是真实业务")
    tags: list[TagOut]
    snippet: str = Field(description="与检索词最相关的一段；没有检索词时是开头")
    url: str = Field(description="给人看的网页")


class TextOut(Schema):
    """A long text under its Chinese field name."""

    name: str
    text: str


class FactOut(Schema):
    """A short field: `value` for machines (codes, yuan, ISO dates), `text` for people."""

    key: str
    name: str
    value: str | int | float | bool | list[str] | None
    text: str


class MetricOut(Schema):
    """One technical indicator of a demand."""

    name: str
    operator: str
    value: str
    unit: str
    text: str


class RecordDetail(RecordOut):
    """One record with everything that is public of it."""

    texts: list[TextOut]
    facts: list[FactOut]
    metrics: list[MetricOut]
    keywords: list[str]
    source_document: str
    version: int
    updated_at: dt.datetime


def web_url(kind: str, public_id: object) -> str:
    """The page for people, as this site is reached from outside."""
    return settings.KEQIAO_SITE_URL.rstrip("/") + reverse(f"market:{kind}-detail", args=[public_id])


def plain(pieces: Pieces) -> str:
    """Marked text without its marks."""
    return "".join(text for text, _ in pieces)


def owner_out(owner: Owner) -> OwnerOut:
    return OwnerOut(
        name=owner.name,
        is_masked=owner.is_masked,
        organisation_id=UUID(owner.public_id) if owner.public_id else None,
    )


def _tags(record: Record) -> list[TagOut]:
    return [
        TagOut(list=key, code=str(tag["code"]), label=str(tag["label"]), by=str(tag["by"]))
        for key, _, tags in display.tag_words(record)
        for tag in tags
    ]


def _common(record: Record, title: str, owner: Owner, snippet: str) -> dict[str, Any]:
    return {
        "id": record.public_id,
        "kind": RecordKind(record.KIND),
        "number": record.number,
        "title": title,
        "owner": owner_out(owner),
        "division_code": record.division_code,
        "division": display.division_name(record.division_code),
        "year": record.year,
        "published_on": timezone.localdate(record.published_at) if record.published_at else None,
        "valid_until": record.valid_until if isinstance(record, Listed) else None,
        "is_sample": record.is_sample,
        "tags": _tags(record),
        "snippet": snippet,
        "url": web_url(record.KIND, record.public_id),
    }


def row_out(row: Row) -> RecordOut:
    """A result of the search."""
    return RecordOut(**_common(row.record, plain(row.title), row.owner, plain(row.snippet)))


def target_out(record: Record, title: str, owner: Owner) -> RecordOut:
    """The other side of a match: without a snippet, its evidence is quoted beside it."""
    return RecordOut(**_common(record, title, owner, ""))


def detail_out(record: Record) -> RecordDetail:
    """The whole record, masked as its tier asks."""
    view = shown(record, VISITOR)
    is_masked = record.disclosure == Disclosure.MASKED
    texts = [TextOut(name=name, text=text) for name, text in view.texts]
    return RecordDetail(
        **_common(record, view.title, owner_of(record, VISITOR), texts[0].text[:120] if texts else ""),
        texts=texts,
        facts=[
            fact for key in PUBLIC_FIELDS[RecordKind(record.KIND)] if (fact := _fact(record, key, is_masked))
        ],
        metrics=[_metric(record, one) for one in getattr(record, "metrics", None) or ()],
        keywords=[] if is_masked else [str(word) for word in record.keywords],
        source_document=record.source_document,
        version=record.version,
        updated_at=record.updated_at,
    )


def _fact(record: Record, key: str, is_masked: bool) -> FactOut | None:
    """None for a blank field, and for one that would lead to a masked owner."""
    value = getattr(record, key)
    if value in (None, "", []) or (is_masked and key in LEADS_TO_OWNER):
        return None
    text = display.written(type(record), key, value)
    value = _value(value)
    if is_masked and isinstance(value, str):
        value, text = without_names(record, value), without_names(record, text)
    return FactOut(key=key, name=display.label_of(type(record), key), value=value, text=text)


def _value(value: Any) -> str | int | float | bool | list[str]:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, list | tuple):
        return [str(one) for one in value]
    if isinstance(value, bool | int | float):
        return value
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _metric(record: Record, metric: dict[str, Any]) -> MetricOut:
    words = {key: str(metric.get(key) or "") for key in ("name", "operator", "value", "unit", "text")}
    if record.disclosure == Disclosure.MASKED:
        words = {key: without_names(record, text) for key, text in words.items()}
    return MetricOut(**words)
