"""Files of a case: kept outside the web root under random names, given out through the door."""

import datetime as dt
import hashlib
import uuid
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from keqiao.core.audit import record as record_audit
from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.core.models import AuditLevel
from keqiao.deal.access import Seat, Trust, file_for, may_read_file, require_desk, seat_of
from keqiao.deal.enums import Purpose, StepKind
from keqiao.deal.models import Case, CaseFile
from keqiao.deal.sniffing import sniffed
from keqiao.deal.steps import keep_step, locked, saved
from keqiao.deal.thread import require_participant
from keqiao.people.models import User
from keqiao.registry.intake.guards import MIB, weight

MOST_FILES, MOST_BYTES = 50, 200 * MIB
"""Of one case. Source: the security notes, uploads."""


def folder() -> Path:
    """Where the files lie."""
    return Path(settings.MEDIA_ROOT) / "deal"


@transaction.atomic
def keep_file(
    *,
    case: Case,
    by: User,
    name: str,
    content: bytes,
    purpose: str = Purpose.GENERAL,
    signed_on: dt.date | None = None,
) -> CaseFile:
    """Check and keep a file. A signed NDA uploaded by the desk also marks the NDA as signed.

    Raises BadInput for a file that may not be kept, or when the case is full.
    """
    case = locked(case)
    seat = require_participant(by, case)
    if purpose not in Purpose.values:
        raise BadInput("请选明文件的用途。", field="purpose")
    there = case.files.filter(removed_at=None)
    total = there.aggregate(bytes=Sum("size_bytes"))["bytes"] or 0
    if there.count() >= MOST_FILES or total + len(content) > MOST_BYTES:
        raise BadInput(
            f"这件事项已有 {there.count()} 个文件，共 {weight(total)}，上限是 {MOST_FILES} 个、{weight(MOST_BYTES)}。请先移除不用的。",
            code="file.full", field="file",
        )  # fmt: skip
    kept = sniffed(name, content, most_bytes=settings.KEQIAO_UPLOAD_MB * MIB)
    digest = hashlib.sha256(kept.content).hexdigest()
    if twin := there.filter(sha256=digest).first():
        raise BadInput(
            f"同样的文件已经在这里：“{twin.name}”（{timezone.localdate(twin.at)} 上传），不用重复上传。",
            field="file",
        )
    stored = f"{timezone.localdate():%Y%m}/{uuid.uuid4().hex}"
    path = folder() / stored
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(kept.content)
    try:
        file = CaseFile.objects.create(
            case=case, by=by, side=seat.side, purpose=purpose, name=kept.name, stored_as=stored, mime=kept.mime,
            size_bytes=len(kept.content), sha256=digest,
        )  # fmt: skip
        fields: list[str] = []
        if purpose == Purpose.NDA and seat.is_desk:
            case.nda_signed_on = signed_on or timezone.localdate()
            fields = ["nda_signed_on"]
        saved(case, *fields)
        keep_step(case, StepKind.FILE, f"上传{file.get_purpose_display()}：{file.name}（{weight(file.size_bytes)}）", by=by, side=seat.side,
                  changes={"sha256": ["", digest]})  # fmt: skip
        if fields:
            keep_step(
                case,
                StepKind.NDA,
                f"保密协议已签订（{case.nda_signed_on}），签字件已上传",
                by=by,
                level=AuditLevel.IMPORTANT,
            )
    except BaseException:
        path.unlink(missing_ok=True)  # no row, no file
        raise
    return file


def open_file(*, by: User, public_id: str) -> tuple[CaseFile, Path]:
    """The file and where it lies, for those who may read it now; one audit entry each time."""
    file = file_for(by, public_id)
    path = folder() / file.stored_as
    if not path.is_file():
        raise NotFound("附件", file.name)
    record_audit("case_file.opened", by=by, target=file, file_name=file.name, file_sha256=file.sha256)
    return file, path


@transaction.atomic
def remove_file(*, case: Case, public_id: str, by: User) -> CaseFile:
    """Take a file away: its bytes are deleted, its row says who did it and when. Its uploader or the desk."""
    case = locked(case)
    file = file_for(by, public_id)
    if file.case_id != case.pk:
        raise NotFound("附件")
    if file.by_id != by.pk:
        require_desk(by, case)
    if file.purpose in (Purpose.NDA, Purpose.CONTRACT) and not seat_of(by, case).is_officer:
        raise NotAllowed("签字的保密协议和合同文本须由科技局人员移除。", code="file.kept")
    file.removed_at = timezone.now()
    file.save(update_fields=["removed_at"])
    fields = []
    if file.purpose == Purpose.NDA and not case.files.filter(purpose=Purpose.NDA, removed_at=None).exists():
        case.nda_signed_on = None
        fields = ["nda_signed_on"]
    saved(case, *fields)
    keep_step(
        case, StepKind.FILE, f"移除文件：{file.name}", by=by, side=file.side, level=AuditLevel.IMPORTANT
    )
    transaction.on_commit(lambda: (folder() / file.stored_as).unlink(missing_ok=True))
    return file


def files_of(case: Case, seat: Seat, trust: Trust) -> list[CaseFile]:
    """The files that this seat may read now, newest first."""
    return [
        one
        for one in case.files.filter(removed_at=None).select_related("by")
        if may_read_file(one, seat, trust)
    ]


def hidden_count(case: Case, seat: Seat, trust: Trust) -> int:
    """How many files this seat may not read yet."""
    return case.files.filter(removed_at=None).count() - len(files_of(case, seat, trust))
