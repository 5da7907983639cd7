"""Registering, inviting, and looking after one's own data."""

import json
import re
from datetime import timedelta

import pytest
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core import mail
from django.test import Client
from django.urls import reverse
from tests.factories.people import PASSWORD, UserFactory

from keqiao.core.models import AuditEntry
from keqiao.people import actions
from keqiao.people.models import Consent, OrganisationApplication, User
from keqiao.people.notice import notice_sha256

pytestmark = pytest.mark.django_db
FORM = {
    "organisation": "固镇县晨光纺织有限公司",
    "kind": "enterprise",
    "uscc": "91512081MA62K0260E",
    "division_code": "固镇县",
    "name": "周小敏",
    "phone": "138 1234 5678",
    "email": "zhou@example.cn",
    "username": "chenguang",
    "password": PASSWORD,
    "again": PASSWORD,
    "agree": "on",
}


def consented(user: User) -> User:
    actions.record_consent(scene="sign_in", by=user)
    return user


def test_a_stranger_registers_and_follows_the_application(visitor: Client, county_officer: User) -> None:
    response = visitor.post(reverse("people:register"), FORM)
    status_page = response["Location"]
    assert "正在审核" in visitor.get(status_page).text

    application = OrganisationApplication.objects.get()
    assert application.division_code == "340323000000"
    assert application.contact_phone == "13812345678"
    consent = Consent.objects.get()
    assert (consent.text_sha256, consent.ip) == (notice_sha256(), "127.0.0.1")
    assert consent.shown_at <= consent.agreed_at
    actions.return_application(application=application, reason="请上传执照上的全称", by=county_officer)

    assert "请上传执照上的全称" in visitor.get(status_page).text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"agree": ""}, "请先阅读告知书"),
        ({"division_code": "鼓楼区"}, "不止一处"),
        ({"division_code": "蓬莱仙岛"}, "没有找到“蓬莱仙岛”"),
        ({"uscc": "9151208"}, "应为 18 位"),
        ({"phone": "123"}, "手机"),
        ({"again": "Other#pass9x"}, "两次输入的密码不一样"),
        ({"password": "abcdefghij1", "again": "abcdefghij1"}, "至少三类"),
        ({"username": "1x"}, "以字母开头"),
        ({"kind": "king"}, "king"),
        ({"organisation": "　"}, "单位名称"),
        ({"email": "nobody@"}, "邮箱"),
    ],
)
def test_a_bad_registration_says_what_to_mend_and_keeps_nothing(
    visitor: Client, change: dict[str, str], words: str
) -> None:
    response = visitor.post(reverse("people:register"), FORM | change)

    assert response.status_code == 422
    assert words in response.text
    assert not OrganisationApplication.objects.exists()
    assert PASSWORD not in response.text  # a password is never sent back


def test_places_are_offered_while_one_types(visitor: Client) -> None:
    response = visitor.get(reverse("people:division-options"), {"division_code": "鼓楼区"})

    assert "江苏省南京市鼓楼区" in response.text
    assert "<html" not in response.text


def test_an_application_is_seen_by_its_address_only(visitor: Client) -> None:
    response = visitor.get(
        reverse("people:application-status", args=["00000000-0000-4000-8000-000000000000"])
    )

    assert response.status_code == 404


@pytest.mark.parametrize("name", ["sign-in", "register", "privacy"])
def test_these_pages_are_open_to_strangers(visitor: Client, name: str) -> None:
    assert visitor.get(reverse(f"people:{name}")).status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "account",
        "account-edit",
        "account-export",
        "organisation",
        "password-change",
        "second-factor-setup",
        "account-close",
    ],
)
def test_these_pages_send_strangers_to_the_sign_in(visitor: Client, name: str) -> None:
    assert visitor.get(reverse(f"people:{name}"))["Location"].startswith(reverse("people:sign-in"))


def test_a_member_without_consent_reads_the_notice_first(visitor: Client, enterprise_user: User) -> None:
    visitor.post(reverse("people:sign-in"), {"username": enterprise_user.username, "password": PASSWORD})
    assert visitor.get(reverse("people:account"))["Location"] == reverse("people:consent")

    assert visitor.post(reverse("people:consent"), {}).status_code == 422
    visitor.post(reverse("people:consent"), {"agree": "on"})

    assert visitor.get(reverse("people:account")).status_code == 200
    visitor.post(reverse("people:consent-withdraw"))
    assert visitor.get(reverse("people:account"))["Location"] == reverse("people:consent")
    assert Consent.objects.get().withdrawn_at is not None


def test_a_member_sees_corrects_and_exports_the_own_data(signed_in, enterprise_user: User) -> None:
    browser = signed_in(consented(enterprise_user))
    browser.post(reverse("people:account-edit"), {"name": "周大敏", "phone": "13812345678", "email": ""})

    assert "13812345678" in browser.get(reverse("people:account")).text
    response = browser.get(reverse("people:account-export"))
    data = json.loads(response.content)

    assert data["账号"]["姓名"] == "周大敏"
    assert data["同意记录"][0]["摘要"] == notice_sha256()
    assert "attachment" in response["Content-Disposition"]
    assert AuditEntry.objects.filter(action="account.exported").exists()
    assert AuditEntry.objects.get(action="account.corrected").changes["手机"] == ["", "138****5678"]


