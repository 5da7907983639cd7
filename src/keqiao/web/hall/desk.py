"""The working side: the owner's and the officer's list, one listing, its actions, objections, the certificate."""

import datetime as dt
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from keqiao.core.audit import record
from keqiao.core.errors import BadInput, KeqiaoError, NotAllowed, NotFound
from keqiao.deal.access import case_for
from keqiao.hall.access import listing_for, listings_of, objection_for, require_officer, seat_of, unit_of
from keqiao.hall.bids import ask_unseal, decide_admission, unseal, withdraw_admission
from keqiao.hall.certificate import write_certificate
from keqiao.hall.concluding import conclude, conclude_refusal, fail_listing, no_deal_reason
from keqiao.hall.enums import BidForm, State
from keqiao.hall.listing import (
    Terms,
    change_listing,
    draft_listing,
    listing_refusal,
    publish_listing,
    relist,
    reschedule,
    return_listing,
    stop_listing,
    submit_listing,
)
from keqiao.hall.models import Admission, Listing, Objection, Result
from keqiao.hall.objecting import decide_objection, read_objection
from keqiao.hall.todo import todos_of
from keqiao.people.models import User
from keqiao.registry.records.access import record_for
from keqiao.web.hall.forms import FIELD_OF, DecisionForm, ListingForm, WindowForm
from keqiao.web.hall.present import board_of, row_of, terms_of
from keqiao.web.intake.receiving import disposition
from keqiao.web.people.signin import me
from keqiao.web.rendering import paginate, render_part

_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def _crumbs(*labels: str) -> list[dict[str, str]]:
    head = [
        {"label": "工作台", "href": reverse("desk:inbox")},
        {"label": "挂牌和竞价", "href": reverse("hall:desk")},
    ]
    return [*head, *({"label": label} for label in labels)]


@require_GET
def hall_desk(request: HttpRequest) -> HttpResponse:
    """What waits, and the listings of one's own: the officer's area, the unit's own, those the unit bids in."""
    user, now = me(request), timezone.now()
    unit = unit_of(user)
    whose = request.GET.get("whose", "")
    base = listings_of(user)
    if unit is not None:
        base = base.filter(admissions__organisation=unit) if whose == "bids" else base.filter(owner=unit)
    if (state := request.GET.get("state", "")) in State.values:
        base = base.filter(state=state)
    if q := request.GET.get("q", "").strip()[:60]:
        base = base.filter(title__icontains=q) | base.filter(number__icontains=q)
    page = paginate(base.order_by("-created_at", "-pk"), request)
    here = reverse("hall:desk")
    rows = [
        row_of(one, now)
        | {"href": reverse("hall:bid" if whose == "bids" else "hall:work", args=[one.public_id])}
        for one in page
    ]
    context = {
        "crumbs": [*_crumbs()[:1], {"label": "挂牌和竞价"}], "todos": todos_of(user, now)[:30], "page": page, "rows": rows,
        "state": state, "states": State.choices, "words": q, "whose": whose,
        "tabs": [{"label": "我们挂牌的", "href": here, "current": whose != "bids"},
                 {"label": "我们参加的", "href": f"{here}?whose=bids", "current": whose == "bids"}] if unit else [],
    }  # fmt: skip
    return render_part(request, "hall/desk.html", "results", context)


@require_http_methods(["GET", "POST"])
def listing_new(request: HttpRequest, kind: str, record_id: UUID) -> HttpResponse:
    """List one of the unit's own published records; `?case=` is the case of the deal desk that it came from."""
    user = me(request)
    if kind not in ("achievement", "work"):
        raise NotFound("可以挂牌的成果")
    target = record_for(user, kind, record_id)
    if refusal := listing_refusal(user, target):
        raise NotAllowed(refusal, code="hall.owner")
    case = case_for(user, request.GET["case"]) if request.GET.get("case") else None
    texts = target.texts()
    first = {"summary": texts[0][1][:600] if texts else "", "way": "listed", "form": "open", "mode": "sale"}
    return _edit(
        request,
        f"挂牌：{target.title}",
        first,
        lambda terms: draft_listing(target=target, terms=terms, by=user, case=case),
    )


