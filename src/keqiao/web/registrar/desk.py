"""The registrar's desk: the queue, one contract with its findings in front, every decision, the certificate."""

from io import BytesIO
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from keqiao.contract import changing, queue, registering
from keqiao.contract.access import contract_for
from keqiao.contract.actions import judge
from keqiao.contract.book import Book, book
from keqiao.contract.certificate import write_certificate
from keqiao.contract.days import place_here
from keqiao.contract.enums import IN_FORCE, IncomeState, State
from keqiao.contract.flow import CONTRACT_FLOW
from keqiao.contract.models import Contract, ContractRegistration, RegistrationVersion
from keqiao.contract.papers import write_certificate_pdf
from keqiao.contract.signals import signals_for
from keqiao.contract.verdict import Verdict
from keqiao.core.audit import record
from keqiao.core.errors import KeqiaoError, NotAllowed, NotFound
from keqiao.message.actions import full_link
from keqiao.people.access import scope_of
from keqiao.people.enums import Role
from keqiao.people.models import User
from keqiao.web.contract.papers import pdf
from keqiao.web.contract.seller import LEVEL_TONES, STATE_TONES, TONES
from keqiao.web.intake.receiving import disposition
from keqiao.web.people.signin import me
from keqiao.web.registrar.forms import (
    ChangeForm,
    GroundForm,
    RegisterForm,
    WordsForm,
    as_registered,
    first_of,
)
from keqiao.web.rendering import paginate, render_part

_CRUMBS = [
    {"label": "工作台", "href": reverse_lazy("desk:inbox")},
    {"label": "合同登记", "href": reverse_lazy("registrar:queue")},
]
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def _registrar(request: HttpRequest) -> User:
    user = me(request)
    if Role.REGISTRAR not in scope_of(user).roles:
        raise NotAllowed(
            "登记台由合同登记员使用。需要办理请联系安全管理员授予角色。", code="registration.role"
        )
    return user


@require_GET
def queue_page(request: HttpRequest) -> HttpResponse:
    """The heaps; ?heap= and ?q= live in the address."""
    user, today = _registrar(request), timezone.localdate()
    key = request.GET.get("heap", "")
    key = key if key in queue.HEAPS else "all"
    words = request.GET.get("q", "").strip()[:60]
    found = (
        queue.heap(user, key).select_related("owner", "registration__handled_by").prefetch_related("parties")
    )
    if words:
        found = found.matching(words)
    counts = {one: queue.heap(user, one).order_by().count() for one in queue.HEAPS}
    page = paginate(found, request, count=None if words else counts[key])
    context = {
        "crumbs": [_CRUMBS[0], {"label": "合同登记"}],
        "tabs": [
            {"label": label, "href": f"?heap={one}", "current": one == key,
             "count": counts[one]}
            for one, label in queue.HEAPS.items()
        ],
        "heap": key,
        "heap_name": queue.HEAPS[key],
        "words": words,
        "page": page,
        "rows": [_row(one, today) for one in page],
    }  # fmt: skip
    return render_part(request, "registrar/queue.html", "contracts", context)


def _row(contract: Contract, today: Any) -> dict[str, Any]:
    registration = contract.registration
    return {
        "contract": contract,
        "registration": registration,
        "sides": {one.side: one.name for one in contract.parties.all()},
        "clock": queue.clock_of(None if registration.decided_on else registration.due_on, today),
        "tone": STATE_TONES.get(State(contract.status), ""),
    }


def _found(user: User, public_id: str) -> tuple[Contract, ContractRegistration]:
    contract = contract_for(user, public_id)
    registration = (
        ContractRegistration.objects.select_related("handled_by", "decided_by")
        .filter(contract=contract)
        .first()
    )
    if registration is None:
        raise NotFound("技术合同")
    return contract, registration


def _judged(contract: Contract, registration: ContractRegistration) -> Verdict:
    """As it stands today, under the book of its day of acceptance; a decided one as it was decided."""
    return judge(
        contract, on=registration.accepted_on or timezone.localdate(), rules=registration.rule_set or None
    )


