"""Those who pay: envelopes with their day of emptiness, lists, what waits, batches."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.payment.access import envelope_for, is_officer_of
from keqiao.payment.batches import make_batch, ready_for
from keqiao.payment.enums import AwardState, BatchState
from keqiao.payment.envelopes import change_allotment, forecast, open_envelope
from keqiao.payment.models import AwardList, Batch, Envelope, in_area
from keqiao.payment.todo import todos_of
from keqiao.people.access import scope_of
from keqiao.people.models import User
from keqiao.policy.models import READERS
from keqiao.web.payment.forms import AllotmentForm, EnvelopeForm
from keqiao.web.payment.present import BATCH_TONES, award_row, balance_stats, sum_yuan
from keqiao.web.people.signin import me
from keqiao.web.policy.places import places
from keqiao.web.rendering import paginate


def crumbs(*more: dict[str, str]) -> list[dict[str, str]]:
    head = [
        {"label": "工作台", "href": reverse("desk:inbox")},
        {"label": "资金和拨付", "href": reverse("payment:desk")},
    ]
    return [*head, *more]


def reader(request: HttpRequest) -> User:
    """Passes for officers and auditors."""
    user = me(request)
    if not scope_of(user).roles & READERS:
        raise NotAllowed("资金和拨付由科技局办理。企业请看“我的政策”。", code="payment.role")
    return user


@never_cache
@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """Envelopes, lists and what waits in the officer's area."""
    user = reader(request)
    scope, today = scope_of(user), timezone.localdate()
    envelopes = Envelope.objects.filter(in_area(scope, "division_code"))
    rows = []
    for one in envelopes[:50]:
        balance, day = one.balance(), forecast(one, today)
        rows.append(
            {"envelope": one, "balance": balance, "stats": balance_stats(balance, day), "empty_on": day}
        )
    rolls = AwardList.objects.filter(in_area(scope, "division_code")).select_related("item", "envelope")
    rolls = rolls.annotate(
        total=Count("awards"), waiting=Count("awards", filter=Q(awards__state__in=(AwardState.MATCHED, AwardState.SECOND, AwardState.SUBMITTED))),
        paid=Count("awards", filter=Q(awards__state=AwardState.PAID)),
    )  # fmt: skip
    page = paginate(rolls.order_by("-created_at", "-pk"), request)
    context = {
        "crumbs": [*crumbs()[:1], {"label": "资金和拨付"}], "envelopes": rows, "page": page, "todos": todos_of(user),
        "may_work": any(is_officer_of(user, one.division_code) for one in envelopes[:1]) or is_officer_of(user, ""),
        "batches": [{"batch": one, "tone": BATCH_TONES.get(BatchState(one.state), "plain")} for one in Batch.objects.filter(in_area(scope, "envelope__division_code")).select_related("envelope")[:20]],
    }  # fmt: skip
    return render(request, "payment/desk.html", context)


@require_http_methods(["GET", "POST"])
def envelope_new(request: HttpRequest) -> HttpResponse:
    """A new pot of money."""
    user = reader(request)
    form = EnvelopeForm(request.POST or None)
    form.fields["division_code"].choices = places(user)  # type: ignore[attr-defined]  # a ChoiceField
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = open_envelope(by=user, **form.cleaned_data)
                messages.success(request, f"{made.number} 已建立。")
                return redirect("payment:envelope", public_id=made.public_id)
            except (BadInput, NotAllowed) as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
    context = {
        "crumbs": crumbs({"label": "新建资金包"}),
        "form": form,
        "heading": "新建资金包",
        "label": "建立",
    }
    return render(request, "payment/form.html", context, status=status)


@never_cache
@require_GET
def envelope(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One pot: sums, movements, what is ready to be paid, batches."""
    reader(request)
    return _page(request, envelope_for(request.user, public_id))


def _page(request: HttpRequest, found: Envelope, status: int = 200, **more: Any) -> HttpResponse:
    today = timezone.localdate()
    ready = ready_for(found)
    day = forecast(found, today)
    page = paginate(found.entries.select_related("award", "batch", "by"), request)
    context = {
        "crumbs": crumbs({"label": found.name}), "envelope": found, "stats": balance_stats(found.balance(), day), "empty_on": day,
        "ready": [award_row(one) for one in ready], "ready_sum": sum_yuan(ready), "page": page, "allotment_form": AllotmentForm(),
        "may_work": is_officer_of(request.user, found.division_code), "rolls": found.award_lists.select_related("item"),
        "batches": [{"batch": one, "tone": BATCH_TONES.get(BatchState(one.state), "plain")} for one in found.batches.all()],
    }  # fmt: skip
    return render(request, "payment/envelope.html", context | more, status=status)


@require_POST
def envelope_act(request: HttpRequest, public_id: UUID, what: str) -> HttpResponse:
    """Add or cut money; make a batch of what is ready."""
    user, found = reader(request), envelope_for(request.user, public_id)
    chosen = [int(one) for one in request.POST.getlist("chosen") if one.isdigit()]
    form = AllotmentForm(request.POST)
    acts: dict[str, Callable[[], Any]] = {
        "change": lambda: change_allotment(
            envelope=found, fen=_fen(form), note=request.POST.get("note", ""), by=user
        ),
        "batch": lambda: make_batch(
            envelope=found, award_ids=chosen, title=request.POST.get("title", ""), by=user
        ),
    }
    if what not in acts:
        raise NotFound("这项操作")
    try:
        made = acts[what]()
    except (BadInput, NotAllowed) as refusal:
        return _page(
            request,
            found,
            422 if isinstance(refusal, BadInput) else 409,
            refused=refusal,
            allotment_form=form,
        )
    if isinstance(made, Batch):
        messages.success(request, f"{made.number} 已建立，请另一位工作人员复核。")
        return redirect("payment:batch", public_id=made.public_id)
    messages.success(request, "资金变动已记入。")
    return redirect("payment:envelope", public_id=public_id)


def _fen(form: AllotmentForm) -> int:
    if not form.is_valid() or form.cleaned_data["fen"] is None:
        raise BadInput("请写追加或核减的金额，单位元。", field="fen")
    return int(form.cleaned_data["fen"])
