"""Learning from judged pairs themselves: what people said of a like achievement for a like demand.

A Gaussian process over pairs (kernel ridge regression, Rasmussen and Williams 2006, chapters 2 and 3) explains what the
fitted parts leave open. Two pairs are alike as far as both their demands and their achievements are; a demand that was
judged before also keeps what its own judges are used to. With nobody's judgement nearby nothing changes.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from keqiao_match.background import DIMENSIONS, meaning
from keqiao_match.text import literal, subjects
from keqiao_match.types import Doc

Numbers = NDArray[np.float64]
Singles = NDArray[np.float32]
Rows = NDArray[np.int64]

THRESHOLDS = (2, 3, 4)
"""Levels whose chance to be reached is told: 2 weak, 3 fairly strong, 4 strong."""

# How much of the pairs' likeness each view carries; chosen on folds of the judged pairs, docs/matching.md.
_FOUND_CHARACTERS, _FOUND_PAIRS, _FOUND_MEANING = 0.15, 0.40, 0.45
_ASKED_CHARACTERS, _ASKED_PAIRS, _ASKED_TEXT, _ASKED_TITLE = 0.20, 0.30, 0.25, 0.25
_BOTH, _FOUND_ALONE, _ASKED_ALONE, _SAME_DEMAND, _TRAITS = 0.6, 0.05, 0.02, 0.1, 0.3
_NOISE = 0.3  # of one judgement; two of one case differ in a third of all cases
_STEPS, _NEAR_ENOUGH = 400, 1e-4
_NEWTON_STEPS = 25
_LIKE = 0.25  # likeness of pairs from which a precedent is worth naming
_LEAST_CHANCE = 1e-4


@dataclass(frozen=True, slots=True)
class Ruling:
    """A judged pair. score: of the engine before precedents, 0..1. traits: values of parts that rest on titles
    alone, 0..1, the same ones for every ruling. level: 1 none to 4 strong; between two judges' levels is allowed.
    weight: how many single judgements it is worth."""

    demand: Doc
    found: Doc
    score: float
    traits: tuple[float, ...]
    level: float
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Precedent:
    """A ruling that speaks for or against. likeness: 0..1, of both sides together."""

    demand: str
    found: str
    level: float
    likeness: float


class _Titles:
    """Titles as rows of weighted characters and pairs of characters, twice of unit length: characters, all."""

    def __init__(self, titles: Sequence[str], idf: dict[str, float], unknown: float) -> None:
        self._idf, self._unknown = idf, unknown
        self._columns: dict[str, int] = {}
        cut = [self.weighed(title) for title in titles]
        for one in cut:
            for term in one:
                self._columns.setdefault(term, len(self._columns))
        self.ends = np.cumsum([0, *map(len, cut)])
        self.row = np.repeat(np.arange(len(cut)), np.diff(self.ends))
        self.column = np.array([self._columns[term] for one in cut for term in one], np.int64)
        weights = np.array([pair for one in cut for pair in one.values()], np.float32).reshape(-1, 2)
        self.characters, self.all = weights[:, 0], weights[:, 1]

    @property
    def width(self) -> int:
        return len(self._columns)

    def weighed(self, title: str) -> dict[str, tuple[float, float]]:
        """Term -> (its share of the characters' unit vector, of the unit vector of all terms)."""
        counts = Counter(literal("".join(title.split())))
        weights = {
            term: (1 + math.log(times)) * self._idf.get(term, self._unknown) for term, times in counts.items()
        }
        lone = math.sqrt(sum(w * w for term, w in weights.items() if len(term) == 1)) or 1.0
        every = math.sqrt(sum(w * w for w in weights.values())) or 1.0
        return {term: (w / lone if len(term) == 1 else 0.0, w / every) for term, w in weights.items()}

    def columns(self, title: str) -> tuple[Rows, Singles, Singles]:
        """The known terms of another title: columns, and both weights of each."""
        known = [(self._columns[t], *w) for t, w in self.weighed(title).items() if t in self._columns]
        table = np.array(known, np.float64).reshape(-1, 3)
        return (
            table[:, 0].astype(np.int64), table[:, 1].astype(np.float32), table[:, 2].astype(np.float32)
        )  # fmt: skip

    def alike(self) -> tuple[Singles, Singles]:
        """(rows, rows) cosines by characters and by all terms."""
        rows = len(self.ends) - 1
        lone, every = np.zeros((rows, rows), np.float32), np.zeros((rows, rows), np.float32)
        order = np.argsort(self.column, kind="stable")
        for held in np.split(order, np.flatnonzero(np.diff(self.column[order])) + 1):
            if not len(held):
                continue
            cells = np.ix_(self.row[held], self.row[held])
            every[cells] += np.outer(self.all[held], self.all[held])
            if self.characters[held[0]]:
                lone[cells] += np.outer(self.characters[held], self.characters[held])
        return lone, every

    def against(self, title: str) -> tuple[Singles, Singles]:
        """Cosines of every row with another title, by characters and by all terms."""
        columns, lone, every = self.columns(title)
        theirs = np.zeros((2, self.width), np.float32)
        theirs[0, columns], theirs[1, columns] = lone, every
        return self._summed(self.characters * theirs[0, self.column]), self._summed(
            self.all * theirs[1, self.column]
        )

    def _summed(self, values: Singles) -> Singles:
        return np.bincount(self.row, values, len(self.ends) - 1).astype(np.float32)


@lru_cache(maxsize=1 << 13)
def _meant(text: str) -> Singles:
    found = meaning().of(subjects(text))
    return np.zeros(DIMENSIONS, np.float32) if found is None else found


def _whole(doc: Doc) -> str:
    return "\n".join([doc.title, *(text for _, text in doc.fields)])


class Precedents:
    """Judged pairs, ready to be heard. Make one with `fit`; `about` tells what they say of one demand's candidates."""

    def __init__(
        self,
        rulings: Sequence[Ruling],
        lines: Numbers,
        voices: Singles,
        spread: tuple[Numbers, Numbers],
        cases: "_Cases | None" = None,
    ) -> None:
        """lines: (3, 2) bias and slope of each threshold's log-odds on the score's. voices: (rulings, 3) how loud each
        ruling speaks to each threshold. spread: mean and deviation of the traits."""
        self.rulings, self.lines, self.voices, self.spread = tuple(rulings), lines, voices, spread
        self.cases = cases or _Cases(rulings)

    def __len__(self) -> int:
        return len(self.rulings)

    @classmethod
    def fit(cls, rulings: Sequence[Ruling]) -> "Precedents":
        """Weigh the rulings. Time and memory grow with their number squared: 9,217 take about half a minute and
        700 MB, 2,000 a second. Raises ValueError without any."""
        if not rulings:
            raise ValueError("没有判定过的供需对，无从参照。")
        levels = np.array([one.level for one in rulings])
        reached = np.clip(levels[:, None] - np.array(THRESHOLDS) + 1, 0.0, 1.0)
        odds = log_odds(np.array([one.score for one in rulings]))
        lines = np.array([_line(odds, reached[:, at]) for at in range(len(THRESHOLDS))])
        cases = _Cases(rulings)
        traits = cases.traits()
        spread = (traits.mean(0), traits.std(0) + 1e-6)
        bare = cls(rulings, lines, np.zeros((len(rulings), 3), np.float32), spread, cases)
        noise = (_NOISE / np.array([one.weight for one in rulings])).astype(np.float32)[:, None]
        left_open = (reached - bare.expected(odds)).astype(np.float32)
        return cls(
            rulings, lines, _solve(cases.kernel(bare.standard(traits)), left_open, noise), spread, cases
        )

    def expected(self, odds: Numbers) -> Numbers:
        """(n, 3) chances to reach the thresholds by the scores' log-odds alone."""
        chances: Numbers = 1 / (1 + np.exp(-(self.lines[:, 0] + odds[:, None] * self.lines[:, 1])))
        return chances

    def standard(self, traits: Numbers) -> Singles:
        """Traits on one scale, of mean length 1."""
        mean, deviation = self.spread
        scaled: Numbers = (traits - mean) / deviation / math.sqrt(traits.shape[1])
        return scaled.astype(np.float32)

    @cached_property
    def told_by_traits(self) -> Singles:
        """(traits, 3) what the rulings add for a trait of 1 on its scale."""
        told: Singles = _TRAITS * (self.standard(self.cases.traits()).T @ self.voices)
        return told

    def about(self, demand: Doc) -> "Counsel":
        """What the rulings say of this demand. A few milliseconds with some thousand rulings."""
        return Counsel(self, demand)


class _Cases:
    """The demands and achievements of rulings, each once."""

    def __init__(self, rulings: Sequence[Ruling]) -> None:
        self.rulings = rulings
        demands = {one.demand.id: one.demand for one in rulings}
        titles = list(dict.fromkeys(one.found.title for one in rulings))
        at_demand = {key: at for at, key in enumerate(demands)}
        at_title = {title: at for at, title in enumerate(titles)}
        self.demand_ids = tuple(demands)
        self.of_demand = np.array([at_demand[one.demand.id] for one in rulings], np.int64)
        self.of_title = np.array([at_title[one.found.title] for one in rulings], np.int64)
        asked = [doc.title for doc in demands.values()]
        idf, unknown = _rarities([*titles, *asked])
        self.found, self.asked = _Titles(titles, idf, unknown), _Titles(asked, idf, unknown)
        self.found_meant = np.array([_meant(title) for title in titles], np.float32).reshape(-1, DIMENSIONS)
        self.asked_titles_meant = np.array([_meant(title) for title in asked], np.float32)
        self.asked_meant = np.array([_meant(_whole(doc)) for doc in demands.values()], np.float32)

    def traits(self) -> Numbers:
        """(rulings, traits) the given traits, and how alike the two titles are by their characters."""
        given = np.array([one.traits for one in self.rulings], np.float64).reshape(len(self.rulings), -1)
        alike = [self.characters_alike(one.demand.title, one.found.title) for one in self.rulings]
        traits: Numbers = np.column_stack([given, np.array(alike)])
        return traits

    def characters_alike(self, asked: str, found: str) -> float:
        """Cosine of the titles' weighted characters, 0..1."""
        mine, theirs = self.found.weighed(asked), self.found.weighed(found)
        return sum(lone * theirs[term][0] for term, (lone, _) in mine.items() if term in theirs)

    def kernel(self, traits: Singles) -> Singles:
        """(rulings, rulings) likeness of all pairs."""
        found = _found_alike(*self.found.alike(), self.found_meant @ self.found_meant.T)
        asked = _asked_alike(
            *self.asked.alike(),
            self.asked_meant @ self.asked_meant.T,
            self.asked_titles_meant @ self.asked_titles_meant.T,
        )
        demand_wise = _BOTH * asked + _FOUND_ALONE
        out = found[np.ix_(self.of_title, self.of_title)]
        own = _ASKED_ALONE * asked
        own[np.diag_indices_from(own)] += _SAME_DEMAND
        for at in range(len(out)):  # by row, so that the table is held once
            row = self.of_demand[at]
            out[at] *= demand_wise[row][self.of_demand]
            out[at] += own[row][self.of_demand] + _TRAITS * (traits @ traits[at])
        return out


class Counsel:
    """What the rulings say of one demand: the sum of all their voices, ready for any candidate."""

    def __init__(self, precedents: Precedents, demand: Doc) -> None:
        self._precedents, self._cases, self._demand = precedents, precedents.cases, demand
        cases, voices = self._cases, precedents.voices
        self._asked = _asked_alike(
            *cases.asked.against(demand.title),
            cases.asked_meant @ _meant(_whole(demand)),
            cases.asked_titles_meant @ _meant(demand.title),
        )
        same = np.array([key == demand.id for key in cases.demand_ids])
        own = _ASKED_ALONE * self._asked + _SAME_DEMAND * same
        self._usual = own[cases.of_demand] @ voices
        loud = voices * (_BOTH * self._asked + _FOUND_ALONE)[cases.of_demand][:, None]
        titles = len(cases.found.ends) - 1
        said = np.array([np.bincount(cases.of_title, loud[:, at], titles) for at in range(3)], np.float32)
        found = cases.found
        self._characters = _spoken(said, found.characters, found)
        self._all = _spoken(said, found.all, found)
        self._meaning = np.array([(cases.found_meant.T * one) @ cases.found_meant for one in said])

    def levels(self, candidates: Sequence[Doc], scores: Numbers, traits: Numbers) -> Numbers:
        """(candidates, 3) chances 0..1 that a judge says level 2, 3, 4 or more; never rising along a row.

        scores: the engine's, 0..1. traits: as the rulings'.
        """
        out = self._precedents.expected(log_odds(scores))
        alike = [self._cases.characters_alike(self._demand.title, doc.title) for doc in candidates]
        out += (
            self._usual
            + self._precedents.standard(np.c_[traits, np.array(alike)]) @ self._precedents.told_by_traits
        )
        if len(candidates):
            meant = np.array([_meant(doc.title) for doc in candidates], np.float32)
            said = [((meant @ one) * meant).sum(1) for one in self._meaning]
            out += _FOUND_MEANING * np.array(said).T
        for at, doc in enumerate(candidates):
            columns, lone, every = self._cases.found.columns(doc.title)
            out[at] += _FOUND_CHARACTERS * (self._characters[:, columns] @ lone)
            out[at] += _FOUND_PAIRS * (self._all[:, columns] @ every)
        falling: Numbers = np.minimum.accumulate(np.clip(out, _LEAST_CHANCE, 1 - _LEAST_CHANCE), axis=1)
        return falling

    def nearest(self, candidate: Doc, top: int = 3) -> tuple[Precedent, ...]:
        """The rulings most like this pair, at most `top`, most alike first; none that is not much alike."""
        cases = self._cases
        found = _found_alike(
            *cases.found.against(candidate.title), cases.found_meant @ _meant(candidate.title)
        )
        alike = self._asked[cases.of_demand] * found[cases.of_title]
        best = np.argsort(-alike, kind="stable")[:top]
        rulings = self._precedents.rulings
        return tuple(
            Precedent(
                rulings[at].demand.id, rulings[at].found.id, rulings[at].level, min(1.0, float(alike[at]))
            )
            for at in best
            if alike[at] >= _LIKE
        )


def _spoken(said: Singles, weights: Singles, titles: _Titles) -> Singles:
    """(3, columns) the titles' terms, each as loud as its title speaks."""
    return np.array(
        [np.bincount(titles.column, weights * one[titles.row], titles.width) for one in said], np.float32
    )


def _found_alike(characters: Singles, pairs: Singles, meant: Singles) -> Singles:
    alike: Singles = _FOUND_CHARACTERS * characters + _FOUND_PAIRS * pairs + _FOUND_MEANING * meant * meant
    return alike


def _asked_alike(characters: Singles, pairs: Singles, texts: Singles, titles: Singles) -> Singles:
    alike: Singles = (
        _ASKED_CHARACTERS * characters
        + _ASKED_PAIRS * pairs
        + _ASKED_TEXT * texts * texts
        + _ASKED_TITLE * titles * titles
    )
    return alike


def _rarities(titles: Iterable[str]) -> tuple[dict[str, float], float]:
    """Inverse document frequency of the terms of different titles, and that of a term nobody used."""
    different = sorted(set(titles))
    counts = Counter(term for title in different for term in set(literal("".join(title.split()))))
    most = math.log(len(different) + 1)
    return {term: most - math.log(times) for term, times in counts.items()}, most


def log_odds(scores: Numbers) -> Numbers:
    """Natural log of score / (1 - score); scores of 0 and 1 are taken a ten-thousandth inside."""
    held = np.clip(scores, _LEAST_CHANCE, 1 - _LEAST_CHANCE)
    odds: Numbers = np.log(held / (1 - held))
    return odds


def _line(odds: Numbers, reached: Numbers) -> tuple[float, float]:
    """Bias and slope of a logistic on the log-odds, by Newton's method; drawn slightly towards 0 and 1."""
    table, found, prior = np.c_[np.ones(len(odds)), odds], np.array([0.0, 1.0]), np.array([0.0, 1.0])
    for _ in range(_NEWTON_STEPS):
        chances = 1 / (1 + np.exp(-np.clip(table @ found, -30, 30)))
        curve = (table * (chances * (1 - chances) + 1e-9)[:, None]).T @ table + np.eye(2)
        found = found - np.linalg.solve(curve, table.T @ (chances - reached) + (found - prior))
    return float(found[0]), float(max(found[1], 0.0))


def _solve(kernel: Singles, wanted: Singles, noise: Singles) -> Singles:
    """Voices with (kernel + diagonal of noise) @ voices = wanted, by conjugate gradients on all three columns at once."""
    voices, rest = np.zeros_like(wanted), wanted.copy()
    way, left = rest.copy(), (rest * rest).sum(0)
    enough = _NEAR_ENOUGH**2 * np.maximum(left, 1e-12)
    for _ in range(_STEPS):
        pushed = kernel @ way + noise * way
        step = left / np.maximum((way * pushed).sum(0), 1e-30)
        voices += step * way
        rest -= step * pushed
        now = (rest * rest).sum(0)
        if (now <= enough).all():
            break
        way, left = rest + (now / np.maximum(left, 1e-30)) * way, now
    return voices
