"""The list of firms with its filters in the address, and what is taken out of it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from typing import Any

from django.db.models import F, OuterRef, Q, Subquery
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from keqiao.codes import lists
from keqiao.core.audit import record
from keqiao.core.errors import NotFound
from keqiao.firm.access import READERS, firms_of
from keqiao.firm.enums import TitleKind
from keqiao.firm.facts import data_year
from keqiao.firm.models import Title, YearFigure
from keqiao.firm.names import FIGURE_NAMES
from keqiao.firm.sheet import heading_of
from keqiao.people.access import scope_of
from keqiao.registry.enterprise.models import Enterprise
from keqiao.registry.intake.workbook import write_xlsx
from keqiao.registry.records.display import division_name
from keqiao.registry.records.enums import Status
from keqiao.registry.records.models import prefix_range
from keqiao.web.desk.forms import county_choices
from keqiao.web.intake.receiving import spreadsheet
from keqiao.web.people.signin import me
from keqiao.web.rendering import paginate, render_part

_SORTS = {"sales": "销售收入高在前", "name": "按名称", "number": "按编号", "founded": "新成立在前"}
_ORDERS = {"name": "title", "number": "pk", "founded": "-founded_on"}
_SHOWN = ("sales", "rd_deduct", "staff", "tech_staff")


@dataclass(frozen=True, slots=True)
class FirmQuery:
    """What the list's address asks for; unknown values are left out. rung: a book; near: only firms a step away."""

    q: str = ""
    place: str = ""
    title: str = ""
    field: str = ""
    gone: bool = False
    near: str = ""
    sort: str = "sales"

    @classmethod
    def read(cls, request: HttpRequest) -> "FirmQuery":
        get = request.GET.get
        place = get("place", "")
        return cls(
            q=get("q", "").replace("\0", "").strip()[:60],
            place=place if place.isascii() and place.isdigit() and len(place) <= 12 else "",
            title=get("title", "") if get("title", "") in (*TitleKind.values, "none") else "",
            field=get("field", "") if lists.item("field11", get("field", "")) else "",
            gone=get("gone", "") == "1",
            near=get("near", "") if get("near", "") in NEAR else "",
            sort=get("sort", "") if get("sort", "") in _SORTS else "sales",
        )


# rung -> (label, narrowing); the ladder's pages put theirs here
NEAR: dict[str, tuple[str, Callable[[Any], Any]]] = {}


def chosen(user: Any, query: FirmQuery) -> Any:
    """The user's firms that the query asks for."""
    rows = firms_of(user).exclude(status__in=[Status.DRAFT, Status.WITHDRAWN])
    rows = rows.filter(status=Status.ARCHIVED) if query.gone else rows.exclude(status=Status.ARCHIVED)
    if query.q:
        rows = rows.filter(Q(title__icontains=query.q) | Q(uscc=query.q.upper()) | Q(number=query.q))
    if query.place:
        rows = rows.filter(prefix_range("division_code", query.place))
    if query.field:
        rows = rows.filter(tags__field11__0__code=query.field)
    valid = Title.objects.valid_on(timezone.localdate()).values("enterprise_id")
    if query.title == "none":
        rows = rows.exclude(pk__in=valid)
    elif query.title:
        rows = rows.filter(pk__in=valid.filter(kind=query.title))
    if query.near:
        rows = NEAR[query.near][1](rows)
    if query.sort in _ORDERS:
        return rows.order_by(_ORDERS[query.sort], "pk")
    sales = YearFigure.objects.current().filter(
        enterprise=OuterRef("pk"), name="sales", year=data_year(timezone.localdate())
    )
    return rows.annotate(last_sales=Subquery(sales.values("value")[:1])).order_by(
        F("last_sales").desc(nulls_last=True), "pk"
    )


def require_reader(request: HttpRequest) -> Any:
    """The user, when firms are his work. NotFound otherwise."""
    user = me(request)
    if not scope_of(user).roles & READERS:
        raise NotFound("企业档案")
    return user


@require_GET
def firm_list(request: HttpRequest) -> HttpResponse:
    """Firms of my area."""
    user, query = require_reader(request), FirmQuery.read(request)
    page = paginate(chosen(user, query), request)
    year = data_year(timezone.localdate())
    context = {
        "page": page,
        "rows": _rows(list(page.object_list), year),
        "query": query,
        "year": year,
        "sorts": [{"value": key, "label": label} for key, label in _SORTS.items()],
        "titles": [*TitleKind.choices, ("none", "没有有效称号")],
        "fields": lists.choices("field11"),
        "places": places_of(user),
        "near": [(key, label) for key, (label, _) in NEAR.items()],
        "address": request.GET.urlencode(),
        "crumbs": [{"label": "工作台", "href": reverse("desk:inbox")}, {"label": "企业档案"}],
    }
    return render_part(request, "firm/list.html", "results", context)


