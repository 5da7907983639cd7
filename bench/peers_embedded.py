"""Engines inside the asking process: ours, the bare library below it, SQLite FTS5, bm25s, Xapian."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import tantivy

from bench.peers_work import FACETS, TOP, body, size_mb, tokens
from keqiao_match import Index
from keqiao_match.types import Doc


class Keqiao:
    """keqiao_match: exact totals; a demand comes back ranked anew with the sentences that made each match."""

    name = "keqiao_match"

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "keqiao"

    def build(self, docs: Iterable[Doc]) -> None:
        self._index = Index.build(
            docs, path=self._folder, facets=FACETS, numbers=("year", "amount"), keep_text=True
        )

    def few_words(self, asked: Sequence[str]) -> Sequence[object]:
        return self._index.search(" ".join(asked), top=TOP).hits

    def facets(self, asked: Sequence[str]) -> object:
        return self._index.search(" ".join(asked), top=TOP, facets=FACETS).facets

    def text(self, doc: Doc, telling: Sequence[str]) -> Sequence[object]:
        return self._index.match(doc, top=TOP)

    def ids_only(self, doc: Doc) -> Sequence[object]:
        """What the peers do: the best by BM25, no comparison, no reasons."""
        return self._index.candidates(doc, limit=TOP)

    def disk_mb(self) -> float:
        return size_mb(self._folder)

    def close(self) -> None:
        pass


class Bare:
    """tantivy alone, as its own tutorial would: terms cut in Python, title and body, the best by BM25, no reasons."""

    name = "tantivy"

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "tantivy"
        self._folder.mkdir()
        builder = tantivy.SchemaBuilder()
        for name in ("title", "body"):
            builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
        for name in FACETS:
            builder.add_text_field(name, tokenizer_name="raw", fast=True, index_option="basic")
        builder.add_text_field("stored", stored=True, tokenizer_name="raw", index_option="basic")
        self._index = tantivy.Index(builder.build(), str(self._folder))

    def build(self, docs: Iterable[Doc]) -> None:
        writer = self._index.writer(heap_size=256_000_000, num_threads=1)
        for doc in docs:
            given = tantivy.Document()
            given.add_text("title", " ".join(tokens(doc.title)))
            given.add_text("body", " ".join(tokens(body(doc))))
            given.add_text("stored", doc.id)
            for name in FACETS:
                given.add_text(name, doc.facets[name][0])
            writer.add_document(given)
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        self._searcher = self._index.searcher()

    def _term(self, term: str) -> tantivy.Query:
        fields = (
            tantivy.Query.term_query(self._index.schema, name, term, "freq") for name in ("title", "body")
        )
        return tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in fields])

    def _all(self, asked: Sequence[str]) -> tantivy.Query:
        terms = {term for word in asked for term in tokens(word)}
        return tantivy.Query.boolean_query([(tantivy.Occur.Must, self._term(term)) for term in sorted(terms)])

    def few_words(self, asked: Sequence[str]) -> Sequence[object]:
        return self._titles(self._all(asked))

    def facets(self, asked: Sequence[str]) -> object:
        query = self._all(asked)
        self._titles(query)
        wanted = {name: {"terms": {"field": name, "size": 1000}} for name in FACETS}
        return self._searcher.aggregate(query, wanted)

    def text(self, doc: Doc, telling: Sequence[str]) -> Sequence[object]:
        queries = [
            (tantivy.Occur.Should, tantivy.Query.term_query(self._index.schema, name, term, "freq"))
            for term in telling
            for name in ("title", "body")
        ]
        return self._titles(tantivy.Query.boolean_query(queries))

    def _titles(self, query: tantivy.Query) -> Sequence[object]:
        return [self._searcher.doc(at)["stored"] for _, at in self._searcher.search(query, TOP).hits]

    def disk_mb(self) -> float:
        return size_mb(self._folder)

    def close(self) -> None:
        pass


class Fts5:
    """SQLite's full-text table over the same pairs, title weighing three times; facets by GROUP BY."""

    name = "sqlite fts5"

    def __init__(self, folder: Path) -> None:
        self._file = folder / "fts5.sqlite3"
        self._db = sqlite3.connect(self._file)

    def build(self, docs: Iterable[Doc]) -> None:
        db = self._db
        db.execute("PRAGMA journal_mode=WAL")
        db.execute(
            "CREATE TABLE docs (id INTEGER PRIMARY KEY, key TEXT, title TEXT, field TEXT, division TEXT)"
        )
        db.execute(
            "CREATE VIRTUAL TABLE found USING fts5(title, body, content='', detail=full, tokenize=\"unicode61 tokenchars '-.%'\")"
        )
        for at, doc in enumerate(docs, 1):
            db.execute(
                "INSERT INTO docs VALUES (?,?,?,?,?)",
                (at, doc.id, doc.title, doc.facets["field"][0], doc.facets["division"][0]),
            )
            db.execute(
                "INSERT INTO found(rowid, title, body) VALUES (?,?,?)",
                (at, " ".join(tokens(doc.title)), " ".join(tokens(body(doc)))),
            )
        db.commit()

    @staticmethod
    def _quoted(terms: Iterable[str], join: str) -> str:
        return join.join('"' + term.replace('"', '""') + '"' for term in terms)

    def _every(self, asked: Sequence[str]) -> str:
        return self._quoted(sorted({term for word in asked for term in tokens(word)}), " AND ")

    def few_words(self, asked: Sequence[str]) -> Sequence[object]:
        return self._best(self._every(asked))

    def facets(self, asked: Sequence[str]) -> object:
        query = self._every(asked)
        self._best(query)
        return [
            self._db.execute(
                f"SELECT {name}, count(*) FROM found JOIN docs ON docs.id = found.rowid WHERE found MATCH ? GROUP BY 1",
                (query,),
            ).fetchall()
            for name in FACETS
        ]

    def text(self, doc: Doc, telling: Sequence[str]) -> Sequence[object]:
        return self._best(self._quoted(telling, " OR "))

    def _best(self, query: str) -> Sequence[object]:
        return self._db.execute(
            "SELECT key, title FROM (SELECT rowid AS at FROM found WHERE found MATCH ?"
            " ORDER BY bm25(found, 3.0, 1.0) LIMIT 20) JOIN docs ON docs.id = at",
            (query,),
        ).fetchall()

    def disk_mb(self) -> float:
        return sum(file.stat().st_size for file in self._file.parent.glob("fts5.sqlite3*")) / 1e6

    def close(self) -> None:
        self._db.close()


