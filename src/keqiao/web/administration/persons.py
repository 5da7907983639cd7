"""Persons: namesakes side by side, merged or split with a reason."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from keqiao.core.errors import BadInput
from keqiao.core.masks import mask_phone
from keqiao.people import actions
from keqiao.people.doors import person_for
from keqiao.people.enums import Act
from keqiao.people.models import Person
from keqiao.web.administration.forms import PersonMergeForm, ReasonForm
from keqiao.web.administration.permits import permit
from keqiao.web.people.forms import show_refusal
from keqiao.web.people.signin import me
from keqiao.web.rendering import paginate, render_part


def _units(person: Person) -> str:
    return (
        "、".join(a.organisation.name for a in person.affiliations.all() if a.ended_on is None) or "单位不详"
    )


@require_GET
@permit(Act.APPROVE_ORGANISATION)
def person_list(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "")[:60]
    found = Person.objects.current().matching(text).prefetch_related("affiliations__organisation")
    page = paginate(found.order_by("name", "pk"), request)
    rows = [
        {
            "cells": [
                {"text": one.name, "href": reverse("administration:person-detail", args=[one.public_id])},
                _units(one),
                mask_phone(one.phone),
                "有" if one.identity_hash else "无",
            ]
        }
        for one in page
    ]
    columns = [{"label": "姓名", "main": True}, {"label": "单位"}, {"label": "电话"}, {"label": "证件核对"}]
    context = {"page": page, "q": text, "table": {"caption": "人员", "columns": columns, "rows": rows}}
    return render_part(request, "administration/person_list.html", "results", context)


def _namesakes(person: Person) -> list[Person]:
    others = Person.objects.current().filter(name=person.name).exclude(pk=person.pk)
    return list(others.prefetch_related("affiliations__organisation").order_by("pk")[:50])


def _choices(namesakes: list[Person]) -> list[tuple[str, str]]:
    return [(str(one.public_id), f"{one.name}（{_units(one)}）") for one in namesakes]


def _page(request: HttpRequest, person: Person, status: int = 200, **forms: Any) -> HttpResponse:
    namesakes = _namesakes(person)
    context = {
        "person": person,
        "units": _units(person),
        "phone": mask_phone(person.phone),
        "merged": person.merged_from.all(),
        "namesakes": namesakes,
        "merge_form": PersonMergeForm(choices=_choices(namesakes)),
        "split_form": ReasonForm(),
        **forms,
    }
    return render(request, "administration/person_detail.html", context, status=status)


@require_GET
@permit(Act.APPROVE_ORGANISATION)
def person_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    return _page(request, person_for(me(request), public_id))


@require_POST
@permit(Act.APPROVE_ORGANISATION)
def person_merge(request: HttpRequest, public_id: UUID) -> HttpResponse:
    person = person_for(me(request), public_id)
    form = PersonMergeForm(request.POST, choices=_choices(_namesakes(person)))
    if form.is_valid():
        loser = person_for(me(request), form.cleaned_data["loser"])
        try:
            actions.merge_persons(
                winner=person, loser=loser, reason=form.cleaned_data["reason"], by=me(request)
            )
        except BadInput as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, f"两位“{person.name}”已认定为同一人。弄错了可以随时拆分。")
            return redirect("administration:person-detail", person.public_id)
    return _page(request, person, status=422, merge_form=form)


@require_POST
@permit(Act.APPROVE_ORGANISATION)
def person_split(request: HttpRequest, public_id: UUID) -> HttpResponse:
    person, form = person_for(me(request), public_id), ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, person, status=422, split_form=form)
    actions.split_person(person=person, reason=form.cleaned_data["reason"], by=me(request))
    messages.success(request, f"“{person.name}”已拆分为独立的一人。")
    return redirect("administration:person-detail", person.public_id)
