"""The firm's one page about what became of a result, and the desk's page about who answered."""

from decimal import Decimal

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from keqiao.contract.enums import InUse
from keqiao.contract.followup import answer, follow_up_of, outcomes
from keqiao.contract.ledger import home_place
from keqiao.contract.models import Contract, FollowUp
from keqiao.core.errors import BadInput
from keqiao.web.contract.figures import ledger_reader
from keqiao.web.rendering import paginate


def _sum(label: str) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, required=False, max_digits=15, decimal_places=2, min_value=Decimal(0)
    )


class OutcomeForm(forms.Form):
    in_use = forms.ChoiceField(label="这项技术用得怎么样", choices=InUse.choices, widget=forms.RadioSelect)
    sales_yuan, tax_yuan = _sum("近一年因此新增的销售额"), _sum("近一年因此新增的税收")
    jobs = forms.IntegerField(label="因此新增的就业", required=False, min_value=0, max_value=100_000)
    note = forms.CharField(
        label="说明", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: object, **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]  # passed on as they come
        self.use_required_attribute = False


@login_not_required  # the signed link is the permission; the page names the project and nothing else
@never_cache
@require_http_methods(["GET", "POST"])
def follow_up(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows what was answered before; POST answers."""
    found = follow_up_of(token)
    first = {name: getattr(found, name) for name in ("in_use", "sales_yuan", "tax_yuan", "jobs", "note")}
    form = OutcomeForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            answer(token=token, **form.cleaned_data)
        except BadInput as refusal:
            form.add_error(refusal.field, refusal.message)
        else:
            messages.success(request, "谢谢，已经记下。一年内可以用同一个链接修改。")
            return redirect("registrar:follow-up", token=token)
    status = 422 if request.method == "POST" else 200
    context = {
        "form": form,
        "one": found,
        "crumbs": [{"label": "首页", "href": "/"}, {"label": "成果回访"}],
    }
    return render(request, "contract/follow_up.html", context, status=status)


@require_GET
def follow_ups(request: HttpRequest) -> HttpResponse:
    """How many were asked and answered, and what they said; ?state=open for those without an answer."""
    user, scope = ledger_reader(request)
    place = home_place()
    rows = outcomes(place if scope.sees_all else max(scope.prefixes, key=len, default=place))
    found = FollowUp.objects.filter(
        contract__in=Contract.objects.visible_to(user), asked_at__isnull=False
    ).select_related("contract")
    if request.GET.get("state") == "open":
        found = found.filter(answered_at=None)
    context = {
        "crumbs": [
            {"label": "工作台", "href": reverse_lazy("desk:inbox")},
            {"label": "合同统计", "href": reverse_lazy("contract:statistics")},
            {"label": "成果回访"},
        ],
        "outcomes": [
            {"one": row, "rate": f"{row.rate:.0%}" if row.rate is not None else "—"} for row in rows
        ],
        "page": paginate(found.order_by("-asked_at"), request),
        "open": request.GET.get("state") == "open",
    }
    return render(request, "contract/follow_ups.html", context)
