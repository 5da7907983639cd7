"""What a file would do: counts, problem rows, near-duplicates; and the decision to write."""

from itertools import islice
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from keqiao.core.errors import BadInput
from keqiao.matching.duplicates import Near, near
from keqiao.people.access import scope_of
from keqiao.people.models import User
from keqiao.registry.intake.cells import as_text
from keqiao.registry.intake.kinds import KINDS as FORMS
from keqiao.registry.intake.models import IntakeRun, RunMode, RunState
from keqiao.registry.intake.permits import LANDINGS, landings_for, run_for
from keqiao.registry.intake.runner import earlier_run, judged_rows
from keqiao.registry.kinds import KINDS
from keqiao.web.intake.jobs import SHOWN, StoredCheck, begin_check, begin_writing, stored_check
from keqiao.web.intake.receiving import CRUMBS, same_file, steps
from keqiao.web.market.halls import detail_url
from keqiao.web.people.signin import me
from keqiao.web.rendering import render_part

NEAR_KINDS = ("demand", "achievement")
NEAR_ROWS = 200  # rows of the file that are compared with the registry
_NEAR_STEP = 20  # rows compared by one request
_OPEN = (RunState.RECEIVED, RunState.CHECKED)


@require_GET
def check_page(request: HttpRequest, public_id: str) -> HttpResponse:
    """The check's counts and problem rows; a bar while it is still running."""
    user = me(request)
    run = run_for(user, public_id)
    if run.state not in _OPEN:
        return redirect("intake:run", public_id=run.public_id)
    found = stored_check(run)
    if found is None:
        return redirect("intake:mapping", public_id=run.public_id)
    return _page(request, user, run, found)


def _page(
    request: HttpRequest, user: User, run: IntakeRun, found: StoredCheck, refusal: BadInput | None = None
) -> HttpResponse:
    before = earlier_run(run)
    landings = landings_for(user, run.kind)
    context = {
        "crumbs": [*CRUMBS, {"label": run.origin.file_name}],
        "steps": steps(2),
        "run": run,
        "spec": FORMS[run.kind],
        "found": found,
        "progress": _progress(run, found),
        "stats": _stats(found),
        "problems": problem_table(run, found.rows),
        "shown": len(found.rows),
        "most_shown": SHOWN,
        "has_near": run.kind in NEAR_KINDS and not found.is_running and not found.error,
        "near_rows": NEAR_ROWS,
        "modes": [{"value": value, "label": label} for value, label in RunMode.choices],
        "landings": [{"value": one, "label": LANDINGS[one]} for one in landings],
        "is_gated": run.kind in KINDS and KINDS[run.kind].flow is not None,
        "chosen_mode": request.POST.get("mode", RunMode.GOOD_ROWS),
        "chosen_landing": request.POST.get("land_as", landings[0]),
        "same_file": same_file(before) if before else "",
        "refusal": refusal,
    }
    return render_part(request, "intake/check.html", "check", context, status=422 if refusal else 200)


