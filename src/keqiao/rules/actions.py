"""Every write of the rules: drafts copied, edited, handed in, approved by a second person, withdrawn."""

from collections.abc import Mapping
from copy import deepcopy
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from keqiao.core.audit import record
from keqiao.core.errors import BadInput, NotAllowed
from keqiao.core.models import AuditLevel
from keqiao.people.models import User
from keqiao.rules.access import require_keeper
from keqiao.rules.book import Version, digest_of, parse_version
from keqiao.rules.compiling import engine
from keqiao.rules.flow import VERSION_FLOW
from keqiao.rules.lawtable import differences
from keqiao.rules.models import RuleDraft
from keqiao.rules.shelf import current


def plain_data(data: Mapping[str, Any]) -> dict[str, Any]:
    """The version's text as JSON: dates as text, nothing lost."""
    found: dict[str, Any] = _plain(data)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value


def version_of(draft: RuleDraft) -> Version:
    """The draft as a version. Raises BadInput naming the place when it cannot be read."""
    version = parse_version(draft.data, draft.book, f"“{current(draft.book).title}”")
    engine(version, version.valid_from, version.region)  # so that what cannot be computed is refused too
    return version


def _locked(draft: RuleDraft) -> RuleDraft:
    return RuleDraft.objects.select_for_update(of=("self",)).get(pk=draft.pk)


@transaction.atomic
def copy_version(*, book: str, version_id: str, by: User) -> RuleDraft:
    """A draft with the text of a version in it. The new one gets an id of its own, so the old one stays as it is."""
    require_keeper(by)
    version = current(book).version(version_id)
    now = timezone.localtime()
    data = plain_data(deepcopy(dict(version.data)))
    count = RuleDraft.objects.filter(book=book).count() + 1
    data["id"] = f"{book}-{now:%Y%m%d}-{count}"
    draft = RuleDraft.objects.create(
        book=book, version_id=data["id"], copied_from=version.id, data=data, created_by=by, changed_by=by
    )
    record("rule.copied", by=by, target=draft, changes={"依据版本": ["", version.id]})
    return draft


@transaction.atomic
def edit_draft(*, draft: RuleDraft, data: Mapping[str, Any], reason: str, by: User) -> RuleDraft:
    """Save the text of a draft. Raises BadInput naming the place when it is no rule; NotAllowed when it is handed in."""
    require_keeper(by)
    locked = _locked(draft)
    if locked.state != VERSION_FLOW.start:
        VERSION_FLOW.the_move(locked.state, "submit")  # says what may be done instead
    new = plain_data(data) | {"id": locked.version_id}
    before = version_of(locked)
    after = parse_version(new, locked.book, f"“{current(locked.book).title}”")
    engine(after, after.valid_from, after.region)
    changed = differences(before, after)
    locked.data, locked.reason = new, " ".join(reason.split())[:300]
    locked.changed_by, locked.changed_at = by, timezone.now()
    locked.save(update_fields=["data", "reason", "changed_by", "changed_at"])
    record(
        "rule.edited",
        by=by,
        target=locked,
        changes={one["label"]: [one["old"], one["new"]] for one in changed[:30]},
    )
    return locked


@transaction.atomic
def submit_draft(*, draft: RuleDraft, by: User) -> RuleDraft:
    """Hand a draft in for the second person. It needs a reason and must differ from the version it was copied from."""
    require_keeper(by)
    locked = _locked(draft)
    target = VERSION_FLOW.after(locked.state, "submit")
    version = version_of(locked)
    if not locked.reason:
        raise BadInput(
            "请写明修改理由，审定人和以后查看的人要据此判断。", code="rules.reason", field="reason"
        )
    if not differences(current(locked.book).version(locked.copied_from), version):
        raise BadInput("草案与原版本没有不同，不用送审。请先修改，或作废草案。", code="rules.same")
    locked.state, locked.submitted_by, locked.digest = target, by, digest_of(locked.data)
    locked.note = ""
    locked.save(update_fields=["state", "submitted_by", "digest", "note"])
    record("rule.submitted", by=by, target=locked, reason=locked.reason)
    return locked


def _require_second(locked: RuleDraft, by: User) -> None:
    if by.pk in (locked.created_by_id, locked.changed_by_id, locked.submitted_by_id):
        raise NotAllowed(
            "起草、修改或送审的人不能审定同一份规则，须由市科技局另一名人员审定。", code="rules.same_person"
        )


@transaction.atomic
def return_draft(*, draft: RuleDraft, note: str, by: User) -> RuleDraft:
    """Give it back to be changed, with the reason."""
    require_keeper(by)
    locked = _locked(draft)
    target = VERSION_FLOW.after(locked.state, "return")
    if not (note := " ".join(note.split())[:300]):
        raise BadInput("请写明退回的原因，起草人要据此修改。", code="rules.note", field="note")
    locked.state, locked.note, locked.decided_by, locked.decided_at = target, note, by, timezone.now()
    locked.save(update_fields=["state", "note", "decided_by", "decided_at"])
    record("rule.returned", by=by, target=locked, reason=note)
    return locked


@transaction.atomic
def publish_draft(*, draft: RuleDraft, note: str, by: User) -> RuleDraft:
    """Approve and publish: in force from its own date on. Never by those who wrote it or handed it in."""
    require_keeper(by)
    locked = _locked(draft)
    target = VERSION_FLOW.after(locked.state, "publish")
    _require_second(locked, by)
    version = version_of(locked)
    if digest_of(locked.data) != locked.digest:
        raise NotAllowed(
            "草案在送审以后被改动，与送审时的摘要不符，没有发布。请退回重新送审。", code="rules.digest"
        )
    locked.state, locked.note = target, " ".join(note.split())[:300]
    locked.decided_by, locked.decided_at = by, timezone.now()
    locked.save(update_fields=["state", "note", "decided_by", "decided_at"])
    record(
        "rule.published",
        by=by,
        target=locked,
        reason=locked.reason,
        changes={"生效日期": ["", str(version.valid_from)], "摘要": ["", locked.digest]},
        level=AuditLevel.IMPORTANT,
    )
    return locked


@transaction.atomic
def discard_draft(*, draft: RuleDraft, by: User) -> RuleDraft:
    """Put a draft aside for good; the row stays."""
    require_keeper(by)
    locked = _locked(draft)
    locked.state = VERSION_FLOW.after(locked.state, "discard")
    locked.save(update_fields=["state"])
    record("rule.discarded", by=by, target=locked)
    return locked


@transaction.atomic
def withdraw_version(*, draft: RuleDraft, note: str, by: User) -> RuleDraft:
    """Take a published version back: the earlier one is in force again. Kept verdicts keep their text."""
    require_keeper(by)
    locked = _locked(draft)
    target = VERSION_FLOW.after(locked.state, "withdraw")
    _require_second(locked, by)
    if not (note := " ".join(note.split())[:300]):
        raise BadInput("请写明撤销的原因，它会留在版本记录里。", code="rules.note", field="note")
    locked.state, locked.note = target, note
    locked.save(update_fields=["state", "note"])
    record("rule.withdrawn", by=by, target=locked, reason=note, level=AuditLevel.IMPORTANT)
    return locked
