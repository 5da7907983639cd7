"""Contract statistics for the desk and for the public; every figure of the desk opens the contracts behind it."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.views.decorators.http import require_GET

from keqiao.codes import divisions, lists
from keqiao.contract import statistics
from keqiao.contract.columns import Columns, columns
from keqiao.contract.enums import ContractClass, EntrySource
from keqiao.contract.followup import outcomes
from keqiao.contract.ledger import home_place
from keqiao.contract.ledgermodels import LEDGER_READERS, LedgerQuerySet
from keqiao.contract.models import LedgerEntry, LedgerImport
from keqiao.contract.statistics import MEASURES, NONE, Cut, Figures, Row, Sums
from keqiao.core.errors import NotAllowed
from keqiao.deal.rules import LEAST_PUBLIC, public_column
from keqiao.people.access import Scope, scope_of
from keqiao.people.enums import Role
from keqiao.people.models import User
from keqiao.web.contract.charts import Bar, column_chart
from keqiao.web.people.signin import me
from keqiao.web.rendering import paginate, render_part

_CRUMBS = [
    {"label": "工作台", "href": reverse_lazy("desk:inbox")},
    {"label": "合同统计", "href": reverse_lazy("contract:statistics")},
]
SHOWN = ("output", "absorbed", "intra")
_MORE = {"seller_type": "卖方性质", "ip": "知识产权", "plan": "计划来源", "source": "数据来源"}


def ledger_reader(request: HttpRequest) -> tuple[User, Scope]:
    """The person, when statistics and ledger are open to them. Raises NotAllowed."""
    user = me(request)
    scope = scope_of(user)
    if not scope.roles & LEDGER_READERS:
        raise NotAllowed(
            "合同统计和台账由科技局人员、合同登记员和审计员查看。公开的统计在“合同统计”公开页。",
            code="ledger.role",
        )
    return user, scope


def _within(user: User, scope: Scope) -> LedgerQuerySet | None:
    return None if scope.sees_all else LedgerEntry.objects.visible_to(user)


def _cut(request: HttpRequest, scope: Scope) -> Cut:
    """The address's cut; somebody of one county begins with that county, a registrar with the home city."""
    home = home_place()
    if not scope.sees_all and scope.prefixes and not (home and Role.REGISTRAR in scope.roles):
        home = max(scope.prefixes, key=len)
    return statistics.cut_from(request.GET, today=timezone.localdate(), home=home)


def place_name(code: str) -> str:
    """A place for a table; what has no county is the city's own."""
    if code in ("", NONE):
        return "未注明"
    row = divisions.division(code.ljust(12, "0")) if code.isdigit() and len(code) in (2, 4, 6) else None
    name = row.name if row else code
    return f"{name}本级" if row and len(code) == 6 and code.endswith("00") else name


def label_of(dimension: str, key: str) -> str:
    """The key of a row in words."""
    if key == NONE:
        return "未填"
    match dimension:
        case "class":
            return str(ContractClass(key).label) if key in ContractClass.values else key
        case "field":
            return lists.label("field11", key)
        case "month":
            return f"{key} 月"
        case "year":
            return f"{key} 年"
        case "county":
            return place_name(key)
        case "seller_type":
            return lists.label("party2005", key)
        case "ip":
            return lists.label("ip_type", key)
        case "plan":
            return lists.label("plan_source", key)
        case _:
            return str(EntrySource(key).label) if key in EntrySource.values else key


def _narrowed(cut: Cut, dimension: str, key: str, measure: str) -> Cut:
    """The cut behind one figure of a breakdown."""
    match dimension:
        case "month":
            return cut.narrowed(measure=measure, month=int(key))
        case "year":
            return cut.narrowed(measure=measure, year=int(key))
        case "county":
            side = "seller" if measure == "output" else "buyer"
            return cut.narrowed(measure=measure, **{side: key})
        case _:
            return cut.narrowed(measure=measure, where={dimension: key})


