"""Reading for review: the rubric, who has what to review, what was said last time and what changed since."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml
from django.db.models import Q, QuerySet
from django.utils import timezone

from keqiao.people.access import GRANTS, scope_of
from keqiao.people.enums import OFFICERS
from keqiao.registry.records.access import REVIEW_ACT
from keqiao.registry.records.enums import ReviewStep, Status, Verdict
from keqiao.registry.records.flow import FLOWS
from keqiao.registry.records.history import FieldDiff, content_of, diff, versions
from keqiao.registry.records.models import Listed, Record, Review, prefix_range
from keqiao.registry.records.nouns import model_of
from keqiao.registry.records.terms import DATA, Term, add_workdays, term

STEP_OF: Mapping[str, ReviewStep] = {
    Status.COUNTY_REVIEW: ReviewStep.COUNTY,
    Status.CITY_REVIEW: ReviewStep.CITY,
}
_TERM_OF: Mapping[str, str] = {
    Status.COUNTY_REVIEW: "county_review_days",
    Status.CITY_REVIEW: "city_review_days",
}


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing a reviewer reads for. ask: what the owner is told to do when it fails."""

    key: str
    label: str
    help: str
    ask: str


@cache
def _rubrics() -> dict[str, dict[str, list[dict[str, str]]]]:
    return dict(yaml.safe_load((DATA / "rubric.yaml").read_text(encoding="utf-8")))


def rubric_for(record: Record) -> list[Criterion]:
    """The criteria of the step that the record is at; none when it is not in review."""
    step = STEP_OF.get(record.status)
    return (
        [Criterion(**facts) for facts in _rubrics().get(record.KIND, {}).get(str(step), [])] if step else []
    )


def to_review(user: Any, kind: str) -> QuerySet[Any]:
    """Records of a kind that `user` may review now, oldest first: his step, his area, not his own entries."""
    reach = Q(pk__in=[])
    for status, act in REVIEW_ACT.items():
        for grant in user.current_grants:
            if grant.role in OFFICERS and act in GRANTS[grant.role]:
                reach |= Q(status=status) & prefix_range("division_code", grant.division_prefix)
    queue = model_of(kind).objects.filter(reach).exclude(created_by_id=user.pk)
    return queue.select_related("organisation").order_by("submitted_at", "pk")


def to_review_kinds() -> tuple[str, ...]:
    """The kinds that have a review gate."""
    return tuple(FLOWS)


def reviews_of(record: Record) -> QuerySet[Review]:
    """All reviews of a record, newest first."""
    return Review.objects.filter(kind=record.KIND, record_id=record.pk).select_related("by")


def last_return(record: Record) -> Review | None:
    """The review by which it was last sent back, if it ever was."""
    return reviews_of(record).filter(verdict=Verdict.RETURN).first()


def failed_criteria(review: Review) -> list[dict[str, Any]]:
    """The criteria that were not met: label and what the reviewer wrote."""
    return [one for one in review.criteria if not one.get("ok")]


def changed_since(record: Record, review: Review) -> list[FieldDiff]:
    """What its owner changed after that review, field by field."""
    then = next((one for one in versions(record) if one.number == review.record_version), None)
    return diff(type(record), then.content, content_of(record)) if then else []


@dataclass(frozen=True, slots=True)
class Desk:
    """Who holds a record now, since when, and by when it is promised. due: None when nobody promised anything."""

    holder: str
    since: dt.datetime | None
    promised: Term | None
    due: dt.date | None

    @property
    def is_late(self) -> bool:
        return self.due is not None and timezone.localdate() > self.due


_HOLDERS: Mapping[str, str] = {
    Status.DRAFT: "填报单位",
    Status.RETURNED: "填报单位",
    Status.WITHDRAWN: "填报单位",
    Status.COUNTY_REVIEW: "县区科技局",
    Status.CITY_REVIEW: "市科技局",
}


def desk_of(record: Record) -> Desk:
    """Where a record lies now. One query when it is in review."""
    holder = _HOLDERS.get(record.status, "")
    key = _TERM_OF.get(record.status)
    if key is None:
        return Desk(holder, record.updated_at if holder else None, None, None)
    since = record.submitted_at if isinstance(record, Listed) else record.updated_at
    if record.status == Status.CITY_REVIEW:
        passed = reviews_of(record).filter(step=ReviewStep.COUNTY, verdict=Verdict.PASS).first()
        since = passed.at if passed and since and passed.at > since else since
    promised = term(key)
    due = add_workdays(timezone.localdate(since), promised.value) if since else None
    return Desk(holder, since, promised, due)


def may_review_anything(user: Any) -> bool:
    """Whether a review queue is worth showing to this user."""
    return any(act in GRANTS.get(role, ()) for role in scope_of(user).roles for act in REVIEW_ACT.values())
