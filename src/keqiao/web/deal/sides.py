"""What happens between the two sides: choosing, asking, answering, agreeing, withdrawing, rating."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from keqiao.core.errors import BadInput, NotFound
from keqiao.deal.access import case_for
from keqiao.deal.enums import How, Side
from keqiao.deal.opening import SUPPLY_KINDS
from keqiao.deal.parties import (
    answer_for,
    ask_side,
    choose_supply,
    give_consent,
    rate_case,
    reveal_party,
    set_nda,
    withdraw_consent,
)
from keqiao.web.deal.case_page import act, page
from keqiao.web.deal.forms import (
    AnswerForm,
    AskForm,
    ConsentForm,
    OpenForm,
    RatingForm,
    RevealForm,
    VersionedForm,
    WithdrawForm,
)
from keqiao.web.deal.words import REFUSALS
from keqiao.web.deal.working import numbered
from keqiao.web.people.signin import me


def _known(side: str) -> str:
    if side not in Side.values:
        raise NotFound("对接方")
    return side


@require_POST
def supply_choose(request: HttpRequest, public_id: UUID) -> HttpResponse:
    case = case_for(request.user, public_id)

    def do(data: dict[str, Any]) -> None:
        other = numbered(me(request), data["other"], SUPPLY_KINDS, "other")
        if other is None:
            raise BadInput("请填写成果、专家、产出或资源的编号。", field="other")
        choose_supply(case=case, other=other, by=me(request))

    return act(
        request, case, "sides", "supply_form", OpenForm(request.POST), do, "供给方已选定，可以联系了。"
    )


@require_POST
def side_ask(request: HttpRequest, public_id: UUID, side: str) -> HttpResponse:
    case, side = case_for(request.user, public_id), _known(side)
    return act(
        request, case, "sides", "ask_form", AskForm(request.POST),
        lambda data: ask_side(case=case, side=side, by=me(request), note=data["note"]),
        f"已联系{Side(side).label}。到期没有答复，系统会按天数提醒。", open_side=side,
    )  # fmt: skip


@require_POST
def side_answer(request: HttpRequest, public_id: UUID, side: str) -> HttpResponse:
    case, side = case_for(request.user, public_id), _known(side)
    return act(
        request, case, "sides", "answer_form", AnswerForm(request.POST, refusals=REFUSALS),
        lambda data: answer_for(case=case, side=side, by=me(request), answer=data["answer"], note=data["note"],
                                refusal=data["refusal"], how=data["how"] or How.PHONE),
        "答复已记下，已告诉承办人。", open_side=side,
    )  # fmt: skip


@require_POST
def consent_give(request: HttpRequest, public_id: UUID, side: str) -> HttpResponse:
    case, side = case_for(request.user, public_id), _known(side)
    return act(
        request, case, "sides", "consent_form", ConsentForm(request.POST),
        lambda data: give_consent(case=case, side=side, by=me(request), sha256=data["sha256"],
                                  how=data["how"] or How.ONLINE, note=data["note"]),
        "同意已登记。双方都同意后，互相可以看到名称和联系方式。", open_side=side,
    )  # fmt: skip


@require_POST
def consent_withdraw(request: HttpRequest, public_id: UUID, side: str) -> HttpResponse:
    case, side = case_for(request.user, public_id), _known(side)
    return act(
        request, case, "sides", "withdraw_form", WithdrawForm(request.POST),
        lambda data: withdraw_consent(case=case, side=side, by=me(request), note=data["note"]),
        "已撤回。名称和联系方式即刻起不再显示，并已告知对方停止使用。", open_side=side,
    )  # fmt: skip


@require_POST
def contact_reveal(request: HttpRequest, public_id: UUID, side: str) -> HttpResponse:
    """The full contact, once, on this answer only."""
    case, side = case_for(request.user, public_id), _known(side)
    form = RevealForm(request.POST)
    if not form.is_valid():
        return page(request, case, "sides", status=422, bound={"reveal_form": form}, open_side=side)
    try:
        contact = reveal_party(case=case, side=side, by=me(request), reason=form.cleaned_data["reason"])
    except BadInput as refusal:
        messages.error(request, refusal.message)
        return redirect(f"{reverse('deal:case', args=[case.public_id])}?tab=sides")
    return page(request, case, "sides", revealed={"side": side, "contact": contact})


@require_POST
def side_rate(request: HttpRequest, public_id: UUID, side: str) -> HttpResponse:
    case, side = case_for(request.user, public_id), _known(side)
    return act(
        request, case, "sides", "rating_form", RatingForm(request.POST),
        lambda data: rate_case(case=case, side=side, score=int(data["score"]), note=data["note"], by=me(request)),
        "谢谢，评价已记下。", open_side=side,
    )  # fmt: skip


@require_POST
def nda_set(request: HttpRequest, public_id: UUID) -> HttpResponse:
    case = case_for(request.user, public_id)
    return act(
        request, case, "sides", "nda_form", VersionedForm(request.POST),
        lambda data: set_nda(case=case, needs_nda=request.POST.get("needs") == "yes", by=me(request), version=data["version"]),
        "已更新。",
    )  # fmt: skip
