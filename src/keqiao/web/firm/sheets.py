"""Tables of figures: upload, what came of it, the bad rows back."""

from io import BytesIO
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from keqiao.core.errors import BadInput, NotFound
from keqiao.firm.facts import data_year
from keqiao.firm.models import FigureSheet
from keqiao.firm.names import FIGURES
from keqiao.firm.sheet import read_sheet, sheet_for, write_bad_rows
from keqiao.people.access import may_act, scope_of
from keqiao.people.enums import OFFICERS, Act
from keqiao.people.models import User
from keqiao.registry.intake.refusals import BadFile
from keqiao.web.intake.receiving import spreadsheet
from keqiao.web.people.signin import me

_MOST_SHOWN = 50


def _require(user: User) -> None:
    if may_act(user, Act.INTAKE) or not scope_of(user).roles & OFFICERS:
        raise NotFound("数据表格")


@require_http_methods(["GET", "POST"])
def sheet_new(request: HttpRequest) -> HttpResponse:
    """Choose a file; it is read and written at once, bad rows are kept back."""
    user = me(request)
    _require(user)
    refusal = ""
    if request.method == "POST":
        file, year = request.FILES.get("file"), request.POST.get("year", "")
        if file is None:
            refusal = "请选择要导入的表格（.xlsx 或 .csv）。"
        else:
            try:
                chosen = int(year) if year.isdigit() else None
                sheet = read_sheet(file=file, name=file.name or "", by=user, year=chosen)
                return redirect("firm:sheet", public_id=sheet.public_id)
            except (BadInput, BadFile) as problem:
                refusal = problem.message
    newest = data_year(timezone.localdate())
    context = {
        "refusal": refusal,
        "years": range(newest, newest - 10, -1),
        "groups": FIGURES,
        "sheets": FigureSheet.objects.filter(by=user)[:10],
        "crumbs": _crumbs("导入年度数据"),
    }
    return render(request, "firm/sheet_new.html", context, status=422 if refusal else 200)


@require_GET
def sheet_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What was written and what was not."""
    user = me(request)
    _require(user)
    sheet = sheet_for(user, public_id)
    context = {
        "sheet": sheet,
        "bad": [
            {"row": one["row"], "problems": [_placed(sheet, problem) for problem in one["problems"]]}
            for one in sheet.bad[:_MOST_SHOWN]
        ],
        "stats": [
            {"label": "写入的行", "value": sheet.good_count, "unit": "行"},
            {"label": "新的和更正的数据", "value": sheet.figure_count, "unit": "个"},
            {"label": "没有变化", "value": sheet.same_count, "unit": "个"},
            {"label": "退回的行", "value": len(sheet.bad), "unit": "行", "tone": "red" if sheet.bad else ""},
        ],
        "crumbs": _crumbs(sheet.name, {"label": "导入年度数据", "href": reverse("firm:sheet-new")}),
    }
    return render(request, "firm/sheet.html", context)


def _placed(sheet: FigureSheet, problem: dict[str, Any]) -> dict[str, str]:
    """A problem with the heading of its column."""
    at = problem.get("column")
    is_named = isinstance(at, int) and at < len(sheet.headings)
    return {"heading": sheet.headings[at] if is_named else "", "message": problem["message"]}


@require_GET
def sheet_bad(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The rows that were not written, red cells and reasons."""
    user = me(request)
    _require(user)
    sheet, out = sheet_for(user, public_id), BytesIO()
    write_bad_rows(sheet, out)
    return spreadsheet(out.getvalue(), f"{sheet.name.rsplit('.', 1)[0]} 退回的行.xlsx")


def _crumbs(label: str, *between: dict[str, str]) -> list[dict[str, str]]:
    return [
        {"label": "工作台", "href": reverse("desk:inbox")},
        {"label": "企业档案", "href": reverse("firm:firm-list")},
        *between,
        {"label": label},
    ]
