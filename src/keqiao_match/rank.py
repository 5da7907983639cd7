"""Ranking of candidates: a few named parts, each 0..1, joined by a logistic fitted on judged pairs.

Every part only grows with the candidate's text: taking a sentence away never raises a score. That is what makes
the cited evidence honest.
"""

import heapq
import math
from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache

import numpy as np

from keqiao_match.background import Floats, meaning
from keqiao_match.calibration import Calibration
from keqiao_match.compare import comparisons
from keqiao_match.encoder import Encoder, Titles
from keqiao_match.explain import (
    Sentence,
    against,
    by_object,
    cut,
    evidence,
    title_words,
    unanswered,
    with_relatives,
)
from keqiao_match.precedents import Counsel, Precedents, log_odds
from keqiao_match.rarity import Rarity
from keqiao_match.related import STRENGTH, Relation, Relations, says
from keqiao_match.text import STOP, Word, field_of, fold, is_coded, literal, subjects, terms, whole
from keqiao_match.types import Doc, Match, Part

_TITLE_TIMES = 3.0  # a term of the title tells as much as three of the text
_LEAST_RARE = 1.5  # terms in more than a fifth of all documents tell nothing
_MOST_TELLING = 48
_PROFILES_KEPT = 8_000  # about 8 KB each
_SHORTLISTED, _SHORTLISTED_A_RESULT = 60, 3
_EXPANDED = 0.6  # a relative of a title's word finds candidates as loud as this, times its strength
_MOST_EXPANSIONS = 8
_TITLE_SHARE = 0.3  # of the title's part in a quick comparison; the rest is the whole text's

TITLE_PARTS = (
    "字面相似",
    "全文相似",
    "词语覆盖",
    "主题相近",
    "题词应答",
)  # known without the other side's text
TEXT_PARTS = (*TITLE_PARTS, "正文呼应")
TITLE_TRAITS = (
    "字面相似",
    "全文相似",
    "主题相近",
)  # of the other side's title alone, whatever its text holds
PRECEDENT = "先例"
_PRECEDENT_WEIGHT = 8.0  # a part of 1 adds four log-odds, of 0 takes four away
_LEVEL_WORDS = ("", "无关", "弱相关", "较强相关", "强相关")
SEMANTIC = "语义相近"
_SEMANTIC_WEIGHT = 2.0  # by hand: no encoder ships with the package to fit it on


@lru_cache(maxsize=1 << 12)
def _title_counts(title: str) -> Counter[str]:
    return Counter(literal(title))


class Profile:
    """A document cut into what the parts need. Lazy: a candidate that is not ranked high needs little."""

    def __init__(self, doc: Doc) -> None:
        self.doc = doc

    @cached_property
    def title_literal(self) -> Counter[str]:
        """Characters, bigrams and codes of the title."""
        return _title_counts(self.doc.title)

    @cached_property
    def body(self) -> str:
        """The folded fields; texts are not cut, as most candidates are asked for a few terms only."""
        return fold("\n".join(text for _, text in self.doc.fields))

    @cached_property
    def whole(self) -> str:
        """The folded title and fields."""
        return f"{fold(self.doc.title)}\n{self.body}"

    def times(self, term: str) -> int:
        """How often the fields hold the term; a code counts as a whole only, pla is not in plastic."""
        body = self.body
        if term not in body:
            return 0
        if is_coded(term):
            return len(whole(term).findall(body))
        return body.count(term)

    @cached_property
    def title_direction(self) -> Floats | None:
        return meaning().of(subjects(self.doc.title))


