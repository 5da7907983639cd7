"""The firm's side: wallet, splitting, booking, the booking's page for both sides, the code."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from keqiao.core.errors import BadInput, KeqiaoError, NotAllowed, NotFound
from keqiao.deal.access import is_officer_of
from keqiao.people.models import User
from keqiao.voucher.access import (
    booking_for,
    firm_of,
    is_customer,
    is_server,
    may_read_all,
    provider_of,
    service_for,
    voucher_for,
)
from keqiao.voucher.booking import accept, book, cancel, quote, refund, refuse
from keqiao.voucher.catalogue import free_slots
from keqiao.voucher.enums import HOLDING, OWED, VoucherState
from keqiao.voucher.issuing import split
from keqiao.voucher.ledger import balances_of, yuan_words
from keqiao.voucher.models import LabSlot, Voucher, VoucherBooking
from keqiao.voucher.redeeming import confirm_as_firm, confirm_as_provider, new_code
from keqiao.voucher.sums import fen_of
from keqiao.voucher.terms import abuse_rules_on
from keqiao.voucher.todo import todos_of
from keqiao.web.people.signin import me
from keqiao.web.rendering import paginate
from keqiao.web.voucher.forms import BookForm
from keqiao.web.voucher.present import booking_table, clock_of, facts_of, stage_words, voucher_row

_WITH = ("service__provider__organisation", "firm", "slot", "voucher", "batch")


def crumbs(*labels: str, at: tuple[str, str] = ("我的创新券", "voucher:wallet")) -> list[dict[str, str]]:
    """工作台 / the room / these."""
    head = [{"label": "工作台", "href": reverse("desk:inbox")}, {"label": at[0], "href": reverse(at[1])}]
    return [*head, *({"label": one} for one in labels)]


@require_GET
def wallet(request: HttpRequest) -> HttpResponse:
    """The firm's vouchers and bookings. Whoever is no firm is shown to his own desk."""
    user = me(request)
    firm = firm_of(user)
    if firm is None:
        if may_read_all(user):
            return redirect("voucher:bureau")
        if provider_of(user):
            return redirect("voucher:lab")
        raise NotAllowed(
            "“我的创新券”是企业的页面，您的账号没有绑定企业。可以在服务目录查看服务。", code="voucher.firm"
        )
    vouchers = list(
        Voucher.objects.filter(firm=firm)
        .select_related("programme")
        .order_by("state", "valid_until", "number")
    )
    balances = balances_of(one.account_id for one in vouchers)
    bookings = VoucherBooking.objects.filter(firm=firm).select_related(*_WITH).prefetch_related("flags")
    held: dict[int, int] = {}
    for voucher, fen in bookings.filter(stage__in=HOLDING).values_list("voucher", "held_fen"):
        held[voucher] = held.get(voucher, 0) + fen
    usable = sum(
        balances[one.account_id]
        for one in vouchers
        if one.state == VoucherState.ACTIVE and one.valid_until >= timezone.localdate()
    )
    page = paginate(bookings, request)
    used = sum(
        one or 0
        for one in bookings.filter(stage__in=(*OWED, "settled")).values_list("redeemed_fen", flat=True)
    )
    context = {
        "crumbs": [*crumbs()[:1], {"label": "我的创新券"}], "firm": firm, "page": page,
        "rows": [voucher_row(one, balances[one.account_id], held.get(one.pk, 0)) for one in vouchers],
        "stats": [
            {"label": "可用余额", "value": yuan_words(usable), "tone": "green" if usable else ""},
            {"label": "预约占用", "value": yuan_words(sum(held.values()))},
            {"label": "已经使用", "value": yuan_words(used)},
        ],
        "table": booking_table(page, "预约", other="lab") if page.paginator.count else None,
        "todos": [one for one in todos_of(user) if one.page == "booking"],
    }  # fmt: skip
    return render(request, "voucher/wallet.html", context)


