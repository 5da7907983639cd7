"""One case: where it stands, who holds it, the two sides, the thread, the papers."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from keqiao.codes import lists
from keqiao.core.errors import BadInput, NotAllowed
from keqiao.deal.access import PartyView, Seat, Trust, case_for, party_view, seat_of, trust_of
from keqiao.deal.actions import brokers, desk_people
from keqiao.deal.clock import clock_of_case
from keqiao.deal.enums import WAY, Opening, Side, Stage, StepKind
from keqiao.deal.files import files_of, hidden_count
from keqiao.deal.flow import CASE_FLOW, FORWARD, NEEDS_REASON
from keqiao.deal.models import Case, CaseStep, Party
from keqiao.deal.parties import CONSENT_TEXT, CONSENT_VERSION, consent_sha256, consents_of
from keqiao.deal.steps import StaleCase, open_title, open_wish
from keqiao.deal.telling import readable_texts
from keqiao.deal.thread import step_text, words_of
from keqiao.web.contract.entry import case_contracts
from keqiao.web.deal.forms import (
    AnswerForm,
    AskForm,
    AssignForm,
    ConsentForm,
    ContractForm,
    EndForm,
    FileForm,
    MeetingForm,
    MessageForm,
    MinutesForm,
    NoteForm,
    PlanForm,
    RatingForm,
)
from keqiao.web.deal.words import REFUSALS, record_link, stage_tone
from keqiao.web.market.present import place_name
from keqiao.web.people.signin import me

TABS = (
    ("progress", "进展"),
    ("sides", "对接双方"),
    ("thread", "消息"),
    ("meetings", "会议"),
    ("files", "附件"),
)
Do = Callable[[dict[str, Any]], Any]


@require_GET
def case_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The case; `?tab=` chooses what is shown of it."""
    return page(request, case_for(request.user, public_id), request.GET.get("tab", "progress"))


def page(
    request: HttpRequest, case: Case, tab: str, *, status: int = 200, bound: Mapping[str, forms.Form] | None = None,
    **more: Any,
) -> HttpResponse:  # fmt: skip
    """The page with one tab. bound: forms that came back with a refusal, by their name in the template."""
    context = context_of(request, case, tab) | dict(bound or {}) | more
    return render(request, "deal/case.html", context, status=status)


def context_of(request: HttpRequest, case: Case, tab: str) -> dict[str, Any]:
    """Everything the head and the chosen tab need; what other tabs need is not read."""
    user = me(request)
    seat, trust = seat_of(user, case), trust_of(case)
    tabs = tabs_of(case, seat)
    tab = tab if tab in dict(tabs) else "progress"
    here = reverse("deal:case", args=[case.public_id])
    knows = seat.is_officer or not seat.is_participant or trust.both or Side.DEMAND in seat.sides
    views = {
        one.side: party_view(one, seat, trust) for one in case.parties.select_related("user", "organisation")
    }
    return {
        "case": case,
        "seat": seat,
        "trust": trust,
        "title": case.title if knows else open_title(case),
        "wish": case.wish if knows else open_wish(case),
        "place": place_name(case.division_code),
        "field": lists.label("field11", case.field) if case.field else "",
        "stage": Stage(case.stage).label,
        "stage_tone": stage_tone(case),
        "late": case.is_late_on(timezone.localdate()),
        "stepper": stepper(case),
        "clock": clock_of_case(case),
        "tab": tab,
        "tabs": [{"label": label, "href": f"{here}?tab={key}", "current": key == tab} for key, label in tabs],
        "sides": [(side, views.get(side.value)) for side in Side],
        "crumbs": [
            {"label": "工作台", "href": reverse("desk:inbox")},
            {"label": "对接事项", "href": reverse("deal:case-list")},
            {"label": case.number},
        ],
        **_TABS[tab](request, case, seat, trust, views),
    }


def tabs_of(case: Case, seat: Seat) -> list[tuple[str, str]]:
    """The tabs that this seat has: who only reads sees no thread."""
    return [(key, label) for key, label in TABS if seat.is_participant or key not in ("thread", "files")]


def stepper(case: Case) -> list[dict[str, str]]:
    """The seven stages for `_parts/stepper.html`; beside the way, the furthest that was reached counts as done."""
    at = case.at if case.at is not None else case.reached
    on_way = case.at is not None
    return [
        {
            "label": str(stage.label),
            "state": "done"
            if index < at or (index == at and not on_way)
            else "now"
            if index == at
            else "todo",
        }
        for index, stage in enumerate(WAY)
    ]


def _progress(
    request: HttpRequest, case: Case, seat: Seat, trust: Trust, views: Mapping[str, PartyView]
) -> dict[str, Any]:
    steps = case.steps.select_related("by", "broker")
    if not seat.is_desk and seat.is_participant:
        steps = steps.filter(is_internal=False)
    parties = [view.party for view in views.values()]
    context: dict[str, Any] = {"events": [_event(one, case, parties, seat, trust) for one in steps[:80]]}
    if seat.is_desk:
        context |= {
            "moves": _moves(case),
            "plan_form": PlanForm(
                initial={"version": case.version, "next_step": case.next_step, "due_on": case.due_on}
            ),
            "note_form": NoteForm(initial={"version": case.version}),
            "end_form": EndForm(initial={"version": case.version}),
            "contract_form": contract_form(case),
        }
    if seat.is_officer:
        context["assign_form"] = assign_form(case)
    return context | case_contracts(me(request), case)


