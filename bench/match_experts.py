"""Hide a work, find its author: by what all of a person's works say, by single works, and by both.

Run from the repository root: python -m bench.match_experts ../shared/data --queries 300
Two tasks: the grant experts (one project hidden, its title is the question) and the inventors of the graphene patents
(one patent hidden, its title and abstract are the question). Nothing else of the hidden work is used: no organisation,
no programme, no year, no field; only the rows that say so are told the hidden project's programme and period as well.
"standing" learns from what is left of the register, the hidden works not among it. Persons are halved by a seed; how voices are joined was chosen on one half of the
inventors (`--half tune`), the figures are of the other half. Prints one JSON object. Of several authors the best placed
counts; hit@10 and mean reciprocal rank within the first 100.
"""

import argparse
import json
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.lexical import Lexical, best, grams
from bench.match_corpus import patents, rows
from keqiao_match import Doc, Hit, Index, Match, Matcher, PersonMatch, rank_people
from keqiao_match.standing import Facts, Standing

SEED, HALVES, DEPTH = 7, 11, 100
HEARD = 200  # works and profiles that speak
STANDING_HEARD = 300  # where standing may lift whoever is found further down
FAINT = 0.12  # matches below this are noise to keqiao.expertise
Answer = Callable[[Doc], list[str]]


@dataclass(frozen=True)
class Task:
    """works: what may be found, with authors. asked: hidden works with the persons to be found. facts: of the works;
    known: of the hidden ones, by title; empty where the source tells none."""

    works: list[Doc]
    authors: Mapping[str, tuple[str, ...]]
    asked: list[tuple[Doc, tuple[str, ...]]]
    facts: Mapping[str, Facts] = field(default_factory=dict)
    known: Mapping[str, Facts] = field(default_factory=dict)

    def profiles(self) -> list[Doc]:
        """One document a person: titles and texts of their works, the hidden ones not among them."""
        held: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        for work in self.works:
            for person in self.authors[work.id]:
                held[person] += [("题名", work.title), *work.fields]
        return [Doc(person, "", tuple(fields)) for person, fields in held.items()]


