"""How firms passed between rungs and between counties over the years, as a chart and a table one can click through."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from keqiao.firm.access import firms_of
from keqiao.ladder.enums import Level
from keqiao.ladder.passage import ABSENT, GONE
from keqiao.ladder.standings import YEARS, Kept, Live, standings_of
from keqiao.people.access import scope_of
from keqiao.registry.records.display import division_name
from keqiao.registry.records.enums import Status
from keqiao.registry.records.models import prefix_range
from keqiao.web.firm.charts import Series, line_chart
from keqiao.web.firm.listing import places_of, require_reader
from keqiao.web.ladder.flowchart import stream_chart
from keqiao.web.rendering import paginate

_SHOWN = (Level.SME, Level.HNTE, Level.GROWING)


def _lives(request: HttpRequest, query: dict[str, Any], today: date) -> Live | Kept:
    user = require_reader(request)
    firms = firms_of(user).exclude(status__in=[Status.DRAFT, Status.WITHDRAWN])
    is_all = scope_of(user).sees_all
    if query["place"] and query["by"] == "level":
        firms, is_all = firms.filter(prefix_range("division_code", query["place"])), False
    return standings_of(firms, today, is_all=is_all)


def _query(request: HttpRequest, today: date) -> dict[str, Any]:
    get = request.GET.get
    years = range(today.year - YEARS, today.year + 1)

    def year(name: str, default: int) -> int:
        text = get(name, "")
        return (
            int(text)
            if text.isascii() and text.isdigit() and len(text) == 4 and int(text) in years
            else default
        )

    until = year("until", today.year)
    since = year("since", until - 1)
    place = get("place", "")
    return {
        "since": min(since, until - 1),
        "until": until,
        "by": "county" if get("by") == "county" else "level",
        "place": place if place.isascii() and place.isdigit() and len(place) <= 6 else "",
    }


def _names(keys: set[str], by: str) -> dict[str, str]:
    if by == "level":
        return {str(level.value): str(level.label) for level in Level}
    found = {key: division_name(key.ljust(12, "0")) if key.isdigit() else key for key in keys}
    return {key: _short(name) for key, name in found.items()} | {
        ABSENT: "新成立",
        GONE: "已注销",
        "": "所在地不详",
    }


def _short(name: str) -> str:
    """The last part of a place: 安徽省蚌埠市固镇县 is too long for a chart."""
    for mark in ("自治州", "地区", "盟", "市"):
        _head, found, tail = name.partition(mark)
        if found and tail:
            return tail
    return name


@require_GET
def flow(request: HttpRequest) -> HttpResponse:
    """The streams between two years, the curves over ten, retention."""
    today = timezone.localdate()
    query = _query(request, today)
    lives = _lives(request, query, today)
    counts = lives.counts(query["since"], query["until"], query["by"])
    keys = {key for pair in counts for key in pair}
    names = _names(keys, query["by"])
    if query["by"] == "level":
        order = [str(level.value) for level in Level]
    else:
        order = [ABSENT, *sorted(key for key in keys if key not in (ABSENT, GONE)), GONE]

    def href(a: str, b: str) -> str:
        address = f"since={query['since']}&until={query['until']}&by={query['by']}&place={query['place']}&from={a}&to={b}"
        return f"{reverse('ladder:flow-firms')}?{address}"

    drawn = counts
    if query["by"] == "county":  # those that stayed would hide the few that moved
        drawn = {pair: count for pair, count in counts.items() if pair[0] != pair[1]}
    words = f"{query['since']} 年末到 {query['until']} 年的企业流动，数据见下表"
    context = {
        "query": query,
        "years": range(today.year, today.year - YEARS, -1),
        "places": places_of(require_reader(request)),
        "svg": stream_chart(words, drawn, order, names, href, ranked=query["by"] == "level"),
        "moves": [
            {"a": names[a], "b": names[b], "count": counts[a, b], "href": href(a, b), "stays": a == b}
            for a in order
            for b in order
            if counts.get((a, b))
        ],
        "curves": _curves(lives, today) if query["by"] == "level" else None,
        "crumbs": _crumbs("流动"),
    }
    return render(request, "ladder/flow.html", context)


def _curves(lives: Live | Kept, today: date) -> dict[str, Any]:
    years = list(range(today.year - YEARS + 1, today.year + 1))
    found = lives.standing(years)
    tones = ("a", "b", "c")
    series = [
        Series(str(level.label), tone, [Decimal(one[level.value]) for one in found])
        for level, tone in zip(_SHOWN, tones, strict=True)
    ]
    kept = {level: lives.retention(years, level) for level in (Level.SME, Level.HNTE, Level.GROWING)}
    return {
        "svg": line_chart("各级企业数折线图，数据见下表", years, series, money=False),
        "legend": [(one.label, one.tone) for one in series],
        "years": years,
        "rows": [
            {"label": level.label, "cells": [one[level.value] for one in found]}
            for level in Level
            if level is not Level.ABSENT
        ],
        "retention": [
            {
                "label": f"{level.label}以上留存",
                "cells": [None, *(None if share is None else f"{share:.0%}" for share in shares)],
            }
            for level, shares in kept.items()
        ],
    }


@require_GET
def flow_firms(request: HttpRequest) -> HttpResponse:
    """The firms behind one stream."""
    today = timezone.localdate()
    query = _query(request, today)
    a, b = request.GET.get("from", ""), request.GET.get("to", "")
    found = _lives(request, query, today).firms(query["since"], query["until"], query["by"], (a, b))
    names = _names({a, b}, query["by"])
    page = paginate(found.order_by("title"), request, per_page=50)
    context = {
        "page": page, "query": query, "a": names.get(a, a), "b": names.get(b, b), "count": page.paginator.count,
        "rows": [(one, division_name(one.division_code)) for one in page.object_list],
        "crumbs": _crumbs("企业", {"label": "流动", "href": reverse("ladder:flow")}),
    }  # fmt: skip
    return render(request, "ladder/flow_firms.html", context)


def _crumbs(label: str, *between: dict[str, str]) -> list[dict[str, str]]:
    return [
        {"label": "工作台", "href": reverse("desk:inbox")},
        {"label": "梯度培育", "href": reverse("ladder:overview")},
        *between,
        {"label": label},
    ]
