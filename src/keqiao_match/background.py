"""How common a term is in technical Chinese, and which words keep the same company.

Counts and word vectors drawn from 42,846 patent and paper abstracts by bench/match_background.py; a small index
borrows them, so that 技术 weighs little even among ten documents. Data: terms.tsv.gz (term, documents),
words.tsv.gz (word, documents), vectors.i8.gz (one row a word, 64 signed bytes).

A second table gives terms a meaning: vectors trained so that a title finds its own abstract among others
(bench/match_meaning.py). Their length is what the training found the term to tell: 聚乳酸 10.9, 系统 2.1, 研究 1.3.
Data: meaning.tsv.gz (term, hundredfold length), meaning.i8.gz (one row a term, 64 signed bytes).
"""

import gzip
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

DIMENSIONS = 64
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Background:
    """documents: how many were counted. terms, words: documents that hold each. rows: a word's row in vectors."""

    documents: int
    terms: Mapping[str, int]
    words: Mapping[str, int]
    rows: Mapping[str, int]
    vectors: Floats

    @cached_property
    def weighted(self) -> Floats:
        """The vectors, each as long as its word is rare."""
        weights = [math.log((self.documents + 1) / (self.words[word] + 1)) for word in self.rows]
        return self.vectors * np.array(weights, np.float32)[:, None]

    def rarity(self, term: str) -> float:
        """Inverse document frequency, natural log, 0..10.7; an unknown term is as rare as they come."""
        return math.log((self.documents + 1) / (self.terms.get(term, 0) + 1))

    def centroid(self, words: Iterable[str]) -> Floats | None:
        """The unit direction of the known words, each by its rarity; None when no word is known."""
        rows = self.rows
        known = [rows[word] for word in words if word in rows]
        if not known:
            return None
        total: Floats = self.weighted.take(known, axis=0).sum(axis=0)
        length = math.sqrt(float(total @ total))
        return total / length if length else None


def _read(name: str) -> bytes:
    return gzip.decompress(files("keqiao_match").joinpath("data", name).read_bytes())


def _table(name: str) -> dict[str, int]:
    pairs = (line.split("\t") for line in _read(name).decode().splitlines())
    return {term: int(count) for term, count in pairs}


def meaning_terms(words: Iterable[str]) -> dict[str, None]:
    """What a text means by: its words, the pairs inside longer ones, and the characters."""
    out: dict[str, None] = {}
    for word in words:
        out[word] = None
        if len(word) > 2:
            out.update(dict.fromkeys([word[at : at + 2] for at in range(len(word) - 1)]))
        if not word.isascii():
            out.update(dict.fromkeys(word))
    return out


@dataclass(frozen=True)
class Meaning:
    """rows: a term's row in vectors, whose lengths say how much the terms tell."""

    rows: Mapping[str, int]
    vectors: Floats

    def of(self, words: Iterable[str]) -> Floats | None:
        """The unit direction of a text with these words; None when none of their terms is known."""
        rows = self.rows
        known = [rows[term] for term in meaning_terms(words) if term in rows]
        if not known:
            return None
        total: Floats = self.vectors.take(known, axis=0).sum(axis=0)
        length = math.sqrt(float(total @ total))
        return total / length if length else None


@lru_cache(maxsize=1)
def meaning() -> Meaning:
    """The shipped meanings of 29,000 terms; read once, about 60 ms and 12 MB."""
    lengths = _table("meaning.tsv.gz")
    vectors = np.frombuffer(_read("meaning.i8.gz"), np.int8).astype(np.float32).reshape(-1, DIMENSIONS)
    scale = np.fromiter(lengths.values(), np.float32, len(lengths)) / 100
    vectors *= (scale / (np.linalg.norm(vectors, axis=1) + 1e-9))[:, None]
    return Meaning({term: row for row, term in enumerate(lengths)}, vectors)


@lru_cache(maxsize=1)
def background() -> Background:
    """The shipped counts and vectors; read once, about 80 ms and 25 MB."""
    terms, words = _table("terms.tsv.gz"), _table("words.tsv.gz")
    documents = terms.pop("")
    vectors = np.frombuffer(_read("vectors.i8.gz"), np.int8).astype(np.float32).reshape(-1, DIMENSIONS)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9
    return Background(documents, terms, words, {word: row for row, word in enumerate(words)}, vectors)
