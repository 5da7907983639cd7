"""The machinery under `actions`: lock a row, put values in, save with its version, audit and index note."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from keqiao.codes import tagging
from keqiao.core.audit import record as record_audit
from keqiao.core.errors import BadInput, NotAllowed
from keqiao.core.numbers import next_number
from keqiao.registry.records.changes import mark_changed
from keqiao.registry.records.display import column, is_personal, written
from keqiao.registry.records.enums import TagBy
from keqiao.registry.records.history import FieldDiff, content_fields, keep_version
from keqiao.registry.records.models import Listed, Record
from keqiao.registry.records.nouns import noun_of

_PROPOSED = 2  # codes of each list at most
_LEAST_SCORE = 0.2  # share of the evidence below which a proposal is a guess
R = TypeVar("R", bound=Record)
_AUDIT_LENGTH = 80  # characters of a long text that the audit trail keeps: enough to recognise it


class StaleEdit(NotAllowed):
    """Somebody else saved first; nothing was changed. changes: what the other one changed since `expected_version`.

    current: the record as it is now. by_name, version: who saved and which version. His own input the caller still has.
    """

    def __init__(self, current: Record, changes: Iterable[FieldDiff], by_name: str) -> None:
        self.current, self.changes, self.by_name = current, tuple(changes), by_name
        what = "、".join(change.label for change in self.changes) or "这条记录"
        super().__init__(
            f"{by_name or '另一位用户'}在您编辑期间保存了第 {current.version} 版，改动了：{what}。"
            "您填写的内容还在，没有丢失，请对照后选择保留哪一处再保存。",
            code=f"{current.KIND}.stale",
            conflict=True,
        )


def untitled(kind: str) -> str:
    """What a draft is called before its owner has written a title."""
    return f"未命名的{noun_of(kind)}"


def lock(record: R) -> R:
    """The same record, read again under a row lock. Call inside the action's transaction."""
    return type(record).objects.select_for_update(of=("self",)).get(pk=record.pk)  # type: ignore[no-any-return]


def stamp(record: Record) -> str:
    """Changes with every save, autosaves included: what a draft form remembers to notice another's hand."""
    return f"{record.version}-{int(record.updated_at.timestamp() * 1_000_000)}"


def put(
    record: Record, values: Mapping[str, Any], *, also: frozenset[str] = frozenset()
) -> dict[str, list[str]]:
    """Set the values that differ. Returns field -> [before, after] as people read them, personal data masked.

    Raises BadInput for a field that people do not write (`also` names further ones that are allowed).
    """
    model = type(record)
    known = frozenset(content_fields(model)) | also
    changes: dict[str, list[str]] = {}
    for name, value in values.items():
        if name not in known:
            raise BadInput(
                f"“{name}”不是{noun_of(record.KIND)}可以填写的项目。", code="field.unknown", field=name
            )
        field = column(model, name)
        attribute = str(field.attname)
        before = getattr(record, attribute)
        value = getattr(value, "pk", value) if isinstance(field, models.ForeignKey) else _cleaned(value)
        if before == value:
            continue
        setattr(record, attribute, value)
        changes[name] = _audited(model, name, before, getattr(record, attribute))
    return changes


def _cleaned(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _audited(model: type[Record], name: str, before: Any, after: Any) -> list[str]:
    if name in ("tags", "match_key", "content_hash"):
        return ["", "已更新"]
    pair = [written(model, name, before), written(model, name, after)]
    if is_personal(model, name) and pair[0] == pair[1]:
        pair[1] += "（已更换）"
    return [
        text if len(text) <= _AUDIT_LENGTH else f"{text[:_AUDIT_LENGTH]}…（共 {len(text)} 字）"
        for text in pair
    ]


def settle(record: Record) -> None:
    """What follows from the content: place and name of the unit, machine tags, the quality score."""
    unit = record.organisation
    if unit is not None:
        record.organisation_name = record.organisation_name or unit.name
        record.division_code = record.division_code or unit.division_code
    record.tags = proposed_tags(record)
    quality = record.assess()
    if quality is not None and isinstance(record, Listed):
        record.quality = quality.score


def proposed_tags(record: Record) -> dict[str, Any]:
    """Machine tags renewed from the text; a list that a person has confirmed stays as it is."""
    tags = dict(record.tags or {})
    body = "\n".join(text for _, text in record.texts())
    for key, found in propose_tags(record.title, body).items():
        if any(tag.get("by") == TagBy.PERSON for tag in tags.get(key, ())):
            continue
        if found:
            tags[key] = found
    return tags


def propose_tags(title: str, body: str) -> dict[str, list[dict[str, Any]]]:
    """List key -> the codes that the machine would give this text, best first, weak ones left out."""
    found: dict[str, list[dict[str, Any]]] = {}
    for one in tagging.propose(title, body, top=_PROPOSED):
        if one.score >= _LEAST_SCORE:
            tag = {"code": one.code, "by": TagBy.MACHINE.value, "score": round(one.score, 2)}
            found.setdefault(one.list, []).append(tag)
    return found


def validate(record: Record) -> None:
    """Django's own checks of types, choices and constraints. Raises BadInput at the first field at fault."""
    try:
        record.full_clean(validate_unique=False, exclude=["public_id"])
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        at = "" if field == "__all__" else field
        label = written_label(type(record), at)
        raise BadInput(f"{label}{messages[0]}", code="field.invalid", field=at or None) from error


def written_label(model: type[Record], name: str) -> str:
    return f"“{column(model, name).verbose_name}”：" if name else ""


def give_number(record: Record) -> None:
    """A public number of this year's series, once."""
    if not record.number:
        record.number = next_number(record.SERIES, timezone.localdate().year)


def save_version(record: Record, *, by: Any, note: str = "") -> None:
    """Save as a new version with its snapshot. Before the first change `keep_version` must have run."""
    record.version += 1
    record.updated_at = timezone.now()
    record.save()
    keep_version(record, by=by, note=note)


def finish(
    record: Record, action: str, *, by: Any, changes: Mapping[str, Any] | None = None, reason: str = ""
) -> None:
    """One audit entry and one note for the index, in the caller's transaction."""
    record_audit(f"{record.KIND}.{action}", target=record, by=by, changes=changes, reason=reason)
    mark_changed(record)
