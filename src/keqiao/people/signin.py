"""Signing in: who is let in, when an account or an address is locked, how long a session lasts."""

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth import authenticate, login
from django.contrib.auth.backends import ModelBackend
from django.db import transaction
from django.db.models import Max, Q, Sum
from django.http import HttpRequest
from django.utils import timezone
from django_otp import login as remember_device
from django_otp.models import Device
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken

from keqiao.core import audit
from keqiao.core.crypto import lookup_hash
from keqiao.core.models import AuditLevel
from keqiao.people.accounts import end_sessions
from keqiao.people.authenticator import Authenticator
from keqiao.people.models import DisabledReason, User, UserSession
from keqiao.people.notice import has_consented

LOCK_WINDOW = timedelta(minutes=15)
"""Failures further apart than this do not add up (等保 身份鉴别 b, our default)."""

WRONG = "用户名或密码错误"
"""The one answer to every failure, so that nobody learns which part was wrong."""

RECOVERY_CODES = 10


def client_ip(request: HttpRequest) -> str:
    """The caller's address. Behind a proxy that we trust, the last hop of X-Forwarded-For; never what a client wrote."""
    raw = str(request.META.get("REMOTE_ADDR", ""))
    if settings.SECURE_PROXY_SSL_HEADER is not None:
        raw = request.META.get("HTTP_X_FORWARDED_FOR", raw).rpartition(",")[2].strip() or raw
    try:
        return str(ipaddress.ip_address(raw))
    except ValueError:
        return "0.0.0.0"  # a UNIX socket has no address; nobody is locked out by it alone


class LockHandler(AxesDatabaseHandler):  # type: ignore[misc]  # axes carries no types
    """axes, with a window: five failures within 15 minutes lock for 30. Plain axes has one time for both."""

    def user_login_failed(
        self, sender: Any, credentials: dict[str, Any], request: Any = None, **kwargs: Any
    ) -> None:
        if request is not None and not self.is_locked(request, credentials):
            stale = request.axes_attempt_time - LOCK_WINDOW
            for attempts in self.filter_user_attempts(request, credentials):
                attempts.filter(attempt_time__lt=stale).delete()
        super().user_login_failed(sender, credentials, request=request, **kwargs)


class AccountBackend(ModelBackend):
    """User name and password, for accounts that are active, not expired, and in use."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        user = super().authenticate(request, username=username, password=password, **kwargs)
        if not isinstance(user, User):
            return None
        if is_unused(user):
            with transaction.atomic():
                user.is_active, user.disabled_reason, user.disabled_at = (
                    False,
                    DisabledReason.UNUSED,
                    timezone.now(),
                )
                user.save(update_fields=["is_active", "disabled_reason", "disabled_at"])
                audit.record(
                    "account.disabled", target=user, reason=f"{settings.KEQIAO_UNUSED_DAYS} 天未使用"
                )
            return None
        return user

    def user_can_authenticate(self, user: Any) -> bool:
        """Also asked for every request of a running session: an expired or disabled account is out at once."""
        return bool(user.is_active) and (user.expires_on is None or user.expires_on >= timezone.localdate())


def is_unused(user: User) -> bool:
    """Nobody has used it for KEQIAO_UNUSED_DAYS."""
    last = user.last_seen_at or user.created_at
    return last < timezone.now() - timedelta(days=settings.KEQIAO_UNUSED_DAYS)


def locked_for(username: str, ip: str) -> timedelta | None:
    """How long this user name or address stays locked; None when it is not."""
    cool_off = timedelta(hours=settings.AXES_COOLOFF_TIME)
    recent = AccessAttempt.objects.filter(attempt_time__gte=timezone.now() - cool_off)
    longest: timedelta | None = None
    for condition in (Q(username=username), Q(ip_address=ip)):
        found = recent.filter(condition).aggregate(
            failures=Sum("failures_since_start"), last=Max("attempt_time")
        )
        if (found["failures"] or 0) >= settings.AXES_FAILURE_LIMIT:
            left: timedelta = found["last"] + cool_off - timezone.now()
            longest = max(left, longest) if longest else left
    return longest


def locked_usernames() -> list[tuple[str, datetime]]:
    """User names that are locked now, with the moment when they are free again, for the security administrator."""
    cool_off = timedelta(hours=settings.AXES_COOLOFF_TIME)
    rows = (
        AccessAttempt.objects.filter(attempt_time__gte=timezone.now() - cool_off)
        .values("username")
        .annotate(failures=Sum("failures_since_start"), last=Max("attempt_time"))
        .filter(failures__gte=settings.AXES_FAILURE_LIMIT)
        .order_by("-last")
    )
    return [(row["username"] or "", row["last"] + cool_off) for row in rows]


@dataclass(frozen=True, slots=True)
class Refused:
    """No sign-in: the words to show, and whether the account or address is locked now."""

    message: str
    is_locked: bool = False


def check_credentials(request: HttpRequest, *, username: str, password: str) -> User | Refused:
    """The account behind user name and password, or why not, in words that give nothing away. Audited."""
    user = authenticate(request, username=username, password=password)
    if isinstance(user, User):
        return user
    left = locked_for(username, client_ip(request))
    if left is None:
        audit.record("signin.failed", by=username, is_success=False, reason=WRONG)
        return Refused(WRONG)
    is_new = (
        getattr(request, "axes_failures_since_start", None) is not None
    )  # axes counted this attempt: it locked
    audit.record(
        "account.locked" if is_new else "signin.failed",
        by=username,
        is_success=False,
        reason="连续失败达到上限，锁定" if is_new else "锁定期间再次尝试",
        level=AuditLevel.CRITICAL if is_new else AuditLevel.IMPORTANT,
    )
    minutes = max(1, -(-int(left.total_seconds()) // 60))
    return Refused(
        f"连续输错 {settings.AXES_FAILURE_LIMIT} 次，账号或本机地址已锁定。请在 {minutes} 分钟后再试；着急请联系安全管理员解锁。",
        is_locked=True,
    )


def begin_session(request: HttpRequest, user: User, device: Device | None = None) -> None:
    """The user is in: a fresh session with its clocks, other sessions ended where only one may be."""
    login(request, user, backend="keqiao.people.signin.AccountBackend")
    if device is not None:
        remember_device(request, device)
    request.session.save()  # a key from here on
    now = timezone.now()
    start_clocks(request, user)
    request.session["consent_due"] = not user.is_desk_user and not has_consented(user)
    if settings.KEQIAO_SINGLE_SESSION:
        end_sessions(user=user, except_key=request.session.session_key or "")
    UserSession.objects.update_or_create(
        session_key=request.session.session_key,
        defaults={
            "user": user,
            "started_at": now,
            "seen_at": now,
            "ip": client_ip(request),
            "user_agent": request.META.get("HTTP_USER_AGENT", "")[:200],
        },
    )
    user.last_seen_at = now
    user.save(update_fields=["last_seen_at"])
    audit.record("signin.succeeded", by=user, target=user)


def start_clocks(request: HttpRequest, user: User) -> None:
    """The session's own times, in seconds since 1970: when it began, when it was last used, and which limit applies."""
    seconds = int(timezone.now().timestamp())
    request.session["began"] = request.session.get("began", seconds)
    request.session["seen"] = seconds
    request.session["staff"] = user.is_desk_user


