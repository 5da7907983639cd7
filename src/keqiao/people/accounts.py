"""Writing accounts, passwords, locks, second factors and sessions. Keyword-only, atomic, one audit record each.

`by` is the acting user; None is the system itself (the command line, a nightly job).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from axes.utils import reset as reset_attempts
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import default_token_generator
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.db import transaction
from django.utils import timezone
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from django_otp.plugins.otp_static.models import StaticDevice

from keqiao.core import audit
from keqiao.core.crypto import lookup_hash
from keqiao.core.errors import BadInput, NotAllowed
from keqiao.core.masks import mask_email, mask_name, mask_phone
from keqiao.core.models import AuditLevel
from keqiao.people.authenticator import Authenticator
from keqiao.people.doors import require
from keqiao.people.enums import Act
from keqiao.people.models import DisabledReason, Organisation, RoleGrant, User, UserSession
from keqiao.people.passwords import random_password, remember_password


def checked(model: User | RoleGrant, *, skip: tuple[str, ...] = ()) -> None:
    """full_clean, with the model's own words as a refusal: BadInput at the first field at fault."""
    try:
        model.full_clean(exclude=skip)
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise BadInput(messages[0], field=None if field == "__all__" else field) from error


def lock_user(user: User) -> User:
    """The same account, read again and held until the transaction ends."""
    held: User = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    return held


# ── accounts ──


@transaction.atomic
def create_account(
    *,
    username: str,
    name: str,
    by: User | None,
    organisation: Organisation | None = None,
    phone: str = "",
    email: str = "",
    expires_on: date | None = None,
) -> tuple[User, str]:
    """A new account without any right, and its first password, to be shown once and changed at first sign-in.

    Raises NotAllowed for anyone but the system administrator, BadInput when the user name is or was in use.
    """
    require(by, Act.CREATE_ACCOUNT)
    password = random_password()
    user = User(
        username=username.strip(),
        name=name.strip(),
        organisation=organisation,
        phone=phone,
        phone_hash=lookup_hash(phone),
        email=email,
        expires_on=expires_on,
    )
    if User.objects.filter(username__iexact=user.username).exists():
        raise BadInput(
            f"用户名“{user.username}”已有人使用或曾经使用，用户名不重复发放。请换一个。", field="username"
        )
    user.set_password(password)
    checked(user)
    user.save()
    audit.record("account.created", by=by, target=user, level=AuditLevel.IMPORTANT)
    return user, password


def _switch_off(user: User, reason: str) -> None:
    user.is_active, user.disabled_reason, user.disabled_at = False, reason, timezone.now()
    user.save(update_fields=["is_active", "disabled_reason", "disabled_at"])
    end_sessions(user=user)


@transaction.atomic
def disable_account(*, user: User, reason: str, by: User | None) -> None:
    """No sign-in from now on; running sessions end. Nobody disables the own account."""
    require(by, Act.CREATE_ACCOUNT)
    if by is not None and by.pk == user.pk:
        raise NotAllowed("不能停用自己的账号。请由另一名系统管理员办理。", code="account.own")
    user = lock_user(user)
    if not user.is_active:
        raise NotAllowed(
            f"账号“{user.username}”已经停用（{user.get_disabled_reason_display() or '原因未记'}）。",
            conflict=True,
        )
    _switch_off(user, DisabledReason.BY_ADMIN)
    audit.record("account.disabled", by=by, target=user, reason=reason, level=AuditLevel.IMPORTANT)


@transaction.atomic
def enable_account(*, user: User, by: User | None) -> None:
    """May sign in again. A closed account stays closed: its data is gone."""
    require(by, Act.CREATE_ACCOUNT)
    user = lock_user(user)
    if user.disabled_reason == DisabledReason.CLOSED:
        raise NotAllowed("本人已注销的账号不能恢复，个人信息已删除。请新建账号。", code="account.closed")
    user.is_active, user.disabled_reason, user.disabled_at = True, "", None
    user.last_seen_at = timezone.now()  # or the rule about unused accounts would disable it at once
    user.save(update_fields=["is_active", "disabled_reason", "disabled_at", "last_seen_at"])
    audit.record("account.enabled", by=by, target=user, level=AuditLevel.IMPORTANT)


