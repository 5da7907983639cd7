"""Published versions beside the shipped ones: the books as they are in force here."""

from functools import lru_cache

from keqiao.rules.book import Book, Version, parse_version
from keqiao.rules.models import RuleDraft
from keqiao.rules.shelf import shipped


@lru_cache(maxsize=64)
def _with(name: str, digests: tuple[str, ...]) -> Book:
    """The shipped book and the published versions of these digests; parsed once for each set."""
    base = shipped(name)
    found: dict[str, Version] = {one.id: one for one in base.versions}
    for draft in RuleDraft.objects.published().filter(book=name).order_by("decided_at", "pk"):
        version = parse_version(draft.data, name, f"“{base.title}”")
        found[version.id] = version
    versions = sorted(found.values(), key=lambda one: (one.valid_from, one.region, one.id))
    return Book(base.name, base.title, base.about, tuple(versions), base.group)


def published_book(name: str) -> Book | None:
    """The book with what officers have published; None where nothing was. One small query a call."""
    rows = RuleDraft.objects.published().filter(book=name).order_by("decided_at", "pk")
    digests = tuple(rows.values_list("digest", flat=True))
    return _with(name, digests) if digests else None
