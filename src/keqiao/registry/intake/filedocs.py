"""A list in a file as documents of the engine, without site or database."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from keqiao.registry.intake.fields import Parse
from keqiao.registry.intake.guards import COMMAND_LINE
from keqiao.registry.intake.headings import plain, recognise
from keqiao.registry.intake.kinds import KINDS
from keqiao.registry.intake.refusals import BadFile, Place
from keqiao.registry.intake.rows import row_parser
from keqiao.registry.intake.sources import Cell
from keqiao.registry.intake.tables import RawRow, open_table
from keqiao_match import Doc

_TEXTS = frozenset({Parse.PROSE, Parse.METRICS})
_MORE_TEXTS = frozenset({"keywords", "research", "products"})
_LEFT_OUT = frozenset({"remark", "source_note", "source_document"})
_NOTHING = frozenset({"", "/", "无", "无。", "未提供", "未提供。", "-", "暂无"})
_ENGLISH = {"abstract": "摘要", "content": "内容", "summary": "简介", "terms": "术语", "keywords": "关键词"}


@dataclass
class FileList:
    """A file's table ready to be matched. missing: rows without a title, by their number in the file."""

    name: str
    kind: str
    label: str
    headings: tuple[str, ...]
    read: int = 0
    missing: list[int] = field(default_factory=list)
    repeated: int = 0
    organisations: dict[str, str] = field(default_factory=dict)  # document id -> unit as printed


def read_file(path: Path, kind: str) -> tuple[FileList, Iterator[Doc]]:
    """The file's list and its documents, read as they are taken. Raises BadFile with place and mend.

    kind: "demand" or "achievement"; any table with a title and some text will do. Rows without a title are
    noted and left out; contacts are never taken.
    """
    table = open_table(path, name=path.name, kind=kind, limits=COMMAND_LINE)
    mapping = recognise(table.headings, kind)
    spec = KINDS[kind]
    title = mapping.column_of("title")
    if title is None:
        seen = "、".join(h for h in table.headings if h)
        raise BadFile(
            "match.title",
            f"文件“{path.name}”里没有找到“{spec.field('title').label}”一列（现有列：{seen}）。请把名称那一列的表头写成"
            f"“{spec.field('title').label}”后重试。",
            Place(table.sheet, table.heading_row or None),
        )
    found = FileList(path.name, kind, spec.label, table.headings)
    known = {i: spec.field(key) for i, key in mapping.columns.items()}
    texts = {
        i: one.label
        for i, one in known.items()
        if one.key not in _LEFT_OUT and not one.personal and (one.parse in _TEXTS or one.key in _MORE_TEXTS)
    }
    texts |= _unknown_texts(table.headings, list(islice(table.rows, 200)), set(known))
    parse = row_parser(spec, mapping, lambda list_key, text: text)
    number = mapping.column_of("source_no")

    def documents() -> Iterator[Doc]:
        seen: set[str] = set()
        for raw in table.rows:
            found.read += 1
            row = parse(raw)
            name = row.texts.get("title", "").strip()
            if not name:
                found.missing.append(raw.number)
                continue
            identity = _text(raw.cells[number]) if number is not None else ""
            identity = identity or f"第{raw.number}行"
            if identity in seen:
                found.repeated += 1
                identity = f"{identity}#{raw.number}"
            seen.add(identity)
            if unit := row.texts.get("organisation"):
                found.organisations[identity] = unit
            pairs = tuple(
                (label, text)
                for i, label in texts.items()
                if i < len(raw.cells) and (text := _text(raw.cells[i])) not in _NOTHING and text != name
            )
            yield Doc(id=identity, title=name, fields=pairs, codes=(identity,))

    return found, documents()


def _unknown_texts(headings: tuple[str, ...], sample: list[RawRow], known: set[int]) -> dict[int, str]:
    """Columns that no field fits but that hold sentences: mean length over 20 characters."""
    found = {}
    for i, heading in enumerate(headings):
        if i in known or not heading:
            continue
        filled = [t for raw in sample if i < len(raw.cells) and (t := _text(raw.cells[i]))]
        if filled and sum(map(len, filled)) / len(filled) > 20 and not all(t.isascii() for t in filled):
            found[i] = _ENGLISH.get(plain(heading), heading)
    return found


def _text(cell: Cell) -> str:
    return str(cell).replace("\\n", "\n").strip() if cell is not None else ""
