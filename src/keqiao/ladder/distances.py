"""Distances of many firms to the rungs, computed in a batch and kept; which version rules where."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from keqiao.core.audit import record as record_audit
from keqiao.core.errors import NotFound
from keqiao.firm.facts import data_year, rows_of_all
from keqiao.ladder.enums import RUNGS, Rung
from keqiao.ladder.models import Distance
from keqiao.ladder.pools import Pool, pools
from keqiao.ladder.steps import Advice, steps
from keqiao.registry.enterprise.models import Enterprise
from keqiao.rules.book import Version
from keqiao.rules.judging import Outcome
from keqiao.rules.shelf import current

Progress = Callable[[int, int], None]
_BATCH = 200
_FIELDS = [
    "version_id", "on", "data_year", "outcome", "price", "months", "says", "changes", "is_blocked", "missing_count",
    "computed_at",
]  # fmt: skip


Versions = dict[tuple[str, str], Version | None]  # (book, region), found once for a batch


def version_for(
    book: str, facts: Mapping[str, Any], on: date, known: Versions | None = None
) -> Version | None:
    """The version in force for the firm's region; None where the region has no such rung. known: found before."""
    region = str(facts.get("region") or "")
    known = {} if known is None else known
    if (book, region) not in known:
        try:
            known[book, region] = current(book).on(on, region)
        except NotFound:
            known[book, region] = None
    return known[book, region]


def open_rungs(facts: Mapping[str, Any]) -> list[Rung]:
    """Rungs whose title the firm does not hold."""
    held = set(facts.get("titles") or ())
    return [rung for rung in RUNGS if rung.title not in held]


def advices(
    facts: Mapping[str, Any], on: date, books: Iterable[str] | None = None, known: Versions | None = None
) -> list[tuple[Rung, Advice]]:
    """The way to every rung that the firm does not hold and its region has, in the ladder's order."""
    wanted = None if books is None else frozenset(books)
    found = []
    for rung in open_rungs(facts):
        if wanted is not None and rung.book not in wanted:
            continue
        version = version_for(rung.book, facts, on, known)
        if version is not None:
            found.append((rung, steps(version, facts, on=on)))
    return found


def refresh(
    *,
    on: date | None = None,
    books: Iterable[str] | None = None,
    firms: Any = None,
    progress: Progress | None = None,
) -> int:
    """Compute and keep the distances of all firms (or of `firms`). Returns how many were kept. Safe to repeat.

    About fifteen milliseconds a firm and rung; titles meanwhile won take their rows away.
    """
    on = on or timezone.localdate()
    wanted = tuple(books) if books is not None else tuple(rung.book for rung in RUNGS)
    total = (firms if firms is not None else Enterprise.objects.all()).count()
    batch: list[Distance] = []
    held: list[tuple[int, str]] = []
    known: Versions = {}
    kept = 0
    entries = pools() if books is None else {}
    for done, (firm, facts) in enumerate(rows_of_all(on, firms), start=1):
        found = {rung.book: advice for rung, advice in advices(facts, on, wanted, known)}
        batch += [_row(firm, book, advice, on) for book, advice in found.items()]
        held += [(firm.pk, book) for book in wanted if book not in found]
        for pool in entries.values():
            if pool.admits(facts, on):
                batch.append(_admitted(firm, pool, on))
            else:
                held.append((firm.pk, entry_book(pool.kind)))
        if len(batch) >= _BATCH:
            kept += _save(batch, held)
            batch, held = [], []
        if progress is not None and done % 20 == 0:
            progress(done, total)
    kept += _save(batch, held)
    record_audit("ladder.distances_kept", row_count=kept, reason="、".join(wanted))
    return kept


def entry_book(kind: str) -> str:
    """The book under which a pool's candidates are kept: rows of those alone who fulfil its entry conditions."""
    return f"pool_{kind}"


def _admitted(firm: Enterprise, pool: Pool, on: date) -> Distance:
    return Distance(
        enterprise=firm, book=entry_book(pool.kind), version_id=pool.entry(on).id, on=on, data_year=data_year(on),
        outcome=Outcome.MET.value, says="符合入库条件", computed_at=timezone.now(),
    )  # fmt: skip


def _save(batch: list[Distance], held: list[tuple[int, str]]) -> int:
    books: dict[str, list[int]] = {}
    for firm, book in held:
        books.setdefault(book, []).append(firm)
    for book, firms in books.items():
        Distance.objects.filter(book=book, enterprise__in=firms).delete()
    Distance.objects.bulk_create(
        batch, update_conflicts=True, unique_fields=["enterprise", "book"], update_fields=_FIELDS
    )
    return len(batch)


def _row(firm: Enterprise, book: str, advice: Advice, on: date) -> Distance:
    return Distance(
        enterprise=firm,
        book=book,
        version_id=advice.version.id,
        on=on,
        data_year=data_year(on),
        outcome=str(advice.now.outcome),
        price=advice.price.quantize(Decimal("0.01")) if advice.changes else None,
        months=advice.months,
        says=advice.says[:400],
        changes=[
            {"title": one.lever.title, "units": f"{one.units.normalize():f}", "unit": one.lever.unit, "price": str(one.price)}
            for one in advice.changes
        ],
        is_blocked=bool(advice.blocked),
        missing_count=len(advice.missing),
        computed_at=timezone.now(),
    )  # fmt: skip