def places_of(user: Any) -> list[tuple[str, str]]:
    """(prefix, name) of the counties to choose from: those of the home city, else those where firms are."""
    home = [(code[:6], name) for code, name in county_choices()[1:]]
    if home:
        return home
    codes = firms_of(user).order_by("division_code").values_list("division_code", flat=True).distinct()
    found = {code[:6]: division_name(code) for code in codes if code[4:6].strip("0")}
    return sorted(found.items())


def _rows(firms: list[Enterprise], year: int) -> list[dict[str, Any]]:
    keys = [firm.pk for firm in firms]
    figures: dict[tuple[int, str], Decimal] = {
        (one.enterprise_id, one.name): one.value
        for one in YearFigure.objects.current().filter(enterprise__in=keys, year=year, name__in=_SHOWN)
    }
    titles: dict[int, list[str]] = {}
    for one in Title.objects.valid_on(timezone.localdate()).filter(enterprise__in=keys).order_by("kind"):
        label = TitleKind(one.kind).label
        if label not in titles.setdefault(one.enterprise_id, []):  # renewed before the old one ran out
            titles[one.enterprise_id].append(label)
    return [
        {
            "firm": firm,
            "place": division_name(firm.division_code),
            "titles": titles.get(firm.pk, []),
            "sales": figures.get((firm.pk, "sales")),
            "staff": figures.get((firm.pk, "staff")),
            "research": share(figures.get((firm.pk, "rd_deduct")), figures.get((firm.pk, "sales"))),
            "technicians": share(figures.get((firm.pk, "tech_staff")), figures.get((firm.pk, "staff"))),
        }
        for firm in firms
    ]


def share(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    """Percent to one place; None when it cannot be said."""
    return None if part is None or not whole else (part * 100 / whole).quantize(Decimal("0.1"))


@require_GET
def firm_export(request: HttpRequest) -> HttpResponse:
    """The chosen firms with their titles and last year's main figures."""
    user, query = require_reader(request), FirmQuery.read(request)
    year, out, count = data_year(timezone.localdate()), BytesIO(), 0

    def rows() -> Iterable[list[Any]]:
        nonlocal count
        for firms in _chunks(chosen(user, query)):
            for one in _rows(firms, year):
                count += 1
                firm = one["firm"]
                yield [
                    firm.number or "", firm.title, firm.uscc, one["place"],
                    firm.founded_on, "、".join(one["titles"]), one["sales"], one["research"], one["staff"],
                    one["technicians"], "示例" if firm.is_sample else "",
                ]  # fmt: skip

    headings = [
        "编号", "企业名称", "统一社会信用代码", "所在地", "成立日期", "有效称号", f"{year}年销售收入(万元)", "研发占销售收入(%)",
        "职工总数", "科技人员占比(%)", "备注",
    ]  # fmt: skip
    write_xlsx(headings, rows(), out, title="企业清单", note=f"{timezone.localdate()} 导出", footer=str(user))
    record("firm.list_exported", by=user, row_count=count, reason=request.GET.urlencode()[:200])
    return spreadsheet(out.getvalue(), f"企业清单 {timezone.localdate()}.xlsx")


def _chunks(rows: Any, size: int = 500) -> Iterable[list[Enterprise]]:
    keys = list(rows.values_list("pk", flat=True))
    for start in range(0, len(keys), size):
        found: Mapping[int, Enterprise] = Enterprise.objects.in_bulk(keys[start : start + size])
        yield [found[key] for key in keys[start : start + size] if key in found]


@require_GET
def figures_export(request: HttpRequest) -> HttpResponse:
    """The collection form of a year: the chosen firms with what is known; filled in, it is read back at once."""
    user, query = require_reader(request), FirmQuery.read(request)
    wanted = request.GET.get("year", "")
    year = int(wanted) if wanted.isdigit() and len(wanted) == 4 else data_year(timezone.localdate())
    out, count = BytesIO(), 0

    def rows() -> Iterable[list[Any]]:
        nonlocal count
        for firms in _chunks(chosen(user, query)):
            kept = {
                (one.enterprise_id, one.name): one.value.normalize()
                for one in YearFigure.objects.current().filter(
                    enterprise__in=[f.pk for f in firms], year=year
                )
            }
            for firm in firms:
                count += 1
                yield [
                    firm.title,
                    firm.uscc,
                    year,
                    *(_cell(kept.get((firm.pk, name))) for name in FIGURE_NAMES),
                ]

    headings = ["企业名称", "统一社会信用代码", "年度", *map(heading_of, FIGURE_NAMES)]
    write_xlsx(headings, rows(), out, sheet=f"{year}年数据", footer=str(user))
    record("firm.figures_exported", by=user, row_count=count, reason=request.GET.urlencode()[:200])
    return spreadsheet(out.getvalue(), f"企业{year}年数据表.xlsx")


def _cell(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)
