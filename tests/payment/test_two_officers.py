"""Two officers at once, a kill in between, the same event twice: the sums of payments equal the envelope's movement."""

import datetime as dt
import threading
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keqiao.core.errors import NotAllowed
from keqiao.payment.batches import check_batch, make_batch, payment_file
from keqiao.payment.contesting import decline_award
from keqiao.payment.enums import AwardState, LineState
from keqiao.payment.envelopes import Movement, move_money
from keqiao.payment.ledger import Kind
from keqiao.payment.models import Award, BatchLine, Envelope, EnvelopeEntry, PayeeAccount
from keqiao.payment.receipts import take_receipt
from keqiao.payment.recovering import approve_recovery, ask_recovery, book_return
from keqiao.payment.rolls import confirm_awards, drop_award
from keqiao.people.models import Organisation, User
from tests.factories.people import UserFactory
from tests.factories.policy import (
    WAN,
    a_firm,
    a_roll,
    an_envelope,
    an_item,
    clerk_of,
    ready,
    receipt,
    sent,
)


def holds(envelope: Envelope) -> None:
    """Committed is what awards hold, paid is what lines paid less what came back, nothing is below zero."""
    balance = envelope.balance()
    held = Award.objects.filter(
        roll__envelope=envelope,
        state__in=("second", "confirmed", "public", "asked", "ready", "batched", "bounced"),
    )
    paid = (
        BatchLine.objects.filter(batch__envelope=envelope, state=LineState.PAID).aggregate(sum=Sum("fen"))[
            "sum"
        ]
        or 0
    )
    back = Award.objects.filter(roll__envelope=envelope).aggregate(sum=Sum("recovered_fen"))["sum"] or 0
    assert balance.committed == (held.aggregate(sum=Sum("amount_fen"))["sum"] or 0)
    assert balance.paid == paid - back
    assert min(balance.left, balance.committed, balance.paid) >= 0


@pytest.mark.django_db
def test_a_movement_is_immutable_in_the_database_itself(bureau_officer: User) -> None:
    envelope = an_envelope(bureau_officer)
    for change in (
        lambda: EnvelopeEntry.objects.filter(envelope=envelope).update(note="改一下"),
        lambda: EnvelopeEntry.objects.filter(envelope=envelope)._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError, match="immutable"), transaction.atomic():
            change()


@pytest.mark.django_db
def test_the_same_event_twice_moves_money_once(bureau_officer: User) -> None:
    envelope = an_envelope(bureau_officer)
    for _ in range(3):
        move_money(envelope.pk, [Movement(Kind.COMMIT, 5, "commit:7")], by=bureau_officer)
    assert envelope.balance().committed == 5