def ledger_href(cut: Cut) -> str:
    """The address of the contracts behind a figure."""
    return f"{reverse('contract:ledger')}?{cut.query()}"


def _cells(cut: Cut, dimension: str, row: Row, measures: tuple[str, ...]) -> list[dict[str, Any]]:
    return [
        {"sums": row.measures.get(one, Sums()), "label": MEASURES[one],
         "href": ledger_href(_narrowed(cut, dimension, row.key, one)) if one in row.measures else ""}
        for one in measures
    ]  # fmt: skip


def _tables(found: Figures) -> list[dict[str, Any]]:
    names = {
        found.period: "分月" if found.period == "month" else "分年",
        "class": "分类别",
        "field": "分技术领域",
    }
    if found.cut.place:
        names["county"] = "分县区"
    tables = []
    for dimension, title in names.items():
        measures = ("output", "absorbed") if dimension == "county" else _shown(found.cut)
        tables.append(_table(found.cut, dimension, title, found.by[dimension], measures))
    return tables


def _table(
    cut: Cut, dimension: str, title: str, rows: list[Row], measures: tuple[str, ...]
) -> dict[str, Any]:
    drawn = measures[:2]
    bars = [
        Bar(label_of(dimension, row.key).removesuffix(" 月").removesuffix(" 年"),
            tuple(row.measures.get(one, Sums()).total_wan for one in drawn))
        for row in rows
    ]  # fmt: skip
    is_period = dimension in ("month", "year")
    return {
        "key": dimension,
        "title": title,
        "measures": [MEASURES[one] for one in measures],
        "rows": [
            {"label": label_of(dimension, row.key), "cells": _cells(cut, dimension, row, measures)}
            for row in rows
        ],
        "chart": column_chart(
            f"{title}成交额", [MEASURES[one] for one in drawn], bars, place=f"chart-{dimension}"
        )
        if is_period
        else "",
        "verify": dimension == "field" and lists.info("field11").verify,
    }


def _totals(found: Figures, before: dict[str, Sums]) -> list[dict[str, Any]]:
    return [
        {
            "key": key,
            "label": label,
            "sums": found.totals[key],
            "href": ledger_href(found.cut.narrowed(measure=key)),
            "growth": statistics.growth(found.totals[key].total_fen, before[key].total_fen),
        }
        for key, label in MEASURES.items()
        if found.cut.place or key == "distinct"
    ]


def _shown(cut: Cut) -> tuple[str, ...]:
    """Columns of a breakdown: without a region nothing goes out of it or comes in."""
    return SHOWN if cut.place else ("distinct",)


def _places(held: Columns) -> list[tuple[str, str]]:
    """The home city and its counties; all places and the registrars' cities where no home is set."""
    home = home_place()
    if not home:
        cities = sorted({f"{one:04}" for one in held.registrar.tolist() if one})
        return [("", "全部地区"), *((code, place_name(code)) for code in cities)]
    below = [(one.code[:6], one.name) for one in divisions.children(home)] if len(home) == 4 else []
    return [(home, "全市" if len(home) == 4 else "全部"), *below]


