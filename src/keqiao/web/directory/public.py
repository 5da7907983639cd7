"""What anybody may read: the issues, one of them, on paper and as files."""

from io import BytesIO
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from keqiao.core.audit import record
from keqiao.directory.actions import directory_for, readable
from keqiao.directory.document import write_document
from keqiao.directory.models import Directory
from keqiao.directory.spreadsheet import write_directory
from keqiao.people.access import acts_of
from keqiao.people.enums import Act
from keqiao.web.intake.receiving import disposition, spreadsheet
from keqiao.web.rendering import paginate, render_part

_PER_PAGE = 50
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def _crumbs(*more: str) -> list[dict[str, Any]]:
    home = {"label": "首页", "href": reverse("market:home")}
    hall = {"label": "双向清单", "href": reverse("directory:directory-list")}
    return [home, hall, *({"label": label} for label in more)]


@login_not_required
@require_GET
def directory_list(request: HttpRequest) -> HttpResponse:
    """Every issue in force, newest first."""
    page = paginate(Directory.objects.in_force().defer("snapshot"), request)
    may_publish = Act.PUBLISH_LIST in acts_of(request.user)
    context = {"crumbs": _crumbs(), "page": page, "may_publish": may_publish}
    return render(request, "directory/list.html", context)


@login_not_required
@require_GET
def directory_detail(request: HttpRequest, public_id: str) -> HttpResponse:
    """One side of an issue at a time. A withdrawn issue shows when and why, and nothing else."""
    directory = directory_for(public_id)
    if directory.is_withdrawn:
        return render(
            request,
            "directory/withdrawn.html",
            {"crumbs": _crumbs(directory.number), "directory": directory},
            status=410,
        )
    side = request.GET.get("side", "")
    if side not in ("demand", "achievement"):
        side = "demand" if directory.demand_count else "achievement"
    lines = directory.demands if side == "demand" else directory.achievements
    page = paginate(lines, request, per_page=_PER_PAGE)
    context = {
        "crumbs": _crumbs(directory.number),
        "directory": directory,
        "side": side,
        "page": page,
        "offset": page.start_index(),
        "url": request.build_absolute_uri(reverse("directory:directory-detail", args=[directory.public_id])),
        "tabs": _tabs(directory, side),
    }
    return render_part(request, "directory/detail.html", "lines", context)


def _tabs(directory: Directory, side: str) -> list[dict[str, Any]]:
    both = (
        ("demand", "技术需求", directory.demand_count),
        ("achievement", "科技成果", directory.achievement_count),
    )
    return [
        {"label": label, "href": f"?side={key}", "count": count, "current": key == side}
        for key, label, count in both
        if count
    ]


@login_not_required
@require_GET
def directory_print(request: HttpRequest, public_id: str) -> HttpResponse:
    """The whole issue on one page, for the printer."""
    directory = readable(public_id)
    url = request.build_absolute_uri(reverse("directory:directory-detail", args=[directory.public_id]))
    context = {
        "crumbs": _crumbs(directory.number),
        "directory": directory,
        "url": url,
        "printed": timezone.now(),
    }
    return render(request, "directory/print.html", context)


@login_not_required
@require_GET
def directory_xlsx(request: HttpRequest, public_id: str) -> HttpResponse:
    """The issue as .xlsx."""
    directory, out = readable(public_id), BytesIO()
    write_directory(directory, out)
    _note(request, directory, "xlsx")
    return spreadsheet(out.getvalue(), f"{directory.number} {directory.title}.xlsx")


@login_not_required
@require_GET
def directory_docx(request: HttpRequest, public_id: str) -> HttpResponse:
    """The issue as .docx."""
    directory, out = readable(public_id), BytesIO()
    write_document(directory, out)
    _note(request, directory, "docx")
    response = HttpResponse(out.getvalue(), content_type=_DOCX)
    response["Content-Disposition"] = disposition(f"{directory.number} {directory.title}.docx")
    return response


def _note(request: HttpRequest, directory: Directory, form: str) -> None:
    """A signed-in person's download goes into the trail; strangers take public data and leave none."""
    if request.user.is_authenticated:
        record("directory.exported", by=request.user, target=directory, reason=form)
