"""What a register of works says about its persons before texts are compared: who has another work, of which kind and
when, and which words two works of one person share. Learnt by hiding each work of everybody who has several; nothing is
shipped and nobody judges by hand.

An answer is a log factor: by how much the odds of a person, found by text, are multiplied. Zero knows nothing.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Self

import numpy as np
from numpy.typing import NDArray

from keqiao_match.text import fold, words

Floats = NDArray[np.float64]
Rows = NDArray[np.int32]

_KINDS = 24  # the kinds told apart; what is rarer is one kind together
_FEW = 12  # works of one person that are hidden in turn; whoever has hundreds teaches no more by them
_RIDGE = 5.0
_SMOOTH = 20.0  # persons' worth of "as everybody" in each kind's company
_DATED_KINDS = 3  # the kinds told apart when two works are compared in time
_YEARS = 9  # between two works; further apart is as far
_TIMES_BELIEVED = 5.0  # persons' worth of "as among strangers" in each pair of kinds
_RECENT = (3, 8)  # years before the newest end in the register
_DRAWN = 60_000  # pairs of strangers looked at
_BOLD = 0.5  # how far the wording of a title is believed about its kind; pairs of characters overlap
_GUESSED = 0.4  # how far a kind that only the wording tells is believed beside a known one
_BELIEVED = 8.0  # times a term must have been seen to be believed as much as others of its rarity
_RARITIES = 32  # steps of half a natural logarithm


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a work beside its text. kind: programme, type or the like; start, end: years; 0 = unknown."""

    kind: str = ""
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Stand:
    """Log factors of one person for one question. telling: words of the title that his works share, by how often
    two works of one person share them. active: how much, how lately and of which kinds he worked. kind: works of the
    asked kind beside his. time: the years between them."""

    telling: float
    active: float
    kind: float
    time: float

    @property
    def factor(self) -> float:
        """All together, each believed as far as one half of the grant experts bears out (bench/match_experts.py)."""
        return sum(
            weight * part
            for weight, part in zip(_WEIGHTS, (self.telling, self.active, self.kind, self.time), strict=True)
        )


_WEIGHTS = (0.08, 0.7, 0.8, 1.1)


class Standing:
    """Learnt with `learn`, asked with `of`. Not for changing registers: learn again when works came in."""

    def __init__(
        self,
        held: Mapping[str, Sequence[str]],
        works: Mapping[str, Facts],
        words_of: "_Words",
        wording: "_Wording",
    ) -> None:
        self._held, self._works, self._words, self._wording = held, works, words_of, wording
        facts = {person: [works[work] for work in some] for person, some in held.items()}
        several = {person: some for person, some in facts.items() if len(some) > 1}
        self._learnt = bool(several)
        self._newest = max((one.end for one in works.values()), default=0)
        self._weights = _learn_state(list(facts.values()), list(several.values()), wording, self._newest)
        self._company = _learn_company(list(several.values()), wording)
        self._times = _Times.learn(list(facts.values()), list(several.values()))
        self._known: dict[str, _Read] = {}

    @classmethod
    def learn(
        cls, works: Mapping[str, Facts], titles: Mapping[str, str], authors: Mapping[str, Sequence[str]]
    ) -> Self:
        """From every work of `works`: its title and persons by its id. A work without persons teaches only the wording.

        Seeded. A register where nobody has two works teaches nothing: every factor is zero.
        """
        held: defaultdict[str, list[str]] = defaultdict(list)
        for work in sorted(works):
            for person in dict.fromkeys(authors.get(work, ())):
                held[person].append(work)
        words_of = _Words.learn({work: titles.get(work, "") for work in works}, held)
        return cls(held, works, words_of, _Wording.learn(works, words_of))

    def of(self, persons: Iterable[str], title: str, asked: Facts | None = None) -> dict[str, Stand]:
        """Each person's stand for a work of this title; asked: what is known of it, by default neither kind nor time.

        Persons without works have a stand of zeros.
        """
        facts, pairs = asked or Facts(), self._words.known(title)
        likely = self._wording.only(facts.kind) if facts.kind else self._wording.kinds(pairs)
        likely = likely / self._wording.shares
        tells = np.zeros(len(self._words.tells))
        tells[pairs] = self._words.tells[pairs]
        trust = 1.0 if facts.kind else _GUESSED
        return {person: self._stand(person, tells, likely, facts, trust) for person in persons}

    def _stand(self, person: str, tells: Floats, likely: Floats, asked: Facts, trust: float) -> Stand:
        held = self._held.get(person, ())
        if not held or not self._learnt:
            return Stand(0.0, 0.0, 0.0, 0.0)
        some = [self._works[work] for work in held]
        if person not in self._known:
            self._known[person] = self._read(held, some)
        known = self._known[person]
        told = np.add.reduceat(tells[known.terms], known.starts) if len(known.terms) else np.zeros(1)
        return Stand(
            float(told.max()),
            known.active,
            trust * math.log(float(known.company @ likely)),
            self._times.of(asked, some) if asked.start else 0.0,
        )

    def _read(self, held: Sequence[str], some: Sequence[Facts]) -> "_Read":
        terms = [self._words.of[work] for work in held if len(self._words.of[work])]
        return _Read(
            float(_state(some, self._wording, self._newest) @ self._weights),
            self._company[[self._wording.row(facts.kind) for facts in some]].mean(axis=0),
            np.concatenate(terms) if terms else np.zeros(0, np.int32),
            np.cumsum([0, *map(len, terms[:-1])]),
        )


