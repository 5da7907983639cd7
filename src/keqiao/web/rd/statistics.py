"""The bureau's R&D pages: 两清零, 漏报, county ranking, three measures, quality of the forms."""

from datetime import date
from fractions import Fraction
from io import BytesIO
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from keqiao.core.audit import record
from keqiao.core.errors import NotAllowed, NotFound
from keqiao.firm.access import READERS, firms_of
from keqiao.firm.facts import HIDDEN, data_year
from keqiao.people.access import scope_of
from keqiao.people.models import User
from keqiao.rd.books import book
from keqiao.rd.figures import rows_by_key
from keqiao.rd.money import exact, shown
from keqiao.rd.statistics import (
    MOST_GAPS,
    CountyRow,
    Listed,
    MeasureRows,
    floor_for,
    missing_forms,
    quality_list,
    ranking,
    together,
    zero_list,
)
from keqiao.registry.intake.workbook import write_xlsx
from keqiao.registry.records.models import prefix_range
from keqiao.web.intake.receiving import disposition
from keqiao.web.market.present import place_name
from keqiao.web.people.signin import me
from keqiao.web.rendering import paginate

_PER_PAGE = 50
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LISTS = {
    "activity": ("无研发活动（两清零）", "达到起点的规上企业，企业档案写明没有研发活动，或统计研发费用为 0。"),
    "institution": ("无研发机构（两清零）", "达到起点的规上企业，企业档案写明没有研发机构。六有见企业档案的“研发机构”。"),
    "forms": ("107 表漏报", "有加计扣除而没有报研发统计的，和报了统计而没有享受加计扣除的。每年 3 月报表前逐家联系。"),
}  # fmt: skip


def _reader(request: HttpRequest) -> User:
    user = me(request)
    if not scope_of(user).roles & READERS:
        raise NotAllowed(
            "研发统计由科技局人员办理。企业可以在“研发辅助账”查看自己的数据。", code="rd.officer"
        )
    return user


def _firms(request: HttpRequest, user: User) -> Any:
    """Living firms that this officer may read, of one county when `?place=` says so."""
    rows = firms_of(user).exclude(status__in=HIDDEN)
    place = request.GET.get("place", "")
    return rows.filter(prefix_range("division_code", place)) if place.isdigit() and len(place) <= 6 else rows


def _on(request: HttpRequest) -> date:
    """The day that is asked about; its data year is the one before. `?year=` names the data year."""
    text = request.GET.get("year", "")
    today = timezone.localdate()
    return date(int(text) + 1, 12, 31) if text.isdigit() and 2000 <= int(text) < today.year else today


def _crumbs(*labels: str) -> list[dict[str, str]]:
    head = [
        {"label": "工作台", "href": reverse("desk:inbox")},
        {"label": "研发统计", "href": reverse("rd:statistics")},
    ]
    return [*head[: 2 if labels else 1], *({"label": one} for one in labels or ("研发统计",))]


def _percent(value: Fraction | None, sign: bool = False) -> str:
    return "—" if value is None else f"{float(value) * 100:{'+' if sign else ''}.2f}%"


def _years(on: date) -> dict[str, Any]:
    now = timezone.localdate().year
    return {"year": data_year(on), "years": range(now - 1, now - 6, -1)}


@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """The city's figure and the ranking of its counties."""
    user, on = _reader(request), _on(request)
    rows = ranking(_firms(request, user), on)
    whole = together(rows)
    stats = [
        {"label": "规上研发费用", "value": shown(exact(whole.rd) / 10_000), "unit": "亿元", "note": f"比上年 {_percent(whole.growth, True)}"},
        {"label": "占主营业务收入", "value": _percent(whole.intensity)},
        {"label": "有研发活动", "value": _percent(whole.with_rd), "note": f"{whole.active} / {whole.firms} 家",
         "href": reverse("rd:list", args=["activity"])},
        {"label": "有研发机构", "value": _percent(whole.with_institution), "note": f"{whole.institutions} / {whole.firms} 家",
         "href": reverse("rd:list", args=["institution"])},
        {"label": "已报 107 表", "value": whole.filed, "unit": "家", "href": reverse("rd:list", args=["forms"])},
    ]  # fmt: skip
    context = {"crumbs": _crumbs(), "stats": stats, "table": _ranking_table(rows, whole) if rows else None,
               "lists": [{"key": key, "title": row[0]} for key, row in LISTS.items()], "forms": book("statistics")["forms"]}  # fmt: skip
    return render(request, "rd/statistics.html", context | _years(on))


