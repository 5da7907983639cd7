"""The moves of a record through its flow: submit, review, publish, withdraw, renew, expire, close, archive."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from keqiao.core.errors import BadInput, NotAllowed
from keqiao.people.enums import Act
from keqiao.registry.records.access import REVIEW_ACT, check
from keqiao.registry.records.enums import ReviewStep, Status, Verdict
from keqiao.registry.records.history import content_of, diff, keep_version, opened
from keqiao.registry.records.models import Listed, Record, Review
from keqiao.registry.records.nouns import flow_of, listed_models, noun_of
from keqiao.registry.records.saving import finish, give_number, lock, save_version, settle, validate
from keqiao.registry.records.terms import add_months, term

_STEP: Mapping[str, ReviewStep] = {
    Status.COUNTY_REVIEW: ReviewStep.COUNTY,
    Status.CITY_REVIEW: ReviewStep.CITY,
}


def _step_to(record: Record, name: str, fields: Sequence[str] = ()) -> dict[str, list[str]]:
    """Take the named move and save. Returns the change of state for the audit entry."""
    flow = flow_of(record.KIND)
    before = record.status
    record.status = flow.after(before, name)
    record.updated_at = timezone.now()
    record.save(update_fields=["status", "updated_at", *fields])
    return {"status": [flow.labels.get(before, before), flow.labels.get(record.status, record.status)]}


@transaction.atomic
def submit(*, record: Record, by: Any, note: str = "") -> Record:
    """Hand in for review. The first time it gets its public number; what autosave left becomes a version.

    Raises BadInput naming what is still missing, NotAllowed for the state.
    """
    record = lock(record)
    check(by, Act.SUBMIT, record)
    quality = record.assess()
    if quality is not None and quality.blocking:
        first = quality.blocking[0]
        missing = "；".join(f.message for f in quality.blocking)
        raise BadInput(
            f"还不能提交：{missing}。请补充后再提交，草稿已保留。",
            code=f"{record.KIND}.incomplete",
            field=first.field,
        )
    settle(record)
    validate(record)
    kept = keep_version(record, by=by)
    if diff(type(record), opened(type(record), kept.snapshot), content_of(record)):
        save_version(record, by=by, note=note or "提交审核")
    give_number(record)
    if isinstance(record, Listed):
        record.submitted_at = timezone.now()
    changes = _step_to(
        record, "submit", ["number", "submitted_at", "quality", "tags", "organisation_name", "division_code"]
    )
    finish(record, "submitted", by=by, changes=changes, reason=note)
    return record


def _review(
    record: Record, *, by: Any, verdict: Verdict, criteria: Sequence[Mapping[str, Any]], reason: str
) -> None:
    keep_version(record)  # what was read stays comparable with what comes back
    Review.objects.create(
        kind=record.KIND,
        record_id=record.pk,
        record_version=record.version,
        step=_STEP[record.status],
        verdict=verdict,
        criteria=[dict(one) for one in criteria],
        reason=reason.strip(),
        by=by,
    )


def _check_review(record: Record, by: Any, step: Status | None = None) -> None:
    """The review of the step that the record is at, by somebody who may; `step`: only there."""
    check(by, REVIEW_ACT.get(step or record.status, Act.REVIEW), record)
    if record.status not in REVIEW_ACT or (
        step is not None and record.status != step
    ):  # the system came too late
        state = Status(record.status).label
        raise NotAllowed(f"状态是“{state}”，没有需要审核的内容。", code=f"{record.KIND}.state", conflict=True)


@transaction.atomic
def pass_county(
    *, record: Record, by: Any, criteria: Sequence[Mapping[str, Any]] = (), note: str = ""
) -> Record:
    """The county's first reading is passed; the city's review follows."""
    record = lock(record)
    _check_review(record, by, Status.COUNTY_REVIEW)
    _review(record, by=by, verdict=Verdict.PASS, criteria=criteria, reason=note)
    finish(record, "passed_county", by=by, changes=_step_to(record, "pass_county"), reason=note)
    return record


@transaction.atomic
def return_to_owner(
    *, record: Record, by: Any, reason: str, criteria: Sequence[Mapping[str, Any]] = ()
) -> Record:
    """Back to its owner, with the reason and the criteria that failed. Raises BadInput without a reason."""
    record = lock(record)
    _check_review(record, by)
    if not reason.strip():
        raise BadInput("退回须写明理由，告诉填报人哪里不清楚、怎样改。", code="review.reason", field="reason")
    _review(record, by=by, verdict=Verdict.RETURN, criteria=criteria, reason=reason)
    finish(record, "returned", by=by, changes=_step_to(record, "return"), reason=reason)
    return record


@transaction.atomic
def publish(
    *,
    record: Record,
    by: Any,
    criteria: Sequence[Mapping[str, Any]] = (),
    note: str = "",
    valid_until: dt.date | None = None,
) -> Record:
    """The city's review is passed: public from now on, for twelve months unless a day was given."""
    record = lock(record)
    _check_review(record, by, Status.CITY_REVIEW)
    today = timezone.localdate()
    _review(record, by=by, verdict=Verdict.PASS, criteria=criteria, reason=note)
    if isinstance(record, Listed):
        own = record.valid_until if record.valid_until and record.valid_until >= today else None
        record.valid_until = valid_until or own or add_months(today, term("valid_months").value)
    record.published_at = timezone.now()
    changes = _step_to(record, "publish", ["published_at", "valid_until"])
    finish(record, "published", by=by, changes=changes, reason=note)
    return record


