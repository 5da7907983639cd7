"""The shape every reader gives back: a file has sheets, a sheet has lines of cells."""

import datetime as dt
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import IO

from keqiao.registry.intake.problems import Problem

Cell = str | int | float | Decimal | dt.date | None
Opener = Callable[[], IO[bytes]]
"""Gives the file from its first byte, each time it is called."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a sheet. number: as the officer sees it, from 1. where: for files without row numbers."""

    number: int
    cells: tuple[Cell, ...]
    problems: tuple[Problem, ...] = ()
    where: str = ""


@dataclass(frozen=True)
class Span:
    """A merged range, rows and columns from 1, both ends included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass
class Sheet:
    """One sheet, table or file of records. `lines` reads it anew at every call.

    headings: given when the format names its columns itself (.jsonl, forms). count_hint: lines, about.
    widths: column number from 1 -> width in characters, as set in the source.
    """

    name: str
    lines: Callable[[], Iterator[Line]]
    is_hidden: bool = False
    count_hint: int | None = None
    spans: tuple[Span, ...] = ()
    headings: tuple[str, ...] | None = None
    widths: dict[int, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


class _Lent(io.BufferedIOBase):
    """A caller's file that readers may close without closing it for the caller."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        file.seek(0)

    def read(self, size: int | None = -1, /) -> bytes:
        return self._file.read(-1 if size is None else size)

    def read1(self, size: int = -1, /) -> bytes:
        return self._file.read(size if size and size > 0 else 65536)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()


def opener(source: Path | str | IO[bytes]) -> Opener:
    """The source as something that can be read again and again. A file object must be seekable."""
    if isinstance(source, Path | str):
        path = Path(source)
        return lambda: path.open("rb")
    return lambda: _Lent(source)  # type: ignore[return-value]  # reads and seeks, all that readers need
