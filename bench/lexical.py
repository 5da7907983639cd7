"""Lexical baselines over many texts: BM25 and TF-IDF cosine of characters' n-grams or of words. NumPy only."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Self

import numpy as np
import rjieba

from keqiao_match.text import fold

K1, B = 1.2, 0.75
_SHIFT = 21  # bits of one character
Cut = Callable[[Sequence[str]], tuple[np.ndarray, np.ndarray]]


def grams(size: int) -> Cut:
    """(text number, term number) of every run of one or two characters without a blank in it."""

    def cut(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        folded = [fold(text) + "\n" for text in texts]
        codes = np.frombuffer("".join(folded).encode("utf-32-le"), np.uint32).astype(np.int64)
        owner = np.repeat(np.arange(len(texts)), [len(one) for one in folded])
        is_blank = np.isin(codes, [ord(sign) for sign in " \n\t\r\u3000"])
        if size == 1:
            return owner[~is_blank], codes[~is_blank]
        whole = ~is_blank[:-1] & ~is_blank[1:]
        return owner[:-1][whole], ((codes[:-1] << _SHIFT) | codes[1:])[whole]

    return cut


def one_and_two(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Characters and bigrams together."""
    parts = [grams(1)(texts), grams(2)(texts)]
    return np.concatenate([one for one, _ in parts]), np.concatenate([one for _, one in parts])


class Words:
    """Words of two or more characters; remembers their numbers from text to query."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def __call__(self, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        owner, numbers = [], []
        for at, text in enumerate(texts):
            some = [
                self._numbers.setdefault(word, len(self._numbers))
                for word in rjieba.cut(fold(text), False)
                if len(word) > 1
            ]
            owner += [at] * len(some)
            numbers += some
        return np.array(owner, np.int64), np.array(numbers, np.int64)


class Lexical:
    """Texts by their terms, ready to be asked."""

    def __init__(self, texts: Sequence[str], cut: Cut) -> None:
        self._cut, self._count = cut, len(texts)
        owner, terms = cut(texts)
        known, place = np.unique(terms, return_inverse=True)
        pairs, times = np.unique(place * len(texts) + owner, return_counts=True)
        self._place = {int(term): at for at, term in enumerate(known)}
        place, self._owner = pairs // len(texts), pairs % len(texts)
        self._times = times.astype(np.float32)
        self._ends = np.searchsorted(place, np.arange(len(known) + 1))
        self._frequency = np.diff(self._ends)
        length = np.bincount(owner, minlength=len(texts)).astype(np.float32)
        self._norm = K1 * (1 - B + B * length / length.mean())
        self._idf = np.log(len(texts) / self._frequency).astype(np.float32)
        weights = (1 + np.log(self._times)) * self._idf[place]
        squares = np.bincount(self._owner, weights * weights, minlength=len(texts))
        self._length = np.sqrt(np.maximum(squares, 1e-9)).astype(np.float32)

    @classmethod
    def by_words(cls, texts: Sequence[str]) -> Self:
        """The same by words."""
        return cls(texts, Words())

    def _terms(self, text: str) -> Iterable[tuple[int, int]]:
        counts = Counter(self._cut([text])[1].tolist())
        return ((self._place[term], times) for term, times in counts.items() if term in self._place)

    def bm25(self, text: str) -> np.ndarray:
        """BM25 (k1 1.2, b 0.75) of every text; a term asked twice counts twice."""
        out = np.zeros(self._count, np.float32)
        for at, asked in self._terms(text):
            held = slice(self._ends[at], self._ends[at + 1])
            some, times, n = self._owner[held], self._times[held], int(self._frequency[at])
            rare = math.log(1 + (self._count - n + 0.5) / (n + 0.5))
            out[some] += asked * rare * (K1 + 1) * times / (times + self._norm[some])
        return out

    def cosine(self, text: str) -> np.ndarray:
        """TF-IDF cosine, logarithmic counts, of every text, times the same unknown length of the question."""
        out = np.zeros(self._count, np.float32)
        for at, asked in self._terms(text):
            held = slice(self._ends[at], self._ends[at + 1])
            idf = self._idf[at]
            out[self._owner[held]] += (1 + math.log(asked)) * (1 + np.log(self._times[held])) * idf * idf
        return out / self._length


def best(scores: np.ndarray, count: int) -> list[int]:
    """Positions of the highest scores above zero, best first; ties in the order of the texts."""
    some = np.argpartition(-scores, min(count, len(scores) - 1))[:count]
    order = some[np.lexsort((some, -scores[some]))]
    return [int(at) for at in order if scores[at] > 0]
