"""A voucher from issue to settlement, each person in a browser of his own, the lab's on a phone."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from keqiao.people.models import User
from keqiao.voucher.ledger import contradictions
from keqiao.voucher.models import LabSlot, Voucher, VoucherBatch, VoucherBooking
from tests.factories.people import UserFactory
from tests.factories.voucher import a_provider, a_service, a_year

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def test_a_voucher_is_issued_booked_scanned_confirmed_and_paid(
    open_page: Callable[..., Page],
    codes: None,
    enterprise_user: User,
    institute_user: User,
    bureau_officer: User,
) -> None:
    today = timezone.localdate()
    year = a_year(
        bureau_officer,
        year=today.year,
        starts_on=dt.date(today.year, 1, 1),
        ends_on=dt.date(today.year + 1, 6, 30),
    )
    assert institute_user.organisation
    service = a_service(a_provider(institute_user.organisation, bureau_officer), 3000)
    start = timezone.now() + dt.timedelta(days=2)
    LabSlot.objects.create(service=service, starts_at=start, ends_at=start + dt.timedelta(hours=1))

    officer = open_page(reverse("voucher:issue", args=[year.public_id]), user=bureau_officer)
    officer.get_by_role("textbox", name="名单").fill(f"{enterprise_user.organisation}\t20000")
    officer.get_by_role("button", name="检查名单").click()
    officer.get_by_role("button", name="发放 1 张").click()
    expect(officer.get_by_text("已发放 1 张")).to_be_visible()
    assert Voucher.objects.get().face_fen == 2_000_000

    firm = open_page(reverse("voucher:service", args=[service.public_id]), user=enterprise_user, width=390)
    firm.get_by_role("link", name="用创新券预约").click()
    expect(firm.get_by_text("1,500 元").first).to_be_visible()  # half of 3,000
    firm.get_by_role("button", name="预约", exact=True).click()
    expect(firm.get_by_text("等机构接单").first).to_be_visible()
    booking = VoucherBooking.objects.get()

    lab = open_page(reverse("voucher:booking", args=[booking.public_id]), user=institute_user, width=390)
    lab.get_by_role("button", name="接单", exact=True).click()
    firm.reload()
    firm.get_by_role("button", name="出示核销二维码").click()
    expect(firm.locator(".qr-big svg")).to_be_visible()
    code = firm.locator("[data-code]").inner_text()

    lab.goto(lab.url.split("/desk/")[0] + reverse("voucher:redeem") + f"?code={code}")
    lab.get_by_role("button", name="核销", exact=True).click()
    expect(lab.get_by_text("已核销 1,500 元").first).to_be_visible()
    lab.get_by_label("发票号码").fill("26340000000000000001")
    lab.get_by_label("报告或成果编号").fill("JC-2026-7")
    lab.get_by_role("button", name="确认服务完成").click()
    assert lab.evaluate("document.documentElement.scrollWidth") <= 390

    firm.goto(firm.url.split("/desk/")[0] + reverse("voucher:booking", args=[booking.public_id]))
    firm.get_by_role("button", name="确认服务完成").click()
    expect(firm.get_by_text("双方已确认").first).to_be_visible()

    officer.goto(officer.url.split("/desk/")[0] + reverse("voucher:bureau"))
    officer.get_by_role("button", name="编制批次").click()
    expect(officer.get_by_text("等另一位工作人员复核")).to_be_visible()
    batch = VoucherBatch.objects.get()
    second = open_page(
        reverse("voucher:batch", args=[batch.public_id]), user=UserFactory(bureau_officer=True)
    )
    second.get_by_role("button", name="复核通过").click()
    officer.reload()
    officer.get_by_label("拨付凭证号").fill("财拨〔2026〕7 号")
    officer.get_by_role("button", name="登记拨付").click()

    expect(officer.get_by_text("已拨付").first).to_be_visible()
    booking.refresh_from_db()
    assert booking.get_stage_display() == "已结算"
    assert contradictions(year) == []
