"""What a record was: its versions, what changed between two of them, and an older one brought back."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from difflib import SequenceMatcher
from functools import cache
from typing import Any

import rjieba
from django.db import models

from keqiao.core.crypto import decrypt, encrypt
from keqiao.core.errors import NotFound
from keqiao.core.fields import EncryptedTextField
from keqiao.registry.records.display import column, is_personal, label_of, written
from keqiao.registry.records.models import Origin, Record, RecordVersion

# What the machinery keeps, as against what people write
MANAGED = frozenset(
    [
        "id",
        "public_id",
        "number",
        "status",
        "match_key",
        "content_hash",
        "origin",
        "origin_row",
        "version",
        "created_by",
        "created_at",
        "updated_at",
        "published_at",
        "renewed_count",
        "submitted_at",
        "closed_at",
        "close_reason",
        "quality",
        "tags",
        "work_count",
        "last_work_year",
    ]
)
NOT_RESTORED = frozenset({"valid_until"})  # bringing back an old text does not bring back its term
_DIFF_LIMIT = 8000  # characters a side; beyond it a field is shown whole


@cache
def content_fields(model: type[Record]) -> tuple[str, ...]:
    """Names of the fields that people write, in the order of the model."""
    return tuple(f.name for f in model._meta.concrete_fields if f.name not in MANAGED)


def _to_json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value.quantize(Decimal("0.01")))
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    return value


def content_of(record: Record) -> dict[str, Any]:
    """Field -> plain JSON value, personal data readable: for comparing, never for storing."""
    model = type(record)
    return {name: _to_json(getattr(record, column(model, name).attname)) for name in content_fields(model)}


def sealed(model: type[Record], content: Mapping[str, Any]) -> dict[str, Any]:
    """The content as it is stored: encrypted fields encrypted again."""
    return {
        name: encrypt(str(value)) if value and isinstance(column(model, name), EncryptedTextField) else value
        for name, value in content.items()
    }


def opened(model: type[Record], snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """A stored snapshot made readable. Fields that the model no longer has are left out."""
    known = set(content_fields(model))
    return {
        name: decrypt(value) if value and isinstance(column(model, name), EncryptedTextField) else value
        for name, value in snapshot.items()
        if name in known
    }


def snapshot(record: Record) -> dict[str, Any]:
    """What a RecordVersion stores of this record now."""
    return sealed(type(record), content_of(record))


def keep_version(record: Record, *, by: Any = None, note: str = "") -> RecordVersion:
    """Store the record as it is as its present version, unless that is there already."""
    kept, _ = RecordVersion.objects.get_or_create(
        kind=record.KIND,
        record_id=record.pk,
        version=record.version,
        defaults={
            "snapshot": snapshot(record),
            "at": record.updated_at,
            "by": by,
            "origin_id": record.origin_id,
            "origin_row": record.origin_row,
            "note": note[:200],
        },
    )
    return kept


@dataclass(frozen=True, slots=True)
class Version:
    """One version as people see it. by_name: "" for the machine. content: readable, so never show it unmasked."""

    number: int
    at: dt.datetime
    by_name: str
    note: str
    origin: Origin | None
    origin_row: int | None
    content: dict[str, Any]
    is_current: bool


def versions(record: Record) -> list[Version]:
    """Every version kept, newest first; the present one always among them. One query."""
    model = type(record)
    rows = list(
        RecordVersion.objects.filter(kind=record.KIND, record_id=record.pk)
        .select_related("by", "origin")
        .order_by("-version")
    )
    found = [
        Version(
            number=row.version,
            at=row.at,
            by_name=str(row.by) if row.by else "",
            note=row.note,
            origin=row.origin,
            origin_row=row.origin_row,
            content=content_of(record) if row.version == record.version else opened(model, row.snapshot),
            is_current=row.version == record.version,
        )
        for row in rows
    ]
    if not any(one.is_current for one in found):
        found.insert(0, Version(
            record.version, record.updated_at, "", "", record.origin, record.origin_row, content_of(record), True
        ))  # fmt: skip
    return found


def version_of(record: Record, number: int) -> Version:
    """One version. Raises NotFound when it was not kept."""
    for one in versions(record):
        if one.number == number:
            return one
    raise NotFound("版本", f"第 {number} 版")


Piece = tuple[
    str, bool | str
]  # the text, and False (same), "del" or "ins": what the template filter `marked` takes


@dataclass(frozen=True, slots=True)
class FieldDiff:
    """One field that differs. before, after: as people read them, personal data masked; raw_*: the stored values."""

    name: str
    label: str
    before: str
    after: str
    before_pieces: tuple[Piece, ...]
    after_pieces: tuple[Piece, ...]
    raw_before: Any
    raw_after: Any


def word_pieces(before: str, after: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Both sides cut into words, each marked as same, taken out ("del") or put in ("ins"). O(words squared)."""
    if max(len(before), len(after)) > _DIFF_LIMIT or not before or not after:
        return (((before, "del"),) if before else ()), (((after, "ins"),) if after else ())
    old, new = rjieba.cut(before), rjieba.cut(after)
    left: list[Piece] = []
    right: list[Piece] = []
    for op, a, b, c, d in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if a != b:
            left.append(("".join(old[a:b]), False if op == "equal" else "del"))
        if c != d:
            right.append(("".join(new[c:d]), False if op == "equal" else "ins"))
    return tuple(left), tuple(right)


def field_diff(model: type[Record], name: str, before: Any, after: Any) -> FieldDiff:
    """The difference of one field, as people read it."""
    shown_before, shown_after = written(model, name, before), written(model, name, after)
    if is_personal(model, name) and shown_before == shown_after:
        shown_after += "（已更换）"  # two numbers with the same mask must not look unchanged
    left, right = word_pieces(shown_before, shown_after)
    return FieldDiff(name, label_of(model, name), shown_before, shown_after, left, right, before, after)


def diff(model: type[Record], old: Mapping[str, Any], new: Mapping[str, Any]) -> list[FieldDiff]:
    """Fields that differ between two contents, in the order of the model. Blank and absent are the same."""
    return [
        field_diff(model, name, old.get(name), new.get(name))
        for name in content_fields(model)
        if not _same(old.get(name), new.get(name))
    ]


def _same(one: Any, other: Any) -> bool:
    return one == other or (one in (None, "", []) and other in (None, "", []))


def values_of(model: type[Record], content: Mapping[str, Any]) -> dict[str, Any]:
    """A content back as values that `update_record` takes: days, decimals, foreign keys by id."""
    values: dict[str, Any] = {}
    for name, value in content.items():
        field = column(model, name)
        if isinstance(field, models.ForeignKey):
            values[name] = value
        else:
            values[name] = field.to_python(value)
    return values