@require_http_methods(["GET", "POST"])
def listing_edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Rewrite a draft or a returned one."""
    user, found = me(request), listing_for(request.user, public_id)
    if not seat_of(user, found).is_owner:
        raise NotFound("挂牌项目")
    names = ("mode", "way", "form", "price_basis", "deposit", "conditions", "contact", "summary", "buyer_name",
             "buyer_relation", "relation_note", "opens_at", "closes_at")  # fmt: skip
    first = {name: getattr(found, name) for name in names}
    for column, name in FIELD_OF.items():
        first[name] = getattr(found, column)
    return _edit(
        request,
        f"修改：{found.title}",
        first,
        lambda terms: change_listing(listing=found, terms=terms, by=user),
        found,
    )


def _edit(
    request: HttpRequest,
    heading: str,
    first: Mapping[str, Any],
    do: Callable[[Terms], Listing],
    found: Listing | None = None,
) -> HttpResponse:
    form = ListingForm(request.POST or None, initial=dict(first))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = do(form.to_terms())
                messages.success(request, "已保存。核对后点“提交审核”，审核通过才公告。")
                return redirect("hall:work", public_id=made.public_id)
            except (BadInput, NotAllowed) as refusal:
                field = FIELD_OF.get(refusal.field or "", refusal.field)
                form.add_error(field if field in form.fields else None, refusal.message)
                status = 422 if isinstance(refusal, BadInput) else 409
    return render(
        request,
        "hall/edit.html",
        {"crumbs": _crumbs(heading), "heading": heading, "form": form, "listing": found},
        status=status,
    )


@never_cache
@require_GET
def work(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One listing as its officer and its owner work on it."""
    return _page(request, _mine(request, public_id))


def _mine(request: HttpRequest, public_id: UUID) -> Listing:
    found = listing_for(request.user, public_id)
    seat = seat_of(request.user, found)
    if not seat.works_here and not me(request).roles & {"auditor"}:
        raise NotFound("挂牌项目")
    return found


def _page(request: HttpRequest, found: Listing, status: int = 200, **more: Any) -> HttpResponse:
    user, now = me(request), timezone.now()
    seat, board = seat_of(user, found), board_of(found, now)
    sealed = found.form == BidForm.SEALED and board["played"].sealed and not board["played"].is_opened
    context = {
        "crumbs": _crumbs(found.number or found.title), "listing": found, "seat": seat, "board": board, "terms": terms_of(found),
        "admissions": found.admissions.select_related("organisation", "decided_by") if seat.is_officer else (),
        "objections": Objection.objects.filter(notice__listing=found).select_related("decided_by") if seat.is_officer else (),
        "notices": found.notices.all(), "result": Result.objects.filter(listing=found).select_related("notice", "case").first(),
        "refusal": conclude_refusal(found, board["clock"], board["played"]), "no_deal": no_deal_reason(found, board["played"], now) if found.number else "",
        "sealed": sealed and board["clock"].phase == "deciding", "may_second": found.unseal_asked_by_id not in (None, user.pk),
        "window_form": WindowForm(), "is_published": found.state == State.PUBLISHED,
        "has_bids": bool(board["played"].standing and board["played"].standing.accepted),
    }  # fmt: skip
    return render(request, "hall/work.html", context | more, status=status)


def _acts(request: HttpRequest, user: User, found: Listing) -> Mapping[str, tuple[Callable[[], Any], str]]:
    """What a button does, and what is said when it is done."""
    typed = request.POST.get("reason", "")
    version = int(text) if (text := request.POST.get("version", "")).isdigit() else None
    return {
        "submit": (lambda: submit_listing(listing=found, by=user, version=version), "已提交，科技局审核后公告。"),
        "return": (lambda: return_listing(listing=found, reason=typed, by=user, version=version), "已退回转让方。"),
        "publish": (lambda: publish_listing(listing=found, by=user, version=version), "已编号公告，公示期从今天起算。"),
        "stop": (lambda: stop_listing(listing=found, reason=typed, by=user, version=version), "已终止。"),
        "ask-unseal": (lambda: ask_unseal(listing=found, by=user), "已申请开标，请另一位工作人员复核。"),
        "unseal": (lambda: unseal(listing=found, by=user), "已开标，金额和随机数已写入公开日志。"),
        "conclude": (lambda: conclude(listing=found, by=user, version=version), "已确认成交并公告。"),
        "fail": (lambda: fail_listing(listing=found, reason=typed, by=user, version=version), "已公告未成交，转让方可以重新挂牌。"),
    }  # fmt: skip


