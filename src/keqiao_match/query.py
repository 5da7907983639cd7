"""From user text to an engine query. Text is only ever cut into terms, so nothing in it is syntax."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, Self

from tantivy import FieldType, Occur, Query, Schema

from keqiao_match.text import Word, code_key, words

MOST_TERMS = 48  # a long text is reduced to its most telling terms
_ALL_WORDS = 3  # up to so many words, a document must hold every one
_TITLE_BOOST = 1.5
_LONGEST_CHUNK = 80


class Known(Protocol):
    """What a plan asks of the index."""

    def frequency(self, term: str) -> int: ...
    def has_code(self, key: str) -> bool: ...
    def has_pinyin(self, key: str) -> bool: ...
    def __len__(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Plan:
    """What a user text asks for: exact codes, pinyin of names, and words with their rarity, most telling first."""

    codes: tuple[str, ...]
    pinyin: tuple[str, ...]
    words: tuple[Word, ...]

    @classmethod
    def of(cls, text: str, known: Known) -> Self:
        """Cut the text. A blank-separated chunk that is a known code is looked up whole, and so is pinyin."""
        codes, pinyin, rest = [], [], []
        chunks = text.split()
        together = code_key(text[: 2 * _LONGEST_CHUNK])
        if len(chunks) > 1 and together.isascii() and together.isalpha() and known.has_pinyin(together):
            return cls((), (together,), ())
        for chunk in chunks:
            key = code_key(chunk) if len(chunk) <= _LONGEST_CHUNK else ""
            if key and known.has_code(key):
                codes.append(key)
            elif key.isascii() and key.isalpha() and known.has_pinyin(key):
                pinyin.append(key)
            else:
                rest.append(chunk)
        text = " ".join(rest)
        units = {word.text: word for word in words(text) or words(text, stop=frozenset())}
        telling = sorted(units.values(), key=lambda word: min(known.frequency(gram) for gram in word.grams))
        return cls(tuple(codes), tuple(pinyin), tuple(telling[:MOST_TERMS]))

    @property
    def is_empty(self) -> bool:
        return not (self.codes or self.pinyin or self.words)

    @property
    def can_relax(self) -> bool:
        return len(self.words) + len(self.codes) + len(self.pinyin) > 1

    def query(self, schema: Schema, *, strict: bool) -> Query:
        """Strict: every one of up to three units, two thirds of more. Not strict: any of them."""
        units = [Query.boost_query(_term(schema, "code", key), 3.0) for key in self.codes]
        units += [_either(_term(schema, "pinyin", key), _term(schema, "all", key)) for key in self.pinyin]
        units += [_unit(schema, word) for word in self.words]
        needed = _needed(len(units)) if strict else 1
        asked = Query.boolean_query(
            [(Occur.Should, unit) for unit in units], minimum_number_should_match=needed
        )
        if needed == len(units):
            asked = Query.boolean_query([(Occur.Must, unit) for unit in units])
        extra = [
            (Occur.Should, Query.boost_query(_term(schema, field, gram), weight))
            for word in self.words
            for field, gram, weight in _bonus(word)
        ]
        return Query.boolean_query([(Occur.Must, asked), *extra])


def _needed(count: int) -> int:
    return count if count <= _ALL_WORDS else max(_ALL_WORDS, math.ceil(count * 2 / 3))


def _term(schema: Schema, field: str, term: str) -> Query:
    return Query.term_query(
        schema, field, term, index_option="freq" if field in {"title", "all"} else "basic"
    )


def _either(*choices: Query) -> Query:
    return Query.disjunction_max_query(list(choices))


def _unit(schema: Schema, word: Word) -> Query:
    """A document holds the word when it holds all its bigrams, however the document's own text was cut."""
    if len(word.text) == 1 and not word.text.isascii():
        # A lone character inside a longer run lives in bigrams only.
        safe = word.text
        return _either(_term(schema, "all", safe), Query.regex_query(schema, "all", f"{safe}.|.{safe}"))
    if len(word.grams) == 1:
        return _term(schema, "all", word.grams[0])
    return Query.boolean_query([(Occur.Must, _term(schema, "all", gram)) for gram in word.grams])


def _bonus(word: Word) -> Iterable[tuple[str, str, float]]:
    for gram in word.grams:
        yield "title", gram, _TITLE_BOOST
    if len(word.text) > 2 and word.text not in word.grams:
        yield "all", word.text, 1.0


def weighted(schema: Schema, telling: Mapping[str, float]) -> Query:
    """Any of the terms, each by its weight; in the title it counts again."""
    parts: list[tuple[Occur, Query]] = []
    for term, weight in telling.items():
        parts.append((Occur.Should, Query.boost_query(_term(schema, "all", term), weight)))
        parts.append((Occur.Should, Query.boost_query(_term(schema, "title", term), weight)))
    return Query.boolean_query(parts)


def any_value(schema: Schema, field: str, values: Sequence[str]) -> Query:
    """Documents that carry one of the values; adds nothing to the score."""
    return Query.const_score_query(Query.term_set_query(schema, field, list(values)), 0.0)


def between(schema: Schema, field: str, low: float | None, high: float | None) -> Query:
    """Documents whose number lies between the ends, both included; adds nothing to the score."""
    ends = (None if low is None else float(low), None if high is None else float(high))
    return Query.const_score_query(Query.range_query(schema, field, FieldType.Float, *ends), 0.0)


def everything() -> Query:
    """All documents."""
    return Query.all_query()
