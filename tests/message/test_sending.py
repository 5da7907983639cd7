"""A message is queued with its cause, goes out once, and is never lost in silence."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone

from keqiao.core.errors import BadInput, NotAllowed, SourceDown
from keqiao.core.models import AuditEntry
from keqiao.message.actions import choose, keep_inside, retry, send, stop, stop_link
from keqiao.message.channels import Envelope, GatewayChannel, Refused
from keqiao.message.delivery import BACK_OFF, deliver
from keqiao.message.gateway_fake import FakeGateway, fake_gateway
from keqiao.message.kinds import KINDS, kind_of
from keqiao.message.models import Message, MessageState
from keqiao.people.models import User
from tests.factories.people import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def zhou() -> User:
    user: User = UserFactory(enterprise=True, name="企业小周", email="zhou@example.cn")
    return user


@pytest.fixture
def gateway(settings: object) -> Iterator[FakeGateway]:
    with fake_gateway("一句只有两边知道的话") as running:
        settings.KEQIAO_GATEWAY_URL = running.url  # type: ignore[attr-defined]
        settings.KEQIAO_GATEWAY_SECRET = running.secret  # type: ignore[attr-defined]
        yield running


def _tell(to: User | str, **more: object) -> Message:
    given = {
        "kind": "match",
        "subject": "新增 3 条匹配",
        "text": "您的需求有 3 条新的匹配。",
        "link": "/desk/",
    }
    return send(to=to, **(given | more))  # type: ignore[arg-type]  # the test chooses


class _Broken:
    """A mail server that is down, or that refuses the address."""

    key = "mail"

    def __init__(self, error: Exception) -> None:
        self.error = error

    def takes(self, to: str) -> bool:
        return True

    def deliver(self, envelope: Envelope) -> str:
        raise self.error


def test_a_member_gets_one_mail_with_the_whole_link_and_a_way_to_end_it(zhou: User) -> None:
    message = _tell(zhou)

    done = deliver()

    assert (done.sent, done.total) == (1, 1)
    (letter,) = mail.outbox
    assert letter.to == ["zhou@example.cn"]
    assert "http://127.0.0.1:8000/desk/" in letter.body
    assert letter.extra_headers["List-Unsubscribe"] == f"<{stop_link(message)}>"
    assert letter.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    message.refresh_from_db()
    assert (message.state, message.channel) == (MessageState.SENT, "mail")
    assert deliver().total == 0


def test_the_same_occasion_is_told_once_and_another_occasion_again(zhou: User, stranger: User) -> None:
    first = _tell(zhou, key="需求 12 到期")

    assert _tell(zhou, key="需求 12 到期", text="换了说法").pk == first.pk
    assert _tell(zhou, key="需求 13 到期").pk != first.pk
    assert _tell(stranger, key="需求 12 到期").pk != first.pk
    assert _tell(zhou).pk == _tell(zhou).pk, "without a key: the same words once a day"


def test_what_tells_of_made_up_people_stays_on_the_site(zhou: User) -> None:
    message = _tell(zhou)
    assert keep_inside(reason="演示数据", by=None) == 1
    deliver(10)
    message.refresh_from_db()
    assert (message.state, message.note, mail.outbox) == (MessageState.SUPPRESSED, "演示数据", [])


def test_what_the_caller_takes_back_is_never_sent(zhou: User) -> None:
    with transaction.atomic():
        _tell(zhou)
        transaction.set_rollback(True)

    assert deliver().total == 0


def test_a_text_and_an_address_are_not_readable_in_the_database(zhou: User) -> None:
    from django.db import connection

    _tell("li@example.cn", text="联系人王小明")
    with connection.cursor() as cursor:
        cursor.execute("SELECT text, address FROM message_message")
        row = cursor.fetchone()

    assert "王小明" not in row[0]
    assert "li@example" not in row[1]
    entry = AuditEntry.objects.get(action="message.queued")
    assert entry.changes["to"] == ["", "l***@example.cn"]


@pytest.mark.parametrize("to", ["不是地址", "li@", "12345", ""])
def test_an_address_that_is_none_is_refused_at_once(to: str) -> None:
    with pytest.raises(BadInput, match="没有发出"):
        _tell(to)


def test_an_unknown_kind_and_a_foreign_link_are_refused(zhou: User) -> None:
    with pytest.raises(BadInput, match="没有登记"):
        _tell(zhou, kind="gossip")
    for link in ("javascript:alert(1)", "//evil.example/x"):
        with pytest.raises(BadInput, match="链接"):
            _tell(zhou, link=link)


# -- when it does not go out ------------------------------------------------------------------------------------


def test_a_mail_server_that_is_down_is_tried_again_with_longer_pauses_and_then_fails_visibly(
    zhou: User,
) -> None:
    message = _tell(zhou)
    down = [_Broken(SourceDown("邮件服务器没有收下，稍后自动再试。"))]
    now = timezone.now()
    pauses = []

    for _ in BACK_OFF:
        assert deliver(now=now, channels=down).again == 1
        assert deliver(now=now, channels=down).total == 0, "not before its time"
        message.refresh_from_db()
        pauses.append(message.next_at - now)
        now = message.next_at

    assert tuple(pauses) == BACK_OFF
    assert deliver(now=now, channels=down).failed == 1
    message.refresh_from_db()
    assert message.state == MessageState.FAILED
    assert "试了 7 次" in message.note
    assert AuditEntry.objects.filter(action="message.failed", is_success=False).count() == 1

    retry(message=message, by=zhou)
    assert deliver().sent == 1


def test_an_address_that_nobody_has_is_not_tried_again(zhou: User) -> None:
    message = _tell(zhou)

    assert deliver(channels=[_Broken(Refused("没有这个收件地址。"))]).failed == 1

    message.refresh_from_db()
    assert (message.state, message.note) == (MessageState.FAILED, "没有这个收件地址。")


def test_a_message_that_did_not_fail_is_not_sent_again_by_hand(zhou: User) -> None:
    message = _tell(zhou)
    deliver()

    with pytest.raises(NotAllowed, match="已发送"):
        retry(message=message, by=zhou)


def test_a_delivery_that_was_killed_in_the_middle_is_taken_up_after_its_claim(zhou: User) -> None:
    message = _tell(zhou)

    with pytest.raises(KeyboardInterrupt):
        deliver(channels=[_Broken(KeyboardInterrupt())])

    assert deliver().total == 0, "still claimed"
    assert deliver(now=timezone.now() + timedelta(minutes=6)).sent == 1
    message.refresh_from_db()
    assert message.state == MessageState.SENT


# -- what people do not want ------------------------------------------------------------------------------------


def test_a_reader_ends_one_kind_and_only_that(zhou: User) -> None:
    token = stop_link(_tell(zhou)).rsplit("/", 1)[-1]
    stop(token)
    stop(token)

    quiet = _tell(zhou, key="later")
    loud = _tell(zhou, kind="deal", key="later")

    assert quiet.state == MessageState.SUPPRESSED
    assert "已退订" in quiet.note
    assert loud.state == MessageState.QUEUED
    assert deliver().sent == 1, "what was queued before the end is not sent either"


def test_a_reader_without_an_account_ends_it_too(zhou: User) -> None:
    stop(stop_link(_tell("li@example.cn")).rsplit("/", 1)[-1])

    assert _tell("LI@example.cn ", key="later").state == MessageState.SUPPRESSED
    assert _tell("wu@example.cn", key="later").state == MessageState.QUEUED


def test_a_duty_reaches_its_reader_whatever_he_wishes(zhou: User) -> None:
    message = _tell(zhou, kind="account.password")

    assert stop_link(message) == ""
    with pytest.raises(NotAllowed, match="依规"):
        choose(kind="account", is_wanted=False, by=zhou)
    assert deliver().sent == 1
    assert "List-Unsubscribe" not in mail.outbox[0].extra_headers


def test_a_detail_has_its_own_switch_where_the_table_says_so(zhou: User) -> None:
    choose(kind="deal.reminder", is_wanted=False, by=zhou)

    assert _tell(zhou, kind="deal.reminder").state == MessageState.SUPPRESSED
    assert _tell(zhou, kind="deal.meeting").state == MessageState.QUEUED
    choose(kind="deal.reminder", is_wanted=True, by=zhou)
    assert _tell(zhou, kind="deal.reminder", key="again").state == MessageState.QUEUED


def test_without_material_change_nothing_leaves_the_house(zhou: User) -> None:
    assert _tell(zhou, is_material=False).state == MessageState.SUPPRESSED
    assert Message.objects.of_user(zhou).unread().count() == 1


def test_a_closed_account_gets_nothing_more(zhou: User) -> None:
    message = _tell(zhou)
    User.objects.filter(pk=zhou.pk).update(is_active=False)

    assert deliver().suppressed == 1
    message.refresh_from_db()
    assert "停用" in message.note


# -- the gateway ------------------------------------------------------------------------------------------------


def test_who_has_only_a_telephone_is_reached_through_the_gateway(gateway: FakeGateway) -> None:
    wang = UserFactory(enterprise=True, phone="13812345678")
    message = _tell(wang)

    assert deliver().sent == 1

    (taken,) = gateway.taken.values()
    assert (taken["to"], taken["subject"]) == ("13812345678", "新增 3 条匹配")
    message.refresh_from_db()
    assert (message.channel, message.receipt) == ("gateway", "fake-1")


def test_without_a_gateway_a_telephone_is_no_way_and_the_message_stays_on_the_site() -> None:
    message = _tell(UserFactory(enterprise=True, phone="13812345678"))

    assert deliver().suppressed == 1
    message.refresh_from_db()
    assert "没有可用的邮箱或手机" in message.note


@pytest.mark.parametrize(("answer", "error"), [(500, SourceDown), (429, SourceDown), (422, Refused)])
def test_what_the_gateway_answers_decides_whether_it_is_tried_again(
    gateway: FakeGateway, answer: int, error: type[Exception]
) -> None:
    gateway.answer = answer

    with pytest.raises(error):
        GatewayChannel(gateway.url, gateway.secret).deliver(Envelope("1", "13812345678", "题", "文"))


def test_a_gateway_refuses_who_does_not_know_the_secret_and_drops_a_second_copy(gateway: FakeGateway) -> None:
    envelope = Envelope("ab", "13812345678", "题", "文")
    with pytest.raises(SourceDown, match="401"):
        GatewayChannel(gateway.url, "猜的").deliver(envelope)

    for _ in range(2):
        GatewayChannel(gateway.url, gateway.secret).deliver(envelope)

    assert len(gateway.taken) == 1


def test_every_kind_is_ruled_by_its_own_line_or_its_family() -> None:
    assert kind_of("deal.reminder").key == "deal.reminder"
    assert kind_of("deal.meeting").key == "deal"
    assert {one.key for one in KINDS.values() if one.is_duty} == {"account", "notice"}
