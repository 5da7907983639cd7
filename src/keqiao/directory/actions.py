"""Publishing a directory and taking it back; the door to what is published."""

import hashlib
import json
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from keqiao.core.audit import record
from keqiao.core.errors import BadInput, KeqiaoError, NotAllowed, NotFound
from keqiao.core.models import AuditLevel
from keqiao.core.numbers import next_number
from keqiao.directory.compose import Criteria, Progress, Selection, compose, select
from keqiao.directory.models import Directory, Preparation
from keqiao.people.access import may_act
from keqiao.people.enums import Act
from keqiao.people.models import User

SERIES = "双清单"
_EVERY = 5  # demands between two signs of life


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
    snapshot = compose(_selected(criteria), criteria, progress)  # outside the transaction: it takes its time
    return _keep(criteria, snapshot, by)


def _selected(criteria: Criteria) -> Selection:
    selection = select(criteria, timezone.localdate())
    if not (selection.demands or selection.achievements):
        raise BadInput(
            "没有符合条件的已公开需求或成果，清单会是空的，没有发布。请放宽县区、领域或日期。",
            code="directory.empty",
        )
    return selection


def prepare_directory(*, criteria: Criteria, by: User) -> Preparation:
    """Ask for a directory; `carry_out` publishes it. Raises BadInput when nothing is chosen."""
    require_publisher(by)
    criteria = criteria.checked()
    total = len(_selected(criteria).demands)
    return Preparation.objects.create(criteria=criteria.as_dict(), by=by, total=total)


def take_up(preparation: Preparation) -> None:
    """It goes on from now: nobody else needs to start it again."""
    Preparation.objects.filter(pk=preparation.pk).update(message="", heartbeat_at=timezone.now(), done=0)


def carry_out(preparation: Preparation) -> Directory:
    """Compute and publish what was asked for; calling it again goes on, and publishes once.

    What stops it is put into words on the preparation, then raised. Nothing is published before the last step.
    """
    rows = Preparation.objects.filter(pk=preparation.pk)
    take_up(preparation)

    def told(done: int, total: int) -> None:
        if done % _EVERY == 0 or done == total:
            rows.update(done=done, total=total, heartbeat_at=timezone.now())

    try:
        require_publisher(preparation.by)
        criteria = Criteria.from_dict(preparation.criteria)
        snapshot = compose(_selected(criteria), criteria, told)
        return _keep(criteria, snapshot, preparation.by, preparation)
    except KeqiaoError as refusal:
        rows.update(message=refusal.message[:500])
        raise
    except Exception:
        rows.update(message="系统出错，清单没有发布。错误已记入日志，请点“继续”，多次出现请告诉系统管理员。")
        raise


@transaction.atomic
def _keep(
    criteria: Criteria, snapshot: dict[str, Any], by: User, preparation: Preparation | None = None
) -> Directory:
    locked = None
    if preparation is not None:  # two processes may have computed the same one
        locked = Preparation.objects.select_for_update(of=("self",)).get(pk=preparation.pk)
        if locked.directory is not None:
            return locked.directory
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
    if locked is not None:
        locked.directory, locked.heartbeat_at = directory, now
        locked.save(update_fields=["directory", "heartbeat_at"])
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