@require_GET
def statistics_page(request: HttpRequest) -> HttpResponse:
    """?from=&to=&place=&asof= and the columns of GROUPS; ?by= one more breakdown."""
    scope = ledger_reader(request)[1]
    cut, area = _cut(request, scope), None if scope.sees_all else scope.prefixes
    held = columns()
    found = statistics.figures(cut, area=area, of=held)
    before = statistics.totals_by_measure(statistics.year_before(found.cut), area=area, of=held)
    more = request.GET.get("by", "")
    tables = _tables(found)
    if more in _MORE:
        rows = statistics.breakdown(cut, more, area=area, of=held)
        tables.append(_table(found.cut, more, f"分{_MORE[more]}", rows, _shown(found.cut)))
    today = timezone.localdate()
    context = {
        "crumbs": [_CRUMBS[0], {"label": "合同统计"}],
        "cut": found.cut,
        "place": place_name(found.cut.place) if found.cut.place else "全部地区",
        "no_home": not home_place(),
        "totals": _totals(found, before),
        "boast": found.boast,
        "twice": found.twice,
        "restated": found.restated,
        "restated_href": ledger_href(found.cut.narrowed(restated=True)),
        "tables": tables,
        "more": [{"key": key, "label": label, "current": key == more} for key, label in _MORE.items()],
        "years": _years(found.cut, today),
        "places": _places(held),
        "imports": LedgerImport.objects.filter(rejected_count__gte=0).first(),
        "outcomes": outcomes(found.cut.place, found.cut.since, found.cut.until),
        "all_href": ledger_href(found.cut),
        "today": today,
    }
    return render(request, "contract/statistics.html", context)


def _years(cut: Cut, today: date) -> list[dict[str, Any]]:
    """The links of the years, and of the last ten together."""
    found = [
        {"label": f"{year} 年", "query": f"from={year}-01-01&to={min(date(year, 12, 31), today)}&place={cut.place}",
         "current": cut.since == date(year, 1, 1) and cut.until == min(date(year, 12, 31), today)}
        for year in range(today.year, today.year - 6, -1)
    ]  # fmt: skip
    first = date(today.year - 9, 1, 1)
    found.append({"label": "近十年", "query": f"from={first}&to={today}&place={cut.place}", "current": cut.since == first})  # fmt: skip
    return found


@require_GET
def ledger_page(request: HttpRequest) -> HttpResponse:
    """The contracts behind a figure, with their total, which is that figure."""
    user, scope = ledger_reader(request)
    cut = _cut(request, scope)
    found = statistics.entries(cut, within=_within(user, scope))
    if cut.words:  # the words are looked for once: their lines are few enough to be summed and paged here
        sums, keys = statistics.totals_and_keys(found)
        page = paginate(keys, request)
        known = LedgerEntry.objects.select_related("contract").in_bulk(list(page.object_list))
        entries = [known[key] for key in page.object_list]
    else:
        sums = statistics.totals_of(found)
        page = paginate(found.select_related("contract"), request, count=sums.count)
        entries = list(page.object_list)
    context = {
        "crumbs": [*_CRUMBS, {"label": "台账"}],
        "cut": cut,
        "page": page,
        "rows": [_line(one) for one in entries],
        "sums": sums,
        "chips": _chips(cut),
        "measures": MEASURES.items(),
        "classes": ContractClass.choices,
        "kind": dict(cut.where).get("class", ""),
        "may_export": Role.REGISTRAR in scope.roles or Role.BUREAU_OFFICER in scope.roles,
        "query": cut.query(),
        "statistics": f"{reverse('contract:statistics')}?{cut.narrowed(measure='', words='').query()}",
    }
    return render_part(request, "contract/ledger.html", "entries", context)


def _line(entry: LedgerEntry) -> dict[str, Any]:
    href = ""
    if entry.contract is not None:
        href = reverse("registrar:work", args=[entry.contract.public_id])
    return {
        "entry": entry,
        "href": href,
        "total": statistics.wan(entry.total_fen),
        "tech": statistics.wan(entry.tech_fen),
        "kind": entry.get_class_code_display(),
        "field": lists.label("field11", entry.field11),
        "seller": place_name(entry.seller_division[:6]),
        "buyer": place_name(entry.buyer_division[:6]),
    }