def _ranking_table(rows: list[CountyRow], whole: CountyRow) -> dict[str, Any]:
    labels = ("规上企业", "研发费用（万元）", "比上年", "占主营收入", "有研发活动", "有研发机构")

    def cells(one: CountyRow, at: int) -> list[Any]:
        name = place_name(one.division.ljust(12, "0")) or one.division
        return [
            {"text": f"{at}. {name}", "href": f"{reverse('rd:list', args=['activity'])}?place={one.division}"},
            one.firms, shown(exact(one.rd)), _percent(one.growth, True), _percent(one.intensity), _percent(one.with_rd),
            _percent(one.with_institution),
        ]  # fmt: skip

    foot = ["合计", whole.firms, shown(exact(whole.rd)), _percent(whole.growth, True), _percent(whole.intensity),
            _percent(whole.with_rd), _percent(whole.with_institution)]  # fmt: skip
    return {
        "caption": "县区排名", "hide_caption": True,
        "columns": [{"label": "县区", "main": True}, *({"label": label, "num": True} for label in labels)],
        "rows": [{"cells": cells(one, at)} for at, one in enumerate(rows, start=1)], "foot": foot,
    }  # fmt: skip


def _listed(request: HttpRequest, user: User, key: str, on: date) -> list[Listed]:
    if key not in LISTS:
        raise NotFound("这张清单", key)
    firms = _firms(request, user)
    return missing_forms(firms, on) if key == "forms" else zero_list(key, firms, on)


@require_GET
def firm_list(request: HttpRequest, key: str) -> HttpResponse:
    """One list, with who to ask and why; `?place= &year=`."""
    user, on = _reader(request), _on(request)
    rows = _listed(request, user, key, on)
    page = paginate(rows, request, per_page=_PER_PAGE)
    place = request.GET.get("place", "")
    home = settings.KEQIAO_HOME_DIVISION or (rows[0].firm.division_code if rows else "")
    title, note = LISTS[key]
    table = {
        "caption": title, "hide_caption": True,
        "columns": [{"label": "企业", "main": True}, {"label": "县区"}, {"label": "主营业务收入（万元）", "num": True}, {"label": "情况"}],
        "rows": [{"cells": [
            {"text": one.firm.title, "href": reverse("firm:firm", args=[one.firm.public_id]), "sub": "示例" if one.firm.is_sample else ""},
            place_name(one.firm.division_code), shown(exact(one.income)) if one.income is not None else "—",
            one.why if one.is_known else {"chip": "档案里没有数据，请核实", "tone": "amber"},
        ]} for one in page],
    }  # fmt: skip
    context = {
        "crumbs": _crumbs(title), "title": title, "note": note, "page": page, "key": key, "table": table if rows else None,
        "floor": floor_for(key, home, on) if key != "forms" else None, "place": place,
        "place_name": place_name(place.ljust(12, "0")) if place else "", "query": request.GET.urlencode(),
    }  # fmt: skip
    return render(request, "rd/list.html", context | _years(on))


@require_GET
def firm_list_file(request: HttpRequest, key: str) -> HttpResponse:
    """The list as .xlsx."""
    user, on = _reader(request), _on(request)
    rows = _listed(request, user, key, on)
    title, year = LISTS[key][0], data_year(on)
    body = [
        [at, one.firm.title, one.firm.uscc, place_name(one.firm.division_code),
         float(one.income) if one.income is not None else "", one.why if one.is_known else "档案里没有数据", ""]
        for at, one in enumerate(rows, start=1)
    ]  # fmt: skip
    headings = ["序号", "企业", "统一社会信用代码", "县区", "主营业务收入（万元）", "情况", "联系结果"]
    return _file(user, headings, body, f"{year}年{title}", [6, 36, 22, 18, 16, 34, 24])


