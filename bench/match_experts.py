"""Hide a work, find its author: experts by their works, against BM25 over everything an expert wrote.

Run from the repository root: python -m bench.match_experts ../shared/data --queries 400
Two tasks: the grant experts (one project hidden, its title is the question) and the inventors of the graphene patents
(one patent hidden, its title and abstract are the question; the index keeps the others). Seeded; prints one JSON object.
Of several authors the best placed counts; hit@10 and mean reciprocal rank within the first 100.
"""

import argparse
import json
import math
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.match_corpus import patents, rows
from keqiao_match import Doc, Index, rank_people
from keqiao_match.text import fold

SEED, DEPTH = 7, 100
Answer = Callable[[Doc], list[str]]


@dataclass(frozen=True)
class Task:
    """works: what may be found, with authors. asked: hidden works with the persons to be found."""

    works: list[Doc]
    authors: Mapping[str, tuple[str, ...]]
    asked: list[tuple[Doc, tuple[str, ...]]]


def grants(data: Path, queries: int) -> Task:
    """Projects of grant experts; (expert, organisation) is one person, as in the source."""
    titles = {
        f"{row['expert']}@{row['org']}": sorted({project["title"] for project in row["projects"]})
        for row in rows(data / "experts" / "grant_experts.jsonl.gz")
    }
    chance = random.Random(SEED)
    several = sorted(person for person, some in titles.items() if len(some) > 1)
    hidden = {person: chance.choice(titles[person]) for person in chance.sample(several, queries)}
    works, authors = [], {}
    for person, some in titles.items():
        for at, title in enumerate(some):
            if hidden.get(person) != title:
                works.append(Doc(f"{person}#{at}", title))
                authors[works[-1].id] = (person,)
    return Task(works, authors, [(Doc("?", title), (person,)) for person, title in hidden.items()])


def inventors(data: Path, queries: int) -> Task:
    """Graphene patents with their inventors; only inventors with another patent can be found."""
    by_patent: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows(data / "experts" / "graphene_expert_patents.jsonl"):
        by_patent[row["patent"]].append(row["expert"])
    known = {doc.id: doc for doc in patents(data) if doc.id in by_patent}
    owned = Counter(person for key in known for person in by_patent[key])
    findable = sorted(key for key in known if any(owned[person] > 1 for person in by_patent[key]))
    hidden = set(random.Random(SEED).sample(findable, min(queries, len(findable))))
    # A family repeats its abstract; a copy of the hidden patent would give the answer away.
    given_away = {known[key].fields[0][1] for key in hidden}
    works = [doc for doc in known.values() if doc.fields[0][1] not in given_away]
    return Task(
        works,
        {doc.id: tuple(by_patent[doc.id]) for doc in works},
        [(Doc("?", known[key].title, known[key].fields), tuple(by_patent[key])) for key in sorted(hidden)],
    )


def by_bm25(task: Task) -> Answer:
    """Character-bigram BM25 (k1 1.2, b 0.75) over one document a person: all of his works."""
    held: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for work in task.works:
        for person in task.authors[work.id]:
            held[person].update(bigrams(work))
    postings: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
    for person, counts in held.items():
        for gram, times in counts.items():
            postings[gram].append((person, times))
    length = {person: sum(counts.values()) for person, counts in held.items()}
    usual = sum(length.values()) / len(length)

    def answer(asked: Doc) -> list[str]:
        scores: defaultdict[str, float] = defaultdict(float)
        for gram, asked_times in Counter(bigrams(asked)).items():
            some = postings.get(gram, ())
            rare = math.log(1 + (len(length) - len(some) + 0.5) / (len(some) + 0.5))
            for person, times in some:
                norm = 1.2 * (0.25 + 0.75 * length[person] / usual)
                scores[person] += asked_times * rare * times * 2.2 / (times + norm)
        return sorted(scores, key=lambda person: (-scores[person], person))[:DEPTH]

    return answer


def bigrams(doc: Doc) -> list[str]:
    text = fold(" ".join([doc.title, *(field for _, field in doc.fields)]))
    return [text[at : at + 2] for at in range(len(text) - 1) if " " not in text[at : at + 2]]


def by_works(task: Task) -> Answer:
    """The engine: matched works speak for their authors."""
    index = Index.build(task.works, keep_text=True)

    def answer(asked: Doc) -> list[str]:
        hits = index.match(asked, top=DEPTH)
        return [one.person for one in rank_people(hits, task.authors, top=DEPTH)]

    return answer


def measure(asked: Sequence[tuple[Doc, tuple[str, ...]]], answer: Answer) -> dict[str, float]:
    """Mean reciprocal rank and hits of the best placed author."""
    ranks = [rank_of(wanted, answer(doc)) for doc, wanted in asked]
    return {
        "mrr": round(sum(1 / rank for rank in ranks if rank) / len(ranks), 3),
        **{
            f"hit@{depth}": round(sum(0 < rank <= depth for rank in ranks) / len(ranks), 3)
            for depth in (1, 10, 100)
        },
    }


def rank_of(wanted: Iterable[str], found: Sequence[str]) -> int:
    """Place of the first wanted person, from 1; 0 when none is found."""
    places = [found.index(person) + 1 for person in wanted if person in found]
    return min(places, default=0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--queries", type=int, default=400)
    parser.add_argument("--task", choices=("grants", "inventors", "both"), default="both")
    given = parser.parse_args()
    out = {}
    for name, make in (("grants", grants), ("inventors", inventors)):
        if given.task in (name, "both"):
            task = make(given.data, given.queries)
            out[name] = {
                "works": len(task.works),
                "queries": len(task.asked),
                "bigram_bm25": measure(task.asked, by_bm25(task)),
                "keqiao_match": measure(task.asked, by_works(task)),
            }
    json.dump(out, sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
