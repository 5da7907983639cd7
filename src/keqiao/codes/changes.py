"""What officers of this city changed in the code lists, read for `keqiao.codes.lists`.

    match_name("field11", cell, changes=local_changes())

Read once a minute per process: an alias added in one worker is known in the others within 60 s,
in its own process at once.
"""

from collections import defaultdict
from datetime import date

from django.core.cache import cache

from keqiao.codes.lists import Changes, Item
from keqiao.codes.models import CodeAlias, CodeItem, Origin, open_on

_CACHE_KEY = "codes:changes:v1"
_SECONDS = 60


def local_changes(day: date) -> Changes:
    """Items closed on `day`, and aliases and items added here. Two small queries at most once a minute."""
    found = cache.get(key := f"{_CACHE_KEY}:{day.isoformat()}")
    if found is None:
        found = read_changes(day)
        cache.set(key, found, _SECONDS)
    return found  # type: ignore[no-any-return]  # the cache only ever holds what read_changes gave


def read_changes(day: date) -> Changes:
    """The same, straight from the tables."""
    closed: dict[str, set[str]] = defaultdict(set)
    for list_key, code in CodeItem.objects.exclude(open_on(day)).values_list("list_id", "code"):
        closed[list_key].add(code)
    aliases: dict[str, dict[str, str]] = defaultdict(dict)
    local = CodeAlias.objects.filter(origin=Origin.LOCAL)
    for list_key, folded, code in local.values_list("list_id", "folded", "code"):
        aliases[list_key][folded] = code
    added: dict[str, list[Item]] = defaultdict(list)
    for row in CodeItem.objects.filter(origin=Origin.LOCAL).order_by("sort", "code"):
        item = Item(row.code, row.name, row.parent_code, row.level, row.sort, row.verify, (), dict(row.extra))
        added[row.list_id].append(item)
    return Changes(
        closed={key: frozenset(codes) for key, codes in closed.items()},
        aliases={key: dict(pairs) for key, pairs in aliases.items()},
        added={key: tuple(items) for key, items in added.items()},
    )


def forget_changes(day: date) -> None:
    """Make the next reader of this process look again."""
    cache.delete(f"{_CACHE_KEY}:{day.isoformat()}")
