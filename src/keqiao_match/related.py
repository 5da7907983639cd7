"""Other words for the same thing: abbreviations, synonyms, neighbours in one IPC group, words of the same company.

The shipped table (data/related.tsv) holds abbreviations harvested from 42,846 abstracts and
alternatives that one IPC group names side by side (bench/match_related.py); data/synonyms.txt is written by hand.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import combinations
from typing import Literal

import rjieba

from keqiao_match.background import background
from keqiao_match.text import STOP, fold, is_coded, whole
from keqiao_match.types import Related

Why = Literal["缩写", "近义", "同一IPC组"]

# How much of a word's weight its relative carries. By hand: an abbreviation is the word itself, a neighbour is not.
STRENGTH: Mapping[str, float] = {"缩写": 1.0, "近义": 0.8, "同一IPC组": 0.5}
_NEAR = 0.83  # cosine of word vectors from which two words are called near; 废水 and 污水 0.87, 轴承 and 齿轮轴 0.92
_LEAST_SEEN = 2  # one text may err about its own abbreviation
_MOSTLY = 0.6  # of the texts that give the abbreviation
_LONGEST = 16
_GIVEN = re.compile(
    rf"([\u4e00-\u9fff]{{2,{_LONGEST}}})\s*\(\s*(?:简称|缩写)?\s*([a-z][a-z0-9-]{{1,9}})\s*\)"
)
_NO_NAME = re.compile("发明|涉及|一种|基于|穿过|发现|使用|进行|以及")
_LEADING = frozenset("的和与及或由用以为在对将其该通过基于利用采用包括")


@dataclass(frozen=True, slots=True)
class Relation:
    """Another word, why it is related, and what says so (an IPC symbol, the number of texts)."""

    other: str
    why: Why
    source: str


def harvest_abbreviations(texts: Iterable[str]) -> dict[str, tuple[str, int]]:
    """Abbreviations that texts give themselves, 聚乳酸(PLA): {abbreviation: (full name, texts)}, folded.

    The full name is the longest run of words before the bracket that most of the texts share; an abbreviation that
    fewer than two texts give, or each with another name, is left out.
    """
    seen: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for text in texts:
        given = {(found.group(2), found.group(1)) for found in _GIVEN.finditer(fold(text))}
        for short, run in given:
            seen[short].update(_endings(run))
    out: dict[str, tuple[str, int]] = {}
    for short, counts in seen.items():
        most = max(counts.values(), default=0)
        usable = [name for name, times in counts.items() if times >= max(_LEAST_SEEN, _MOSTLY * most)]
        if usable:
            name = max(usable, key=lambda one: (len(one), one))
            out[short] = (name, counts[name])
    return out


def _endings(run: str) -> Iterator[str]:
    """The ends of the run that begin at a word: 采用聚乳酸 -> 聚乳酸, 采用聚乳酸."""
    words = rjieba.cut(run, False)
    for at, word in enumerate(words):
        name = "".join(words[at:])
        if len(name) > 1 and word not in STOP and word[0] not in _LEADING and not _NO_NAME.search(name):
            yield name


class Relations:
    """Words with their relatives, both ways. Words are folded."""

    def __init__(self, rows: Iterable[tuple[Why, str, str, str]] = ()) -> None:
        """rows: (why, word, other word, source)."""
        known: defaultdict[str, dict[str, Relation]] = defaultdict(dict)
        for why, one, other, source in rows:
            for mine, theirs in ((one, other), (other, one)):
                # The first row about two words counts: the table lists the stronger reasons first.
                known[mine].setdefault(theirs, Relation(theirs, why, source))
        self._known = {word: tuple(others.values()) for word, others in known.items()}
        self._rows = len(self._known)

    @staticmethod
    def shipped() -> "Relations":
        """The table that comes with the package; one for all, as nobody changes it."""
        return _relations()

    def adding(self, abbreviations: Mapping[str, tuple[str, int]]) -> "Relations":
        """These relations and the abbreviations of one's own texts (`harvest_abbreviations`)."""
        rows = [(relation.why, word, relation.other, relation.source) for word, relation in self._pairs()]
        own: list[tuple[Why, str, str, str]] = [
            ("缩写", short, name, f"见于 {times} 篇") for short, (name, times) in abbreviations.items()
        ]
        return Relations([*own, *rows])

    def _pairs(self) -> Iterator[tuple[str, Relation]]:
        for word, relations in self._known.items():
            for relation in relations:
                yield word, relation

    def __len__(self) -> int:
        return self._rows

    def of(self, word: str) -> tuple[Relation, ...]:
        """The relatives of a folded word, strongest reason first; none is usual."""
        return self._known.get(word, ())

    def in_text(self, folded: str) -> dict[str, tuple[Relation, ...]]:
        """The words of a folded text that have relatives, in reading order. Longer words win over their parts."""
        out: dict[str, tuple[Relation, ...]] = {}
        pieces = [piece for piece in rjieba.cut(folded, False) if piece.strip()]
        at = 0
        while at < len(pieces):
            for length in (3, 2, 1):
                word = "".join(pieces[at : at + length])
                if relations := self._known.get(word):
                    out[word] = relations
                    at += min(length, len(pieces) - at) - 1
                    break
            at += 1
        return out


