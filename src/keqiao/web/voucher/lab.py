"""The provider's side: today's list, redemption by scanned or typed code, services and hours."""

from uuid import UUID

from django.contrib import messages
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from keqiao.core.errors import BadInput, KeqiaoError, NotAllowed, NotFound
from keqiao.people.models import User
from keqiao.registry.resource.models import Resource
from keqiao.voucher.access import own_service_for, provider_of
from keqiao.voucher.catalogue import free_slots, open_slots, save_service
from keqiao.voucher.enums import HOLDING, OWED, ServiceClass
from keqiao.voucher.ledger import balances_of, yuan_words
from keqiao.voucher.models import LabService, ServiceProvider, VoucherAccount, VoucherBooking
from keqiao.voucher.redeeming import booking_by_code, redeem
from keqiao.voucher.todo import todos_of
from keqiao.web.people.signin import me
from keqiao.web.rendering import paginate
from keqiao.web.voucher.firm import crumbs
from keqiao.web.voucher.forms import RedeemForm, ServiceForm, SlotForm
from keqiao.web.voucher.present import booking_table, facts_of, plain_yuan, tail

_AT = ("服务机构台", "voucher:lab")
_TRIES_AN_HOUR = 30


def _provider(user: User) -> ServiceProvider:
    found = provider_of(user)
    if found is None:
        raise NotAllowed(
            "本单位还不在创新券服务机构名单里。需要加入请联系市科技局，提供服务项目、收费标准和收款账号。",
            code="voucher.provider",
        )
    return found