@dataclass(frozen=True, slots=True)
class _Read:
    """A person, ready to be asked. terms: of all works in a row, each work's from its start on."""

    active: float
    company: Floats
    terms: Rows
    starts: NDArray[np.int64]


@dataclass(frozen=True)
class _Words:
    """Terms of titles: pairs of characters, and words. of: a work's terms. tells: log of how much more often than by
    chance a second work of one person holds the term too."""

    rows: Mapping[str, int]
    of: Mapping[str, Rows]
    tells: Floats

    @classmethod
    def learn(cls, titles: Mapping[str, str], held: Mapping[str, Sequence[str]]) -> Self:
        rows: dict[str, int] = {}
        of = {
            work: np.array([rows.setdefault(term, len(rows)) for term in _terms(title)], np.int32)
            for work, title in titles.items()
        }
        seen = np.zeros(len(rows))
        for terms in of.values():
            seen[terms] += 1
        asked, shared = np.zeros(len(rows)), np.zeros(len(rows))
        for some in held.values():
            for work, other in permutations(some[:_FEW], 2):
                asked[of[work]] += 1
                shared[np.intersect1d(of[work], of[other], assume_unique=True)] += 1
        return cls(rows, of, _telling(seen, asked, shared, len(titles)))

    def known(self, title: str) -> Rows:
        return np.array([self.rows[term] for term in _terms(title) if term in self.rows], np.int32)


def _terms(title: str) -> list[str]:
    text = fold(title)
    pairs = (text[at : at + 2] for at in range(len(text) - 1))
    longer = ("词" + word.text for word in words(title) if len(word.text) > 1)
    return sorted({pair for pair in pairs if " " not in pair} | set(longer))


def _telling(seen: Floats, asked: Floats, shared: Floats, titles: int) -> Floats:
    """A term seen seldom is believed as others of its rarity."""
    step = np.minimum(2 * np.log((titles + 1) / (seen + 1)), _RARITIES - 1).astype(int)
    usual = (np.bincount(step, shared, _RARITIES) + 0.5) / (np.bincount(step, asked, _RARITIES) + 5)
    chance = (shared + _BELIEVED * usual[step]) / (asked + _BELIEVED)
    out: Floats = np.maximum(0.0, np.log(np.maximum(chance, 1e-9) * titles / (seen + 0.5)))
    return out


@dataclass(frozen=True)
class _Wording:
    """What kind of work a title sounds like: naive Bayes over its terms. shares: of the kinds in the register."""

    rows: Mapping[str, int]
    tells: Floats  # (terms, kinds), log of how much more often the term stands in titles of the kind
    shares: Floats

    @classmethod
    def learn(cls, works: Mapping[str, Facts], words_of: _Words) -> Self:
        common = Counter(facts.kind for facts in works.values()).most_common(_KINDS)
        rows = {kind: at for at, (kind, _) in enumerate(sorted(common))}
        kinds = len(rows) + 1
        row_of = [rows.get(facts.kind, kinds - 1) for facts in works.values()]
        many = np.bincount(row_of, minlength=kinds) + 1.0
        counts = np.zeros(len(words_of.rows) * kinds)
        for row, work in zip(row_of, works, strict=True):
            counts[words_of.of[work] * kinds + row] += 1
        table = counts.reshape(-1, kinds)
        overall = table.sum(axis=1, keepdims=True) / many.sum()
        tells = np.log((table + 5 * overall) / (many + 5)) - np.log(np.maximum(overall, 1e-9))
        return cls(rows, tells, many / many.sum())

    def row(self, kind: str) -> int:
        return self.rows.get(kind, len(self.rows))

    def kinds(self, terms: Rows) -> Floats:
        """The chance of each kind; sums to one."""
        told = np.log(self.shares) + _BOLD * self.tells[terms].sum(axis=0)
        chances: Floats = np.exp(told - told.max())
        chances /= chances.sum()
        return chances

    def only(self, kind: str) -> Floats:
        chances = np.zeros(len(self.shares))
        chances[self.row(kind)] = 1.0
        return chances


def _state(some: Sequence[Facts], wording: _Wording, newest: int) -> Floats:
    """How much, how lately, of which kinds."""
    kinds = np.zeros(len(wording.shares))
    for facts in some:
        kinds[wording.row(facts.kind)] += 1 / len(some)
    last = max(facts.end for facts in some)
    lately = [float(last > newest - years) if last else 0.0 for years in _RECENT]
    out: Floats = np.concatenate([[math.log(len(some)), float(last > 0), *lately], kinds])
    return out


