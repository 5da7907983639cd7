"""Known item: does a title, or what is left of it, find its own abstract? Search and match against lexical baselines.

Run from the repository root: python -m bench.match_known_item ../shared/data --queries 300
One index of all different abstracts of patents and papers, without their titles. Asked: paper titles, paper keywords,
patent titles, and titles of both with a third of their words dropped, or replaced by synonyms of the lexicons (word
neighbours of the background where those have none). Seeded; repeated abstracts count once. Prints one JSON object.
"""

import argparse
import gzip
import json
import random
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import rjieba

from bench.lexical import Lexical, best, grams, one_and_two
from bench.match_corpus import rows
from keqiao_match import Doc, Index
from keqiao_match.background import background
from keqiao_match.text import STOP, fold

SEED, DEPTH = 7, 10
CHANGED = 3  # one word of so many is dropped or replaced
LEAST_WORDS = 3
Question = tuple[str, int]  # text, number of the abstract to be found
Answer = Callable[[str], Sequence[int]]


class Corpus:
    """abstracts: different ones. Questions by kind, each with the number of its abstract."""

    def __init__(self, data: Path) -> None:
        self.abstracts: list[str] = []
        self.titles: dict[str, list[Question]] = {"patent": [], "paper": []}
        self.keywords: list[Question] = []
        numbers: dict[str, int] = {}
        for kind in self.titles:
            for row in rows(data / "corpus" / f"{kind}s.jsonl.gz"):
                abstract = (row.get("abstract") or "").strip()
                if not abstract:
                    continue
                at = numbers.setdefault(abstract, len(self.abstracts))
                if at == len(self.abstracts):
                    self.abstracts.append(abstract)
                if title := (row.get("title") or "").strip():
                    self.titles[kind].append((title, at))
                if row.get("keywords"):
                    self.keywords.append((" ".join(row["keywords"]), at))


class Synonyms:
    """Another word for a word: of the lexicons' sets, else the nearest neighbour of the background's vectors."""

    def __init__(self, data: Path, chance: random.Random) -> None:
        self._chance = chance
        self._sets: dict[str, list[str]] = {}
        for name, encoding in (("synonyms", "utf-8"), ("cilin", "gb18030")):
            with gzip.open(
                data / "lexicons" / f"{name}.txt.gz", "rt", encoding=encoding, errors="ignore"
            ) as lines:
                for line in lines:
                    code, *some = line.split()
                    for word in some if code.endswith("=") else ():
                        self._sets.setdefault(word, []).extend(one for one in some if one != word)
        known = background()
        self._rows, self._vectors, self._words = known.rows, known.vectors, list(known.rows)

    def __call__(self, word: str) -> str | None:
        if some := self._sets.get(word):
            return self._chance.choice(some)
        at = self._rows.get(word)
        if at is None:
            return None
        near = np.argsort(-(self._vectors @ self._vectors[at]))[:2]
        return next((self._words[one] for one in near if one != at), None)


def changed(
    questions: list[Question], count: int, chance: random.Random, other: Callable[[str], str | None] | None
) -> list[Question]:
    """`count` titles with a third of their words dropped, or put in other words; those that are too short, or
    whose words have no others, are passed over."""
    out: list[Question] = []
    for title, at in chance.sample(questions, len(questions)):
        pieces = rjieba.cut(fold(title), False)
        telling = [n for n, piece in enumerate(pieces) if len(piece) > 1 and piece not in STOP]
        if len(telling) < LEAST_WORDS:
            continue
        wanted, done = max(1, round(len(telling) / CHANGED)), 0
        for n in chance.sample(telling, len(telling)):
            instead = other(pieces[n]) if other else ""
            if done < wanted and instead is not None:
                pieces[n], done = instead, done + 1
        if done == wanted:
            out.append(("".join(pieces), at))
        if len(out) == count:
            break
    return out


def tasks(data: Path, corpus: Corpus, count: int) -> dict[str, list[Question]]:
    """The questions of each task."""
    chance = random.Random(SEED)
    out = {f"{kind} title": chance.sample(corpus.titles[kind], count) for kind in ("paper", "patent")}
    out["paper keywords"] = chance.sample(corpus.keywords, count)
    synonym = Synonyms(data, chance)
    for kind in ("paper", "patent"):
        out[f"{kind} title, words dropped"] = changed(corpus.titles[kind], count, chance, None)
        out[f"{kind} title, words replaced"] = changed(corpus.titles[kind], count, chance, synonym)
    return out


def answers(abstracts: list[str]) -> dict[str, Answer]:
    """Ours and the baselines, each giving numbers of abstracts, best first."""
    index = Index.build(Doc(str(at), "", (("摘要", text),)) for at, text in enumerate(abstracts))
    by_words, by_pairs = Lexical.by_words(abstracts), Lexical(abstracts, grams(2))
    by_characters = Lexical(abstracts, one_and_two)
    return {
        "word BM25": lambda text: best(by_words.bm25(text), DEPTH),
        "bigram BM25": lambda text: best(by_pairs.bm25(text), DEPTH),
        "character 1-2-gram TF-IDF": lambda text: best(by_characters.cosine(text), DEPTH),
        "search": lambda text: [int(hit.id) for hit in index.search(text, top=DEPTH, near=DEPTH).hits],
        "match": lambda text: [int(one.id) for one in index.match(Doc("?", text), top=DEPTH)],
    }


def measure(questions: list[Question], answer: Answer) -> dict[str, float]:
    """Shares found first and among ten, and mean reciprocal rank within ten."""
    ranks = []
    for text, wanted in questions:
        found = list(answer(text))
        ranks.append(found.index(wanted) + 1 if wanted in found else 0)
    return {
        "hit@1": round(sum(rank == 1 for rank in ranks) / len(ranks), 3),
        "hit@10": round(sum(rank > 0 for rank in ranks) / len(ranks), 3),
        "mrr": round(sum(1 / rank for rank in ranks if rank) / len(ranks), 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--queries", type=int, default=300)
    given = parser.parse_args()
    corpus = Corpus(given.data)
    asked = tasks(given.data, corpus, given.queries)
    ways = answers(corpus.abstracts)
    out: dict[str, object] = {"abstracts": len(corpus.abstracts)}
    for name, questions in asked.items():
        found = {way: measure(questions, answer) for way, answer in ways.items()}
        out[name] = {"queries": len(questions), **found}
    json.dump(out, sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
