"""Pools: who is in, who could be, who should leave; a firm's plan, tasks and result."""

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from keqiao.core.errors import BadInput, NotAllowed
from keqiao.deal.actions import desk_people
from keqiao.deal.models import Visit
from keqiao.firm.access import firms_of, is_officer
from keqiao.ladder.actions import (
    add_task,
    candidates,
    finish_task,
    finished,
    keep_plan,
    kept_candidates,
    member_for,
    members_of,
    move_member,
    pool_counts,
    pool_named,
    propose_many,
)
from keqiao.ladder.distances import entry_book
from keqiao.ladder.enums import RUNG, RUNGS, PoolKind, PoolState
from keqiao.ladder.flow import POOL_FLOW
from keqiao.ladder.models import Distance
from keqiao.people.access import scope_of
from keqiao.people.enums import OFFICERS
from keqiao.registry.records.display import division_name
from keqiao.registry.records.enums import Status
from keqiao.rules.judging import Outcome
from keqiao.web.deal.forms import date_field
from keqiao.web.firm.listing import require_reader
from keqiao.web.ladder.present import TONES
from keqiao.web.people.signin import me
from keqiao.web.rendering import paginate

_TONES = {
    PoolState.PROPOSED: "amber",
    PoolState.IN: "green",
    PoolState.GRADUATED: "green",
    PoolState.LEFT: "",
    PoolState.REFUSED: "",
}
_LIVE = 300  # firms that are judged for candidates on the spot
_SHOWN = 50  # candidates on a page; the rest after these are in


