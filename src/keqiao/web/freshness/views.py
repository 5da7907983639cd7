"""One page: each silent listing with two buttons."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from keqiao.freshness.actions import answer, listings_of, question_of
from keqiao.freshness.reading import silence_of
from keqiao.registry.records.enums import Status
from keqiao.registry.records.nouns import noun_of
from keqiao.web.words import day


@login_not_required  # the signed link is the permission, and it says nothing that its reader did not write
@never_cache
@require_http_methods(["GET", "POST"])
def still(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows, so that a mail scanner that opens links answers nothing; POST answers for one listing."""
    question = question_of(token)
    if request.method == "POST":
        is_going_on = request.POST.get("answer") == "yes"
        row = answer(
            token=token, kind=request.POST.get("kind", ""), public_id=request.POST.get("id", ""),
            is_going_on=is_going_on, reason=request.POST.get("reason", ""),
        )  # fmt: skip
        if row.status == Status.PUBLISHED:
            until = f"，有效期至 {day(row.valid_until)}" if row.valid_until else ""
            messages.success(request, f"谢谢，“{row.title[:40]}”继续展示{until}。")
        else:
            messages.success(request, f"“{row.title[:40]}”现在是“{row.get_status_display()}”，不再展示。")
        return redirect("freshness:still", token=token)
    pulses = {(one.kind, one.record_id): one for one in question.pulses.all()}
    rows = []
    for one in listings_of(question):
        pulse = pulses[one.KIND, one.pk]
        rows.append(
            {
                "one": one,
                "noun": noun_of(one.KIND),
                "silence": silence_of(one),
                "is_open": one.status == Status.PUBLISHED,
                "is_answered": bool(pulse.alive_at and pulse.asked_at and pulse.alive_at > pulse.asked_at),
            }
        )
    return render(request, "freshness/still.html", {"rows": rows})
