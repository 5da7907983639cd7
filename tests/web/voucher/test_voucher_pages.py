"""Vouchers as people see them: strangers, the firm, the lab, the bureau."""

import datetime as dt
import io
import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from keqiao.core.audit import AuditEntry
from keqiao.people.models import User
from keqiao.registry.enterprise.models import Enterprise
from keqiao.voucher.enums import AccountKind, FlagState, Stage
from keqiao.voucher.ledger import contradictions, totals_of
from keqiao.voucher.models import LabService, LabSlot, Voucher, VoucherBatch, VoucherBooking, VoucherProgramme
from keqiao.voucher.settling import ready_for
from tests.factories.people import UserFactory
from tests.factories.voucher import a_booking, a_provider, a_service, a_voucher, a_year

pytestmark = pytest.mark.django_db
Browser = Callable[[User], Client]


@pytest.fixture
def year(bureau_officer: User) -> VoucherProgramme:
    """This year, so that pages say what is valid today."""
    today = timezone.localdate()
    return a_year(
        bureau_officer,
        year=today.year,
        starts_on=dt.date(today.year, 1, 1),
        ends_on=dt.date(today.year + 1, 6, 30),
    )


@pytest.fixture
def service(bureau_officer: User, institute_user: User) -> LabService:
    assert institute_user.organisation
    return a_service(a_provider(institute_user.organisation, bureau_officer), 3000)


@pytest.fixture
def slot(service: LabService) -> LabSlot:
    start = (timezone.now() + dt.timedelta(days=3)).replace(minute=0, second=0, microsecond=0)
    return LabSlot.objects.create(service=service, starts_at=start, ends_at=start + dt.timedelta(hours=1))


@pytest.fixture
def voucher(year: VoucherProgramme, enterprise_user: User, bureau_officer: User) -> Voucher:
    assert enterprise_user.organisation
    return a_voucher(year, enterprise_user.organisation, bureau_officer, 20_000, now=timezone.now())


@pytest.fixture
def booking(
    voucher: Voucher, service: LabService, slot: LabSlot, enterprise_user: User, signed_in: Browser
) -> VoucherBooking:
    signed_in(enterprise_user).post(
        reverse("voucher:book", args=[service.public_id]), {"voucher": str(voucher.public_id), "slot": slot.pk, "quantity": 2}
    )  # fmt: skip
    return VoucherBooking.objects.get()


def do(browser: Client, booking: VoucherBooking, what: str, **typed: object) -> int:
    return browser.post(reverse("voucher:act", args=[booking.public_id, what]), typed).status_code


def test_a_stranger_finds_a_service_by_its_provider_and_sees_its_price(
    visitor: Client, service: LabService
) -> None:
    found = visitor.get(
        reverse("voucher:catalogue"), {"q": service.provider.organisation.name[:6]}
    ).content.decode()
    assert "3,000 元 / 样" in found
    assert service.title in visitor.get(reverse("voucher:service", args=[service.public_id])).content.decode()
    assert service.title not in visitor.get(reverse("voucher:catalogue"), {"kind": "pilot"}).content.decode()


def test_a_delisted_provider_is_out_of_the_catalogue_at_once(
    visitor: Client, signed_in: Browser, service: LabService, bureau_officer: User
) -> None:
    officer = signed_in(bureau_officer)
    address = f"{reverse('voucher:provider-edit')}?unit={service.provider.organisation.public_id}"
    officer.post(address, {"delist": "1", "name": str(service.provider), "reason": "示例：收费与公布的不符"})

    assert visitor.get(reverse("voucher:service", args=[service.public_id])).status_code == 404
    assert "收费与公布的不符" in officer.get(reverse("voucher:providers")).content.decode()


