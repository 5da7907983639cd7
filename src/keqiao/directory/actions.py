"""Publishing a directory and taking it back; the door to what is published."""

import hashlib
import json
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from keqiao.core.audit import record
from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.core.models import AuditLevel
from keqiao.core.numbers import next_number
from keqiao.directory.compose import Criteria, Progress, compose, select
from keqiao.directory.models import Directory
from keqiao.people.access import may_act
from keqiao.people.enums import Act
from keqiao.people.models import User

SERIES = "双清单"


def require_publisher(user: Any) -> None:
    """Raises NotAllowed with the reason when this person publishes no directories."""
    if refusal := may_act(user, Act.PUBLISH_LIST):
        raise NotAllowed(refusal, code="directory.role")


def digest_of(snapshot: dict[str, Any]) -> str:
    """SHA-256 of the snapshot's canonical JSON (sorted keys, no spaces, UTF-8)."""
    text = json.dumps(snapshot, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def publish_directory(*, criteria: Criteria, by: User, progress: Progress | None = None) -> Directory:
    """Freeze what the criteria choose today under the next number. Raises BadInput when nothing is chosen."""
    require_publisher(by)
    criteria = criteria.checked()
    selection = select(criteria, timezone.localdate())
    if not (selection.demands or selection.achievements):
        raise BadInput(
            "没有符合条件的已公开需求或成果，清单会是空的，没有发布。请放宽县区、领域或日期。",
            code="directory.empty",
        )
    snapshot = compose(selection, criteria, progress)  # outside the transaction: the engine takes its time
    return _keep(criteria, snapshot, by)


@transaction.atomic
def _keep(criteria: Criteria, snapshot: dict[str, Any], by: User) -> Directory:
    now = timezone.now()
    directory = Directory.objects.create(
        number=next_number(SERIES, timezone.localtime(now).year),
        title=criteria.title,
        issuer=settings.KEQIAO_BUREAU_NAME,
        criteria=criteria.as_dict() | {"words": criteria.words()},
        snapshot=snapshot,
        digest=digest_of(snapshot),
        demand_count=len(snapshot["demands"]),
        achievement_count=len(snapshot["achievements"]),
        match_count=sum(len(one["matches"]) for one in snapshot["demands"]),
        published_at=now,
        published_by=by,
    )
    record(
        "directory.published",
        by=by,
        target=directory,
        row_count=directory.demand_count + directory.achievement_count,
        file_sha256=directory.digest,
        level=AuditLevel.IMPORTANT,
    )
    return directory


@transaction.atomic
def withdraw_directory(*, directory: Directory, reason: str, by: User) -> Directory:
    """Take an issue back; its number stays used and its page says why. Raises BadInput without a reason."""
    require_publisher(by)
    if not (reason := " ".join(reason.split())):
        raise BadInput("请写明撤回原因，它会显示在清单的页面上。", code="directory.reason", field="reason")
    if len(reason) > 300:
        raise BadInput(
            f"撤回原因有 {len(reason)} 字，最多 300 字。请写短一些。", code="directory.reason", field="reason"
        )
    locked = Directory.objects.select_for_update(of=("self",)).get(pk=directory.pk)
    if locked.is_withdrawn:
        raise NotAllowed(f"{locked.number} 已经撤回，不用再撤。", code="directory.withdrawn", conflict=True)
    locked.withdrawn_at, locked.withdrawn_by, locked.withdraw_reason = timezone.now(), by, reason
    locked.save(update_fields=["withdrawn_at", "withdrawn_by", "withdraw_reason"])
    record("directory.withdrawn", by=by, target=locked, reason=reason, level=AuditLevel.IMPORTANT)
    return locked


def directory_for(public_id: Any) -> Directory:
    """A directory that was published, withdrawn ones too: their page says so. NotFound when there is none."""
    found = (
        Directory.objects.select_related("published_by", "withdrawn_by").filter(public_id=public_id).first()
    )
    if found is None:
        raise NotFound("双向清单")
    return found


def readable(public_id: Any) -> Directory:
    """A directory whose content may be read. NotAllowed with the reason when it was withdrawn."""
    found = directory_for(public_id)
    if found.withdrawn_at is not None:
        raise NotAllowed(
            f"{found.number} 已于 {timezone.localtime(found.withdrawn_at):%Y-%m-%d} 撤回：{found.withdraw_reason}"
            "内容不再提供。请在双向清单页面查看最新一期。",
            code="directory.withdrawn",
            conflict=True,
        )
    return found
