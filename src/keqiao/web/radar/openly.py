"""共性需求的公开统计: what several firms look for, in figures, for anybody to read."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from keqiao.codes import lists
from keqiao.radar.openly import LEAST_FIRMS, OpenNeed, open_needs
from keqiao.radar.runs import latest_run
from keqiao.web.words import money_wan

_COLUMNS: list[dict[str, Any]] = [
    {"label": "在找什么", "main": True}, {"label": "技术领域"}, {"label": "提出单位", "num": True},
    {"label": "需求", "num": True}, {"label": "县区", "num": True}, {"label": "年度", "num": True},
    {"label": "已知预算", "num": True}, {"label": "过期或无果", "num": True},
]  # fmt: skip


@login_not_required
@require_GET
def common_needs(request: HttpRequest) -> HttpResponse:
    """The newest snapshot without a name in it."""
    run = latest_run()
    needs = open_needs(run)
    context = {
        "crumbs": [{"label": "首页", "href": "/"}, {"label": "企业共性需求"}],
        "run": run,
        "least": LEAST_FIRMS,
        "table": {"caption": "企业共性需求", "columns": _COLUMNS, "rows": [{"cells": _cells(one)} for one in needs],
                  "hide_caption": True},
        "is_empty": not needs,
    }  # fmt: skip
    return render(request, "radar/openly.html", context)


def _cells(one: OpenNeed) -> list[str | int]:
    years = "—" if one.years is None else one.years[0] if len(set(one.years)) == 1 else "—".join(one.years)
    return [
        one.subject,
        "、".join(lists.label("field11", code) for code in one.fields) or "—",
        one.firms,
        one.demands,
        one.counties,
        years,
        "—" if one.budget_yuan is None else money_wan(one.budget_yuan),
        one.failures,
    ]
