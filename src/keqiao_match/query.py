"""From user text to an engine query. Text is only ever cut into terms, so nothing in it is syntax."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, Self

from tantivy import FieldType, Occur, Query, Schema

from keqiao_match.text import Word, code_key, field_of, terms, words

Clauses = Sequence[tuple[Occur, Query]]

MOST_TERMS = 48  # a long text is reduced to its most telling terms
_ALL_WORDS = 3  # up to so many words, a document must hold every one
_COMMON_SHARE = 0.05  # of longer texts, words in more documents than this need not be held
_COMMON_LEAST = 1000  # in a small index nothing is too common
_LONGEST_CHUNK = 80
_LEAST_RARE = 0.01  # what a term weighs that every document holds
_AS_A_WHOLE = 0.5  # of a held pair's rarity, for a word held as a whole
_TITLE_WORDS = 24  # up to so many words, a document is ranked by every pair of characters that it shares


class Known(Protocol):
    """What a plan asks of the index."""

    @property
    def schema(self) -> Schema: ...
    def frequency(self, term: str) -> int: ...
    def has_code(self, key: str) -> bool: ...
    def has_pinyin(self, key: str) -> bool: ...
    def __len__(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Plan:
    """What a user text asks for: exact codes, pinyin of names, and words, most telling first.

    common: words too frequent to be asked of every document of a longer query; they only lift the score.
    echo: every term of a text as long as a title, across words too; they only lift the score.
    """

    codes: tuple[str, ...]
    pinyin: tuple[str, ...]
    words: tuple[Word, ...]
    common: tuple[Word, ...] = ()
    echo: tuple[str, ...] = ()

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
        telling, common = _weighed(text, known)
        count = len(telling) + len(common)
        echo = _echo(text) if 1 < count <= _TITLE_WORDS else ()
        return cls(tuple(codes), tuple(pinyin), telling, common, echo)

    @property
    def is_empty(self) -> bool:
        """Nothing was asked for."""
        return not (self.codes or self.pinyin or self.words)

    @property
    def can_relax(self) -> bool:
        """There is more than one thing to ask for."""
        return len(self.words) + len(self.codes) + len(self.pinyin) > 1

    def clauses(
        self, schema: Schema, *, strict: bool, private: "Private | None" = None
    ) -> list[tuple[Occur, Query]]:
        """Strict: every one of up to three units, two thirds of more. Not strict: any of them.

        One flat list: plain terms of a word stand beside those of the next, not in a query of their own.
        private: a unit may also be held by the private terms of the documents that it lets in.
        """
        # A word's own term counts twice, which places known papers better than once. Twice as loud is the same and
        # is read once; beside private terms the greater of two counts, so there it stands a second time.
        lifting = list(self.echo or [word.grams[0] for word in self.common])

        def told(term: str) -> Query:
            if private is not None or term not in lifting:
                return _text(schema, term)
            lifting.remove(term)
            return Query.boost_query(_text(schema, term), 2.0)

        units = [
            _or_private(schema, private, (key,), Query.boost_query(_term(schema, "code", key), 3.0))
            for key in self.codes
        ]
        units += [
            _or_private(schema, private, (key,), _either(_term(schema, "pinyin", key), _text(schema, key)))
            for key in self.pinyin
        ]
        count = len(units) + len(self.words)
        is_loose = not strict or count > _ALL_WORDS
        needed = _needed(count) if strict else 1
        for word in self.words:
            if needed == count and not is_loose and private is None and _is_plain(word):
                units += [told(gram) for gram in word.grams]
                continue
            # By the rarest bigram alone: unions of plain terms are what the engine does fast.
            unit = told(word.grams[0]) if is_loose else _unit(schema, word)
            units.append(_or_private(schema, private, word.grams, unit))
        if needed == count:
            asked = [(Occur.Must, unit) for unit in units]
        else:
            some = Query.boolean_query(
                [(Occur.Should, unit) for unit in units], minimum_number_should_match=needed
            )
            asked = [(Occur.Must, some)]
        return [*asked, *((Occur.Should, _text(schema, term)) for term in lifting)]

    def parts(self, known: Known, private: "Private | None" = None) -> list[tuple[Query, float]]:
        """What a document may hold of what was asked: codes, names, every term, and once more every word as a whole;
        each with how rare it is."""
        schema, count = known.schema, len(known)

        def rare(held: int) -> float:
            # Deleted documents are counted until the engine merges them away, hence the floor
            return max(_LEAST_RARE, math.log((count + 1) / (held + 0.5)))

        exact: list[tuple[Sequence[str], Query]] = [
            ((key,), _term(schema, "code", key)) for key in self.codes
        ]
        exact += [((key,), _either(_term(schema, "pinyin", key), _text(schema, key))) for key in self.pinyin]
        parts: list[tuple[Sequence[str], Query, float]] = [(keys, unit, rare(1)) for keys, unit in exact]
        parts += [((term,), _text(schema, term), rare(known.frequency(term))) for term in self.echo]
        parts += [
            (word.grams, _unit(schema, word), _AS_A_WHOLE * rare(min(map(known.frequency, word.grams))))
            for word in (*self.words, *self.common)
            if _is_plain(word)  # a lone character is looked for in all pairs that hold it: too slow
        ]
        return [(_or_private(schema, private, keys, unit), weight) for keys, unit, weight in parts]


@dataclass(frozen=True, slots=True)
class Private:
    """Whose private terms may be looked at. only: documents that this query finds; None = of all."""

    only: Query | None = None


def _or_private(schema: Schema, private: Private | None, terms: Sequence[str], unit: Query) -> Query:
    """The unit, or all its terms among the private ones of a document that may be asked so."""
    if private is None:
        return unit
    held = [(Occur.Must, _term(schema, "private", term)) for term in terms]
    if private.only is not None:
        held.append((Occur.Must, private.only))
    return _either(unit, Query.boolean_query(held))


def _weighed(text: str, known: Known) -> tuple[tuple[Word, ...], tuple[Word, ...]]:
    """(words, common words), rarest first, each with its rarest bigram first."""
    units = {word.text: word for word in words(text) or words(text, stop=frozenset())}
    often: dict[str, int] = {}
    for word in units.values():
        counts = {gram: known.frequency(gram) for gram in word.grams}
        units[word.text] = replace(word, grams=tuple(sorted(counts, key=counts.__getitem__)))
        often[word.text] = min(counts.values())
    telling = sorted(units.values(), key=lambda word: often[word.text])[:MOST_TERMS]
    if len(telling) <= _ALL_WORDS:
        return tuple(telling), ()
    limit = max(_COMMON_LEAST, int(len(known) * _COMMON_SHARE))
    rare = tuple(word for word in telling if often[word.text] <= limit)
    if not rare:
        return tuple(telling[:_ALL_WORDS]), tuple(telling[_ALL_WORDS:])
    return rare, tuple(telling[len(rare) :])


def _echo(text: str) -> tuple[str, ...]:
    """Every term of the text that the index holds, once: what a longer question is ranked by."""
    return tuple(dict.fromkeys(term for term in terms(text) if field_of(term)))


def _needed(count: int) -> int:
    return count if count <= _ALL_WORDS else max(_ALL_WORDS, math.ceil(count * 2 / 3))


def _term(schema: Schema, field: str, term: str) -> Query:
    return Query.term_query(schema, field, term, index_option="basic")


def _text(schema: Schema, term: str) -> Query:
    return Query.term_query(schema, field_of(term), term, index_option="freq")


def _either(*choices: Query) -> Query:
    return Query.disjunction_max_query(list(choices))


def _is_plain(word: Word) -> bool:
    """Is the word held by whoever holds its terms? A lone character also lives inside pairs."""
    return len(word.text) > 1 or word.text.isascii()


def _unit(schema: Schema, word: Word) -> Query:
    """A document holds the word when it holds all its bigrams, however the document's own text was cut."""
    if not _is_plain(word):
        # A lone character inside a longer run lives in bigrams only.
        safe = word.text
        return _either(_text(schema, safe), Query.regex_query(schema, "pairs", f"{safe}.|.{safe}"))
    if len(word.grams) == 1:
        return _text(schema, word.grams[0])
    return Query.boolean_query([(Occur.Must, _text(schema, gram)) for gram in word.grams])


