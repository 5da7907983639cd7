"""An application's form: prefilled, papers once, evidence checked at once, then handed in."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.payment.access import own_award
from keqiao.payment.accounts import accounts_of, add_account
from keqiao.payment.applying import (
    add_evidence,
    asked_of,
    attach_material,
    claim_of,
    fill_application,
    keep_material,
    lacks_of,
    open_material,
    remove_evidence,
    start_application,
    submit_application,
)
from keqiao.payment.enums import AwardState, Path
from keqiao.payment.models import Award, AwardList, Material
from keqiao.people.models import User
from keqiao.web.intake.receiving import disposition
from keqiao.web.payment.forms import AccountForm, EvidenceForm
from keqiao.web.payment.own import crumbs
from keqiao.web.payment.present import OUTCOME_TONES
from keqiao.web.people.signin import me


@require_POST
def start(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Begin, or go on with what was begun."""
    roll = (
        AwardList.objects.select_related("item__policy", "rule", "envelope")
        .filter(public_id=public_id, path=Path.APPLY)
        .first()
    )
    if roll is None:
        raise NotFound("申报受理")
    award = start_application(roll=roll, by=me(request))
    return redirect("payment:application", public_id=award.public_id)


def _draft(request: HttpRequest, public_id: UUID) -> Award:
    award = own_award(me(request), public_id)
    if award.path != Path.APPLY:
        raise NotFound("申报")
    return award


@never_cache
@require_GET
def application(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The form; once handed in, its notice."""
    award = _draft(request, public_id)
    if award.state not in (AwardState.DRAFT, AwardState.RETURNED):
        return redirect("payment:own-award", public_id=public_id)
    return _page(request, award)


def _page(request: HttpRequest, award: Award, status: int = 200, **more: Any) -> HttpResponse:
    current, unit = claim_of(award), award.organisation
    there = {one.key: one.material for one in award.papers.select_related("material")}
    context = {
        "crumbs": crumbs(award.number), "award": award, "claim": current, "lacks": lacks_of(award),
        "conditions": [{"title": one.title, "says": one.says, "label": one.outcome.label, "tone": OUTCOME_TONES[str(one.outcome)]} for one in current.judgement.conditions],
        "asked": [{"asked": one, "value": award.inputs.get(name, "")} for name, one in asked_of(award).items()],
        "materials": [one | {"kept": there.get(one["key"])} for one in award.item.materials],
        "kept": Material.objects.filter(organisation=unit)[:50], "evidence": award.evidence.all(), "accounts": accounts_of(unit),
        "account_form": AccountForm(initial={"holder": unit.name}), "evidence_form": EvidenceForm(),
    }  # fmt: skip
    return render(request, "payment/application.html", context | more, status=status)


def _fill(request: HttpRequest, award: Award, user: User) -> None:
    posted = request.POST
    account = next(
        (one for one in accounts_of(award.organisation) if str(one.public_id) == posted.get("account")), None
    )
    if account is None and posted.get("number", "").strip():
        account = add_account(
            organisation=award.organisation, holder=posted.get("holder", ""), bank=posted.get("bank", ""),
            number=posted["number"], bank_code=posted.get("bank_code", ""), by=user,
        )  # fmt: skip
    fill_application(
        award=award, typed={name: posted.get(name, "") for name in asked_of(award)}, by=user, account=account
    )


def _attach(request: HttpRequest, award: Award, user: User) -> None:
    key, file = request.POST.get("key", ""), request.FILES.get("file")
    if isinstance(file, UploadedFile):
        kept = keep_material(
            organisation=award.organisation, name=file.name or "材料", content=file.read(), by=user
        )
    else:
        wanted = request.POST.get("material", "")
        mine = Material.objects.filter(organisation=award.organisation)
        found = next((one for one in mine if str(one.public_id) == wanted), None)
        if found is None:
            raise BadInput("请选择文件，或从用过的材料里选一份。", field="file")
        kept = found
    attach_material(award=award, key=key, material=kept, by=user)


def _evidence(request: HttpRequest, award: Award, user: User) -> None:
    form = EvidenceForm(request.POST)
    if not form.is_valid():
        raise BadInput("；".join(str(one) for errors in form.errors.values() for one in errors))
    add_evidence(award=award, by=user, **form.cleaned_data)


@require_POST
def act(request: HttpRequest, public_id: UUID, what: str) -> HttpResponse:
    """Save, attach, name evidence, hand in."""
    user, award = me(request), _draft(request, public_id)
    acts: dict[str, tuple[Callable[[], Any], str]] = {
        "fill": (lambda: _fill(request, award, user), "已保存，金额已重新计算。"),
        "attach": (lambda: _attach(request, award, user), "材料已收下，以后申报可以直接选用。"),
        "evidence": (lambda: _evidence(request, award, user), "凭证已登记，没有重复使用。"),
        "evidence-off": (lambda: remove_evidence(award=award, evidence_id=int(request.POST.get("id") or 0), by=user), "凭证已移除。"),
        "submit": (lambda: submit_application(award=award, by=user), "已提交，审核结果会通知您。"),
    }  # fmt: skip
    if what not in acts:
        raise NotFound("这项操作")
    do, done = acts[what]
    try:
        do()
    except (BadInput, NotAllowed) as refusal:
        form = EvidenceForm(request.POST) if what == "evidence" else EvidenceForm()
        again = own_award(user, public_id)
        return _page(
            request, again, 422 if isinstance(refusal, BadInput) else 409, refused=refusal, evidence_form=form
        )
    messages.success(request, done)
    return redirect("payment:own-award" if what == "submit" else "payment:application", public_id=public_id)


@require_GET
def material(request: HttpRequest, public_id: UUID) -> FileResponse:
    """A paper, for its unit and the officers who check it."""
    found, path = open_material(public_id=public_id, by=me(request))
    response = FileResponse(path.open("rb"), content_type=found.mime)
    response["Content-Disposition"] = disposition(found.name)
    return response
