"""Does a title find its own abstract? Known-item search and matching over the 25,003 patents.

Run from the repository root: python -m bench.match_known_item ../shared/data --queries 400
The index holds abstracts only, under no title; the title is the query. Repeated abstracts (families) count as found.
Prints one JSON object.
"""

import argparse
import json
import random
import sys
from dataclasses import replace
from pathlib import Path

from bench.match_corpus import patents
from keqiao_match import Doc, Index

SEED = 7


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--queries", type=int, default=400)
    given = parser.parse_args()
    docs = [doc for doc in patents(given.data) if doc.title.strip() and doc.fields[0][1].strip()]
    family = {doc.id: doc.fields[0][1] for doc in docs}
    index = Index.build(replace(doc, title="", codes=(), facets={}) for doc in docs)
    chosen = random.Random(SEED).sample(docs, given.queries)
    search, found, match = [], [], []
    for doc in chosen:
        asked = Doc("?", doc.title)
        search.append([hit.id for hit in index.search(doc.title, top=10).hits])
        found.append(index.candidates(asked))
        match.append([one.id for one in index.match(asked)])
    out = {
        "documents": len(docs),
        "queries": len(chosen),
        "search_hit_1": share(chosen, search, 1, family),
        "search_hit_10": share(chosen, search, 10, family),
        "candidates_hit_200": share(chosen, found, 200, family),
        "match_hit_1": share(chosen, match, 1, family),
        "match_hit_10": share(chosen, match, 10, family),
    }
    json.dump(out, sys.stdout, indent=1)
    sys.stdout.write("\n")


def share(chosen: list[Doc], answers: list[list[str]], depth: int, family: dict[str, str]) -> float:
    """Share of queries whose own text, or a copy of it, is among the first `depth` answers."""
    hits = [
        any(family[key] == family[doc.id] for key in answer[:depth])
        for doc, answer in zip(chosen, answers, strict=True)
    ]
    return round(sum(hits) / len(hits), 3)


if __name__ == "__main__":
    main()
