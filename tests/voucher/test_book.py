"""The book keeps itself right: in any order of events, with two at once, and against whoever would rewrite it."""

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection, connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keqiao.core.errors import KeqiaoError, NotAllowed
from keqiao.people.models import User
from keqiao.voucher.booking import accept, cancel, refund, refuse
from keqiao.voucher.enums import AccountKind, Stage
from keqiao.voucher.expiring import expire_due
from keqiao.voucher.issuing import issue, split, withdraw
from keqiao.voucher.ledger import balance_of, contradictions, totals_of
from keqiao.voucher.models import Voucher, VoucherBatch, VoucherBooking, VoucherEntry, VoucherProgramme
from keqiao.voucher.redeeming import confirm_as_firm, confirm_as_provider, new_code, redeem
from keqiao.voucher.settling import approve_batch, cancel_batch, make_batch, pay_batch
from tests.factories.people import OrganisationFactory, UserFactory
from tests.factories.voucher import (
    YEAR,
    a_booking,
    a_provider,
    a_service,
    a_slot,
    a_voucher,
    a_year,
    accepted,
    at,
    roster,
)

pytestmark = pytest.mark.django_db
_EVENTS = ("issue", "split", "withdraw", "book", "accept", "refuse", "cancel", "redeem", "confirm", "refund", "batch",
           "approve", "unbatch", "pay", "later")  # fmt: skip

_BEGUN = [("book", 0), ("book", 0), ("accept", 0), ("accept", 0), ("redeem", 3), ("confirm", 0)]


class Town:
    """Two officers, a firm, a provider, a year of vouchers, and a clock that only goes on."""

    def __init__(self) -> None:
        self.officer, self.second = UserFactory(bureau_officer=True), UserFactory(bureau_officer=True)
        self.firm, self.lab = UserFactory(enterprise=True), UserFactory(institute=True)
        self.now = at(2, 1)
        self.year = a_year(self.officer, 3_000_000)
        assert self.firm.organisation
        assert self.lab.organisation
        self.service = a_service(a_provider(self.lab.organisation, self.officer), 1200)
        a_voucher(self.year, self.firm.organisation, self.officer, 8000)

    def voucher(self, n: int) -> Voucher:
        rows = list(Voucher.objects.order_by("pk"))
        return rows[n % len(rows)]

    def booking(self, n: int, *stages: Stage) -> VoucherBooking:
        rows = list(VoucherBooking.objects.filter(stage__in=stages).order_by("pk"))
        if not rows:
            raise NotAllowed("nothing to do")
        return rows[n % len(rows)]

    def batch(self, n: int) -> VoucherBatch:
        rows = list(VoucherBatch.objects.order_by("pk"))
        if not rows:
            raise NotAllowed("no batch")
        return rows[n % len(rows)]

    def do(self, event: str, n: int) -> None:
        """Play one event; the town refuses it or not."""
        now, firm, lab = self.now, self.firm, self.lab
        acts: dict[str, Callable[[], Any]] = {
            "issue": lambda: issue(programme=self.year, lines=roster([OrganisationFactory().name, str(1000 + n)]), purpose="", by=self.officer, now=now),
            "split": lambda: split(voucher=self.voucher(n), parts_fen=[100_000 + n * 7_001], by=firm, now=now),
            "withdraw": lambda: withdraw(voucher=self.voucher(n), reason="不再符合条件", by=self.officer, now=now),
            "book": lambda: a_booking(self.voucher(n), self.service, firm, slot=a_slot(self.service, self._hour()), now=now),
            "accept": lambda: accept(booking=self.booking(n, Stage.REQUESTED), by=lab, now=now),
            "refuse": lambda: refuse(booking=self.booking(n, Stage.REQUESTED), reason="满了", by=lab, now=now),
            "cancel": lambda: cancel(booking=self.booking(n, Stage.REQUESTED, Stage.ACCEPTED), reason="改期", by=firm, now=now),
            "redeem": lambda: self._redeem(n),
            "confirm": lambda: self._confirm(n),
            "refund": lambda: refund(booking=self.booking(n, Stage.REDEEMED, Stage.CONFIRMED), reason="结果有误", by=lab, now=now),
            "batch": lambda: make_batch(programme=self.year, until=dt.date(YEAR, 12, 31), by=self.officer, now=now),
            "approve": lambda: approve_batch(batch=self.batch(n), by=self.second, now=now),
            "unbatch": lambda: cancel_batch(batch=self.batch(n), reason="重新编制", by=self.officer),
            "pay": lambda: pay_batch(batch=self.batch(n), paid_on=dt.date(YEAR, 1, 1), receipt="P1", by=self.officer, now=now),
            "later": lambda: self._later(n),
        }  # fmt: skip
        acts[event]()

    def _hour(self) -> dt.datetime:
        return self.now + dt.timedelta(hours=1 + self.service.slots.count() * 2)

    def _redeem(self, n: int) -> None:
        booking = self.booking(n, Stage.ACCEPTED)
        code = new_code(booking=booking, by=self.firm, now=self.now)
        redeem(booking=booking, code=code.typed, actual_fen=90_000 + 10_001 * n, by=self.lab, now=self.now)

    def _confirm(self, n: int) -> None:
        booking = self.booking(n, Stage.REDEEMED)
        confirm_as_firm(
            booking=booking, own_paid_on=dt.date(YEAR, 1, 1), satisfaction=4, by=self.firm, now=self.now
        )
        confirm_as_provider(
            booking=booking, invoice_number=f"{booking.pk:020d}", report_number="R", by=self.lab, now=self.now
        )

    def _later(self, n: int) -> None:
        self.now += dt.timedelta(days=40 * (n % 4))
        expire_due(self.now)


