"""The shipped code lists: items, labels, trees, and written names turned into codes.

Pure: reads `data/lists_*.yaml` and the packed tables, never the database. What officers changed (an item
closed, an alias or an item added) is passed in as `changes`; `keqiao.codes.changes.local_changes()` reads it.

    label("field11", "04")                     # '生物、医药和医疗器械'
    match_name("field11", "生物医药和医疗器械")   # '04'
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any

import yaml

from keqiao.codes.divisions import NATIONS
from keqiao.codes.packed import DATA, PackedTable

_EMPTY: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ListInfo:
    """Where a list comes from. `verify`: its official text is 待核实. `packed_only`: not copied into tables."""

    key: str
    name: str
    version: str
    source: str
    verify: bool
    packed_only: bool = False
    table: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One code. `parent` is empty at the top, `level` counts from 1, `extra` holds mappings to other lists."""

    code: str
    name: str
    parent: str = ""
    level: int = 1
    sort: int = 0
    verify: bool = False
    aliases: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Node:
    """An item with the items below it."""

    item: Item
    children: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """What officers changed: codes closed, aliases (folded) and items added, by list key."""

    closed: Mapping[str, frozenset[str]] = field(default_factory=dict)
    aliases: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    added: Mapping[str, tuple[Item, ...]] = field(default_factory=dict)


NO_CHANGES = Changes()


class UnknownList(KeyError):
    """No list has this key; the message names those that exist."""


def fold(text: str) -> str:
    """The form in which names are compared: half width, lower case, no blanks or punctuation."""
    return _IGNORED.sub("", unicodedata.normalize("NFKC", text).casefold())


_IGNORED = re.compile(r"[\s、，,。.;；:：/\\()（）\[\]【】<>《》“”\"'‘’·•\-—_|]+")


@cache
def _documents() -> dict[str, dict[str, Any]]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    documents: dict[str, dict[str, Any]] = {}
    for path in sorted(DATA.glob("lists_*.yaml")):
        documents |= yaml.load(path.read_text(encoding="utf-8"), Loader=loader)
    return documents


@cache
def nations() -> tuple[Item, ...]:
    """GB/T 3304: 01 汉族 … 56 基诺族."""
    return tuple(
        Item(f"{number:02}", name, sort=number, aliases=(name.removesuffix("族"),))
        for number, name in enumerate(NATIONS, start=1)
    )


def list_keys() -> list[str]:
    """Keys of every shipped list."""
    return list(_documents())


def info(list_key: str) -> ListInfo:
    """Name, version and source of a list. Raises UnknownList."""
    raw = _document(list_key)
    return ListInfo(
        key=list_key,
        name=raw["name"],
        version=raw["version"],
        source=raw["source"],
        verify=raw.get("verify", False),
        packed_only=raw.get("packed_only", False),
        table=raw.get("table", ""),
    )


def _document(list_key: str) -> dict[str, Any]:
    try:
        return _documents()[list_key]
    except KeyError:
        raise UnknownList(f"没有代码表“{list_key}”；现有：{'、'.join(_documents())}。") from None


@cache
def packed(list_key: str) -> PackedTable | None:
    """The packed table of a long list, or None for a list kept as YAML."""
    table = info(list_key).table
    return PackedTable(DATA / table) if table else None


def _item_of_row(row: tuple[str, ...], sort: int = 0) -> Item:
    code, parent, level, name, aliases = row
    return Item(code, name, parent, int(level), sort, aliases=tuple(aliases.split(";")) if aliases else ())


@cache
def _shipped(list_key: str) -> Mapping[str, Item]:
    """Every item by code, in the list's order. For IPC this costs 40 MB: ask by code instead."""
    table = packed(list_key)
    if table is not None:
        return {row[0]: _item_of_row(row, sort) for sort, row in enumerate(table, start=1)}
    if list_key == "nation":
        return {item.code: item for item in nations()}
    found: dict[str, Item] = {}
    whole = info(list_key).verify
    for sort, raw in enumerate(_document(list_key)["items"], start=1):
        code, name = str(raw[0]), str(raw[1])
        aliases: list[str] = raw[2] if len(raw) > 2 else []
        extra: dict[str, Any] = raw[3] if len(raw) > 3 else {}
        facts = dict(extra)
        parent, verify = facts.pop("parent", ""), facts.pop("verify", whole)
        level = found[parent].level + 1 if parent else 1
        found[code] = Item(code, name, parent, level, sort, verify, tuple(aliases), MappingProxyType(facts))
    return found


def item(list_key: str, code: str, *, changes: Changes = NO_CHANGES) -> Item | None:
    """The item of this code, open or closed; None when the list has none."""
    for added in changes.added.get(list_key, ()):
        if added.code == code:
            return added
    table = packed(list_key)
    if table is not None:
        row = table.find(code)
        return _item_of_row(row) if row else None
    return _shipped(list_key).get(code)


def items(list_key: str, *, changes: Changes = NO_CHANGES) -> tuple[Item, ...]:
    """Items that may be chosen today, in the list's order. Raises UnknownList."""
    closed = changes.closed.get(list_key, frozenset())
    every = (*_shipped(list_key).values(), *changes.added.get(list_key, ()))
    return tuple(item for item in every if item.code not in closed)


def choices(list_key: str, *, changes: Changes = NO_CHANGES) -> list[tuple[str, str]]:
    """(code, name) pairs for a form field."""
    return [(item.code, item.name) for item in items(list_key, changes=changes)]


