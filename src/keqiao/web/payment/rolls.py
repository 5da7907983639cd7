"""Lists and single awards on the desk: confirm, check, publish, answer, drop, take back."""

from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.payment.access import award_for, is_officer_of, roll_for
from keqiao.payment.applying import open_applications, review_application
from keqiao.payment.contesting import complete_award, decide_contest
from keqiao.payment.enums import AwardState, Path
from keqiao.payment.models import Award, AwardList, Contest, Envelope, Recovery, in_area, yuan
from keqiao.payment.publishing import (
    decide_objection,
    end_publicity,
    notice_of,
    objection_for,
    publish_roll,
    read_objection,
    reading_of,
)
from keqiao.payment.recovering import approve_recovery, ask_recovery, book_return
from keqiao.payment.rolls import confirm_awards, drop_award, make_roll, second_award, verdict_of
from keqiao.people.access import scope_of
from keqiao.people.models import User
from keqiao.policy.enums import PolicyState, Service
from keqiao.policy.freezes import firms_of
from keqiao.policy.models import PolicyItem
from keqiao.web.payment.desk import crumbs, reader
from keqiao.web.payment.forms import ConfirmForm, DecideForm, RecoveryForm, ReturnForm, RollForm
from keqiao.web.payment.present import award_row, conditions, sum_yuan
from keqiao.web.rendering import paginate, render_part


