"""Tokens of machines: made once and shown once, good for one kind of intake, dead after a time or a word.

Use is noted by the API, which also records every call in the audit trail.
"""

import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from keqiao.core import audit
from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.core.models import AuditLevel
from keqiao.people.access import acts_of, may_act
from keqiao.people.doors import require
from keqiao.people.enums import Act
from keqiao.people.models import ApiToken, User

PREFIX = "keqiao_"
"""In front of every token, so that one that leaks is recognised for what it is."""

READING = {"case": "对接事项（只读）", "contract": "技术合同（只读）"}
"""Kinds of tokens that read what their user may see and write nothing; any account may have one."""

WRITING = {"contract_write": "技术合同（填报和提交）"}
"""Kinds of tokens that write by the actions of their room, which ask the user's rights at every call."""

NAMES = READING | WRITING
"""Names of the kinds that are no intake."""

LONGEST_DAYS = 366
MOST_TOKENS = 10  # of one user in force at a time
_NOTED_EVERY = timedelta(minutes=1)  # the last use is written once a minute, not once a call


def _hash(token: str) -> str:
    """Tokens carry 256 random bits, so a plain digest gives nothing away."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def create_token(
    *, user: User, kind: str, by: User | None, label: str = "", days: int = 180
) -> tuple[ApiToken, str]:
    """A token with which a machine brings records of `kind` in the name of `user`, reads (READING) or writes by actions
    (WRITING); not stored.

    by: the user himself, a system administrator, or None for the command line. Raises NotAllowed when `user`
    may not bring in files, BadInput for a life outside 1..366 days.
    """
    if by is not None and by.pk != user.pk:
        require(by, Act.CREATE_ACCOUNT)
    if kind not in NAMES and Act.INTAKE not in acts_of(user):
        raise NotAllowed(may_act(user, Act.INTAKE) or "", code="token.no_intake")
    if not 1 <= days <= LONGEST_DAYS:
        raise BadInput(
            f"有效天数 {days} 不在 1 到 {LONGEST_DAYS} 之间。请改写。", code="token.days", field="days"
        )
    if tokens_of(user).count() >= MOST_TOKENS:
        raise NotAllowed(
            f"“{user.display_name}”已有 {MOST_TOKENS} 个有效令牌。请先作废不用的。",
            code="token.many",
            conflict=True,
        )
    text = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user,
        kind=kind,
        label=label.strip()[:100],
        token_hash=_hash(text),
        created_by=by,
        expires_at=timezone.now() + timedelta(days=days),
    )
    audit.record(
        "token.created",
        by=by,
        target=token,
        reason=f"{user.username}，{kind}，{days} 天",
        level=AuditLevel.IMPORTANT,
    )
    return token, text


def tokens_of(user: User) -> QuerySet[ApiToken]:
    """The user's tokens that still work, newest first."""
    return ApiToken.objects.filter(user=user, revoked_at=None, expires_at__gt=timezone.now())


def token_for(by: User, public_id: UUID | str) -> ApiToken:
    """One of the own tokens; a system administrator reaches everybody's. NotFound otherwise."""
    found = ApiToken.objects.select_related("user").filter(public_id=public_id)
    if Act.CREATE_ACCOUNT not in acts_of(by):
        found = found.filter(user=by)
    if (token := found.first()) is None:
        raise NotFound("接口令牌")
    return token


@transaction.atomic
def revoke_token(*, token: ApiToken, by: User | None) -> None:
    """The token is dead at once. Only its user, a system administrator or the command line may."""
    if by is not None and by.pk != token.user_id:
        require(by, Act.CREATE_ACCOUNT)
    token = ApiToken.objects.select_for_update(of=("self",)).get(pk=token.pk)
    if token.revoked_at is not None:
        raise NotAllowed("这个令牌已经作废，不必再办。", code="token.revoked", conflict=True)
    token.revoked_at = timezone.now()
    token.save(update_fields=["revoked_at"])
    audit.record("token.revoked", by=by, target=token, level=AuditLevel.IMPORTANT)


def holder_of(text: str) -> ApiToken | None:
    """The token behind what a machine sent, with its user; None when unknown, dead, or its user is out.

    A user who has lost the right to bring in files holds no working token either.
    """
    token = (
        ApiToken.objects.select_related("user", "user__organisation")
        .filter(token_hash=_hash(text), revoked_at=None, expires_at__gt=timezone.now())
        .first()
    )
    if token is None:
        return None
    user = token.user
    is_in = user.is_active and (user.expires_on is None or user.expires_on >= timezone.localdate())
    may = token.kind in NAMES or Act.INTAKE in acts_of(user)
    return token if is_in and may else None


def note_use(token: ApiToken) -> None:
    """Remember that the token was used; so its user counts as using the account."""
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at > _NOTED_EVERY:
        token.last_used_at = now
        token.save(update_fields=["last_used_at"])
        User.objects.filter(pk=token.user_id).update(last_seen_at=now)
