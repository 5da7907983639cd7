"""Draw the background counts and word vectors of keqiao_match from the measuring corpus.

Run from the repository root: python -m bench.match_background ../shared/data
Writes src/keqiao_match/data/{terms.tsv,words.tsv,vectors.i8}.gz. Only counts of single terms and vectors are kept,
no text. About two minutes and 3 GB. Seeded: the same corpus gives the same files.
"""

import argparse
import gzip
from collections import Counter
from pathlib import Path

import numpy as np

from bench.match_corpus import abstracts
from keqiao_match.background import DIMENSIONS
from keqiao_match.text import terms, words

TARGET = Path(__file__).parents[1] / "src" / "keqiao_match" / "data"
LEAST_DOCUMENTS = 10  # rarer terms count as unseen
MOST_WORDS = 16_000
WINDOW = 6  # words to each side; the nearer three count double
NOTHING = -1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    data = parser.parse_args().data
    counts: Counter[str] = Counter()
    sequences: list[list[str]] = []
    for text in sorted(abstracts(data)):
        counts.update({*terms(text), *(char for char in text if "\u4e00" <= char <= "\u9fff")})
        sequences.append([word.text for word in words(text) if len(word.text) > 1])
    held = Counter(word for sequence in sequences for word in set(sequence))
    vocabulary = [word for word, count in held.most_common(MOST_WORDS) if count >= LEAST_DOCUMENTS]
    vectors = word_vectors(sequences, vocabulary)
    TARGET.mkdir(exist_ok=True)
    common = sorted(term for term, count in counts.items() if count >= LEAST_DOCUMENTS)
    write(
        "terms.tsv.gz",
        "".join([f"\t{len(sequences)}\n", *(f"{term}\t{counts[term]}\n" for term in common)]).encode(),
    )
    write("words.tsv.gz", "".join(f"{word}\t{held[word]}\n" for word in vocabulary).encode())
    write("vectors.i8.gz", vectors.tobytes())


def write(name: str, content: bytes) -> None:
    """A gzip file without a date, so that the same content gives the same bytes."""
    (TARGET / name).write_bytes(gzip.compress(content, 9, mtime=0))


def word_vectors(sequences: list[list[str]], vocabulary: list[str]) -> np.ndarray:
    """Signed-byte vectors of the words: shifted positive mutual information, its leading eigenvectors."""
    row = {word: at for at, word in enumerate(vocabulary)}
    size = len(vocabulary)
    gap = np.full(WINDOW, NOTHING)
    flat = np.concatenate([np.append([row[w] for w in sequence if w in row], gap) for sequence in sequences])
    flat = flat.astype(np.int64)
    pairs = np.zeros((size, size), np.float32)
    for distance in range(1, WINDOW + 1):
        left, right = flat[:-distance], flat[distance:]
        usable = (left != NOTHING) & (right != NOTHING) & (left != right)
        cells, times = np.unique(left[usable] * size + right[usable], return_counts=True)
        pairs.reshape(-1)[cells] += times * (1.0 if distance <= WINDOW // 2 else 0.5)
    pairs += pairs.T.copy()
    total = pairs.sum()
    rows = pairs.sum(1) + 1e-9
    columns = rows**0.75  # context distribution smoothing, Levy and Goldberg 2015
    columns *= total / columns.sum()
    pairs *= total / rows[:, None] / columns[None, :]
    np.log(np.maximum(pairs, 1.0), out=pairs)
    pairs = (pairs + pairs.T) / 2
    basis = np.random.default_rng(0).standard_normal((size, DIMENSIONS + 16)).astype(np.float32)
    for _ in range(6):
        basis, _ = np.linalg.qr(pairs @ basis)
    values, turned = np.linalg.eigh(basis.T @ pairs @ basis)
    best = np.argsort(-np.abs(values))[:DIMENSIONS]
    vectors = basis @ turned[:, best] * np.sqrt(np.abs(values[best]))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9
    scale = 127.0 / np.abs(vectors).max(1, keepdims=True)
    return np.round(vectors * scale).astype(np.int8)


if __name__ == "__main__":
    main()
