"""A subscriber gets one mail, about what is new or changed in earnest, and can end it with one click."""

import datetime as dt
import re

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone

from keqiao.core.errors import BadInput, NotFound
from keqiao.matching import subscriptions
from keqiao.matching.index import drain
from keqiao.matching.models import Subscription
from keqiao.registry.demand.models import Demand
from keqiao.registry.records.changes import mark_changed
from tests.factories.registry import DemandFactory

pytestmark = [pytest.mark.django_db]


@pytest.fixture(autouse=True)
def addresses(monkeypatch):
    """The room's mails do not depend on the web's address table."""
    monkeypatch.setattr(
        subscriptions, "reverse", lambda name, args=(): "/" + "/".join([name, *map(str, args)])
    )


def ask(query="q=废水", email="li@example.cn", **more):
    given = {"kind": "demand", "cadence": "daily", "title": "废水", "by": None} | more
    return subscriptions.subscribe(query=query, email=email, **given)


def publish(**facts):
    demand = DemandFactory(published=True, **facts)
    mark_changed(demand)
    drain()
    return demand


def change(demand, **facts):
    Demand.objects.filter(pk=demand.pk).update(**facts)
    mark_changed(demand)
    drain()


def tomorrow(days=1):
    return timezone.now() + dt.timedelta(days=days)


@pytest.fixture
def confirmed():
    return subscriptions.confirm(ask().token)


def test_a_visitor_gets_a_link_first_and_no_news_before_following_it(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        subscription = ask()
    publish(title="废水处理")

    assert subscriptions.send_due(tomorrow()) == 0
    assert len(mail.outbox) == 1
    assert subscription.token in mail.outbox[0].body
    assert "请确认订阅" in mail.outbox[0].subject


def test_news_come_in_one_mail_with_a_way_out(confirmed):
    other = subscriptions.confirm(ask(query="q=回收", title="回收").token)
    demand = publish(title="废水处理")

    assert subscriptions.send_due(tomorrow()) == 1

    message = mail.outbox[-1]
    assert demand.title in message.body
    assert str(demand.public_id) in message.body
    assert confirmed.token in message.body
    assert other.token in message.body
    assert re.fullmatch(
        r"<http.*/market:subscription-stop/.+\?all=1>", message.extra_headers["List-Unsubscribe"]
    )
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_the_same_news_are_not_sent_twice(confirmed):
    publish(title="废水处理")
    subscriptions.send_due(tomorrow())

    assert subscriptions.send_due(tomorrow(2)) == 0


def test_what_was_there_before_is_no_news():
    publish(title="废水处理")
    subscriptions.confirm(ask().token)

    assert subscriptions.send_due(tomorrow()) == 0


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"content": "每天排废水，约 600 吨！"}, 0),  # a comma and an exclamation mark
        ({"content": "每天排废水约 900 吨"}, 1),
        ({"budget_yuan": 5_000_000}, 1),
        ({"title": "废水零排放"}, 1),
        ({"remark": "内部备注"}, 0),
    ],
)
def test_only_changes_that_matter_are_worth_a_mail(facts, expected):
    demand = publish(title="废水处理", content="每天排废水约 600 吨")
    subscriptions.confirm(ask().token)

    change(demand, **facts)

    assert subscriptions.send_due(tomorrow()) == expected


def test_a_weekly_subscriber_waits_a_week():
    subscriptions.confirm(ask(cadence="weekly").token)
    publish(title="废水处理")

    assert subscriptions.send_due(tomorrow()) == 0
    assert subscriptions.send_due(tomorrow(7)) == 1


def test_one_click_ends_it(confirmed):
    subscriptions.unsubscribe(confirmed.token)
    publish(title="废水处理")

    assert subscriptions.send_due(tomorrow()) == 0
    subscriptions.unsubscribe(confirmed.token)  # twice is no error
    with pytest.raises(NotFound):
        subscriptions.by_token(confirmed.token)


def test_the_mail_programs_button_ends_all_of_the_address(confirmed):
    subscriptions.confirm(ask(query="q=回收").token)

    subscriptions.unsubscribe(confirmed.token, everything=True)

    assert not Subscription.objects.active().exists()


def test_a_masked_owner_stays_masked_in_the_mail(confirmed):
    demand = publish(title="废水处理", masked=True)

    subscriptions.send_due(tomorrow())

    assert demand.organisation.name not in mail.outbox[-1].body


def test_a_mail_server_that_is_down_loses_no_news(confirmed, monkeypatch):
    publish(title="废水处理")

    def refuse(*_args, **_more):
        raise ConnectionRefusedError

    monkeypatch.setattr(subscriptions.EmailMessage, "send", refuse)
    with pytest.raises(ConnectionRefusedError):
        subscriptions.send_due(tomorrow())
    monkeypatch.undo()
    monkeypatch.setattr(subscriptions, "reverse", lambda name, args=(): "/" + name)

    assert subscriptions.send_due(tomorrow()) == 1


def test_the_same_search_is_subscribed_once():
    first = ask(query="q=废水&field11=07")

    assert ask(query="field11=07&q=废水&page=3") == first


def test_the_address_is_not_kept_when_nobody_confirms():
    ask()

    subscriptions.send_due(tomorrow(8))

    assert not Subscription.objects.exists()


def test_the_address_is_encrypted_at_rest(django_db_blocker):

    ask(email="li@example.cn")

    with connection.cursor() as cursor:
        cursor.execute("SELECT email FROM matching_subscription")
        assert "li@example.cn" not in cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("email", "cadence", "words"), [("不是邮箱", "daily", "不是有效的地址"), ("a@b.cn", "hourly", "频率")]
)
def test_nonsense_is_refused_with_the_mend(email, cadence, words):
    with pytest.raises(BadInput, match=words):
        ask(email=email, cadence=cadence)
