"""How alike two texts are as texts, for 与 2024-137 相似."""

from collections import Counter
from collections.abc import Iterable

from keqiao_match.index import Index
from keqiao_match.interface import Load
from keqiao_match.text import fold
from keqiao_match.types import Doc

_GRAM = 3
_BLANKS_AND_SIGNS = str.maketrans("", "", " \t\r\n　,.;:!?()[]{}<>\"'，。；：！？（）【】《》“”‘’、-—_/")


def _grams(text: str) -> Counter[str]:
    plain = fold(text).translate(_BLANKS_AND_SIGNS)
    if len(plain) < _GRAM:
        return Counter([plain] if plain else [])
    return Counter(plain[at : at + _GRAM] for at in range(len(plain) - _GRAM + 1))


def _dice(one: Counter[str], other: Counter[str]) -> float:
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 0.0


def similarity(one: Doc, other: Doc) -> float:
    """0..1: share of common three-character pieces. Half title, half text; title alone when a side has no text."""
    titles = _dice(_grams(one.title), _grams(other.title))
    text, other_text = ("".join(text for _, text in doc.fields) for doc in (one, other))
    if not text.strip() or not other_text.strip():
        return titles
    return (titles + _dice(_grams(text), _grams(other_text))) / 2


def near_duplicates(
    among: Index | Iterable[Doc], doc: Doc, *, least: float = 0.6, top: int = 5, load: Load | None = None
) -> list[tuple[str, float]]:
    """(id, similarity) of documents at least so alike, most alike first; `doc`'s own id is left out.

    among: an index (give `load` when it keeps no text; 50 candidates are compared) or the documents themselves.
    """
    if isinstance(among, Index):
        found = among.candidates(doc, limit=50)
        pool: Iterable[Doc] = (load(found) if load is not None else among.get(found)).values()
    else:
        pool = among
    alike = [(other.id, similarity(doc, other)) for other in pool if other.id != doc.id]
    return sorted((pair for pair in alike if pair[1] >= least), key=lambda pair: (-pair[1], pair[0]))[:top]