def of_half(persons: Sequence[str], half: str) -> set[str]:
    """The persons of one half: "tune" or "report"."""
    first = set(random.Random(HALVES).sample(persons, len(persons) // 2))
    return first if half == "tune" else set(persons) - first


def grants(data: Path, queries: int, half: str) -> Task:
    """Projects of grant experts; (expert, organisation) is one person, as in the source."""
    titles, told = {}, {}
    for row in rows(data / "experts" / "grant_experts.jsonl.gz"):
        person = f"{row['expert']}@{row['org']}"
        told[person] = {project["title"]: facts_of(project) for project in reversed(row["projects"])}
        titles[person] = sorted(told[person])
    chance = random.Random(SEED)
    several = of_half(sorted(person for person, some in titles.items() if len(some) > 1), half)
    hidden = {person: chance.choice(titles[person]) for person in chance.sample(sorted(several), queries)}
    works, authors, facts = [], {}, {}
    for person, some in titles.items():
        for at, title in enumerate(some):
            if hidden.get(person) != title:
                works.append(Doc(f"{person}#{at}", title))
                authors[works[-1].id] = (person,)
                facts[works[-1].id] = told[person][title]
    return Task(
        works,
        authors,
        [(Doc("?", title), (person,)) for person, title in hidden.items()],
        facts,
        {title: told[person][title] for person, title in hidden.items()},
    )


def facts_of(project: Mapping[str, str | None]) -> Facts:
    """Programme with its type, and the years of the period 2018.01-2020.12."""
    start, _, end = (project["period"] or "").partition("-")
    return Facts(f"{project['src']} {project['type'] or ''}".strip(), int(start[:4] or 0), int(end[:4] or 0))


def inventors(data: Path, queries: int, half: str) -> Task:
    """Graphene patents with their inventors; only inventors with another patent can be found. A patent belongs to the
    half of the inventor named first."""
    by_patent: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows(data / "experts" / "graphene_expert_patents.jsonl"):
        by_patent[row["patent"]].append(row["expert"])
    known = {doc.id: doc for doc in patents(data) if doc.id in by_patent}
    owned = Counter(person for key in known for person in by_patent[key])
    mine = of_half(sorted(owned), half)
    findable = sorted(
        key
        for key in known
        if by_patent[key][0] in mine and any(owned[person] > 1 for person in by_patent[key])
    )
    hidden = set(random.Random(SEED).sample(findable, min(queries, len(findable))))
    # A family repeats its abstract; a copy of the hidden patent would give the answer away.
    given_away = {known[key].fields[0][1] for key in hidden}
    works = [doc for doc in known.values() if doc.fields[0][1] not in given_away]
    return Task(
        works,
        {doc.id: tuple(by_patent[doc.id]) for doc in works},
        [(Doc("?", known[key].title, known[key].fields), tuple(by_patent[key])) for key in sorted(hidden)],
    )


def text_of(doc: Doc) -> str:
    return "\n".join([doc.title, *(text for _, text in doc.fields)])


def by_bm25(docs: Sequence[Doc], authors: Mapping[str, Sequence[str]] | None = None) -> Answer:
    """Character-bigram BM25 over the documents; authors: of works, else the documents are persons."""
    lexical = Lexical([text_of(doc) for doc in docs], grams(2))

    def answer(asked: Doc) -> list[str]:
        found = [docs[at].id for at in best(lexical.bm25(text_of(asked)), HEARD if authors else DEPTH)]
        persons = found if authors is None else [person for work in found for person in authors[work]]
        return list(dict.fromkeys(persons))[:DEPTH]

    return answer


def answers(task: Task, with_matches: bool) -> dict[str, Answer]:
    """The baselines and the engine; with_matches: also votes of full comparisons, which take most of the time."""
    profiles = task.profiles()
    works, persons = Index.build(task.works), Index.build(profiles, keep_text=False)

    def names(people: Iterable[PersonMatch]) -> list[str]:
        return [one.person for one in people]

    kept: dict[int, tuple[Match, ...]] = {}

    def matches(asked: Doc) -> tuple[Match, ...]:
        if id(asked) not in kept:
            kept[id(asked)] = works.match(asked, top=DEPTH)
        return kept[id(asked)]

    def both(asked: Doc, *, matched: bool) -> list[str]:
        hits = matches(asked) if matched else works.sharing(asked, top=HEARD)
        everything = persons.sharing(asked, top=HEARD)
        return names(rank_people(hits, task.authors, profiles=everything, top=DEPTH))

    out: dict[str, Answer] = {
        "bigram BM25, profiles": by_bm25(profiles),
        "bigram BM25, best work": by_bm25(task.works, task.authors),
        "works alone": lambda asked: names(
            rank_people(works.sharing(asked, top=HEARD), task.authors, top=DEPTH)
        ),
        "profiles alone": lambda asked: names(
            rank_people([], {}, profiles=persons.sharing(asked, top=HEARD), top=DEPTH)
        ),
        "works and profiles": lambda asked: both(asked, matched=False),
    }
    standing = Standing.learn(
        {work.id: task.facts.get(work.id, Facts()) for work in task.works},
        {work.id: work.title for work in task.works},
        task.authors,
    )

    def stood(asked: Doc, facts: Facts | None) -> list[str]:
        hits, everything = (
            works.sharing(asked, top=STANDING_HEARD),
            persons.sharing(asked, top=STANDING_HEARD),
        )
        heard = [person for hit in hits for person in task.authors[hit.id]] + [hit.id for hit in everything]
        stands = standing.of(dict.fromkeys(heard), asked.title, facts)
        return names(rank_people(hits, task.authors, profiles=everything, standing=stands, top=DEPTH))

    out["works, profiles and standing"] = lambda asked: stood(asked, None)
    if task.known:
        out["the same, programme and period known"] = lambda asked: stood(asked, task.known[asked.title])
    if with_matches:
        out["matches alone"] = lambda asked: names(rank_people(matches(asked), task.authors, top=DEPTH))
        out["matches and profiles"] = lambda asked: both(asked, matched=True)
        out["as the site asks"] = lambda asked: names(
            rank_people(
                to_the_point(works, asked),
                task.authors,
                profiles=persons.sharing(asked, top=HEARD),
                top=DEPTH,
            )
        )
    return out


def to_the_point(works: Index, asked: Doc) -> list[Hit]:
    """`sharing` without the works that a comparison of texts finds to be noise, as `keqiao.expertise` votes."""
    hits = works.sharing(asked, top=HEARD)
    docs = works.get([hit.id for hit in hits])
    found = Matcher().rank(asked, docs.values(), top=HEARD, rarity=works.rarity)
    telling = {one.id for one in found if one.score >= FAINT and one.evidence}
    return [hit for hit in hits if hit.id in telling]


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
    parser.add_argument("--queries", type=int, default=300)
    parser.add_argument("--task", choices=("grants", "inventors", "both"), default="both")
    parser.add_argument("--matches", action="store_true")
    parser.add_argument("--half", choices=("tune", "report"), default="report")
    given = parser.parse_args()
    out = {}
    for name, make in (("grants", grants), ("inventors", inventors)):
        if given.task in (name, "both"):
            task = make(given.data, given.queries, given.half)
            out[name] = {
                "works": len(task.works),
                "queries": len(task.asked),
                **{way: measure(task.asked, answer) for way, answer in answers(task, given.matches).items()},
            }
    json.dump(out, sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