@require_GET
def work(request: HttpRequest, public_id: str) -> HttpResponse:
    """One contract."""
    user = _registrar(request)
    contract, registration = _found(user, public_id)
    return _page(request, user, contract, registration)


def _page(
    request: HttpRequest, user: User, contract: Contract, registration: ContractRegistration,
    sent: dict[str, forms.Form] | None = None, refused: KeqiaoError | None = None,
) -> HttpResponse:  # fmt: skip
    verdict = _judged(contract, registration)
    rules, sent = book(verdict.book), sent or {}
    moves = {one.name for one in CONTRACT_FLOW.moves_from(contract.status)}
    is_mine = registration.handled_by_id == user.pk
    deciding = (not is_mine) if contract.status == State.SECOND else is_mine
    context = {
        "crumbs": [*_CRUMBS, {"label": contract.number}],
        "contract": contract,
        "registration": registration,
        "sides": list(contract.parties.all()),
        "papers": contract.papers.defer("content", "text"),
        "steps": contract.steps.select_related("by"),
        "v": verdict,
        "tone": TONES[verdict.verdict],
        "state_tone": STATE_TONES.get(State(contract.status), ""),
        "findings": [{"finding": one, "tone": LEVEL_TONES[one.level]} for one in verdict.findings],
        "clock": queue.clock_of(None if registration.decided_on else registration.due_on, timezone.localdate()),
        "in_the_way": registering.stands_in_the_way(contract, verdict, verdict.amounts.tech_amount, timezone.localdate())
        if "register" in moves else "",
        "moves": moves,
        "is_mine": is_mine,
        "deciding": deciding,
        "may_claim": "accept" in moves or (contract.status in queue.IN_HAND and not is_mine and contract.status != State.SECOND),
        "in_force": contract.status in IN_FORCE,
        "refused": refused,
        "url": full_link(reverse("registrar:verify", args=[registration.certificate_no])) if registration.certificate_no else "",
        "register_form": sent.get("register") or RegisterForm(initial=first_of(verdict, registration), rules=rules, prefix="register"),
        "return_form": sent.get("return") or GroundForm(rules=rules, prefix="return"),
        "refuse_form": sent.get("refuse") or GroundForm(rules=rules, prefix="refuse"),
        "experts_form": sent.get("experts") or WordsForm(what="experts"),
        "second_form": sent.get("second") or WordsForm(what="second"),
        "opinion_form": sent.get("opinion") or WordsForm(what="opinion"),
        "revoke_form": sent.get("revoke") or WordsForm(what="revoke"),
        "penalty": here.penalty_words if (here := place_here()) else "",
        "change_form": sent.get("change") or ChangeForm(initial=as_registered(registration), rules=rules, prefix="change"),
        "object_form": sent.get("object") or WordsForm(what="object"),
        "take_form": sent.get("take") or WordsForm(what="take"),
        "signals": signals_for(contract),
        "pending": _pending(contract, registration),
        "incomes_waiting": contract.income_forms.filter(state=IncomeState.WAITING).count(),
        "deregister_form": sent.get("deregister") or WordsForm(what="deregister"),
    }  # fmt: skip
    status = 200 if not sent and refused is None else 409 if isinstance(refused, NotAllowed) else 422
    return render(request, "registrar/work.html", context, status=status)


def _pending(contract: Contract, registration: ContractRegistration) -> str:
    """What the parties agreed since the certificate's newest version, in words; "" when nothing."""
    newest = registration.versions.order_by("-version").first()
    if newest is None:
        return ""
    found = contract.amendments.filter(created_at__gt=newest.created_at)
    told = "".join(f"{one.get_kind_display()}（{one.agreed_on}）：{one.reason}。" for one in found)
    return told and f"{told}请核对后办理变更登记或注销登记。"


_DONE = {
    "claim": "已由您办理。",
    "return": "已退回申请人补正，补正后重新计时。",
    "refuse": "已作出不予登记的决定。",
    "experts": "已送专家评审。",
    "second": "已送二次审核，请另一位登记员办理。",
    "opinion": "意见已记入，回到审查。",
    "register": "已登记，可以下载证明。",
    "change": "已变更登记，旧证明查验时会提示有新版本。",
    "object": "异议已记入，查验页显示正在复核。",
    "take": "已转回审查，重新计时。",
    "revoke": "登记已撤销，查验页即时生效。",
    "deregister": "登记已注销，查验页即时生效。",
}


