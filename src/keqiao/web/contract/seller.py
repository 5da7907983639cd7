"""The parties' pages: my contracts, the form, the pre-check under both books, the text, the draft, handing in."""

from io import BytesIO
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from keqiao.contract import actions
from keqiao.contract.access import DRAFTERS, contract_for, may_edit, require_drafter, require_edit
from keqiao.contract.drafting import write_draft
from keqiao.contract.enums import IN_FORCE, State
from keqiao.contract.factsof import facts_of
from keqiao.contract.flow import CONTRACT_FLOW
from keqiao.contract.models import Contract
from keqiao.core.audit import record
from keqiao.core.errors import BadInput, KeqiaoError
from keqiao.deal.access import case_for, cases_of
from keqiao.deal.models import Case
from keqiao.people.access import scope_of
from keqiao.people.models import User
from keqiao.web.contract.forms import ContractForm, NewForm, initial_of, sections_of
from keqiao.web.intake.receiving import disposition
from keqiao.web.people.signin import me
from keqiao.web.rendering import paginate, render_part

_CRUMBS = [
    {"label": "工作台", "href": reverse_lazy("desk:inbox")},
    {"label": "技术合同", "href": reverse_lazy("contract:contract-list")},
]
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
MAX_UPLOAD = 10 * 1024 * 1024
TONES = {
    "refused": "red",
    "to_correct": "amber",
    "to_confirm": "amber",
    "expert_review": "amber",
    "registrable": "green",
}
LEVEL_TONES = {"refuse": "red", "error": "red", "warning": "amber", "fill": "", "info": ""}
STATE_TONES = {
    State.REGISTERED: "green",
    State.CHANGED: "green",
    State.REFUSED: "red",
    State.REVOKED: "red",
    State.RETURNED: "amber",
}


def _crumbs(*more: str) -> list[dict[str, Any]]:
    return [*_CRUMBS, *({"label": label} for label in more)]


@require_GET
def contract_list(request: HttpRequest) -> HttpResponse:
    """Contracts this person may read, newest first; filters live in the address."""
    user = me(request)
    state, words = request.GET.get("state", ""), request.GET.get("q", "").strip()[:60]
    found = Contract.objects.visible_to(user)
    if state in State.values:
        found = found.filter(status=state)
    if words:
        found = found.matching(words)
    if words:  # looked for once; counting and paging its keys costs nothing more
        page = paginate(list(found.values_list("pk", flat=True)), request)
        shown = Contract.objects.filter(pk__in=page.object_list).prefetch_related("parties")
    else:
        page = paginate(found.prefetch_related("parties"), request)
        shown = page.object_list  # type: ignore[assignment]  # a slice of the queryset
    context = {
        "crumbs": [_CRUMBS[0], {"label": "技术合同"}],
        "page": page,
        "rows": [
            {
                "contract": one,
                "tone": STATE_TONES.get(State(one.status), ""),
                "sides": {p.side: p.name for p in one.parties.all()},
            }
            for one in shown
        ],
        "states": State.choices,
        "state": state,
        "words": words,
        "may_draft": bool(scope_of(user).roles & DRAFTERS),
    }
    return render_part(request, "contract/list.html", "contracts", context)


@require_http_methods(["GET", "POST"])
def contract_new(request: HttpRequest) -> HttpResponse:
    """A project name opens a draft; everything else is filled in there. ?case=: the deal desk's case it came from."""
    user = me(request)
    require_drafter(user)
    case = case_for(user, request.GET["case"]) if request.GET.get("case") else None
    form = NewForm(request.POST or None, initial={"project_name": case.title if case else ""})
    if request.method == "POST" and form.is_valid():
        contract = actions.draft_contract(
            by=user,
            project_name=form.cleaned_data["project_name"],
            case=case,
        )
        return redirect("contract:contract-edit", public_id=contract.public_id)
    status = 422 if request.method == "POST" else 200
    return render(request, "contract/new.html", {"crumbs": _crumbs("新合同"), "form": form}, status=status)


@require_GET
def contract_detail(request: HttpRequest, public_id: str) -> HttpResponse:
    """One contract: where it stands, what can be done, its papers and its history."""
    user = me(request)
    contract = contract_for(user, public_id)
    registration = getattr(contract, "registration", None)
    context = {
        "crumbs": _crumbs(contract.number),
        "contract": contract,
        "tone": STATE_TONES.get(State(contract.status), ""),
        "sides": list(contract.parties.all()),
        "papers": contract.papers.defer("content", "text"),
        "steps": [
            {"label": one.get_to_state_display(), "when": one.created_at, "by": one.by, "reason": one.reason}
            for one in contract.steps.select_related("by")
        ],
        "judgements": contract.judgements.select_related("by").only(
            "created_at", "rule_set", "verdict", "by", "contract"
        )[:10],
        "registration": registration,
        "case": _case_shown(user, contract),
        "has_certificate": registration is not None and contract.status in IN_FORCE,
        "may_edit": may_edit(user, contract),
        "may_withdraw": any(m.name == "withdraw" for m in CONTRACT_FLOW.moves_from(contract.status))
        and (contract.owner_id == user.organisation_id or contract.created_by_id == user.pk),
    }
    return render(request, "contract/detail.html", context)


def _case_shown(user: User, contract: Contract) -> Case | None:
    """The case it came from, for those of its readers who are in that case too."""
    return cases_of(user).filter(public_id=contract.case_id).first() if contract.case_id else None


