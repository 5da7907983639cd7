"""The bureau's side: a year's totals that open their lists, issuing, providers, batches."""

from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.people.models import Organisation
from keqiao.voucher.access import is_officer, programme_for, require_reader
from keqiao.voucher.catalogue import delist_provider, list_provider
from keqiao.voucher.enums import AccountKind, FlagState, Stage
from keqiao.voucher.issuing import add_money, open_programme
from keqiao.voucher.ledger import Totals, contradictions, totals_of, yuan_words
from keqiao.voucher.models import ServiceProvider, VoucherBatch, VoucherBooking, VoucherFlag, VoucherProgramme
from keqiao.voucher.settling import make_batch, ready_for
from keqiao.voucher.terms import abuse_rules_on, terms_on
from keqiao.web.people.signin import me
from keqiao.web.rendering import paginate
from keqiao.web.voucher.firm import crumbs
from keqiao.web.voucher.forms import BatchForm, MoneyForm, ProviderForm, YearForm
from keqiao.web.voucher.present import tail

AT = ("创新券管理", "voucher:bureau")


def _stats(programme: VoucherProgramme, totals: Totals) -> list[dict[str, object]]:
    entries, year = reverse("voucher:entries"), f"year={programme.public_id}"
    bookings = reverse("voucher:bookings")
    return [
        {"label": "批准额度", "value": yuan_words(totals.authorised), "href": f"{entries}?{year}&account=authorised"},
        {"label": "待发放", "value": yuan_words(totals[AccountKind.POOL]), "href": f"{entries}?{year}&account=pool"},
        {"label": "企业持有", "value": yuan_words(totals.in_wallets), "href": f"{reverse('voucher:vouchers')}?{year}"},
        {"label": "预约占用", "value": yuan_words(totals[AccountKind.HELD]), "href": f"{bookings}?{year}&stage=holding"},
        {"label": "应付机构", "value": yuan_words(totals[AccountKind.PROVIDER]), "href": f"{bookings}?{year}&stage=owed",
         "tone": "amber" if totals[AccountKind.PROVIDER] else ""},
        {"label": "已结算", "value": yuan_words(totals[AccountKind.SETTLED]), "href": f"{bookings}?{year}&stage=settled",
         "tone": "green"},
        {"label": "已过期", "value": yuan_words(totals[AccountKind.EXPIRED]), "href": f"{entries}?{year}&account=expired"},
    ]  # fmt: skip


@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """The year's money, what waits, the batches; `?year=` another year."""
    user = me(request)
    require_reader(user)
    try:
        programme = programme_for(user, _year(request))
    except NotFound:
        return render(
            request, "voucher/no_year.html", {"crumbs": [*crumbs(at=AT)[:1], {"label": AT[0]}], "form": YearForm(initial=_first_year()), "may": is_officer(user)}
        )  # fmt: skip
    totals = totals_of(programme)
    terms = terms_on(programme.division_code, timezone.localdate())
    flags = VoucherFlag.objects.filter(booking__voucher__programme=programme)
    ready = ready_for(programme)
    context = {
        "crumbs": [*crumbs(at=AT)[:1], {"label": AT[0]}], "programme": programme, "stats": _stats(programme, totals),
        "wrong": contradictions(programme), "terms": terms, "percent": f"{float(terms.rate) * 100:g}%",
        "cap": f"{terms.firm_year_cap_fen // 1_000_000} 万元", "years": VoucherProgramme.objects.order_by("-year")[:12],
        "batches": [{"batch": one, "total": yuan_words(one.total_fen)} for one in
                    VoucherBatch.objects.filter(programme=programme).select_related("made_by", "approved_by")[:20]],
        "flags": flags.filter(state=FlagState.OPEN).select_related("booking__firm", "booking__service")[:20],
        "flag_count": flags.filter(state=FlagState.OPEN).count(),
        "ready": {"count": ready.count(), "total": yuan_words(sum(one or 0 for one in ready.values_list("redeemed_fen", flat=True)))},
        "waiting": VoucherBooking.objects.filter(voucher__programme=programme, stage=Stage.REDEEMED).count(),
        "rules": abuse_rules_on(timezone.localdate()), "may": is_officer(user), "money_form": MoneyForm(),
        "batch_form": BatchForm(initial={"until": timezone.localdate()}),
    }  # fmt: skip
    return render(request, "voucher/bureau.html", context)


def _year(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.GET.get("year", ""))
    except ValueError:
        return None


def _first_year() -> dict[str, object]:
    today = timezone.localdate()
    return {
        "title": f"{today.year} 年科技创新券", "year": today.year, "starts_on": today.replace(month=1, day=1),
        "ends_on": today.replace(month=12, day=31),
    }  # fmt: skip