@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(events=st.lists(st.tuples(st.sampled_from(_EVENTS), st.integers(0, 20)), min_size=4, max_size=16))
def test_whatever_happens_in_whatever_order_the_book_agrees_with_the_papers(
    db: None, events: list[tuple[str, int]]
) -> None:
    with transaction.atomic():
        town = Town()
        for event, n in (*_BEGUN, *events):
            try:
                with transaction.atomic():
                    town.do(event, n)
            except KeqiaoError:
                pass  # refused; nothing was written
            assert contradictions(town.year) == []
        totals = totals_of(town.year)
        assert sum(totals.by_kind.values()) == 0
        assert totals.authorised == 3_000_000
        transaction.set_rollback(True)


def test_the_check_would_see_a_booking_that_was_changed_behind_the_books_back() -> None:
    town = Town()
    town.do("book", 0)
    town.do("accept", 0)
    assert contradictions(town.year) == []

    VoucherBooking.objects.update(stage=Stage.CANCELLED)

    assert "应占用 0 元" in contradictions(town.year)[0]


def test_nobody_rewrites_an_entry() -> None:
    town = Town()
    entry = VoucherEntry.objects.latest("pk")
    for change in (lambda: VoucherEntry.objects.filter(pk=entry.pk).update(fen=1), entry.delete):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()
    assert contradictions(town.year) == []


def test_a_code_is_spent_once() -> None:
    town = Town()
    town.do("book", 0)
    booking = accepted(VoucherBooking.objects.get(), town.lab)
    code = new_code(booking=booking, by=town.firm, now=at(2, 1))
    redeem(booking=booking, code=code.token, by=town.lab, now=at(2, 1))

    with pytest.raises(KeqiaoError):
        redeem(booking=booking, code=code.token, by=town.lab, now=at(2, 1))

    assert totals_of(town.year)[AccountKind.PROVIDER] == 60_000


@pytest.mark.django_db(transaction=True)
def test_two_desks_that_redeem_at_the_same_moment_spend_once() -> None:
    """On SQLite the writers queue (BEGIN IMMEDIATE), on PostgreSQL they meet at the row's lock."""
    town = Town()
    town.do("book", 0)
    booking = accepted(VoucherBooking.objects.get(), town.lab)
    code = new_code(booking=booking, by=town.firm, now=at(2, 1))
    done: list[str] = []
    refused: list[str] = []
    together = threading.Barrier(4)

    def at_the_desk() -> None:
        together.wait()
        try:
            done.append(redeem(booking=booking, code=code.typed, by=town.lab, now=at(2, 1)).number)
        except KeqiaoError as refusal:
            refused.append(refusal.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=at_the_desk) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(done), len(refused)) == (1, 3)
    assert contradictions(town.year) == []
    assert balance_of(VoucherBooking.objects.get().account) == 0


@pytest.mark.django_db(transaction=True)
def test_two_bookings_at_the_same_moment_never_hold_more_than_the_voucher_has() -> None:
    town = Town()
    assert town.firm.organisation
    small = a_voucher(town.year, OrganisationFactory(), town.officer, 1000)
    Voucher.objects.filter(pk=small.pk).update(firm=town.firm.organisation)
    small.refresh_from_db()
    slots = [a_slot(town.service, at(5, 1, 8 + n)) for n in range(3)]
    together = threading.Barrier(3)

    def ask(slot: Any) -> None:
        together.wait()
        try:
            a_booking(small, town.service, User.objects.get(pk=town.firm.pk), slot=slot)
        except KeqiaoError:
            pass
        finally:
            connections.close_all()

    threads = [threading.Thread(target=ask, args=(slot,)) for slot in slots]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    held = sum(VoucherBooking.objects.filter(voucher=small).values_list("held_fen", flat=True))
    assert held + balance_of(small.account) == 100_000
    assert contradictions(VoucherProgramme.objects.get()) == []
    assert connection.vendor in ("sqlite", "postgresql")