def _chips(cut: Cut) -> list[str]:
    """What the list is narrowed to, in words."""
    found = [
        f"{cut.since:%Y-%m-%d} 至 {cut.until:%Y-%m-%d}",
        place_name(cut.place) if cut.place else "全部地区",
    ]
    if cut.measure:
        found.append(MEASURES[cut.measure])
    found += [label_of(key, value) for key, value in cut.where]
    if cut.year:
        found.append(f"{cut.year} 年")
    if cut.month:
        found.append(f"{cut.month} 月")
    if cut.seller:
        found.append(f"卖方在{place_name(cut.seller)}")
    if cut.buyer:
        found.append(f"买方在{place_name(cut.buyer)}")
    if cut.restated:
        found.append("期后注销或撤销")
    return found


# -- the public page ------------------------------------------------------------------------------------------------


@login_not_required
@require_GET
def statistics_public(request: HttpRequest) -> HttpResponse:
    """The home city's figures for everybody, a year at a time: ?year=. Cells below three contracts are hidden."""
    today = timezone.localdate()
    text = request.GET.get("year", "")
    year = int(text) if text.isascii() and text.isdigit() and 2000 <= int(text) <= today.year else today.year
    until = min(date(year, 12, 31), today)
    found = statistics.figures(Cut(place=home_place(), since=date(year, 1, 1), until=until, as_of=until))
    place = found.cut.place
    measures = ("output", "absorbed") if place else ("distinct",)
    dimensions = {"class": "分类别", "field": "分技术领域", "county": "分县区", found.period: "分月"}
    tables = [
        {"title": title, "rows": _public_rows(found.by[key], key, measures), "measures": [MEASURES[one] for one in measures]}
        for key, title in dimensions.items() if place or key != "county"
    ]  # fmt: skip
    month = found.by[found.period]
    open_months = all(sums.count >= LEAST_PUBLIC for row in month for sums in row.measures.values())
    bars = [Bar(row.key, tuple(row.sums(one).total_wan for one in measures)) for row in month]
    context = {
        "crumbs": [{"label": "首页", "href": "/"}, {"label": "合同统计"}],
        "year": year,
        "years": range(today.year, today.year - 6, -1),
        "stats": [
            _public_total(found, key)
            for key in (("output", "absorbed", "intra", "distinct") if place else ("distinct",))
        ],
        "boast": _hidden(found.boast),
        "tables": tables,
        "chart": column_chart(
            f"{year} 年各月成交额", [MEASURES[one] for one in measures], bars, place="chart-month"
        )
        if open_months
        else "",
        "least": LEAST_PUBLIC,
        "until": until,
        "place": place_name(place) if place else "全部地区",
        "has_home": bool(place),
    }
    return render(request, "contract/statistics_public.html", context)


def _hidden(sums: Sums) -> dict[str, str]:
    """Sums as strangers may see them."""
    if 0 < sums.count < LEAST_PUBLIC:
        return {"count": f"不足 {LEAST_PUBLIC}", "total": "不公开", "tech": "不公开"}
    return {
        "count": f"{sums.count:,}",
        "total": _comma(sums.total_wan),
        "tech": _comma(sums.tech_wan),
    }


def _comma(value: Decimal) -> str:
    return f"{value:,.2f}"


def _public_total(found: Figures, measure: str) -> dict[str, Any]:
    return {"label": MEASURES[measure], **_hidden(found.totals[measure])}


def _public_rows(rows: list[Row], dimension: str, measures: tuple[str, ...]) -> list[dict[str, Any]]:
    """A column is hidden together: where a count is not shown, neither are its sums."""
    columns = [public_column([row.measures.get(one, Sums()).count for row in rows]) for one in measures]
    shown = []
    for at, row in enumerate(rows):
        cells = []
        for one, column in zip(measures, columns, strict=True):
            sums, count = row.measures.get(one, Sums()), column[at]
            is_open = count == f"{sums.count:,}"
            cells.append(
                {"count": count, "total": _comma(sums.total_wan) if is_open else "不公开", "tech": _comma(sums.tech_wan) if is_open else "不公开"}
            )  # fmt: skip
        shown.append({"label": label_of(dimension, row.key), "cells": cells})
    return shown