def weighted(schema: Schema, telling: Mapping[str, float]) -> Query:
    """Any of the terms, each by its weight."""
    return Query.boolean_query(
        [(Occur.Should, Query.boost_query(_text(schema, term), weight)) for term, weight in telling.items()]
    )


def within(main: Clauses, filters: Iterable[Query]) -> Query:
    """What the clauses find and every filter lets through."""
    clauses = [*main, *((Occur.Must, one) for one in filters)]
    return clauses[0][1] if len(clauses) == 1 else Query.boolean_query(clauses)


def any_value(schema: Schema, field: str, values: Sequence[str]) -> Query:
    """Documents that carry one of the values; adds nothing to the score."""
    return Query.const_score_query(Query.term_set_query(schema, field, list(values)), 0.0)


def any_of(choices: Sequence[Query]) -> Query:
    """Documents that one of the queries finds."""
    return choices[0] if len(choices) == 1 else _either(*choices)


def between(schema: Schema, field: str, low: float | None, high: float | None) -> Query:
    """Documents whose number lies between the ends, both included; adds nothing to the score."""
    ends = (None if low is None else float(low), None if high is None else float(high))
    return Query.const_score_query(Query.range_query(schema, field, FieldType.Float, *ends), 0.0)


def everything() -> Query:
    """All documents."""
    return Query.all_query()
