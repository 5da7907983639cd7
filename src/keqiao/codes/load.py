"""Bring the shipped codes into the tables: in bulk, and safe to repeat.

Each list and the divisions carry a fingerprint; what is already there is not touched again. A row that
a new release no longer ships is closed, never deleted; what officers closed or added stays as it is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from itertools import islice

from django.db import transaction
from django.utils import timezone

from keqiao.codes import divisions, lists
from keqiao.codes.models import CodeAlias, CodeItem, CodeList, Division, Origin

Progress = Callable[[str, int, int], None]
"""Called with (what, done, total) as the work goes on."""

_DIVISIONS_KEY = "divisions"
_BATCH = 2000


@dataclass(frozen=True, slots=True)
class Loaded:
    """Rows written by one run; all zero when nothing was new."""

    lists: int = 0
    items: int = 0
    aliases: int = 0
    divisions: int = 0
    closed: int = 0


@transaction.atomic
def load_codes(progress: Progress | None = None, *, today: date | None = None) -> Loaded:
    """Write every shipped list and division that the tables do not hold yet.

    About 2 s on an empty SQLite, a few milliseconds afterwards. All or nothing.
    """
    tell = progress or (lambda what, done, total: None)
    day = today or timezone.localdate()
    written = {"lists": 0, "items": 0, "aliases": 0, "divisions": 0, "closed": 0}
    held = dict(CodeList.objects.values_list("key", "fingerprint"))
    keys = lists.list_keys()
    for done, key in enumerate(keys, start=1):
        mark = _fingerprint(key)
        if held.get(key) != mark:
            _load_list(key, mark, day, written)
        tell("代码表", done, len(keys))
    mark = divisions.table().fingerprint()
    if held.get(_DIVISIONS_KEY) != mark:
        _load_divisions(day, written, tell)
        _save_list(
            lists.ListInfo(_DIVISIONS_KEY, "行政区划", "2023", "国家统计局统计用区划（无村级）", False, True),
            mark,
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
    rows = [
        CodeItem(
            list_id=key, code=item.code, name=item.name, parent_code=item.parent, level=item.level,
            sort=item.sort, verify=item.verify, extra=dict(item.extra),
        )
        for item in shipped
    ]  # fmt: skip
    CodeItem.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["list", "code"],
        update_fields=["name", "parent_code", "level", "sort", "verify", "extra"],
        batch_size=_BATCH,
    )
    written["items"] += len(rows)
    written["aliases"] += _load_aliases(key, shipped)
    shipped_codes = {item.code for item in shipped}
    before = CodeItem.objects.filter(list_id=key, origin=Origin.SHIPPED, valid_to=None)
    gone = [item.pk for item in before if item.code not in shipped_codes]
    written["closed"] += CodeItem.objects.filter(pk__in=gone).update(valid_to=day)


def _load_aliases(key: str, shipped: tuple[lists.Item, ...]) -> int:
    """Shipped aliases give way to an officer's: an alias that exists is left as it is."""
    by_fold = {
        lists.fold(alias): CodeAlias(list_id=key, alias=alias, folded=lists.fold(alias), code=item.code)
        for item in shipped
        for alias in item.aliases
    }
    CodeAlias.objects.bulk_create(by_fold.values(), ignore_conflicts=True, batch_size=_BATCH)
    return len(by_fold)


def _load_divisions(day: date, written: dict[str, int], tell: Progress) -> None:
    shipped = divisions.all_divisions()
    total = len(divisions.table())
    held = {row.code: row for row in Division.objects.all()}
    seen: set[str] = set()
    # Parents stand before their children in code order, so foreign keys hold batch by batch.
    while batch := list(islice(shipped, _BATCH)):
        seen.update(row.code for row in batch)
        changed = [row for row in batch if _differs(held.get(row.code), row)]
        Division.objects.bulk_create(
            [_as_model(row, held.get(row.code), day) for row in changed],
            update_conflicts=True,
            unique_fields=["code"],
            update_fields=[
                "name",
                "level",
                "parent",
                "full_name",
                "pinyin",
                "source",
                "is_virtual",
                "past_names",
            ],
        )
        written["divisions"] += len(changed)
        tell("行政区划", len(seen), total)
    gone = [
        code
        for code, row in held.items()
        if row.origin == Origin.SHIPPED and code not in seen and not row.valid_to
    ]
    for start in range(0, len(gone), 500):
        written["closed"] += Division.objects.filter(pk__in=gone[start : start + 500]).update(valid_to=day)


def _differs(held: Division | None, row: divisions.DivisionRow) -> bool:
    return held is None or (held.name, held.level, held.parent_id or "", held.full_name, held.is_virtual) != (
        row.name, int(row.level), row.parent, row.full_name, row.is_virtual,
    )  # fmt: skip


def _as_model(row: divisions.DivisionRow, held: Division | None, day: date) -> Division:
    """The shipped row; a name that changed under the same code is kept with the day it was last seen."""
    past = list(held.past_names) if held else []
    if held and held.name != row.name:
        past.append({"name": held.name, "full_name": held.full_name, "until": day.isoformat()})
    return Division(
        code=row.code, name=row.name, level=int(row.level), parent_id=row.parent or None,
        full_name=row.full_name, pinyin=row.pinyin, source=row.source, is_virtual=row.is_virtual,
        past_names=past,
    )  # fmt: skip


def is_loaded() -> bool:
    """Whether the tables hold the divisions that this release ships."""
    held = CodeList.objects.filter(key=_DIVISIONS_KEY).values_list("fingerprint", flat=True).first()
    return held == divisions.table().fingerprint()
