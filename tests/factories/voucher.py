"""A year of vouchers as the room's own actions make it: `a_year(officer)`, `a_voucher(...)`, `a_service(...)`, `a_booking(...)`."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from keqiao.people.models import Organisation, User
from keqiao.voucher.booking import accept, book
from keqiao.voucher.catalogue import list_provider
from keqiao.voucher.issuing import issue, open_programme
from keqiao.voucher.models import (
    LabService,
    LabSlot,
    ServiceProvider,
    Voucher,
    VoucherBooking,
    VoucherProgramme,
)
from keqiao.voucher.redeeming import confirm_as_firm, confirm_as_provider, new_code, redeem
from keqiao.voucher.roster import RosterLine, typed_lines

ZONE = ZoneInfo("Asia/Shanghai")
BENGBU = "340300000000"
YEAR = 2099


def at(month: int, day: int, hour: int = 9, minute: int = 0) -> dt.datetime:
    """A moment of the year that the tests live in."""
    return dt.datetime(YEAR, month, day, hour, minute, tzinfo=ZONE)


def a_year(officer: User, fen: int = 100_000_000, **facts: Any) -> VoucherProgramme:
    """1,000,000 元 for 2099, the whole year."""
    base: dict[str, Any] = {
        "title": "2099 年科技创新券", "year": YEAR, "division_code": BENGBU, "starts_on": dt.date(YEAR, 1, 1),
        "ends_on": dt.date(YEAR, 12, 31), "authorised_fen": fen, "document": "蚌科〔2099〕1 号", "by": officer,
    }  # fmt: skip
    return open_programme(**base | facts)


def roster(*rows: list[str]) -> list[RosterLine]:
    """An issuing list as pasted: name or code, yuan, 企业 or 团队."""
    return typed_lines("\n".join("\t".join(row) for row in rows))


def a_voucher(
    year: VoucherProgramme, firm: Organisation, officer: User, yuan: int = 20_000, **facts: Any
) -> Voucher:
    """Issued on 5 January."""
    rows = roster([firm.name, str(yuan), facts.pop("kind", "")])
    return issue(programme=year, lines=rows, purpose="检验检测", by=officer, now=facts.pop("now", at(1, 5)))[
        0
    ]


def a_provider(unit: Organisation, officer: User, **values: str) -> ServiceProvider:
    known = {"legal_representative": "孙明", "address": "蚌埠市禹会区学院路 1 号", "account_number": "6222 0000 1111",
             "account_bank": "徽商银行蚌埠分行"}  # fmt: skip
    return list_provider(organisation=unit, values=known | values, by=officer)


def a_service(provider: ServiceProvider, yuan: int = 3000, **facts: Any) -> LabService:
    base: dict[str, Any] = {
        "title": "扫描电镜形貌分析", "service_class": "test", "unit": "样", "price_fen": yuan * 100,
    }  # fmt: skip
    return LabService.objects.create(provider=provider, **base | facts)


def a_slot(service: LabService, when: dt.datetime | None = None) -> LabSlot:
    """The next free hour of 10 March."""
    when = when or at(3, 10, 9) + dt.timedelta(hours=service.slots.count())
    return LabSlot.objects.create(service=service, starts_at=when, ends_at=when + dt.timedelta(hours=1))


def a_booking(voucher: Voucher, service: LabService, firm_user: User, **facts: Any) -> VoucherBooking:
    """Asked for on 1 March."""
    slot = facts.pop("slot", None) or a_slot(service)
    return book(
        voucher=voucher, service=service, slot=slot, by=firm_user, now=facts.pop("now", at(3, 1)), **facts
    )


def accepted(booking: VoucherBooking, provider_user: User) -> VoucherBooking:
    return accept(booking=booking, by=provider_user, now=at(3, 2))


def redeemed(
    booking: VoucherBooking,
    firm_user: User,
    provider_user: User,
    now: dt.datetime | None = None,
    **facts: Any,
) -> VoucherBooking:
    """Shown and scanned at the desk; an unaccepted one is accepted before."""
    now = now or at(3, 10, 9)
    booking.refresh_from_db()
    if booking.stage == "requested":
        accepted(booking, provider_user)
    code = new_code(booking=booking, by=firm_user, now=now)
    return redeem(booking=booking, code=code.token, by=provider_user, now=now, **facts)


def confirmed(booking: VoucherBooking, firm_user: User, provider_user: User) -> VoucherBooking:
    """Redeemed and confirmed by both sides."""
    redeemed(booking, firm_user, provider_user)
    confirm_as_firm(
        booking=booking, own_paid_on=dt.date(YEAR, 3, 11), satisfaction=5, by=firm_user, now=at(3, 12)
    )
    return confirm_as_provider(
        booking=booking, invoice_number=f"{booking.pk:020d}", report_number="JC-2099-1", by=provider_user, now=at(3, 12)
    )  # fmt: skip