class Bm25s:
    """bm25s, the quick BM25 on sparse arrays; all in memory. It knows neither "all of the words" nor facets, so
    facets are counted over whatever scores above zero."""

    name = "bm25s"

    def __init__(self, folder: Path) -> None:
        import bm25s  # optional: only where it is installed
        import numpy as np

        self._np, self._library, self._folder = np, bm25s, folder / "bm25s"

    def build(self, docs: Iterable[Doc]) -> None:
        vocabulary: dict[str, int] = {}
        rows, self._facets = [], []
        for doc in docs:
            row = tokens(doc.title) * 3 + tokens(body(doc))
            rows.append([vocabulary.setdefault(term, len(vocabulary)) for term in row])
            self._facets.append(doc.facets["field"][0])
        self._vocabulary = vocabulary
        self._model = self._library.BM25()
        given = self._library.tokenization.Tokenized(ids=rows, vocab=vocabulary)
        self._model.index(given, show_progress=False)
        self._model.save(str(self._folder))

    def _scores(self, terms: Iterable[str]) -> "Sequence[float]":
        known = [term for term in terms if term in self._vocabulary]
        return self._model.get_scores(known) if known else self._np.zeros(len(self._facets))

    def _best(self, terms: Iterable[str]) -> Sequence[object]:
        scores = self._scores(terms)
        return list(self._np.argpartition(-scores, min(TOP, len(scores) - 1))[:TOP])

    def few_words(self, asked: Sequence[str]) -> Sequence[object]:
        return self._best(term for word in asked for term in tokens(word))

    def facets(self, asked: Sequence[str]) -> object:
        scores = self._scores(term for word in asked for term in tokens(word))
        return Counter(self._facets[at] for at in self._np.flatnonzero(scores))

    def text(self, doc: Doc, telling: Sequence[str]) -> Sequence[object]:
        return self._best(telling)

    def disk_mb(self) -> float:
        return size_mb(self._folder)

    def close(self) -> None:
        pass


class Xapian:
    """Xapian over the same pairs, title three times; facets by its value-count spy."""

    name = "xapian"

    def __init__(self, folder: Path) -> None:
        import xapian  # optional: only where it is installed

        self._library, self._folder = xapian, folder / "xapian"

    def build(self, docs: Iterable[Doc]) -> None:
        library = self._library
        db = library.WritableDatabase(str(self._folder), library.DB_CREATE_OR_OPEN)
        for doc in docs:
            given = library.Document()
            for term, times in Counter(tokens(doc.title) * 3 + tokens(body(doc))).items():
                if len(term.encode()) < 200:
                    given.add_term(term, times)
            for at, name in enumerate(FACETS):
                given.add_value(at, doc.facets[name][0])
            given.set_data(doc.id)
            db.add_document(given)
        db.commit()
        db.close()
        self._db = library.Database(str(self._folder))

    def _query(self, how: int, terms: Iterable[str]) -> object:
        return self._library.Query(how, sorted(set(terms)))

    def _run(self, query: object, spies: Sequence[object] = (), check: int = 0) -> Sequence[object]:
        enquire = self._library.Enquire(self._db)
        enquire.set_query(query)
        for spy in spies:
            enquire.add_matchspy(spy)
        return [match.document.get_data() for match in enquire.get_mset(0, TOP, check)]

    def few_words(self, asked: Sequence[str]) -> Sequence[object]:
        return self._run(self._query(self._library.Query.OP_AND, (t for word in asked for t in tokens(word))))

    def facets(self, asked: Sequence[str]) -> object:
        spies = [self._library.ValueCountMatchSpy(at) for at in range(len(FACETS))]
        query = self._query(self._library.Query.OP_AND, (t for word in asked for t in tokens(word)))
        self._run(query, spies, self._db.get_doccount())
        return [[(one.term, one.termfreq) for one in spy.values()] for spy in spies]

    def text(self, doc: Doc, telling: Sequence[str]) -> Sequence[object]:
        return self._run(self._query(self._library.Query.OP_OR, telling))

    def disk_mb(self) -> float:
        return size_mb(self._folder)

    def close(self) -> None:
        self._db.close()
