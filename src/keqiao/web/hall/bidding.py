"""The bidder's page: admission, the live board with the least next bid, the receipt."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from keqiao.core.errors import BadInput, NotAllowed
from keqiao.hall.access import seat_of, unit_of
from keqiao.hall.bids import Receipt, apply_to_bid, place_bid, take_back
from keqiao.hall.ledger import amount_words, at_words
from keqiao.hall.models import Listing, Offer
from keqiao.web.hall.forms import AmountForm, ApplyForm
from keqiao.web.hall.present import board_of, terms_of
from keqiao.web.hall.public import public_listing
from keqiao.web.people.signin import me


@require_http_methods(["GET", "POST"])
def apply(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """竞买登记."""
    user, found = me(request), public_listing(public_id)
    if seat_of(user, found).admission is not None:
        return redirect("hall:bid", public_id=public_id)
    form = ApplyForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                apply_to_bid(listing=found, by=user, **form.cleaned_data)
                messages.success(request, "已登记，科技局审查后告知结果。")
                return redirect("hall:bid", public_id=public_id)
            except (BadInput, NotAllowed) as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
                status = 422 if isinstance(refusal, BadInput) else 409
    context = {
        "crumbs": _crumbs(found, "竞买登记"),
        "listing": found,
        "form": form,
        "terms": terms_of(found),
        "unit": unit_of(user),
    }
    return render(request, "hall/apply.html", context, status=status)


def _crumbs(found: Listing, label: str) -> list[dict[str, str]]:
    return [
        {"label": "工作台", "href": reverse("desk:inbox")},
        {"label": "挂牌和竞价", "href": reverse("hall:desk") + "?whose=bids"},
        {"label": found.number or "", "href": reverse("hall:listing", args=[found.public_id])},
        {"label": label},
    ]


@never_cache
@require_http_methods(["GET", "POST"])
def bid(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The bidder's page. A bid that is taken answers with its receipt, shown this once."""
    user, found = me(request), public_listing(public_id)
    if seat_of(user, found).admission is None:
        return redirect("hall:apply", public_id=public_id)
    if request.method != "POST":
        return _page(request, found)
    form = AmountForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    amount = form.cleaned_data["amount"]
    try:
        if amount is None:
            raise BadInput("请写报价金额，单位是元。", field="amount")
        receipt = place_bid(listing=found, amount=amount, by=user)
    except (BadInput, NotAllowed) as refusal:
        form.add_error("amount", refusal.message)
        return _page(request, found, form, status=422 if isinstance(refusal, BadInput) else 409)
    return _page(request, found, receipt=receipt)


@require_POST
def take_back_bid(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """撤回密封报价."""
    user, found = me(request), public_listing(public_id)
    try:
        take_back(listing=found, by=user)
        messages.success(request, "密封报价已撤回，截止前可以重新报价。")
    except (BadInput, NotAllowed) as refusal:
        messages.error(request, f"没有撤回：{refusal.message}")
    return redirect("hall:bid", public_id=public_id)


def _page(
    request: HttpRequest,
    found: Listing,
    form: AmountForm | None = None,
    *,
    receipt: Receipt | None = None,
    status: int = 200,
) -> HttpResponse:
    user = me(request)
    seat, board = seat_of(user, found), board_of(found, timezone.now())
    least = board["least"]
    context: dict[str, Any] = {
        "crumbs": _crumbs(found, "报价"), "listing": found, "seat": seat, "board": board, "terms": terms_of(found),
        "form": form or AmountForm(initial={"amount": amount_words(Decimal(least)) if least is not None else ""}),
        "offers": Offer.objects.filter(listing=found, admission=seat.admission).order_by("-seq"),
        "has_sealed": seat.admission is not None and any(one[0] == seat.admission.alias for one in board["played"].sealed.values()),
    }  # fmt: skip
    if receipt is not None:
        context["receipt"] = receipt
        context["receipt_text"] = (
            f"{receipt.alias}|{amount_words(receipt.amount)}|{receipt.nonce}|{at_words(receipt.at)}"
        )
    return render(request, "hall/bid.html", context, status=status)
