"""A firm on one screen."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from keqiao.codes import lists
from keqiao.firm.access import READERS, firm_for, is_officer, may_write, own_firm
from keqiao.firm.enums import VALIDITY_UNSEEN, RightClass, TitleKind
from keqiao.firm.facts import data_year
from keqiao.firm.file import FirmFile, file_of
from keqiao.firm.names import CIRCUMSTANCES
from keqiao.firm.numbers import number_warning
from keqiao.firm.received import is_known
from keqiao.firm.verdicts import verdicts_of
from keqiao.people.access import scope_of
from keqiao.registry.enterprise.models import Enterprise
from keqiao.registry.records.display import division_name
from keqiao.rules.facts import FACTS
from keqiao.web.firm.charts import Series, line_chart, validity_bar
from keqiao.web.firm.listing import places_of
from keqiao.web.market.halls import detail_url
from keqiao.web.people.signin import me
from keqiao.web.rendering import url_or_none


@require_GET
def firm_file(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The file for officers, auditors and the firm itself."""
    return _page(request, firm_for(me(request), public_id))


@require_GET
def own(request: HttpRequest) -> HttpResponse:
    """The firm's own file, for its own people."""
    firm = own_firm(me(request))
    if firm is None:
        crumbs = [{"label": "工作台", "href": reverse("desk:inbox")}, {"label": "本企业档案"}]
        return render(request, "firm/none.html", {"crumbs": crumbs})
    return _page(request, firm, is_own=True)


def _page(request: HttpRequest, firm: Enterprise, *, is_own: bool = False) -> HttpResponse:
    user = me(request)
    file, today = file_of(firm, user), timezone.localdate()
    is_reader = bool(scope_of(user).roles & READERS)
    above = [{"label": "企业档案", "href": reverse("firm:firm-list")}] if is_reader else []
    context = {
        "firm": firm,
        "file": file,
        "is_own": is_own,
        "place": division_name(firm.division_code),
        "fields": [lists.label("field11", tag["code"]) for tag in (firm.tags or {}).get("field11", ())],
        "works": may_write(user, firm),
        "is_officer": is_officer(user, firm),
        "is_reader": is_reader,
        "year": data_year(today),
        "stats": _stats(file, today),
        "titles": _titles(file, today),
        "span": _span(file, today),
        "charts": _charts(file),
        "years": list(reversed(file.years)),
        "groups": _groups(file),
        "measures": _measures(file),
        "rights": [file.rights[:5], file.rights[5:]],
        "projects": [(one, detail_url("work", one.public_id)) for one in file.projects],
        "jumps": _jumps(file, is_reader),
        "circumstances": _circumstances(file),
        "residences": [(one, division_name(one.division_code)) for one in file.residences],
        "places": places_of(user) if is_officer(user, firm) else [],
        "knows_money": is_known(),
        "money_total": sum((one.amount_yuan for one in file.money), Decimal(0)),
        "verdict_count": verdicts_of(firm).count(),
        "has_steps": url_or_none("ladder:closest") is not None,
        "crumbs": [{"label": "工作台", "href": reverse("desk:inbox")}, *above, {"label": firm.title}],
    }
    return render(request, "firm/file.html", context)


def _jumps(file: FirmFile, is_reader: bool) -> list[dict[str, Any]]:
    """What the file holds, with how many of each, as links into the page."""
    money = sum((one.amount_yuan for one in file.money), Decimal(0)) / 10_000
    found: list[tuple[str, str, Any]] = [
        ("titles", "称号", len({one.kind for one in file.titles})),
        ("rights", "知识产权", len(file.rights)),
        ("projects", "项目", len(file.projects)),
        ("contracts", "技术合同", len(file.contracts)),
        ("cases", "对接", len(file.cases)),
        ("money", "收到的资金", f"{figure_text(money)} 万元" if money else 0),
        *([("visits", "走访", len(file.visits))] if is_reader else []),
        ("years", "年度数据", f"{len(file.years)} 年"),
        *([("research", "研发口径", "")] if file.groups else []),
        ("facts", "企业情况", ""),
    ]
    return [{"id": key, "label": label, "count": count} for key, label, count in found]


def _stats(file: FirmFile, today: date) -> list[dict[str, Any]]:
    sales, staff = file.latest("sales"), file.latest("staff")
    research = file.latest("rd_deduct")
    valid = [one for one in file.rights if one.expires_on is None or one.expires_on >= today]
    ones = sum(1 for one in valid if one.right_class == RightClass.ONE)
    found: list[dict[str, Any]] = []
    if sales:
        found.append(
            {"label": f"{sales.year} 年销售收入", "value": sales.value.quantize(Decimal(1)), "unit": "万元"}
        )
    if sales and research and research.year == sales.year and sales.value > 0:
        part = (research.value * 100 / sales.value).quantize(Decimal("0.1"))
        found.append(
            {"label": "研发占销售收入", "value": part, "unit": "%", "note": f"{sales.year} 年，加计扣除口径"}
        )
    if staff:
        found.append(
            {
                "label": "职工总数",
                "value": staff.value.quantize(Decimal(1)),
                "unit": "人",
                "note": f"{staff.year} 年",
            }
        )
    found.append({"label": "有效知识产权", "value": len(valid), "unit": "件", "note": f"其中Ⅰ类 {ones} 件"})
    return found


