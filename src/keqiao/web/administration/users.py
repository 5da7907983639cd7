"""Accounts: made and disabled by the system administrator, reset by the security administrator or an officer."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from keqiao.core.errors import BadInput
from keqiao.core.masks import mask_email, mask_phone
from keqiao.people import actions
from keqiao.people.access import acts_of
from keqiao.people.accounts import ResetToken
from keqiao.people.doors import user_for
from keqiao.people.enums import Act, Role
from keqiao.people.models import User
from keqiao.people.signin import confirmed_factor, locked_for
from keqiao.web.administration.forms import AdminChangeForm, GrantForm, ReasonForm, UserForm
from keqiao.web.administration.permits import permit
from keqiao.web.people.forms import show_refusal
from keqiao.web.people.places import place_name
from keqiao.web.people.signin import me
from keqiao.web.rendering import paginate, render_part

KEEPERS = (Act.CREATE_ACCOUNT, Act.GRANT_ROLE, Act.APPROVE_ORGANISATION)


def _state(user: User) -> dict[str, str]:
    if not user.is_active:
        return {"chip": user.get_disabled_reason_display() or "停用", "tone": "plain"}
    if user.expires_on and user.expires_on < timezone.localdate():
        return {"chip": "已过期", "tone": "red"}
    return {"chip": "正常", "tone": "green"}


@require_GET
@permit(*KEEPERS)
def user_list(request: HttpRequest) -> HttpResponse:
    text, role = request.GET.get("q", "")[:60], request.GET.get("role", "")
    found = User.objects.manageable_by(me(request)).matching(text).select_related("organisation")
    if role in Role.values:
        today = timezone.localdate()
        found = (
            found.filter(grants__role=role, grants__revoked_at=None)
            .exclude(grants__valid_until__lt=today)
            .distinct()
        )
    page = paginate(found.order_by("username").prefetch_related("grants"), request)
    rows = [
        {
            "cells": [
                {
                    "text": user.username,
                    "href": reverse("administration:user-detail", args=[user.public_id]),
                    "sub": user.name,
                },
                user.unit_name,
                "、".join(
                    dict.fromkeys(g.get_role_display() for g in user.grants.all() if g.revoked_at is None)
                )
                or "无角色",
                user.last_seen_at.strftime("%Y-%m-%d") if user.last_seen_at else "从未登录",
                _state(user),
            ]
        }
        for user in page
    ]
    columns = [
        {"label": "账号", "main": True},
        {"label": "单位"},
        {"label": "角色"},
        {"label": "最近使用"},
        {"label": "状态"},
    ]
    context = {
        "page": page,
        "q": text,
        "role": role,
        "roles": Role.choices,
        "table": {"caption": "账号", "columns": columns, "rows": rows},
        "may_create": Act.CREATE_ACCOUNT in acts_of(me(request)),
    }
    return render_part(request, "administration/user_list.html", "results", context)


@never_cache
@require_http_methods(["GET", "POST"])
@permit(Act.CREATE_ACCOUNT)
def user_create(request: HttpRequest) -> HttpResponse:
    """The first password is shown in this answer and never again."""
    form = UserForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            user, password = actions.create_account(by=me(request), **form.cleaned_data)
        except BadInput as refusal:
            show_refusal(form, refusal)
        else:
            return render(request, "administration/user_created.html", {"person": user, "password": password})
    return render(
        request, "administration/user_create.html", {"form": form}, status=422 if form.errors else 200
    )


def user_page(request: HttpRequest, user: User, status: int = 200, **more: Any) -> HttpResponse:
    """One account with what this administrator may do to it."""
    acts = acts_of(me(request))
    grants = [
        {
            "pk": grant.pk,
            "role": grant.get_role_display(),
            "where": grant.organisation.name
            if grant.organisation
            else place_name(grant.division_prefix) or "全市",
            "until": grant.valid_until,
            "is_admin": grant.role in ("system_admin", "security_admin", "audit_admin"),
        }
        for grant in user.current_grants
    ]
    left = locked_for(user.username, "")
    context = {
        "person": user,
        "phone": mask_phone(user.phone),
        "email": mask_email(user.email) if user.email else "",
        "state": _state(user),
        "grants": grants,
        "has_factor": confirmed_factor(user) is not None,
        "locked_minutes": -(-int(left.total_seconds()) // 60) if left else 0,
        "may_disable": Act.CREATE_ACCOUNT in acts,
        "may_grant": Act.GRANT_ROLE in acts,
        "may_reset": bool(acts & {Act.GRANT_ROLE, Act.APPROVE_ORGANISATION}),
        "may_unlock": Act.UNLOCK in acts,
        "grant_form": GrantForm(),
        "change_form": AdminChangeForm(),
        "reason_form": ReasonForm(),
        "waiting": user.admin_changes.filter(status="waiting"),
        **more,
    }
    return render(request, "administration/user_detail.html", context, status=status)


@require_GET
@permit(*KEEPERS)
def user_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    return user_page(request, user_for(me(request), public_id))


@require_POST
@permit(Act.CREATE_ACCOUNT)
def user_disable(request: HttpRequest, public_id: UUID) -> HttpResponse:
    user, form = user_for(me(request), public_id), ReasonForm(request.POST)
    if not form.is_valid():
        return user_page(request, user, status=422, reason_form=form)
    actions.disable_account(user=user, reason=form.cleaned_data["reason"], by=me(request))
    messages.success(request, f"账号“{user.username}”已停用，正在进行的登录已退出。")
    return redirect("administration:user-detail", user.public_id)


@require_POST
@permit(Act.CREATE_ACCOUNT)
def user_enable(request: HttpRequest, public_id: UUID) -> HttpResponse:
    user = user_for(me(request), public_id)
    actions.enable_account(user=user, by=me(request))
    messages.success(request, f"账号“{user.username}”已启用。")
    return redirect("administration:user-detail", user.public_id)


@never_cache
@require_POST
@permit(Act.GRANT_ROLE, Act.APPROVE_ORGANISATION)
def user_reset(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The link is shown in this answer, for the officer to hand over, and mailed when there is an address."""
    user = user_for(me(request), public_id)

    def address_of(token: ResetToken) -> str:
        return request.build_absolute_uri(reverse("people:password-reset", args=[token.uid, token.token]))

    link = actions.issue_reset(user=user, by=me(request), address_of=address_of)
    return user_page(request, User.objects.get(pk=user.pk), link=link)


@require_POST
@permit(Act.UNLOCK)
def user_factor_reset(request: HttpRequest, public_id: UUID) -> HttpResponse:
    user, form = user_for(me(request), public_id), ReasonForm(request.POST)
    if not form.is_valid():
        return user_page(request, user, status=422, reason_form=form)
    actions.remove_second_factor(user=user, by=me(request), reason=form.cleaned_data["reason"])
    messages.success(request, f"“{user.username}”的第二因素已重置，登录已退出，下次登录后须重新启用。")
    return redirect("administration:user-detail", user.public_id)
