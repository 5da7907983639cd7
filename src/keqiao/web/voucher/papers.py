"""The lists behind the bureau's totals: vouchers, bookings, entries, flags, one batch and its file."""

from datetime import date
from io import BytesIO
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.voucher.access import (
    batch_for,
    booking_for,
    flag_for,
    is_officer,
    programme_for,
    require_officer,
    voucher_for,
)
from keqiao.voucher.enums import HOLDING, OWED, AccountKind, EntryKind, Stage, VoucherState
from keqiao.voucher.issuing import withdraw
from keqiao.voucher.ledger import balances_of, yuan_words
from keqiao.voucher.models import Voucher, VoucherBooking, VoucherEntry, VoucherProgramme
from keqiao.voucher.settling import approve_batch, cancel_batch, pay_batch, shares_of, write_batch
from keqiao.voucher.watching import decide_flag
from keqiao.web.intake.receiving import disposition
from keqiao.web.people.signin import me
from keqiao.web.rendering import paginate, render_part
from keqiao.web.voucher.bureau import AT
from keqiao.web.voucher.firm import crumbs
from keqiao.web.voucher.present import booking_table, plain_yuan, tail, voucher_row

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_STAGES = {"holding": HOLDING, "owed": OWED}


def _programme(request: HttpRequest) -> VoucherProgramme:
    try:
        wanted = UUID(request.GET.get("year", ""))
    except ValueError:
        wanted = None
    return programme_for(request.user, wanted)


@require_GET
def vouchers(request: HttpRequest) -> HttpResponse:
    """Every voucher of a year with what is left on it."""
    programme = _programme(request)
    rows = Voucher.objects.filter(programme=programme).select_related("firm", "programme")
    if (state := request.GET.get("state", "")) in VoucherState.values:
        rows = rows.filter(state=state)
    if q := request.GET.get("q", "").strip()[:60]:
        rows = rows.filter(Q(firm__name__icontains=q) | Q(number__icontains=q))
    page = paginate(rows.order_by("-issued_at", "-pk"), request)
    balances = balances_of(one.account_id for one in page)
    context = {
        "crumbs": crumbs("创新券", at=AT), "programme": programme, "page": page, "words": q, "state": state,
        "states": VoucherState.choices, "may": is_officer(request.user),
        "rows": [voucher_row(one, balances[one.account_id]) for one in page],
    }  # fmt: skip
    return render_part(request, "voucher/vouchers.html", "results", context)