def _progress(run: IntakeRun, found: StoredCheck) -> dict[str, Any]:
    total = run.row_total or 0
    return {
        "label": "正在检查",
        "done": found.done,
        "total": total,
        "percent": min(99, found.done * 100 // total) if total else None,
        "note": "检查完自动显示结果，可以先去做别的。",
    }


def _stats(found: StoredCheck) -> list[dict[str, Any]]:
    return [
        {"label": "共读到", "value": found.total, "unit": "行"},
        {"label": "合格，可以写入", "value": found.good, "unit": "行", "tone": "green"},
        {"label": "不合格，将退回", "value": found.bad, "unit": "行", "tone": "red" if found.bad else ""},
        {
            "label": "有提醒，请过目",
            "value": found.warned,
            "unit": "行",
            "tone": "amber" if found.warned else "",
        },
    ]


def problem_table(run: IntakeRun, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Problem rows for the page: where, findings with their heading, and the whole row as (heading, text, is bad)."""
    shown = []
    for row in rows:
        at_fault = {p["column"] for p in row["problems"] if p["level"] == "error"}
        shown.append({
            "where": row.get("where") or f"第 {row['number']} 行",
            "is_bad": any(p["level"] == "error" for p in row["problems"]),
            "problems": [
                {
                    "heading": _heading(run, p["column"]),
                    "message": p["message"],
                    "value": p["value"],
                    "is_error": p["level"] == "error",
                }
                for p in row["problems"]
            ],
            "cells": [
                {"heading": heading, "text": as_text(cell), "bad": index in at_fault}
                for index, (heading, cell) in enumerate(zip(run.headings, row["cells"], strict=False))
                if heading and (cell not in (None, "") or index in at_fault)
            ],
        })  # fmt: skip
    return shown


def _heading(run: IntakeRun, column: int | None) -> str:
    return run.headings[column] if column is not None and column < len(run.headings) else ""


@require_POST
def check_again(request: HttpRequest, public_id: str) -> HttpResponse:
    """Check anew, after a check that failed or whose process died."""
    user = me(request)
    run = run_for(user, public_id)
    if run.state in _OPEN:
        begin_check(run, user)
    return redirect("intake:check", public_id=run.public_id)


# --- near-duplicates ---------------------------------------------------------------------------------------------


@require_GET
def near_rows(request: HttpRequest, public_id: str) -> HttpResponse:
    """Rows that say nearly what a record of the registry says, a few rows of the file a request."""
    user = me(request)
    run = run_for(user, public_id)
    begin = request.GET.get("from", "0")
    first = min(int(begin), NEAR_ROWS) if begin.isascii() and begin.isdigit() and len(begin) < 5 else 0
    last = min(first + _NEAR_STEP, NEAR_ROWS)
    found, has_more = (
        _near(user, run, first, last) if run.kind in NEAR_KINDS and run.state in _OPEN else ([], False)
    )
    address = reverse("intake:near", args=[run.public_id])
    context = {
        "crumbs": [*CRUMBS, {"label": run.origin.file_name}],
        "run": run,
        "found": found,
        "looked": last,
        "next": f"{address}?from={last}" if has_more and last < NEAR_ROWS else "",
        "is_capped": has_more and last >= NEAR_ROWS,
        "near_rows": NEAR_ROWS,
    }
    return render_part(request, "intake/near.html", "near", context)


def _near(user: User, run: IntakeRun, first: int, last: int) -> tuple[list[dict[str, Any]], bool]:
    """(rows with what is like them, whether the file goes on after `last`)."""
    scope, model = scope_of(user), KINDS[run.kind].model
    found: list[dict[str, Any]] = []
    rows = judged_rows(run)
    try:
        for raw, _, bound, _ in islice(rows, first, last):
            if bound is None:
                continue
            same = model.objects.filter(match_key=bound.key).values_list("pk", flat=True).first()
            text = "\n".join(str(bound.values.get(name) or "") for name in model.TEXT_FIELDS).strip()
            title = str(bound.values["title"])
            for one in near(run.kind, title, text, exclude=same, scope=scope, top=1):
                found.append(_near_row(run, raw.number, raw.where, title, one))
        return found, next(rows, None) is not None
    finally:
        rows.close()


def _near_row(run: IntakeRun, number: int, where: str, title: str, one: Near) -> dict[str, Any]:
    return {
        "where": where or f"第 {number} 行",
        "title": title,
        "number": one.number or "（未编号）",
        "href": detail_url(run.kind, one.record.public_id),
        "unit": run.kind,
        "percent": round(one.similarity * 100),
        "title_diff": one.title_diff,
        "diff": one.diff,
    }


# --- the decision ------------------------------------------------------------------------------------------------


@require_POST
def write_run(request: HttpRequest, public_id: str) -> HttpResponse:
    """确认写入: all good rows or none, landing as chosen."""
    user = me(request)
    run = run_for(user, public_id)
    mode, land_as = request.POST.get("mode", ""), request.POST.get("land_as", "")
    try:
        begin_writing(run, mode=mode, land_as=land_as, by=user)
    except BadInput as refusal:
        return _page(request, user, run, stored_check(run) or StoredCheck(is_running=False), refusal)
    return redirect("intake:run", public_id=run.public_id)
