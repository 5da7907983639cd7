"""Why matches are refused, for anybody to read: a table, a chart, and nothing that points at one unit."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from keqiao.verdict.enums import Reason
from keqiao.verdict.statistics import Table, refusals_by_field

_CHARTED = 10  # fields


@login_not_required
@require_GET
def refusals(request: HttpRequest) -> HttpResponse:
    """Counts by field and reason."""
    table = refusals_by_field()
    columns = [{"label": "技术领域", "main": True}]
    columns += [{"label": str(one.label), "num": True} for one in Reason] + [{"label": "合计", "num": True}]
    body = [
        {"cells": [row.field, *(_cell(row.cells[one], table.least) for one in Reason.values), row.total]}
        for row in table.rows
    ]
    if len(body) > 1:
        body.append({"cells": ["合计", *(table.totals[one] for one in Reason.values), table.total]})
    context = {
        "crumbs": [{"label": "首页", "href": "/"}, {"label": "为什么没有对上"}],
        "stats": table,
        "table": {
            "caption": "各技术领域答复“不合适”的原因",
            "columns": columns,
            "rows": body,
            "hide_caption": True,
        },
        "chart": refusal_chart(table) if table.total else None,
        "chart_words": "；".join(f"{row.field} {row.total} 个" for row in table.rows[:_CHARTED] if row.total),
        "is_empty": not table.rows,
    }
    return render(request, "verdict/refusals.html", context)


def _cell(count: int | None, least: int) -> str | int:
    return f"<{least}" if count is None else count


def refusal_chart(table: Table) -> dict[str, Any]:
    """An ECharts option: one bar a field, stacked by reason, largest on top."""
    rows = [row for row in table.rows if row.total][:_CHARTED][::-1]
    return {
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}},
        "legend": {"top": 0},
        "grid": {"left": 8, "right": 24, "top": 56, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "value", "minInterval": 1},
        "yAxis": {"type": "category", "data": [row.field for row in rows]},
        "series": [
            {
                "type": "bar",
                "stack": "all",
                "name": str(one.label),
                "barMaxWidth": 26,
                "data": [row.cells[one.value] or 0 for row in rows],
            }
            for one in Reason
            if table.totals.get(one.value)
        ],
    }
