"""What officers may change in the code lists: add an alias, add an item, close one. Nothing is ever deleted."""

from datetime import date
from typing import Any

from django.db import transaction

from keqiao.codes import lists
from keqiao.codes.changes import forget_changes
from keqiao.codes.models import CodeAlias, CodeItem, CodeList, Origin
from keqiao.core.audit import record
from keqiao.core.errors import BadInput, NotFound


@transaction.atomic
def add_alias(*, list_key: str, alias: str, code: str, by: Any, today: date) -> CodeAlias:
    """Let `alias` stand for `code` from now on; an alias written before is turned to the new code.

    Raises NotFound for an unknown code, BadInput for an empty alias or the name of another item.
    """
    target = _item(list_key, code)
    folded = lists.fold(alias)
    if not folded:
        raise BadInput("别名是空的或只有标点，请填写来表里的写法。", field="alias")
    named = CodeItem.objects.filter(list_id=list_key).exclude(code=code).values_list("name", "code")
    if taken := [other for name, other in named if lists.fold(name) == folded]:
        raise BadInput(
            f"“{alias}”就是代码 {taken[0]} 的名称，不能再作 {code} 的别名，请换一个代码。", field="alias"
        )
    row, _ = CodeAlias.objects.update_or_create(
        list_id=list_key, folded=folded, defaults={"alias": alias, "code": code, "origin": Origin.LOCAL}
    )
    record("codes.alias_added", target=target, by=by, changes={"alias": ["", alias]})
    forget_changes(today)
    return row


@transaction.atomic
def add_item(*, list_key: str, code: str, name: str, parent: str = "", by: Any, today: date) -> CodeItem:
    """Add an item of this city's own. Raises BadInput when the code is taken, NotFound for an unknown list or parent."""
    if not CodeList.objects.filter(key=list_key, packed_only=False).exists():
        raise NotFound("代码表", list_key)
    if CodeItem.objects.filter(list_id=list_key, code=code).exists():
        raise BadInput(f"代码“{code}”已在用，代码不能重复，也不能改作他用。请换一个代码。", field="code")
    level = _item(list_key, parent).level + 1 if parent else 1
    row = CodeItem.objects.create(
        list_id=list_key, code=code, name=name, parent_code=parent, level=level,
        sort=CodeItem.objects.filter(list_id=list_key).count() + 1, origin=Origin.LOCAL, valid_from=today,
    )  # fmt: skip
    record("codes.item_added", target=row, by=by, changes={"name": ["", name]})
    forget_changes(today)
    return row


@transaction.atomic
def close_item(*, list_key: str, code: str, last_day: date, reason: str, by: Any, today: date) -> CodeItem:
    """Offer an item no longer after `last_day`; records that carry it keep showing its name."""
    row = _item(list_key, code)
    if row.valid_from and last_day < row.valid_from:
        raise BadInput(f"停用日期 {last_day} 早于启用日期 {row.valid_from}，请改晚。", field="last_day")
    before = row.valid_to.isoformat() if row.valid_to else ""
    row.valid_to = last_day
    row.save(update_fields=["valid_to"])
    record(
        "codes.item_closed",
        target=row,
        by=by,
        changes={"valid_to": [before, last_day.isoformat()]},
        reason=reason,
    )
    forget_changes(today)
    return row


def _item(list_key: str, code: str) -> CodeItem:
    found = CodeItem.objects.select_for_update(of=("self",)).filter(list_id=list_key, code=code).first()
    if found is None:
        raise NotFound("代码项", f"{list_key}:{code}")
    return found