def _form(what: str, request: HttpRequest, rules: Book) -> forms.Form | None:
    if what == "claim":
        return None
    if what == "register":
        return RegisterForm(request.POST, rules=rules, prefix=what)
    if what == "change":
        return ChangeForm(request.POST, rules=rules, prefix=what)
    if what in ("return", "refuse"):
        return GroundForm(request.POST, rules=rules, prefix=what)
    return WordsForm(request.POST, what=what)


def _do(what: str, contract: Contract, user: User, form: forms.Form | None) -> None:
    data = form.cleaned_data if form else {}
    match what:
        case "claim":
            registering.claim_contract(contract=contract, by=user)
        case "return":
            registering.return_contract(contract=contract, by=user, **data)
        case "refuse":
            registering.refuse_contract(contract=contract, by=user, **data)
        case "experts":
            registering.ask_experts(contract=contract, by=user, reason=data["reason"])
        case "second":
            registering.ask_second(contract=contract, by=user, reason=data["reason"])
        case "opinion":
            registering.give_opinion(contract=contract, by=user, opinion=data["reason"])
        case "revoke" | "deregister":
            registering.end_registration(contract=contract, by=user, move=what, reason=data["reason"])
        case "object":
            changing.object_to(contract=contract, by=user, reason=data["reason"])
        case "take":
            changing.take_objection(contract=contract, by=user, reason=data["reason"])
    if isinstance(form, ChangeForm):
        changing.change_registration(
            contract=contract,
            by=user,
            approved=form.approved,
            reason=data["reason"],
            project_name=data["project_name"],
        )
    elif isinstance(form, RegisterForm):
        registering.register_contract(
            contract=contract, by=user, approved=form.approved, reason=data["reason"]
        )


@require_POST
def act(request: HttpRequest, public_id: str, what: str) -> HttpResponse:
    """One decision; a refusal shows the page again with the words still in the form."""
    user = _registrar(request)
    if what not in _DONE:
        raise Http404
    contract, registration = _found(user, public_id)
    form = _form(what, request, book(registration.rule_set or "CN-2026"))
    if form is not None and not form.is_valid():
        return _page(request, user, contract, registration, {what: form})
    try:
        _do(what, contract, user, form)
    except KeqiaoError as refusal:
        contract.refresh_from_db()
        registration.refresh_from_db()
        if form is not None and refusal.field in form.fields:
            form.add_error(refusal.field, refusal.message)
        return _page(request, user, contract, registration, {what: form} if form else None, refusal)
    messages.success(request, f"{contract.number} {_DONE[what]}")
    return redirect("registrar:work", public_id=contract.public_id)


def _paper_of(request: HttpRequest, public_id: str) -> tuple[ContractRegistration, RegistrationVersion, str]:
    """The newest certificate with its address, for whoever may read the contract; in force alone."""
    user = me(request)
    contract, registration = _found(user, public_id)
    version = registration.versions.order_by("-version").first()
    if version is None or contract.status not in IN_FORCE:
        raise NotFound("登记证明")
    record("contract.certificate_downloaded", by=user, target=contract)
    return registration, version, full_link(reverse("registrar:verify", args=[registration.certificate_no]))


@require_GET
def certificate(request: HttpRequest, public_id: str) -> HttpResponse:
    """The newest certificate as .docx."""
    registration, version, address = _paper_of(request, public_id)
    out = BytesIO()
    write_certificate(version, address, out)
    response = HttpResponse(out.getvalue(), content_type=_DOCX)
    response["Content-Disposition"] = disposition(f"技术合同登记证明 {registration.reg_no}.docx")
    return response


@require_GET
def certificate_pdf(request: HttpRequest, public_id: str) -> HttpResponse:
    """The newest certificate as PDF."""
    registration, version, address = _paper_of(request, public_id)
    out = BytesIO()
    write_certificate_pdf(version, address, out)
    return pdf(out.getvalue(), f"技术合同登记证明 {registration.reg_no}.pdf")
