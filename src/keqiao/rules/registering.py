"""All firms against all books, kept: a run that broke off goes on with the firms it had not done."""

from collections.abc import Callable, Iterator
from datetime import date

from django.db import transaction
from django.utils import timezone

from keqiao.core.audit import record
from keqiao.core.errors import NotAllowed
from keqiao.rules import firms
from keqiao.rules.batch import Firm, run
from keqiao.rules.book import Book, digest_of
from keqiao.rules.models import FirmOutcome, RuleBatch
from keqiao.rules.shelf import current, names


def digests(books: list[Book]) -> dict[str, str]:
    """Book -> digest over all its versions: whether a run that broke off may go on."""
    return {one.name: digest_of({version.id: version.digest for version in one.versions}) for one in books}


def open_batch(on: date, books: list[Book], *, afresh: bool = False) -> RuleBatch:
    """The unfinished run of the same day and the same texts, otherwise a new one."""
    texts = digests(books)
    if not afresh:
        for batch in RuleBatch.objects.filter(on=on, finished_at=None):
            if batch.books == texts:
                return batch
    batch = RuleBatch.objects.create(on=on, books=texts)
    record("rule.batch_started", target=batch)
    return batch


def run_batch(
    *,
    on: date,
    workers: int | None = None,
    afresh: bool = False,
    told: Callable[[int, int | None], None] = lambda done, total: None,
) -> RuleBatch:
    """Judge every firm, store chunk by chunk, tell the bar. Raises NotAllowed when no room keeps firms."""
    if not firms.is_known():
        raise NotAllowed("企业档案还没有接入规则，没有可判断的企业。", code="rules.firms")
    books = [current(name) for name in names()]
    batch = open_batch(on, books, afresh=afresh)
    known = set(batch.outcomes.values_list("firm_id", flat=True))
    total = firms.count_firms()

    def left() -> Iterator[Firm]:
        return (one for one in firms.all_firms(on) if str(one[0]) not in known)

    done = len(known)
    told(done, total)
    for chunk in run(books, left(), on=on, workers=workers):
        with transaction.atomic():
            FirmOutcome.objects.bulk_create(
                FirmOutcome(batch=batch, firm_id=identity, firm_name=name[:200], outcomes=outcomes)
                for identity, name, outcomes in chunk
            )
        done += len(chunk)
        told(done, total)
    batch.firms, batch.finished_at = done, timezone.now()
    batch.save(update_fields=["firms", "finished_at"])
    record("rule.batch_finished", target=batch, row_count=done)
    return batch