@require_POST
def voucher_withdraw(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take back what is left."""
    user, voucher = me(request), voucher_for(request.user, public_id)
    require_officer(user, voucher.programme)
    try:
        fen = withdraw(voucher=voucher, reason=request.POST.get("reason", ""), by=user)
        messages.success(request, f"{voucher} 已收回，{yuan_words(fen)} 回到待发放。")
    except (BadInput, NotAllowed) as refusal:
        messages.error(request, f"没有收回：{refusal.message}")
    return redirect(f"{reverse('voucher:vouchers')}?year={voucher.programme.public_id}")


@require_GET
def bookings(request: HttpRequest) -> HttpResponse:
    """Bookings of a year; `?stage=` a state, or holding / owed; `?flag=1` only with open flags."""
    programme = _programme(request)
    rows = VoucherBooking.objects.filter(voucher__programme=programme)
    stage = request.GET.get("stage", "")
    if stage in _STAGES:
        rows = rows.filter(stage__in=_STAGES[stage])
    elif stage in Stage.values:
        rows = rows.filter(stage=stage)
    if request.GET.get("flag"):
        rows = rows.filter(flags__state="open").distinct()
    if q := request.GET.get("q", "").strip()[:60]:
        rows = rows.filter(
            Q(firm__name__icontains=q) | Q(number__icontains=q) | Q(service__title__icontains=q)
            | Q(service__provider__organisation__name__icontains=q)
        )  # fmt: skip
    total = sum(
        (fen if fen is not None else held) for held, fen in rows.values_list("held_fen", "redeemed_fen")
    )
    page = paginate(
        rows.select_related("service__provider__organisation", "firm", "slot", "voucher").prefetch_related("flags"), request
    )  # fmt: skip
    context = {
        "crumbs": crumbs("预约和核销", at=AT), "programme": programme, "page": page, "words": q, "stage": stage,
        "stages": [("holding", "预约占用"), ("owed", "应付机构"), *Stage.choices], "total": yuan_words(total),
        "flag": request.GET.get("flag", ""), "table": booking_table(page, "预约和核销") if page.paginator.count else None,
    }  # fmt: skip
    return render_part(request, "voucher/bookings.html", "results", context)


@require_GET
def entries(request: HttpRequest) -> HttpResponse:
    """The book itself, newest first; `?account=` movements of one kind of account, with their sum."""
    programme = _programme(request)
    rows = VoucherEntry.objects.filter(programme=programme)
    if (kind := request.GET.get("account", "")) in AccountKind.values:
        rows = rows.filter(Q(source__kind=kind) | Q(target__kind=kind))
    if (why := request.GET.get("why", "")) in EntryKind.values:
        rows = rows.filter(kind=why)
    page = paginate(
        rows.select_related("source", "target", "by", "booking", "voucher").order_by("-pk"), request
    )
    table = {
        "caption": "账目", "hide_caption": True,
        "columns": [{"label": "事由", "main": True}, {"label": "时间", "nowrap": True}, {"label": "转出"}, {"label": "转入"},
                    {"label": "金额（元）", "num": True}, {"label": "办理人"}],
        "rows": [{"cells": [
            {"text": one.get_kind_display(), "href": reverse("voucher:booking", args=[one.booking.public_id]) if one.booking else "",
             "sub": one.note},
            f"{timezone.localtime(one.at):%Y-%m-%d %H:%M}", str(one.source), str(one.target), plain_yuan(one.fen),
            str(one.by) if one.by else "系统",
        ]} for one in page],
    }  # fmt: skip
    context = {
        "crumbs": crumbs("账目", at=AT), "programme": programme, "page": page, "account": kind, "why": why,
        "accounts": AccountKind.choices, "whys": EntryKind.choices, "table": table if page.paginator.count else None,
    }  # fmt: skip
    return render_part(request, "voucher/entries.html", "results", context)


@require_POST
def flag_decide(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Clear or uphold a flag."""
    user, flag = me(request), flag_for(request.user, public_id)
    booking_for(user, flag.booking.public_id)
    try:
        decide_flag(
            flag=flag, is_upheld="uphold" in request.POST, decision=request.POST.get("decision", ""), by=user
        )
        messages.success(request, f"{flag.rule} 的核查意见已记下。")
    except (BadInput, NotAllowed) as refusal:
        messages.error(request, f"没有记下：{refusal.message}")
    return redirect("voucher:booking", public_id=flag.booking.public_id)


@require_GET
def batch(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One batch: what goes to whom, and every booking behind it."""
    user, found = me(request), batch_for(request.user, public_id)
    shares = shares_of(found)
    context = {
        "crumbs": crumbs(found.number, at=AT), "batch": found, "total": yuan_words(found.total_fen),
        "agrees": sum(one.fen for one in shares) == found.total_fen or found.state == "cancelled",
        "shares": [
            {"provider": one.provider, "count": one.count, "fen": yuan_words(one.fen),
             "account": f"{one.provider.account_bank} {tail(one.provider.account_number)}",
             "table": booking_table(one.bookings, str(one.provider), other="firm")} for one in shares
        ],
        "may": is_officer(user), "is_maker": found.made_by_id == user.pk, "today": timezone.localdate().isoformat(),
    }  # fmt: skip
    return render(request, "voucher/batch.html", context)


@require_POST
def batch_act(request: HttpRequest, public_id: UUID, what: str) -> HttpResponse:
    """Approve, pay, cancel."""
    user, found = me(request), batch_for(request.user, public_id)
    try:
        if what == "approve":
            approve_batch(batch=found, by=user)
        elif what == "pay":
            pay_batch(
                batch=found,
                paid_on=_day(request.POST.get("paid_on", "")),
                receipt=request.POST.get("receipt", ""),
                by=user,
            )
        elif what == "cancel":
            cancel_batch(batch=found, reason=request.POST.get("reason", ""), by=user)
        else:
            raise NotFound("这项操作")
        messages.success(request, "已办理。")
    except (BadInput, NotAllowed) as refusal:
        messages.error(request, f"没有办理：{refusal.message}")
    return redirect("voucher:batch", public_id=public_id)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"“{text[:20]}”不是日期，请写成 2026-11-30 这样。", field="paid_on") from None


@require_GET
def batch_file(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The batch as .xlsx, with full account numbers: for officers, recorded."""
    user, found = me(request), batch_for(request.user, public_id)
    require_officer(user, found.programme)
    out = BytesIO()
    write_batch(found, out, by=user)
    response = HttpResponse(out.getvalue(), content_type=_XLSX)
    response["Content-Disposition"] = disposition(f"{found.number}.xlsx")
    return response
