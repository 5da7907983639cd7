"""Roles: what each may do, giving and taking them, and the second person for administrators."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from keqiao.core.errors import BadInput, NotFound
from keqiao.people import actions
from keqiao.people.access import GRANTS
from keqiao.people.doors import admin_change_for, grant_for, user_for
from keqiao.people.enums import MEMBERS, OFFICERS, THREE_ADMINS, Act, Role
from keqiao.people.models import AdminChange, ChangeStatus, RoleGrant
from keqiao.web.administration.forms import AdminChangeForm, GrantForm, NoteForm, ReasonForm
from keqiao.web.administration.permits import permit
from keqiao.web.administration.users import user_page
from keqiao.web.people.forms import show_refusal
from keqiao.web.people.signin import me
from keqiao.web.rendering import paginate


def _reach(role: str) -> str:
    if role in MEMBERS:
        return "本单位，加公开内容"
    if role in OFFICERS or role in (Role.REGISTRAR, Role.AUDITOR):
        return "授权的辖区"
    return "不看业务内容"


@require_GET
@permit(Act.CREATE_ACCOUNT, Act.GRANT_ROLE, Act.READ_AUDIT)
def role_list(request: HttpRequest) -> HttpResponse:
    """What each role may do, read from the very table that decides it."""
    in_force = RoleGrant.objects.in_force_on(timezone.localdate()).filter(user__is_active=True)
    rows = [
        {
            "cells": [
                {"text": str(Role(role).label), "sub": "三员，须双人复核" if role in THREE_ADMINS else ""},
                "、".join(str(act.label) for act in Act if act in acts),
                _reach(role),
                in_force.filter(role=role).values("user").distinct().count(),
            ]
        }
        for role, acts in GRANTS.items()
    ]
    columns = [
        {"label": "角色", "main": True},
        {"label": "可以办理"},
        {"label": "范围"},
        {"label": "人数", "num": True},
    ]
    return render(
        request,
        "administration/role_list.html",
        {"table": {"caption": "角色与权限", "columns": columns, "rows": rows}},
    )


@require_POST
@permit(Act.GRANT_ROLE)
def role_grant(request: HttpRequest, public_id: UUID) -> HttpResponse:
    user, form = user_for(me(request), public_id), GrantForm(request.POST)
    if form.is_valid():
        facts = form.cleaned_data
        try:
            actions.grant_role(
                user=user,
                role=facts["role"],
                by=me(request),
                division_prefix="" if facts["role"] in MEMBERS else facts["division"],
                organisation=facts["organisation"] if facts["role"] in MEMBERS else None,
                valid_until=facts["valid_until"],
            )
        except BadInput as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, f"已授予“{user.display_name}”{Role(facts['role']).label}。")
            return redirect("administration:user-detail", user.public_id)
    return user_page(request, user, status=422, grant_form=form)


@require_POST
@permit(Act.GRANT_ROLE)
def role_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    grant, form = grant_for(me(request), pk), ReasonForm(request.POST)
    if not form.is_valid():
        return user_page(request, grant.user, status=422, reason_form=form)
    actions.revoke_role(grant=grant, reason=form.cleaned_data["reason"], by=me(request))
    messages.success(request, f"已收回“{grant.user.display_name}”的{grant.get_role_display()}。")
    return redirect("administration:user-detail", grant.user.public_id)


@require_POST
@permit(Act.GRANT_ROLE)
def admin_change_request(request: HttpRequest, public_id: UUID) -> HttpResponse:
    user, form = user_for(me(request), public_id), AdminChangeForm(request.POST)
    if form.is_valid():
        try:
            actions.request_admin_change(user=user, by=me(request), **form.cleaned_data)
        except BadInput as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, "申请已提交，须由另一名管理员复核后生效。")
            return redirect("administration:admin-change-list")
    return user_page(request, user, status=422, change_form=form)


@require_GET
def admin_change_list(request: HttpRequest) -> HttpResponse:
    user = me(request)
    if not user.is_administrator:
        raise NotFound("管理员变更申请")
    page = paginate(AdminChange.objects.select_related("user", "requested_by", "decided_by"), request)
    changes = [
        {
            "change": change,
            "role": Role(change.role).label,
            "may_decide": change.status == ChangeStatus.WAITING
            and user.pk not in (change.requested_by_id, change.user_id),
        }
        for change in page
    ]
    return render(request, "administration/admin_change_list.html", {"changes": changes, "page": page})


@require_POST
def admin_change_decide(request: HttpRequest, public_id: UUID) -> HttpResponse:
    change = admin_change_for(me(request), public_id)
    form = NoteForm(request.POST)
    note = form.cleaned_data["note"] if form.is_valid() else ""
    agree = request.POST.get("verdict") == "agree"
    actions.decide_admin_change(change=change, agree=agree, note=note, by=me(request))
    messages.success(request, "已复核同意，变更生效。" if agree else "已复核不同意，变更不生效。")
    return redirect("administration:admin-change-list")
