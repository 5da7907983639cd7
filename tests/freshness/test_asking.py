"""One question to the owner of what has gone silent, one click to answer it."""

import datetime as dt

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from keqiao.core.errors import NotFound
from keqiao.core.models import AuditEntry
from keqiao.freshness.actions import answer, answer_path, ask, note_alive, refresh
from keqiao.freshness.models import Pulse, Question
from keqiao.freshness.reading import freshness_of, silence_of, with_pulse
from keqiao.message.delivery import deliver
from keqiao.message.models import Message
from keqiao.people.models import User
from keqiao.registry.demand.models import Demand
from keqiao.registry.records.enums import Status
from tests.factories.people import UserFactory
from tests.factories.registry import AchievementFactory, DemandFactory

pytestmark = pytest.mark.django_db


def _long_ago(days: int = 400) -> dt.datetime:
    return timezone.now() - dt.timedelta(days=days)


def _silent(owner: User, *, days: int = 400, ends_in: int = 300, **facts: object) -> Demand:
    moment = _long_ago(days)
    row: Demand = DemandFactory(
        published=True, organisation=owner.organisation, created_by=owner, published_at=moment, updated_at=moment,
        valid_until=timezone.localdate() + dt.timedelta(days=ends_in), **facts,
    )  # fmt: skip
    return row


@pytest.fixture
def zhou() -> User:
    user: User = UserFactory(enterprise=True, email="zhou@example.cn", last_seen_at=_long_ago())
    return user


def _path() -> str:
    return answer_path(Question.objects.get())


def test_an_owner_is_asked_once_about_all_that_is_silent(zhou: User) -> None:
    _silent(zhou, title="甲需求"), _silent(zhou, title="乙需求", days=500)
    _silent(zhou, title="新需求", days=5)

    assert ask() == 1
    assert ask() == 0

    message = Message.objects.get()
    assert (message.user, message.kind) == (zhou, "freshness")
    assert message.subject == "还在做吗？“乙需求”等 2 项"
    assert "新需求" not in message.text
    deliver()
    assert "/still/" in mail.outbox[0].body
    assert ask(now=timezone.now() + dt.timedelta(days=91)) == 1


def test_still_doing_it_is_a_sign_of_life_and_renews_only_what_ends_soon(zhou: User, client: Client) -> None:
    soon, later = _silent(zhou, ends_in=30), _silent(zhou, ends_in=300)
    ask()
    path = _path()

    assert "还在做" in client.get(path).content.decode()
    for row in (soon, soon, later):
        client.post(path, {"kind": "demand", "id": str(row.public_id), "answer": "yes"})

    before = soon.valid_until, later.valid_until
    soon.refresh_from_db()
    later.refresh_from_db()
    assert soon.renewed_count == 1, "a second click does not add a second year"
    assert soon.valid_until > before[0]
    assert later.valid_until == before[1]
    assert freshness_of(later) > 0.99
    assert AuditEntry.objects.filter(action="freshness.answered").count() == 2


def test_no_longer_closes_the_listing(zhou: User, client: Client) -> None:
    row = _silent(zhou)
    ask()

    page = client.post(_path(), {"kind": "demand", "id": str(row.public_id), "answer": "no"}, follow=True)

    row.refresh_from_db()
    assert (row.status, row.close_reason) == (Status.CLOSED, "单位答复：不做了")
    assert "不再展示" in page.content.decode()


def test_opening_the_link_answers_nothing(zhou: User, client: Client) -> None:
    row = _silent(zhou)
    ask()

    client.get(_path())

    assert Pulse.objects.get(record_id=row.pk).alive_at is None


def test_a_link_reaches_only_what_it_asked_about(zhou: User, client: Client) -> None:
    _silent(zhou)
    other = _silent(UserFactory(enterprise=True, last_seen_at=None))
    Demand.objects.filter(pk=other.pk).update(contact_email="", organisation=None)
    ask()
    token = _path().rsplit("/", 1)[-1]

    with pytest.raises(NotFound):
        answer(token=token, kind="demand", public_id=other.public_id, is_going_on=False)
    assert client.get(_path()[:-3] + "abc").status_code == 404


def test_a_link_too_old_is_answered_like_an_absent_page(zhou: User, client: Client) -> None:
    _silent(zhou)
    ask()
    path = _path()
    from django.core import signing

    old = signing.TimestampSigner(salt="keqiao.freshness.question")
    old.timestamp = lambda: signing.b62_encode(int(_long_ago(61).timestamp()))  # type: ignore[method-assign]
    stale = old.sign(Question.objects.get().public_id.hex)

    assert client.get(path).status_code == 200
    assert client.get(path.rsplit("/", 1)[0] + "/" + stale).status_code == 404


def test_who_has_no_account_is_asked_by_the_printed_address() -> None:
    moment = _long_ago()
    AchievementFactory(
        published=True, created_by=None, updated_at=moment, published_at=moment, contact_email="li@example.cn"
    )

    assert ask() == 1
    assert Message.objects.get().address == "li@example.cn"


def test_a_unit_that_was_here_last_week_is_left_in_peace(zhou: User) -> None:
    row = _silent(zhou)
    User.objects.filter(pk=zhou.pk).update(last_seen_at=_long_ago(7))

    assert refresh() == 1
    assert ask() == 0
    assert silence_of(row) == "13 个月没有动静", "the listing itself is as silent as before"
    assert 0.6 < freshness_of(row) < 0.7


def test_an_answer_to_a_match_is_a_sign_of_life(zhou: User) -> None:
    row = _silent(zhou)

    note_alive("demand", row.pk)

    assert silence_of(row) == ""
    assert ask() == 0


def test_many_rows_are_judged_without_a_further_query(zhou: User, django_assert_num_queries: object) -> None:
    for _ in range(3):
        _silent(zhou)

    with django_assert_num_queries(1):  # type: ignore[operator]  # pytest-django's fixture
        words = [silence_of(row) for row in with_pulse(Demand.objects.all())]

    assert words == ["13 个月没有动静"] * 3