@transaction.atomic
def disable_unused_accounts(*, on: date) -> list[User]:
    """Disable what nobody has used for KEQIAO_UNUSED_DAYS (等保 访问控制 c), and say which."""
    unused = list(
        User.objects.unused_since(on - timedelta(days=settings.KEQIAO_UNUSED_DAYS)).select_for_update()
    )
    for user in unused:
        _switch_off(user, DisabledReason.UNUSED)
        audit.record("account.disabled", target=user, reason=f"{settings.KEQIAO_UNUSED_DAYS} 天未使用")
    return unused


@transaction.atomic
def close_account(*, by: User) -> None:
    """The person leaves: rights end, personal data is deleted, the user name is never given out again."""
    user = lock_user(by)
    if user.is_desk_user:
        raise NotAllowed("工作账号由系统管理员停用，以保留办理记录。请联系系统管理员。", code="account.staff")
    user.grants.filter(revoked_at=None).update(revoked_at=timezone.now())
    remembered = user.username
    user.name, user.phone, user.phone_hash, user.email, user.person = "已注销", "", "", "", None
    user.set_unusable_password()
    user.save(update_fields=["name", "phone", "phone_hash", "email", "person", "password"])
    user.former_passwords.all().delete()
    _remove_factors(user)
    user.consents.filter(withdrawn_at=None).update(withdrawn_at=timezone.now())
    _switch_off(user, DisabledReason.CLOSED)
    audit.record("account.closed", by=by, target=user, reason=remembered, level=AuditLevel.IMPORTANT)


@transaction.atomic
def correct_account(*, by: User, name: str, phone: str, email: str) -> None:
    """The person corrects the own data (个人信息保护法 46条)."""
    user = lock_user(by)
    before = (user.name, user.phone, user.email)
    user.name, user.phone, user.phone_hash, user.email = name.strip(), phone, lookup_hash(phone), email
    checked(user, skip=("password",))
    user.save(update_fields=["name", "phone", "phone_hash", "email"])
    masks: dict[str, Callable[[str], str]] = {"姓名": mask_name, "手机": mask_phone, "邮箱": mask_email}
    changes = {
        label: [mask(old), mask(new)]
        for (label, mask), old, new in zip(
            masks.items(), before, (user.name, user.phone, user.email), strict=True
        )
        if old != new
    }
    audit.record("account.corrected", by=by, target=user, changes=changes)


# ── passwords ──


@transaction.atomic
def change_password(*, user: User, new: str, by: User | None, must_change: bool = False) -> None:
    """Set a password that the rules accept; other sessions end by themselves, their hash no longer fits.

    Raises BadInput with every rule that is broken.
    """
    user = lock_user(user)
    try:
        validate_password(new, user)
    except ValidationError as error:
        raise BadInput(" ".join(error.messages), field="password") from error
    remember_password(user)
    user.set_password(new)
    user.password_changed_at, user.must_change_password = timezone.now(), must_change
    user.save(update_fields=["password", "password_changed_at", "must_change_password"])
    audit.record("password.changed", by=by, target=user, level=AuditLevel.IMPORTANT)


@dataclass(frozen=True, slots=True)
class ResetToken:
    """The two parts of a one-time link; it dies after 15 minutes, or with the next change of the password."""

    uid: str
    token: str


