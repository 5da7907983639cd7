"""How vouchers end: warned, expired, lapsed, refunded; and what an officer takes back."""

import datetime as dt

import pytest

from keqiao.core.errors import BadInput, NotAllowed
from keqiao.message.models import Message
from keqiao.people.models import User
from keqiao.voucher.booking import cancel, refund
from keqiao.voucher.enums import AccountKind, Stage, VoucherState
from keqiao.voucher.expiring import expire_due, warn_soon
from keqiao.voucher.issuing import check_list, split, withdraw
from keqiao.voucher.ledger import balance_of, contradictions, totals_of
from keqiao.voucher.models import LabService, Voucher, VoucherProgramme
from keqiao.voucher.redeeming import new_code, redeem
from tests.factories.people import OrganisationFactory
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
    redeemed,
    roster,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def year(bureau_officer: User) -> VoucherProgramme:
    return a_year(bureau_officer)


@pytest.fixture
def voucher(year: VoucherProgramme, enterprise_user: User, bureau_officer: User) -> Voucher:
    assert enterprise_user.organisation
    return a_voucher(year, enterprise_user.organisation, bureau_officer)


@pytest.fixture
def service(institute_user: User, bureau_officer: User) -> LabService:
    assert institute_user.organisation
    return a_service(a_provider(institute_user.organisation, bureau_officer))


def test_a_firm_is_warned_at_60_30_and_7_days_once_each_and_not_about_an_empty_voucher(
    voucher: Voucher, enterprise_user: User, bureau_officer: User
) -> None:
    last = dt.date(YEAR, 12, 31)
    told = [warn_soon(last - dt.timedelta(days=left)) for left in (61, 60, 31, 30, 7, 1)]
    assert told == [0, 1, 0, 1, 1, 0]
    assert warn_soon(last - dt.timedelta(days=30)) == 1
    texts = Message.objects.filter(user=enterprise_user, subject__contains="天到期")
    assert texts.count() == 3  # said again on the same day, it is the same message
    assert "20,000 元" in texts[0].subject

    withdraw(voucher=voucher, reason="企业迁出本市", by=bureau_officer, now=at(11, 1))
    assert warn_soon(last - dt.timedelta(days=7)) == 0


def test_what_is_left_expires_with_the_year_and_nothing_is_carried_over(voucher: Voucher) -> None:
    assert expire_due(at(12, 31, 23)) == (0, 0)
    assert expire_due(at(12, 31, 23) + dt.timedelta(hours=2)) == (1, 0)
    assert expire_due(at(12, 31, 23) + dt.timedelta(hours=3)) == (0, 0)
    voucher.refresh_from_db()
    assert voucher.state == VoucherState.EXPIRED
    assert totals_of(voucher.programme)[AccountKind.EXPIRED] == 2_000_000
    assert contradictions(voucher.programme) == []


def test_a_booking_made_in_time_may_be_redeemed_in_the_grace_and_lapses_after_it(
    voucher: Voucher, service: LabService, enterprise_user: User, institute_user: User
) -> None:
    slots = [a_slot(service, at(12, 31, 9 + n)) for n in range(2)]
    first, second = (
        accepted(a_booking(voucher, service, enterprise_user, slot=slot, now=at(12, 20)), institute_user)
        for slot in slots
    )
    later = at(12, 31) + dt.timedelta(days=10)
    expire_due(later)

    redeemed(
        first, enterprise_user, institute_user, now=later, actual_fen=100_000
    )  # cheaper: the rest has expired
    ended, lapsed = expire_due(at(12, 31) + dt.timedelta(days=16))

    second.refresh_from_db()
    assert (ended, lapsed, second.stage) == (0, 1, Stage.LAPSED)
    totals = totals_of(voucher.programme)
    assert totals[AccountKind.PROVIDER] == 50_000
    assert totals[AccountKind.EXPIRED] == 2_000_000 - 50_000
    assert contradictions(voucher.programme) == []


