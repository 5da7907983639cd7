"""How rare a term is in an index and in general: what its sharing tells."""

import math
from collections.abc import Mapping
from typing import Protocol

from keqiao_match.background import Background, background

_BORROWED = 2_000  # the background counts as so many documents beside the index's own
_DAMPED = 0.85  # exponent of term weights in cosines: rare terms of short titles otherwise drown the rest
_RARITIES_KEPT = 500_000
_LEAST_KEPT = 10_000  # documents; a smaller index counts anew with every commit, which costs little


class Frequencies(Protocol):
    """Where document frequencies come from: an index."""

    def frequency(self, term: str) -> int: ...
    def __len__(self) -> int: ...


class Rarity:
    """Inverse document frequency over an index and the background together, natural log, 0 or more."""

    def __init__(self, frequencies: Frequencies | None = None) -> None:
        self._own = frequencies
        self._own_size = len(frequencies) if frequencies is not None else 0
        self._shared: Background = background()
        self._known: dict[str, float] = {}
        self._damped: dict[str, float] = {}

    def holds_for(self, size: int) -> bool:
        """Whether an index of `size` documents may go on with what was counted here: of ten thousand documents or more
        not one in a hundred came or went. What changes a logarithm by a hundredth is not worth six hundred look-ups."""
        return self._own_size >= _LEAST_KEPT and abs(size - self._own_size) * 100 <= self._own_size

    def __call__(self, term: str) -> float:
        known = self._known.get(term)
        if known is None:
            if len(self._known) > _RARITIES_KEPT:
                self._known.clear()
                self._damped.clear()
            # Deleted documents are counted until the engine merges them away, hence the floor.
            known = self._known[term] = max(0.0, self._count(term))
        return known

    def _count(self, term: str) -> float:
        shared = self._shared.terms.get(term, 0) / self._shared.documents * _BORROWED
        if self._own is None:
            return math.log((_BORROWED + 1) / (shared + 0.5))
        return math.log((_BORROWED + self._own_size + 1) / (shared + self._own.frequency(term) + 0.5))

    def weigh(self, counts: Mapping[str, int]) -> dict[str, float]:
        """Terms with repeats as damped weights, for cosines."""
        damped, out = self._damped, {}
        for term, times in counts.items():
            weight = damped.get(term)
            if weight is None:
                weight = self.damp(term)
            out[term] = weight if times == 1 else weight * (1 + math.log(times)) ** _DAMPED
        return out

    def damp(self, term: str) -> float:
        """The damped weight of a term that stands once."""
        weight = self._damped[term] = float(self(term) ** _DAMPED)
        return weight

    def shared(
        self, counts: Mapping[str, int], near: Mapping[str, float], wide: Mapping[str, float]
    ) -> tuple[float, float, float]:
        """Products of the damped weights of `counts` with those of `near`, whose terms `wide` holds too, and of `wide`;
        and the square of their own length. One pass, no table: most candidates go no further."""
        damped, in_near, in_wide, square = self._damped, 0.0, 0.0, 0.0
        for term, times in counts.items():
            weight = damped.get(term)
            if weight is None:
                weight = self.damp(term)
            if times > 1:
                weight *= (1 + math.log(times)) ** _DAMPED
            square += weight * weight
            if term in wide:
                in_wide += weight * wide[term]
                if term in near:
                    in_near += weight * near[term]
        return in_near, in_wide, square