class Asked:
    """The asking document with the weights of its terms."""

    def __init__(self, profile: Profile, rarity: Rarity, relations: Relations | None = None) -> None:
        self.profile = profile
        self.doc = profile.doc
        self.rarity = rarity
        self._relations = relations or Relations.shipped()
        self._likenesses: dict[str, tuple[float, float]] = {}

    def likeness(self, title: str) -> tuple[float, float]:
        """Cosines of the asking title and of the asking whole text with a title, 0..1 each. Kept, as titles are looked
        at twice: quickly, and in full when they are worth it."""
        known = self._likenesses.get(title)
        if known is None:
            known = self._likenesses[title] = _cosines(self, _title_counts(title))
        return known

    @cached_property
    def title_weights(self) -> dict[str, float]:
        """Characters, bigrams and codes of the title with damped weights."""
        return self.rarity.weigh(self.profile.title_literal)

    @cached_property
    def full_weights(self) -> dict[str, float]:
        """The same of the whole document, the title twice."""
        counts = Counter(literal(self.profile.body))
        for term, times in self.profile.title_literal.items():
            counts[term] += 2 * times
        return self.rarity.weigh(counts)

    @cached_property
    def echoes(self) -> tuple[list[tuple[str, float]], list[tuple[str, float]], float]:
        """Telling terms with their weights: those that count wherever they stand, those that count as a whole
        only; and the weight of all. Relatives count half, beyond the weight of all: whatever a sentence is cited
        for must echo, or taking it away would cost nothing."""
        plain: list[tuple[str, float]] = []
        coded: list[tuple[str, float]] = []
        for term, weight in with_relatives(self.weights, self.related)[1].items():
            counted = weight if term in self.weights else weight / 2
            (coded if is_coded(term) else plain).append((term, counted))
        return plain, coded, sum(self.weights.values())

    @cached_property
    def lengths(self) -> tuple[float, float]:
        """Euclidean lengths of title and full weights."""
        return _length(self.title_weights), _length(self.full_weights)

    @cached_property
    def direction(self) -> Floats | None:
        """Half what the title means, half what the whole text does; its product with a unit direction is a cosine
        of the two together, -1..1."""
        texts = [self.doc.title, *(text for _, text in self.doc.fields)]
        title, text = self.profile.title_direction, meaning().of(subjects("\n".join(texts)))
        if title is None or text is None:
            return text
        return np.asarray((title + text) / 2, dtype=np.float32)

    @cached_property
    def weights(self) -> dict[str, float]:
        """Telling terms of title and text by weight, at most 48: rare, repeated, in the title."""
        title = frozenset(terms(self.doc.title))
        counts = Counter(term for _, text in self.doc.fields for term in terms(text))
        # A long text repeats its subject; what it says once among thousands of terms tells little.
        weighed = {
            term: self.rarity(term)
            * ((_TITLE_TIMES if term in title else 0.0) + math.log1p(counts.get(term, 0)))
            for term in title | counts.keys()
            if len(term) > 1 and term not in STOP and self.rarity(term) > _LEAST_RARE
        }
        return dict(heapq.nlargest(_MOST_TELLING, weighed.items(), key=lambda pair: (pair[1], pair[0])))

    @cached_property
    def sentences(self) -> list[Sentence]:
        """Title and sentences, as evidence cites them."""
        return cut(self.doc)

    @cached_property
    def title_words(self) -> dict[Word, float]:
        """What the title asks for, by rarity."""
        return title_words(self.doc.title, self.rarity)

    @cached_property
    def answers(self) -> list[tuple[float, tuple[str, ...], tuple[Relation, ...]]]:
        """Each word of the title: its share of the title's weight, its grams, its relatives."""
        weights = by_object(self.title_words)
        total = sum(weights.values())
        return [
            (weight / total, word.grams, self.related.get(word.text, ()))
            for word, weight in weights.items()
            if weight
        ]

    @cached_property
    def related(self) -> dict[str, tuple[Relation, ...]]:
        """Words of title and text that have relatives."""
        return self._relations.in_text(self.profile.whole)

    @cached_property
    def telling(self) -> dict[str, float]:
        """The same terms for retrieval, by weight without rarity, which the engine adds itself; and relatives of
        the title's words."""
        out = {term: weight / self.rarity(term) for term, weight in self.weights.items()}
        title, added = fold(self.doc.title), 0
        for word, relations in self.related.items():
            for relation in relations if word in title else ():
                weight = _EXPANDED * STRENGTH[relation.why]
                for term in terms(relation.other) if weight >= _EXPANDED / 2 else ():
                    if added < _MOST_EXPANSIONS and term not in out:
                        out[term] = _TITLE_TIMES * weight
                        added += 1
        return out

    @property
    def for_engine(self) -> dict[str, float]:
        """Those of `telling` that the engine has a field for."""
        return {term: weight for term, weight in self.telling.items() if field_of(term)}