@require_http_methods(["GET", "POST"])
def contract_edit(request: HttpRequest, public_id: str) -> HttpResponse:
    """The form in sections; saving leads to the pre-check or back."""
    user = me(request)
    contract = contract_for(user, public_id)
    require_edit(user, contract)
    if request.method == "POST":
        form = ContractForm(request.POST)
        if not form.is_valid():
            return _form_page(request, contract, form, status=422)
        actions.save_contract(contract=contract, by=user, **form.split(contract))
        target = (
            "contract:contract-check" if request.POST.get("action") == "check" else "contract:contract-detail"
        )
        messages.success(request, f"{contract.number} 已保存。")
        return redirect(target, public_id=contract.public_id)
    return _form_page(request, contract, ContractForm(initial=initial_of(contract)))


def _form_page(
    request: HttpRequest, contract: Contract, form: ContractForm, status: int = 200
) -> HttpResponse:
    context = {
        "crumbs": _crumbs(contract.number, "填写"),
        "contract": contract,
        "form": form,
        "sections": sections_of(form),
        "autosave": reverse("contract:contract-autosave", args=[contract.public_id]),
    }
    return render(request, "contract/edit.html", context, status=status)


@require_POST
def contract_autosave(request: HttpRequest, public_id: str) -> HttpResponse:
    """The form as it stands, saved while somebody writes. 409 when another saved meanwhile, 422 when it cannot be read."""
    user = me(request)
    contract = contract_for(user, public_id)
    form = ContractForm(request.POST)
    if not form.is_valid():
        first = next(iter(form.errors.values()))[0]
        return JsonResponse({"error": {"message": str(first)}}, status=422)
    saved = actions.save_contract(contract=contract, by=user, **form.split(contract))
    return JsonResponse({"fields": {"version": saved.version}})


@require_http_methods(["GET", "POST"])
def contract_check(request: HttpRequest, public_id: str) -> HttpResponse:
    """Both books side by side with what differs; a POST keeps the verdict."""
    user = me(request)
    contract = contract_for(user, public_id)
    both = actions.judge_both(contract)
    applies = both.under_2001 if both.applies == "CN-2001" else both.under_2026
    if request.method == "POST":
        actions.keep_judgement(contract=contract, verdict=applies, by=user)
        messages.success(request, "本次预检结果已留存，可在合同页查看。")
        return redirect("contract:contract-detail", public_id=contract.public_id)
    columns = [
        {"verdict": one, "tone": TONES[one.verdict], "applies": one.book == both.applies,
         "findings": [{"finding": f, "tone": LEVEL_TONES[f.level]} for f in one.findings], "tax": tax}
        for one, tax in ((both.under_2001, both.tax_2001), (both.under_2026, both.tax_2026))
    ]  # fmt: skip
    columns.sort(key=lambda column: not column["applies"])
    context = {
        "crumbs": _crumbs(contract.number, "预检"),
        "contract": contract,
        "columns": columns,
        "differences": both.differences,
        "may_edit": may_edit(user, contract),
        "can_submit": applies.verdict not in ("refused", "to_correct"),
        "today": timezone.localdate(),
    }
    return render(request, "contract/check.html", context)


@require_POST
def paper_attach(request: HttpRequest, public_id: str) -> HttpResponse:
    """The contract's own text as .docx, read at once."""
    user = me(request)
    contract = contract_for(user, public_id)
    upload = request.FILES.get("file")
    try:
        if upload is None or upload.size is None or upload.name is None:
            raise BadInput("没有收到文件。请选择合同的 .docx 文件后再上传。", field="file")
        if upload.size > MAX_UPLOAD:
            raise BadInput("文件超过 10 MB。请删去图片，或只上传合同正文。", field="file")
        actions.attach_paper(contract=contract, by=user, name=upload.name, content=upload.read())
    except BadInput as refusal:
        messages.error(request, refusal.message)
        return redirect("contract:contract-detail", public_id=contract.public_id)
    messages.success(request, "合同文本已读取，与填报内容的出入见下面的预检结果。")
    return redirect("contract:contract-check", public_id=contract.public_id)


@require_GET
def draft_download(request: HttpRequest, public_id: str) -> HttpResponse:
    """The draft of the contract's type as .docx."""
    user = me(request)
    contract = contract_for(user, public_id)
    out = BytesIO()
    try:
        clauses = {"ownership": contract.ownership_clause, "secrecy": contract.secrecy_clause,
                   "acceptance": contract.acceptance_clause, "change": contract.change_clause}  # fmt: skip
        write_draft(facts_of(contract), out, clauses=clauses, number=contract.number)
    except BadInput as refusal:
        messages.error(request, refusal.message)
        return redirect("contract:contract-detail", public_id=contract.public_id)
    record("contract.draft_downloaded", by=user, target=contract)
    response = HttpResponse(out.getvalue(), content_type=_DOCX)
    response["Content-Disposition"] = disposition(f"{contract.number} {contract.project_name}（草案）.docx")
    return response


def _moved(request: HttpRequest, public_id: str, act: Any, done: str, back: str) -> HttpResponse:
    contract = contract_for(me(request), public_id)
    try:
        act(contract=contract, by=me(request))
    except KeqiaoError as refusal:
        messages.error(request, refusal.message)
        return redirect(back, public_id=contract.public_id)
    messages.success(request, f"{contract.number} {done}")
    return redirect("contract:contract-detail", public_id=contract.public_id)


@require_POST
def contract_submit(request: HttpRequest, public_id: str) -> HttpResponse:
    """Hand it to the registrar."""
    return _moved(
        request,
        public_id,
        actions.submit_contract,
        "已提交登记机构，受理后会显示办结期限。",
        "contract:contract-check",
    )


@require_POST
def contract_withdraw(request: HttpRequest, public_id: str) -> HttpResponse:
    """Back to draft."""
    return _moved(
        request,
        public_id,
        actions.withdraw_contract,
        "已撤回到草稿，可以修改后重新提交。",
        "contract:contract-detail",
    )
