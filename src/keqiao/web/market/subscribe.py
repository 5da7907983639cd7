"""Subscribing to a search, confirming it, ending it."""

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from keqiao.core.errors import BadInput
from keqiao.core.masks import mask_email
from keqiao.matching import subscriptions
from keqiao.matching.address import canonical, query_of
from keqiao.matching.facets import facets_of
from keqiao.matching.models import Cadence, Subscription
from keqiao.registry.kinds import kind_of
from keqiao.web.market.halls import hall_of


class SubscriptionForm(forms.Form):
    """Where to and how often."""

    email = forms.EmailField(
        label="邮箱", max_length=254, error_messages={"invalid": "邮箱格式不对，例如 name@example.cn。", "required": "请填写收通知的邮箱。"},
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )  # fmt: skip
    cadence = forms.ChoiceField(
        label="多久通知一次", choices=Cadence.choices, initial=Cadence.WEEKLY, widget=forms.RadioSelect
    )


@login_not_required
@require_http_methods(["GET", "POST"])
def subscription_new(request: HttpRequest, kind: str) -> HttpResponse:
    """The search is in the address, as it was on the list page."""
    kind_of(kind)
    query = canonical(request.GET.urlencode())
    own = getattr(request.user, "email", "") if request.user.is_authenticated else ""
    form = SubscriptionForm(request.POST or None, initial={"email": own})
    title = title_of(kind, query)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                done = subscriptions.subscribe(
                    kind=kind, query=query, email=form.cleaned_data["email"], cadence=form.cleaned_data["cadence"],
                    title=title, by=request.user if request.user.is_authenticated else None,
                )  # fmt: skip
                return render(
                    request,
                    "market/subscription_done.html",
                    {"subscription": done, "email": mask_email(done.email), "hall": hall_of(kind)},
                )
            except BadInput as error:
                form.add_error(error.field if error.field in form.fields else None, error.message)
    context = {
        "form": form,
        "title": title,
        "hall": hall_of(kind),
        "back": f"{hall_of(kind).list_url}?{query}" if query else hall_of(kind).list_url,
    }
    return render(request, "market/subscription_new.html", context, status=status)


def title_of(kind: str, query: str) -> str:
    """The search in words: 技术需求：废水；技术领域 环境保护与资源综合利用."""
    asked = query_of(kind, QueryDict(query))
    parts = [f"“{asked.text}”"] if asked.text else []
    for facet in facets_of(kind):
        if codes := asked.chosen.get(facet.key):
            parts.append(f"{facet.name} {'、'.join(facet.label(code) for code in codes)}")
    if "amount" in asked.ranges:
        parts.append("限定金额")
    return f"{hall_of(kind).label}：{'；'.join(parts) or '全部'}"[:200]


@login_not_required
@require_GET
def subscription_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The link in the mail. A GET, since a person follows it from a mail program; it only ever turns news on."""
    done = subscriptions.confirm(token)
    return render(
        request,
        "market/subscription_done.html",
        {"subscription": done, "is_confirmed": True, "hall": hall_of(done.kind)},
    )


@csrf_exempt  # mail programs post here without a page of ours (RFC 8058); the token in the address is the permission
@login_not_required
@require_http_methods(["GET", "POST"])
def subscription_stop(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks, so that a mail scanner that opens links ends nothing; POST ends it."""
    if request.method == "POST":
        done = subscriptions.unsubscribe(token, everything=request.GET.get("all") == "1")
        return render(
            request,
            "market/subscription_done.html",
            {"subscription": done, "is_ended": True, "hall": hall_of(done.kind)},
        )
    found = subscriptions.any_by_token(token)
    if found.ended_at is not None:
        return render(
            request,
            "market/subscription_done.html",
            {"subscription": found, "is_ended": True, "hall": hall_of(found.kind)},
        )
    return render(
        request, "market/subscription_stop.html", {"subscription": found, "hall": hall_of(found.kind)}
    )


@require_GET
def subscription_list(request: HttpRequest) -> HttpResponse:
    """The signed-in reader's own subscriptions."""
    rows = Subscription.objects.active().filter(user=request.user.pk).order_by("-created_at")
    context = {
        "rows": [{"one": one, "search": _search_url(one)} for one in rows],
        "crumbs": [{"label": "首页", "href": "/"}, {"label": "我的订阅"}],
    }
    return render(request, "market/subscription_list.html", context)


@require_http_methods(["POST"])
def subscription_end(request: HttpRequest, public_id: str) -> HttpResponse:
    """End one of one's own."""
    own = Subscription.objects.filter(user=request.user.pk, public_id=public_id, ended_at=None).first()
    if own is not None:
        subscriptions.unsubscribe(own.token)
    return redirect("market:subscription-list")


def _search_url(one: Subscription) -> str:
    address = hall_of(one.kind).list_url
    return f"{address}?{one.query}" if one.query else address