def test_an_officer_sees_every_line_judged_before_anything_is_issued(
    signed_in: Browser, year: VoucherProgramme, bureau_officer: User, enterprise_user: User
) -> None:
    officer = signed_in(bureau_officer)
    name = str(enterprise_user.organisation)
    lines = f"单位名称\t金额\n{name}, 20,000\n没有这家公司\t5000\n{name} 900000"
    address = reverse("voucher:issue", args=[year.public_id])
    response = officer.post(address, {"lines": lines, "check": "1"})
    page = response.content.decode()
    assert "没有找到“没有这家公司”" in page
    assert "第 2 行已有这家" in page
    assert "没有登记科技型中小企业证书" in page or "资格没有判断" in page
    assert Voucher.objects.count() == 0

    seen = response.context["form"]["seen"].value()
    changed = officer.post(address, {"lines": lines.replace("20,000", "30000"), "seen": seen, "issue": "1"})
    assert changed.status_code == 422
    assert Voucher.objects.count() == 0

    officer.post(address, {"lines": lines, "seen": seen, "issue": "1"})

    assert Voucher.objects.get().face_fen == 2_000_000
    wallet = signed_in(enterprise_user).get(reverse("voucher:wallet")).content.decode()
    assert "20,000 元" in wallet


def test_a_firm_splits_its_voucher_and_nobody_elses(
    signed_in: Browser, voucher: Voucher, enterprise_user: User, stranger: User
) -> None:
    address = reverse("voucher:split", args=[voucher.public_id])
    assert signed_in(stranger).post(address, {"parts": "5000"}).status_code == 404

    signed_in(enterprise_user).post(address, {"parts": "5000\n2500.50"})

    assert sorted(Voucher.objects.values_list("face_fen", flat=True)) == [250_050, 500_000, 2_000_000]
    assert contradictions(voucher.programme) == []


def test_a_booking_is_hidden_from_another_firm_and_a_taken_hour_is_gone(
    signed_in: Browser, visitor: Client, booking: VoucherBooking, stranger: User, other_county_officer: User
) -> None:
    address = reverse("voucher:booking", args=[booking.public_id])
    assert signed_in(stranger).get(address).status_code == 404
    assert signed_in(other_county_officer).get(address).status_code == 404
    assert booking.held_fen == 300_000
    page = visitor.get(reverse("voucher:service", args=[booking.service.public_id])).content.decode()
    assert "暂时没有空闲时段" in page


def test_a_voucher_goes_from_the_desk_of_the_lab_to_the_treasury(
    signed_in: Browser,
    booking: VoucherBooking,
    enterprise_user: User,
    institute_user: User,
    bureau_officer: User,
) -> None:
    firm, lab, officer = signed_in(enterprise_user), signed_in(institute_user), signed_in(bureau_officer)
    second = signed_in(UserFactory(bureau_officer=True))
    assert do(lab, booking, "accept") == 302
    shown = firm.post(reverse("voucher:code", args=[booking.public_id])).content.decode()
    typed = re.search(r"data-code>([^<]+)<", shown)
    assert typed
    assert "<svg" in shown
    assert "6,000 元" in lab.get(reverse("voucher:redeem"), {"code": typed[1]}).content.decode()
    assert lab.post(reverse("voucher:redeem"), {"code": typed[1], "actual": "5000"}).status_code == 302
    assert lab.post(reverse("voucher:redeem"), {"code": typed[1], "actual": "5000"}).status_code == 404
    assert (
        do(firm, booking, "confirm-firm", own_paid_on=timezone.localdate().isoformat(), satisfaction="5")
        == 302
    )
    assert do(lab, booking, "confirm-lab", invoice_number="123", report_number="R1") == 422
    assert do(lab, booking, "confirm-lab", invoice_number="2" * 20, report_number="R1") == 302

    programme = booking.voucher.programme
    officer.post(
        reverse("voucher:batch-new", args=[programme.public_id]), {"until": timezone.localdate().isoformat()}
    )
    batch = VoucherBatch.objects.get()
    act = lambda what: reverse("voucher:batch-act", args=[batch.public_id, what])  # noqa: E731
    assert "另一人复核" in officer.post(act("approve"), follow=True).content.decode()
    second.post(act("approve"))
    officer.post(act("pay"), {"paid_on": timezone.localdate().isoformat(), "receipt": "财拨 1 号"})

    booking.refresh_from_db()
    assert (booking.stage, booking.redeemed_fen) == (Stage.SETTLED, 250_000)
    totals = totals_of(programme)
    assert (totals[AccountKind.SETTLED], totals.in_wallets) == (250_000, 1_750_000)
    book = load_workbook(
        io.BytesIO(officer.get(reverse("voucher:batch-file", args=[batch.public_id])).content)
    )
    cells = [cell.value for row in book["拨付汇总"].iter_rows() for cell in row]
    assert "622200001111" in cells
    assert 2500 in cells
    assert AuditEntry.objects.filter(action="voucher_batch.exported").count() == 1


