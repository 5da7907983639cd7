"""The one way to write the audit trail, and the way to prove that nobody rewrote it.

`record("demand.published", target=demand, by=user, changes={"status": ["审核中", "已发布"]})` inside the
action's transaction: the trail and the change are saved together or not at all.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone

from keqiao.core.models import AuditEntry, AuditLevel

FIRST_HASH = "0" * 64
_ADVISORY_LOCK = 0x6B657169  # "keqi": one writer of the chain at a time on PostgreSQL


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from. Set by the web's middleware, read by `record`."""

    ip: str = ""
    port: int | None = None
    session_hash: str = ""
    user_agent: str = ""


_NOWHERE = Origin()
_origin: ContextVar[Origin] = ContextVar("audit_origin", default=_NOWHERE)


@contextmanager
def coming_from(origin: Origin) -> Iterator[None]:
    """Within the block, audit entries carry this address and session."""
    token = _origin.set(origin)
    try:
        yield
    finally:
        _origin.reset(token)


def _clean(text: object, limit: int) -> str:
    """One line: no log can be forged by a line break in a name."""
    return " ".join(str(text).split())[:limit]


def chain_hash(prev_hash: str, content: Mapping[str, Any]) -> str:
    """SHA-256 over the previous hash and the entry's canonical JSON (sorted keys, no spaces, UTF-8)."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256((prev_hash + text).encode()).hexdigest()


def _content(entry: AuditEntry) -> dict[str, Any]:
    """Everything the hash covers, as plain JSON values; the moment as UTC microseconds."""
    content: dict[str, Any] = {}
    for field in AuditEntry._meta.concrete_fields:
        if field.attname in ("prev_hash", "hash"):
            continue
        value = getattr(entry, field.attname)
        if isinstance(value, datetime):
            value = value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        content[field.attname] = value
    return content


def record(
    action: str,
    *,
    by: Any = None,
    target: models.Model | None = None,
    changes: Mapping[str, Any] | None = None,
    reason: str = "",
    is_success: bool = True,
    level: str = AuditLevel.NORMAL,
    row_count: int | None = None,
    file_name: str = "",
    file_sha256: str = "",
) -> AuditEntry:
    """Append one entry, in the caller's transaction.

    action: dotted English, object then verb in the past ("demand.published"). by: the acting user, None for the
    system. changes: field -> [before, after], personal data already masked. Costs one read and one insert.
    """
    origin = _origin.get()
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ADVISORY_LOCK])
        last = AuditEntry.objects.order_by("-seq").values_list("seq", "hash").first()
        seq, prev_hash = (last[0] + 1, last[1]) if last else (1, FIRST_HASH)
        entry = AuditEntry(
            seq=seq,
            at=timezone.now(),
            actor_id=getattr(by, "pk", None),
            actor_name=_clean(getattr(by, "username", "") or ("系统" if by is None else by), 60),
            actor_roles=_clean("、".join(getattr(by, "role_labels", ())), 120),
            actor_unit=_clean(getattr(by, "unit_name", ""), 120),
            ip=origin.ip,
            port=origin.port,
            session_hash=origin.session_hash,
            user_agent=_clean(origin.user_agent, 200),
            action=action,
            object_kind=target._meta.label_lower if target is not None else "",
            object_id=str(target.pk) if target is not None else "",
            object_title=_clean(target, 200) if target is not None else "",
            is_success=is_success,
            reason=_clean(reason, 300),
            changes=json.loads(json.dumps(dict(changes or {}), ensure_ascii=False, default=str)),
            row_count=row_count,
            file_name=_clean(file_name, 200),
            file_sha256=file_sha256,
            level=level,
            prev_hash=prev_hash,
        )
        entry.hash = chain_hash(prev_hash, _content(entry))
        entry.save(force_insert=True)
    return entry


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What `verify` found. broken: (seq, what is wrong), empty when the chain holds."""

    entries: int
    last_hash: str
    broken: tuple[tuple[int, str], ...]

    @property
    def holds(self) -> bool:
        return not self.broken


def verify(*, limit_broken: int = 20) -> ChainReport:
    """Walk the whole chain in order. Reads every entry once; memory stays flat."""
    prev_hash, expected, count = FIRST_HASH, 1, 0
    broken: list[tuple[int, str]] = []
    for entry in AuditEntry.objects.order_by("seq").iterator(chunk_size=2000):
        count += 1
        if entry.seq != expected:
            broken.append((entry.seq, f"缺少第 {expected} 条到第 {entry.seq - 1} 条"))
        if entry.prev_hash != prev_hash:
            broken.append((entry.seq, "与上一条的摘要不衔接"))
        if chain_hash(entry.prev_hash, _content(entry)) != entry.hash:
            broken.append((entry.seq, "内容与摘要不符，可能被改动"))
        prev_hash, expected = entry.hash, entry.seq + 1
        if len(broken) >= limit_broken:
            break
    return ChainReport(count, prev_hash, tuple(broken))
