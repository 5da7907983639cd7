"""One address a pair and side: answering, changing, undoing."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from keqiao.core.errors import BadInput
from keqiao.matching.masking import shown_title
from keqiao.people.access import scope_of
from keqiao.registry.records.access import record_for
from keqiao.registry.records.models import Record
from keqiao.verdict.access import require_speaker
from keqiao.verdict.actions import give_answer, read_advice, undo_answer
from keqiao.web.market.halls import detail_url
from keqiao.web.people.signin import me
from keqiao.web.rendering import is_part_request
from keqiao.web.verdict.blocks import block_of, own_answers


@require_POST
def answer(request: HttpRequest, kind: str, public_id: UUID, other_kind: str, other_id: UUID) -> HttpResponse:
    """`answer`: yes, undo, or the reason of a no."""
    user = me(request)
    source, target = record_for(user, kind, public_id), record_for(user, other_kind, other_id)
    speaker = require_speaker(user, source)
    given, text = request.POST.get("answer", ""), request.POST.get("text", "")
    refusal: BadInput | None = None
    try:
        if given == "undo":
            undo_answer(source=source, target=target, by=user)
        else:
            is_yes = given == "yes"
            give_answer(
                source=source,
                target=target,
                is_yes=is_yes,
                reason="" if is_yes else given,
                text=text,
                by=user,
            )
    except BadInput as error:
        refusal = error
    title = shown_title(target, scope_of(user))
    current = own_answers(source, target.KIND).get(target.pk)
    if not is_part_request(request):
        return _back(request, source, target, refusal, title, current.words if current else "")
    block = block_of(
        source, target, title, speaker, current,
        is_fresh=True, error=refusal.message if refusal else "", text=text if refusal else "",
    )  # fmt: skip
    return render(request, "verdict/_answer.html", {"v": block}, status=422 if refusal else 200)


def _back(
    request: HttpRequest, source: Record, target: Record, refusal: BadInput | None, title: str, words: str
) -> HttpResponse:
    """Without htmx: back to where the button was, with a word."""
    if refusal is not None:
        messages.error(request, f"“{title}”没有记下：{refusal.message}")
    elif words:
        messages.success(request, f"“{title}”已记下：{words}。可以随时改，也可以撤销。")
    else:
        messages.success(request, f"“{title}”的答复已撤销。")
    return redirect(f"{_next(request, source)}#answer-{target.KIND}-{target.public_id}")


def _next(request: HttpRequest, source: Record) -> str:
    """Where the button was, if that is a page of this site."""
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    return detail_url(source.KIND, source.public_id)


@require_POST
def advice_read(request: HttpRequest, kind: str, public_id: UUID) -> HttpResponse:
    """The owner's side has read what the others said."""
    user = me(request)
    record = record_for(user, kind, public_id)
    read_advice(record=record, by=user)
    title = shown_title(record, scope_of(user))
    messages.success(request, f"“{title}”收到的答复已标为看过。有新的答复会再提醒。")
    if request.POST.get("next") == "inbox":
        return redirect("desk:inbox")
    return redirect(_next(request, record))
