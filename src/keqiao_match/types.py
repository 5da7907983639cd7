"""Plain data in, frozen dataclasses out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Grade = Literal["强相关", "较强相关", "弱相关"]


@dataclass(frozen=True, slots=True)
class Doc:
    """One thing that can be found or matched: an achievement, a demand, an expert, a work.

    id: unique in its index, not empty.
    fields: (Chinese field name, text) in reading order; empty texts are ignored.
    names: persons and organisations, also found by pinyin (wangjianguo, wjg).
    codes: exact codes such as ZL202010123456.7, 需求-2026-0137, an IPC symbol.
    facets: several values a facet; declared when the index is created.
    numbers: finite floats; declared when the index is created.
    private: names and codes that only a search which is allowed to (`Index.search(private=…)`) looks at.
    """

    id: str
    title: str
    fields: tuple[tuple[str, str], ...] = ()
    names: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    facets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)
    private: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """One search result. score: BM25, by relevance times the share of the text that it holds; higher is better,
    comparable within one search only. is_near: holds fewer of the words than were asked for.
    """

    id: str
    title: str
    score: float
    is_near: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """A page of results.

    total: matching documents, not only those on this page; near ones are not among them.
    facets: {facet: {value: count}}, most frequent first; a facet's own filter is ignored in its counts.
    relaxed: no document held every word, so these hold some of them.
    """

    total: int
    hits: tuple[Hit, ...]
    facets: Mapping[str, Mapping[str, int]]
    relaxed: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One named part of a score.

    value: 0..1. weight: what a value of 1 adds to the score's log-odds. note: Chinese, says what it rests on.
    """

    name: str
    value: float
    weight: float
    note: str


@dataclass(frozen=True, slots=True)
class Related:
    """Two different words that mean the same or nearly so: `asked` of the asking sentence, `found` of the found one.

    why: 缩写, 近义, 同一IPC组, 近词 (keeps the same company in the literature). source: what says so.
    """

    asked: str
    found: str
    why: Literal["缩写", "近义", "同一IPC组", "近词"]
    source: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence of the found document and the sentence of the asking one it answers.

    field: "题名" or the field's name. terms: shared words, most telling first. related: different words for the
    same thing.
    """

    field: str
    sentence: str
    terms: tuple[str, ...]
    other_field: str
    other_sentence: str
    related: tuple[Related, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """One ranked match with the reasons for it and the reasons against it.

    score: 0..1, expected relevance, (level - 1) / 3 on the scale of the judged pairs. chance: 0..1, the share of
    judged pairs with this score that judges put on level 3 or 4.
    """

    id: str
    title: str
    rank: int
    score: float
    grade: Grade
    parts: tuple[Part, ...]
    evidence: tuple[Evidence, ...]
    against: tuple[str, ...] = ()
    chance: float = 0.0


@dataclass(frozen=True, slots=True)
class Snippet:
    """The telling piece of one field, cut in parts: (text, is it a hit)."""

    field: str
    parts: tuple[tuple[str, bool], ...]
