"""Every way in which a record is written. Keyword-only, with `by` (None = the system), one audit entry each.

Each action locks the row, asks the door (`access.check`), and returns the record as it was saved.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from keqiao.codes import lists
from keqiao.core.errors import BadInput, NotAllowed
from keqiao.people.access import scope_of
from keqiao.people.enums import OFFICERS, Act
from keqiao.people.models import Organisation
from keqiao.registry.records.access import OWNER_EDITS, check, may_create
from keqiao.registry.records.display import TAG_LISTS
from keqiao.registry.records.enums import Status, TagBy
from keqiao.registry.records.history import (
    NOT_RESTORED,
    content_of,
    diff,
    keep_version,
    values_of,
    version_of,
    versions,
)
from keqiao.registry.records.models import Origin, Record
from keqiao.registry.records.moves import (
    archive,
    close,
    expire_due,
    pass_county,
    publish,
    renew,
    reopen,
    restore,
    return_to_owner,
    submit,
    withdraw,
)
from keqiao.registry.records.nouns import has_gate, model_of, noun_of
from keqiao.registry.records.saving import (
    StaleEdit,
    finish,
    give_number,
    lock,
    put,
    save_version,
    settle,
    stamp,
    untitled,
    validate,
)

__all__ = [
    "StaleEdit",
    "archive",
    "close",
    "create_record",
    "expire_due",
    "pass_county",
    "publish",
    "renew",
    "reopen",
    "restore",
    "restore_version",
    "retag",
    "return_to_owner",
    "save_draft",
    "stamp",
    "submit",
    "update_record",
    "withdraw",
]

_FROM_INTAKE = frozenset(
    {"match_key", "content_hash", "tags"}
)  # besides what people write, when a file is the source


@transaction.atomic
def create_record(
    *,
    kind: str,
    values: Mapping[str, Any],
    by: Any,
    origin: Origin | None = None,
    row: int | None = None,
    note: str = "",
    public_id: UUID | None = None,
) -> Record:
    """A new record: a draft where there is a review, published at once (with its number) where there is none.

    public_id: chosen by the form, so that a form sent twice makes one record.

    values: model fields (`organisation` as Organisation or id). A member's unit is his own, given or not.
    Raises NotAllowed for roles that may not enter this kind, BadInput for values that do not fit.
    """
    if by is not None and (refusal := may_create(by, kind)):
        raise NotAllowed(refusal, code=f"{kind}.create")
    record = model_of(kind)(created_by=by, origin=origin, origin_row=row)
    if public_id is not None:
        record.public_id = public_id
    put(record, _own_unit(by, values), also=_FROM_INTAKE if origin is not None else frozenset())
    if not record.title:
        raise BadInput(f"请先写{noun_of(kind)}的名称，再保存。", code="title.missing", field="title")
    settle(record)
    record.year = record.year or timezone.localdate().year
    if not has_gate(kind):
        record.status, record.published_at = Status.PUBLISHED, timezone.now()
        give_number(record)
    validate(record)
    _check_area(by, record)
    record.updated_at = timezone.now()
    record.save()
    keep_version(record, by=by, note=note)
    finish(record, "created", by=by, changes={"title": ["", record.title]}, reason=note)
    return record


def _own_unit(by: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with the unit they belong to. A member enters for his own unit only; a broker for whom he names."""
    given = dict(values)
    if by is None or scope_of(by).roles & OFFICERS:
        return given
    own = scope_of(by).organisations
    unit = given.get("organisation")
    unit_id = getattr(unit, "pk", unit)
    if unit_id is not None and unit_id not in own:
        raise NotAllowed(
            "您只能为自己的单位填报。需要为其他单位填报，请由该单位的账号或科技局办理。",
            code="organisation.other",
        )
    if unit_id is None and len(own) >= 1 and not given.get("organisation_name"):
        given["organisation"] = Organisation.objects.get(
            pk=by.organisation_id if by.organisation_id in own else min(own)
        )
    return given


def _check_area(by: Any, record: Record) -> None:
    """An officer enters records of his own area only."""
    if by is None:
        return
    scope = scope_of(by)
    officer_only = scope.roles & OFFICERS and not scope.organisations
    if officer_only and not scope.covers(record.division_code):
        raise NotAllowed(
            f"所在地“{record.division_code or '未填'}”不在您的辖区，不能登记。请核对所在县区，或请市科技局办理。",
            code="division.other",
            field="division_code",
        )