def _span(file: FirmFile, today: date) -> tuple[date, date]:
    first = min((one.issued_on for one in file.titles), default=today)
    last = max((one.expires_on or today for one in file.titles), default=today)
    return date(first.year, 1, 1), date(max(last, today).year, 12, 31)


def _titles(file: FirmFile, today: date) -> list[dict[str, Any]]:
    """One line a kind, valid ones first; each with the bars of its times."""
    first, last = _span(file, today)
    kinds: dict[str, list[Any]] = {}
    for one in file.titles:
        kinds.setdefault(one.kind, []).append(one)
    lines = []
    for kind, titles in kinds.items():
        newest = titles[0]
        end = newest.revoked_on or newest.expires_on
        is_valid = end is None or end >= today
        lines.append({
            "label": TitleKind(kind).label,
            "newest": newest,
            "end": end,
            "is_valid": is_valid,
            "days": (end - today).days if end else None,
            "unseen": kind in VALIDITY_UNSEEN,
            "warning": number_warning(kind, newest.number, newest.issued_on),
            "bars": [(one, validity_bar(one.issued_on, one.revoked_on or one.expires_on, first, last, today)) for one in titles],
        })  # fmt: skip
    return sorted(lines, key=lambda line: (not line["is_valid"], line["label"]))


def _charts(file: FirmFile) -> list[dict[str, Any]]:
    def chart(
        title: str, unit: str, lines: list[tuple[str, str, str]], *, money: bool = True
    ) -> dict[str, Any]:
        series = [Series(label, tone, file.series(name)) for label, tone, name in lines]
        words = f"{title}折线图，{file.years[0]} 到 {file.years[-1]} 年，数据见下表" if file.years else title
        return {
            "title": title, "unit": unit, "svg": line_chart(words, file.years, series, money=money),
            "legend": [(one.label, one.tone) for one in series],
        }  # fmt: skip

    found = [
        chart("收入和利润", "万元", [("销售收入", "a", "sales"), ("净利润", "b", "profit")]),
        chart("研发费用三个口径", "万元", [("高企", "a", "rd_hnte"), ("加计扣除", "b", "rd_deduct"), ("统计", "c", "rd_stat")]),
        chart("人员", "人", [("职工", "a", "staff"), ("科技人员", "b", "tech_staff")], money=False),
    ]  # fmt: skip
    return [one for one in found if one["svg"]]


def _groups(file: FirmFile) -> list[dict[str, Any]]:
    """Newest year first. Cells carry their own source where it differs from that of most of their year."""
    return [
        {
            "title": group.title,
            "rows": [
                {
                    "row": row,
                    "cells": [
                        {
                            "figure": cell,
                            "text": figure_text(cell.value) if cell else "",
                            "year": year,
                            "odd": cell is not None and cell.origin != file.origins.get(year),
                        }
                        for cell, year in zip(reversed(row.cells), reversed(file.years), strict=True)
                    ],
                }
                for row in group.rows
            ],
        }
        for group in file.groups
    ]


def figure_text(value: Decimal) -> str:
    """14,165 or 9.35: whole from a thousand on, else at most two places."""
    if abs(value) >= 1000:
        return f"{value.quantize(Decimal(1)):,f}"
    text = f"{value.quantize(Decimal('0.01')):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _measures(file: FirmFile) -> list[dict[str, Any]]:
    return [
        {
            "title": one.title,
            "holds": one.holds,
            "cells": [figure_text(cell.value) if cell else "" for cell in reversed(one.cells)],
            "shares": list(reversed(one.shares)),
        }
        for one in file.measures
    ]


_WORDS = {True: "是", False: "否"}
_PLATFORMS = {"national": "国家级", "provincial": "省部级", "city": "市级"}


def _circumstances(file: FirmFile) -> list[dict[str, Any]]:
    kept: dict[str, Any] = {}
    for one in file.facts:  # newest year first
        kept.setdefault(one.name, one)
    found = []
    for group in CIRCUMSTANCES:
        lines = [
            {"title": FACTS[name].title, "value": fact_words(name, kept[name].value), "fact": kept[name]}
            for name in group.names
            if name in kept
        ]
        if lines:
            found.append({"title": group.title, "lines": lines})
    return found


def fact_words(name: str, value: Any) -> str:
    """A circumstance as people read it."""
    if isinstance(value, bool):
        return _WORDS[value]
    if isinstance(value, list):
        return "、".join(_PLATFORMS.get(str(one), str(one)) for one in value) or "无"
    return f"{value}{FACTS[name].unit}"
