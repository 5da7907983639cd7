"""Every write of this room: sending, reading, wanting, trying again."""

import hashlib
import re
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from keqiao.core import audit
from keqiao.core.crypto import lookup_hash
from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.core.masks import mask_email, mask_phone
from keqiao.message.kinds import KINDS, MessageKind, kind_of
from keqiao.message.models import Message, MessageOptOut, MessageState
from keqiao.people.models import User

_SIGNER = signing.Signer(salt="keqiao.message.stop")
_WEB = re.compile(r"https?://[^\s]+\Z")


# -- sending ----------------------------------------------------------------------------------------------------


@transaction.atomic
def send(
    *, to: User | str, kind: str, subject: str, text: str, link: str = "", key: str = "",
    is_material: bool = True, by: User | None = None,
) -> Message:  # fmt: skip
    """Queue a message in the caller's transaction: it leaves only if that commits. Gives the queued row.

    to: a user (his own address and wishes apply, and it stands under 我的消息), an e-mail address or a mobile number.
    kind: a line of `message.kinds`, or "family.detail". link: a path of this site or a whole address. key: names the
    occasion ("demand 12 expires 2026-12-01"): a second message of the same kind, reader and key is not queued, the first
    comes back. Without a key the same words to the same reader are sent once a day. is_material=False: kept on the
    site only. Raises BadInput for an unknown kind or an address that is neither mail nor mobile.
    """
    ruling = kind_of(kind)
    if link and not (link.startswith("/") and not link.startswith("//")) and not _WEB.match(link):
        raise BadInput(f"链接“{link[:60]}”不是本站路径，也不是 http 地址，消息没有发出。", field="link")
    user = to if isinstance(to, User) else None
    address = "" if isinstance(to, User) else _address(to)
    reader = f"user:{user.pk}" if user is not None else lookup_hash(address)
    occasion = key or f"{timezone.localdate()}\n{subject}\n{text}\n{link}"
    state, note = MessageState.QUEUED, ""
    if not is_material:
        state, note = MessageState.SUPPRESSED, "没有实质变化，只在站内。"
    elif is_opted_out(ruling, user=user, address_hash=lookup_hash(address)):
        state, note = MessageState.SUPPRESSED, f"收件人已退订“{ruling.label}”。"
    message, is_new = Message.objects.get_or_create(
        digest=hashlib.sha256(f"{kind}\n{reader}\n{occasion}".encode()).hexdigest(),
        defaults={
            "user": user, "address": address, "address_hash": lookup_hash(address), "kind": kind,
            "subject": " ".join(subject.split())[:200], "text": text.strip(), "link": link[:500],
            "is_material": is_material, "state": state, "note": note, "by": by,
        },
    )  # fmt: skip
    if is_new:
        audit.record(
            "message.queued",
            by=by,
            target=message,
            changes={"kind": ["", kind], "to": ["", reader_of(message)]},
        )
    return message


def _address(text: str) -> str:
    """An e-mail address in small letters, or the eleven digits of a mobile number."""
    address = text.strip().lower()
    if "@" in address:
        try:
            validate_email(address)
        except ValidationError:
            raise BadInput(
                f"“{text[:60]}”不是有效的邮箱，消息没有发出。请核对后再发。", field="address"
            ) from None
        return address
    digits = address.replace(" ", "").replace("-", "").removeprefix("+86")
    if len(digits) == 11 and digits.isdigit() and digits.startswith("1"):
        return digits
    raise BadInput(f"“{text[:60]}”既不是邮箱也不是手机号，消息没有发出。请核对后再发。", field="address")


def reader_of(message: Message) -> str:
    """Who it is for, fit for lists and the audit trail: the user's name, or the masked address."""
    if message.user is not None:
        return message.user.display_name
    return mask_email(message.address) if "@" in message.address else mask_phone(message.address)


def full_link(path: str) -> str:
    """The whole address of a path of this site; a whole address stays as it is."""
    return settings.KEQIAO_SITE_URL.rstrip("/") + path if path.startswith("/") else path


# -- what people do not want ------------------------------------------------------------------------------------