def test_a_code_means_nothing_to_another_lab(
    signed_in: Browser,
    booking: VoucherBooking,
    enterprise_user: User,
    institute_user: User,
    bureau_officer: User,
) -> None:
    do(signed_in(institute_user), booking, "accept")
    shown = (
        signed_in(enterprise_user).post(reverse("voucher:code", args=[booking.public_id])).content.decode()
    )
    typed = re.search(r"data-code>([^<]+)<", shown)
    other = UserFactory(institute=True)
    assert typed
    assert other.organisation
    a_provider(other.organisation, bureau_officer)

    assert signed_in(other).get(reverse("voucher:redeem"), {"code": typed[1]}).status_code == 404
    assert signed_in(enterprise_user).get(reverse("voucher:redeem"), {"code": typed[1]}).status_code == 403


def test_a_doubt_keeps_a_booking_out_of_settlement_until_an_officer_decides(
    signed_in: Browser, voucher: Voucher, service: LabService, enterprise_user: User, institute_user: User,
    bureau_officer: User,
) -> None:  # fmt: skip
    Enterprise.objects.create(
        title="甲", organisation=enterprise_user.organisation, legal_representative="孙明"
    )
    start = timezone.now() + dt.timedelta(days=2)
    slot = LabSlot.objects.create(service=service, starts_at=start, ends_at=start + dt.timedelta(hours=1))
    booking = a_booking(voucher, service, enterprise_user, slot=slot, now=timezone.now())
    flag = booking.flags.get()
    assert flag.rule == "VA-01"
    VoucherBooking.objects.filter(pk=booking.pk).update(
        stage=Stage.CONFIRMED, redeemed_at=timezone.now(), redeemed_fen=1, redeemed_price_fen=2
    )
    assert list(ready_for(voucher.programme)) == []
    officer = signed_in(bureau_officer)
    page = officer.get(reverse("voucher:booking", args=[booking.public_id])).content.decode()
    assert "孙明" in page
    assert (
        "VA-01"
        not in signed_in(enterprise_user)
        .get(reverse("voucher:booking", args=[booking.public_id]))
        .content.decode()
    )

    officer.post(reverse("voucher:flag", args=[flag.public_id]), {"uphold": "1", "decision": ""})
    flag.refresh_from_db()
    assert flag.state == FlagState.OPEN
    officer.post(
        reverse("voucher:flag", args=[flag.public_id]), {"clear": "1", "decision": "同名不同人，已核身份证"}
    )

    flag.refresh_from_db()
    assert (flag.state, flag.decided_by) == (FlagState.CLEARED, bureau_officer)
    assert list(ready_for(voucher.programme)) == [booking]


@pytest.mark.parametrize("page", ["wallet", "lab", "bureau", "vouchers", "bookings", "entries", "providers"])
def test_every_desk_opens_for_those_whose_it_is(
    page: str, signed_in: Browser, booking: VoucherBooking, enterprise_user: User, institute_user: User,
    bureau_officer: User, auditor: User,
) -> None:  # fmt: skip
    who = {"wallet": enterprise_user, "lab": institute_user}.get(page, bureau_officer)
    assert signed_in(who).get(reverse(f"voucher:{page}")).status_code == 200
    if page not in ("wallet", "lab"):
        assert signed_in(auditor).get(reverse(f"voucher:{page}")).status_code == 200
        assert signed_in(enterprise_user).get(reverse(f"voucher:{page}")).status_code == 403


def test_the_totals_of_the_year_open_the_lists_behind_them(
    signed_in: Browser, booking: VoucherBooking, bureau_officer: User
) -> None:
    browser = signed_in(bureau_officer)
    page = browser.get(reverse("voucher:bureau")).content.decode()
    assert "账目核对相符" in page
    links = re.findall(r'class="label"><a href="([^"]+)"', page)
    assert len(links) == 7
    for link in links:
        assert browser.get(link.replace("&amp;", "&")).status_code == 200
    held = browser.get(reverse("voucher:bookings"), {"stage": "holding"}).content.decode()
    assert booking.number in held