@transaction.atomic
def save_draft(*, record: Record, values: Mapping[str, Any], by: Any, seen: str = "") -> Record:
    """Keep some fields of an unsubmitted record as one types: no new version, no completeness asked.

    seen: the `stamp` the form was filled from; another one means another hand was here (StaleEdit).
    """
    record = lock(record)
    check(by, Act.EDIT, record)
    if record.status not in OWNER_EDITS:
        raise NotAllowed(
            "已提交的内容不会自动保存，请用“保存”按钮。", code=f"{record.KIND}.not_draft", conflict=True
        )
    if seen and seen != stamp(record):
        raise StaleEdit(record, (), "")
    keep_version(record)
    changes = put(record, _own_unit(by, values) if "organisation" in values else values)
    if not changes:
        return record
    settle(record)
    record.title = record.title or untitled(record.KIND)
    validate(record)
    record.updated_at = timezone.now()
    record.save()
    finish(record, "draft_saved", by=by, changes={name: ["", "已填写"] for name in changes})
    return record


@transaction.atomic
def update_record(
    *, record: Record, values: Mapping[str, Any], expected_version: int, by: Any, note: str = ""
) -> Record:
    """Save changed fields as a new version. Nothing changed: nothing saved.

    Raises StaleEdit (409) with the other one's changes when the record is no longer at `expected_version`.
    """
    record = lock(record)
    check(by, Act.EDIT, record)
    if record.version != expected_version:
        raise _stale(record, expected_version)
    kept = keep_version(record)
    if "organisation" in values and by is not None:
        values = _own_unit(by, values)
    changes = put(record, values)
    if not changes and not diff(type(record), values_before(record, kept.snapshot), content_of(record)):
        return record
    settle(record)
    validate(record)
    if "division_code" in changes:
        _check_area(by, record)
    save_version(record, by=by, note=note)
    finish(record, "updated", by=by, changes=changes, reason=note)
    return record


def values_before(record: Record, stored: Mapping[str, Any]) -> dict[str, Any]:
    """A stored snapshot, readable: what the present version said before autosaves went on from it."""
    return next((v.content for v in versions(record) if v.number == record.version), dict(stored))


def _stale(record: Record, expected_version: int) -> StaleEdit:
    """What happened since: who saved last, and field by field what is different now."""
    found = {one.number: one for one in versions(record)}
    base, last = found.get(expected_version), found.get(record.version)
    changes = diff(type(record), base.content, content_of(record)) if base else []
    return StaleEdit(record, changes, last.by_name if last else "")


@transaction.atomic
def restore_version(*, record: Record, number: int, by: Any, expected_version: int) -> Record:
    """Bring an older version's content back, as a new version. Its term of validity stays as it is now."""
    old = version_of(record, number)
    content = {name: value for name, value in old.content.items() if name not in NOT_RESTORED}
    return update_record(
        record=record,
        values=values_of(type(record), content),
        expected_version=expected_version,
        by=by,
        note=f"恢复第 {number} 版的内容",
    )


@transaction.atomic
def retag(*, record: Record, list_key: str, codes: Sequence[str] | Iterable[str], by: Any) -> Record:
    """A person's tags for one list in place of whatever was there; the machine leaves them alone from now on."""
    if list_key not in TAG_LISTS:
        raise BadInput(
            f"没有“{list_key}”这个分类。可选：{'、'.join(TAG_LISTS.values())}。",
            code="tags.list",
            field="list",
        )
    record = lock(record)
    check(by, Act.RETAG, record)
    wanted = list(dict.fromkeys(codes))
    for code in wanted:
        if lists.item(list_key, code) is None:
            raise BadInput(
                f"{TAG_LISTS[list_key]}里没有代码“{code}”，请从列表中选择。", code="tags.code", field=list_key
            )
    before = [tag["code"] for tag in (record.tags or {}).get(list_key, ())]
    record.tags = {
        **(record.tags or {}),
        list_key: [{"code": code, "by": TagBy.PERSON.value} for code in wanted],
    }
    record.updated_at = timezone.now()
    record.save(update_fields=["tags", "updated_at"])
    labels = ["、".join(lists.label(list_key, code) for code in some) for some in (before, wanted)]
    finish(record, "retagged", by=by, changes={TAG_LISTS[list_key]: labels})
    return record
