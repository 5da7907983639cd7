"""What anybody may read: who is to get what, and how to object."""

from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.payment.models import Publicity, PublicObjection, yuan
from keqiao.payment.publishing import BASIS, digest_of, object_publicly, reading_of
from keqiao.people.signin import client_ip
from keqiao.web.payment.forms import PublicObjectionForm
from keqiao.web.rendering import paginate

_OBJECTIONS_AN_HOUR = 5


def _crumbs(*more: dict[str, str]) -> list[dict[str, str]]:
    return [
        {"label": "首页", "href": reverse("market:home")},
        {"label": "惠企政策", "href": reverse("policy:policy-list")},
        *more,
    ]


def _notice(public_id: UUID) -> Publicity:
    found = Publicity.objects.select_related("roll__item__policy").filter(public_id=public_id).first()
    if found is None:
        raise NotFound("兑现公示")
    return found


@login_not_required
@require_GET
def publicity_list(request: HttpRequest) -> HttpResponse:
    """Newest first."""
    page = paginate(Publicity.objects.select_related("roll__item__policy"), request)
    today = timezone.localdate()
    rows = [
        {"notice": one, "clock": reading_of(one, today), "count": len(one.content), "sum": yuan(sum(line[3] for line in one.content))}
        for one in page
    ]  # fmt: skip
    context = {"crumbs": _crumbs({"label": "兑现公示"}), "page": page, "rows": rows}
    return render(request, "payment/publicity_list.html", context)


@login_not_required
@never_cache
@require_GET
def publicity(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One notice as it was frozen, with what became of objections."""
    found = _notice(public_id)
    clock = reading_of(found, timezone.localdate())
    dropped = set(found.roll.awards.filter(state="dropped").values_list("number", flat=True))
    lines = [
        {"number": number, "firm": firm, "yuan": yuan(fen), "is_off": number in dropped} for number, firm, _, fen in found.content
    ]  # fmt: skip
    context = {
        "crumbs": _crumbs({"label": "兑现公示", "href": reverse("payment:publicity-list")}, {"label": found.number}),
        "notice": found, "clock": clock, "lines": lines, "basis": f"{BASIS}；节假日表也请核对", "is_unchanged": digest_of(found.content) == found.digest,
        "total": yuan(sum(line[3] for line in found.content)),
        "decided": found.objections.exclude(decided_on=None).select_related("award"),
        "item": found.roll.item, "policy": found.roll.item.policy,
    }  # fmt: skip
    return render(request, "payment/publicity.html", context)


@login_not_required
@require_http_methods(["GET", "POST"])
def publicity_object(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Object, signed; the sender gets a page of his own."""
    found = _notice(public_id)
    form = PublicObjectionForm(request.POST or None, initial={"award_number": request.GET.get("n", "")})
    form.fields["award_number"].choices = [("", "请选择"), *((line[0], line[1]) for line in found.content)]  # type: ignore[attr-defined]  # a ChoiceField
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                _require_not_too_often(request)
                made = object_publicly(notice=found, **form.cleaned_data)
                return redirect("payment:objection-state", token=made.token)
            except (BadInput, NotAllowed) as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
                status = 422 if isinstance(refusal, BadInput) else 409
    crumbs = _crumbs(
        {"label": found.number, "href": reverse("payment:publicity", args=[public_id])}, {"label": "提出异议"}
    )
    context = {
        "crumbs": crumbs,
        "notice": found,
        "form": form,
        "clock": reading_of(found, timezone.localdate()),
    }
    return render(request, "payment/object.html", context, status=status)


def _require_not_too_often(request: HttpRequest) -> None:
    key = f"public-objection:{client_ip(request)}"
    count = caches["limits"].get(key, 0)
    if count >= _OBJECTIONS_AN_HOUR:
        raise NotAllowed(
            "从这个地址一小时内提出的异议太多，请稍后再试，或直接联系科技局。", code="publicity.often"
        )
    caches["limits"].set(key, count + 1, 3600)


@login_not_required
@never_cache
@require_GET
def objection_state(request: HttpRequest, token: str) -> HttpResponse:
    """The objector's own view of what became of it."""
    found = PublicObjection.objects.select_related("publicity", "award").filter(token=token).first()
    if found is None:
        raise NotFound("公示异议")
    return render(
        request,
        "payment/objection_state.html",
        {"crumbs": _crumbs({"label": found.number}), "objection": found},
    )