def test_a_member_ends_a_session_elsewhere(enterprise_user: User) -> None:
    consented(enterprise_user)
    phone, desk = Client(HTTP_USER_AGENT="phone"), Client(HTTP_USER_AGENT="desk")
    for browser in (phone, desk):
        browser.post(reverse("people:sign-in"), {"username": enterprise_user.username, "password": PASSWORD})

    elsewhere = enterprise_user.sessions.get(user_agent="phone")
    desk.post(reverse("people:session-end", args=[elsewhere.public_id]))

    assert phone.get(reverse("people:account")).status_code == 302
    assert desk.get(reverse("people:account")).status_code == 200


def test_nobody_ends_somebody_elses_session(signed_in, enterprise_user: User, stranger: User) -> None:
    Client().post(reverse("people:sign-in"), {"username": enterprise_user.username, "password": PASSWORD})
    session = enterprise_user.sessions.get()

    response = signed_in(stranger).post(reverse("people:session-end", args=[session.public_id]))

    assert response.status_code == 404
    assert enterprise_user.sessions.exists()


def test_a_member_closes_the_account_after_giving_the_password(signed_in, enterprise_user: User) -> None:
    browser = signed_in(enterprise_user)
    assert browser.post(reverse("people:account-close"), {"password": "wrong"}).status_code == 422

    browser.post(reverse("people:account-close"), {"password": PASSWORD})

    assert not User.objects.get(pk=enterprise_user.pk).is_active
    assert browser.get(reverse("people:account")).status_code == 302


def test_staff_do_not_close_their_own_account(signed_in, bureau_officer: User) -> None:
    response = signed_in(bureau_officer).post(reverse("people:account-close"), {"password": PASSWORD})

    assert response.status_code == 403
    assert User.objects.get(pk=bureau_officer.pk).is_active


def test_a_colleague_joins_by_the_link_that_was_shown_once(
    signed_in, visitor: Client, enterprise_user: User
) -> None:
    browser = signed_in(enterprise_user)
    page = browser.post(reverse("people:colleague-invite"), {"name": "吴小华"}).text
    link = re.search(r"http://testserver(/account/invitation/[\w-]+)", page).group(1)
    assert link not in browser.get(reverse("people:organisation")).text

    assert str(enterprise_user.organisation) in visitor.get(link).text
    sent = {"name": "吴小华", "username": "wuxiaohua", "password": PASSWORD, "again": PASSWORD, "agree": "on"}
    assert visitor.post(link, sent)["Location"] == reverse("people:sign-in")

    assert User.objects.get(username="wuxiaohua").organisation == enterprise_user.organisation
    assert visitor.get(link).status_code == 404
    assert "吴小华" in browser.get(reverse("people:organisation")).text


def test_another_units_invitation_cannot_be_revoked(signed_in, enterprise_user: User, stranger: User) -> None:
    invitation, _ = actions.invite_colleague(name="吴小华", by=enterprise_user)

    assert (
        signed_in(stranger).post(reverse("people:invitation-revoke", args=[invitation.pk])).status_code == 404
    )
    assert (
        signed_in(enterprise_user).post(reverse("people:invitation-revoke", args=[invitation.pk])).status_code
        == 302
    )


# ── one-time links ──


def reset_link(signed_in, officer: User, user: User) -> str:
    page = signed_in(officer).post(reverse("administration:user-reset", args=[user.public_id])).text
    return re.search(r"http://testserver(/account/reset/[\w-]+/[\w-]+)", page).group(1)


def test_an_officer_hands_over_a_reset_link_that_works_once(
    signed_in, visitor: Client, county_officer: User, django_capture_on_commit_callbacks
) -> None:
    user = UserFactory(enterprise=True, email="zhou@example.cn")
    with django_capture_on_commit_callbacks(execute=True):
        link = reset_link(signed_in, county_officer, user)
    assert link in mail.outbox[0].body
    assert mail.outbox[0].to == ["zhou@example.cn"]

    new = {"password": "Xw7#mLq29a", "again": "Xw7#mLq29a"}
    assert visitor.post(link, new)["Location"] == reverse("people:sign-in")

    assert User.objects.get(pk=user.pk).check_password("Xw7#mLq29a")
    assert not User.objects.get(pk=user.pk).must_change_password
    assert visitor.get(link).status_code == 404


def test_a_reset_link_dies_after_15_minutes(
    signed_in, visitor: Client, county_officer: User, enterprise_user: User, monkeypatch
) -> None:
    link = reset_link(signed_in, county_officer, enterprise_user)
    now = PasswordResetTokenGenerator._now
    monkeypatch.setattr(PasswordResetTokenGenerator, "_now", lambda self: now(self) + timedelta(minutes=16))

    assert visitor.get(link).status_code == 404


@pytest.mark.parametrize(
    "forged",
    ["/account/reset/AAAA/x-y", "/account/reset/!!/x", "/account/reset/AAAAAAAAAAAAAAAAAAAAAA/c0ffee-00"],
)
def test_a_forged_link_opens_nothing(visitor: Client, forged: str) -> None:
    assert visitor.get(forged).status_code == 404


def test_an_officer_resets_nobody_outside_the_own_county(
    signed_in, other_county_officer: User, enterprise_user: User
) -> None:
    response = signed_in(other_county_officer).post(
        reverse("administration:user-reset", args=[enterprise_user.public_id])
    )

    assert response.status_code == 404