@transaction.atomic
def withdraw(*, record: Record, by: Any, reason: str = "") -> Record:
    """Off the market or out of review, by its owner or an officer of its area."""
    record = lock(record)
    check(by, Act.WITHDRAW, record)
    finish(record, "withdrawn", by=by, changes=_step_to(record, "withdraw"), reason=reason)
    return record


@transaction.atomic
def restore(*, record: Record, by: Any, note: str = "") -> Record:
    """Back on show after it was taken down; only kinds without a review."""
    record = lock(record)
    check(by, Act.WITHDRAW, record)
    record.published_at = record.published_at or timezone.now()
    finish(record, "restored", by=by, changes=_step_to(record, "restore", ["published_at"]), reason=note)
    return record


@transaction.atomic
def renew(*, record: Record, by: Any, months: int | None = None) -> Record:
    """Valid for twelve months more (or `months`), counted from today when it has run out, else from its last day."""
    record = lock(record)
    check(by, Act.RENEW, record)
    if not isinstance(record, Listed):
        raise NotAllowed(f"{noun_of(record.KIND)}没有有效期，不需要续期。", code=f"{record.KIND}.renew")
    before, today = record.valid_until, timezone.localdate()
    record.valid_until = add_months(max(before or today, today), months or term("valid_months").value)
    record.renewed_count += 1
    changes = _step_to(record, "renew", ["valid_until", "renewed_count"])
    finish(
        record,
        "renewed",
        by=by,
        changes=changes | {"valid_until": [str(before or ""), str(record.valid_until)]},
    )
    return record


def expire_due(today: dt.date) -> int:
    """Every published record whose last day is over becomes 已过期. Returns how many; each in its own transaction."""
    done = 0
    for model in listed_models():
        due = (
            model.objects.published()
            .filter(valid_until__lt=today)
            .order_by("pk")
            .values_list("pk", flat=True)
        )
        for pk in list(due):
            done += _expire_one(model, pk, today)
    return done


@transaction.atomic
def _expire_one(model: type[Listed], pk: int, today: dt.date) -> bool:
    record = model.objects.select_for_update(of=("self",)).get(pk=pk)
    if record.status != Status.PUBLISHED or record.valid_until is None or record.valid_until >= today:
        return False  # renewed or withdrawn meanwhile
    finish(
        record,
        "expired",
        by=None,
        changes=_step_to(record, "expire"),
        reason=f"有效期至 {record.valid_until}",
    )
    return True


@transaction.atomic
def close(*, record: Record, by: Any, reason: str) -> Record:
    """No longer sought or offered, e.g. solved by a contract. Raises BadInput without a reason."""
    record = lock(record)
    check(by, Act.CLOSE, record)
    if not reason.strip():
        raise BadInput("请写明关闭的原因，例如“已与某高校签约解决”。", code="close.reason", field="reason")
    if isinstance(record, Listed):
        record.closed_at, record.close_reason = timezone.now(), reason.strip()[:200]
    finish(
        record,
        "closed",
        by=by,
        changes=_step_to(record, "close", ["closed_at", "close_reason"]),
        reason=reason,
    )
    return record


@transaction.atomic
def reopen(*, record: Record, by: Any) -> Record:
    """A closed record becomes a draft again, to be filled in and submitted anew. It keeps its number."""
    record = lock(record)
    check(by, Act.CLOSE, record)
    if isinstance(record, Listed):
        record.closed_at, record.close_reason, record.valid_until = None, "", None
    finish(
        record,
        "reopened",
        by=by,
        changes=_step_to(record, "reopen", ["closed_at", "close_reason", "valid_until"]),
    )
    return record


@transaction.atomic
def archive(*, record: Record, by: Any, reason: str = "") -> Record:
    """Out of the daily lists for good; it can still be read."""
    record = lock(record)
    check(by, Act.CLOSE, record)
    finish(record, "archived", by=by, changes=_step_to(record, "archive"), reason=reason)
    return record
