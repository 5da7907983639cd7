"""Batches: made by one person, checked by another, sent as a file. Nothing is paid before its receipt is in."""

import io

from django.db import transaction
from django.utils import timezone

from keqiao.core.audit import record
from keqiao.core.errors import BadInput, NotAllowed
from keqiao.core.models import AuditLevel
from keqiao.core.numbers import next_number
from keqiao.payment.access import require_another, require_officer
from keqiao.payment.enums import AwardState, BatchState, LineState
from keqiao.payment.envelopes import lock_envelope
from keqiao.payment.flow import BATCH_FLOW
from keqiao.payment.ledger import yuan_words
from keqiao.payment.models import Award, Batch, BatchLine, Envelope
from keqiao.payment.steps import lock_awards, move_awards
from keqiao.payment.treasury import csv_bytes, digest_of, write_xlsx_file
from keqiao.people.models import User

SERIES = "拨付"
MOST_LINES = 2000


def ready_for(envelope: Envelope) -> "list[Award]":
    """Awards of the envelope that wait to be paid, with account, in order of list and number."""
    rows = Award.objects.filter(roll__envelope=envelope, state=AwardState.READY).select_related("item", "organisation", "account")  # fmt: skip
    return list(rows.order_by("roll_id", "pk"))


@transaction.atomic
def make_batch(*, envelope: Envelope, award_ids: list[int], title: str, by: User) -> Batch:
    """Put awards that are ready into a batch. Raises BadInput when none is chosen, NotAllowed when one cannot be paid."""
    require_officer(by, envelope.division_code, "拨付批次")
    envelope = lock_envelope(envelope.pk)
    if not award_ids:
        raise BadInput("没有选中要拨付的事项。请在待拨付的列表里勾选。", field="awards")
    if len(award_ids) > MOST_LINES:
        raise BadInput(f"一个批次最多 {MOST_LINES} 笔，选中了 {len(award_ids)} 笔。请分批。", field="awards")
    if not title.strip():
        raise BadInput("请写批次名称，例如“2026 年第一批高企奖励”。", field="title")
    awards = lock_awards(award_ids)
    for award in awards:
        if award.state != AwardState.READY:
            raise NotAllowed(
                f"{award.number} {award.firm_name} 现在是“{award.get_state_display()}”，可能已在另一个批次里。请刷新待拨付的列表再选。",
                code="batch.award", conflict=True,
            )  # fmt: skip
        if award.roll.envelope_id != envelope.pk:
            raise NotAllowed(
                f"{award.number} 不用这个资金包的钱。请到它自己的资金包里办理。", code="batch.envelope"
            )
        if award.account is None or not award.amount_fen:
            raise NotAllowed(f"{award.number} {award.firm_name} 还没有收款账户，不能拨付。", code="batch.account")  # fmt: skip
    batch = Batch.objects.create(
        number=next_number(SERIES, envelope.year), envelope=envelope, title=" ".join(title.split())[:160],
        line_count=len(awards), total_fen=sum(one.amount_fen or 0 for one in awards), created_by=by,
    )  # fmt: skip
    BatchLine.objects.bulk_create(
        [_line(batch, award, serial) for serial, award in enumerate(awards, start=1)], batch_size=200
    )
    move_awards(awards, "batch", f"列入拨付批次 {batch.number}", by=by)
    record("batch.made", by=by, target=batch, row_count=batch.line_count, changes={"total": ["", yuan_words(batch.total_fen)]}, level=AuditLevel.IMPORTANT)  # fmt: skip
    return batch


def _line(batch: Batch, award: Award, serial: int) -> BatchLine:
    account = award.account
    assert account is not None  # make_batch has looked
    assert award.amount_fen is not None  # as above
    return BatchLine(
        batch=batch, award=award, serial=serial, number=f"{batch.number}-{serial:04d}", payee=award.firm_name,
        holder=account.holder, bank=account.bank, bank_code=account.bank_code, account=account.number, tail=account.tail,
        fen=award.amount_fen, purpose=f"{award.item.title}（{award.period}）"[:200],
    )  # fmt: skip


