"""What the desk does with a case: open it by hand, move it, plan, note, hand over, end it, note its contract."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from keqiao.core.errors import BadInput, NotAllowed
from keqiao.deal.access import case_for
from keqiao.deal.actions import assign_case, end_case, move_case, note_step, plan_next, record_contract
from keqiao.deal.enums import Opening
from keqiao.deal.flow import CASE_FLOW
from keqiao.deal.models import Case
from keqiao.deal.opening import SUPPLY_KINDS, open_case, require_opener
from keqiao.people.access import scope_of
from keqiao.people.models import User
from keqiao.registry.demand.models import Demand
from keqiao.registry.records.models import Record
from keqiao.registry.records.nouns import model_of
from keqiao.web.deal.case_page import act, assign_form
from keqiao.web.deal.forms import ContractForm, EndForm, MoveForm, NoteForm, OpenForm, PlanForm
from keqiao.web.people.signin import me


@require_http_methods(["GET", "POST"])
def case_new(request: HttpRequest) -> HttpResponse:
    """Open a case by hand, or from a match: `?demand=需求-…&other=成果-…` fills the form."""
    user = me(request)
    require_opener(user)
    form = OpenForm(request.POST) if request.method == "POST" else OpenForm(initial=dict(request.GET.items()))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                case = _open(user, form.cleaned_data, is_match=request.POST.get("from") == "match")
                return redirect("deal:case", public_id=case.public_id)
            except (BadInput, NotAllowed) as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
                status = 422 if isinstance(refusal, BadInput) else 409
    context = {
        "form": form,
        "origin": request.POST.get("from") or request.GET.get("from", ""),
        "crumbs": [
            {"label": "工作台", "href": reverse("desk:inbox")},
            {"label": "对接事项", "href": reverse("deal:case-list")},
            {"label": "建立对接事项"},
        ],
    }
    return render(request, "deal/case_new.html", context, status=status)


def _open(user: User, data: dict[str, Any], *, is_match: bool) -> Case:
    demand = numbered(user, data["demand"], ("demand",), "demand")
    other = numbered(user, data["other"], SUPPLY_KINDS, "other")
    return open_case(
        opening=Opening.MATCH if is_match else Opening.OFFICER, by=user, wish=data["wish"], title=data["title"],
        demand=demand if isinstance(demand, Demand) else None, other=other,
    )  # fmt: skip


def numbered(user: User, number: str, kinds: tuple[str, ...], field: str) -> Record | None:
    """The visible record of this number among `kinds`; None for a blank. Raises BadInput when there is none."""
    number = number.strip()
    if not number:
        return None
    for kind in kinds:
        found = (
            model_of(kind)
            .objects.visible_to(scope_of(user))
            .filter(number=number)
            .select_related("organisation")
            .first()
        )
        if found is not None:
            return found  # type: ignore[no-any-return]  # the shared queryset is typed for every kind
    raise BadInput(
        f"没有找到编号“{number}”，或您看不到它。请从记录页面复制编号，例如 需求-2026-0137。", field=field
    )


@require_POST
def case_move(request: HttpRequest, public_id: UUID) -> HttpResponse:
    case = case_for(request.user, public_id)
    form = MoveForm(request.POST)
    name = request.POST.get("move", "")
    label = next((one.label for one in CASE_FLOW.moves if one.name == name), "办理")
    return act(
        request, case, "progress", "move_form", form,
        lambda data: move_case(case=case, move=data["move"], reason=data["reason"], version=data["version"], by=me(request)),
        f"{case.number} 已“{label}”。", open_move=name,
    )  # fmt: skip


@require_POST
def case_end(request: HttpRequest, public_id: UUID) -> HttpResponse:
    case = case_for(request.user, public_id)
    return act(
        request, case, "progress", "end_form", EndForm(request.POST),
        lambda data: end_case(case=case, by=me(request), **data),
        f"{case.number} 已结束，已如实告知需求方。",
    )  # fmt: skip


@require_POST
def case_plan(request: HttpRequest, public_id: UUID) -> HttpResponse:
    case = case_for(request.user, public_id)
    return act(
        request, case, "progress", "plan_form", PlanForm(request.POST),
        lambda data: plan_next(case=case, by=me(request), **data),
        "下一步已更新，双方都能看到。",
    )  # fmt: skip


@require_POST
def case_note(request: HttpRequest, public_id: UUID) -> HttpResponse:
    case = case_for(request.user, public_id)
    return act(
        request, case, "progress", "note_form", NoteForm(request.POST),
        lambda data: note_step(case=case, by=me(request), text=data["text"], is_internal=data["is_internal"]),
        "已记下。",
    )  # fmt: skip


@require_POST
def case_assign(request: HttpRequest, public_id: UUID) -> HttpResponse:
    case = case_for(request.user, public_id)

    def do(data: dict[str, Any]) -> None:
        people = {
            str(one.pk): one
            for one in User.objects.filter(pk__in=[data[k] for k in ("owner", "broker") if data[k]])
        }
        assign_case(
            case=case,
            by=me(request),
            owner=people.get(data["owner"]),
            broker=people.get(data["broker"]),
            version=data["version"],
        )

    return act(
        request,
        case,
        "progress",
        "assign_form",
        assign_form(case, request.POST),
        do,
        "承办人已更新，已通知本人。",
    )


@require_POST
def case_contract(request: HttpRequest, public_id: UUID) -> HttpResponse:
    case = case_for(request.user, public_id)
    form = ContractForm(request.POST)
    return act(
        request, case, "progress", "contract_form", form,
        lambda data: record_contract(
            case=case, by=me(request), number=data["contract_number"], yuan=form.money("contract_yuan"),
            signed_on=data["contract_on"], received_yuan=form.money("received_yuan"),
            is_registered=data["is_registered"], version=data["version"],
        ),
        "合同已登记到这件事项。",
    )  # fmt: skip
