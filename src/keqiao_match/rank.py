"""Ranking of candidates: a few named parts, each 0..1, joined by a logistic fitted on judged pairs.

Every part only grows with the candidate's text: taking a sentence away never raises a score. That is what makes
the cited evidence honest.
"""

import heapq
import json
import math
from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import Any, Protocol

import numpy as np

from keqiao_match.background import Background, Floats, background
from keqiao_match.compare import comparisons
from keqiao_match.text import STOP, fold, literal, sentences, terms, words
from keqiao_match.types import Doc, Evidence, Grade, Match, Part

TITLE = "题名"
_BORROWED = 20_000  # the background counts as so many documents beside the index's own
_TITLE_TIMES = 3.0  # a term of the title tells as much as three of the text
_MOST_TELLING = 48
_EVIDENCE = 3
_PROFILES_KEPT = 20_000


class Frequencies(Protocol):
    """Where document frequencies come from: an index."""

    def frequency(self, term: str) -> int: ...
    def __len__(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Calibration:
    """Coefficients and thresholds, with how they came about; see calibration.json."""

    bias: float
    weights: Mapping[str, float]
    levels: tuple[float, float, float]

    @classmethod
    def shipped(cls) -> "Calibration":
        return _shipped()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Calibration":
        one, two, three = data["levels"]
        return cls(data["bias"], data["weights"], (one, two, three))

    def grade(self, score: float) -> Grade:
        """强相关 where judges would say level 4, 较强相关 level 3, 弱相关 below."""
        if score >= self.levels[2]:
            return "强相关"
        return "较强相关" if score >= self.levels[1] else "弱相关"

    def level(self, score: float) -> int:
        """The judges' level, 1 none to 4 strong, that errs least at this score."""
        return 1 + sum(score >= bound for bound in self.levels)


@lru_cache(maxsize=1)
def _shipped() -> Calibration:
    return Calibration.from_json(json.loads(files("keqiao_match").joinpath("calibration.json").read_text("utf-8")))


class Profile:
    """A document cut into what the parts need. Lazy: a candidate that is not ranked high needs little."""

    def __init__(self, doc: Doc) -> None:
        self.doc = doc

    @cached_property
    def title_literal(self) -> Counter[str]:
        """Characters, bigrams and codes of the title."""
        return Counter(literal(self.doc.title))

    @cached_property
    def counts(self) -> Counter[str]:
        """Terms of the fields (without the title), with repeats."""
        return Counter(term for _, text in self.doc.fields for term in terms(text))

    @cached_property
    def title_terms(self) -> frozenset[str]:
        return frozenset(terms(self.doc.title))

    @cached_property
    def all_literal(self) -> frozenset[str]:
        """Every character and term of title and fields."""
        everywhere = fold(" ".join([self.doc.title, *(text for _, text in self.doc.fields)]))
        return frozenset(self.title_literal) | self.counts.keys() | set(everywhere)

    @cached_property
    def title_direction(self) -> Floats | None:
        return background().centroid(dict.fromkeys(word.text for word in words(self.doc.title)))

    @cached_property
    def direction(self) -> Floats | None:
        texts = [self.doc.title, *(text for _, text in self.doc.fields)]
        return background().centroid(dict.fromkeys(word.text for text in texts for word in words(text)))


class Asked:
    """The asking document with the weights of its terms."""

    def __init__(self, profile: Profile, rarity: "Rarity") -> None:
        self.profile = profile
        self.rarity = rarity

    @cached_property
    def title_weights(self) -> dict[str, float]:
        return {term: (1 + math.log(n)) * self.rarity(term) for term, n in self.profile.title_literal.items()}

    @cached_property
    def title_length(self) -> float:
        return math.sqrt(sum(weight * weight for weight in self.title_weights.values()))

    @cached_property
    def weights(self) -> dict[str, float]:
        """Telling terms of title and text by weight, at most 48: rare, repeated, in the title."""
        title, counts = self.profile.title_terms, self.profile.counts
        # A long text repeats its subject; what it says once among thousands of terms tells little.
        weighed = {
            term: self.rarity(term) * ((_TITLE_TIMES if term in title else 0.0) + math.log1p(counts.get(term, 0)))
            for term in title | counts.keys()
            if len(term) > 1 and term not in STOP and self.rarity(term) > 1.5
        }
        return dict(heapq.nlargest(_MOST_TELLING, weighed.items(), key=lambda pair: (pair[1], pair[0])))

    def telling(self, most: int) -> dict[str, float]:
        """The heaviest `most` terms for retrieval, by weight without rarity, which the engine adds itself."""
        chosen = heapq.nlargest(most, self.weights.items(), key=lambda pair: (pair[1], pair[0]))
        return {term: weight / self.rarity(term) for term, weight in chosen}


class Rarity:
    """Inverse document frequency over the index and the background together."""

    def __init__(self, frequencies: Frequencies | None) -> None:
        self._own = frequencies
        self._shared: Background = background()
        self._own_size = len(frequencies) if frequencies is not None else 0
        self._known: dict[str, float] = {}

    def __call__(self, term: str) -> float:
        known = self._known.get(term)
        if known is None:
            # Deleted documents are counted until the engine merges them away, hence the floor.
            known = self._known[term] = max(0.0, self._count(term))
        return known

    def _count(self, term: str) -> float:
        shared = self._shared.terms.get(term, 0) / self._shared.documents * _BORROWED
        # Lone characters inside runs are not in the index; the background alone knows how common they are.
        if self._own is None or len(term) == 1:
            return math.log((_BORROWED + 1) / (shared + 0.5))
        return math.log((_BORROWED + self._own_size + 1) / (shared + self._own.frequency(term) + 0.5))


class Matcher:
    """Ranks candidates for a document. Keeps the profiles of recent candidates, as neighbours share them."""

    def __init__(self, calibration: Calibration | None = None) -> None:
        self.calibration = calibration or Calibration.shipped()
        self._profiles: OrderedDict[str, Profile] = OrderedDict()

    def profile(self, doc: Doc, frequency: Frequencies | None) -> Asked:
        """The asking side of a comparison."""
        return Asked(Profile(doc), Rarity(frequency))

    def _kept(self, doc: Doc) -> Profile:
        profile = self._profiles.get(doc.id)
        if profile is None or profile.doc != doc:
            profile = self._profiles[doc.id] = Profile(doc)
            if len(self._profiles) > _PROFILES_KEPT:
                self._profiles.popitem(last=False)
        return profile

    def parts(self, asked: Asked, found: Profile) -> list[Part]:
        """The named parts of one pair, text parts first."""
        weights = self.calibration.weights
        out = [Part(name, value, weights[name], note) for name, value, note in text_parts(asked, found)]
        for one in comparisons(asked.profile.doc, found.doc):
            out.append(Part(one.name, one.value, weights[one.name], one.note))
        return out

    def score(self, parts: Sequence[Part]) -> float:
        """The parts joined: logistic of bias and weighted values. A facet part is neutral at one half."""
        total = self.calibration.bias
        for part in parts:
            neutral = 0.0 if part.name in TEXT_PARTS else 0.5
            total += part.weight * (part.value - neutral)
        return 1 / (1 + math.exp(-total))

    def rank(
        self, doc: Doc, candidates: Iterable[Doc], *, top: int = 10, frequency: Frequencies | None = None
    ) -> tuple[Match, ...]:
        """The best `top` candidates with parts and evidence, best first; ties by id."""
        asked = self.profile(doc, frequency)
        scored = []
        for candidate in candidates:
            found = self._kept(candidate)
            parts = self.parts(asked, found)
            scored.append((self.score(parts), candidate.id, found, parts))
        scored.sort(key=lambda entry: (-entry[0], entry[1]))
        return tuple(
            Match(
                id=key,
                title=found.doc.title,
                rank=at,
                score=score,
                grade=self.calibration.grade(score),
                parts=tuple(parts),
                evidence=evidence(asked, found),
                against=against(asked, found),
            )
            for at, (score, key, found, parts) in enumerate(scored[:top], 1)
        )


TEXT_PARTS = ("字面相似", "词语覆盖", "题名回应", "正文呼应", "主题相近")


def text_parts(asked: Asked, found: Profile) -> list[tuple[str, float, str]]:
    """(name, value 0..1, note) of the parts that rest on text, in the order of TEXT_PARTS."""
    mine, rarity = asked.title_weights, asked.rarity
    theirs = {term: (1 + math.log(n)) * rarity(term) for term, n in found.title_literal.items()}
    their_length = math.sqrt(sum(weight * weight for weight in theirs.values()))
    shared = sum(weight * theirs[term] for term, weight in mine.items() if term in theirs)
    alike = shared / (asked.title_length * their_length) if shared else 0.0

    covered = sum(w for t, w in mine.items() if t in theirs or (len(t) > 1 and t in found.counts))
    whole = sum(mine.values())
    answered = sum(w for t, w in theirs.items() if t in asked.profile.all_literal)
    their_whole = sum(theirs.values())

    echo = echo_of(asked, found)
    near = 0.0
    if asked.profile.direction is not None and found.title_direction is not None:
        near = max(0.0, float(asked.profile.direction @ found.title_direction))
    return [
        ("字面相似", math.sqrt(min(1.0, alike)), "两个题名用字用词的相似程度"),
        ("词语覆盖", math.sqrt(covered / whole) if whole else 0.0, "本方题名的词语有多少见于对方"),
        ("题名回应", math.sqrt(answered / their_whole) if their_whole else 0.0, "对方题名的词语有多少见于本方"),
        ("正文呼应", math.sqrt(echo), "本方最有分量的词语在对方全文中的回应"),
        ("主题相近", near, "对方题名与本方全文所用词语是否常在同类文献中同现"),
    ]


def echo_of(asked: Asked, found: Profile) -> float:
    """Share of the asked telling weight that the candidate echoes; repeats count, ever less."""
    total = sum(asked.weights.values())
    if not total:
        return 0.0
    heard = 0.0
    for term, weight in asked.weights.items():
        if times := found.counts.get(term, 0) + (2 if term in found.title_terms else 0):
            heard += weight * times / (times + 1)
    return heard / total


def _cut(doc: Doc) -> list[tuple[str, str, frozenset[str]]]:
    pieces = [(TITLE, doc.title)] if doc.title.strip() else []
    pieces += [(name, sentence) for name, text in doc.fields for sentence in sentences(text)]
    return [(name, sentence, frozenset(terms(sentence))) for name, sentence in pieces]


def evidence(asked: Asked, found: Profile) -> tuple[Evidence, ...]:
    """Up to three sentences of the candidate that carry most of the shared weight, each with the asked sentence
    it answers. Chosen greedily: what an earlier sentence already showed counts a quarter."""
    weights = asked.weights
    own = _cut(asked.profile.doc)
    theirs = _cut(found.doc)
    shown: set[str] = set()
    out: list[Evidence] = []
    while theirs and len(out) < _EVIDENCE:
        gains = [_gain(terms_held, weights, shown) for _, _, terms_held in theirs]
        best = int(np.argmax(gains))
        name, sentence, held = theirs.pop(best)
        common = {term for term in held if term in weights}
        if not common or (out and gains[best] < 0.5 * max(weights.values())):
            break
        answered = [_gain(mine & common, weights, set()) for _, _, mine in own]
        other_name, other, mine = own[int(np.argmax(answered))]
        both = common & mine
        out.append(Evidence(name, sentence, spoken(both, weights, sentence), other_name, other))
        shown |= common
    return tuple(out)


def _gain(held: Iterable[str], weights: Mapping[str, float], shown: set[str]) -> float:
    return sum(weights[term] * (0.25 if term in shown else 1.0) for term in held if term in weights)


def spoken(shared: Iterable[str], weights: Mapping[str, float], sentence: str) -> tuple[str, ...]:
    """Shared terms as a reader would say them: overlapping bigrams joined, most telling first, at most eight."""
    folded = fold(sentence)
    marked = [False] * len(folded)
    for term in shared:
        start = folded.find(term)
        while start >= 0:
            marked[start : start + len(term)] = [True] * len(term)
            start = folded.find(term, start + 1)
    runs: dict[str, float] = {}
    start = 0
    while start < len(folded):
        if not marked[start]:
            start += 1
            continue
        end = start
        while end < len(folded) and marked[end]:
            end += 1
        run = folded[start:end]
        runs[run] = sum(weight for term, weight in weights.items() if term in run)
        start = end
    return tuple(sorted(runs, key=lambda run: (-runs[run], run))[:8])


def against(asked: Asked, found: Profile) -> tuple[str, ...]:
    """What speaks against the pair, in Chinese sentences."""
    out = [one.against for one in comparisons(asked.profile.doc, found.doc) if one.against]
    missing = []
    named = [word for word in words(asked.profile.doc.title) if len(word.text) > 1]
    heaviest = sorted(named, key=lambda word: -sum(asked.rarity(gram) for gram in word.grams) / len(word.grams))
    for word in heaviest[:3]:
        rare = sum(asked.rarity(gram) for gram in word.grams) / len(word.grams)
        if rare > 5 and not any(gram in found.title_terms or gram in found.counts for gram in word.grams):
            missing.append(word.text)
    if missing:
        out.append(f"对方全文没有提到“{'”“'.join(dict.fromkeys(missing))}”")
    return tuple(out)