def lock_batch(batch: Batch, version: int | None = None) -> Batch:
    """The batch as it is now. Raises NotAllowed when somebody was faster than the page that was read."""
    found = Batch.objects.select_for_update(of=("self",)).select_related("envelope").get(pk=batch.pk)
    if version is not None and version != found.version:
        raise NotAllowed(
            f"{found.number} 刚被别人办理过，现在是“{found.get_state_display()}”。请刷新页面再办。",
            code="batch.stale", conflict=True,
        )  # fmt: skip
    return found


def _save(batch: Batch, name: str, *fields: str) -> None:
    batch.state = BATCH_FLOW.after(batch.state, name)
    batch.version += 1
    batch.save(update_fields=["state", "version", *fields])


def reconciled(batch: Batch) -> bool:
    """Whether lines, awards and the frozen total agree to the fen."""
    lines = [
        (line.fen, line.award.amount_fen)
        for line in batch.lines.exclude(state=LineState.CANCELLED).select_related("award")
    ]
    return (
        len(lines) == batch.line_count
        and sum(fen for fen, _ in lines) == batch.total_fen
        and all(fen == due for fen, due in lines)
    )


@transaction.atomic
def check_batch(*, batch: Batch, by: User, version: int | None = None) -> Batch:
    """A second person has compared the lines; from here the batch is frozen."""
    require_officer(by, batch.envelope.division_code, "拨付批次")
    batch = lock_batch(batch, version)
    require_another(by, batch.created_by_id, f"批次 {batch.number}")
    if not reconciled(batch):
        raise NotAllowed(
            f"{batch.number} 的明细与合计对不上，不能复核通过。请撤销后重新建立。", code="batch.sum"
        )
    batch.checked_by, batch.checked_at = by, timezone.now()
    _save(batch, "check", "checked_by", "checked_at")
    record("batch.checked", by=by, target=batch, level=AuditLevel.CRITICAL)
    return batch


@transaction.atomic
def cancel_batch(*, batch: Batch, reason: str, by: User) -> Batch:
    """Take the batch apart before it is sent; its awards wait again."""
    require_officer(by, batch.envelope.division_code, "拨付批次")
    if not reason.strip():
        raise BadInput("请写撤销的原因。", field="reason")
    batch = lock_batch(batch)
    _save(batch, "cancel")
    awards = lock_awards(batch.lines.values_list("award_id", flat=True))
    batch.lines.update(state=LineState.CANCELLED)
    move_awards(awards, "unbatch", f"批次 {batch.number} 撤销：{reason.strip()}", by=by, is_for_firm=False)
    record("batch.cancelled", by=by, target=batch, reason=reason, level=AuditLevel.IMPORTANT)
    return batch


@transaction.atomic
def payment_file(*, batch: Batch, form: str, by: User) -> bytes:
    """The file for the treasury, "csv" or "xlsx". The first one marks the batch as sent. NotAllowed before the check.

    It holds full account numbers, so every download is audited with the digest of its content.
    """
    require_officer(by, batch.envelope.division_code, "拨付文件")
    batch = lock_batch(batch)
    if batch.state in (BatchState.DRAFT, BatchState.CANCELLED):
        raise NotAllowed(
            f"{batch.number} 是“{batch.get_state_display()}”，复核通过后才能导出拨付文件。", code="batch.state", conflict=True
        )  # fmt: skip
    content = csv_bytes(batch)
    digest = digest_of(content)
    if batch.state == BatchState.CHECKED:
        batch.sent_at, batch.file_digest = timezone.now(), digest
        _save(batch, "send", "sent_at", "file_digest")
    if form == "xlsx":
        out = io.BytesIO()
        write_xlsx_file(batch, out)
        content = out.getvalue()
    record("batch.exported", by=by, target=batch, row_count=batch.line_count, file_name=f"{batch.number}.{form}", file_sha256=digest, level=AuditLevel.CRITICAL)  # fmt: skip
    return content
