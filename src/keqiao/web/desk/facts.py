"""A record laid out for reading on the working side: short facts, long texts, metrics, tags."""

from dataclasses import dataclass
from typing import Any

from django.db import models

from keqiao.registry.demand.models import Demand
from keqiao.registry.records.display import column, label_of, tag_words, written
from keqiao.registry.records.history import content_fields
from keqiao.registry.records.models import Record

_ELSEWHERE = frozenset(
    [
        "title",
        "disclosure",
        "organisation",
        "organisation_name",
        "keywords",
        "remark",
        "is_sample",
        "source_no",
        "source_document",
        "source_note",
        "contact_name",
        "contact_phone",
        "contact_email",
        "metrics",
        "metrics_text",
        "person",
        "pinyin",
        "due_text",
        "is_budget_open",
        "promised_true",
        "promised_no_secret",
        "maturity_scale",
    ]
)


@dataclass(frozen=True, slots=True)
class Facts:
    """short: (label, value) pairs. texts: (label, long text). metrics: rows of the metrics table. tags: per list."""

    short: list[tuple[str, str]]
    texts: list[tuple[str, str]]
    metrics: list[dict[str, Any]]
    tags: list[tuple[str, str, list[dict[str, Any]]]]


def facts_of(record: Record) -> Facts:
    """Everything that is filled in, personal data left to the contact card."""
    model = type(record)
    short: list[tuple[str, str]] = []
    texts: list[tuple[str, str]] = []
    for name in content_fields(model):
        if name in _ELSEWHERE:
            continue
        text = _words(record, name)
        if not text:
            continue
        is_long = isinstance(column(model, name), models.TextField)
        (texts if is_long else short).append((label_of(model, name).removesuffix("（元）"), text))
    if record.keywords:
        short.append(("关键词", "、".join(map(str, record.keywords))))
    metrics = list(getattr(record, "metrics", ()) or ())
    plain = str(getattr(record, "metrics_text", None) or "")
    if not metrics and plain:
        texts.append(("技术指标", plain))
    return Facts(short, texts, metrics, tag_words(record))


def _words(record: Record, name: str) -> str:
    if name.endswith("_yuan"):
        yuan = getattr(record, name)
        if yuan is None:
            return (
                "面议"
                if name == "budget_yuan" and isinstance(record, Demand) and record.is_budget_open
                else ""
            )
        return f"{(yuan / 10_000).normalize():,f} 万元"
    if name == "due_on" and isinstance(record, Demand) and record.due_text:
        day = record.due_on
        return f"{record.due_text}（{day}）" if day and str(day) not in record.due_text else record.due_text
    return written(type(record), name, getattr(record, str(column(type(record), name).attname)))
