"""Writes of an envelope: one movement, one entry, under the envelope's lock."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from keqiao.core.audit import record
from keqiao.core.errors import BadInput
from keqiao.core.models import AuditLevel
from keqiao.core.numbers import next_number
from keqiao.payment.access import require_officer
from keqiao.payment.ledger import EFFECT, Balance, Kind, empty_on, yuan_words
from keqiao.payment.models import Award, Batch, Envelope, EnvelopeEntry
from keqiao.people.models import User

SERIES = "资金"


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement to make. key: what it is for, unique in the envelope."""

    kind: Kind
    fen: int
    key: str
    award: Award | None = None
    batch: Batch | None = None
    note: str = ""


def lock_envelope(envelope_id: int) -> Envelope:
    """The envelope, locked to the end of the transaction: movements of one envelope stand in line.

    SQLite takes the whole database for writing when the transaction begins, so the line is the same there.
    """
    return Envelope.objects.select_for_update().get(pk=envelope_id)


@transaction.atomic
def move_money(
    envelope_id: int, movements: Sequence[Movement], *, by: User | None, on: dt.date | None = None
) -> Balance:
    """Make the movements or none of them; gives the balance after. Raises NotAllowed when the pot has not enough.

    A movement whose key is there already is left out: asking twice moves money once. Two queries however many.
    """
    envelope = lock_envelope(envelope_id)
    there = set(
        EnvelopeEntry.objects.filter(envelope=envelope, key__in=[one.key for one in movements]).values_list("key", flat=True)
    )  # fmt: skip
    balance, entries, day = envelope.balance(), [], on or timezone.localdate()
    for one in movements:
        if one.key in there:
            continue
        there.add(one.key)
        balance = balance.after(one.kind, one.fen)
        allotted, committed, paid = (sign * one.fen for sign in EFFECT[one.kind])
        entries.append(
            EnvelopeEntry(
                envelope=envelope, kind=one.kind, fen=one.fen, allotted_fen=allotted, committed_fen=committed, paid_fen=paid,
                award=one.award, batch=one.batch, key=one.key, note=one.note[:300], on=day, by=by,
            )
        )  # fmt: skip
    EnvelopeEntry.objects.bulk_create(entries, batch_size=200)
    return balance


@transaction.atomic
def open_envelope(
    *, name: str, year: int, source: str, fen: int, by: User, document_no: str = "", division_code: str = "",
    on: dt.date | None = None,
) -> Envelope:  # fmt: skip
    """A new envelope with what was allotted to it. Raises BadInput for a name that the year has already."""
    require_officer(by, division_code, "资金包")
    name = " ".join(name.split())
    if not name:
        raise BadInput("请写资金包的名称，例如“支持创新型城市建设专项资金”。", field="name")
    if not 2000 <= year <= 2100:
        raise BadInput(f"年度写的是 {year}，请写四位年份。", field="year")
    if not source.strip():
        raise BadInput("请写资金来源，例如“市级财政预算”。", field="source")
    if Envelope.objects.filter(year=year, name=name).exists():
        raise BadInput(f"{year} 年已经有“{name}”。追加资金请在该资金包里办理。", field="name")
    envelope = Envelope.objects.create(
        number=next_number(SERIES, year), name=name, year=year, source=source.strip(), document_no=document_no.strip(),
        division_code=division_code, created_by=by,
    )  # fmt: skip
    move_money(
        envelope.pk,
        [Movement(Kind.ALLOT, fen, "allot:first", note=document_no.strip() or "年初下达")],
        by=by,
        on=on,
    )
    record("envelope.opened", by=by, target=envelope, changes={"allotted": [0, yuan_words(fen)]}, level=AuditLevel.IMPORTANT)  # fmt: skip
    return envelope


@transaction.atomic
def change_allotment(
    *, envelope: Envelope, fen: int, note: str, by: User, on: dt.date | None = None
) -> Balance:
    """Add to the envelope, or cut it when `fen` is negative. Raises NotAllowed when what is left is less than the cut."""
    require_officer(by, envelope.division_code, "资金包")
    if not note.strip():
        raise BadInput("请写追加或核减的依据，例如文号。", field="note")
    lock_envelope(envelope.pk)
    serial = envelope.entries.filter(kind__in=(Kind.ALLOT, Kind.CUT)).count() + 1
    kind = Kind.ALLOT if fen > 0 else Kind.CUT
    balance = move_money(
        envelope.pk, [Movement(kind, abs(fen), f"{kind}:{serial}", note=note.strip())], by=by, on=on
    )
    record("envelope.changed", by=by, target=envelope, reason=note, changes={"allotted": ["", yuan_words(fen)]}, level=AuditLevel.IMPORTANT)  # fmt: skip
    return balance


def forecast(envelope: Envelope, today: dt.date) -> dt.date | None:
    """The day the pot will be empty at the pace of the last 90 days (`ledger.empty_on`). Three queries."""
    rows = (
        EnvelopeEntry.objects.filter(envelope=envelope, on__gt=today - dt.timedelta(days=90))
        .exclude(kind__in=(Kind.ALLOT, Kind.CUT))
        .values_list("on", "committed_fen", "paid_fen")
    )
    opened = envelope.entries.order_by("on").values_list("on", flat=True).first() or today
    return empty_on(
        ((day, committed + paid) for day, committed, paid in rows),
        envelope.balance().left,
        today,
        since=opened,
    )
