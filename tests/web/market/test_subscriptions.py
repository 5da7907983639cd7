"""Subscribing on the page, from the address of a list to the last click."""

import re

import pytest
from django.core import mail
from django.test import Client

from keqiao.matching import subscriptions
from keqiao.matching.models import Subscription
from tests.factories.people import UserFactory

pytestmark = pytest.mark.django_db

ADDRESS = "/subscriptions/new/demand/?q=废水&field11=07"


def ask(browser, email="li@example.cn"):
    return browser.post(ADDRESS, {"email": email, "cadence": "weekly"})


def test_a_visitor_subscribes_confirms_and_ends_it(visitor, django_capture_on_commit_callbacks):
    form = visitor.get(ADDRESS).content.decode()
    assert "技术需求：“废水”；技术领域 环境保护与资源综合利用" in form

    with django_capture_on_commit_callbacks(execute=True):
        answer = ask(visitor).content.decode()
    confirm, stop = re.findall(r"http://\S+?(/subscriptions/\S+)", mail.outbox[0].body)

    assert "l***@example.cn" in answer
    assert "订阅成功" in visitor.get(confirm).content.decode()
    assert Subscription.objects.active().count() == 1
    assert "确认退订" in visitor.get(stop).content.decode()
    assert Subscription.objects.active().count() == 1  # a mail scanner that opens links ends nothing
    assert "已退订" in visitor.post(stop).content.decode()
    assert not Subscription.objects.active().exists()
    assert "已退订" in visitor.get(stop).content.decode()


def test_the_mail_programs_one_click_needs_no_page_of_ours():
    one = subscriptions.confirm(
        subscriptions.subscribe(
            kind="demand", query="", email="a@example.cn", cadence="daily", title="全部", by=None
        ).token
    )

    response = Client(enforce_csrf_checks=True).post(
        f"/subscriptions/stop/{one.token}/?all=1", {"List-Unsubscribe": "One-Click"}
    )

    assert response.status_code == 200
    assert not Subscription.objects.active().exists()


def test_a_wrong_address_is_said_at_the_field(visitor):
    response = ask(visitor, "不是邮箱")

    assert response.status_code == 422
    assert "邮箱格式不对" in response.content.decode()


def test_asking_again_and_again_does_not_fill_a_mailbox(visitor, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        ask(visitor)
        ask(visitor)
        ask(visitor)

    assert len(mail.outbox) == 1


def test_an_unknown_token_and_an_unknown_kind_are_not_found(visitor):
    assert visitor.get("/subscriptions/confirm/nonsense/").status_code == 404
    assert visitor.get("/subscriptions/stop/nonsense/").status_code == 404
    assert visitor.get("/subscriptions/new/nonsense/").status_code == 404


def test_a_signed_in_reader_sees_and_ends_only_his_own(signed_in):
    mine, other = (
        UserFactory(enterprise=True, email="mine@example.cn"),
        UserFactory(enterprise=True, email="other@example.cn"),
    )
    browser = signed_in(mine)
    ask(browser, "mine@example.cn")
    theirs = subscriptions.subscribe(
        kind="demand", query="q=番茄", email="other@example.cn", cadence="daily", title="番茄", by=other
    )

    page = browser.get("/subscriptions/").content.decode()
    assert "废水" in page
    assert "番茄" not in page

    browser.post(f"/subscriptions/{theirs.public_id}/end/")
    browser.post(f"/subscriptions/{Subscription.objects.get(user=mine).public_id}/end/")
    assert list(Subscription.objects.active()) == [theirs]
