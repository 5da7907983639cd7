"""The shelf of rule books: those shipped with the product, and those that officers have published over them."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

import yaml

from keqiao.core.errors import BadInput
from keqiao.rules.book import Book, parse_book

BOOKS: Final = Path(__file__).with_name("books")
_published: list[Callable[[str], Book | None]] = []


def names() -> tuple[str, ...]:
    """Names of the shipped books, in the order of the shelf (by file name)."""
    return tuple(path.stem.split("-", 1)[1] for path in _paths())


def _paths() -> list[Path]:
    return sorted(BOOKS.glob("[0-9][0-9]-*.yaml"))


@cache
def shipped(name: str) -> Book:
    """A book as it was shipped. Raises BadInput naming those that exist."""
    for path in _paths():
        if path.stem.split("-", 1)[1] == name:
            return parse_book(yaml.safe_load(path.read_text(encoding="utf-8")))
    raise BadInput(f"没有规则“{name}”。现有：{'、'.join(names())}。", code="rules.name", field="book")


def publish_with(reader: Callable[[str], Book | None]) -> None:
    """Tell the shelf how to find a published book; the Django side does so once at start."""
    _published[:] = [reader]


def current(name: str) -> Book:
    """The book with what officers have published; the shipped one where nothing was (or without a database)."""
    for reader in _published:
        found = reader(name)
        if found is not None:
            return found
    return shipped(name)