@require_http_methods(["GET", "POST"])
def year_new(request: HttpRequest) -> HttpResponse:
    """Open a year for the officer's own area."""
    user = me(request)
    require_reader(user)
    form = YearForm(request.POST or None, initial=_first_year())
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = dict(form.cleaned_data)
            grants = [g.division_prefix for g in user.current_grants if g.division_prefix]
            code = (grants[0] if grants else "").ljust(12, "0") if grants else ""
            try:
                open_programme(authorised_fen=data.pop("authorised"), division_code=code, by=user, **data)
                messages.success(request, "已建立年度，额度已入账。")
                return redirect("voucher:bureau")
            except (BadInput, NotAllowed) as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
    return render(
        request, "voucher/no_year.html", {"crumbs": crumbs("建立年度", at=AT), "form": form, "may": is_officer(user), "asked": True},
        status=status,
    )  # fmt: skip


@require_POST
def money_add(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """More money for the year."""
    user, programme = me(request), programme_for(request.user, public_id)
    form = MoneyForm(request.POST)
    if form.is_valid():
        try:
            add_money(
                programme=programme, fen=form.cleaned_data["amount"], note=form.cleaned_data["note"], by=user
            )
            messages.success(request, f"已追加 {yuan_words(form.cleaned_data['amount'])}。")
        except (BadInput, NotAllowed) as refusal:
            messages.error(request, f"没有追加：{refusal.message}")
    else:
        words = "；".join(str(one) for errors in form.errors.values() for one in errors)
        messages.error(request, f"没有追加：{words}")
    return redirect(f"{reverse('voucher:bureau')}?year={programme.public_id}")


@require_POST
def batch_new(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Make a batch of what is ready."""
    user, programme = me(request), programme_for(request.user, public_id)
    form = BatchForm(request.POST)
    try:
        if not form.is_valid():
            raise BadInput("请写核销截至的日期，例如 2026-11-30。", field="until")
        made = make_batch(programme=programme, until=form.cleaned_data["until"], by=user)
    except (BadInput, NotAllowed) as refusal:
        messages.error(request, f"没有编制：{refusal.message}")
        return redirect(f"{reverse('voucher:bureau')}?year={programme.public_id}")
    messages.success(
        request, f"已编制 {made}，{made.count} 笔 {yuan_words(made.total_fen)}。请另一位工作人员复核。"
    )
    return redirect("voucher:batch", public_id=made.public_id)


@require_GET
def providers(request: HttpRequest) -> HttpResponse:
    """Who takes vouchers."""
    user = me(request)
    require_reader(user)
    rows = (
        ServiceProvider.objects.select_related("organisation")
        .annotate(offers=Count("services", filter=Q(services__is_open=True)))
        .order_by("delisted_on", "organisation__name")
    )
    page = paginate(rows, request)
    return render(
        request, "voucher/providers.html",
        {"crumbs": crumbs("服务机构", at=AT), "page": page, "may": is_officer(user),
         "rows": [{"provider": one, "account": tail(one.account_number)} for one in page]},
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def provider_edit(request: HttpRequest) -> HttpResponse:
    """Put a unit on the list, change it (`?unit=`), or take it off (`delist` in the form)."""
    user = me(request)
    require_reader(user)
    unit = Organisation.objects.filter(public_id=wanted).first() if (wanted := _unit(request)) else None
    provider = ServiceProvider.objects.filter(organisation=unit).first() if unit else None
    initial = {"name": unit.name} if unit else {}
    if provider is not None:
        for name in (
            "legal_representative",
            "address",
            "contact_name",
            "contact_phone",
            "account_bank",
            "intro",
        ):
            initial[name] = getattr(provider, name)
    form = ProviderForm(request.POST or None, initial=initial)
    status = 200
    if request.method == "POST":
        status = 422
        if provider is not None and "delist" in request.POST:
            try:
                delist_provider(provider=provider, reason=request.POST.get("reason", ""), by=user)
                messages.success(request, f"{provider} 已退出目录，已有的预约照常办理。")
                return redirect("voucher:providers")
            except (BadInput, NotAllowed) as refusal:
                messages.error(request, refusal.message)
        elif form.is_valid():
            values = dict(form.cleaned_data)
            try:
                list_provider(organisation=_named(values.pop("name")), values=values, by=user)
                messages.success(request, "已保存，机构可以登记服务项目和时段。")
                return redirect("voucher:providers")
            except (BadInput, NotAllowed) as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
    context = {"crumbs": crumbs("服务机构", at=AT), "form": form, "provider": provider}
    return render(request, "voucher/provider_edit.html", context, status=status)


def _unit(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.GET.get("unit", ""))
    except ValueError:
        return None


def _named(name: str) -> Organisation:
    rows = Organisation.objects.filter(merged_into=None).filter(Q(name=name.strip()) | Q(uscc=name.strip()))
    found: list[Organisation] = list(rows[:2])
    if len(found) != 1:
        words = "有重名，请写统一社会信用代码" if found else "没有找到，请先登记这家单位"
        raise BadInput(f"“{name}”{words}。", field="name")
    return found[0]
