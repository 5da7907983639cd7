"""The review desk: the queue, and one record beside its quality, near duplicates, last return and rubric."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from keqiao.core.errors import BadInput
from keqiao.people.access import VISITOR
from keqiao.people.enums import Act
from keqiao.registry.records import actions, disclosure
from keqiao.registry.records.access import REVIEW_ACT, record_for
from keqiao.registry.records.enums import Status
from keqiao.registry.records.models import Record
from keqiao.registry.records.nouns import noun_of
from keqiao.registry.records.review import changed_since, desk_of, failed_criteria, last_return, rubric_for
from keqiao.web.desk.facts import facts_of
from keqiao.web.desk.inbox import review_queue, review_task, reviews_waiting
from keqiao.web.desk.writing import near_ones
from keqiao.web.rendering import paginate


@require_GET
def review_queue_page(request: HttpRequest) -> HttpResponse:
    """Everything this officer may review, oldest first."""
    page = paginate(review_queue(request.user), request, per_page=50)
    context = {
        "page": page,
        "tasks": [review_task(record) for record in page],
        "total": reviews_waiting(request.user),
    }
    return render(request, "desk/review_queue.html", context)


@require_http_methods(["GET", "POST"])
def review(request: HttpRequest, kind: str, public_id: UUID) -> HttpResponse:
    """One record to review; the POST passes it or sends it back with a reason for each failed criterion."""
    seen = record_for(request.user, kind, public_id)
    record = record_for(request.user, kind, public_id, REVIEW_ACT.get(seen.status, Act.REVIEW))
    if request.method == "GET":
        return _page(request, record)
    criteria = _criteria(request, record)
    failed = [one for one in criteria if not one["ok"]]
    note = request.POST.get("note", "").strip()
    passing = request.POST.get("verdict") == "pass"
    if passing and failed:
        names = "、".join(one["label"] for one in failed)
        return _page(
            request,
            record,
            error=f"“{names}”没有勾选，不能通过。请逐项核对；确实不符合的，请退回修改。",
            criteria=criteria,
        )
    if not passing and not failed and not note:
        return _page(request, record, error="退回须指出至少一项不符合，或写明意见。", criteria=criteria)
    try:
        record = _decide(request, record, criteria, note, passing=passing)
    except BadInput as refused:
        return _page(request, record, error=refused.message, criteria=criteria)
    messages.success(request, f"{noun_of(kind)}“{record.title}”：{_done(record)}")
    following = review_queue(request.user)[:1]
    if following:
        return redirect("desk:review", kind=following[0].KIND, public_id=following[0].public_id)
    return redirect("desk:review-queue")


def _done(record: Record) -> str:
    if record.status == Status.RETURNED:
        return "已退回填报单位修改。"
    if record.status == Status.PUBLISHED:
        return f"已发布，有效期至 {getattr(record, 'valid_until', '')}。"
    return "初审通过，已转市级审核。"


def _criteria(request: HttpRequest, record: Record) -> list[dict[str, Any]]:
    """The rubric as filled in: key, label, ok, note. A failed criterion without a note gets the rubric's own advice."""
    filled = []
    for one in rubric_for(record):
        ok = request.POST.get(f"ok-{one.key}") == "on"
        note = request.POST.get(f"note-{one.key}", "").strip()
        filled.append({"key": one.key, "label": one.label, "ok": ok, "note": note or ("" if ok else one.ask)})
    return filled


def _decide(
    request: HttpRequest, record: Record, criteria: list[dict[str, Any]], note: str, *, passing: bool
) -> Record:
    if not passing:
        reason = note or "；".join(f"{one['label']}：{one['note']}" for one in criteria if not one["ok"])
        return actions.return_to_owner(record=record, by=request.user, reason=reason, criteria=criteria)
    if record.status == Status.COUNTY_REVIEW:
        return actions.pass_county(record=record, by=request.user, criteria=criteria, note=note)
    return actions.publish(record=record, by=request.user, criteria=criteria, note=note)


def _page(
    request: HttpRequest, record: Record, *, error: str = "", criteria: list[dict[str, Any]] | None = None
) -> HttpResponse:
    filled = {one["key"]: one for one in criteria or ()}
    returned = last_return(record)
    queue = review_queue(request.user)
    place = next(
        (i for i, one in enumerate(queue, start=1) if one.pk == record.pk and one.KIND == record.KIND), 0
    )
    context = {
        "record": record,
        "kind": record.KIND,
        "noun": noun_of(record.KIND),
        "quality": record.assess(),
        "near": near_ones(request, record.KIND, record, record),
        "desk": desk_of(record),
        "facts": facts_of(record),
        "preview": disclosure.shown(record, VISITOR),
        "rubric": [{"criterion": one, "filled": filled.get(one.key)} for one in rubric_for(record)],
        "returned": returned,
        "failed": failed_criteria(returned) if returned else [],
        "since": changed_since(record, returned) if returned else [],
        "error": error,
        "place": place,
        "queue_length": len(queue),
        "is_county": record.status == Status.COUNTY_REVIEW,
        "crumbs": [
            {"label": "工作台", "href": reverse("desk:inbox")},
            {"label": "审核", "href": reverse("desk:review-queue")},
            {"label": record.number or record.title[:20], "href": ""},
        ],
    }
    return render(request, "desk/review.html", context, status=422 if error else 200)
