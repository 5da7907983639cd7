"""Lists for officers: the overview, the closest firms of a county, titles that end."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Q
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
from keqiao.ladder.expiry import expiring, stage_ends, stage_of
from keqiao.ladder.models import Distance, PoolMember
from keqiao.people.access import scope_of
from keqiao.registry.intake.workbook import write_xlsx
from keqiao.registry.records.display import division_name
from keqiao.registry.records.enums import Status
from keqiao.registry.records.models import prefix_range
from keqiao.rules.judging import Outcome
from keqiao.web.firm.listing import NEAR, places_of, require_reader
from keqiao.web.intake.receiving import spreadsheet
from keqiao.web.rendering import paginate, render_part

_OFF = (Status.DRAFT, Status.WITHDRAWN, Status.ARCHIVED)
_THERE = (Outcome.MET.value, Outcome.MANUAL.value)
_NOTHING = {"there": 0, "near": 0, "reachable": 0, "blocked": 0, "missing": 0}
_LARGE, _KEPT_SECONDS = 5000, 600  # firms from which on counts are kept, and for how long
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


def _tally(user: Any, today: date) -> dict[str, Any]:
    """{held: kind → firms, books: book → counts, total}: one pass each; of a large city kept for ten minutes."""
    total = firms_of(user).exclude(status__in=_OFF).count()
    scope = scope_of(user)
    name = f"ladder-tally-{today}-{sorted(scope.prefixes)}-{scope.sees_all}"
    known: dict[str, Any] | None = cache.get(name) if total >= _LARGE else None
    if known is None:
        holders = _own(user, Title.objects.valid_on(today)).order_by().values("kind")
        near = Q(price__lte=_CHEAP)
        books = _own(user, Distance.objects.all()).order_by().values("book").annotate(
            there=Count("pk", filter=Q(outcome__in=_THERE)), near=Count("pk", filter=near),
            reachable=Count("pk", filter=Q(price__isnull=False)), blocked=Count("pk", filter=Q(is_blocked=True)),
            missing=Count("pk", filter=Q(outcome="unknown", price=None)),
        )  # fmt: skip
        known = {
            "held": dict(holders.annotate(n=Count("enterprise", distinct=True)).values_list("kind", "n")),
            "books": {row["book"]: row for row in books},
        }
        if total >= _LARGE:
            cache.set(name, known, _KEPT_SECONDS)
    return known | {"total": total}


@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Rung by rung: who holds it, who could apply today, who is a step away; and what waits."""
    user, today = require_reader(request), timezone.localdate()
    tally = _tally(user, today)
    held = Counter(tally["held"])
    rows = [
        {"rung": rung, "held": held[rung.title], **tally["books"].get(rung.book, _NOTHING)}
        for rung in RUNGS
        if rung.book in tally["books"] or held[rung.title]
    ]
    newest = (
        Distance.objects.filter(book__in=tally["books"]).order_by("-pk").first() if tally["books"] else None
    )
    in_pools = _own(user, PoolMember.objects.filter(state=PoolState.IN)).count()
    context = {
        "rows": rows, "total": tally["total"], "newest": newest, "near": _CHEAP,
        "stats": [
            {"label": "在册企业", "value": tally["total"], "unit": "家", "href": reverse("firm:firm-list")},
            {"label": "有效高企", "value": held[TitleKind.HNTE], "unit": "家", "href": reverse("firm:firm-list") + "?title=hnte"},
            {"label": "半年内到期", "value": _own(user, expiring(today)).count(), "unit": "项", "href": reverse("ladder:expiry")},
            {"label": "在库培育", "value": in_pools, "unit": "家", "href": reverse("ladder:pool", args=["nursery"])},
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


def _own(user: Any, rows: Any, place: str = "") -> Any:
    """Of these rows that belong to firms, those of firms on the books that this person may read, of one place if given.

    Who sees all is spared a list of all firms.
    """
    if scope_of(user).sees_all:
        found = rows.exclude(enterprise__status__in=_OFF)
        return found.filter(prefix_range("enterprise__division_code", place)) if place else found
    firms = firms_of(user).exclude(status__in=_OFF)
    if place:
        firms = firms.filter(prefix_range("division_code", place))
    return rows.filter(enterprise__in=firms.values("pk"))


def _chosen(user: Any, query: dict[str, str]) -> Any:
    rows = _own(user, Distance.objects.filter(book=query["book"]), query["place"]).select_related(
        "enterprise"
    )
    if query["which"] == "there":
        return rows.there().order_by("missing_count", "enterprise_id")
    if query["which"] == "missing":
        return rows.filter(outcome="unknown", price=None).order_by("missing_count", "enterprise_id")
    return rows.reachable().order_by("price", "months", "enterprise_id")


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
        "newest": Distance.objects.filter(book=query["book"]).order_by("-pk").first(),
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
    place = _query(request)["place"]
    titles = _own(user, expiring(today), place)
    light = list(titles.values_list("pk", "kind", "expires_on"))  # one pass; whole rows for the page alone
    kinds = Counter(kind_of for _, kind_of, _ in light)
    chosen = [row for row in light if kind not in TitleKind.values or row[1] == kind]
    ends = stage_ends(today)
    stages = Counter(next((stage for stage, last in ends.items() if day <= last), 6) for _, _, day in chosen)
    page = paginate([pk for pk, _, _ in chosen], request, per_page=50)
    shown = Title.objects.select_related("enterprise").in_bulk(list(page.object_list))
    context = {
        "page": page,
        "rows": [
            {"one": one, "label": TitleKind(one.kind).label, "stage": stage_of(one, today), "place": division_name(one.enterprise.division_code)}
            for one in (shown[pk] for pk in page.object_list)
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
