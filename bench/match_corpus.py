"""The measuring data as documents, and documents resampled from it."""

import gzip
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from keqiao_match.text import sentences
from keqiao_match.types import Doc


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """JSON objects of a .jsonl or .jsonl.gz file."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def abstracts(data: Path) -> set[str]:
    """Title, abstract and keywords of every different patent and paper."""
    return {
        "。".join([row.get("title") or "", row.get("abstract") or "", " ".join(row.get("keywords") or [])])
        for name in ("patents", "papers")
        for row in rows(data / "corpus" / f"{name}.jsonl.gz")
    }


def patents(data: Path) -> Iterator[Doc]:
    """The 25,003 patents; facet `ipc` where the source has it."""
    for row in rows(data / "corpus" / "patents.jsonl.gz"):
        ipc = (row["ipc"],) if row.get("ipc") else ()
        yield Doc(
            id=row["id"],
            title=row.get("title") or "",
            fields=(("摘要", row.get("abstract") or ""),),
            codes=ipc,
            facets={"ipc": ipc} if ipc else {},
        )


def demands(data: Path) -> Iterator[Doc]:
    """The 371 demands."""
    for row in rows(data / "matching" / "demands.jsonl"):
        yield Doc(
            id=row["rid"], title=row.get("title") or "", fields=(("需求内容", row.get("content") or ""),)
        )


def resampled(sources: list[Doc], count: int, *, seed: int = 1) -> Iterator[Doc]:
    """`count` documents: the title of one, two to five sentences of others; made-up facets and numbers."""
    chance = random.Random(seed)
    titles = [doc.title for doc in sources]
    pool = [sentence for doc in sources for _, text in doc.fields for sentence in sentences(text)]
    for at in range(count):
        body = "".join(chance.choices(pool, k=chance.randint(2, 5)))
        facets = {"field": (f"{chance.randint(1, 11):02}",), "division": (f"1508{chance.randint(1, 40):02}",)}
        numbers = {"year": float(chance.randint(2000, 2026)), "amount": float(chance.randint(1, 5000))}
        yield Doc(f"R{at}", chance.choice(titles), (("摘要", body),), facets=facets, numbers=numbers)
