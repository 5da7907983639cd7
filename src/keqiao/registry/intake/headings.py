"""Which column is which: Chinese headings and their variants, recognised per kind of record."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from keqiao.registry.intake.fields import FieldSpec, KindSpec
from keqiao.registry.intake.kinds import KINDS, spec_of

SEPARATOR = " / "
"""Between the two levels of a two-level heading: 联系方式 / 电话."""

_BLANKS = re.compile(r"[\s​‌‍⁠﻿]+")
_MARKS = re.compile(r"[*★☆※●#:：。]|\((?:必填|选填|必填项|选填项|可选|可不填|必须填写|如有|可空)\)")
_NUMBERING = re.compile(r"^(?:\(?[一二三四五六七八九十]{1,3}[)、.]|\(?\d{1,2}[)、.](?=\D)|[①-⑳])")
_BRACKET = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】")
_UNITS = ("亿元", "千万元", "百万元", "万元", "千元", "元")
_NUMBER_HEADINGS = frozenset({"序号", "序", "no", "no.", "行号", "顺序号", "#", "原表行号"})


def plain(heading: str) -> str:
    """A heading as it is compared: half-width, lower case, no blanks, stars, numbering or (必填)."""
    text = unicodedata.normalize("NFKC", heading).lower()
    text = _BLANKS.sub("", text).replace("〔", "(").replace("〕", ")").replace("『", "(").replace("』", ")")
    text = _MARKS.sub("", text)
    return _NUMBERING.sub("", text)


def bare(text: str) -> str:
    """A plain heading without its brackets: 预算(万元) -> 预算."""
    return _BRACKET.sub("", text)


def unit_of(heading: str) -> str:
    """The unit of money that a heading names, 万元 for 投入预算（万元）; "" when it names none."""
    text = plain(heading)
    inside = "".join(_BRACKET.findall(text)) or text
    for unit in _UNITS:
        if unit in inside:
            return unit
    return ""


@dataclass(frozen=True)
class Mapping:
    """Which column of a table is which field.

    columns: heading index -> field key. unknown: indexes of headings that no field claims (序号 is not
    one of them). missing: labels of required fields without a column. units: heading index -> 万元 …
    doubts: heading index -> how sure, 0-1, for columns recognised by likeness only.
    confidence: 0-1, share of the headings understood, lowered by missing required fields.
    """

    kind: str
    columns: dict[int, str]
    unknown: tuple[int, ...]
    missing: tuple[str, ...]
    confidence: float
    units: dict[int, str] = field(default_factory=dict)
    doubts: dict[int, float] = field(default_factory=dict)

    def column_of(self, key: str) -> int | None:
        """The heading index of a field, or None."""
        return next((index for index, name in self.columns.items() if name == key), None)


@cache
def _dictionary(kind: str) -> dict[str, str]:
    """Plain heading -> field key for one kind; labels win over variants, earlier fields over later ones."""
    spec = spec_of(kind)
    known: dict[str, str] = {}
    for one in spec.fields:
        known.setdefault(plain(one.label), one.key)
        known.setdefault(plain(one.key), one.key)
    for one in spec.fields:
        for variant in one.variants:
            known.setdefault(plain(variant), one.key)
    return known


@cache
def _long_names(kind: str) -> tuple[tuple[str, str], ...]:
    """(name, key), longest first, of names long enough to be looked for inside a heading."""
    names = [(name, key) for name, key in _dictionary(kind).items() if len(name) >= 4 and not name.isascii()]
    return tuple(sorted(names, key=lambda pair: -len(pair[0])))


def _spellings(heading: str) -> list[str]:
    """The ways to read a heading, surest first; a two-level one joined, lower level, upper level."""
    parts = [part for part in heading.split(SEPARATOR) if part.strip()]
    whole = plain("".join(parts))
    ways = [whole]
    if len(parts) > 1:
        ways += [plain(parts[-1]), plain(parts[0]) + plain(parts[-1])]
    ways += [bare(way) for way in ways]
    if len(parts) > 1:
        ways += [plain(parts[0])]
    return [way for way in dict.fromkeys(ways) if way]


def _likeness(heading: str, kind: str) -> tuple[str, float] | None:
    """(field key, sureness) of one heading, or None. 1 = written as in the list, 0.6 = contains a listed name."""
    known = _dictionary(kind)
    ways = _spellings(heading)
    for number, way in enumerate(ways):
        if way in known:
            return known[way], 1.0 if number == 0 else 0.95
    for way in (bare(way) or way for way in ways[:1]):
        if len(way) > 20:
            return None
        for name, key in _long_names(kind):
            if name in way:
                return key, 0.6 + 0.3 * len(name) / len(way)
    return None


def is_numbering(heading: str) -> bool:
    """True for 序号 and its like, and for the columns that a file of returned rows carries beside its own."""
    text = plain(heading)
    return text in _NUMBER_HEADINGS or heading.strip() == "#" or text.startswith("退回原因")


def _assign(headings: Sequence[str], kind: str) -> tuple[dict[int, str], dict[int, float]]:
    """Each field goes to its surest heading, the left one when they tie."""
    claims: list[tuple[float, int, str]] = []
    for index, heading in enumerate(headings):
        found = None if is_numbering(heading) else _likeness(heading, kind)
        if found:
            claims.append((-found[1], index, found[0]))
    columns: dict[int, str] = {}
    doubts: dict[int, float] = {}
    for minus_sure, index, key in sorted(claims):
        if key in columns.values():
            continue
        columns[index] = key
        if -minus_sure < 0.9:
            doubts[index] = round(-minus_sure, 2)
    return dict(sorted(columns.items())), doubts


def _mapping(headings: Sequence[str], spec: KindSpec) -> Mapping:
    columns, doubts = _assign(headings, spec.kind)
    named = [index for index, heading in enumerate(headings) if plain(heading) and not is_numbering(heading)]
    found = set(columns.values())
    missing = tuple(one.label for one in spec.required if one.key not in found)
    share = sum(doubts.get(index, 1.0) for index in columns) / len(named) if named else 0.0
    kept = 1 - len(missing) / max(1, len(spec.required))
    return Mapping(
        kind=spec.kind,
        columns=columns,
        unknown=tuple(index for index in named if index not in columns),
        missing=missing,
        confidence=round(share * (0.4 + 0.6 * kept), 3),
        units={index: unit for index in columns if (unit := unit_of(headings[index]))},
        doubts=doubts,
    )


@cache
def _own_words(kind: str) -> frozenset[str]:
    """Plain labels and variants that belong to this kind and to no other."""
    others = {name for key in KINDS if key != kind for name in _dictionary(key)}
    return frozenset(_dictionary(kind)) - others


def _fit(mapping: Mapping, headings: Sequence[str]) -> float:
    """How well a kind explains the headings: understood columns, its own words, its required fields."""
    own = sum(1 for index in mapping.columns if plain(headings[index]) in _own_words(mapping.kind))
    return mapping.confidence + 0.05 * own


def recognise(headings: Sequence[str], kind: str | None = None) -> Mapping:
    """The mapping of these headings to the fields of `kind`, or of the kind that fits best when None.

    Nothing recognised gives an empty mapping with confidence 0. KeyError for an unknown kind.
    """
    if kind is not None:
        return _mapping(headings, spec_of(kind))
    mappings = [_mapping(headings, spec) for spec in KINDS.values()]
    return max(mappings, key=lambda one: (_fit(one, headings), len(one.columns)))


def remap(headings: Sequence[str], kind: str, columns: dict[int, str]) -> Mapping:
    """The mapping as an officer corrected it. KeyError for a field that the kind has not."""
    spec = spec_of(kind)
    named = [index for index, heading in enumerate(headings) if plain(heading) and not is_numbering(heading)]
    for key in columns.values():
        spec.field(key)
    found = set(columns.values())
    return Mapping(
        kind=kind,
        columns=dict(sorted(columns.items())),
        unknown=tuple(index for index in named if index not in columns),
        missing=tuple(one.label for one in spec.required if one.key not in found),
        confidence=1.0,
        units={index: unit for index in columns if (unit := unit_of(headings[index]))},
    )


def heading_score(cells: Sequence[str], kind: str | None = None) -> int:
    """How many different fields a row of cells would name if it were the heading row; 0 when it cannot be one."""
    texts = [cell for cell in cells if cell.strip()]
    if len(texts) < 2 or any(len(plain(text)) > 60 for text in texts):
        return 0
    return max(
        sum(1 for index in columns if index not in doubts)
        for columns, doubts in (_assign(cells, key) for key in ([kind] if kind else KINDS))
    )


def is_label(text: str, kind: str) -> FieldSpec | None:
    """The field that a cell of a form names (left of its value), or None."""
    found = _likeness(text, kind) if 0 < len(text) <= 40 else None
    return spec_of(kind).field(found[0]) if found and found[1] >= 0.9 else None
