"""Bring the shipped codes into the tables: in bulk, and safe to repeat.

Each list and the divisions carry a fingerprint; what is already there is not touched again. A row that
a new release no longer ships is closed, never deleted; what officers closed or added stays as it is.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from itertools import islice

from django.db import connection, models, transaction
from django.utils import timezone

from keqiao.codes import divisions, lists
from keqiao.codes.models import CodeAlias, CodeItem, CodeList, Division, Origin

Progress = Callable[[str, int, int], None]
"""Called with (what, done, total) as the work goes on."""

_DIVISIONS_KEY = "divisions"
_BATCH = 2000

Values = dict[str, str | int | bool | None]
"""One row to insert, by column."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """Rows written by one run; all zero when nothing was new."""

    lists: int = 0
    items: int = 0
    aliases: int = 0
    divisions: int = 0
    closed: int = 0


def load_codes(progress: Progress | None = None, *, today: date | None = None) -> Loaded:
    """Write every shipped list and division that the tables do not hold yet.

    About 2 s on an empty SQLite, a few milliseconds afterwards. All or nothing.
    """
    with transaction.atomic():
        written = load_lists(progress, today=today)
        places = load_divisions(progress, today=today)
    return replace(written, divisions=places.divisions, closed=written.closed + places.closed)


@transaction.atomic
def load_lists(progress: Progress | None = None, *, today: date | None = None) -> Loaded:
    """The code lists alone."""
    written = {"lists": 0, "items": 0, "aliases": 0, "closed": 0}
    held = dict(CodeList.objects.values_list("key", "fingerprint"))
    keys = lists.list_keys()
    for done, key in enumerate(keys, start=1):
        mark = _fingerprint(key)
        if held.get(key) != mark:
            _load_list(key, mark, today or timezone.localdate(), written)
        if progress:
            progress("代码表", done, len(keys))
    return Loaded(**written)


@transaction.atomic
def load_divisions(progress: Progress | None = None, *, today: date | None = None) -> Loaded:
    """The divisions alone."""
    written = {"divisions": 0, "closed": 0}
    if not is_loaded():
        _load_divisions(today or timezone.localdate(), written, progress or (lambda what, done, total: None))
        _save_list(
            lists.ListInfo(_DIVISIONS_KEY, "行政区划", "2023", "国家统计局统计用区划（无村级）", False, True),
            divisions.table().fingerprint(),
        )
    return Loaded(**written)


def _fingerprint(key: str) -> str:
    about = lists.info(key)
    mark = sha256(repr(about).encode())
    table = lists.packed(key)
    if table is not None:
        mark.update(table.fingerprint().encode())
    else:
        for line in lists.fingerprint_rows(key):
            mark.update(line.encode())
    return mark.hexdigest()


def _save_list(about: lists.ListInfo, mark: str) -> None:
    CodeList.objects.update_or_create(
        key=about.key,
        defaults={
            "name": about.name,
            "version": about.version,
            "source": about.source,
            "verify": about.verify,
            "packed_only": about.packed_only,
            "fingerprint": mark,
        },
    )


def _load_list(key: str, mark: str, day: date, written: dict[str, int]) -> None:
    about = lists.info(key)
    _save_list(about, mark)
    written["lists"] += 1
    if about.packed_only:
        return
    shipped = lists.items(key)
    held = {row.code: row for row in CodeItem.objects.filter(list_id=key)}
    written["items"] += _insert(
        CodeItem, [_item_values(key, item) for item in shipped if item.code not in held]
    )
    changed = [
        _changed_item(held[item.code], item)
        for item in shipped
        if item.code in held and _item_differs(held[item.code], item)
    ]
    CodeItem.objects.bulk_update(changed, ["name", "parent_code", "level", "sort", "verify", "extra"], _BATCH)
    # Shipped aliases give way to an officer's: an alias that exists is left as it is.
    by_fold = {lists.fold(alias): (alias, item.code) for item in shipped for alias in item.aliases}
    known = set(CodeAlias.objects.filter(list_id=key).values_list("folded", flat=True))
    written["aliases"] += _insert(
        CodeAlias,
        [
            {"list_id": key, "alias": alias, "folded": folded, "code": code, "origin": Origin.SHIPPED}
            for folded, (alias, code) in by_fold.items()
            if folded not in known
        ],
    )
    shipped_codes = {item.code for item in shipped}
    gone = [
        row.pk
        for code, row in held.items()
        if row.origin == Origin.SHIPPED and row.valid_to is None and code not in shipped_codes
    ]
    written["closed"] += CodeItem.objects.filter(pk__in=gone).update(valid_to=day)


def _item_values(key: str, item: lists.Item) -> Values:
    return {
        "list_id": key,
        "code": item.code,
        "name": item.name,
        "parent_code": item.parent,
        "level": item.level,
        "sort": item.sort,
        "verify": item.verify,
        "extra": json.dumps(dict(item.extra), ensure_ascii=False),
        "origin": Origin.SHIPPED,
    }


def _item_differs(held: CodeItem, item: lists.Item) -> bool:
    shipped = (item.name, item.parent, item.level, item.sort, item.verify, dict(item.extra))
    return (held.name, held.parent_code, held.level, held.sort, held.verify, held.extra) != shipped


def _changed_item(held: CodeItem, item: lists.Item) -> CodeItem:
    held.name, held.parent_code, held.level = item.name, item.parent, item.level
    held.sort, held.verify, held.extra = item.sort, item.verify, dict(item.extra)
    return held


def _insert(model: type[models.Model], rows: list[Values]) -> int:
    """Plain INSERT in bulk: five times as fast as the ORM for 45,000 rows, on SQLite and PostgreSQL alike.

    A row that another process has just written is left as it is. Returns the number of rows sent.
    """
    if not rows:
        return 0
    quote = connection.ops.quote_name
    columns = ", ".join(quote(column) for column in rows[0])
    marks = ", ".join(["%s"] * len(rows[0]))
    sql = f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({marks}) ON CONFLICT DO NOTHING"
    with connection.cursor() as cursor:
        cursor.executemany(sql, [tuple(row.values()) for row in rows])
    return len(rows)


def _load_divisions(day: date, written: dict[str, int], tell: Progress) -> None:
    total = len(divisions.table())
    held = {row.code: row for row in Division.objects.all()}
    shipped = divisions.all_divisions()
    seen: set[str] = set()
    # Parents stand before their children in code order, so foreign keys hold batch by batch.
    while batch := list(islice(shipped, _BATCH)):
        seen.update(row.code for row in batch)
        new = [_division_values(row) for row in batch if row.code not in held]
        changed = [
            _changed_division(held[row.code], row, day)
            for row in batch
            if row.code in held and _differs(held[row.code], row)
        ]
        _insert(Division, new)
        Division.objects.bulk_update(changed, _DIVISION_FIELDS, 500)
        written["divisions"] += len(new) + len(changed)
        tell("行政区划", len(seen), total)
    gone = [
        code
        for code, row in held.items()
        if row.origin == Origin.SHIPPED and code not in seen and not row.valid_to
    ]
    for start in range(0, len(gone), 500):
        written["closed"] += Division.objects.filter(pk__in=gone[start : start + 500]).update(valid_to=day)


_DIVISION_FIELDS = ["name", "level", "parent", "full_name", "pinyin", "source", "is_virtual", "past_names"]


def _division_values(row: divisions.DivisionRow) -> Values:
    return {
        "code": row.code,
        "name": row.name,
        "level": int(row.level),
        "parent_id": row.parent or None,
        "full_name": row.full_name,
        "pinyin": row.pinyin,
        "source": row.source,
        "is_virtual": row.is_virtual,
        "origin": Origin.SHIPPED,
        "past_names": "[]",
    }


def _differs(held: Division, row: divisions.DivisionRow) -> bool:
    shipped = (row.name, int(row.level), row.parent, row.full_name, row.is_virtual)
    return (held.name, held.level, held.parent_id or "", held.full_name, held.is_virtual) != shipped


def _changed_division(held: Division, row: divisions.DivisionRow, day: date) -> Division:
    """The shipped facts; a name that changed under the same code is kept with the day it was last seen."""
    if held.name != row.name:
        past = {"name": held.name, "full_name": held.full_name, "until": day.isoformat()}
        held.past_names = [*held.past_names, past]
    held.name, held.level, held.parent_id = row.name, int(row.level), row.parent or None
    held.full_name, held.pinyin = row.full_name, row.pinyin
    held.source, held.is_virtual = row.source, row.is_virtual
    return held


def is_loaded() -> bool:
    """Whether the tables hold the divisions that this release ships."""
    held = CodeList.objects.filter(key=_DIVISIONS_KEY).values_list("fingerprint", flat=True).first()
    return held == divisions.table().fingerprint()
