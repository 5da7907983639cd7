"""Writing a firm's file: a year of figures with its warnings, circumstances, titles, rights; the history of figures."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from keqiao.core.errors import BadInput, NotFound
from keqiao.firm.access import firm_for, is_officer, require_write
from keqiao.firm.actions import (
    checked_year,
    keep_facts,
    keep_figures,
    keep_right,
    keep_title,
    move_firm,
    remove_right,
    require_officer_write,
    revoke_title,
)
from keqiao.firm.enums import FigureSource
from keqiao.firm.facts import data_year
from keqiao.firm.models import FirmFact, Right, Title, YearFigure
from keqiao.firm.names import OF_A_YEAR, TITLES_AND_UNITS
from keqiao.firm.numbers import number_warning
from keqiao.firm.plausible import odd_figures
from keqiao.registry.enterprise.models import Enterprise
from keqiao.rules.facts import FACTS
from keqiao.web.firm.forms import FactsForm, FiguresForm, RightForm, TitleForm, number_text
from keqiao.web.firm.listing import places_of
from keqiao.web.people.signin import me


def _figures_of(firm: Enterprise, year: int) -> dict[str, Decimal]:
    rows = YearFigure.objects.current().filter(enterprise=firm, year=year)
    return dict(rows.values_list("name", "value"))


@require_http_methods(["GET", "POST"])
def figures_edit(request: HttpRequest, public_id: UUID, year: int) -> HttpResponse:
    """A year of figures on one page: what is known, or last year's to start from; odd ones are asked about before saving."""
    user = me(request)
    firm = firm_for(user, public_id, to_write=True)
    checked_year(year)
    kept, before = _figures_of(firm, year), _figures_of(firm, year - 1)
    own = not is_officer(user, firm)
    odd: list[Any] = []
    if request.method == "POST":
        form = FiguresForm(request.POST, before=before, year=year, own=own)
        if form.is_valid():
            odd = odd_figures(kept | form.values(), before, TITLES_AND_UNITS)
            if (not odd or form.cleaned_data["is_checked"]) and _keep(request, firm, year, form):
                return redirect("firm:firm", public_id=firm.public_id)
    else:
        start = {name: number_text(value) for name, value in (kept or before).items()}
        today = {"seen_on": timezone.localdate()}
        form = FiguresForm(initial=start | today, before=before, year=year, own=own)
    newest = data_year(timezone.localdate())
    context = {
        "firm": firm, "form": form, "year": year, "odd": odd, "is_prefilled": not kept and bool(before) and not form.is_bound,
        "years": range(newest + 1, newest - 9, -1), "has_history": bool(kept),
        "crumbs": _crumbs(firm, f"{year} 年数据"),
    }  # fmt: skip
    status = 422 if request.method == "POST" and not odd else 200
    return render(request, "firm/figures.html", context, status=status)


def _keep(request: HttpRequest, firm: Enterprise, year: int, form: FiguresForm) -> bool:
    data = form.cleaned_data
    try:
        kept = keep_figures(
            firm=firm, year=year, values=form.values(), by=me(request), source=data["source"],
            source_note=data["source_note"], seen_on=data["seen_on"], reason=data["reason"],
        )  # fmt: skip
    except BadInput as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return False
    messages.success(
        request,
        f"已保存 {year} 年数据：新填 {kept.new} 项，更正 {kept.corrected} 项，没有变化 {kept.same} 项。",
    )
    return True


@require_GET
def figures_history(request: HttpRequest, public_id: UUID, year: int) -> HttpResponse:
    """Every figure of a year with its source, date and hand, corrected ones too."""
    firm = firm_for(me(request), public_id)
    rows = YearFigure.objects.filter(enterprise=firm, year=year).select_related("by")
    order = {name: at for at, name in enumerate(TITLES_AND_UNITS)}
    found = sorted(rows, key=lambda one: (order.get(one.name, 99), -one.pk))
    if not found:
        raise NotFound(f"{year} 年数据")
    lines = [
        {
            "figure": one,
            "title": FACTS[one.name].title if one.name in FACTS else one.name,
            "value": number_text(one.value),
        }
        for one in found
    ]
    context = {"firm": firm, "year": year, "lines": lines, "crumbs": _crumbs(firm, f"{year} 年数据来源")}
    return render(request, "firm/history.html", context)


