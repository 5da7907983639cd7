"""免申即享 in browsers, from the list to the receipt: an officer, a colleague, a firm that contests a condition."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from keqiao.payment.enums import AwardState
from keqiao.payment.models import Award, AwardList, Batch, Publicity
from tests.factories.people import UserFactory
from tests.factories.policy import (
    RD_BOOK,
    SHARE,
    WAN,
    a_firm,
    a_policy,
    an_envelope,
    an_item,
    clerk_of,
    figure,
    receipt,
)

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def test_a_list_becomes_money_and_a_contested_condition_is_put_right_on_the_way(
    open_page: Callable[..., Page], codes: None, tmp_path: Path
) -> None:
    officer, second = (
        UserFactory(bureau_officer=True, name="市局老蒋"),
        UserFactory(bureau_officer=True, name="市局老沈"),
    )
    firm = a_firm(rd=200, title="固镇膜材料有限公司")
    clerk = clerk_of(firm)
    item = an_item(
        a_policy(valid_from=timezone.localdate() - dt.timedelta(days=60), valid_to=None), book=RD_BOOK, formula=SHARE, title="研发补助"
    )  # fmt: skip
    an_envelope(officer, 100, year=timezone.localdate().year)

    # the officer makes the list by rule and confirms it
    desk = open_page(f"/desk/payments/rolls/new?item={item.public_id}", user=officer)
    desk.get_by_role("button", name="生成").click()
    expect(desk.get_by_text("1 家待确认")).to_be_visible()
    desk.get_by_role("button", name="确认全部 1 家").click()
    expect(desk.get_by_text("已确认 1 家")).to_be_visible()
    award, roll = Award.objects.get(), AwardList.objects.get()
    assert award.amount_fen == 20 * WAN

    # on a phone the firm reads why, and contests one condition
    phone = open_page(f"/my-policies/{award.public_id}", user=clerk, width=390)
    expect(phone.get_by_text("200 万元 × 10%").first).to_be_visible()
    phone.get_by_label("对哪一项").select_option("rd")
    phone.get_by_label("哪里不对").fill("研发经费应为 250 万元，统计年报已更正。")
    phone.get_by_role("button", name="提出申诉").click()
    expect(phone.get_by_text("申诉已提交")).to_be_visible()

    # the officer has put the figure right and judges again
    figure(firm, "rd_stat", 250)
    desk.goto(desk.url.split("/desk/")[0] + f"/desk/payments/awards/{award.public_id}")
    desk.get_by_label("答复理由").fill("已核对统计年报更正单")
    desk.get_by_role("button", name="成立，重新核算").click()
    expect(desk.get_by_text("申诉已答复")).to_be_visible()
    expect(desk.get_by_text("250 万元 × 10%").first).to_be_visible()

    # public for five working days; nobody objects
    desk.goto(desk.url.split("/desk/")[0] + f"/desk/payments/rolls/{roll.public_id}")
    desk.get_by_role("button", name="公示 1 家").click()
    desk.get_by_role("dialog").get_by_role("button", name="公示").click()
    expect(desk.get_by_text("已公示。")).to_be_visible()
    Publicity.objects.update(start_on=timezone.localdate() - dt.timedelta(days=30))
    desk.reload()
    desk.get_by_role("button", name="公示期满，请企业确认账户").click()
    expect(desk.get_by_text("1 家公示期满")).to_be_visible()

    # the firm says yes with an account
    phone.reload()
    phone.get_by_label("开户行").fill("徽商银行固镇支行")
    phone.get_by_label("账号", exact=True).fill("6222 0000 1234 5678")
    phone.get_by_role("button", name="确认，拨到这个账户").click()
    expect(phone.get_by_text("已确认，资金随下一批次拨付")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")

    # a batch, a second person, the file, the receipt
    desk.goto(desk.url.split("/desk/")[0] + f"/desk/payments/envelopes/{roll.envelope.public_id}")
    desk.get_by_role("button", name="建立批次").click()
    expect(desk.get_by_text("请另一位工作人员复核").first).to_be_visible()
    batch = Batch.objects.get()
    colleague = open_page(f"/desk/payments/batches/{batch.public_id}", user=second)
    colleague.get_by_role("button", name="复核通过").click()
    colleague.get_by_role("dialog").get_by_role("button", name="复核通过").click()
    expect(colleague.get_by_text("可以导出拨付文件送财政")).to_be_visible()
    desk.reload()
    with desk.expect_download() as download:
        desk.get_by_role("button", name="拨付文件（CSV）").click()
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    assert "固镇膜材料有限公司" in text
    assert "250000.00" in text
    answer = tmp_path / "回单.csv"
    answer.write_bytes(receipt(batch))
    desk.reload()
    desk.get_by_label("回单文件").set_input_files(answer)
    desk.get_by_role("button", name="导入回单").click()
    expect(desk.get_by_text("到账 1 笔 250,000.00 元").first).to_be_visible()
    award.refresh_from_db()
    assert award.state == AwardState.PAID
    assert roll.envelope.balance().paid == 25 * WAN
    phone.reload()
    expect(phone.get_by_text("资金已到账").first).to_be_visible()