@transaction.atomic
def issue_reset(*, user: User, by: User | None, address_of: Callable[[ResetToken], str]) -> str:
    """A one-time link to set a new password, also mailed when the account has an address.

    address_of: the web builds the address. Raises NotAllowed for the three administrators: one person alone must
    not be able to take over another administrator's account; that needs the command line on the server.
    """
    require(by, Act.GRANT_ROLE, Act.APPROVE_ORGANISATION)
    user = lock_user(user)
    if by is not None and by.pk == user.pk:
        raise NotAllowed("重置自己的密码请用“我的信息”里的修改密码。", code="account.own")
    if by is not None and user.is_administrator:
        raise NotAllowed(
            f"“{user.username}”是系统、安全或审计管理员，不能由一个人在网页上重置。"
            f"请两人到场，在服务器上运行：keqiao account reset {user.username}",
            code="account.administrator",
        )
    if not user.is_active and user.disabled_reason == DisabledReason.UNUSED:
        user.is_active, user.disabled_reason, user.disabled_at = True, "", None
        user.last_seen_at = timezone.now()
        user.save(update_fields=["is_active", "disabled_reason", "disabled_at", "last_seen_at"])
    if not user.is_active:
        raise NotAllowed(f"账号“{user.username}”已停用，请先由系统管理员启用。", code="account.disabled")
    user.must_change_password = True
    user.save(update_fields=["must_change_password"])
    token = ResetToken(urlsafe_base64_encode(user.public_id.bytes), default_token_generator.make_token(user))
    address = address_of(token)
    audit.record("password.reset_issued", by=by, target=user, level=AuditLevel.IMPORTANT)
    if user.email:
        transaction.on_commit(lambda: _mail_reset(user, address))
    return address


def _mail_reset(user: User, address: str) -> None:
    send_mail(
        f"{settings.KEQIAO_SITE_NAME}：重置密码",
        f"{user.display_name}：\n\n管理人员为您的账号“{user.username}”开具了重置密码的链接，15 分钟内有效，只能用一次：\n"
        f"{address}\n\n如果您没有要求重置，请不要打开链接，并立即告知{settings.KEQIAO_BUREAU_NAME}。\n",
        None,
        [user.email],
        fail_silently=True,  # the officer sees the link too and hands it over; a dead mail server must not block that
    )


def user_of_reset(uid: str, token: str) -> User | None:
    """Whose link this is; None when it is spent, too old, or of an account that cannot sign in."""
    try:
        raw = urlsafe_base64_decode(uid)
        user = User.objects.filter(public_id=raw.hex(), is_active=True).first() if len(raw) == 16 else None
    except ValueError:
        return None
    return user if user is not None and default_token_generator.check_token(user, token) else None


# ── locks, factors, sessions ──


@transaction.atomic
def unlock_account(*, username: str, by: User | None, ip: str = "") -> int:
    """Forget the failed attempts of a user name (and of an address). Returns how many were forgotten."""
    require(by, Act.UNLOCK)
    count: int = reset_attempts(username=username) + (reset_attempts(ip=ip) if ip else 0)
    user = User.objects.filter(username=username).first()
    audit.record(
        "account.unlocked", by=by, target=user, reason=username, row_count=count, level=AuditLevel.IMPORTANT
    )
    return count


def _remove_factors(user: User) -> int:
    removed: int = (
        Authenticator.objects.filter(user=user).delete()[0]
        + StaticDevice.objects.filter(user=user).delete()[0]
    )
    return removed


@transaction.atomic
def remove_second_factor(*, user: User, by: User | None, reason: str) -> None:
    """The person took it off (level 2 only), or lost the phone and the security administrator resets it."""
    is_own = by is not None and by.pk == user.pk
    if not is_own:
        require(by, Act.UNLOCK)
    if by is not None and not is_own and user.is_administrator:
        raise NotAllowed(
            f"“{user.username}”是三员之一，须两人到场，在服务器上运行：keqiao account reset {user.username}",
            code="account.administrator",
        )
    _remove_factors(user)
    if not is_own:
        end_sessions(user=user)
    action = "factor.removed" if is_own else "factor.reset"
    audit.record(action, by=by, target=user, reason=reason, level=AuditLevel.CRITICAL)


def end_sessions(*, user: User, except_key: str = "") -> int:
    """End every session of the user, but one when its key is given."""
    running = UserSession.objects.filter(user=user).exclude(session_key=except_key)
    Session.objects.filter(session_key__in=list(running.values_list("session_key", flat=True))).delete()
    return running.delete()[0]


@transaction.atomic
def end_session(*, session: UserSession, by: User) -> None:
    """End one of the own sessions elsewhere."""
    Session.objects.filter(session_key=session.session_key).delete()
    audit.record("session.ended", by=by, target=by)
    session.delete()


def username_is_free(username: str) -> bool:
    """Nobody has, had or has asked for this user name (case does not make a difference)."""
    return not User.objects.filter(username__iexact=username.strip()).exists()