@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """What waits, who comes, what is owed, the services."""
    user = me(request)
    provider = provider_of(user)
    if provider is None:
        return render(
            request, "voucher/no_provider.html", {"crumbs": [*crumbs(at=_AT)[:1], {"label": _AT[0]}]}
        )
    rows = (
        VoucherBooking.objects.filter(service__provider=provider)
        .select_related("service__provider__organisation", "firm", "slot", "voucher", "batch")
        .prefetch_related("flags")
    )
    today = rows.filter(stage__in=HOLDING, slot__starts_at__date=timezone.localdate()).order_by(
        "slot__starts_at"
    )
    accounts = VoucherAccount.objects.filter(provider=provider).values_list("pk", flat=True)
    owed = sum(balances_of(accounts).values())
    settled = sum(one or 0 for one in rows.filter(stage="settled").values_list("redeemed_fen", flat=True))
    page = paginate(rows, request)
    services = provider.services.select_related("resource").order_by("-is_open", "title")
    context = {
        "crumbs": [*crumbs(at=_AT)[:1], {"label": _AT[0]}], "provider": provider, "page": page,
        "account": f"{provider.account_bank} {tail(provider.account_number)}",
        "todos": [one for one in todos_of(user) if one.page == "booking"],
        "stats": [
            {"label": "今天到场", "value": today.count(), "unit": "件"},
            {"label": "待结算", "value": yuan_words(owed), "tone": "amber" if owed else ""},
            {"label": "已结算", "value": yuan_words(settled)},
            {"label": "核销后待办", "value": rows.filter(stage__in=OWED, provider_confirmed_at=None).count(), "unit": "件"},
        ],
        "today": booking_table(today, "今天到场", other="firm") if today else None,
        "table": booking_table(page, "全部预约", other="firm") if page.paginator.count else None,
        "services": [
            {"service": one, "price": f"{plain_yuan(one.price_fen)} 元 / {one.unit}",
             "kind": str(ServiceClass(one.service_class).label)} for one in services
        ],
    }  # fmt: skip
    return render(request, "voucher/lab.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def redeem_page(request: HttpRequest) -> HttpResponse:
    """`?code=` from the QR or typed: shows whose it is and what it pays; the button spends it."""
    user = me(request)
    _provider(user)
    text = (request.POST.get("code") or request.GET.get("code", "")).strip()[:200]
    context: dict[str, object] = {"crumbs": crumbs("核销", at=_AT), "text": text}
    status, found = 200, None
    if text:
        try:
            _count(user)
            found = booking_by_code(text=text, by=user)
            context |= {"booking": found, "facts": facts_of(found)}
        except KeqiaoError as refusal:
            context["refused"], status = refusal, 404 if isinstance(refusal, NotFound) else 409
    form = RedeemForm(
        request.POST or None, initial={"code": text, "actual": plain_yuan(found.price_fen) if found else ""}
    )
    if request.method == "POST" and found is not None:
        if form.is_valid():
            try:
                done = redeem(booking=found, code=text, actual_fen=form.cleaned_data["actual"], by=user)
                messages.success(
                    request,
                    f"已核销 {yuan_words(done.redeemed_fen or 0)}，企业自付 "
                    f"{yuan_words((done.redeemed_price_fen or 0) - (done.redeemed_fen or 0))}。",
                )
                return redirect("voucher:booking", public_id=done.public_id)
            except (BadInput, NotAllowed, NotFound) as refusal:
                context["refused"], status = refusal, 422 if isinstance(refusal, BadInput) else 409
        else:
            status = 422
    return render(request, "voucher/redeem.html", context | {"form": form}, status=status)


def _count(user: User) -> None:
    """A few dozen codes an hour from one account: a desk needs no more, a guesser gets nowhere."""
    key = f"voucher-code-{user.pk}"
    tries = caches["limits"].get(key, 0)
    if tries >= _TRIES_AN_HOUR * 4:
        raise NotAllowed("一小时内输入的核销码太多，请一小时后再试，或联系科技局。", code="voucher.flood")
    caches["limits"].set(key, tries + 1, 3600)


def _resources(provider: ServiceProvider) -> list[tuple[str, str]]:
    rows = Resource.objects.filter(organisation=provider.organisation).order_by("title")[:300]
    return [(str(one.public_id), one.title) for one in rows]


@require_http_methods(["GET", "POST"])
def service_new(request: HttpRequest) -> HttpResponse:
    return _edit(request, None)


@require_http_methods(["GET", "POST"])
def service_edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    return _edit(request, own_service_for(request.user, public_id))


def _edit(request: HttpRequest, service: LabService | None) -> HttpResponse:
    user = me(request)
    provider = _provider(user)
    initial = {}
    if service is not None:
        names = (
            "title",
            "service_class",
            "unit",
            "minutes",
            "intro",
            "sample_note",
            "is_statutory",
            "is_open",
        )
        initial = {name: getattr(service, name) for name in names}
        initial |= {
            "price": plain_yuan(service.price_fen),
            "resource": str(service.resource.public_id) if service.resource else "",
        }
    form = ServiceForm(request.POST or None, initial=initial, resources=_resources(provider))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            values = dict(form.cleaned_data)
            wanted = values.pop("resource")
            values["resource"] = (
                Resource.objects.filter(public_id=wanted, organisation=provider.organisation).first()
                if wanted
                else None
            )
            values["price_fen"] = values.pop("price")
            try:
                made = save_service(service=service, values=values, by=user)
                messages.success(request, "已保存。请在下面开放可预约的时段。")
                return redirect("voucher:service-edit", public_id=made.public_id)
            except (BadInput, NotAllowed) as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
    return _service_page(request, service, form, SlotForm(), status)


def _service_page(
    request: HttpRequest, service: LabService | None, form: ServiceForm, slot_form: SlotForm, status: int
) -> HttpResponse:
    heading = str(service) if service else "新增服务项目"
    slots = free_slots(service, timezone.now(), 40) if service else []
    context = {
        "crumbs": crumbs(heading, at=_AT), "heading": heading, "service": service, "form": form, "slots": slots,
        "slot_form": slot_form,
    }  # fmt: skip
    return render(request, "voucher/service_edit.html", context, status=status)


@require_POST
def slots_open(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Open hours of a service."""
    user, service = me(request), own_service_for(request.user, public_id)
    form = SlotForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            count = open_slots(
                service=service, first=data["first"], last=data["last"], from_time=data["from_time"],
                to_time=data["to_time"], weekdays=frozenset(map(int, data["weekdays"])), by=user,
            )  # fmt: skip
            messages.success(request, f"已开放 {count} 个时段；与已有时段重叠的没有重复开放。")
            return redirect("voucher:service-edit", public_id=public_id)
        except (BadInput, NotAllowed) as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
    names = ("title", "service_class", "unit", "minutes", "intro", "sample_note", "is_statutory", "is_open")
    first = {name: getattr(service, name) for name in names} | {"price": plain_yuan(service.price_fen)}
    return _service_page(
        request, service, ServiceForm(initial=first, resources=_resources(service.provider)), form, 422
    )
