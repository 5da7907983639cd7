"""What the site asks of an index, and nothing more: the embedded one is the first, a cluster may stand behind it.

An index holds `Doc`s under their ids. How texts are cut, stored and ranked is its own affair; what it must keep are
the promises in these docstrings. `keqiao_match.Index` keeps them with tantivy in the asking process.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Protocol, Self, runtime_checkable

from keqiao_match.types import Doc, Hit, Match, Page

Where = Mapping[str, Sequence[str]]
Ranges = Mapping[str, tuple[float | None, float | None]]
Load = Callable[[list[str]], Mapping[str, Doc]]


@runtime_checkable
class Writing(Protocol):
    """Puts and removes. Nothing is seen before `commit`; leaving the block commits, an exception takes all back,
    and a process that is killed leaves the last commit."""

    def put(self, doc: Doc) -> None: ...
    def put_all(self, docs: Iterable[Doc], *, workers: int = 0) -> int: ...
    def remove(self, key: str) -> None: ...
    def commit(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


@runtime_checkable
class Searching(Protocol):
    """Reads. Never waits for a writer; sees a commit of any process half a second later, or at once after `refresh`."""

    @property
    def facets(self) -> tuple[str, ...]:
        """Names that `where` and `facets` may use."""

    @property
    def numbers(self) -> tuple[str, ...]:
        """Names that `ranges` and `order` may use."""

    def __len__(self) -> int: ...
    def refresh(self) -> None: ...

    def search(
        self,
        text: str,
        *,
        top: int = 20,
        offset: int = 0,
        where: Where | None = None,
        ranges: Ranges | None = None,
        facets: Sequence[str] = (),
        order: str = "relevance",
        private: Where | None = None,
        near: int = 0,
    ) -> Page:
        """A page of documents that hold the words of the text, with exact totals and facet counts. near: a first page
        with fewer is filled up to so many with documents that hold some of the words, marked and not counted."""

    def sharing(
        self,
        doc: Doc,
        *,
        where: Where | None = None,
        exclude: Sequence[str] = (),
        top: int = 200,
    ) -> tuple[Hit, ...]:
        """Documents that share terms with `doc`, best first, without comparing texts."""

    def match(
        self,
        doc: Doc,
        *,
        top: int = 10,
        where: Where | None = None,
        exclude: Sequence[str] = (),
        load: Load | None = None,
        candidates: int = 200,
    ) -> tuple[Match, ...]:
        """The documents that answer `doc` best, with the sentences that made each match."""

    def match_many(
        self,
        docs: Iterable[Doc],
        *,
        top: int = 10,
        where: Where | None = None,
        load: Load | None = None,
        candidates: int = 200,
    ) -> Iterator[tuple[Doc, tuple[Match, ...]]]:
        """Each document with its matches, in order, one after the other."""


@runtime_checkable
class SearchIndex(Searching, Protocol):
    """An index that can be read and written."""

    def writer(self, *, memory_mb: int = 128) -> Writing:
        """The one writer; raises IndexBusy while another has not finished."""
