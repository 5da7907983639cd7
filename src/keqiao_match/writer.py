"""Putting documents in: one writer, many documents, each commit whole."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import islice
from multiprocessing import get_context
from types import TracebackType
from typing import Any, Protocol, Self

import tantivy

from keqiao_match.schema import encodable, prepare
from keqiao_match.types import Doc

Prepared = dict[str, Any]

_PIECE = 200  # documents that are cut at a time
_AHEAD = 4  # pieces under way for each process


class Target(Protocol):
    """What the writer needs of its index."""

    facets: tuple[str, ...]
    numbers: tuple[str, ...]
    keep_text: bool

    def refresh(self) -> None: ...
    def __len__(self) -> int: ...


class Writer:
    """Puts and removes documents. Nothing is seen by readers before `commit`."""

    def __init__(self, index: Target, engine: tantivy.IndexWriter) -> None:
        self._index, self._engine = index, engine
        self._pool: ProcessPoolExecutor | None = None
        # An empty index has nothing to replace, so ids put for the first time need no delete.
        # Kept as hashes: should two ids share one, the second costs a delete that finds nothing.
        self._fresh: set[int] | None = set() if not len(index) else None

    def put(self, doc: Doc) -> None:
        """Add the document, or replace the one with its id. Raises BadDoc naming the document and the mend."""
        self._add(doc.id, prepare(doc, self._index.facets, self._index.numbers, self._index.keep_text))

    def put_all(self, docs: Iterable[Doc], *, workers: int = 0) -> int:
        """Put many documents; `workers` processes cut texts beside this one, and stay for the next call. Returns how
        many."""
        count = 0
        if workers < 1:
            for doc in docs:
                self.put(doc)
                count += 1
            return count
        for key, prepared in self._cut(docs, workers):
            self._add(key, prepared)
            count += 1
        return count

    def _cut(self, docs: Iterable[Doc], workers: int) -> Iterator[tuple[str, Prepared]]:
        """The documents in their order, each worker and this process cutting every so many-th piece: a process that
        only hands out and takes in would leave its core half idle."""
        if self._pool is None:
            self._pool = ProcessPoolExecutor(workers, get_context("spawn"))
        index, coming = self._index, iter(docs)
        cut = partial(_prepare_all, facets=index.facets, numbers=index.numbers, keep_text=index.keep_text)
        pieces = enumerate(iter(lambda: list(islice(coming, _PIECE)), []))
        handed = (
            partial(cut, piece) if at % (workers + 1) == workers else self._pool.submit(cut, piece).result
            for at, piece in pieces
        )
        waiting = deque(islice(handed, _AHEAD * (workers + 1)))
        while waiting:
            yield from waiting.popleft()()
            waiting.extend(islice(handed, 1))

    def _add(self, key: str, prepared: Prepared) -> None:
        mark = hash(key)
        if self._fresh is None or mark in self._fresh:
            self._engine.delete_documents_by_term("id", key)
        else:
            self._fresh.add(mark)
        document = tantivy.Document()
        for name, value in prepared.items():
            if name == "doc":
                document.add_bytes(name, value)
            elif name[0] == "n":
                document.add_float(name, value)
            elif isinstance(value, str):
                document.add_text(name, value)
            else:
                for one in value:
                    document.add_text(name, one)
        self._engine.add_document(document)

    def remove(self, key: str) -> None:
        """Remove the document with this id, if there is one."""
        if clean := encodable(key):
            self._engine.delete_documents_by_term("id", clean)

    def commit(self) -> None:
        """Make everything so far durable and visible to readers."""
        self._engine.commit()
        self._index.refresh()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
        try:
            if kind is None:
                self._engine.commit()
            else:
                self._engine.rollback()
        finally:
            self._engine.wait_merging_threads()
            self._index.refresh()


def _prepare_all(
    docs: list[Doc], *, facets: Sequence[str], numbers: Sequence[str], keep_text: bool
) -> list[tuple[str, Prepared]]:
    return [(doc.id, prepare(doc, facets, numbers, keep_text)) for doc in docs]