class PlanForm(forms.Form):
    """The plan for a firm in a pool."""

    goal = forms.ChoiceField(label="培育目标", choices=[(rung.book, rung.label) for rung in RUNGS])
    goal_on = date_field("目标日期")
    officer = forms.ChoiceField(label="培育联系人", required=False)
    plan = forms.CharField(
        label="培育计划", widget=forms.Textarea(attrs={"rows": 6}), required=False, max_length=8000,
        help_text="写清差什么、怎么补、谁帮、什么时候看结果。",
    )  # fmt: skip

    def __init__(self, *args: Any, people: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False
        self.fields["goal_on"].required = False
        self.fields["officer"].choices = [("", "还没有指定"), *((str(one.pk), str(one)) for one in people)]  # type: ignore[attr-defined]  # a choice field


@require_http_methods(["GET", "POST"])
def pool(request: HttpRequest, kind: str) -> HttpResponse:
    """One pool: members, candidates by its rule, those to leave. POST proposes the ticked candidates."""
    user, today = require_reader(request), timezone.localdate()
    known = pool_named(kind)
    firms = firms_of(user).exclude(status__in=[Status.DRAFT, Status.WITHDRAWN, Status.ARCHIVED])
    if request.method == "POST":
        chosen = firms.filter(public_id__in=request.POST.getlist("chosen")[:500])
        done, refused = propose_many(kind=kind, firms=chosen, by=me(request))
        messages.success(request, f"已推荐 {done} 家，等待同意入库。")
        for words in refused[:5]:
            messages.error(request, words)
        return redirect("ladder:pool", kind=kind)
    shown = request.GET.get("show", "members")
    state = request.GET.get("state", "")
    rows = members_of(user).filter(pool=kind)
    if state in PoolState.values:
        rows = rows.filter(state=state)
    counts = pool_counts(user)
    page = paginate(rows, request, per_page=50)
    found, found_count, kept_on = (
        _candidates(user, kind, today, firms) if shown == "candidates" else ([], 0, None)
    )
    context = {
        "kind": kind, "known": known, "entry": known.entry(today), "goal": RUNG[known.goal].label, "shown": shown, "state": state,
        "page": page,
        "rows": [_member(one) for one in page.object_list],
        "candidates": [(one, division_name(one.division_code), says) for one, says in found[:_SHOWN]], "candidate_count": found_count,
        "kept_on": kept_on,
        "finished": finished(kind, today, members_of(user).filter(pool=kind).values("enterprise")) if shown == "leaving" else [],
        "states": [(value, label, counts[kind].get(value, 0)) for value, label in PoolState.choices],
        "works": bool(scope_of(user).roles & OFFICERS),
        "pools": [
            {"label": label, "href": reverse("ladder:pool", args=[key]), "current": key == kind, "count": counts[key].get("in", 0)}
            for key, label in PoolKind.choices
        ],
        "tabs": [
            {"label": label, "href": f"?show={key}", "current": key == shown}
            for key, label in (("members", "入库企业"), ("candidates", "符合入库条件的"), ("leaving", "该出库的"))
        ],
        "crumbs": _crumbs(known.kind.label),
    }  # fmt: skip
    return render(request, "ladder/pool.html", context)


def _candidates(user: Any, kind: str, today: date, firms: Any) -> tuple[list[tuple[Any, str]], int, Any]:
    """(the first ones with how far they are from the goal, how many, when the night found them or None for just now).

    Few firms are judged on the spot; a city's are shown as the night found them, and judged anew when proposed.
    """
    if firms.order_by().values("pk")[: _LIVE + 1].count() <= _LIVE:
        found = _cheapest_first(candidates(kind, today, firms), pool_named(kind).goal)
        return found, len(found), None
    kept = kept_candidates(kind, None if scope_of(user).sees_all else firms)
    newest = Distance.objects.filter(book=entry_book(kind)).order_by("-computed_at").first()
    rows = [(one.enterprise, one.goal_says or "") for one in kept[:_SHOWN]]
    return rows, kept.count(), newest.computed_at if newest is not None else None


def _cheapest_first(firms: list[Any], goal: str) -> list[tuple[Any, str]]:
    """(firm, how far it is from the pool's goal), those already there first, then the cheapest, unknown ones last."""
    known = {row.enterprise_id: row for row in Distance.objects.filter(book=goal, enterprise__in=firms)}

    def order(firm: Any) -> tuple[int, Any]:
        row = known.get(firm.pk)
        if row is None:
            return (3, 0)
        if row.price is not None:
            return (1, row.price)
        return (0, 0) if row.outcome in ("met", "manual") else (2, row.missing_count)

    return [(firm, known[firm.pk].says if firm.pk in known else "") for firm in sorted(firms, key=order)]


def _member(one: Any) -> dict[str, Any]:
    return {
        "one": one,
        "place": division_name(one.enterprise.division_code),
        "tone": _TONES[PoolState(one.state)],
        "goal": RUNG[one.goal].label if one.goal in RUNG else "",
    }


@require_GET
def member(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A firm in a pool."""
    return _member_page(request, public_id)


def _member_page(
    request: HttpRequest, public_id: UUID, form: PlanForm | None = None, status: int = 200
) -> HttpResponse:
    user = me(request)
    row = member_for(user, public_id)
    works = is_officer(user, row.enterprise)
    people = desk_people(row.enterprise.division_code) if works else []
    start = {"goal": row.goal, "goal_on": row.goal_on, "plan": row.plan, "officer": str(row.officer_id or "")}
    visits = (
        Visit.objects.filter(organisation=row.enterprise.organisation_id)
        if row.enterprise.organisation_id
        else Visit.objects.none()
    )
    context = {
        "member": row, "works": works, "form": form or PlanForm(initial=start, people=people), "tone": _TONES[PoolState(row.state)],
        "moves": POOL_FLOW.moves_from(row.state) if works else [],
        "goal": RUNG[row.goal].label if row.goal in RUNG else "",
        "basis": [one | {"tone": TONES.get(one["outcome"], ""), "label": Outcome(one["outcome"]).label} for one in row.basis],
        "tasks": row.tasks.select_related("owner"),
        "visits": visits.select_related("team", "by").order_by("-on")[:10] if works else [],
        "today": timezone.localdate(),
        "crumbs": _crumbs(row.enterprise.title, {"label": PoolKind(row.pool).label, "href": reverse("ladder:pool", args=[row.pool])}),
    }  # fmt: skip
    return render(request, "ladder/member.html", context, status=status)


@require_POST
def member_move(request: HttpRequest, public_id: UUID, name: str) -> HttpResponse:
    """Admit, refuse, graduate, remove, propose again."""
    user = me(request)
    row = member_for(user, public_id, to_work=True)
    try:
        moved = move_member(member=row, name=name, by=user, reason=request.POST.get("reason", ""))
    except BadInput as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, f"“{moved.enterprise.title}”现在是“{moved.get_state_display()}”。")
    return redirect("ladder:member", public_id=public_id)


@require_POST
def member_plan(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Keep the plan."""
    user = me(request)
    row = member_for(user, public_id, to_work=True)
    people = desk_people(row.enterprise.division_code)
    form = PlanForm(request.POST, people=people)
    if not form.is_valid():
        return _member_page(request, public_id, form, 422)
    data = form.cleaned_data
    officer = next((one for one in people if str(one.pk) == data["officer"]), None)
    try:
        keep_plan(
            member=row,
            by=user,
            goal=data["goal"],
            goal_on=data["goal_on"],
            plan=data["plan"],
            officer=officer,
        )
    except BadInput as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return _member_page(request, public_id, form, 422)
    messages.success(request, "培育计划已保存。")
    return redirect("ladder:member", public_id=public_id)


@require_POST
def task_new(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Promise something."""
    user = me(request)
    row = member_for(user, public_id, to_work=True)
    try:
        due = forms.DateField(required=False).clean(request.POST.get("due_on", ""))
        add_task(member=row, by=user, what=request.POST.get("what", ""), due_on=due)
    except forms.ValidationError:
        messages.error(request, f"期限“{request.POST.get('due_on', '')[:20]}”看不懂，请写成 2026-12-05。")
    except (BadInput, NotAllowed) as refusal:
        messages.error(request, refusal.message)
    return redirect("ladder:member", public_id=public_id)


@require_POST
def task_done(request: HttpRequest, public_id: UUID, pk: int) -> HttpResponse:
    """Say what came of it."""
    user = me(request)
    row = member_for(user, public_id, to_work=True)
    try:
        finish_task(member=row, task_id=pk, by=user, result=request.POST.get("result", ""))
    except BadInput as refusal:
        messages.error(request, refusal.message)
    return redirect("ladder:member", public_id=public_id)


def _crumbs(label: str, *between: dict[str, str]) -> list[dict[str, str]]:
    return [
        {"label": "工作台", "href": reverse("desk:inbox")},
        {"label": "梯度培育", "href": reverse("ladder:overview")},
        *between,
        {"label": label},
    ]