@pytest.mark.django_db
def test_a_kill_between_the_lines_and_the_envelope_leaves_nothing_half_done(
    bureau_officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerks = [clerk_of(a_firm()) for _ in range(2)]
    roll = a_roll(bureau_officer)
    second = UserFactory(bureau_officer=True)
    batch = sent(roll.envelope, ready(roll, bureau_officer, clerks), bureau_officer, second)
    answer = receipt(batch)

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("keqiao.payment.receipts.move_awards", killed)
        with pytest.raises(KeyboardInterrupt):
            take_receipt(batch=batch, name="一.csv", content=answer, by=bureau_officer)
    assert not batch.lines.filter(state=LineState.PAID).exists()
    assert roll.envelope.balance().paid == 0
    take_receipt(batch=batch, name="一.csv", content=answer, by=bureau_officer)
    assert roll.envelope.balance().paid == 40 * WAN
    holds(roll.envelope)


@pytest.mark.django_db
def test_412_items_and_7830_wan_go_in_two_batches_reconciled_to_the_fen(bureau_officer: User) -> None:
    """The city's own figure: 412 items, 7,830 万元, two batches (002_8b35c05ab08852d7.txt)."""
    second = UserFactory(bureau_officer=True)
    envelope = an_envelope(bureau_officer, 7830)
    roll = a_roll(bureau_officer, envelope=envelope)
    units = Organisation.objects.bulk_create(
        Organisation(name=f"第{n}家有限公司", division_code="340323000000") for n in range(412)
    )
    accounts = PayeeAccount.objects.bulk_create(
        PayeeAccount(organisation=one, holder=one.name, bank="某行", number=f"62220000{at:08d}", number_hash=f"{at}", tail=f"{at:04d}"[-4:], created_by=bureau_officer)
        for at, one in enumerate(units)
    )  # fmt: skip
    due = [18_500_000 + at * 1_234 for at in range(411)]
    due.append(7830 * WAN - sum(due))
    Award.objects.bulk_create(
        Award(number=f"兑现-2026-{at:04d}", roll=roll, item=roll.item, organisation=one, firm_name=one.name, period="2026", path="auto",
              state=AwardState.MATCHED, asked_fen=fen, amount_fen=fen, account=account, division_code="340323000000")
        for at, (one, fen, account) in enumerate(zip(units, due, accounts, strict=True))
    )  # fmt: skip
    ids = list(roll.awards.order_by("pk").values_list("pk", flat=True))
    confirm_awards(roll=roll, award_ids=ids, by=bureau_officer)
    assert envelope.balance().left == 0
    Award.objects.filter(pk__in=ids).update(state=AwardState.READY)
    totals = []
    for name, part in (("第一批", ids[:250]), ("第二批", ids[250:])):
        batch = make_batch(envelope=envelope, award_ids=part, title=name, by=bureau_officer)
        check_batch(batch=batch, by=second)
        payment_file(batch=batch, form="csv", by=bureau_officer)
        taken = take_receipt(batch=batch, name=f"{name}.csv", content=receipt(batch), by=bureau_officer)
        totals.append((taken.paid_count, taken.paid_fen))
        assert taken.problems == []
    assert sum(count for count, _ in totals) == 412
    assert sum(fen for _, fen in totals) == 7830 * WAN
    assert (envelope.balance().paid, envelope.balance().committed) == (7830 * WAN, 0)
    holds(envelope)


@pytest.mark.django_db
def test_an_award_that_is_in_a_batch_already_is_refused_by_name(bureau_officer: User) -> None:
    clerk = clerk_of(a_firm())
    roll = a_roll(bureau_officer)
    award = ready(roll, bureau_officer, [clerk])[0]
    sent(roll.envelope, [award], bureau_officer, UserFactory(bureau_officer=True))
    with pytest.raises(NotAllowed, match="可能已在另一个批次里"):
        make_batch(envelope=roll.envelope, award_ids=[award.pk], title="第二批", by=bureau_officer)


EVENTS = ("confirm", "drop", "decline", "batch", "paid", "bounced", "recover")


@pytest.mark.django_db
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.sampled_from(EVENTS), st.integers(0, 2)), min_size=6, max_size=12))
def test_whatever_the_order_of_events_payments_equal_the_envelopes_movement(
    bureau_officer: User, events: list[tuple[str, int]]
) -> None:
    with transaction.atomic():
        second = User.objects.filter(username="second").first() or UserFactory(
            bureau_officer=True, username="second"
        )
        envelope = an_envelope(bureau_officer, 45, name=f"资金{Envelope.objects.count()}")
        clerks = [clerk_of(a_firm()) for _ in range(3)]
        roll = a_roll(
            bureau_officer, item=an_item(title=f"奖励{Envelope.objects.count()}"), envelope=envelope
        )
        mine = {one.organisation_id: one for one in clerks if one.organisation_id}
        awards = [roll.awards.get(organisation_id=key) for key in mine]
        for event, at in events:
            award = Award.objects.get(pk=awards[at].pk)
            try:
                with transaction.atomic():
                    _do(event, award, bureau_officer, second, mine[award.organisation_id])
            except NotAllowed:
                pass
            holds(envelope)
        transaction.set_rollback(True)


