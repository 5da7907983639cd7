"""Writing a version: copy, edit as a table or as a whole text, hand in, approve, publish."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from keqiao.core.errors import BadInput, KeqiaoError, NotAllowed, NotFound
from keqiao.people.models import User
from keqiao.rules import actions
from keqiao.rules.access import draft_for, may_keep, require_keeper
from keqiao.rules.actions import version_of
from keqiao.rules.enums import DraftState
from keqiao.rules.flow import VERSION_FLOW
from keqiao.rules.lawtable import differences
from keqiao.rules.models import RuleDraft
from keqiao.rules.shelf import current
from keqiao.web.people.signin import me
from keqiao.web.rules.desk import CRUMBS
from keqiao.web.rules.forms import HeadForm, TextForm, as_text, figure_rows, head_of, with_figures
from keqiao.web.rules.showing import version_context


def crumbs_of(draft: RuleDraft, here: str = "") -> list[dict[str, Any]]:
    """工作台 / 规则 / the book / the draft / here."""
    book = {"label": current(draft.book).title, "href": reverse("rules:book-versions", args=[draft.book])}
    own = {"label": f"草案 {draft.version_id}", "href": reverse("rules:draft-detail", args=[draft.public_id])}
    return [*CRUMBS, book, own, *([{"label": here}] if here else [])]


@require_POST
def version_copy(request: HttpRequest, name: str) -> HttpResponse:
    """A draft from one of the versions."""
    user = me(request)
    require_keeper(user)
    draft = actions.copy_version(book=name, version_id=request.POST.get("version", ""), by=user)
    messages.success(request, f"已从 {draft.copied_from} 复制出草案。改好后送审，由另一名人员审定发布。")
    return redirect("rules:draft-edit", public_id=draft.public_id)


@require_GET
def draft_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The draft as a table of the law, what differs, and what may be done with it."""
    user = me(request)
    draft = draft_for(user, public_id)
    book = current(draft.book)
    version = version_of(draft)
    writers = (draft.created_by_id, draft.changed_by_id, draft.submitted_by_id)
    context = version_context(book, version, version.valid_from, version.region) | {
        "crumbs": [*crumbs_of(draft)[:-1], {"label": f"草案 {draft.version_id}"}],
        "draft": draft,
        "changes": differences(book.version(draft.copied_from), version),
        "may_keep": may_keep(user),
        "is_writer": user.pk in writers,
        "moves": {one.name for one in VERSION_FLOW.moves_from(draft.state)} if may_keep(user) else set(),
        "trials": draft.trials.all()[:5],
        "tone": {DraftState.PUBLISHED: "green", DraftState.IN_REVIEW: "amber"}.get(
            DraftState(draft.state), "plain"
        ),
    }
    return render(request, "rules/draft.html", context)


@require_http_methods(["GET", "POST"])
def draft_edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The table of figures; ?as=text the whole text."""
    user = me(request)
    draft = draft_for(user, public_id)
    require_keeper(user)
    if draft.state != DraftState.DRAFT:
        VERSION_FLOW.the_move(draft.state, "submit")
    is_text = request.GET.get("as") == "text"
    context: dict[str, Any] = {
        "crumbs": crumbs_of(draft, "修改"),
        "draft": draft,
        "is_text": is_text,
        "book": current(draft.book),
    }
    if request.method == "GET":
        if is_text:
            form: HeadForm | TextForm = TextForm(
                initial={"text": as_text(draft.data), "reason": draft.reason}
            )
        else:
            form = HeadForm(initial=head_of(draft.data, draft.reason))
        return render(
            request, "rules/edit.html", context | {"form": form, "figures": figure_rows(draft.data)}
        )
    form = TextForm(request.POST) if is_text else HeadForm(request.POST)
    if form.is_valid():
        try:
            data = (
                form.to_data()
                if isinstance(form, TextForm)
                else with_figures(draft.data, form.cleaned_data, request.POST.dict())
            )
            actions.edit_draft(draft=draft, data=data, reason=form.cleaned_data["reason"], by=user)
        except BadInput as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        else:
            messages.success(request, "草案已保存。可以先试算，再送审。")
            return redirect("rules:draft-detail", public_id=draft.public_id)
    context |= {"form": form, "figures": figure_rows(draft.data, request.POST.dict())}
    return render(request, "rules/edit.html", context, status=422)


_DONE: dict[str, tuple[Callable[..., RuleDraft], str]] = {
    "submit": (
        lambda draft, note, by: actions.submit_draft(draft=draft, by=by),
        "已送审定。须由另一名人员审定后发布。",
    ),
    "return": (
        lambda draft, note, by: actions.return_draft(draft=draft, note=note, by=by),
        "已退回起草人修改。",
    ),
    "publish": (
        lambda draft, note, by: actions.publish_draft(draft=draft, note=note, by=by),
        "已发布，从生效日期起适用。",
    ),
    "discard": (lambda draft, note, by: actions.discard_draft(draft=draft, by=by), "草案已作废。"),
    "withdraw": (
        lambda draft, note, by: actions.withdraw_version(draft=draft, note=note, by=by),
        "已撤销，恢复适用原来的版本。",
    ),
}


@require_POST
def draft_act(request: HttpRequest, public_id: UUID, what: str) -> HttpResponse:
    """One move of the flow."""
    user: User = me(request)
    draft = draft_for(user, public_id)
    if what not in _DONE:
        raise NotFound("操作")
    act, said = _DONE[what]
    try:
        act(draft, request.POST.get("note", ""), user)
    except (BadInput, NotAllowed) as refusal:
        if isinstance(refusal, NotAllowed) and not may_keep(user):
            raise
        messages.error(request, refusal.message)
    except KeqiaoError:
        raise
    else:
        messages.success(request, said)
    return redirect("rules:draft-detail", public_id=draft.public_id)
