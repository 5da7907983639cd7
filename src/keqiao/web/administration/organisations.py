"""Units: found by any of their names, renamed, merged, put under a parent."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from keqiao.core.errors import BadInput
from keqiao.people import actions
from keqiao.people.access import scope_of
from keqiao.people.doors import organisation_for
from keqiao.people.enums import Act, OrganisationKind
from keqiao.people.models import Organisation
from keqiao.web.administration.forms import IdentityForm, MergeForm, ParentForm, RenameForm
from keqiao.web.administration.permits import permit
from keqiao.web.people.forms import show_refusal
from keqiao.web.people.places import place_name
from keqiao.web.people.signin import me
from keqiao.web.rendering import paginate, render_part


@require_GET
@permit(Act.APPROVE_ORGANISATION)
def organisation_list(request: HttpRequest) -> HttpResponse:
    text, kind = request.GET.get("q", "")[:60], request.GET.get("kind", "")
    found = Organisation.objects.current().in_area_of(scope_of(me(request))).matching(text)
    if kind in OrganisationKind.values:
        found = found.filter(kind=kind)
    page = paginate(found.order_by("name", "pk"), request)
    rows = [
        {
            "cells": [
                {
                    "text": one.name,
                    "href": reverse("administration:organisation-detail", args=[one.public_id]),
                    "warn": one.uscc_warning,
                },
                one.get_kind_display(),
                one.uscc or "无代码",
                place_name(one.division_code),
                {"chip": "已核实", "tone": "green"}
                if one.is_verified
                else {"chip": "未核实", "tone": "plain"},
            ]
        }
        for one in page
    ]
    columns = [
        {"label": "单位", "main": True},
        {"label": "类型"},
        {"label": "信用代码"},
        {"label": "所在地"},
        {"label": "核实"},
    ]
    context = {
        "page": page,
        "q": text,
        "kind": kind,
        "kinds": OrganisationKind.choices,
        "table": {"caption": "单位", "columns": columns, "rows": rows},
    }
    return render_part(request, "administration/organisation_list.html", "results", context)


def _page(request: HttpRequest, unit: Organisation, status: int = 200, **forms: Any) -> HttpResponse:
    place = place_name(unit.division_code)
    identity = {
        "kind": unit.kind,
        "uscc": unit.uscc,
        "division_code": place,
        "intro": unit.intro,
        "website": unit.website,
        "is_verified": unit.is_verified,
        "version": unit.version,
    }
    is_mine = unit.merged_into is None and scope_of(me(request)).covers(unit.division_code)
    context = {
        "organisation": unit,
        "place": place,
        "names": unit.names.order_by("-valid_to", "name"),
        "children": unit.children.filter(merged_into=None),
        "merged": unit.merged_from.all(),
        "namesakes": Organisation.objects.current().bearing(unit.name).exclude(pk=unit.pk),
        "is_mine": is_mine,
        "identity_form": IdentityForm(initial=identity),
        "rename_form": RenameForm(initial={"version": unit.version}),
        "merge_form": MergeForm(),
        "parent_form": ParentForm(initial={"parent": unit.parent.name if unit.parent else ""}),
        **forms,
    }
    return render(request, "administration/organisation_detail.html", context, status=status)


@require_http_methods(["GET", "POST"])
@permit(Act.APPROVE_ORGANISATION)
def organisation_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """GET shows the unit, POST corrects kind, code, place and introduction."""
    if request.method == "GET":
        return _page(request, organisation_for(me(request), public_id))
    unit, form = (
        organisation_for(me(request), public_id, Act.APPROVE_ORGANISATION),
        IdentityForm(request.POST),
    )
    if form.is_valid():
        try:
            actions.correct_organisation(
                organisation=unit,
                identity=form.to_identity(),
                by=me(request),
                version=form.cleaned_data["version"],
            )
        except BadInput as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, f"“{unit.name}”的资料已更正。")
            return redirect("administration:organisation-detail", unit.public_id)
    return _page(request, unit, status=422, identity_form=form)


@require_POST
@permit(Act.APPROVE_ORGANISATION)
def organisation_rename(request: HttpRequest, public_id: UUID) -> HttpResponse:
    unit, form = organisation_for(me(request), public_id, Act.APPROVE_ORGANISATION), RenameForm(request.POST)
    if form.is_valid():
        try:
            renamed = actions.rename_organisation(organisation=unit, by=me(request), **form.cleaned_data)
        except BadInput as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(
                request, f"已更名为“{renamed.name}”，原名“{unit.name}”作为曾用名保留，仍能查到。"
            )
            return redirect("administration:organisation-detail", unit.public_id)
    return _page(request, unit, status=422, rename_form=form)


@require_POST
@permit(Act.APPROVE_ORGANISATION)
def organisation_merge(request: HttpRequest, public_id: UUID) -> HttpResponse:
    unit, form = organisation_for(me(request), public_id, Act.APPROVE_ORGANISATION), MergeForm(request.POST)
    if form.is_valid() and form.cleaned_data["loser"] is not None:
        loser = organisation_for(me(request), form.cleaned_data["loser"].public_id, Act.APPROVE_ORGANISATION)
        try:
            moved = actions.merge_organisations(
                winner=unit, loser=loser, reason=form.cleaned_data["reason"], by=me(request)
            )
        except BadInput as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(
                request, f"“{loser.name}”已并入“{unit.name}”，转来 {sum(moved.values())} 条资料。"
            )
            return redirect("administration:organisation-detail", unit.public_id)
    return _page(request, unit, status=422, merge_form=form)


@require_POST
@permit(Act.APPROVE_ORGANISATION)
def organisation_parent(request: HttpRequest, public_id: UUID) -> HttpResponse:
    unit, form = organisation_for(me(request), public_id, Act.APPROVE_ORGANISATION), ParentForm(request.POST)
    if form.is_valid():
        try:
            actions.set_parent(organisation=unit, parent=form.cleaned_data["parent"], by=me(request))
        except BadInput as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, "上级单位已保存。")
            return redirect("administration:organisation-detail", unit.public_id)
    return _page(request, unit, status=422, parent_form=form)
