"""Delivering what is queued: each message is claimed, handed over and noted, one by one, so that a kill loses nothing.

A message is claimed by moving its next attempt ahead, without a lock held while the mail server thinks. Killed between
handing over and noting, it is handed over once more under the same Message-ID, which mailboxes and gateways show once.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError, close_old_connections, connection, transaction
from django.db.models import F
from django.utils import timezone

from keqiao.core import audit
from keqiao.core.errors import KeqiaoError, SourceDown
from keqiao.message.actions import full_link, is_opted_out, stop_link
from keqiao.message.channels import Channel, Envelope, Refused, channels_in_use
from keqiao.message.kinds import kind_of
from keqiao.message.models import Message, MessageState

log = logging.getLogger(__name__)

# After the first, second … failed attempt; after the last the message has failed and an administrator sees it
BACK_OFF = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=8),
    timedelta(hours=24),
)
_CLAIM = timedelta(minutes=5)  # longer than any channel may take


@dataclass(slots=True)
class Delivered:
    """How a delivery went. again: failed for now, will be tried again; suppressed: not wanted or no address."""

    sent: int = 0
    again: int = 0
    failed: int = 0
    suppressed: int = 0

    @property
    def total(self) -> int:
        return self.sent + self.again + self.failed + self.suppressed


def deliver(
    limit: int = 500,
    *,
    now: datetime | None = None,
    channels: Sequence[Channel] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Delivered:
    """Hand over up to `limit` messages that are due, oldest first. Safe to run in several processes at once."""
    moment = now or timezone.now()
    done = Delivered()
    due = list(Message.objects.due_at(moment).order_by("next_at", "pk").values_list("pk", flat=True)[:limit])
    if not due:
        return done
    ways = list(channels) if channels is not None else channels_in_use()
    for at, pk in enumerate(due, 1):
        claimed = Message.objects.due_at(moment).filter(pk=pk)
        if claimed.update(next_at=moment + _CLAIM, attempts=F("attempts") + 1):
            _deliver_one(Message.objects.select_related("user").get(pk=pk), ways, moment, done)
        if progress:
            progress(at, len(due))
    return done


def _deliver_one(message: Message, ways: Sequence[Channel], moment: datetime, done: Delivered) -> None:
    reason, to, way = _where(message, ways)
    if way is None:
        _note(message, MessageState.SUPPRESSED, reason)
        done.suppressed += 1
        return
    envelope = Envelope(
        message.public_id.hex, to, message.subject, message.text,
        full_link(message.link) if message.link else "", stop_link(message),
    )  # fmt: skip
    try:
        receipt = way.deliver(envelope)
    except Refused as error:
        _note(message, MessageState.FAILED, error.message, way)
        done.failed += 1
    except SourceDown as error:
        if message.attempts > len(BACK_OFF):
            _note(message, MessageState.FAILED, f"试了 {message.attempts} 次仍未成功。{error.message}", way)
            done.failed += 1
            return
        wait = BACK_OFF[message.attempts - 1]
        Message.objects.filter(pk=message.pk).update(
            next_at=moment + wait, note=error.message[:300], channel=way.key
        )
        done.again += 1
    else:
        Message.objects.filter(pk=message.pk).update(
            state=MessageState.SENT, sent_at=moment, channel=way.key, receipt=receipt[:120], note=""
        )
        done.sent += 1


def _where(message: Message, ways: Sequence[Channel]) -> tuple[str, str, Channel | None]:
    """(why not, address, channel) by what holds now: an account may be closed, a kind switched off since it was queued."""
    kind, user = kind_of(message.kind), message.user
    if user is not None and not user.is_active:
        return "收件人的账号已停用。", "", None
    if is_opted_out(kind, user=user, address_hash=message.address_hash):
        return f"收件人已退订“{kind.label}”。", "", None
    addresses = [message.address] if user is None else [user.email.strip(), user.phone.strip()]
    for way in ways:
        for to in addresses:
            if to and way.takes(to):
                return "", to, way
    return "没有可用的邮箱或手机，只能在站内看到。", "", None


@transaction.atomic
def _note(message: Message, state: str, note: str, way: Channel | None = None) -> None:
    """The end of a message that did not go out; a failure goes on record."""
    Message.objects.filter(pk=message.pk).update(state=state, note=note[:300], channel=way.key if way else "")
    if state == MessageState.FAILED:
        audit.record("message.failed", target=message, reason=note, is_success=False)
        log.warning("message failed", extra={"message_id": str(message.public_id), "kind": message.kind})


class Postman(threading.Thread):
    """Delivers every few seconds until `stop`. Trouble is logged and tried again: the queue keeps its rows."""

    def __init__(self, every_s: float = 10.0) -> None:
        super().__init__(name="keqiao-postman", daemon=True)
        self.every_s = every_s
        self._stopping = threading.Event()

    def run(self) -> None:
        while not self._stopping.wait(self.every_s):
            try:
                close_old_connections()
                deliver()
            except (DatabaseError, KeqiaoError, OSError):
                log.exception("postman failed")
                self._stopping.wait(self.every_s)
        connection.close()

    def stop(self, timeout_s: float = 15.0) -> None:
        """Finish the message under way and end."""
        self._stopping.set()
        self.join(timeout_s)