def _event(step: CaseStep, case: Case, parties: list[Party], seat: Seat, trust: Trust) -> dict[str, Any]:
    who = str(step.by) if step.by else "系统"
    text = step_text(step, case, parties, seat, trust)
    if not seat.is_desk and seat.is_participant:
        if step.side and step.side not in seat.sides and not trust.both:
            who = str(Side(step.side).label)
        elif not step.side:
            asked = step.kind == StepKind.OPENED and case.opening == Opening.ENQUIRY
            who = "询问方" if asked else "承办人"
    tone = "bad" if step.to_stage == Stage.ENDED else "good" if step.to_stage in ("sign", "perform") else ""
    detail = "只供承办人员" if step.is_internal else ("记入该技术经理人的年度业绩" if step.broker_id else "")
    return {
        "when": step.at,
        "who": who,
        "what": f"{step.get_kind_display()}：{text}",
        "detail": detail,
        "tone": tone,
    }


def _moves(case: Case) -> list[dict[str, Any]]:
    """The moves that leave this stage, the one that leads on first; "end" has its own form."""
    forward = FORWARD.get(Stage(case.stage))
    found = [one for one in CASE_FLOW.moves_from(case.stage) if one.name != "end"]
    found.sort(key=lambda one: one.name != forward)
    return [
        {"name": one.name, "label": one.label, "is_forward": one.name in (forward, "resume"),
         "needs_reason": one.name in NEEDS_REASON}
        for one in found
    ]  # fmt: skip


def contract_form(case: Case) -> ContractForm:
    """The contract as it is noted now."""

    def wan(yuan: Any) -> str:
        return f"{(yuan / 10_000).normalize():f} 万元" if yuan is not None else ""

    return ContractForm(initial={
        "version": case.version, "contract_number": case.contract_number, "contract_on": case.contract_on,
        "contract_yuan": wan(case.contract_yuan), "received_yuan": wan(case.received_yuan),
        "is_registered": case.is_registered,
    })  # fmt: skip


def assign_form(case: Case, data: Any = None) -> AssignForm:
    """Who may hold the case, the present ones chosen."""
    return AssignForm(
        data, owners=desk_people(case.division_code), brokers=brokers(),
        initial={"version": case.version, "owner": str(case.owner_id or ""), "broker": str(case.broker_id or "")},
    )  # fmt: skip


def _sides(
    request: HttpRequest, case: Case, seat: Seat, trust: Trust, views: Mapping[str, PartyView]
) -> dict[str, Any]:
    consents = consents_of(case)
    cards = []
    for side in Side:
        view = views.get(side.value)
        cards.append({
            "side": side,
            "view": view,
            "texts": readable_texts(case, side, seat, trust),
            "link": record_link(case, side),
            "agreed": side in trust.sides,
            "may_speak": seat.is_desk or side in seat.sides,
            "is_mine": side in seat.sides,
            "log": [one for one in consents if one.party.side == side],
        })  # fmt: skip
    return {
        "cards": cards,
        "may_rate": not case.is_open or case.stage == Stage.EVALUATE,
        "consent_text": CONSENT_TEXT,
        "consent_version": CONSENT_VERSION,
        "consent_form": ConsentForm(initial={"sha256": consent_sha256()}),
        "answer_form": AnswerForm(refusals=REFUSALS),
        "ask_form": AskForm(),
        "rating_form": RatingForm(),
    }


def _thread(
    request: HttpRequest, case: Case, seat: Seat, trust: Trust, views: Mapping[str, PartyView]
) -> dict[str, Any]:
    return {"words": words_of(case, me(request), seat, trust), "message_form": MessageForm()}


def _meetings(
    request: HttpRequest, case: Case, seat: Seat, trust: Trust, views: Mapping[str, PartyView]
) -> dict[str, Any]:
    return {
        "meetings": case.meetings.select_related("by"),
        "now": timezone.now(),
        "knows_people": seat.is_desk or trust.both,
        "meeting_form": MeetingForm(),
        "minutes_form": MinutesForm(),
    }


def _files(
    request: HttpRequest, case: Case, seat: Seat, trust: Trust, views: Mapping[str, PartyView]
) -> dict[str, Any]:
    return {
        "files": files_of(case, seat, trust),
        "hidden_files": hidden_count(case, seat, trust),
        "file_form": FileForm(),
        "me": me(request),
    }


_TABS: dict[str, Callable[..., dict[str, Any]]] = {
    "progress": _progress, "sides": _sides, "thread": _thread, "meetings": _meetings, "files": _files
}  # fmt: skip


def act(
    request: HttpRequest, case: Case, tab: str, name: str, form: forms.Form, do: Do, done: str, **more: Any
) -> HttpResponse:
    """Clean, do, say so; a refusal brings the page back with what was typed. name: of the form in the template."""
    if not form.is_valid():
        return page(request, case, tab, status=422, bound={name: form}, **more)
    try:
        do(form.cleaned_data)
    except StaleCase as stale:
        _take_version(form, stale.case.version)
        case = case_for(request.user, case.public_id)
        return page(request, case, tab, status=409, bound={name: form}, conflict=stale, **more)
    except (BadInput, NotAllowed) as refusal:
        if isinstance(refusal, NotAllowed) and not seat_of(me(request), case).is_participant:
            raise
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        status = 422 if isinstance(refusal, BadInput) else 409
        case = case_for(request.user, case.public_id)
        return page(
            request, case, tab, status=status, bound={name: form}, refused=refusal, refused_form=form, **more
        )
    messages.success(request, done)
    return redirect(f"{reverse('deal:case', args=[case.public_id])}?tab={tab}")


def _take_version(form: forms.Form, version: int) -> None:
    """Whoever has read the news may send the same words again: the form now carries the present version."""
    form.data = dict(form.data.items()) | {"version": str(version)}