class Matcher:
    """Ranks candidates for a document. Keeps the profiles of recent candidates, as neighbours share them."""

    def __init__(
        self,
        calibration: Calibration | None = None,
        relations: Relations | None = None,
        encoder: Encoder | None = None,
        precedents: Precedents | None = None,
    ) -> None:
        """encoder: adds the part 语义相近 of both titles; without one nothing leaves the process. precedents: judged
        pairs, which add the part 先例; they speak of demands that ask and of achievements that are found."""
        self.precedents = precedents
        self._titles = Titles(encoder) if encoder is not None else None
        self.calibration = calibration or Calibration.shipped()
        self.relations = relations or Relations.shipped()
        self._profiles: OrderedDict[str, Profile] = OrderedDict()

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
        out = [
            Part(name, value, weights.get(name, 0.0), note) for name, value, note in text_parts(asked, found)
        ]
        for one in comparisons(asked.doc, found.doc):
            out.append(Part(one.name, one.value, weights.get(one.name, 0.0), one.note))
        return out

    def score(self, parts: Sequence[Part]) -> float:
        """The parts joined: logistic of bias and weighted values. A facet part is neutral at one half."""
        total = self.calibration.bias
        for part in parts:
            neutral = 0.0 if part.name in TEXT_PARTS else 0.5
            total += part.weight * (part.value - neutral)
        return 1 / (1 + math.exp(-total))

    def rank(
        self,
        doc: Doc,
        candidates: Iterable[Doc],
        *,
        top: int = 10,
        rarity: Rarity | None = None,
        least: float = 0.0,
    ) -> tuple[Match, ...]:
        """The best `top` candidates with parts and evidence, best first; ties by id. least: lower scores are left out,
        before any sentence is cited."""
        asked = Asked(Profile(doc), rarity or Rarity(), self.relations)
        return self.rank_asked(asked, candidates, top=top, least=least)

    def rank_asked(
        self, asked: Asked, candidates: Iterable[Doc], *, top: int = 10, least: float = 0.0
    ) -> tuple[Match, ...]:
        """The same for an asking document that is cut already."""
        pool = [self._kept(candidate) for candidate in candidates]
        semantic = self._semantic(asked, pool)
        listed = [self.parts(asked, found) + semantic[at : at + 1] for at, found in enumerate(pool)]
        counsel, told = self._listen(asked, pool, listed)
        scored = [
            (score, found, parts, chance)
            for found, parts, chance in zip(pool, listed, told, strict=True)
            if (score := self.score(parts)) >= least
        ]
        scored.sort(key=lambda entry: (-entry[0], entry[1].doc.id))
        return tuple(
            self._match(asked, found, at, score, _named(counsel, found, parts), chance)
            for at, (score, found, parts, chance) in enumerate(scored[:top], 1)
        )

    def _listen(
        self, asked: Asked, pool: Sequence[Profile], listed: Sequence[list[Part]]
    ) -> tuple[Counsel | None, Sequence[float | None]]:
        """Adds the part 先例 to each list of parts, and gives the chances of level 3 or 4; nothing without precedents."""
        if self.precedents is None or not pool:
            return None, [None] * len(pool)
        scores = np.array([self.score(parts) for parts in listed])
        traits = np.array([traits_of(parts) for parts in listed])
        counsel = self.precedents.about(asked.doc)
        levels = counsel.levels([found.doc for found in pool], scores, traits)
        moved = np.clip((log_odds(levels.mean(1)) - log_odds(scores)) / _PRECEDENT_WEIGHT, -0.5, 0.5)
        for parts, by in zip(listed, moved.tolist(), strict=True):
            parts.append(Part(PRECEDENT, 0.5 + by, _PRECEDENT_WEIGHT, ""))
        return counsel, levels[:, 1].tolist()

    def _semantic(self, asked: Asked, pool: Sequence[Profile]) -> list[Part]:
        """The part of the given encoder for each candidate; nothing without one. One half is neutral, as encoders
        find any two Chinese titles somewhat alike."""
        if self._titles is None or not pool:
            return []
        weight = self.calibration.weights.get(SEMANTIC, _SEMANTIC_WEIGHT)
        values = self._titles.alike(asked.doc.title, [found.doc.title for found in pool])
        return [Part(SEMANTIC, value, weight, "所接编码模型对两个题名的余弦相似度") for value in values]

    def _match(
        self, asked: Asked, found: Profile, at: int, score: float, parts: Sequence[Part], chance: float | None
    ) -> Match:
        open_words = unanswered(asked.title_words, found.whole, asked.related)
        return Match(
            id=found.doc.id,
            title=found.doc.title,
            rank=at,
            score=score,
            grade=self.calibration.grade(score, open_words.share),
            chance=self.calibration.chance(score) if chance is None else chance,
            parts=tuple(parts),
            evidence=evidence(asked.sentences, cut(found.doc), asked.weights, asked.related),
            against=against(asked.doc, found.doc, open_words),
        )


def traits_of(parts: Iterable[Part]) -> tuple[float, ...]:
    """What precedents ask of a pair: its TITLE_TRAITS."""
    values = {part.name: part.value for part in parts}
    return tuple(values[name] for name in TITLE_TRAITS)


