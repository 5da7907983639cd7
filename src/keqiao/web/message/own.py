"""The signed-in reader's own messages and wishes."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from keqiao.core.errors import KeqiaoError, NotFound
from keqiao.message import actions
from keqiao.message.kinds import KINDS, kind_of
from keqiao.message.models import Message, MessageOptOut
from keqiao.web.people.signin import me
from keqiao.web.rendering import paginate, render_part


@require_GET
def message_list(request: HttpRequest) -> HttpResponse:
    """Newest first; `?unread=1` and `?kind=` narrow."""
    own = Message.objects.of_user(me(request))
    unread, kind = request.GET.get("unread") == "1", request.GET.get("kind", "")
    rows = own.unread() if unread else own
    if kind in KINDS:
        rows = rows.filter(kind=kind) if "." in kind else rows.filter(kind__startswith=kind)
    page = paginate(rows.order_by("-queued_at", "-pk"), request)
    address = reverse("message:message-list")
    waiting = own.unread().count()
    context = {
        "page": page,
        "rows": [{"one": one, "kind": kind_of(one.kind).label} for one in page],
        "waiting": waiting,
        "is_filtered": unread or bool(kind),
        "tabs": [
            {"label": "全部", "href": address, "count": None, "current": not unread},
            {"label": "未读", "href": f"{address}?unread=1", "count": waiting, "current": unread},
        ],
    }
    return render_part(request, "message/list.html", "results", context)


@require_GET
def message_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Opening it is reading it."""
    user = me(request)
    message = Message.objects.of_user(user).filter(public_id=public_id).first()
    if message is None:
        raise NotFound("消息")
    actions.mark_read(by=user, public_id=public_id)
    kind = kind_of(message.kind)
    return render(
        request,
        "message/detail.html",
        {
            "message": message,
            "kind": kind,
            "is_stopped": actions.is_opted_out(kind, user=user, address_hash=""),
            "crumbs": [
                {"label": "我的消息", "href": reverse("message:message-list")},
                {"label": message.subject},
            ],
        },
    )


@require_POST
def message_read_all(request: HttpRequest) -> HttpResponse:
    count = actions.mark_read(by=me(request))
    messages.success(request, f"{count} 条消息标为已读。" if count else "没有未读的消息。")
    return redirect("message:message-list")


@require_http_methods(["GET", "POST"])
def message_wishes(request: HttpRequest) -> HttpResponse:
    """What goes to the mailbox. Each kind is a box; a duty is ticked for good."""
    user = me(request)
    if request.method == "POST":
        wanted = set(request.POST.getlist("kind"))
        try:
            for kind in KINDS.values():
                if not kind.is_duty:
                    actions.choose(kind=kind.key, is_wanted=kind.key in wanted, by=user)
        except KeqiaoError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, "已保存。不发邮件的消息仍可在“我的消息”里看到。")
        return redirect("message:message-wishes")
    stopped = set(MessageOptOut.objects.filter(user=user).values_list("kind", flat=True))
    context = {
        "kinds": [{"kind": one, "is_wanted": one.key not in stopped} for one in KINDS.values()],
        "email": user.email,
        "crumbs": [{"label": "我的消息", "href": reverse("message:message-list")}, {"label": "接收设置"}],
    }
    return render(request, "message/wishes.html", context)