@require_GET
def ranking_file(request: HttpRequest) -> HttpResponse:
    """The ranking as .xlsx."""
    user, on = _reader(request), _on(request)
    rows = ranking(_firms(request, user), on)
    body = [
        [at if one.division else "", place_name(one.division.ljust(12, "0")) if one.division else "合计", one.firms, float(one.rd),
         _percent(one.growth, True), _percent(one.intensity), one.active, _percent(one.with_rd), one.institutions,
         _percent(one.with_institution), one.filed]
        for at, one in enumerate([*rows, together(rows)], start=1)
    ]  # fmt: skip
    headings = [
        "名次",
        "县区",
        "规上企业",
        "研发费用（万元）",
        "比上年",
        "占主营收入",
        "有研发活动",
        "占比",
        "有研发机构",
        "占比 ",
        "已报107表",
    ]
    return _file(
        user,
        headings,
        body,
        f"{data_year(on)}年规上企业研发投入县区排名",
        [6, 20, 10, 16, 10, 12, 12, 10, 12, 10, 12],
    )


def _file(
    user: User, headings: list[str], body: list[list[Any]], title: str, widths: list[int]
) -> HttpResponse:
    out = BytesIO()
    write_xlsx(headings, body, out, title=title, note=f"口径：统计研发费用（107 表）。{timezone.localdate()} 由企业档案汇总，未公布的数据注意保密。",
               widths=widths, footer=str(user))  # fmt: skip
    record("rd_statistics.exported", by=user, row_count=len(body), file_name=f"{title}.xlsx")
    response = HttpResponse(out.getvalue(), content_type=_XLSX)
    response["Content-Disposition"] = disposition(f"{title}.xlsx")
    return response


@require_GET
def reconcile(request: HttpRequest) -> HttpResponse:
    """三口径对账: the three amounts side by side with what explains the gap."""
    user, on = _reader(request), _on(request)
    page = paginate(MeasureRows(_firms(request, user), on), request, per_page=_PER_PAGE)
    rows = list(page.object_list)

    def sum_of(value: Any) -> str:
        return "—" if value is None else shown(exact(value))

    table = {
        "caption": "三口径对账", "hide_caption": True,
        "columns": [{"label": "企业", "main": True}, {"label": "高企口径", "num": True}, {"label": "统计口径", "num": True},
                    {"label": "加计扣除口径", "num": True}, {"label": "差额原因"}],
        "rows": [{"cells": [
            {"text": one.firm.title, "href": reverse("firm:firm", args=[one.firm.public_id]), "sub": place_name(one.firm.division_code)},
            sum_of(one.hnte), sum_of(one.stat), sum_of(one.deduct), "".join(one.reasons),
        ]} for one in rows],
    }  # fmt: skip
    context = {
        "crumbs": _crumbs("三口径对账"),
        "page": page,
        "table": table if rows else None,
        "most": MOST_GAPS,
    }
    return render(request, "rd/reconcile.html", context | _years(on))


@require_GET
def quality(request: HttpRequest) -> HttpResponse:
    """Figures that contradict themselves or jump, errors first."""
    user, on = _reader(request), _on(request)
    rows = quality_list(_firms(request, user), on)
    page = paginate(rows, request, per_page=_PER_PAGE)
    known = rows_by_key([pk for pk, _ in page])
    shown_rows = [
        {"firm": known[pk], "place": place_name(known[pk].division_code), "findings": findings}
        for pk, findings in page
    ]
    rules = book("statistics")["quality"]
    context = {
        "crumbs": _crumbs("数据质量"), "page": page, "rows": shown_rows, "rules": rules.values(),
        "wrong": sum(1 for _, findings in rows if any(one.is_error for one in findings)),
    }  # fmt: skip
    return render(request, "rd/quality.html", context | _years(on))
