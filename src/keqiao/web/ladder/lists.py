"""Lists for officers: the overview, the closest firms of a county, titles that end."""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from io import BytesIO
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from keqiao.core.audit import record
from keqiao.firm.access import firms_of
from keqiao.firm.enums import TitleKind
from keqiao.firm.models import Title
from keqiao.ladder.enums import RUNG, RUNGS, PoolState
from keqiao.ladder.expiry import expiring, stage_of
from keqiao.ladder.models import Distance, PoolMember
from keqiao.registry.intake.workbook import write_xlsx
from keqiao.registry.records.display import division_name
from keqiao.registry.records.enums import Status
from keqiao.registry.records.models import prefix_range
from keqiao.web.firm.listing import NEAR, places_of, require_reader
from keqiao.web.intake.receiving import spreadsheet
from keqiao.web.rendering import paginate, render_part

_CHEAP = Decimal(50)  # 万元: what the filter of the firms' list calls a step away


def near_filters() -> None:
    """The firms' list gets its filters by distance from here."""
    for rung in RUNGS:

        def narrow(rows: Any, book: str = rung.book) -> Any:
            close = Distance.objects.filter(book=book).filter(price__lte=_CHEAP).values("enterprise_id")
            there = Distance.objects.there().filter(book=book).values("enterprise_id")
            return rows.filter(pk__in=close) | rows.filter(pk__in=there)

        NEAR[rung.book] = (f"{rung.label}：已符合或 {_CHEAP} 万元内", narrow)


near_filters()