def _learn_state(
    held: Sequence[Sequence[Facts]], several: Sequence[Sequence[Facts]], wording: _Wording, newest: int
) -> Floats:
    """Weights of the log of: how often such a person has another work, beside how often there is such a person."""
    if not several:
        return np.zeros(2 + len(_RECENT) + len(wording.shares))
    left = [
        _state([*some[:at], *some[at + 1 :]], wording, newest)
        for some in several
        for at in range(min(len(some), _FEW))
    ]
    share = [1 / len(some[:_FEW]) for some in several for _ in some[:_FEW]]
    everybody = np.array([_state(some, wording, newest) for some in held])
    table = np.vstack([left, everybody]) - everybody.mean(axis=0)
    table = np.hstack([table, np.ones((len(table), 1))])
    wanted = np.array([1.0] * len(left) + [0.0] * len(everybody))
    # As many of the one as of the other, so that whatever is common to all stays out of the factor
    weight = np.array(share + [len(several) / len(everybody)] * len(everybody))
    weights = np.zeros(table.shape[1])
    for _ in range(12):
        chance = 1 / (1 + np.exp(-table @ weights))
        slope = table.T @ (weight * (wanted - chance)) - _RIDGE * weights
        bend = (table * (weight * chance * (1 - chance))[:, None]).T @ table
        weights += np.linalg.solve(bend + _RIDGE * np.eye(len(weights)), slope)
    out: Floats = weights[:-1]
    return out


def _learn_company(several: Sequence[Sequence[Facts]], wording: _Wording) -> Floats:
    """(kind known, kind hidden): the chance of the hidden one's kind; rows sum to one."""
    counts = np.zeros((len(wording.shares),) * 2)
    for some in several:
        rows = [wording.row(facts.kind) for facts in some[:_FEW]]
        for hidden, other in permutations(rows, 2):
            counts[other, hidden] += 1 / (len(rows) * (len(rows) - 1))
    out: Floats = (counts + _SMOOTH * wording.shares) / (counts.sum(axis=1, keepdims=True) + _SMOOTH)
    return out


@dataclass(frozen=True)
class _Times:
    """How two works of one person lie in time, by their kinds. rows: of the commonest dated kinds. tells: (asked kind,
    known kind, lie), log of how often beside how often among strangers."""

    rows: Mapping[str, int]
    tells: Floats

    @classmethod
    def learn(cls, held: Sequence[Sequence[Facts]], several: Sequence[Sequence[Facts]]) -> Self:
        common = Counter(facts.kind for some in held for facts in some if facts.start).most_common(
            _DATED_KINDS
        )
        rows = {kind: at for at, (kind, _) in enumerate(sorted(common))}
        blank = cls(rows, np.zeros((len(rows) + 1, len(rows) + 1, 4 * _YEARS + 3)))
        own, strange = np.zeros_like(blank.tells), np.zeros_like(blank.tells)
        for some in several:
            for at, facts in enumerate(some[:_FEW]):
                if lie := blank.lie(facts, [*some[:at], *some[at + 1 :]]):
                    own[lie] += 1 / len(some[:_FEW])
        for facts, some in _strangers(held):
            if lie := blank.lie(facts, some):
                strange[lie] += 1
        usual = (strange + 0.5) / (strange.sum(axis=2, keepdims=True) + 1)
        tells = np.log(
            (own + _TIMES_BELIEVED * usual) / (own.sum(axis=2, keepdims=True) + _TIMES_BELIEVED) / usual
        )
        return cls(rows, tells)

    def of(self, asked: Facts, some: Sequence[Facts]) -> float:
        """The log factor; zero where the time of either side is unknown."""
        lie = self.lie(asked, some)
        return float(self.tells[lie]) if lie else 0.0

    def lie(self, asked: Facts, some: Sequence[Facts]) -> tuple[int, int, int] | None:
        """Place in `tells` beside the work that began nearest in time; None = unknown."""
        dated = [facts for facts in some if facts.start]
        if not asked.start or not dated:
            return None
        near = min(
            dated, key=lambda facts: (abs(asked.start - facts.start), facts.start, facts.kind, facts.end)
        )
        if asked.start == near.start:
            lie = 4 * _YEARS + 2
        elif asked.start > near.start:
            lie = _within(asked.start - (near.end or near.start))
        else:
            lie = 2 * _YEARS + 1 + _within(near.start - (asked.end or asked.start))
        last = len(self.rows)
        return self.rows.get(asked.kind, last), self.rows.get(near.kind, last), lie


def _within(years: int) -> int:
    """From the end of the earlier work to the start of the later one; negative where they overlap. 0 .. 2 * _YEARS."""
    return max(-_YEARS, min(_YEARS, years)) + _YEARS


def _strangers(held: Sequence[Sequence[Facts]]) -> Iterator[tuple[Facts, Sequence[Facts]]]:
    """Pairs drawn by chance among those whose time is known."""
    dated = [some for some in held if any(facts.start for facts in some)]
    chance = np.random.default_rng(0)
    for one, other in chance.integers(0, max(len(dated), 1), (_DRAWN if len(dated) > 1 else 0, 2)):
        if one != other:
            yield next(facts for facts in dated[one] if facts.start), dated[other]
