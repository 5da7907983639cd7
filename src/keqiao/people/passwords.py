"""Password rules (等保 身份鉴别 a): length, classes, nothing that others know, no early return, a last day.

Source of the numbers: security-and-privacy.md §2.1; the standard itself names none.
"""

import re
import secrets
import string
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils import timezone

from keqiao.people.models import PasswordRecord, User

REMEMBERED = 5
"""How many passwords, the present one included, may not come back."""

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}|(?:19|20)\d{2}(?!\d)")
_SYMBOLS = "#@%+=?!*"
# Letters and digits that are not mistaken for one another when read out or copied by hand
_UPPER, _LOWER, _DIGITS = "ABCDEFGHJKMNPQRSTUVWXYZ", "abcdefghijkmnpqrstuvwxyz", "23456789"


class LengthValidator:
    """At least `least` characters."""

    def __init__(self, least: int = 10) -> None:
        self.least = least

    def validate(self, password: str, user: User | None = None) -> None:
        if len(password) < self.least:
            raise ValidationError(
                f"密码只有 {len(password)} 位，至少要 {self.least} 位。请加长，例如用两三个不相干的词。",
                code="too_short",
            )

    def get_help_text(self) -> str:
        return f"至少 {self.least} 位"


class ClassesValidator:
    """Three of the four classes: upper case, lower case, digit, symbol."""

    def validate(self, password: str, user: User | None = None) -> None:
        classes = {
            "大写字母": any(c.isupper() for c in password),
            "小写字母": any(c.islower() for c in password),
            "数字": any(c.isdigit() for c in password),
            "符号": any(not c.isalnum() for c in password),
        }
        if sum(classes.values()) < 3:
            missing = "、".join(name for name, has in classes.items() if not has)
            raise ValidationError(
                f"密码须含大写字母、小写字母、数字、符号中的至少三类，现在还没有：{missing}。",
                code="too_few_classes",
            )

    def get_help_text(self) -> str:
        return "大写字母、小写字母、数字、符号中至少三类"


class KnownFactsValidator:
    """Not the user name, the person's or the unit's name, a phone number, an address or a year."""

    def validate(self, password: str, user: User | None = None) -> None:
        if year := _YEAR.search(password):
            raise ValidationError(f"密码里有年份“{year.group()}”，容易被猜到，请去掉。", code="year")
        lowered = password.lower()
        for what, word in _known_words(user):
            if len(word) >= 3 and word.lower() in lowered:
                raise ValidationError(
                    f"密码里有您的{what}，容易被猜到，请换成与本人和单位无关的内容。", code="known_fact"
                )

    def get_help_text(self) -> str:
        return "不含用户名、姓名、单位、电话和年份"


def _known_words(user: User | None) -> list[tuple[str, str]]:
    """(what it is, the word) of everything that others know about this user; words of 3 characters and more count."""
    if user is None:
        return []
    words = [("用户名", user.username), ("姓名", user.name), ("邮箱", user.email.partition("@")[0])]
    digits = re.sub(r"\D", "", user.phone)
    if len(digits) >= 7:
        words += [("电话", digits), ("电话", digits[-7:])]
    if user.organisation is not None:
        words += [("单位名称", user.organisation.name), ("单位名称", user.organisation.pinyin)]
    return words


class CommonValidator(CommonPasswordValidator):
    """Not one of the 20,000 passwords that everybody tries first (Django's list)."""

    def validate(self, password: str, user: User | None = None) -> None:
        if password.lower().strip() in self.passwords:
            raise ValidationError("这个密码太常见，是最先被试的那一批，请换一个。", code="common")

    def get_help_text(self) -> str:
        return "不是常见密码"


class HistoryValidator:
    """Not the present password and none of the four before it."""

    def validate(self, password: str, user: User | None = None) -> None:
        if user is None or user.pk is None:
            return
        former = user.former_passwords.values_list("password", flat=True)[: REMEMBERED - 1]
        if any(check_password(password, encoded) for encoded in [user.password, *former]):
            raise ValidationError(f"最近 {REMEMBERED} 次用过这个密码，请换一个新的。", code="used_before")

    def get_help_text(self) -> str:
        return f"不同于最近 {REMEMBERED} 次的密码"


def remember_password(user: User) -> None:
    """Keep the hash that is about to be replaced, and forget those too old to matter."""
    if user.pk is None or not user.has_usable_password():
        return
    PasswordRecord.objects.create(user=user, password=user.password)
    keep = user.former_passwords.values_list("pk", flat=True)[:REMEMBERED]
    PasswordRecord.objects.filter(user=user).exclude(pk__in=list(keep)).delete()


def random_password() -> str:
    """Fourteen characters that pass the rules, for the first sign-in. 78 bits or more."""
    while True:
        pick = [
            secrets.choice(_UPPER),
            secrets.choice(_LOWER),
            secrets.choice(_DIGITS),
            secrets.choice(_SYMBOLS),
        ]
        pick += [secrets.choice(_UPPER + _LOWER + _DIGITS) for _ in range(10)]
        secrets.SystemRandom().shuffle(pick)
        password = "".join(pick)
        if not _YEAR.search(password) and password[0] not in string.punctuation:
            return password


def password_lasts_until(user: User, *, is_staff: bool) -> datetime:
    """The moment from which the password must be changed: 90 days for staff, 180 for everybody else."""
    days = settings.KEQIAO_STAFF_PASSWORD_DAYS if is_staff else settings.KEQIAO_PASSWORD_DAYS
    return user.password_changed_at + timedelta(days=days)


def must_change_password(user: User, *, is_staff: bool, at: datetime | None = None) -> bool:
    """First sign-in, after a reset, or the password has grown too old."""
    return user.must_change_password or password_lasts_until(user, is_staff=is_staff) <= (
        at or timezone.now()
    )
