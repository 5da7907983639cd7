"""Signing in: who gets in, who does not, and what everybody is told."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings
from tests.factories.people import PASSWORD, UserFactory

from keqiao.core.models import AuditEntry
from keqiao.people.models import DisabledReason, User

WRONG = "用户名或密码错误"
pytestmark = pytest.mark.django_db


def sign_in(browser: Client, username: str, password: str = PASSWORD, **more: str):
    return browser.post(reverse("people:sign-in"), {"username": username, "password": password, **more})


def is_in(browser: Client) -> bool:
    """Not sent to the sign-in page (perhaps to the notice or a forced change of password first)."""
    return (
        not browser.get(reverse("people:account")).get("Location", "").startswith(reverse("people:sign-in"))
    )


def test_a_user_signs_in_and_out_and_both_are_on_record(visitor: Client, enterprise_user: User) -> None:
    response = sign_in(visitor, enterprise_user.username)
    assert response.status_code == 302
    assert is_in(visitor)

    visitor.post(reverse("people:sign-out"))

    assert not is_in(visitor)
    trail = AuditEntry.objects.filter(actor_id=enterprise_user.pk).order_by("seq")
    assert [entry.action for entry in trail] == ["signin.succeeded", "signin.ended"]
    assert trail[0].ip == "127.0.0.1"
    assert trail[1].session_hash


@pytest.mark.parametrize(
    "case", ["unknown name", "wrong password", "disabled", "expired", "unused", "other case"],
)  # fmt: skip
def test_every_failure_gets_the_same_answer(case: str, visitor: Client) -> None:
    long_ago = timezone.now() - timedelta(days=91)
    facts = {
        "disabled": {"is_active": False},
        "expired": {"expires_on": timezone.localdate() - timedelta(days=1)},
        "unused": {"last_seen_at": long_ago},
    }
    user = UserFactory(username="zhangsan", **facts.get(case, {}))
    username = {"unknown name": "nobody", "other case": "ZhangSan"}.get(case, user.username)

    response = sign_in(visitor, username, "Wrong#pass9x" if case == "wrong password" else PASSWORD)

    assert response.status_code == 422
    assert WRONG in response.text
    assert not is_in(visitor)
    assert AuditEntry.objects.filter(action="signin.failed", actor_name=username, is_success=False).exists()


def test_an_account_unused_for_90_days_is_disabled_at_sign_in(visitor: Client) -> None:
    user = UserFactory(last_seen_at=timezone.now() - timedelta(days=91))

    sign_in(visitor, user.username)

    user.refresh_from_db()
    assert not user.is_active
    assert user.disabled_reason == DisabledReason.UNUSED


def test_the_fifth_failure_locks_and_says_how_long(visitor: Client, enterprise_user: User) -> None:
    for _ in range(4):
        assert WRONG in sign_in(visitor, enterprise_user.username, "Wrong#pass9x").text

    fifth = sign_in(visitor, enterprise_user.username, "Wrong#pass9x")
    right = sign_in(visitor, enterprise_user.username)

    assert fifth.status_code == right.status_code == 429
    assert "30 分钟后再试" in fifth.text
    assert "30 分钟后再试" in right.text  # the right password does not help while locked
    assert not is_in(visitor)
    assert AuditEntry.objects.filter(action="account.locked", level="critical").count() == 1


def test_a_lock_follows_the_account_to_another_address_and_the_address_to_another_account(
    visitor: Client, enterprise_user: User, stranger: User
) -> None:
    for _ in range(5):
        sign_in(visitor, enterprise_user.username, "Wrong#pass9x")

    elsewhere = Client(REMOTE_ADDR="10.0.0.9")

    assert sign_in(elsewhere, enterprise_user.username).status_code == 429
    assert sign_in(visitor, stranger.username).status_code == 429
    assert sign_in(Client(REMOTE_ADDR="10.0.0.8"), stranger.username).status_code == 302


def test_a_lock_ends_after_30_minutes(visitor: Client, enterprise_user: User) -> None:
    for _ in range(5):
        sign_in(visitor, enterprise_user.username, "Wrong#pass9x")

    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=29))
    assert sign_in(visitor, enterprise_user.username).status_code == 429
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=31))

    assert sign_in(visitor, enterprise_user.username).status_code == 302


def test_failures_more_than_15_minutes_apart_do_not_add_up(visitor: Client, enterprise_user: User) -> None:
    for _ in range(4):
        sign_in(visitor, enterprise_user.username, "Wrong#pass9x")
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))

    assert WRONG in sign_in(visitor, enterprise_user.username, "Wrong#pass9x").text

    assert sign_in(visitor, enterprise_user.username).status_code == 302


def test_somebody_elses_attempt_does_not_shorten_a_lock(visitor: Client, enterprise_user: User) -> None:
    for _ in range(5):
        sign_in(visitor, enterprise_user.username, "Wrong#pass9x")
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=20))

    sign_in(Client(REMOTE_ADDR="10.0.0.7"), "nobody", "Wrong#pass9x")

    assert sign_in(Client(REMOTE_ADDR="10.0.0.6"), enterprise_user.username).status_code == 429


def test_a_success_forgets_earlier_failures(visitor: Client, enterprise_user: User) -> None:
    for _ in range(4):
        sign_in(visitor, enterprise_user.username, "Wrong#pass9x")
    sign_in(visitor, enterprise_user.username)
    visitor.post(reverse("people:sign-out"))

    assert WRONG in sign_in(visitor, enterprise_user.username, "Wrong#pass9x").text


def test_no_password_is_ever_written_down(visitor: Client, enterprise_user: User) -> None:
    sign_in(visitor, enterprise_user.username, "Secret#pass9x")

    attempt = AccessAttempt.objects.get()
    assert "Secret#pass9x" not in attempt.post_data + attempt.get_data
    assert not AuditEntry.objects.filter(reason__contains="Secret").exists()


@pytest.mark.parametrize(
    ("wanted", "is_followed"),
    [("/account/organisation", True), ("https://evil.example/", False), ("//evil.example", False)],
)
def test_after_sign_in_the_wanted_page_opens_if_it_is_ours(
    visitor: Client, enterprise_user: User, wanted: str, is_followed: bool
) -> None:
    response = sign_in(visitor, enterprise_user.username, next=wanted)

    assert (response["Location"] == wanted) is is_followed
    assert "evil" not in response["Location"]


def test_behind_a_proxy_the_last_hop_counts_and_a_forged_one_does_not(
    settings: Settings, enterprise_user: User
) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    browser = Client(HTTP_X_FORWARDED_FOR="1.2.3.4, 10.1.1.1")

    sign_in(browser, enterprise_user.username)

    assert AuditEntry.objects.get(action="signin.succeeded").ip == "10.1.1.1"


# ── the running session ──


def test_a_member_is_signed_out_after_30_idle_minutes(visitor: Client, enterprise_user: User) -> None:
    sign_in(visitor, enterprise_user.username)
    session = visitor.session
    session["seen"] -= 29 * 60
    session.save()
    assert is_in(visitor)

    session = visitor.session
    session["seen"] -= 31 * 60
    session.save()
    response = visitor.get(reverse("people:account"), follow=True)

    assert "30 分钟没有操作" in response.text
    assert not is_in(visitor)
    assert not enterprise_user.sessions.exists()


def test_an_officer_is_signed_out_after_15_idle_minutes(visitor: Client, county_officer: User) -> None:
    sign_in(visitor, county_officer.username)
    session = visitor.session
    session["seen"] -= 16 * 60
    session.save()

    assert not is_in(visitor)


def test_nobody_stays_longer_than_eight_hours(visitor: Client, enterprise_user: User) -> None:
    sign_in(visitor, enterprise_user.username)
    session = visitor.session
    session["began"] -= 8 * 3600 + 1
    session.save()

    assert not is_in(visitor)


def test_signed_in_pages_are_not_kept_by_the_browser(visitor: Client, enterprise_user: User) -> None:
    sign_in(visitor, enterprise_user.username)

    assert "no-store" in visitor.get(reverse("people:account"))["Cache-Control"]


def test_with_one_session_a_person_the_later_sign_in_ends_the_earlier(
    settings: Settings, visitor: Client, enterprise_user: User
) -> None:
    settings.KEQIAO_SINGLE_SESSION = True
    sign_in(visitor, enterprise_user.username)
    phone = Client()

    sign_in(phone, enterprise_user.username)

    assert is_in(phone)
    assert not is_in(visitor)


def test_a_disabled_account_is_out_at_the_next_click(visitor: Client, enterprise_user: User) -> None:
    sign_in(visitor, enterprise_user.username)
    User.objects.filter(pk=enterprise_user.pk).update(is_active=False)

    assert not is_in(visitor)


def test_an_old_part_of_a_page_is_not_replaced_by_the_sign_in_page(
    visitor: Client, enterprise_user: User
) -> None:
    response = visitor.get(reverse("people:account"), headers={"HX-Request": "true"})

    assert response.status_code == 204
    assert response["HX-Redirect"] == reverse("people:sign-in")


# ── passwords ──


def test_the_first_sign_in_forces_a_new_password(visitor: Client) -> None:
    user = UserFactory(bureau_officer=True, must_change_password=True)
    sign_in(visitor, user.username)

    assert visitor.get(reverse("people:account"))["Location"] == reverse("people:password-change")
    visitor.post(
        reverse("people:password-change"), {"old": PASSWORD, "password": "Xw7#mLq29a", "again": "Xw7#mLq29a"}
    )

    assert is_in(visitor)
    assert User.objects.get(pk=user.pk).check_password("Xw7#mLq29a")


def test_an_officers_password_older_than_90_days_must_be_changed(visitor: Client) -> None:
    user = UserFactory(bureau_officer=True, password_changed_at=timezone.now() - timedelta(days=91))
    sign_in(visitor, user.username)

    assert visitor.get(reverse("people:account"))["Location"] == reverse("people:password-change")


def test_a_new_password_ends_the_sessions_elsewhere_and_keeps_this_one(
    visitor: Client, enterprise_user: User
) -> None:
    phone = Client()
    sign_in(phone, enterprise_user.username)
    sign_in(visitor, enterprise_user.username)

    visitor.post(
        reverse("people:password-change"), {"old": PASSWORD, "password": "Xw7#mLq29a", "again": "Xw7#mLq29a"}
    )

    assert is_in(visitor)
    assert not is_in(phone)
    assert enterprise_user.sessions.count() == 1


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"old": "Wrong#pass9x", "password": "Xw7#mLq29a", "again": "Xw7#mLq29a"}, "现在的密码不对"),
        ({"old": PASSWORD, "password": "Xw7#mLq29a", "again": "Xw7#mLq29b"}, "两次输入的密码不一样"),
        ({"old": PASSWORD, "password": PASSWORD, "again": PASSWORD}, "最近 5 次用过"),
        ({"old": PASSWORD, "password": "short", "again": "short"}, "至少要 10 位"),
    ],
)
def test_a_bad_change_of_password_says_why(
    signed_in, enterprise_user: User, sent: dict[str, str], words: str
) -> None:
    response = signed_in(enterprise_user).post(reverse("people:password-change"), sent)

    assert response.status_code == 422
    assert words in response.text
    assert User.objects.get(pk=enterprise_user.pk).check_password(PASSWORD)
