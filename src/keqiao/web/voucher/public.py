"""The public catalogue of what vouchers pay for."""

from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from keqiao.voucher.access import firm_of, service_for
from keqiao.voucher.catalogue import free_slots
from keqiao.voucher.enums import ServiceClass
from keqiao.voucher.models import LabService
from keqiao.voucher.terms import terms_on
from keqiao.web.rendering import paginate, render_part
from keqiao.web.voucher.present import service_row


def _crumbs(*labels: str) -> list[dict[str, str]]:
    head = [
        {"label": "首页", "href": reverse("market:home")},
        {"label": "创新券服务目录", "href": reverse("voucher:catalogue")},
    ]
    return [*head[: 2 if labels else 1], *({"label": one} for one in labels or ("创新券服务目录",))]


@login_not_required
@require_GET
def catalogue(request: HttpRequest) -> HttpResponse:
    """What can be bought with a voucher; `?kind= &q=` live in the address."""
    base = LabService.objects.offered().select_related("provider__organisation", "resource")
    if (kind := request.GET.get("kind", "")) in ServiceClass.values:
        base = base.filter(service_class=kind)
    if q := request.GET.get("q", "").strip()[:60]:
        base = (
            base.filter(title__icontains=q)
            | base.filter(intro__icontains=q)
            | base.filter(provider__organisation__name__icontains=q)
            | base.filter(resource__title__icontains=q)
        )
    page = paginate(base.order_by("title", "pk"), request)
    terms = terms_on("", timezone.localdate())
    context = {
        "crumbs": _crumbs(), "page": page, "rows": [service_row(one) for one in page], "words": q, "kind": kind,
        "kinds": ServiceClass.choices, "q": "", "terms": terms, "percent": f"{float(terms.rate) * 100:g}%",
        "cap": f"{terms.firm_year_cap_fen // 1_000_000} 万元", "team_cap": f"{terms.team_year_cap_fen // 1_000_000} 万元",
    }  # fmt: skip
    return render_part(request, "voucher/catalogue.html", "results", context)


@login_not_required
@require_GET
def service(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One service with its free hours."""
    found = service_for(public_id)
    slots = free_slots(found, timezone.now(), 24)
    context = {
        "crumbs": _crumbs(str(found)), "one": service_row(found), "service": found, "slots": slots,
        "firm": firm_of(request.user) if request.user.is_authenticated else None,
        "resource_href": reverse("market:resource-detail", args=[found.resource.public_id]) if found.resource and found.resource.status == "published" else "",
    }  # fmt: skip
    return render(request, "voucher/service.html", context)