def is_opted_out(kind: MessageKind, *, user: User | None, address_hash: str) -> bool:
    """Whether this reader switched the kind off. A duty cannot be."""
    if kind.is_duty:
        return False
    chosen = MessageOptOut.objects.filter(kind=kind.key)
    if user is not None:
        return chosen.filter(user=user).exists()
    return chosen.filter(user=None, address_hash=address_hash).exists()


def stop_link(message: Message) -> str:
    """The whole address that ends this kind for this reader without signing in; "" for a duty."""
    kind = kind_of(message.kind)
    if kind.is_duty:
        return ""
    token = _SIGNER.sign_object([message.user_id or 0, message.address_hash, kind.key])
    return full_link(reverse("message:message-stop", args=[token]))


def read_token(token: str) -> tuple[int, str, MessageKind]:
    """(user id or 0, address hash, kind) of a stop link. NotFound when it was not made here."""
    try:
        user_id, address_hash, key = _SIGNER.unsign_object(token)
        return int(user_id), str(address_hash), KINDS[key]
    except (signing.BadSignature, KeyError, TypeError, ValueError):
        raise NotFound("退订链接") from None


@transaction.atomic
def stop(token: str) -> MessageKind:
    """The link in a message was followed and confirmed. Doing it twice is no error."""
    user_id, address_hash, kind = read_token(token)
    user = User.objects.filter(pk=user_id).first()
    if user is None and not address_hash:
        raise NotFound("退订链接")  # the account is gone, and its wishes with it
    _opt_out(kind, user=user, address_hash=address_hash, by=user)
    return kind


@transaction.atomic
def choose(*, kind: str, is_wanted: bool, by: User) -> None:
    """A signed-in user switches a kind on or off for the mailbox. NotAllowed for a duty."""
    ruling = kind_of(kind)
    if is_wanted:
        gone, _ = MessageOptOut.objects.filter(user=by, kind=ruling.key).delete()
        if gone:
            audit.record("message.wanted", by=by, target=by, changes={"kind": [ruling.key, ""]})
        return
    if ruling.is_duty:
        raise NotAllowed(f"“{ruling.label}”依规须送达，不能关闭。", code="message.duty")
    _opt_out(ruling, user=by, address_hash="", by=by)


def _opt_out(kind: MessageKind, *, user: User | None, address_hash: str, by: User | None) -> None:
    made, is_new = MessageOptOut.objects.get_or_create(
        user=user, address_hash="" if user is not None else address_hash, kind=kind.key
    )
    if is_new:
        audit.record("message.stopped", by=by, target=made, changes={"kind": ["", kind.key]})


# -- reading and trying again -----------------------------------------------------------------------------------


def mark_read(*, by: User, public_id: UUID | None = None, now: datetime | None = None) -> int:
    """One of the user's own messages, or all of them, is read; gives how many were not before.

    Kept out of the audit trail: it says only that its reader opened his own message.
    """
    rows = Message.objects.of_user(by).unread()
    if public_id is not None:
        rows = rows.filter(public_id=public_id)
    return rows.update(read_at=now or timezone.now())


@transaction.atomic
def retry(*, message: Message, by: User) -> Message:
    """Put a failed message back into the queue, with all its attempts before it. NotAllowed when it did not fail."""
    locked = Message.objects.select_for_update().get(pk=message.pk)
    if locked.state != MessageState.FAILED:
        raise NotAllowed(
            f"这条消息现在是“{locked.get_state_display()}”，不用重发。", code="message.state", conflict=True
        )
    locked.state, locked.attempts, locked.next_at, locked.note = MessageState.QUEUED, 0, timezone.now(), ""
    locked.save(update_fields=["state", "attempts", "next_at", "note"])
    audit.record("message.retried", by=by, target=locked)
    return locked


@transaction.atomic
def keep_inside(*, reason: str, by: User | None) -> int:
    """Whatever still waits is shown on the site and not sent; returns how many. For data that tells of made-up people."""
    count: int = Message.objects.filter(state=MessageState.QUEUED).update(
        state=MessageState.SUPPRESSED, note=reason
    )
    if count:
        audit.record("message.kept_inside", by=by, row_count=count, reason=reason)
    return count
