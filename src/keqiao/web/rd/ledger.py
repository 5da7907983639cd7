"""The firm's auxiliary ledger: projects, rows, import, the year's summary and its files."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from keqiao.core.audit import record
from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.rd.access import firm_of, project_for
from keqiao.rd.actions import add_lines, header_of, remove_line, save_project, save_year
from keqiao.rd.enums import COLUMNS, LABELS
from keqiao.rd.law import BOOK, kinds
from keqiao.rd.models import RdProject, RdYear
from keqiao.rd.money import exact, shown
from keqiao.rd.sheets import read_lines, write_2015, write_2021, write_template
from keqiao.rd.summary import ProjectYear, YearSummary, year_summary, years_of
from keqiao.registry.intake.refusals import BadFile
from keqiao.rules.shelf import current
from keqiao.web.intake.receiving import disposition
from keqiao.web.people.signin import me
from keqiao.web.rd.calculator import step_rows
from keqiao.web.rd.forms import FileForm, LineForm, ProjectForm, YearForm
from keqiao.web.rendering import paginate

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MOST_BYTES = 5 * 2**20


def crumbs(*labels: str) -> list[dict[str, str]]:
    head = [
        {"label": "工作台", "href": reverse("desk:inbox")},
        {"label": "研发辅助账", "href": reverse("rd:ledger")},
    ]
    return [*head[: 2 if labels else 1], *({"label": one} for one in labels or ("研发辅助账",))]


def _asked_year(request: HttpRequest, years: list[int]) -> int:
    text = request.GET.get("year", "")
    return (
        int(text)
        if text.isdigit() and 2000 <= int(text) <= 2100
        else (years[0] if years else timezone.localdate().year)
    )


@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """The year: what may be deducted, what is wrong in the books, the projects."""
    firm = firm_of(request.user)
    years = years_of(firm)
    year = _asked_year(request, years)
    found = year_summary(firm, year)
    others = RdProject.objects.filter(firm=firm).exclude(pk__in=[one.project.pk for one in found.projects])
    context = {
        "crumbs": crumbs(), "firm": firm, "year": year, "summary": found, "others": others[:50],
        "years": sorted({*years, year, timezone.localdate().year}, reverse=True),
        "stats": _stats(found), "table": _table(found) if found.projects else None,
        "steps": step_rows(found.deduction.steps) if found.deduction else [],
        "findings": found.findings, "kinds": "、".join(kinds(current(BOOK))[key]["label"] for key in found.facts.kinds) or "一般企业",
    }  # fmt: skip
    return render(request, "rd/ledger.html", context)


def _stats(found: YearSummary) -> list[dict[str, Any]]:
    wrong = sum(1 for _, one in found.findings if one.is_error)
    stats: list[dict[str, Any]] = [
        {"label": "归集金额", "value": shown(exact(sum((one.tax for one in found.projects if one.counts), 0))), "unit": "元"},
        {"label": "需要改正", "value": wrong, "unit": "处", "tone": "red" if wrong else "green"},
    ]  # fmt: skip
    if found.deduction is not None:
        stats[1:1] = [
            {"label": "加计扣除基数", "value": shown(found.deduction.base), "unit": "元"},
            {"label": "加计扣除额", "value": shown(found.deduction.extra), "unit": "元", "tone": "green"},
        ]
    return stats


def _table(found: YearSummary) -> dict[str, Any]:
    def cells(one: ProjectYear) -> list[Any]:
        sub = f"{one.project.get_form_display()} · {one.project.get_treatment_display()} · {one.row_count} 笔"
        note: dict[str, str] = {"text": ""} if one.counts else {"chip": "未形成资产，不计入", "tone": "plain"}
        if one.contract and not one.contract.holds:
            note = {"text": "", "warn": f"境外部分不计：{one.contract.words}"}
        return [
            {"text": str(one.project), "href": reverse("rd:project", args=[one.project.public_id]), "sub": sub},
            shown(exact(one.items)), shown(exact(one.parts["c6"])), shown(exact(one.parts["domestic"])),
            shown(exact(one.parts["overseas"])), shown(exact(one.tax)), note,
        ]  # fmt: skip

    labels = ("第1至5类", "其他相关", "委托境内", "委托境外", "合计（元）")
    return {
        "caption": f"{found.year} 年研发项目", "hide_caption": True,
        "columns": [{"label": "项目", "main": True}, *({"label": label, "num": True} for label in labels), {"label": "说明"}],
        "rows": [{"cells": cells(one)} for one in found.projects],
    }  # fmt: skip


@require_http_methods(["GET", "POST"])
def year_edit(request: HttpRequest, year: int) -> HttpResponse:
    """The year's circumstances."""
    user = me(request)
    firm = firm_of(user)
    if not 2000 <= year <= 2100:
        raise NotFound("这个年度", year)
    row = RdYear.objects.filter(firm=firm, year=year).first()
    names = ("kinds", "special_income", "sold_materials", "q4_by_share", "months", "months_q4")
    form = YearForm(
        request.POST or None,
        initial={name: getattr(row, name) for name in names} if row else {"months": 12, "months_q4": 3},
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                save_year(firm=firm, year=year, values=form.cleaned_data, by=user)
                messages.success(request, f"{year} 年情况已保存。")
                return redirect(f"{reverse('rd:ledger')}?year={year}")
            except BadInput as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
    context = {"crumbs": crumbs(f"{year} 年情况"), "form": form, "year": year, "kinds": kinds(current(BOOK))}
    return render(request, "rd/year.html", context, status=status)


@require_GET
def year_file(request: HttpRequest, year: int, style: str) -> HttpResponse:
    """The year as .xlsx in the 2021 or the 2015 style."""
    user = me(request)
    firm = firm_of(user)
    writers = {"2021": write_2021, "2015": write_2015}
    if style not in writers:
        raise NotFound("这种样式", style)
    out = BytesIO()
    count = writers[style](year_summary(firm, year), out)
    name = f"{year}年研发支出辅助账（{style}版）.xlsx"
    record("rd_ledger.exported", by=user, target=firm, row_count=count, file_name=name)
    return _download(out, name)


@require_GET
def template_file(request: HttpRequest) -> HttpResponse:
    """An empty ledger to fill in."""
    out = BytesIO()
    write_template(out)
    return _download(out, "研发支出辅助账导入模板.xlsx")


def _download(out: BytesIO, name: str) -> HttpResponse:
    response = HttpResponse(out.getvalue(), content_type=_XLSX)
    response["Content-Disposition"] = disposition(name)
    return response


@require_http_methods(["GET", "POST"])
def project_new(request: HttpRequest) -> HttpResponse:
    firm_of(request.user)
    return _edit(request, None)


@require_http_methods(["GET", "POST"])
def project_edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    return _edit(request, project_for(request.user, public_id))


def _edit(request: HttpRequest, project: RdProject | None) -> HttpResponse:
    user = me(request)
    names = ("number", "name", "form", "treatment", "starts_on", "ends_on", "formed_on", "approval", "contract_number", "is_completed")  # fmt: skip
    form = ProjectForm(
        request.POST or None, initial={name: getattr(project, name) for name in names} if project else {}
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            typed = request.POST.get("version", "")
            try:
                made = save_project(
                    project=project,
                    values=form.cleaned_data,
                    by=user,
                    version=int(typed) if typed.isdigit() else None,
                )
                messages.success(request, "项目已保存，可以逐笔录入或导入凭证。")
                return redirect("rd:project", public_id=made.public_id)
            except (BadInput, NotAllowed) as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
                status = 422 if isinstance(refusal, BadInput) else 409
    heading = str(project) if project else "新建研发项目"
    context = {"crumbs": crumbs(heading), "form": form, "project": project, "heading": heading}
    return render(request, "rd/project_edit.html", context, status=status)


@never_cache
@require_GET
def project(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The ledger of one project."""
    return _project(request, project_for(request.user, public_id))


def years_of_project(project: RdProject) -> list[int]:
    """The year of its newest row."""
    newest = project.lines.order_by("-voucher_on").values_list("voucher_on", flat=True).first()
    return [newest.year] if newest else []


def _project(
    request: HttpRequest, found: RdProject, status: int = 200, *, form: LineForm | None = None, **more: Any
) -> HttpResponse:
    year = _asked_year(request, years_of_project(found))
    lines = found.lines.order_by("-voucher_on", "-pk")
    if request.GET.get("year"):
        lines = lines.filter(voucher_on__year=year)
    page = paginate(lines, request, per_page=50)
    summary = year_summary(found.firm, year)
    own = next((one for one in summary.projects if one.project.pk == found.pk), None)
    rows = [
        {"line": one, "booked": shown(exact(one.booked)), "tax": shown(exact(one.tax)),
         "parts": "、".join(f"{LABELS[name]} {shown(exact(value))}" for name, value in one.parts().items() if value)}
        for one in page
    ]  # fmt: skip
    context: Mapping[str, Any] = {
        "crumbs": crumbs(str(found)), "project": found, "page": page, "rows": rows, "year": year,
        "form": form or LineForm(), "file_form": FileForm(), "findings": own.findings if own else (),
        "contract": own.contract if own else None, "columns": COLUMNS,
    }  # fmt: skip
    return render(request, "rd/project.html", {**context, **more}, status=status)


@require_POST
def line_add(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One row by hand."""
    user, found = me(request), project_for(request.user, public_id)
    form = LineForm(request.POST)
    if form.is_valid():
        try:
            add_lines(project=found, rows=[form.to_row()], by=user)
            messages.success(request, "已记入。")
            return redirect("rd:project", public_id=public_id)
        except BadInput as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
    return _project(request, found, 422, form=form)


@require_POST
def line_remove(request: HttpRequest, public_id: UUID, line: int) -> HttpResponse:
    """Take a row out."""
    user, found = me(request), project_for(request.user, public_id)
    row = found.lines.filter(pk=line).first()
    if row is None:
        raise NotFound("这一行凭证")
    remove_line(line=row, by=user)
    messages.success(request, f"{row.voucher_kind}-{row.voucher_number} 已删除，审计记录里留有原内容。")
    return redirect("rd:project", public_id=public_id)


@require_POST
def lines_import(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Rows of an .xlsx or .csv: all good ones are written when none is bad, otherwise nothing and every fault is shown."""
    user, found = me(request), project_for(request.user, public_id)
    upload = request.FILES.get("file")
    form = FileForm()
    try:
        if upload is None:
            raise BadInput("请选一个 .xlsx 或 .csv 文件。", field="file")
        if upload.size is None or upload.size > _MOST_BYTES:
            raise BadInput(f"“{upload.name}”超过 5 MB，请拆成几个文件。", field="file")
        name = str(upload.name)
        rows = read_lines(upload.read(), name, header_of(found))
        bad = [one for one in rows if one.problems]
        if bad:
            return _project(request, found, 422, bad=bad, file_name=name, good_count=len(rows) - len(bad))
        made = add_lines(project=found, rows=[one.values for one in rows], by=user, source=name)
        messages.success(request, f"已从“{name}”记入 {len(made)} 行。")
        return redirect("rd:project", public_id=public_id)
    except (BadInput, BadFile) as refusal:
        return _project(request, found, 422, import_refused=str(refusal), file_form=form)
