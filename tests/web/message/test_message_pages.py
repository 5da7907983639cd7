"""我的消息, the wishes, the link that ends a kind, the administrator's page."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from keqiao.message.actions import send, stop_link
from keqiao.message.models import Message, MessageOptOut, MessageState
from keqiao.people.models import User

pytestmark = pytest.mark.django_db
Browser = Callable[[User], Client]


def _told(to: User | str, **more: str) -> Message:
    return send(
        to=to,
        **(
            {"kind": "match", "subject": "昨夜新增 3 条匹配", "text": "两条强相关。", "link": "/desk/"} | more
        ),
    )  # type: ignore[arg-type]


def test_a_reader_sees_own_messages_and_opening_one_reads_it(
    signed_in: Browser, enterprise_user: User, stranger: User
) -> None:
    mine, other = _told(enterprise_user), _told(stranger, subject="别人的消息")
    browser = signed_in(enterprise_user)

    page = browser.get(reverse("message:message-list")).content.decode()
    detail = browser.get(reverse("message:message-detail", args=[mine.public_id]))

    assert "昨夜新增 3 条匹配" in page
    assert "未读" in page
    assert "别人的消息" not in page
    assert "两条强相关" in detail.content.decode()
    assert browser.get(reverse("message:message-detail", args=[other.public_id])).status_code == 404
    assert "没有未读" in browser.get(reverse("message:message-list") + "?unread=1").content.decode()


def test_all_can_be_marked_read_at_once(signed_in: Browser, enterprise_user: User, stranger: User) -> None:
    _told(enterprise_user), _told(enterprise_user, subject="又一条"), _told(stranger)

    signed_in(enterprise_user).post(reverse("message:message-read-all"))

    assert Message.objects.unread().count() == 1


def test_a_reader_switches_a_kind_off_and_on(signed_in: Browser, enterprise_user: User) -> None:
    browser, address = signed_in(enterprise_user), reverse("message:message-wishes")
    browser.post(address, {"kind": ["deal", "freshness"]})

    stopped = set(MessageOptOut.objects.values_list("kind", flat=True))

    assert "match" in stopped
    assert not stopped & {"deal", "freshness", "account", "notice"}
    assert "checked" in browser.get(address).content.decode()


def test_the_link_asks_a_stranger_first_and_ends_it_by_post(client: Client, enterprise_user: User) -> None:
    address = stop_link(_told(enterprise_user)).removeprefix("http://127.0.0.1:8000")

    assert "确认退订" in client.get(address).content.decode()
    assert not MessageOptOut.objects.exists(), "a scanner that opens links ends nothing"
    assert "已退订" in client.post(address, {"List-Unsubscribe": "One-Click"}).content.decode()
    assert MessageOptOut.objects.get().kind == "match"


def test_a_forged_link_is_answered_like_an_absent_page(client: Client) -> None:
    assert client.get(reverse("message:message-stop", args=["abc:def:ghi"])).status_code == 404


def test_the_administrator_sees_what_failed_without_its_text_and_sends_it_again(
    signed_in: Browser, system_admin: User, enterprise_user: User
) -> None:
    message = _told("li@example.cn", text="只给收件人看")
    Message.objects.update(state=MessageState.FAILED, note="邮件服务器没有收下。", attempts=7)
    browser = signed_in(system_admin)

    page = browser.get(reverse("message:outbox")).content.decode()
    browser.post(reverse("message:message-retry", args=[message.public_id]))

    assert "邮件服务器没有收下" in page
    assert "l***@example.cn" in page
    assert "只给收件人看" not in page
    assert message.subject not in page, "a title may be a secret of the firm"
    assert Message.objects.get().state == MessageState.QUEUED
    assert signed_in(enterprise_user).get(reverse("message:outbox")).status_code == 403
