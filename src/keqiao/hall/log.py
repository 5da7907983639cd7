"""The ground under every write: the locked listing, the log's next entry, the notice, the clock."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from keqiao.codes.workdays import calendar
from keqiao.core.audit import record
from keqiao.core.errors import BadInput, NotAllowed
from keqiao.core.models import AuditLevel
from keqiao.core.numbers import next_number
from keqiao.hall.clock import Pause, Reading, Term, read_clock
from keqiao.hall.enums import EventKind, NoticeKind, Phase, State
from keqiao.hall.ledger import FIRST_HASH, Entry, Played, hash_of, play
from keqiao.hall.models import HallEvent, Listing, Notice, Objection
from keqiao.hall.phase import clock_words, phase_at
from keqiao.hall.terms import BiddingTerms, bidding_terms, publicity_term, term_as_dict
from keqiao.message.actions import send
from keqiao.people.enums import Role
from keqiao.people.models import Organisation, User


def locked(listing: Listing, version: int | None = None) -> Listing:
    """The row, locked and fresh: of two who act at once, the second waits here. Raises NotAllowed for a stale page."""
    fresh = Listing.objects.select_for_update(of=("self",)).get(pk=listing.pk)
    if version is not None and version != fresh.version:
        raise NotAllowed(
            f"“{fresh.title}”在您打开页面后有人办理过。请刷新页面，看过最新情况再办。",
            code="hall.stale",
            conflict=True,
        )
    return fresh


def saved(listing: Listing, *fields: str) -> None:
    """Write these columns and count the version up."""
    listing.version += 1
    listing.save(update_fields=[*fields, "version"])


def told(text: str, field: str, most: int, *, required: str = "") -> str:
    """A typed text in one piece. Raises BadInput when it is too long, or blank and `required` says why it is needed."""
    text = " ".join(text.split())
    if required and not text:
        raise BadInput(required, code="hall.text", field=field)
    if len(text) > most:
        raise BadInput(f"写了 {len(text)} 字，最多 {most} 字。请写短一些。", code="hall.text", field=field)
    return text


def entries_of(listing: Listing) -> list[Entry]:
    """The log, in its order. One query."""
    return [event.entry for event in HallEvent.objects.filter(listing=listing).order_by("seq")]


def played_of(listing: Listing) -> Played:
    """The log, played again."""
    return play(listing.number or "", entries_of(listing))


def moment_after(listing: Listing, now: datetime | None) -> datetime:
    """Now, but never before the last entry: clocks that step back do not tear the log."""
    now = now or timezone.now()
    last = HallEvent.objects.filter(listing=listing).order_by("-seq").values_list("at", flat=True).first()
    return max(now, last) if last else now


def log_event(listing: Listing, kind: EventKind, data: Mapping[str, Any], at: datetime) -> HallEvent:
    """Append one entry; the caller holds the listing's lock."""
    last = HallEvent.objects.filter(listing=listing).order_by("-seq").values_list("seq", "hash").first()
    seq, prev_hash = (last[0] + 1, last[1]) if last else (1, FIRST_HASH)
    return HallEvent.objects.create(
        listing=listing, seq=seq, at=at, kind=kind, data=dict(data), prev_hash=prev_hash,
        hash=hash_of(listing.number or "", seq, at, kind.value, data, prev_hash),
    )  # fmt: skip


# -- notices --------------------------------------------------------------------------------------------------------


def digest_of(content: Sequence[Sequence[str]]) -> str:
    """SHA-256 of the notice's canonical JSON (no spaces, UTF-8)."""
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def publish_notice(
    listing: Listing, kind: NoticeKind, title: str, lines: Sequence[tuple[str, str]], by: User, at: datetime,
    term: Term | None = None,
) -> Notice:  # fmt: skip
    """A numbered, frozen notice. term: it is made public for that long, from the day of `at`."""
    content = [[label, text] for label, text in lines if text]
    day = timezone.localdate(at)
    notice = Notice.objects.create(
        number=next_number(str(kind.label), day.year), listing=listing, kind=kind, title=title[:340],
        issuer=settings.KEQIAO_BUREAU_NAME, content=content, digest=digest_of(content), published_at=at,
        published_by=by, term=term_as_dict(term) if term else None, start_on=day if term else None,
    )  # fmt: skip
    record(
        "hall_notice.published", by=by, target=notice, file_sha256=notice.digest, level=AuditLevel.IMPORTANT
    )
    return notice


def notice_url(notice: Notice) -> str:
    return reverse("hall:notice", args=[notice.public_id])


# -- the clock ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Clock:
    """A listing's clock at a moment. reading, term: None before it was announced."""

    notice: Notice | None
    term: Term | None
    reading: Reading | None
    phase: Phase
    open_objections: int

    @property
    def words(self) -> str:
        return clock_words(self.reading, self.term) if self.reading and self.term else ""

    @property
    def needs_checking(self) -> bool:
        return bool((self.term and self.term.verify) or (self.reading and self.reading.needs_checking))


def reading_of(notice: Notice, on: date) -> Reading | None:
    """The clock of a notice on a day; None for one without a period. One query, none where objections are prefetched."""
    if notice.rule is None or notice.start_on is None:
        return None
    pauses = [Pause(one.came_on, one.decided_on) for one in notice.objections.all()]
    return read_clock(notice.start_on, notice.rule, pauses, on, calendar(settings.KEQIAO_HOLIDAYS))


def clock_of(listing: Listing, now: datetime, played: Played | None = None) -> Clock:
    """The clock of the listing's own notice and the phase it is in. Three queries without `played`."""
    notice = listing.notices.filter(kind=NoticeKind.LISTING).first()
    reading = reading_of(notice, timezone.localdate(now)) if notice else None
    if notice is None or reading is None:
        return Clock(notice, None, None, Phase.OVER, 0)
    waiting = Objection.objects.filter(notice__listing=listing).open().count()
    if listing.state != State.PUBLISHED:
        return Clock(notice, notice.rule, reading, Phase.OVER, waiting)
    standing = (played or played_of(listing)).standing if listing.opens_at else None
    return Clock(notice, notice.rule, reading, phase_at(reading, listing.opens_at, standing, now), waiting)


def term_for(listing: Listing, day: date) -> Term:
    return publicity_term(listing.division_code, day, settings.KEQIAO_HALL_TERMS)


def bidding_terms_for(listing: Listing, day: date) -> BiddingTerms:
    return bidding_terms(listing.division_code, day, settings.KEQIAO_HALL_TERMS)


# -- who is told ----------------------------------------------------------------------------------------------------


def users_of(organisation: Organisation | None) -> list[User]:
    """The accounts of a unit that may act for it."""
    if organisation is None:
        return []
    found = User.objects.filter(
        organisation=organisation, is_active=True, grants__revoked_at=None,
        grants__role__in=[Role.ENTERPRISE, Role.INSTITUTE],
    )  # fmt: skip
    return list(found.distinct()[:5])


def tell_unit(
    organisation: Organisation | None, listing: Listing, subject: str, text: str, key: str, by: User | None
) -> None:
    """Write to the accounts of a unit."""
    link = reverse("hall:listing", args=[listing.public_id])
    for user in users_of(organisation):
        send(
            to=user,
            kind="hall",
            subject=subject,
            text=text,
            link=link,
            key=f"listing {listing.pk} {key}",
            by=by,
        )
