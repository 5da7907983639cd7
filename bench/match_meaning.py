"""Train the meanings of terms: a title, given as a bag of terms, is to find its own abstract among 511 others.

Run from the repository root: python -m bench.match_meaning ../shared/data
Writes src/keqiao_match/data/meaning.{tsv,i8}.gz: vectors of terms, no text. Needs SciPy, which the package itself does
not. About five minutes and 3 GB; seeded. Pairs: title and abstract, keywords and abstract, first third of an abstract
and the rest, an IPC subgroup and its group. The judged pairs and the demands are not looked at.
"""

import argparse
import gzip
import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from bench.match_background import write
from bench.match_corpus import rows
from keqiao_match.background import DIMENSIONS, meaning_terms
from keqiao_match.text import fold, words

EPOCHS, BATCH, TEMPERATURE, RATE = 10, 512, 0.07, 0.08
LEAST_BAGS = 15
KEPT_TERMS = 0.75  # of a bag in each step
IPC_PAIRS = 25_000
SENTENCE = re.compile("[。；;！？]")
NOTE = re.compile(r"（[^）]*）|\([^)]*\)")


def texts(data: Path) -> Iterator[tuple[str, str]]:
    """Pairs of texts that speak of one thing."""
    seen = set()
    for name in ("patents", "papers"):
        for row in rows(data / "corpus" / f"{name}.jsonl.gz"):
            title, abstract = row.get("title") or "", fold(row.get("abstract") or "")
            if abstract in seen:
                continue
            seen.add(abstract)
            if len(abstract) > 20:
                yield from ((one, abstract) for one in (title, " ".join(row.get("keywords") or [])) if one)
            pieces = [piece for piece in SENTENCE.split(abstract) if len(piece) > 8]
            if len(pieces) > 1:
                third = max(1, len(pieces) // 3)
                yield "。".join(pieces[:third]), "。".join(pieces[third:])
    yield from ipc(data)


def ipc(data: Path) -> list[tuple[str, str]]:
    """Subgroups with the group and subclass above them."""
    titles, out, group = {}, [], ""
    with gzip.open(data / "reference" / "ipc_zh.tsv.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            code, level, title = line.rstrip("\n").split("\t")
            titles[code] = title = NOTE.sub("", title)
            group = title if level == "group" else group
            if level == "subgroup" and len(title) > 3:
                out.append((title, f"{group}；{titles.get(code[:4], '')[:40]}"))
    random.Random(0).shuffle(out)
    return out[:IPC_PAIRS]


def bags(pairs: list[tuple[str, str]]) -> tuple[list[str], sp.csr_matrix, np.ndarray]:
    """Vocabulary, a row of unit length a text weighed by rarity, and the rarities."""
    cut = [
        meaning_terms(word.text for word in words(text) if len(word.text) > 1)
        for pair in pairs
        for text in pair
    ]
    counts = Counter(term for bag in cut for term in bag)
    vocabulary = sorted(term for term, times in counts.items() if times >= LEAST_BAGS)
    row = {term: at for at, term in enumerate(vocabulary)}
    rare = np.log(len(cut) / np.array([counts[term] for term in vocabulary])).astype(np.float32)
    held = [sorted(row[term] for term in bag if term in row) for bag in cut]
    ends = np.cumsum([0, *map(len, held)])
    flat = np.concatenate([np.array(one, np.int32) for one in held])
    table = sp.csr_matrix((rare[flat], flat, ends), shape=(len(cut), len(vocabulary)))
    lengths = np.sqrt(np.asarray(table.multiply(table).sum(1)).ravel())
    return vocabulary, sp.csr_matrix(sp.diags(1 / np.maximum(lengths, 1e-6)) @ table, dtype=np.float32), rare


def train(table: sp.csr_matrix, rare: np.ndarray) -> np.ndarray:
    """(terms, DIMENSIONS) by softmax within the batch, both ways, and Adagrad a row."""
    chance = np.random.default_rng(0)
    vectors = chance.standard_normal((table.shape[1], DIMENSIONS)).astype(np.float32)
    vectors *= 0.1 / np.sqrt(DIMENSIONS)
    moved = np.full((table.shape[1], 1), 0.01, np.float32)
    pairs = table.shape[0] // 2
    steps, step = EPOCHS * pairs // BATCH, 0
    for _ in range(EPOCHS):
        order = chance.permutation(pairs)
        for at in range(0, pairs - BATCH, BATCH):
            drawn = order[at : at + BATCH]
            some = sp.vstack([table[2 * drawn], table[2 * drawn + 1]]).tocsr()
            some.data = some.data * (chance.random(some.nnz) < KEPT_TERMS).astype(np.float32)
            columns, small = np.unique(some.indices, return_inverse=True)
            bag = sp.csr_matrix((some.data, small, some.indptr), shape=(2 * BATCH, len(columns)))
            slope = bag.T @ slope_of(bag @ vectors[columns]) * (BATCH / 8)
            moved[columns] += (slope * slope).mean(1, keepdims=True)
            vectors[columns] -= RATE * (1 - 0.9 * step / steps) * slope / np.sqrt(moved[columns])
            step += 1
    return vectors * rare[:, None]


def slope_of(sums: np.ndarray) -> np.ndarray:
    """The slope of the loss at the batch's summed vectors; the first half asks, the second answers."""
    length = np.linalg.norm(sums, axis=1, keepdims=True) + 1e-6
    unit = sums / length
    asked, answer = unit[:BATCH], unit[BATCH:]
    alike = asked @ answer.T / TEMPERATURE
    wrong = softmax(alike) + softmax(alike.T).T - 2 * np.eye(BATCH, dtype=np.float32)
    wrong /= 2 * BATCH * TEMPERATURE
    pull = np.vstack([wrong @ answer, wrong.T @ asked])
    return (pull - unit * (pull * unit).sum(1, keepdims=True)) / length


def softmax(table: np.ndarray) -> np.ndarray:
    powers = np.exp(table - table.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    vocabulary, table, rare = bags(list(texts(parser.parse_args().data)))
    vectors = train(table, rare)
    length = np.linalg.norm(vectors, axis=1)
    small = np.round(vectors * (127 / np.abs(vectors).max(1, keepdims=True))).astype(np.int8)
    lines = "".join(
        f"{term}\t{round(float(one) * 100)}\n" for term, one in zip(vocabulary, length, strict=True)
    )
    write("meaning.tsv.gz", lines.encode())
    write("meaning.i8.gz", small.tobytes())


if __name__ == "__main__":
    main()