def session_is_over(request: HttpRequest) -> str | None:
    """None while the session may go on; otherwise why it ends, for people."""
    now = timezone.now().timestamp()
    minutes = (
        settings.KEQIAO_STAFF_IDLE_MINUTES if request.session.get("staff") else settings.KEQIAO_IDLE_MINUTES
    )
    if now - request.session["seen"] > minutes * 60:
        return f"您已 {minutes} 分钟没有操作，为安全起见已自动退出。请重新登录。"
    hours = settings.SESSION_COOKIE_AGE // 3600
    if now - request.session["began"] > settings.SESSION_COOKIE_AGE:
        return f"登录已满 {hours} 小时，为安全起见已自动退出。请重新登录。"
    return None


def session_hash(session_key: str | None) -> str:
    """Sixteen hex digits that tell sessions apart in the audit trail and give no session away."""
    return hashlib.sha256(session_key.encode()).hexdigest()[:16] if session_key else ""


# ── second factor ──


def confirmed_factor(user: User) -> Authenticator | None:
    """The authenticator that this user has enrolled."""
    found: Authenticator | None = Authenticator.objects.filter(user=user, confirmed=True).first()
    return found


def pending_factor(user: User) -> Authenticator:
    """The authenticator being enrolled: made at the first look, the same one until it is confirmed."""
    found: Authenticator | None = Authenticator.objects.filter(user=user, confirmed=False).first()
    if found is None:
        found = Authenticator(user=user, confirmed=False, name="身份验证器")
        found.save()
    return found


@transaction.atomic
def confirm_factor(*, by: User, code: str) -> list[str] | None:
    """Enrol the pending authenticator if the code is right. Returns the recovery codes, shown once; None otherwise."""
    device = pending_factor(by)
    if not device.verify_token(code.strip()):
        return None
    device.confirmed = True
    device.save(update_fields=["confirmed"])
    Authenticator.objects.filter(user=by).exclude(pk=device.pk).delete()
    codes = new_recovery_codes(by)
    audit.record("factor.enrolled", by=by, target=by, level=AuditLevel.IMPORTANT)
    return codes


def _stored(code: str) -> str:
    """What the database keeps of a recovery code: a keyed hash, 64 bits of it."""
    return lookup_hash(code.replace("-", "").replace(" ", "").lower())[:16]


@transaction.atomic
def new_recovery_codes(user: User) -> list[str]:
    """Ten codes, each good once; earlier ones die."""
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name="恢复码", confirmed=True)
    codes = [f"{StaticToken.random_token()}" for _ in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create(StaticToken(device=device, token=_stored(code)) for code in codes)
    return [f"{code[:4]}-{code[4:]}" for code in codes]


def verify_factor(user: User, code: str) -> Device | None:
    """The device that accepts this code: the authenticator for six digits, the recovery codes otherwise.

    Wrong tries are slowed down by the device itself; a code is never accepted twice. Audited.
    """
    code = code.strip()
    with transaction.atomic():
        device: Device | None
        if code.isascii() and code.isdigit() and len(code) == 6:
            device = Authenticator.objects.select_for_update().filter(user=user, confirmed=True).first()
            accepted = device is not None and device.verify_token(code)
        else:
            device = StaticDevice.objects.select_for_update().filter(user=user, confirmed=True).first()
            accepted = device is not None and device.verify_token(_stored(code))
            if accepted:
                audit.record("factor.recovery_used", by=user, target=user, level=AuditLevel.IMPORTANT)
        if not accepted:
            audit.record("factor.failed", by=user, target=user, is_success=False, level=AuditLevel.IMPORTANT)
    return device if accepted else None
