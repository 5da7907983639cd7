"""Which passwords the house accepts. Vectors: security-and-privacy.md §2.1."""

from datetime import timedelta

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils import timezone
from tests.factories.people import PASSWORD, OrganisationFactory, UserFactory

from keqiao.core.errors import BadInput
from keqiao.people import actions
from keqiao.people.models import User
from keqiao.people.passwords import must_change_password, random_password


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("Tq7#mLw2", "too_short"),
        ("Kjj@202611x", "year"),
        ("abcdefghij1", "too_few_classes"),
        ("ABCDEFGHIJ1", "too_few_classes"),
        ("Zhangsan#77x", "known_fact"),
        ("xZHANGSAN#77", "known_fact"),
        ("Ab#13812345678", "known_fact"),
        ("Guzhenshengwu#7a", "known_fact"),
        ("X张三丰a#7lkjhg", "known_fact"),
        ("Xiaozhang#7lkj", "known_fact"),
        ("Qq#1999bcdefg", "year"),
        ("", "too_short"),
    ],
)
def test_a_password_that_breaks_a_rule_is_refused_for_that_rule(password: str, code: str) -> None:
    unit = OrganisationFactory.build(name="固镇生物", pinyin="guzhenshengwu")
    user = User(
        username="zhangsan",
        name="张三丰",
        phone="138-1234-5678",
        email="xiaozhang@example.cn",
        organisation=unit,
    )

    with pytest.raises(ValidationError) as refusal:
        validate_password(password, user)

    assert code in {error.code for error in refusal.value.error_list}


def test_the_password_of_the_rule_book_passes() -> None:
    validate_password("Tq7#mLw29x", User(username="zhangsan"))


def test_a_common_password_is_refused() -> None:
    with pytest.raises(ValidationError, match="太常见"):
        validate_password("Password1!", User(username="zhangsan"))


def test_a_password_is_compared_with_case() -> None:
    user = User(username="zhangsan")
    user.set_password("Tq7#mLw29x")

    assert user.check_password("Tq7#mLw29x")
    assert not user.check_password("tq7#mLw29x")


def test_a_random_first_password_passes_every_rule() -> None:
    for _ in range(200):
        validate_password(random_password(), User(username="zhangsan"))


def test_none_of_the_last_five_passwords_comes_back_but_the_sixth_may(enterprise_user: User) -> None:
    later = [f"Xw7#mLq29{letter}" for letter in "abcd"]
    for password in later:
        actions.change_password(user=enterprise_user, new=password, by=enterprise_user)

    for password in [PASSWORD, *later]:
        with pytest.raises(BadInput, match="最近 5 次用过"):
            actions.change_password(user=enterprise_user, new=password, by=enterprise_user)
    actions.change_password(user=enterprise_user, new="Xw7#mLq29e", by=enterprise_user)
    actions.change_password(user=enterprise_user, new=PASSWORD, by=enterprise_user)

    assert User.objects.get(pk=enterprise_user.pk).check_password(PASSWORD)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("is_staff", "days", "must"),
    [(True, 89, False), (True, 91, True), (False, 91, False), (False, 181, True)],
)
def test_staff_change_after_90_days_and_everybody_else_after_180(
    is_staff: bool, days: int, must: bool
) -> None:
    user = UserFactory(password_changed_at=timezone.now() - timedelta(days=days))

    assert must_change_password(user, is_staff=is_staff) is must
