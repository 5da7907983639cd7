"""Money that has to come back: asked with a reason, approved by a second person, booked as it arrives."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from keqiao.core.audit import record
from keqiao.core.errors import BadInput, NotAllowed
from keqiao.core.models import AuditLevel
from keqiao.core.numbers import next_number
from keqiao.payment.access import require_another, require_officer
from keqiao.payment.enums import AwardState
from keqiao.payment.envelopes import Movement, lock_envelope, move_money
from keqiao.payment.ledger import Kind, yuan_words
from keqiao.payment.models import Award, Recovery
from keqiao.payment.steps import lock_award, move_award, note_step, tell_firms
from keqiao.people.models import User

SERIES = "追回"


@transaction.atomic
def ask_recovery(*, award: Award, fen: int, reason: str, due_on: date, by: User) -> Recovery:
    """Demand money back, in whole or in part. Raises BadInput above what was paid."""
    award = lock_award(award)
    require_officer(by, award.roll.division_code, "资金追回")
    if award.state != AwardState.PAID:
        raise NotAllowed(f"{award.number} 是“{award.get_state_display()}”，到账的才能追回。", code="recovery.state", conflict=True)  # fmt: skip
    if award.recoveries.filter(approved_by=None).exists():
        raise NotAllowed(f"{award.number} 已经有一件追回等待批准。", code="recovery.open", conflict=True)
    most = (award.amount_fen or 0) - award.recovered_fen
    if not 1 <= fen <= most:
        raise BadInput(f"应退金额写的是 {yuan_words(fen)} 元，须在 0.01 元到已拨付的 {yuan_words(most)} 元之间。", field="amount")  # fmt: skip
    if len(reason.strip()) < 5:
        raise BadInput("请写明追回的原因和依据，企业会看到。", field="reason")
    if due_on < timezone.localdate():
        raise BadInput(f"限期 {due_on} 已经过了，请写今天以后的日期。", field="due_on")
    recovery = Recovery.objects.create(
        number=next_number(SERIES, timezone.localdate().year), award=award, fen=fen, reason=reason.strip(), due_on=due_on,
        asked_by=by,
    )  # fmt: skip
    note_step(award, "ask_recovery", f"提出追回 {yuan_words(fen)} 元，等待批准", by=by, is_for_firm=False)
    record("recovery.asked", by=by, target=recovery, reason=reason, changes={"amount": ["", yuan_words(fen)]}, level=AuditLevel.IMPORTANT)  # fmt: skip
    return recovery


@transaction.atomic
def approve_recovery(*, recovery: Recovery, by: User) -> Recovery:
    """A second person agrees; the firm is told."""
    award = lock_award(recovery.award)
    recovery = Recovery.objects.select_for_update().get(pk=recovery.pk)
    require_officer(by, award.roll.division_code, "资金追回")
    require_another(by, recovery.asked_by_id, f"追回 {recovery.number}")
    recovery.approved_by, recovery.approved_at = by, timezone.now()
    recovery.save(update_fields=["approved_by", "approved_at"])
    words = f"须在 {recovery.due_on} 前退回 {yuan_words(recovery.fen)} 元：{recovery.reason}"
    move_award(award, "recover", words, by=by)
    tell_firms(
        [award],
        "请退回资金：{item}",
        "{number} " + words.replace("{", "（").replace("}", "）"),
        recovery.number,
    )
    record("recovery.approved", by=by, target=recovery, level=AuditLevel.CRITICAL)
    return recovery


@transaction.atomic
def book_return(*, recovery: Recovery, fen: int, note: str, by: User) -> Recovery:
    """Money came back, in one or several parts; it stands in the envelope again. Done when all of it is there."""
    award = lock_award(recovery.award)
    lock_envelope(award.roll.envelope_id)
    recovery = Recovery.objects.select_for_update().get(pk=recovery.pk)
    require_officer(by, award.roll.division_code, "资金追回")
    if award.state != AwardState.RECOVERING or recovery.approved_by_id is None:
        raise NotAllowed(
            f"{recovery.number} 不在追回中，不能登记退款。", code="recovery.state", conflict=True
        )
    rest = recovery.fen - recovery.returned_fen
    if not 1 <= fen <= rest:
        raise BadInput(
            f"退回金额写的是 {yuan_words(fen)} 元，还应退 {yuan_words(rest)} 元。请核对。", field="amount"
        )
    if not note.strip():
        raise BadInput("请写退款凭证号。", field="note")
    key = f"recover:{recovery.pk}:{recovery.returned_fen + fen}"
    move_money(
        award.roll.envelope_id, [Movement(Kind.RECOVER, fen, key, award=award, note=note.strip())], by=by
    )
    recovery.returned_fen += fen
    recovery.save(update_fields=["returned_fen"])
    award.recovered_fen += fen
    award.save(update_fields=["recovered_fen"])
    if recovery.returned_fen == recovery.fen:
        move_award(award, "recovered", f"已退回 {yuan_words(recovery.fen)} 元", by=by)
    record("recovery.returned", by=by, target=recovery, reason=note, changes={"returned": ["", yuan_words(fen)]}, level=AuditLevel.IMPORTANT)  # fmt: skip
    return recovery
