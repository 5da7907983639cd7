"""The public calculator: typed sums in, steps with their articles out. Nothing is stored, nothing stands in the address."""

from fractions import Fraction
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from keqiao.rd.books import book
from keqiao.rd.deduction import Commission, Deduction, NoRule, Project, Step, YearCost, deduct
from keqiao.rd.law import (
    BOOK,
    Law,
    categories,
    claiming,
    kinds,
    law_on,
    listed_industries,
    newest,
    not_research,
)
from keqiao.rd.money import exact, shown
from keqiao.rd.rates import exclusion, rate
from keqiao.rd.transfer import Transfer, transfer_tax
from keqiao.rules.book import Book
from keqiao.rules.shelf import current
from keqiao.web.rd.forms import PROJECTS, DeductionForm, IndustryForm, TransferForm

_PAGES = (("calculator", "加计扣除"), ("transfer", "技术转让所得"), ("industry", "行业能不能享受"))


def _base(current: str) -> dict[str, Any]:
    return {
        "crumbs": [{"label": "首页", "href": reverse("market:home")}, {"label": "研发费用计算器"}],
        "tabs": [{"label": label, "href": reverse(f"rd:{name}"), "current": name == current} for name, label in _PAGES],
    }  # fmt: skip


def _law() -> tuple[Book, Law]:
    """The rule book in force here, and its text of today."""
    law = current(BOOK)
    return law, law_on(timezone.localdate(), law) or newest(law)


def step_rows(steps: tuple[Step, ...]) -> list[dict[str, Any]]:
    """The steps as the page shows them."""
    return [
        {"label": one.label, "amount": shown(one.amount), "how": one.how, "document": one.document, "verify": one.verify}
        for one in steps
    ]  # fmt: skip


def _cost(data: dict[str, Any]) -> YearCost:
    projects = [
        Project(f"项目 {at}", exact(data[f"items{at}"]), exact(data[f"other{at}"]))
        for at in range(1, PROJECTS + 1)
        if data[f"items{at}"] or data[f"other{at}"]
    ]
    return YearCost(
        data["year"], tuple(data["kinds"]), projects,
        Commission(exact(data["domestic"]), exact(data["overseas"]), is_registered=data["registered"]),
        special_income=exact(data["special_income"]), sold_materials=exact(data["sold_materials"]),
        q4_cost=None if data["q4_cost"] is None else exact(data["q4_cost"]),
    )  # fmt: skip


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def deduction_page(request: HttpRequest) -> HttpResponse:
    """研发费用加计扣除, in 万元."""
    form = DeductionForm(
        request.POST or None, initial={"year": timezone.localdate().year - 1, "tax_rate": "25"}
    )
    found: Deduction | None = None
    status = 200
    law, text = _law()
    activities, warning = not_research(text)
    context = _base("calculator") | {
        "form": form,
        "kinds": kinds(law),
        "categories": categories(text),
        "activities": activities,
        "warning": warning,
        "claiming": claiming(text),
        "text": text.version,
        "book": BOOK,
    }
    if request.method == "POST":
        if form.is_valid():
            try:
                found = deduct(_cost(form.cleaned_data), law)
            except NoRule as none:
                form.add_error("year", str(none))
        status = 200 if found else 422
    if found is not None:
        percent = Fraction(int(form.cleaned_data["tax_rate"]), 100)
        saved = found.saved(percent)
        context |= {
            "steps": step_rows(found.steps), "base": shown(found.base), "extra": shown(found.extra), "saved": shown(saved),
            "percent": form.cleaned_data["tax_rate"], "carried": shown(found.carried) if found.carried else "",
            "over6": shown(found.limit6) if found.allowed6 == found.limit6 and found.limit6 else "",
        }  # fmt: skip
    now = rate((), timezone.localdate(), law)
    context |= {"now": now, "now_percent": f"{float(now.rate) * 100:g}%" if now else ""}
    return render(request, "rd/calculator.html", context, status=status)


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def transfer_page(request: HttpRequest) -> HttpResponse:
    """技术转让所得, in 万元."""
    form = TransferForm(request.POST or None)
    context = _base("transfer") | {"form": form, "rule": book("transfer")}
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            sums = {
                name: exact(form.cleaned_data[name]) * 10_000
                for name in ("revenue", "cost", "taxes", "period_costs", "sales")
            }
            found = transfer_tax(Transfer(is_licence=form.cleaned_data["is_licence"], **sums))
            rows = [
                row | {"amount": shown(step.amount / 10_000, 4)}
                for row, step in zip(step_rows(found.steps), found.steps, strict=True)
            ]
            context |= {
                "steps": rows,
                "tax": shown(found.tax / 10_000, 4),
                "income": shown(found.income / 10_000, 4),
            }
            status = 200
    return render(request, "rd/transfer.html", context, status=status)


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def industry_page(request: HttpRequest) -> HttpResponse:
    """Whether a listed industry is the main business."""
    form = IndustryForm(request.POST or None)
    _, text = _law()
    context = _base("industry") | {
        "form": form,
        "industries": listed_industries(text),
        "share": text.value("listed_share"),
        "percent": text.percent("listed_share"),
        "others": next((one.where.note for one in text.named("listed_") if one.where.note), ""),
        "document": text.version.source,
        "book": BOOK,
    }
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            total, untaxed, investment, listed = (
                exact(data[name]) for name in ("total", "untaxed", "investment", "listed")
            )
            context["found"] = exclusion(total, untaxed, investment, listed, text)
            status = 200
    return render(request, "rd/industry.html", context, status=status)