@require_POST
def act(request: HttpRequest, public_id: UUID, what: str) -> HttpResponse:
    """One button of the listing's page."""
    user, found = me(request), _mine(request, public_id)
    if what == "relist":
        try:
            again = relist(listing=found, by=user)
        except KeqiaoError as refusal:
            return _refused(request, found, refusal)
        messages.success(request, "已按原来的内容建立新的草稿，请核对价格、写新的报价时间。")
        return redirect("hall:listing-edit", public_id=again.public_id)
    if what == "reschedule":
        return _reschedule(request, user, found)
    acts = _acts(request, user, found)
    if what not in acts:
        raise NotFound("这项操作")
    do, done = acts[what]
    try:
        do()
    except (BadInput, NotAllowed) as refusal:
        return _refused(request, found, refusal)
    messages.success(request, done)
    return redirect("hall:work", public_id=public_id)


def _refused(request: HttpRequest, found: Listing, refusal: KeqiaoError, **more: Any) -> HttpResponse:
    found.refresh_from_db()
    return _page(request, found, 422 if isinstance(refusal, BadInput) else 409, refused=refusal, **more)


def _reschedule(request: HttpRequest, user: User, found: Listing) -> HttpResponse:
    form = WindowForm(request.POST)
    if form.is_valid():
        opens_at, closes_at = form.cleaned_data["opens_at"], form.cleaned_data["closes_at"]
        if isinstance(opens_at, dt.datetime) and isinstance(closes_at, dt.datetime):
            try:
                reschedule(
                    listing=found,
                    opens_at=opens_at,
                    closes_at=closes_at,
                    reason=form.cleaned_data["reason"],
                    by=user,
                )
            except (BadInput, NotAllowed) as refusal:
                return _refused(request, found, refusal, window_form=form)
            messages.success(request, "报价时间已变更，变更公告已发布。")
            return redirect("hall:work", public_id=found.public_id)
    return _refused(
        request, found, BadInput("请写新的报价开始和截止时间。", field="opens_at"), window_form=form
    )


@require_POST
def admission_decide(request: HttpRequest, public_id: UUID, what: str) -> HttpResponse:
    """Admit, refuse, or take an admission away."""
    user = me(request)
    admission = (
        Admission.objects.select_related("listing", "organisation").filter(public_id=public_id).first()
    )
    if admission is None or what not in ("admit", "refuse", "withdraw"):
        raise NotFound("竞买登记")
    found = _mine(request, admission.listing.public_id)
    reason = request.POST.get("reason", "")
    try:
        if what == "withdraw":
            withdraw_admission(admission=admission, reason=reason, by=user)
        else:
            decide_admission(admission=admission, is_admitted=what == "admit", reason=reason, by=user)
    except (BadInput, NotAllowed) as refusal:
        return _refused(request, found, refusal)
    messages.success(
        request,
        {"admit": "已准入。", "refuse": "未准入，理由已告知对方。", "withdraw": "已取消资格，报价不再计入。"}[
            what
        ],
    )
    return redirect("hall:work", public_id=found.public_id)


@never_cache
@require_http_methods(["GET", "POST"])
def objection(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Who objects and why, for the officer alone; each reading is logged. POST decides."""
    user, found = me(request), objection_for(me(request), public_id)
    form = DecisionForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = decide_objection(objection=found, by=user, **form.cleaned_data)
                messages.success(request, f"已办结并公告（{made.number}），公告里没有异议人的信息。")
                return redirect("hall:work", public_id=found.notice.listing.public_id)
            except (BadInput, NotAllowed) as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
                status = 422 if isinstance(refusal, BadInput) else 409
    else:
        read_objection(found, user)
    listing = found.notice.listing
    crumbs = [
        *_crumbs()[:2],
        {"label": listing.number or "", "href": reverse("hall:work", args=[listing.public_id])},
        {"label": found.number},
    ]
    return render(
        request,
        "hall/objection.html",
        {"crumbs": crumbs, "objection": found, "listing": listing, "form": form},
        status=status,
    )


@require_GET
def certificate(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """成交确认书 for the parties and the officer."""
    user, found = me(request), listing_for(request.user, public_id)
    result = Result.objects.select_related("listing", "notice").filter(listing=found).first()
    unit = unit_of(user)
    if result is None:
        raise NotFound("成交确认书")
    if unit is None or unit.pk not in (result.seller_id, result.buyer_id):
        require_officer(user, found)
    out = BytesIO()
    write_certificate(result, out)
    record("hall_result.exported", by=user, target=result, reason="docx")
    response = HttpResponse(out.getvalue(), content_type=_DOCX)
    response["Content-Disposition"] = disposition(f"{result.number} 成交确认书.docx")
    return response
