"""What a user would do without Keqiao: the same file in one SQLite table with an FTS5 trigram index, asked by SQL."""

import json
import sqlite3
import statistics
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

_COLUMNS = ("产出类型", "题名", "摘要", "作者", "单位", "编号", "日期")
_SEARCH = """SELECT rowid, title FROM works_text WHERE works_text MATCH ? ORDER BY rank LIMIT 20"""
_FACET = """SELECT works.{0}, count(*) FROM works_text JOIN works ON works.id = works_text.rowid
            WHERE works_text MATCH ? GROUP BY works.{0}"""


def _rows(file: Path) -> Iterator[tuple[str, ...]]:
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            yield (*(row.get(name, "") for name in _COLUMNS), row.get("日期", "")[:4])


def build(file: Path, target: Path) -> dict[str, float]:
    """Load the file and index title and abstract; seconds and size on disk. No check of any row."""
    target.unlink(missing_ok=True)
    began = time.monotonic()
    with sqlite3.connect(target) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute(
            "CREATE TABLE works (id INTEGER PRIMARY KEY, kind, title, abstract, authors, unit, number, day, year)"
        )
        db.execute(
            "CREATE VIRTUAL TABLE works_text USING fts5(title, abstract, content='works', content_rowid='id', tokenize='trigram')"
        )
        db.executemany(
            "INSERT INTO works (kind, title, abstract, authors, unit, number, day, year) VALUES (?,?,?,?,?,?,?,?)",
            _rows(file),
        )
        db.execute("INSERT INTO works_text(works_text) VALUES ('rebuild')")
        db.execute("CREATE INDEX works_kind ON works(kind)")
        db.execute("CREATE INDEX works_year ON works(year)")
    return {
        "seconds": round(time.monotonic() - began, 1),
        "disk_mb": round(target.stat().st_size / 2**20),
    }


def ask(target: Path, queries: Iterable[str], times: int = 3) -> dict[str, Any]:
    """Twenty hits and two facet counts for each query that trigrams can answer; milliseconds, one caller."""
    taken: list[float] = []
    unanswerable = 0
    with sqlite3.connect(target) as db:
        for query in [q for _ in range(times) for q in queries]:
            words = [word for word in query.split() if len(word) >= 3]
            if not words:
                unanswerable += 1  # a trigram index cannot look up 处理 or PLA's two-character neighbours
                continue
            match = " AND ".join(f'"{word}"' for word in words)
            began = time.monotonic()
            db.execute(_SEARCH, (match,)).fetchall()
            for facet in ("kind", "year"):
                db.execute(_FACET.format(facet), (match,)).fetchall()
            taken.append((time.monotonic() - began) * 1000)
    taken.sort()
    return {
        "asked": len(taken),
        "cannot_answer": unanswerable,
        "p50_ms": round(statistics.median(taken), 1),
        "p95_ms": round(taken[int(len(taken) * 0.95)], 1),
    }