@require_http_methods(["GET", "POST"])
def roll_new(request: HttpRequest) -> HttpResponse:
    """Make a list by rule, or take applications: what the item's way of service says."""
    user = reader(request)
    scope = scope_of(user)
    items = PolicyItem.objects.filter(
        policy__state=PolicyState.PUBLISHED, current__isnull=False
    ).select_related("policy", "current")
    envelopes = Envelope.objects.filter(in_area(scope, "division_code"))
    form = RollForm(
        request.POST or None,
        initial={"item": request.GET.get("item", ""), "period": str(timezone.localdate().year)},
    )
    choices = [
        (str(one.public_id), f"{one.policy.title} {one.article} {one.title}（{one.get_service_display()}）")
        for one in items
    ]
    form.fields["item"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField
    form.fields["envelope"].choices = [(str(one.public_id), str(one)) for one in envelopes]  # type: ignore[attr-defined]  # as above
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            item, envelope = items.get(public_id=data["item"]), envelopes.get(public_id=data["envelope"])
            make = make_roll if item.service == Service.AUTO else open_applications
            try:
                made = make(item=item, envelope=envelope, period=data["period"].strip(), by=user)
                return redirect("payment:roll", public_id=made.public_id)
            except (BadInput, NotAllowed) as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
                status = 422 if isinstance(refusal, BadInput) else 409
    context = {
        "crumbs": crumbs({"label": "生成名单"}),
        "form": form,
        "heading": "生成兑现名单或受理申报",
        "label": "生成",
        "lead": "免申即享的事项按规则从企业数据里找出名单；申报的事项从今天起受理。规则版本和数据一并固定，结果以后随时可以重现。",
    }
    return render(request, "payment/form.html", context, status=status)


@never_cache
@require_GET
def roll(request: HttpRequest, public_id: UUID) -> HttpResponse:
    reader(request)
    return _roll_page(request, roll_for(request.user, public_id))


def _roll_page(request: HttpRequest, found: AwardList, status: int = 200, **more: Any) -> HttpResponse:
    state, today = request.GET.get("state", ""), timezone.localdate()
    counts = Counter(found.awards.values_list("state", flat=True))
    base = found.awards.select_related("item")
    page = paginate(base.filter(state=state) if state in AwardState.values else base, request, per_page=50)
    notices = [{"notice": one, "clock": reading_of(one, today)} for one in found.publicities.all()]
    matched = list(found.awards.filter(state=AwardState.MATCHED))
    context = {
        "crumbs": crumbs({"label": found.number}), "roll": found, "page": page, "rows": [award_row(one) for one in page], "state": state,
        "tabs": [{"label": "全部", "href": "?", "count": sum(counts.values()), "current": not state}]
        + [{"label": label, "href": f"?state={value}", "count": counts[value], "current": state == value} for value, label in AwardState.choices if counts[value]],
        "matched": len(matched), "matched_sum": sum_yuan(matched), "notices": notices,
        "confirmed": counts[AwardState.CONFIRMED], "may_work": is_officer_of(request.user, found.division_code),
        "confirm_form": ConfirmForm(), "is_auto": found.path == Path.AUTO, "misses": found.counts.get("unmet"),
        "left_yuan": yuan(found.envelope.balance().left), "over_notice": any(reading_of(one, today).is_over for one in found.publicities.all()) and bool(counts[AwardState.PUBLIC]),
        "second_over": yuan(found.item.second_over_fen or 0), "q": "",
        "missed": _missed(found, request.GET.get("firm", "").strip()), "words": request.GET.get("firm", ""),
    }  # fmt: skip
    if status == 200 and not more:
        return render_part(request, "payment/roll.html", "results", context)
    return render(request, "payment/roll.html", context | more, status=status)


def _missed(found: AwardList, words: str) -> list[dict[str, Any]]:
    """Why firms whose name holds the words are on the list or not, on the list's own data."""
    if not words or found.freeze is None:
        return []
    near = [one for one in firms_of(found.freeze) if words in one.name][:10]
    return [{"firm": one, "claim": verdict_of(found, one.id)} for one in near]


@require_POST
def roll_act(request: HttpRequest, public_id: UUID, what: str) -> HttpResponse:
    """Confirm what is chosen, make public, end the publicity."""
    user, found = reader(request), roll_for(request.user, public_id)
    chosen = [int(one) for one in request.POST.getlist("chosen") if one.isdigit()]
    if request.POST.get("all"):
        chosen = list(found.awards.filter(state=AwardState.MATCHED).values_list("pk", flat=True))
    try:
        said = _roll_do(found, what, chosen, request.POST.get("overrun", ""), user)
    except (BadInput, NotAllowed) as refusal:
        return _roll_page(
            request,
            found,
            422 if isinstance(refusal, BadInput) else 409,
            refused=refusal,
            confirm_form=ConfirmForm(request.POST),
        )
    messages.success(request, said)
    return redirect("payment:roll", public_id=public_id)


def _roll_do(found: AwardList, what: str, chosen: list[int], overrun: str, user: User) -> str:
    if what == "confirm":
        counts = confirm_awards(roll=found, award_ids=chosen, by=user, overrun=overrun)
        said = f"已确认 {counts['confirmed']} 家，并通知企业逐条核对。"
        said += f"{counts['second']} 家超过限额，等另一位工作人员复核。" if counts["second"] else ""
        return said + (f"{counts['waiting']} 家资金不够，继续等待。" if counts["waiting"] else "")
    if what == "publish":
        return f"{publish_roll(roll=found, by=user).number} 已公示。"
    if what == "end":
        ended = [end_publicity(notice=one, by=user) for one in found.publicities.all()]
        held = sum(one.held for one in ended)
        return f"{sum(one.asked for one in ended)} 家公示期满，已请企业确认账户。" + (
            f"{held} 家有未处理的异议或申诉，继续公示。" if held else ""
        )
    raise NotFound("这项操作")


@never_cache
@require_GET
def award(request: HttpRequest, public_id: UUID) -> HttpResponse:
    reader(request)
    return _award_page(request, award_for(request.user, public_id))


def _award_page(request: HttpRequest, found: Award, status: int = 200, **more: Any) -> HttpResponse:
    notice = notice_of(found)
    context = {
        "crumbs": crumbs({"label": found.roll.number, "href": reverse("payment:roll", args=[found.roll.public_id])}, {"label": found.number}),
        "award": found, "row": award_row(found), "conditions": conditions(found), "contests": found.contests.all(),
        "objections": found.objections.all(), "history": found.steps.select_related("by"), "notice": notice,
        "clock": reading_of(notice, timezone.localdate(), found) if notice and found.state == AwardState.PUBLIC else None,
        "may_work": is_officer_of(request.user, found.roll.division_code), "papers": found.papers.select_related("material"),
        "evidence": found.evidence.all(), "recoveries": found.recoveries.all(), "recovery_form": RecoveryForm(), "return_form": ReturnForm(),
        "may_second": found.state == AwardState.SECOND and found.confirmed_by_id != request.user.pk,
        "may_drop": found.state in (AwardState.UNKNOWN, AwardState.MATCHED, AwardState.SECOND, AwardState.CONFIRMED, AwardState.PUBLIC, AwardState.ASKED, AwardState.READY),
        "open_contest": next((one for one in found.contests.all() if one.state == "open"), None), "q": "",
    }  # fmt: skip
    return render(request, "payment/award.html", context | more, status=status)


@require_POST
def award_act(request: HttpRequest, public_id: UUID, what: str) -> HttpResponse:
    """One button of an award's page."""
    user, found = reader(request), award_for(request.user, public_id)
    acts = _award_acts(request, found, user)
    if what not in acts:
        raise NotFound("这项操作")
    do, done = acts[what]
    try:
        do()
    except (BadInput, NotAllowed) as refusal:
        return _award_page(
            request,
            award_for(user, public_id),
            422 if isinstance(refusal, BadInput) else 409,
            refused=refusal,
        )
    messages.success(request, done)
    return redirect("payment:award", public_id=public_id)


def _award_acts(request: HttpRequest, found: Award, user: User) -> dict[str, tuple[Callable[[], Any], str]]:
    posted = request.POST
    version = int(posted["version"]) if posted.get("version", "").isdigit() else None
    return {
        "second": (lambda: second_award(award=found, by=user, version=version), "复核通过，已通知企业。"),
        "drop": (lambda: drop_award(award=found, reason=posted.get("reason", ""), by=user, version=version), "已移出，资金退回资金包，理由已告知企业。"),
        "complete": (lambda: complete_award(award=found, by=user), "数据已补，重新核算完成。"),
        "contest": (lambda: decide_contest(contest=_contest(found, posted.get("contest", "")), is_upheld=posted.get("decision") == "yes", answer=posted.get("answer", ""), by=user), "申诉已答复，企业会收到通知。"),
        "review": (lambda: review_application(award=found, decision=posted.get("decision", ""), note=posted.get("note", ""), override=posted.get("override", ""), by=user), "审核结果已告知企业。"),
        "recover": (lambda: _ask(posted, found, user), "已提出，请另一位工作人员批准。"),
        "approve": (lambda: approve_recovery(recovery=_recovery(found, posted.get("recovery", "")), by=user), "已批准，已通知企业退回资金。"),
        "returned": (lambda: _return(posted, found, user), "退款已记入资金包。"),
    }  # fmt: skip


def _contest(found: Award, number: str) -> Contest:
    made = found.contests.filter(number=number).first()
    if made is None:
        raise NotFound("条件申诉")
    return made


def _recovery(found: Award, number: str) -> Recovery:
    made = found.recoveries.filter(number=number).first()
    if made is None:
        raise NotFound("资金追回")
    return made


def _ask(posted: Any, found: Award, user: User) -> None:
    form = RecoveryForm(posted)
    if not form.is_valid():
        raise BadInput("请写应退金额（元）和限期。", field="fen")
    data = form.cleaned_data
    ask_recovery(award=found, fen=data["fen"] or 0, reason=data["reason"], due_on=data["due_on"], by=user)


def _return(posted: Any, found: Award, user: User) -> None:
    form = ReturnForm(posted)
    if not form.is_valid():
        raise BadInput("请写退回金额（元）。", field="fen")
    data = form.cleaned_data
    book_return(
        recovery=_recovery(found, posted.get("recovery", "")),
        fen=data["fen"] or 0,
        note=data["note"],
        by=user,
    )


@never_cache
@require_http_methods(["GET", "POST"])
def objection(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Who objects and why, for the officer alone; each reading is audited. POST decides."""
    user = reader(request)
    found = objection_for(user, public_id)
    form = DecideForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                decide_objection(
                    objection=found,
                    is_upheld=form.cleaned_data["is_upheld"] == "yes",
                    reason=form.cleaned_data["reason"],
                    by=user,
                )
                messages.success(request, "已办结，结果在公示页公开。")
                return redirect("payment:award", public_id=found.award.public_id)
            except (BadInput, NotAllowed) as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
                status = 422 if isinstance(refusal, BadInput) else 409
    else:
        read_objection(found, user)
    context = {
        "crumbs": crumbs(
            {"label": found.award.number, "href": reverse("payment:award", args=[found.award.public_id])},
            {"label": found.number},
        ),
        "objection": found,
        "form": form,
    }
    return render(request, "payment/objection.html", context, status=status)