def test_a_code_is_dead_after_half_an_hour_and_when_a_new_one_is_shown(
    voucher: Voucher, service: LabService, enterprise_user: User, institute_user: User
) -> None:
    booking = accepted(a_booking(voucher, service, enterprise_user), institute_user)
    old = new_code(booking=booking, by=enterprise_user, now=at(3, 10))
    with pytest.raises(NotAllowed, match="过时"):
        redeem(booking=booking, code=old.token, by=institute_user, now=at(3, 10, 9, 31))
    fresh = new_code(booking=booking, by=enterprise_user, now=at(3, 10))
    for dead in (old.token, old.typed, fresh.token[:-1] + ("a" if fresh.token[-1] != "a" else "b")):
        with pytest.raises(Exception, match="没有找到"):
            redeem(booking=booking, code=dead, by=institute_user, now=at(3, 10))
    assert (
        redeem(booking=booking, code=fresh.typed.lower(), by=institute_user, now=at(3, 10)).redeemed_fen
        == 150_000
    )


def test_a_refund_goes_back_to_the_voucher_while_it_lives_and_an_officer_may_order_it(
    voucher: Voucher, service: LabService, enterprise_user: User, institute_user: User, bureau_officer: User,
    stranger: User,
) -> None:  # fmt: skip
    booking = redeemed(a_booking(voucher, service, enterprise_user), enterprise_user, institute_user)
    with pytest.raises(NotAllowed):
        refund(booking=booking, reason="不满意", by=stranger, now=at(3, 20))
    with pytest.raises(BadInput, match="原因"):
        refund(booking=booking, reason=" ", by=bureau_officer, now=at(3, 20))

    refund(booking=booking, reason="核查属实：没有实际服务", by=bureau_officer, now=at(3, 20))

    assert balance_of(voucher.account) == 2_000_000
    with pytest.raises(NotAllowed, match="现在可以"):
        cancel(booking=booking, reason="再取消一次", by=enterprise_user)
    assert contradictions(voucher.programme) == []


def test_a_cheaper_service_gives_the_rest_back_at_once(
    voucher: Voucher, service: LabService, enterprise_user: User, institute_user: User
) -> None:
    booking = redeemed(
        a_booking(voucher, service, enterprise_user), enterprise_user, institute_user, actual_fen=200_001
    )
    assert (booking.redeemed_fen, balance_of(voucher.account)) == (100_000, 1_900_000)  # half, rounded down
    dearer = redeemed(
        a_booking(voucher, service, enterprise_user), enterprise_user, institute_user, actual_fen=900_000
    )
    assert dearer.redeemed_fen == 150_000  # never more than was held


def test_a_year_never_gives_a_firm_more_than_its_cap_and_the_pool_never_more_than_it_has(
    year: VoucherProgramme, voucher: Voucher, enterprise_user: User
) -> None:
    name, other = str(enterprise_user.organisation), OrganisationFactory()
    wishes = check_list(
        year, roster([name, "480000"], [name, "480000.01"], [other.name, "980000.01"]), dt.date(YEAR, 2, 1)
    )
    assert [bool(one.problem) for one in wishes] == [False, True, True]
    assert "V-03" in check_list(year, roster([name, "480000.01"]), dt.date(YEAR, 2, 1))[0].problem
    team = check_list(
        year, roster([other.name, "100000", "团队"], [other.name, "100000.01", "团队"]), dt.date(YEAR, 2, 1)
    )
    assert team[0].problem == ""


def test_parts_split_off_a_voucher_end_with_it(voucher: Voucher, enterprise_user: User) -> None:
    parts = split(voucher=voucher, parts_fen=[500_000, 300_000], by=enterprise_user, now=at(2, 1))
    assert [one.number for one in parts] == [f"{voucher.number}/1", f"{voucher.number}/2"]
    assert balance_of(voucher.account) == 1_200_000
    with pytest.raises(BadInput, match="超过余额"):
        split(voucher=voucher, parts_fen=[1_200_001], by=enterprise_user, now=at(2, 1))
    with pytest.raises(BadInput, match="每份至少"):
        split(voucher=voucher, parts_fen=[99], by=enterprise_user, now=at(2, 1))
    expire_due(at(12, 31) + dt.timedelta(days=1))
    assert totals_of(voucher.programme)[AccountKind.EXPIRED] == 2_000_000
