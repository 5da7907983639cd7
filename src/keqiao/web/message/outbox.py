"""What goes out and what did not, for the system administrator, who has no business with contents: no subjects, no
texts, masked addresses."""

from uuid import UUID

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from keqiao.core.errors import NotFound
from keqiao.message import actions
from keqiao.message.kinds import kind_of
from keqiao.message.models import Message, MessageState
from keqiao.people.enums import Act
from keqiao.web.administration.permits import permit
from keqiao.web.people.signin import me
from keqiao.web.rendering import paginate


@require_GET
@permit(Act.SET_PARAMETERS)
def outbox(request: HttpRequest) -> HttpResponse:
    """The failed ones first to see; any state by its tab."""
    asked = request.GET.get("state", "")
    state = asked if asked in MessageState.values else MessageState.FAILED
    counts = dict(Message.objects.values_list("state").annotate(Count("pk")))
    page = paginate(
        Message.objects.filter(state=state).select_related("user").order_by("-queued_at", "-pk"), request
    )
    address = reverse("message:outbox")
    context = {
        "page": page,
        "rows": [
            {"one": one, "kind": kind_of(one.kind).label, "reader": actions.reader_of(one)} for one in page
        ],
        "may_retry": state == MessageState.FAILED,
        "tabs": [
            {"label": one.label, "href": f"{address}?state={one.value}", "count": counts.get(one.value, 0),
             "current": one.value == state}
            for one in (MessageState.FAILED, MessageState.QUEUED, MessageState.SENT, MessageState.SUPPRESSED)
        ],
    }  # fmt: skip
    return render(request, "message/outbox.html", context)


@require_POST
@permit(Act.SET_PARAMETERS)
def message_retry(request: HttpRequest, public_id: UUID) -> HttpResponse:
    message = Message.objects.filter(public_id=public_id).first()
    if message is None:
        raise NotFound("消息")
    actions.retry(message=message, by=me(request))
    messages.success(request, "已放回待发送，一分钟内再试。")
    return redirect("message:outbox")