def _named(counsel: Counsel | None, found: Profile, parts: list[Part]) -> list[Part]:
    """The parts, 先例 with what it rests on."""
    if counsel is None:
        return parts
    near = counsel.nearest(found.doc)
    note = "没有很相近的判定，按判定人一贯的尺度校正"
    if near:
        note = f"参照相近的判定，最相近的一个判为{_LEVEL_WORDS[round(near[0].level)]}（相近程度 {near[0].likeness:.0%}）"
    return [replace(part, note=note) if part.name == PRECEDENT else part for part in parts]


def _length(weights: Mapping[str, float]) -> float:
    return math.hypot(*weights.values())


def _cosines(asked: Asked, title: Mapping[str, int]) -> tuple[float, float]:
    """Of the asking title and of the asking whole text with a title, 0..1 each."""
    near, wide, square = asked.rarity.shared(title, asked.title_weights, asked.full_weights)
    if not wide:
        return 0.0, 0.0
    length, (title_length, full_length) = math.sqrt(square), asked.lengths
    return (min(1.0, near / (title_length * length)) if near else 0.0), min(
        1.0, wide / (full_length * length)
    )


def shortlist(asked: Asked, titles: Sequence[str], top: int) -> list[int]:
    """Positions of the titles worth comparing in full when `top` are wanted, in the given order.

    By the two parts that weigh most and need the title alone. On patents and on resampled documents the best 60 of
    200 held every one of the first 20 of the full comparison.
    """
    keep = max(_SHORTLISTED, _SHORTLISTED_A_RESULT * top)
    if len(titles) <= keep:
        return list(range(len(titles)))
    alike = [_quickly_alike(asked, title) for title in titles]
    return sorted(heapq.nlargest(keep, range(len(titles)), key=alike.__getitem__))


def _quickly_alike(asked: Asked, title: str) -> float:
    """字面相似 and 全文相似 of a title alone."""
    near, wide = asked.likeness(title)
    return _TITLE_SHARE * math.sqrt(near) + (1 - _TITLE_SHARE) * math.sqrt(wide)


def text_parts(asked: Asked, found: Profile) -> list[tuple[str, float, str]]:
    """(name, value 0..1, note) of the parts that rest on text, in the order of TEXT_PARTS.

    Square roots of shares, because judged relevance rises steeply with the first common words.
    """
    theirs, mine = found.title_literal, asked.title_weights
    alike, full = asked.likeness(found.doc.title)
    body = found.body
    covered = sum(
        [
            weight
            for term, weight in mine.items()
            if term in theirs
            or (len(term) > 1 and term in body and (not is_coded(term) or found.times(term)))
        ]
    )
    near = 0.0
    if asked.direction is not None and found.title_direction is not None:
        near = max(0.0, float(asked.direction @ found.title_direction))
    return [
        ("字面相似", math.sqrt(alike), "两个题名用字用词的相似程度"),
        ("全文相似", math.sqrt(full), "本方全文与对方题名用字用词的相似程度"),
        (
            "词语覆盖",
            math.sqrt(covered / sum(mine.values())) if covered else 0.0,
            "本方题名的词语有多少见于对方",
        ),
        ("主题相近", near, "对方题名与本方题名、全文说的是否同一类事，按文献中题名与摘要的对应关系学得"),
        (
            "题词应答",
            _answered(asked, found),
            "本方题名逐词在对方有无应答，同义、缩写也算，最后的名词是题眼，分量加半",
        ),
        ("正文呼应", math.sqrt(_echo(asked, found)), "本方最有分量的词语在对方正文中的回应"),
    ]


def _answered(asked: Asked, found: Profile) -> float:
    """Share of the asking title's words that title or text of the candidate says, in these words or in others."""
    text, heard = found.whole, 0.0
    for share, grams, relations in asked.answers:
        said = sum([gram in text for gram in grams]) / len(grams)
        if said < 1 and relations:
            said = max([said, *(STRENGTH[one.why] for one in relations if says(text, one.other))])
        heard += share * said
    return min(1.0, heard)


def _echo(asked: Asked, found: Profile) -> float:
    """Share of the asked telling weight that the candidate's fields echo; repeats count, ever less."""
    plain, coded, total = asked.echoes
    if not total:
        return 0.0
    body, heard = found.body, 0.0
    count = body.count
    for term, weight in plain:
        if term in body:
            times = count(term)
            heard += weight * times / (times + 1)
    for term, weight in coded:
        if times := found.times(term):
            heard += weight * times / (times + 1)
    return min(1.0, heard / total)