@lru_cache(maxsize=1)
def _shipped() -> tuple[tuple[Why, str, str, str], ...]:
    data = files("keqiao_match").joinpath("data")
    rows = list(_written(data.joinpath("synonyms.txt").read_text("utf-8")))
    for line in data.joinpath("related.tsv").read_text("utf-8").splitlines():
        why, one, other, source = line.split("\t")
        rows.append(("缩写" if why == "缩写" else "同一IPC组", one, other, source))
    return tuple(sorted(rows, key=lambda row: -STRENGTH[row[0]]))


@lru_cache(maxsize=1)
def _relations() -> Relations:
    return Relations(_shipped())


def _written(text: str) -> Iterator[tuple[Why, str, str, str]]:
    """Every two words of each group."""
    for line in text.splitlines():
        group = line.split()
        if not group or line.startswith("#"):
            continue
        why: Why = "缩写" if group[0] == "缩写" else "近义"
        for one, other in combinations(group[why == "缩写" :], 2):
            yield why, one, other, "内置词表"


def says(folded: str, word: str) -> bool:
    """Does the folded text say the word? A code counts as a whole only, pla is not in plastic."""
    return word in folded and (not is_coded(word) or whole(word).search(folded) is not None)


def related_terms(
    asked: str, found: str, related: Mapping[str, Sequence[Relation]], *, most: int = 6
) -> tuple[Related, ...]:
    """Pairs of different words by which the folded sentences `asked` and `found` mean the same or nearly so.

    related: the asking document's words with their relatives. Reasons of the table first, then near words.
    """
    out = [
        Related(word, relation.other, relation.why, relation.source)
        for word, relations in related.items()
        if word in asked and word not in found
        for relation in relations
        if says(found, relation.other)
    ]
    taken = {one.asked for one in out}
    out += [one for one in _near(asked, found) if one.asked not in taken]
    return tuple(out[:most])


def _near(asked: str, found: str) -> Iterator[Related]:
    """Each word of `asked` that `found` lacks, with the word of `found` that keeps the same company most."""
    shared = background()
    mine = [
        word for word in dict.fromkeys(rjieba.cut(asked, False)) if word in shared.rows and word not in found
    ]
    theirs = [
        word for word in dict.fromkeys(rjieba.cut(found, False)) if word in shared.rows and word not in asked
    ]
    mine, theirs = ([word for word in words if len(word) > 1 and _tells(word)] for words in (mine, theirs))
    if not mine or not theirs:
        return
    alike = (
        shared.vectors.take([shared.rows[word] for word in mine], axis=0)
        @ shared.vectors.take([shared.rows[word] for word in theirs], axis=0).T
    )
    for at, word in enumerate(mine):
        best = int(alike[at].argmax())
        if alike[at, best] >= _NEAR:
            yield Related(word, theirs[best], "近词", f"词向量相似度 {alike[at, best]:.2f}")


_TELLS = 3.5  # natural log; words in more than three of a hundred texts keep everybody's company


def _tells(word: str) -> bool:
    return word not in STOP and background().rarity(word[:2] if len(word) > 1 else word) > _TELLS