@require_http_methods(["GET", "POST"])
def facts_edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Circumstances that rules ask about."""
    user = me(request)
    firm = firm_for(user, public_id, to_write=True)
    year = data_year(timezone.localdate())
    kept = {
        one.name: one.value
        for one in FirmFact.objects.filter(enterprise=firm, replaced_at=None, year__in=(0, year)).order_by(
            "year"
        )
    }
    if request.method == "POST":
        form = FactsForm(request.POST)
        if form.is_valid():
            own = not is_officer(user, firm)
            source = FigureSource.FIRM if own else FigureSource.OFFICER
            values = form.values()
            note = form.cleaned_data["source_note"]
            try:
                written = sum(
                    keep_facts(
                        firm=firm, by=user, year=at, source=source, source_note=note,
                        values={name: value for name, value in values.items() if (name in OF_A_YEAR) == bool(at)},
                    )
                    for at in (0, year)
                )  # fmt: skip
            except BadInput as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
            else:
                messages.success(request, f"已保存，{written} 项有变化。")
                return redirect("firm:firm", public_id=firm.public_id)
    else:
        form = FactsForm(initial={name: _typed(value) for name, value in kept.items()})
    context = {"firm": firm, "form": form, "year": year, "crumbs": _crumbs(firm, "企业情况")}
    return render(request, "firm/facts.html", context, status=422 if form.errors else 200)


def _typed(value: Any) -> Any:
    return {True: "是", False: "否"}[value] if isinstance(value, bool) else value


@require_http_methods(["GET", "POST"])
def title_edit(request: HttpRequest, public_id: UUID, title_id: UUID | None = None) -> HttpResponse:
    """Enter a title or mend one. An unusual number is said, not refused."""
    user = me(request)
    firm = firm_for(user, public_id, to_write=True)
    require_officer_write(user, firm, "称号由科技局按公告登记")
    title = _child(Title, firm, title_id, "称号")
    names = ("kind", "number", "issued_on", "expires_on", "source_note")
    form = TitleForm(request.POST or None, initial=_initial(title, names))
    if request.method == "POST" and form.is_valid():
        try:
            kept = keep_title(
                firm=firm, by=user, title=title, **{name: form.cleaned_data[name] for name in names}
            )
        except BadInput as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        else:
            messages.success(request, f"已登记“{kept}”，有效期至 {kept.expires_on or '长期'}。")
            if warning := number_warning(kept.kind, kept.number, kept.issued_on):
                messages.warning(request, warning)
            return redirect("firm:firm", public_id=firm.public_id)
    context = {"firm": firm, "form": form, "title": title, "crumbs": _crumbs(firm, "称号")}
    return render(request, "firm/title.html", context, status=422 if form.errors else 200)


@require_POST
def title_revoke(request: HttpRequest, public_id: UUID, title_id: UUID) -> HttpResponse:
    """Take a title back."""
    user = me(request)
    firm = firm_for(user, public_id, to_write=True)
    title = _child(Title, firm, title_id, "称号")
    assert title is not None  # an id was given, and absent ones have been refused
    try:
        on = forms.DateField().clean(request.POST.get("on") or timezone.localdate())
        revoke_title(title=title, by=user, on=on, reason=request.POST.get("reason", ""))
    except forms.ValidationError:
        messages.error(request, f"取消日期“{request.POST.get('on', '')[:20]}”看不懂，请写成 2026-03-01。")
        return redirect("firm:title-edit", public_id=public_id, title_id=title_id)
    except BadInput as refusal:
        messages.error(request, refusal.message)
        return redirect("firm:title-edit", public_id=public_id, title_id=title_id)
    messages.success(request, f"已取消“{title}”，历史里仍能看到。")
    return redirect("firm:firm", public_id=public_id)


@require_http_methods(["GET", "POST"])
def right_edit(request: HttpRequest, public_id: UUID, right_id: UUID | None = None) -> HttpResponse:
    """Enter a right or mend one."""
    user = me(request)
    firm = firm_for(user, public_id, to_write=True)
    right = _child(Right, firm, right_id, "知识产权")
    names = (
        "kind",
        "title",
        "number",
        "acquired_by",
        "owner_rank",
        "granted_on",
        "expires_on",
        "is_applied",
        "used_in",
    )
    form = RightForm(request.POST or None, initial=_initial(right, names))
    if request.method == "POST" and form.is_valid():
        source = FigureSource.OFFICER if is_officer(user, firm) else FigureSource.FIRM
        try:
            kept = keep_right(
                firm=firm,
                by=user,
                right=right,
                source=source,
                **{name: form.cleaned_data[name] for name in names},
            )
        except BadInput as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        else:
            messages.success(request, f"已登记“{kept}”（{kept.get_right_class_display()}）。")
            return redirect("firm:firm", public_id=firm.public_id)
    context = {"firm": firm, "form": form, "right": right, "crumbs": _crumbs(firm, "知识产权")}
    return render(request, "firm/right.html", context, status=422 if form.errors else 200)


@require_POST
def right_remove(request: HttpRequest, public_id: UUID, right_id: UUID) -> HttpResponse:
    """Take a right off that never belonged there."""
    user = me(request)
    firm = firm_for(user, public_id, to_write=True)
    require_write(user, firm)
    right = _child(Right, firm, right_id, "知识产权")
    assert right is not None  # as in title_revoke
    try:
        remove_right(right=right, by=user, reason=request.POST.get("reason", ""))
    except BadInput as refusal:
        messages.error(request, refusal.message)
        return redirect("firm:right-edit", public_id=public_id, right_id=right_id)
    messages.success(request, "已删除。")
    return redirect("firm:firm", public_id=public_id)


@require_POST
def firm_move(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The firm moved to another county, or closed."""
    user = me(request)
    firm = firm_for(user, public_id, to_write=True)
    to_code = request.POST.get("to", "")
    try:
        on = forms.DateField().clean(request.POST.get("on", ""))
        if to_code != "closed" and to_code[:6] not in dict(places_of(user)):
            raise BadInput("请选迁到哪个县区，或选“已注销”。", field="to")
        code = "" if to_code == "closed" else to_code
        move_firm(firm=firm, to_code=code, on=on, by=user, note=request.POST.get("note", "").strip())
    except forms.ValidationError:
        messages.error(request, f"日期“{request.POST.get('on', '')[:20]}”看不懂，请写成 2026-03-01。")
    except BadInput as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, f"已登记“{firm.title}”{'迁移' if code else '注销'}。")
        return redirect("firm:firm-list") if not code else redirect("firm:firm", public_id=public_id)
    return redirect("firm:firm", public_id=public_id)


def _child(model: Any, firm: Enterprise, public_id: UUID | None, noun: str) -> Any:
    """The firm's own row, None without an id. NotFound when it is another firm's or absent."""
    if public_id is None:
        return None
    found = model.objects.filter(enterprise=firm, public_id=public_id).first()
    if found is None:
        raise NotFound(noun)
    return found


def _initial(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {} if row is None else {name: getattr(row, name) for name in names}


def _crumbs(firm: Enterprise, label: str) -> list[dict[str, str]]:
    return [
        {"label": "工作台", "href": reverse("desk:inbox")},
        {"label": firm.title, "href": reverse("firm:firm", args=[firm.public_id])},
        {"label": label},
    ]