def _do(event: str, award: Award, officer: User, second: User, clerk: User) -> None:
    if event == "confirm":
        confirm_awards(roll=award.roll, award_ids=[award.pk], by=officer, overrun="prorata")
    elif event == "drop":
        drop_award(award=award, reason="示例理由一条", by=officer)
    elif event == "decline":
        decline_award(award=award, reason="", by=clerk)
    elif event == "batch":
        if award.state == AwardState.CONFIRMED:
            account = PayeeAccount.objects.filter(organisation=award.organisation).first() or PayeeAccount.objects.create(
                organisation=award.organisation, holder=award.firm_name, bank="某行", number="62220000", number_hash=str(award.pk), tail="0000", created_by=clerk
            )  # fmt: skip
            Award.objects.filter(pk=award.pk).update(state=AwardState.READY, account=account)
        sent(award.roll.envelope, [Award.objects.get(pk=award.pk)], officer, second)
    elif event in ("paid", "bounced"):
        line = award.lines.order_by("-pk").first()
        if line is not None:
            content = receipt(line.batch, bounced=[line.number] if event == "bounced" else ())
            if not line.batch.receipts.exists() or event == "bounced":
                take_receipt(
                    batch=line.batch,
                    name=f"{event}.csv",
                    content=content + b"\n" * line.batch.receipts.count(),
                    by=officer,
                )
    elif event == "recover":
        asked = ask_recovery(
            award=award, fen=1, reason="示例理由一条", due_on=dt.date(2099, 1, 1), by=officer
        )
        approve_recovery(recovery=asked, by=second)
        book_return(recovery=asked, fen=1, note="凭证", by=officer)


@pytest.mark.django_db(transaction=True)
def test_two_officers_at_once_never_promise_more_than_the_pot_holds() -> None:
    """Each confirms another half of a list that the pot cannot pay in full; on either database one of them is refused."""
    officers = [UserFactory(bureau_officer=True), UserFactory(bureau_officer=True)]
    for _ in range(4):
        a_firm()
    roll = a_roll(officers[0], envelope=an_envelope(officers[0], 60))
    ids = list(roll.awards.order_by("pk").values_list("pk", flat=True))
    barrier, refused, failed = threading.Barrier(2), [], []

    def work(officer: User, mine: list[int]) -> None:
        try:
            barrier.wait(10)
            confirm_awards(roll=roll, award_ids=mine, by=officer)
        except NotAllowed as refusal:
            refused.append(refusal.code)
        except BaseException as problem:  # noqa: BLE001  # a thread's failure must reach the test
            failed.append(problem)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=work, args=pair) for pair in zip(officers, (ids[:2], ids[2:]), strict=True)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert failed == []
    assert refused == ["envelope.overrun"]
    balance = roll.envelope.balance()
    assert (balance.committed, balance.left) == (40 * WAN, 20 * WAN)
    assert Decimal(balance.committed) == sum(
        one.amount_fen or 0 for one in roll.awards.filter(state="confirmed")
    )


@pytest.mark.django_db(transaction=True)
def test_two_receipts_at_once_are_booked_once() -> None:
    officer, second = UserFactory(bureau_officer=True), UserFactory(bureau_officer=True)
    clerk = clerk_of(a_firm())
    roll = a_roll(officer)
    batch = sent(roll.envelope, ready(roll, officer, [clerk]), officer, second)
    contents = [receipt(batch), receipt(batch) + b"\n"]
    barrier, failed = threading.Barrier(2), []

    def work(by: User, content: bytes) -> None:
        try:
            barrier.wait(10)
            take_receipt(batch=batch, name="回单.csv", content=content, by=by)
        except BaseException as problem:  # noqa: BLE001  # as above
            failed.append(problem)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=work, args=pair) for pair in zip((officer, second), contents, strict=True)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert failed == []
    assert roll.envelope.balance().paid == 20 * WAN
    assert EnvelopeEntry.objects.filter(kind="pay").count() == 1
    holds(roll.envelope)
