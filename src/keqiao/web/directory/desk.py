"""The officers' side: compose, look at it, publish, withdraw."""

import logging
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from keqiao.core.errors import BadInput, KeqiaoError, NotFound
from keqiao.directory.actions import (
    carry_out,
    directory_for,
    prepare_directory,
    require_publisher,
    take_up,
    withdraw_directory,
)
from keqiao.directory.compose import Criteria, achievement_line, demand_line, select
from keqiao.directory.models import Directory, Preparation
from keqiao.web.directory.forms import ComposeForm, choice_of, first_choice
from keqiao.web.intake.jobs import spawn
from keqiao.web.people.signin import me
from keqiao.web.rendering import is_part_request, paginate, render_part

log = logging.getLogger(__name__)

AT_ONCE = 5  # demands; as many are matched while the request waits

_CRUMBS = [
    {"label": "工作台", "href": reverse_lazy("desk:inbox")},
    {"label": "双向清单", "href": reverse_lazy("directory:directory-manage")},
]
_LISTED, _MATCHED = 30, 5  # lines of each side that the preview shows; demands that it matches


@require_GET
def directory_manage(request: HttpRequest) -> HttpResponse:
    """Every issue, newest first, withdrawn ones too."""
    require_publisher(me(request))
    page = paginate(
        Directory.objects.select_related("published_by", "withdrawn_by").defer("snapshot"), request
    )
    lately = timezone.now() - timedelta(days=7)
    context = {
        "crumbs": [_CRUMBS[0], {"label": "双向清单"}],
        "page": page,
        "preparing": Preparation.objects.filter(directory=None, started_at__gte=lately).select_related("by"),
    }
    return render(request, "directory/manage.html", context)


@require_http_methods(["GET", "POST"])
def directory_compose(request: HttpRequest) -> HttpResponse:
    """GET with a choice: its preview. POST: published. The choice lives in the address, so it can be kept."""
    user = me(request)
    require_publisher(user)
    if request.method == "POST":
        form = ComposeForm(request.POST)
        if not form.is_valid():
            return _page(request, form, status=422)
        try:
            preparation = prepare_directory(criteria=form.to_criteria(), by=user)
        except BadInput as refusal:
            return _page(request, form, refusal, status=422)
        begin(preparation)
        return redirect("directory:directory-preparing", public_id=preparation.public_id)
    if not request.GET:
        return _page(
            request, ComposeForm(initial=first_choice()), preview=_preview(Criteria(**_plain_first()))
        )
    form = ComposeForm(request.GET)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        return _page(request, form, preview=_preview(form.to_criteria().checked()))
    except BadInput as refusal:
        return _page(request, form, refusal, status=422)


def _preparation(request: HttpRequest, public_id: UUID) -> Preparation:
    require_publisher(me(request))
    found = (
        Preparation.objects.select_related("by", "directory").defer("directory__snapshot")
        .filter(public_id=public_id).first()
    )  # fmt: skip
    if found is None:
        raise NotFound("清单编制")
    return found


@require_GET
def directory_preparing(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """How far it has come; published, the issue itself follows."""
    preparation = _preparation(request, public_id)
    directory = preparation.directory
    if directory is not None:
        messages.success(
            request,
            f"{directory.number} 已发布：需求 {directory.demand_count} 项，成果 {directory.achievement_count} 项，"
            f"匹配 {directory.match_count} 对。任何人都可以查看和下载。",
        )
        address = reverse("directory:directory-detail", args=[directory.public_id])
        return HttpResponseClientRedirect(address) if is_part_request(request) else redirect(address)
    done, total = preparation.done, preparation.total
    is_stopped = preparation.is_stopped_at(timezone.now())
    context = {
        "crumbs": [*_CRUMBS, {"label": "正在发布"}],
        "preparation": preparation,
        "title": preparation.criteria.get("title", ""),
        "is_stopped": is_stopped,
        "progress": {
            "label": "发布中断" if is_stopped else "正在为每项需求找匹配的成果",
            "done": done,
            "total": total,
            "percent": min(99, done * 100 // total) if total else None,
            "note": "" if is_stopped else "算完后自动编号发布，可以离开本页。",
        },
    }
    return render_part(request, "directory/preparing.html", "progress", context)


@require_POST
def directory_resume(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """继续: one that stopped is computed again; nothing had been published."""
    preparation = _preparation(request, public_id)
    if preparation.is_stopped_at(timezone.now()):
        begin(preparation)
    return redirect("directory:directory-preparing", public_id=public_id)


def begin(preparation: Preparation) -> None:
    """Carry it out: a short one while the request waits, otherwise behind it."""

    def job() -> None:
        try:
            carry_out(Preparation.objects.select_related("by").get(pk=preparation.pk))
        except KeqiaoError:
            log.info("directory refused", extra={"preparation": preparation.pk})  # the page says why
        except Exception:
            log.exception("directory failed", extra={"preparation": preparation.pk})

    take_up(preparation)
    if preparation.total <= AT_ONCE:
        job()
    else:
        spawn(job)


def _plain_first() -> dict[str, Any]:
    return dict(first_choice())


def _preview(criteria: Criteria) -> dict[str, Any]:
    """The counts, the first lines of both sides, and the matches of the first few demands."""
    found = select(criteria, timezone.localdate())
    demands = [
        demand_line(one, criteria.top if at < _MATCHED else 0)
        for at, one in enumerate(found.demands[:_LISTED])
    ]
    return {
        "demand_count": len(found.demands),
        "achievement_count": len(found.achievements),
        "demands": demands,
        "achievements": [achievement_line(one) for one in found.achievements[:_LISTED]],
        "listed": _LISTED,
        "matched": _MATCHED if criteria.top else 0,
        "words": criteria.words(),
        "title": criteria.title,
        "choice": choice_of(criteria),
    }


def _page(
    request: HttpRequest,
    form: ComposeForm,
    refusal: BadInput | None = None,
    preview: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    if refusal is not None and refusal.field and form.is_bound:
        name = "fields_chosen" if refusal.field == "fields" else refusal.field
        form.add_error(name if name in form.fields else None, refusal.message)
    context = {
        "crumbs": [*_CRUMBS, {"label": "编一份清单"}],
        "form": form,
        "refusal": refusal if refusal is not None and not refusal.field else None,
        "preview": preview,
    }
    return render_part(request, "directory/compose.html", "preview", context, status=status)


@require_POST
def directory_withdraw(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take an issue back, with the reason."""
    user = me(request)
    require_publisher(user)
    directory = directory_for(public_id)
    try:
        withdraw_directory(directory=directory, reason=request.POST.get("reason", ""), by=user)
    except BadInput as refusal:
        messages.error(request, f"{directory.number} 没有撤回：{refusal.message}")
    else:
        messages.success(request, f"{directory.number} 已撤回，页面上只留下撤回说明。")
    return redirect("directory:directory-manage")
