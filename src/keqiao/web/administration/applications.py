"""Applications of units: the officer's queue, one page each, two decisions."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from keqiao.core import audit
from keqiao.people import actions
from keqiao.people.doors import application_for
from keqiao.people.enums import Act
from keqiao.people.models import ApplicationStatus, Organisation, OrganisationApplication
from keqiao.web.administration.forms import NoteForm, ReasonForm
from keqiao.web.administration.permits import permit
from keqiao.web.people.places import place_name
from keqiao.web.people.signin import me
from keqiao.web.rendering import paginate, render_part

TONES = {
    ApplicationStatus.WAITING: "amber",
    ApplicationStatus.APPROVED: "green",
    ApplicationStatus.RETURNED: "red",
}


@require_GET
@permit(Act.APPROVE_ORGANISATION)
def application_list(request: HttpRequest) -> HttpResponse:
    """Waiting ones first, oldest first; decided ones by ?status=."""
    mine = OrganisationApplication.objects.for_officer(me(request))
    wanted = request.GET.get("status", ApplicationStatus.WAITING)
    wanted = wanted if wanted in ApplicationStatus.values else ApplicationStatus.WAITING
    order = "created_at" if wanted == ApplicationStatus.WAITING else "-decided_at"
    page = paginate(mine.filter(status=wanted).order_by(order), request)
    rows = [
        {
            "cells": [
                {
                    "text": one.name,
                    "href": reverse("administration:application-detail", args=[one.public_id]),
                    "warn": one.uscc_warning,
                },
                one.get_kind_display(),
                place_name(one.division_code),
                one.created_at.strftime("%Y-%m-%d"),
            ]
        }
        for one in page
    ]
    context = {
        "page": page,
        "table": {
            "caption": "单位注册申请",
            "columns": [
                {"label": "单位", "main": True},
                {"label": "类型"},
                {"label": "所在地"},
                {"label": "提交"},
            ],
            "rows": rows,
        },
        "tabs": [
            {
                "label": label,
                "href": f"?status={value}",
                "count": mine.filter(status=value).count(),
                "current": value == wanted,
            }
            for value, label in ApplicationStatus.choices
        ],
    }
    return render_part(request, "administration/application_list.html", "results", context)


def _page(
    request: HttpRequest, application: OrganisationApplication, status: int = 200, **forms: object
) -> HttpResponse:
    same_code = Organisation.objects.filter(uscc=application.uscc).select_related("merged_into")
    same_name = Organisation.objects.current().bearing(application.name).exclude(uscc=application.uscc)
    context = {
        "application": application,
        "place": place_name(application.division_code),
        "tone": TONES[ApplicationStatus(application.status)],
        "same_code": same_code,
        "same_name": same_name,
        "note_form": NoteForm(),
        "reason_form": ReasonForm(),
        **forms,
    }
    return render(request, "administration/application_detail.html", context, status=status)


@require_GET
@permit(Act.APPROVE_ORGANISATION)
def application_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Shows the contact in clear: the officer has to ring. That it was seen is on record."""
    application = application_for(me(request), public_id)
    audit.record("application.contact_seen", by=me(request), target=application)
    return _page(request, application)


@require_POST
@permit(Act.APPROVE_ORGANISATION)
def application_approve(request: HttpRequest, public_id: UUID) -> HttpResponse:
    application = application_for(me(request), public_id)
    form = NoteForm(request.POST)
    note = form.cleaned_data["note"] if form.is_valid() else ""
    user = actions.approve_application(application=application, by=me(request), note=note)
    messages.success(request, f"已通过“{application.name}”，账号“{user.username}”可以登录。")
    return redirect("administration:application-list")


@require_POST
@permit(Act.APPROVE_ORGANISATION)
def application_return(request: HttpRequest, public_id: UUID) -> HttpResponse:
    application = application_for(me(request), public_id)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, application, status=422, reason_form=form)
    actions.return_application(application=application, reason=form.cleaned_data["reason"], by=me(request))
    messages.success(request, f"已退回“{application.name}”，申请人凭查询地址能看到原因。")
    return redirect("administration:application-list")
