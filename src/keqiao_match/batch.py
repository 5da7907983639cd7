"""Two lists in, explained matches out."""

from collections.abc import Callable, Iterable, Iterator

from keqiao_match.index import Index
from keqiao_match.types import Doc, Match

Progress = Callable[[int], None]


def match_all(
    demands: Iterable[Doc], pool: Iterable[Doc], *, top: int = 10, progress: Progress | None = None
) -> Iterator[tuple[Doc, tuple[Match, ...]]]:
    """Each demand with its best matches from `pool`, in the demands' order.

    The pool is indexed in memory with its texts first. progress: called with the number of demands done.
    """
    index = Index.build(pool, keep_text=True)
    for done, (demand, matches) in enumerate(index.match_many(demands, top=top), 1):
        yield demand, matches
        if progress is not None:
            progress(done)
