"""我的信息: know, copy, correct, delete (个人信息保护法 44-48条)."""

import json
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from keqiao.core import audit
from keqiao.core.errors import BadInput
from keqiao.core.models import AuditEntry, AuditLevel
from keqiao.people import actions, notice
from keqiao.people.doors import session_for
from keqiao.people.models import User
from keqiao.people.passwords import password_lasts_until
from keqiao.people.signin import confirmed_factor
from keqiao.registry.kinds import KINDS
from keqiao.web.people.forms import CloseForm, ContactForm, show_refusal
from keqiao.web.people.places import place_name
from keqiao.web.people.signin import me

MAX_TRAIL = 1000


@require_GET
def account(request: HttpRequest) -> HttpResponse:
    user = me(request)
    grants = [
        {
            "role": grant.get_role_display(),
            "where": grant.organisation.name
            if grant.organisation
            else place_name(grant.division_prefix) or "全市",
            "until": grant.valid_until,
        }
        for grant in user.current_grants
    ]
    context = {
        "person": user,
        "grants": grants,
        "sessions": user.sessions.all(),
        "session_key": request.session.session_key,
        "factor": confirmed_factor(user),
        "is_factor_forced": settings.SECURITY_LEVEL >= 3 and user.is_desk_user,
        "password_until": password_lasts_until(user, is_staff=user.is_desk_user),
        "consents": user.consents.all(),
    }
    return render(request, "people/account.html", context)


@require_http_methods(["GET", "POST"])
def account_edit(request: HttpRequest) -> HttpResponse:
    user = me(request)
    form = ContactForm(
        request.POST if request.method == "POST" else None,
        initial={"name": user.name, "phone": user.phone, "email": user.email},
    )
    if form.is_valid():
        try:
            actions.correct_account(by=user, **form.cleaned_data)
        except BadInput as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, "您的信息已更正。")
            return redirect("people:account")
    return render(request, "people/account_edit.html", {"form": form}, status=422 if form.errors else 200)


def own_data(user: User) -> dict[str, Any]:
    """Everything that is kept about this person under this account, in Chinese, as plain JSON values."""
    trail = AuditEntry.objects.filter(actor_id=user.pk).order_by("-seq")[:MAX_TRAIL]
    return {
        "账号": {
            "用户名": user.username,
            "姓名": user.name,
            "手机": user.phone,
            "邮箱": user.email,
            "单位": user.unit_name,
            "建立时间": user.created_at,
            "最近使用": user.last_seen_at,
        },
        "角色": [
            {
                "角色": g.get_role_display(),
                "辖区": g.division_prefix,
                "单位": str(g.organisation or ""),
                "授予时间": g.granted_at,
            }
            for g in user.grants.select_related("organisation")
        ],
        "同意记录": [
            {
                "场景": c.scene,
                "版本": c.notice_version,
                "摘要": c.text_sha256,
                "同意时间": c.agreed_at,
                "撤回时间": c.withdrawn_at,
            }
            for c in user.consents.all()
        ],
        "登录会话": [
            {"登录时间": s.started_at, "最近操作": s.seen_at, "地址": s.ip, "客户端": s.user_agent}
            for s in user.sessions.all()
        ],
        "填报": [
            {"类别": kind.label, "编号": number, "名称": title}
            for kind in KINDS.values()
            for number, title in kind.model._default_manager.filter(created_by=user).values_list(
                "number", "title"
            )[:MAX_TRAIL]
        ],
        "操作记录": [
            {"时间": e.at, "事件": e.action, "对象": e.object_title, "地址": e.ip, "成功": e.is_success}
            for e in trail
        ],
    }


@require_GET
def account_export(request: HttpRequest) -> HttpResponse:
    """A copy of the own data as a JSON file."""
    user = me(request)
    text = json.dumps(own_data(user), ensure_ascii=False, indent=2, default=str)
    audit.record("account.exported", by=user, target=user, level=AuditLevel.IMPORTANT)
    response = HttpResponse(text, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = (
        f'attachment; filename="keqiao-{user.username}-{timezone.localdate():%Y%m%d}.json"'
    )
    return response


@require_POST
def session_end(request: HttpRequest, public_id: UUID) -> HttpResponse:
    user = me(request)
    actions.end_session(session=session_for(user, public_id), by=user)
    messages.success(request, "那一处的登录已退出。")
    return redirect("people:account")


@require_POST
def consent_withdraw(request: HttpRequest) -> HttpResponse:
    actions.withdraw_consent(by=me(request))
    request.session["consent_due"] = not me(request).is_desk_user
    messages.success(
        request, f"已撤回对告知书（{notice.VERSION}）的同意。不再同意就不能继续使用账号，您可以注销账号。"
    )
    return redirect("people:consent" if request.session["consent_due"] else "people:account")


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def account_close(request: HttpRequest) -> HttpResponse:
    user = me(request)
    form = CloseForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        if user.check_password(form.cleaned_data["password"]):
            actions.close_account(by=user)
            logout(request)
            messages.success(request, "账号已注销，个人信息已删除。感谢使用。")
            return redirect("people:sign-in")
        form.add_error("password", "密码不对，账号没有注销。")
    return render(request, "people/account_close.html", {"form": form}, status=422 if form.errors else 200)
