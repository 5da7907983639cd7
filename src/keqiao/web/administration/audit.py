"""The audit trail on the screen: filtered, exported, verified. Reading it is itself on record."""

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from keqiao.core import audit, trail
from keqiao.core.errors import NotFound
from keqiao.core.models import AuditEntry, AuditLevel
from keqiao.people.access import acts_of
from keqiao.people.enums import Act
from keqiao.people.models import User
from keqiao.web.administration.events import event_name
from keqiao.web.administration.forms import AuditForm, ExportForm
from keqiao.web.administration.permits import permit
from keqiao.web.people.signin import me
from keqiao.web.rendering import paginate, render_part

TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson; charset=utf-8",
}
TONES = {AuditLevel.NORMAL: "plain", AuditLevel.IMPORTANT: "amber", AuditLevel.CRITICAL: "red"}
# The security administrator's own domain; the whole trail is the audit administrator's
SECURITY_DOMAIN = (
    "account.", "role.", "admin_change.", "password.", "factor.", "signin.", "session.", "permission.", "audit.",
)  # fmt: skip


def visible_entries(user: User, query: trail.TrailQuery) -> QuerySet[AuditEntry]:
    """Everything for the audit administrator; for the security administrator accounts, roles, sign-ins, and what
    the audit administrator did."""
    found = trail.entries(query)
    if Act.EXPORT_AUDIT in acts_of(user):
        return found
    domain = Q(pk__in=[])
    for prefix in SECURITY_DOMAIN:
        domain |= Q(action__startswith=prefix)
    return found.filter(domain)


def _event_details(entry: AuditEntry) -> str:
    """The code that one can search for, and the reason."""
    return f"{entry.action}　{entry.reason}".strip()


@require_GET
@permit(Act.READ_AUDIT)
def audit_list(request: HttpRequest) -> HttpResponse:
    form = AuditForm(request.GET or None)
    page = paginate(visible_entries(me(request), form.to_query()), request, per_page=50)
    rows = [
        {
            "cells": [
                {"text": str(one.seq), "href": reverse("administration:audit-detail", args=[one.seq])},
                timezone.localtime(one.at).strftime("%Y-%m-%d %H:%M:%S"),
                {"text": one.actor_name, "sub": one.actor_roles},
                {
                    "text": event_name(one.action),
                    "sub": _event_details(one),
                    **({} if one.is_success else {"bad": "失败"}),
                },
                {"text": one.object_title, "sub": one.object_kind},
                one.ip,
                {"chip": one.get_level_display(), "tone": TONES[AuditLevel(one.level)]},
            ]
        }
        for one in page
    ]
    labels = ("序号", "时间", "用户", "事件", "对象", "地址", "级别")
    context = {
        "form": form,
        "page": page,
        "table": {
            "caption": "审计记录",
            "columns": [{"label": label, "nowrap": label == "时间"} for label in labels],
            "rows": rows,
        },
        "last_check": AuditEntry.objects.filter(action="audit.verified").first(),
        "may_export": Act.EXPORT_AUDIT in acts_of(me(request)),
        "formats": trail.FORMATS,
    }
    audit.record(
        "audit.read", by=me(request), reason=request.META.get("QUERY_STRING", ""), row_count=len(rows)
    )
    return render_part(request, "administration/audit_list.html", "results", context)


@require_GET
@permit(Act.READ_AUDIT)
def audit_detail(request: HttpRequest, seq: int) -> HttpResponse:
    entry = visible_entries(me(request), trail.TrailQuery()).filter(seq=seq).first()
    if entry is None:
        raise NotFound("审计记录", seq)
    changes = [
        {"label": label, "old": value[0], "new": value[1]}
        if isinstance(value, list) and len(value) == 2
        else {"label": label, "old": "", "new": value}
        for label, value in entry.changes.items()
    ]
    return render(
        request,
        "administration/audit_detail.html",
        {"entry": entry, "event": event_name(entry.action), "changes": changes},
    )


@require_POST
@permit(Act.EXPORT_AUDIT)
def audit_export(request: HttpRequest) -> HttpResponse:
    """The filtered trail as a file, oldest first, with its digest on record."""
    form = ExportForm(request.POST)
    if not form.is_valid():
        messages.error(
            request,
            "没有导出：" + " ".join(str(error) for errors in form.errors.values() for error in errors),
        )
        return redirect("administration:audit-list")
    kind = form.cleaned_data.pop("kind")
    query = trail.TrailQuery(**{name: value for name, value in form.cleaned_data.items() if value})
    content, count, digest = trail.as_bytes(visible_entries(me(request), query).order_by("seq"), kind)
    name = f"audit-{timezone.localtime():%Y%m%d-%H%M}.{kind}"
    audit.record(
        "audit.exported",
        by=me(request),
        row_count=count,
        file_name=name,
        file_sha256=digest,
        level=AuditLevel.IMPORTANT,
    )
    response = HttpResponse(content, content_type=TYPES[kind])
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_POST
@permit(Act.READ_AUDIT)
def audit_verify(request: HttpRequest) -> HttpResponse:
    """Walk the whole chain now."""
    report = audit.verify()
    audit.record(
        "audit.verified",
        by=me(request),
        is_success=report.holds,
        row_count=report.entries,
        reason="；".join(f"第 {seq} 条{what}" for seq, what in report.broken),
        level=AuditLevel.NORMAL if report.holds else AuditLevel.CRITICAL,
    )
    if report.holds:
        messages.success(request, f"摘要链完好：逐条核对了 {report.entries} 条。")
    else:
        broken = "；".join(f"第 {seq} 条{what}" for seq, what in report.broken)
        messages.error(request, f"摘要链有问题：{broken}。请保全数据库和备份，对照离线存档查明原因。")
    return redirect("administration:audit-list")