@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Rung by rung: who holds it, who could apply today, who is a step away; and what waits."""
    user, today = require_reader(request), timezone.localdate()
    firms = firms_of(user).exclude(status__in=[Status.DRAFT, Status.WITHDRAWN, Status.ARCHIVED])
    keys = firms.values("pk")
    holders = Title.objects.valid_on(today).filter(enterprise__in=keys).order_by().values("kind")
    held = Counter(dict(holders.annotate(n=Count("enterprise", distinct=True)).values_list("kind", "n")))
    rows = []
    distances = Distance.objects.filter(enterprise__in=keys)
    for rung in RUNGS:
        own = distances.filter(book=rung.book)
        if not own.exists() and not held[rung.title]:
            continue
        rows.append({
            "rung": rung, "held": held[rung.title], "there": own.there().count(),
            "near": own.reachable().filter(price__lte=_CHEAP).count(), "reachable": own.reachable().count(),
            "blocked": own.filter(is_blocked=True).count(), "missing": own.filter(outcome="unknown", price=None).count(),
        })  # fmt: skip
    newest = distances.order_by("-computed_at").first()
    context = {
        "rows": rows, "total": firms.count(), "newest": newest, "near": _CHEAP,
        "stats": [
            {"label": "在册企业", "value": firms.count(), "unit": "家", "href": reverse("firm:firm-list")},
            {"label": "有效高企", "value": held[TitleKind.HNTE], "unit": "家", "href": reverse("firm:firm-list") + "?title=hnte"},
            {"label": "半年内到期", "value": len(expiring(today, firms=keys)), "unit": "项", "href": reverse("ladder:expiry")},
            {"label": "在库培育", "value": PoolMember.objects.filter(enterprise__in=keys, state=PoolState.IN).count(), "unit": "家",
             "href": reverse("ladder:pool", args=["nursery"])},
        ],
        "crumbs": [{"label": "工作台", "href": reverse("desk:inbox")}, {"label": "梯度培育"}],
    }  # fmt: skip
    return render(request, "ladder/overview.html", context)


def _query(request: HttpRequest) -> dict[str, str]:
    get = request.GET.get
    place = get("place", "")
    return {
        "book": get("book", "hnte") if get("book", "hnte") in RUNG else "hnte",
        "place": place if place.isascii() and place.isdigit() and len(place) <= 12 else "",
        "which": get("which", "near") if get("which", "near") in ("near", "there", "missing") else "near",
    }


def _chosen(user: Any, query: dict[str, str]) -> Any:
    firms = firms_of(user).exclude(status=Status.ARCHIVED)
    if query["place"]:
        firms = firms.filter(prefix_range("division_code", query["place"]))
    rows = Distance.objects.filter(book=query["book"], enterprise__in=firms.values("pk")).select_related(
        "enterprise"
    )
    if query["which"] == "there":
        return rows.there().order_by("missing_count", "enterprise__title")
    if query["which"] == "missing":
        return rows.filter(outcome="unknown", price=None).order_by("missing_count", "enterprise__title")
    return rows.reachable().order_by("price", "months", "enterprise__title")


@require_GET
def closest(request: HttpRequest) -> HttpResponse:
    """The firms closest to a rung, the cheapest first."""
    user, query = require_reader(request), _query(request)
    page = paginate(_chosen(user, query), request, per_page=50)
    context = {
        "page": page,
        "rows": [{"one": one, "place": division_name(one.enterprise.division_code)} for one in page.object_list],
        "query": query,
        "rung": RUNG[query["book"]],
        "books": [(rung.book, rung.label) for rung in RUNGS],
        "places": places_of(user),
        "tabs": [
            {"label": label, "href": f"?book={query['book']}&place={query['place']}&which={which}", "current": which == query["which"]}
            for which, label in (("near", "差一步，按花费排"), ("there", "已符合，没有称号"), ("missing", "只差数据"))
        ],
        "newest": Distance.objects.filter(book=query["book"]).order_by("-computed_at").first(),
        "address": request.GET.urlencode(),
        "crumbs": [
            {"label": "工作台", "href": reverse("desk:inbox")},
            {"label": "梯度培育", "href": reverse("ladder:overview")},
            {"label": "最接近的企业"},
        ],
    }  # fmt: skip
    return render_part(request, "ladder/closest.html", "results", context)


@require_GET
def closest_export(request: HttpRequest) -> HttpResponse:
    """The same list as .xlsx."""
    user, query = require_reader(request), _query(request)
    found, out = list(_chosen(user, query)[:20_000]), BytesIO()

    def rows() -> Iterable[list[Any]]:
        for one in found:
            changes = "；".join(
                f"{c['title']} {c['units']} {c['unit']}（{c['price']} 万元）" for c in one.changes
            )
            firm = one.enterprise
            yield [
                firm.title, firm.uscc, division_name(firm.division_code), one.price, one.months or "", changes, one.says,
                one.missing_count, one.on, "示例" if firm.is_sample else "",
            ]  # fmt: skip

    rung = RUNG[query["book"]]
    headings = [
        "企业名称",
        "统一社会信用代码",
        "所在地",
        "约需(万元)",
        "约需(月)",
        "措施",
        "差距",
        "待补数据(项)",
        "判断日期",
        "备注",
    ]
    note = f"{timezone.localdate()} 导出，措施价格为估算（待核实），预评估不是认定"
    write_xlsx(headings, rows(), out, title=f"最接近{rung.label}的企业", note=note, footer=str(user))
    record("ladder.closest_exported", by=user, row_count=len(found), reason=request.GET.urlencode()[:200])
    return spreadsheet(out.getvalue(), f"最接近{rung.label}的企业 {timezone.localdate()}.xlsx")


@require_GET
def expiry(request: HttpRequest) -> HttpResponse:
    """Titles that end within six months, by stage."""
    user, today = require_reader(request), timezone.localdate()
    kind = request.GET.get("kind", "")
    firms = firms_of(user)
    place = _query(request)["place"]
    if place:
        firms = firms.filter(prefix_range("division_code", place))
    titles = expiring(today, firms=firms.values("pk"))
    kinds = Counter(one.kind for one in titles)
    chosen = [one for one in titles if kind not in TitleKind.values or one.kind == kind]
    stages = Counter(stage_of(one, today) for one in chosen)
    page = paginate(chosen, request, per_page=50)
    context = {
        "page": page,
        "rows": [
            {"one": one, "label": TitleKind(one.kind).label, "stage": stage_of(one, today), "place": division_name(one.enterprise.division_code)}
            for one in page.object_list
        ],
        "kind": kind, "place": place, "places": places_of(user),
        "kinds": [(key, TitleKind(key).label, count) for key, count in kinds.most_common()],
        "stats": [
            {"label": label, "value": stages[stage], "unit": "项", "tone": tone}
            for stage, label, tone in ((1, "一个月内", "red"), (3, "三个月内", "amber"), (6, "六个月内", ""))
        ],
        "crumbs": [
            {"label": "工作台", "href": reverse("desk:inbox")},
            {"label": "梯度培育", "href": reverse("ladder:overview")},
            {"label": "称号到期"},
        ],
    }  # fmt: skip
    return render(request, "ladder/expiry.html", context)