@require_POST
def voucher_split(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Split parts off: one sum a line."""
    user, voucher = me(request), voucher_for(request.user, public_id)
    try:
        parts = [fen_of(line, "parts") for line in request.POST.get("parts", "").splitlines() if line.strip()]
        made = split(voucher=voucher, parts_fen=parts, by=user)
        messages.success(request, f"已拆出 {len(made)} 张：{'、'.join(one.number for one in made)}。")
    except (BadInput, NotAllowed) as refusal:
        messages.error(request, f"没有拆分：{refusal.message}")
    return redirect("voucher:wallet")


@require_http_methods(["GET", "POST"])
def booking_new(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Book an hour of a service with one of the firm's vouchers; says beforehand who pays what."""
    user, service = me(request), service_for(public_id)
    firm = firm_of(user)
    if firm is None:
        raise NotAllowed("用创新券预约由企业的账号办理。请用企业账号登录。", code="voucher.firm")
    today = timezone.localdate()
    own = list(
        Voucher.objects.filter(firm=firm, state=VoucherState.ACTIVE, valid_until__gte=today).select_related(
            "programme", "account"
        )
    )
    balances = balances_of(one.account_id for one in own)
    own = [one for one in own if balances[one.account_id] > 0]
    slots = free_slots(service, timezone.now())
    shares = {one.pk: quote(one, service, 1, today) for one in own[:20]}
    form = BookForm(
        request.POST or None,
        vouchers=[
            (str(one.public_id), f"{one.number}，余额 {yuan_words(balances[one.account_id])}，{one.valid_until} 到期")
            for one in own
        ],
        slots=[(str(one.pk), str(one)) for one in slots],
        initial={"slot": request.GET.get("slot", "")},
    )  # fmt: skip
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = book(
                    voucher=voucher_for(user, UUID(form.cleaned_data["voucher"])), service=service,
                    slot=LabSlot.objects.get(pk=int(form.cleaned_data["slot"])),
                    quantity=form.cleaned_data["quantity"], need=form.cleaned_data["need"], by=user,
                )  # fmt: skip
                messages.success(request, f"已预约，{yuan_words(made.held_fen)} 券额已占用，等机构接单。")
                return redirect("voucher:booking", public_id=made.public_id)
            except (BadInput, NotAllowed) as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
                status = 422 if isinstance(refusal, BadInput) else 409
    context = {
        "crumbs": crumbs(f"预约：{service}"), "service": service, "form": form, "slots": slots, "own": own,
        "shares": [
            {"number": one.number, "voucher": yuan_words(shares[one.pk].voucher_fen),
             "own": yuan_words(shares[one.pk].own_fen), "bound": shares[one.pk].bound}
            for one in own[:20]
        ],
        "price": f"{yuan_words(service.price_fen)} / {service.unit}",
    }  # fmt: skip
    return render(request, "voucher/book.html", context, status=status)


@never_cache
@require_GET
def booking(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One booking, as both sides and the officer see it."""
    return _page(request, booking_for(request.user, public_id))


def _page(request: HttpRequest, found: VoucherBooking, status: int = 200, **more: Any) -> HttpResponse:
    user = me(request)
    rules = {one.rule: one for one in abuse_rules_on(timezone.localdate())}
    is_officer = is_officer_of(user, found.voucher.programme.division_code)
    context = {
        "crumbs": crumbs(found.number), "booking": found, "facts": facts_of(found), "clock": clock_of(found),
        "is_customer": is_customer(user, found), "is_server": is_server(user, found), "is_officer": is_officer,
        "state": stage_words(found), "today": timezone.localdate().isoformat(),
        "flags": [{"flag": one, "rule": rules.get(one.rule)} for one in found.flags.select_related("decided_by")]
        if may_read_all(user) else [],
        "entries": found.entries.select_related("source", "target") if may_read_all(user) else [],
    }  # fmt: skip
    return render(request, "voucher/booking.html", context | more, status=status)


@never_cache
@require_POST
def code(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Make and show the one-time code; shown once, the page is not kept by the browser."""
    user, found = me(request), booking_for(request.user, public_id)
    made = new_code(booking=found, by=user)
    url = request.build_absolute_uri(f"{reverse('voucher:redeem')}?code={made.token}")
    context = {
        "crumbs": crumbs(found.number), "booking": found, "code": made, "url": url,
        "typed": f"{made.typed[:4]} {made.typed[4:]}", "facts": facts_of(found),
    }  # fmt: skip
    return render(request, "voucher/code.html", context)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"“{text[:20]}”不是日期，请写成 2026-11-30 这样。", field="own_paid_on") from None


def _acts(
    request: HttpRequest, user: User, found: VoucherBooking
) -> Mapping[str, tuple[Callable[[], Any], str]]:
    typed, post = request.POST.get("reason", ""), request.POST
    score = int(text) if (text := post.get("satisfaction", "")).isdigit() else 0
    return {
        "accept": (lambda: accept(booking=found, by=user), "已接单，企业会收到通知。"),
        "refuse": (lambda: refuse(booking=found, reason=typed, by=user), "已答复不接单，券额已退回企业。"),
        "cancel": (lambda: cancel(booking=found, reason=typed, by=user), "已取消，券额已退回。"),
        "refund": (lambda: refund(booking=found, reason=typed, by=user), "核销已退回。"),
        "confirm-firm": (
            lambda: confirm_as_firm(
                booking=found, own_paid_on=_day(post.get("own_paid_on", "")), satisfaction=score, by=user
            ), "已确认。",
        ),
        "confirm-lab": (
            lambda: confirm_as_provider(
                booking=found, invoice_number=post.get("invoice_number", ""),
                report_number=post.get("report_number", ""), by=user,
            ), "已确认。",
        ),
    }  # fmt: skip


@require_POST
def act(request: HttpRequest, public_id: UUID, what: str) -> HttpResponse:
    """One button of the booking's page."""
    user, found = me(request), booking_for(request.user, public_id)
    acts = _acts(request, user, found)
    if what not in acts:
        raise NotFound("这项操作")
    do, done = acts[what]
    try:
        do()
    except (BadInput, NotAllowed) as refusal:
        return _refused(request, public_id, refusal)
    messages.success(request, done)
    return redirect("voucher:booking", public_id=public_id)


def _refused(request: HttpRequest, public_id: UUID, refusal: KeqiaoError) -> HttpResponse:
    found = booking_for(request.user, public_id)
    return _page(request, found, 422 if isinstance(refusal, BadInput) else 409, refused=refusal)
