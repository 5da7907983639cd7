"""A rule book: versions by date and place, each with values, conditions, scores and routes.

book = parse_book(yaml.safe_load(text)); version = book.on(date(2026, 7, 1), region="210600")
"""

from keqiao.rules.parsing import parse_book, parse_version
from keqiao.rules.text import Book, BookValue, Clause, Measure, Route, ScoreItem, Source, Version, digest_of

__all__ = [
    "Book",
    "BookValue",
    "Clause",
    "Measure",
    "Route",
    "ScoreItem",
    "Source",
    "Version",
    "digest_of",
    "parse_book",
    "parse_version",
]