def label(list_key: str, code: str, *, changes: Changes = NO_CHANGES) -> str:
    """Name of a code, also of a closed one; an unknown code is shown as it is, an empty one as nothing."""
    found = item(list_key, code, changes=changes) if code else None
    return found.name if found else code


def children(list_key: str, code: str = "", *, changes: Changes = NO_CHANGES) -> tuple[Item, ...]:
    """Items directly below `code`; the top of the list for an empty one."""
    closed = changes.closed.get(list_key, frozenset())
    below = [item for item in _below(list_key, code) if item.code not in closed]
    added = [item for item in changes.added.get(list_key, ()) if item.parent == code]
    return tuple(below + [item for item in added if item.code not in closed])


def _below(list_key: str, code: str) -> Iterable[Item]:
    table = packed(list_key)
    if table is not None and info(list_key).packed_only and code:
        prefix = code.partition("/")[0]
        return [_item_of_row(row) for row in table.starting_with(prefix) if row[1] == code]
    if table is not None and info(list_key).packed_only:
        return [_item_of_row(row) for row in table if row[1] == ""]
    return _by_parent(list_key).get(code, [])


@cache
def _by_parent(list_key: str) -> dict[str, list[Item]]:
    grouped: dict[str, list[Item]] = defaultdict(list)
    for item in _shipped(list_key).values():
        grouped[item.parent].append(item)
    return dict(grouped)


def path(list_key: str, code: str) -> tuple[Item, ...]:
    """The item and those above it, top first; empty for an unknown code."""
    steps: list[Item] = []
    while code and (found := item(list_key, code)):
        steps.append(found)
        code = found.parent
    return tuple(reversed(steps))


def tree(list_key: str, *, depth: int | None = None, changes: Changes = NO_CHANGES) -> tuple[Node, ...]:
    """The list as nested nodes. `depth`: levels wanted, all when None; IPC needs one (3 = subclasses)."""
    if info(list_key).packed_only and depth is None:
        raise ValueError(f"代码表“{list_key}”有数万条，请用 depth 限定层级，或用 children 逐级展开。")
    return _nodes(list_key, "", depth, changes)


def _nodes(list_key: str, code: str, depth: int | None, changes: Changes) -> tuple[Node, ...]:
    if depth == 0:
        return ()
    below = None if depth is None else depth - 1
    return tuple(
        Node(item, _nodes(list_key, item.code, below, changes))
        for item in children(list_key, code, changes=changes)
    )


def match_name(list_key: str, text: str, *, changes: Changes = NO_CHANGES) -> str | None:
    """The code that a written value stands for, or None.

    Takes the code itself, the name, an alias, or code and name together (`C3411 金属切削机床制造`), in full or
    half width, with or without blanks and punctuation. A name on several levels gives the deepest.
    Aliases that officers added come first.
    """
    wanted = fold(text)
    if not wanted:
        return None
    if info(list_key).packed_only:
        return _match_code(list_key, text)
    local = changes.aliases.get(list_key, _EMPTY)
    index = _name_index(list_key)
    added = {fold(item.name): item.code for item in changes.added.get(list_key, ())}
    for source in (local, added, index):
        if wanted in source:
            return str(source[wanted])
    return _match_code_and_name(list_key, wanted)


@cache
def _name_index(list_key: str) -> dict[str, str]:
    index: dict[str, str] = {}
    every = _shipped(list_key).values()
    for item in every:
        for alias in item.aliases:
            index[fold(alias)] = item.code
    for item in sorted(every, key=lambda item: item.level):
        index[fold(item.name)] = item.code
    for item in every:
        index[fold(item.code)] = item.code
    return index


def _match_code(list_key: str, text: str) -> str | None:
    compact = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).upper()
    return compact if item(list_key, compact) else None


def _match_code_and_name(list_key: str, wanted: str) -> str | None:
    """`c3411金属切削机床制造`: the name must be the code's own; the section letter may stand before digits."""
    parts = re.match(r"([0-9a-z]+)(.*)", wanted, re.DOTALL)
    if parts is None:
        return None
    number, name = parts.groups()
    index = _name_index(list_key)
    code = index.get(number)
    if code is None and list_key == "gbt4754":
        code = index.get(number[1:]) if number[:1].isalpha() else None
        if code and section_letter(code) != number[0].upper():
            return None
    if code is None:
        return None
    found = item(list_key, code)
    return code if found and (not name or fold(found.name) == name) else None


def section_letter(code: str) -> str:
    """Section A-T of an industry code of GB/T 4754: `2770` -> C, `6510` -> I; empty for an unknown division.

    Goes by the division (first two digits), so that classes of older editions find their section too.
    """
    steps = path("gbt4754", code[:2])
    return steps[0].code if steps else ""


def sector(code: str) -> str:
    """第一产业, 第二产业 or 第三产业 of an industry code; empty for an unknown one.

    Rule: 三次产业划分规定. Primary is A without 05; secondary is B without 11, C without 43, D and E;
    everything else is tertiary. For a whole section the rule of its bulk is given.
    """
    section = section_letter(code)
    if not section:
        return ""
    services_inside = code[:2] in ("05", "11", "43")
    if section == "A" and not services_inside:
        return "第一产业"
    if section in "BCDE" and not services_inside:
        return "第二产业"
    return "第三产业"


def fingerprint_rows(list_key: str) -> Iterator[str]:
    """Every item of a list as one line of text, for telling whether the tables hold the same."""
    for found in _shipped(list_key).values():
        yield repr(
            (found.code, found.name, found.parent, found.sort, found.verify, found.aliases, dict(found.extra))
        )
