"""The second factor: enrolled, asked for, never accepted twice, forced for staff at level 3."""

import time
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.urls import reverse
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice
from pytest_django import Settings
from tests.factories.people import PASSWORD

from keqiao.core.models import AuditEntry
from keqiao.people.authenticator import Authenticator
from keqiao.people.models import User
from keqiao.people.signin import confirm_factor, confirmed_factor, pending_factor

pytestmark = pytest.mark.django_db


def code_now(device: Authenticator, steps: int = 0) -> str:
    """What the authenticator shows, `steps` of 30 s from now."""
    totp = TOTP(device.bin_key)
    totp.time = time.time() + steps * 30
    return f"{totp.token():06d}"


def enrol(user: User) -> list[str]:
    """Recovery codes of a freshly enrolled user. The code of the step before is used, so that the present one is free."""
    codes = confirm_factor(by=user, code=code_now(pending_factor(user), -1))
    assert codes is not None
    return codes


def give_password(browser: Client, user: User):
    return browser.post(reverse("people:sign-in"), {"username": user.username, "password": PASSWORD})


def give_code(browser: Client, code: str):
    return browser.post(reverse("people:second-factor"), {"code": code})


def is_in(browser: Client) -> bool:
    return browser.get(reverse("people:account")).status_code == 200


def test_a_user_enrols_with_the_qr_code_and_gets_recovery_codes(signed_in, bureau_officer: User) -> None:
    browser = signed_in(bureau_officer)
    page = browser.get(reverse("people:second-factor-setup")).text
    assert "<svg" in page
    assert "style=" not in page.split("<svg", 1)[1].split("</svg>")[0]

    wrong = browser.post(reverse("people:second-factor-setup"), {"code": "000000"})
    assert wrong.status_code == 422
    pending_factor(bureau_officer).throttle_reset()
    right = browser.post(
        reverse("people:second-factor-setup"), {"code": code_now(pending_factor(bureau_officer))}
    )

    assert "恢复码" in right.text
    assert confirmed_factor(bureau_officer) is not None
    assert AuditEntry.objects.filter(action="factor.enrolled").exists()


def test_the_password_alone_does_not_let_in_who_has_a_second_factor(
    visitor: Client, bureau_officer: User
) -> None:
    enrol(bureau_officer)

    assert give_password(visitor, bureau_officer)["Location"] == reverse("people:second-factor")
    assert not is_in(visitor)
    give_code(visitor, code_now(confirmed_factor(bureau_officer)))

    assert is_in(visitor)


def test_a_code_is_accepted_once(visitor: Client, bureau_officer: User) -> None:
    enrol(bureau_officer)
    code = code_now(confirmed_factor(bureau_officer))
    give_password(visitor, bureau_officer)
    give_code(visitor, code)

    other = Client()
    give_password(other, bureau_officer)
    response = give_code(other, code)

    assert response.status_code == 422
    assert not is_in(other)
    assert AuditEntry.objects.filter(action="factor.failed", is_success=False).exists()


def test_a_recovery_code_opens_once_and_is_stored_as_a_hash(visitor: Client, bureau_officer: User) -> None:
    codes = enrol(bureau_officer)
    assert len(codes) == 10
    stored = set(bureau_officer.staticdevice_set.get().token_set.values_list("token", flat=True))
    assert not stored & {code.replace("-", "") for code in codes}

    give_password(visitor, bureau_officer)
    give_code(visitor, codes[0].upper())
    assert is_in(visitor)

    other = Client()
    give_password(other, bureau_officer)
    give_code(other, codes[0])
    assert not is_in(other)


def test_five_wrong_codes_and_the_password_is_asked_again(visitor: Client, bureau_officer: User) -> None:
    enrol(bureau_officer)
    give_password(visitor, bureau_officer)

    for _ in range(5):
        response = give_code(visitor, "000000")

    assert response["Location"] == reverse("people:sign-in")
    assert give_code(visitor, code_now(confirmed_factor(bureau_officer)))["Location"] == reverse(
        "people:sign-in"
    )


def test_at_level_3_an_officer_without_a_factor_must_enrol_first(
    settings: Settings, visitor: Client, bureau_officer: User
) -> None:
    settings.SECURITY_LEVEL = 3
    give_password(visitor, bureau_officer)

    assert visitor.get(reverse("people:account"))["Location"] == reverse("people:second-factor-setup")
    visitor.post(reverse("people:second-factor-setup"), {"code": code_now(pending_factor(bureau_officer))})

    assert is_in(visitor)


def test_at_level_3_a_member_needs_no_factor(settings: Settings, signed_in, enterprise_user: User) -> None:
    settings.SECURITY_LEVEL = 3

    assert is_in(signed_in(enterprise_user))


def test_at_level_3_staff_cannot_take_it_off_and_at_level_2_they_can(
    settings: Settings, visitor: Client, bureau_officer: User
) -> None:
    enrol(bureau_officer)
    give_password(visitor, bureau_officer)
    give_code(visitor, code_now(confirmed_factor(bureau_officer)))

    settings.SECURITY_LEVEL = 3
    assert visitor.post(reverse("people:second-factor-remove")).status_code == 403
    settings.SECURITY_LEVEL = 2
    visitor.post(reverse("people:second-factor-remove"))

    assert confirmed_factor(bureau_officer) is None


def test_the_security_administrator_resets_a_lost_factor(
    signed_in, security_admin: User, bureau_officer: User
) -> None:
    enrol(bureau_officer)

    signed_in(security_admin).post(
        reverse("administration:user-factor-reset", args=[bureau_officer.public_id]), {"reason": "手机丢失"}
    )

    assert confirmed_factor(bureau_officer) is None
    assert AuditEntry.objects.get(action="factor.reset").reason == "手机丢失"


def test_a_thief_of_the_database_cannot_show_the_codes(bureau_officer: User) -> None:
    device = pending_factor(bureau_officer)

    with connection.cursor() as cursor:
        cursor.execute("SELECT key FROM people_authenticator")
        (stored,) = cursor.fetchone()

    assert device.key not in stored
    assert stored.startswith("v1:")
    assert Authenticator.objects.get(pk=device.pk).bin_key == device.bin_key


def test_an_authenticator_enrolled_before_goes_on_working(bureau_officer: User) -> None:
    old = TOTPDevice.objects.create(user=bureau_officer, name="身份验证器", confirmed=True)

    move = import_module("keqiao.people.migrations.0004_authenticators_are_encrypted").carry_over
    move(apps, None)

    assert confirmed_factor(bureau_officer).bin_key == old.bin_key
    assert not TOTPDevice.objects.exists()
