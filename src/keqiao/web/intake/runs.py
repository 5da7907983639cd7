"""Runs: their history, how far one has come, and what became of it."""

from io import BytesIO
from pathlib import PurePath
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect

from keqiao.core.audit import record
from keqiao.core.errors import NotFound
from keqiao.people.access import scope_of
from keqiao.people.models import User
from keqiao.registry.intake.kinds import KINDS as FORMS
from keqiao.registry.intake.models import IntakeRun, RunState
from keqiao.registry.intake.permits import LANDINGS, run_for, runs_of
from keqiao.registry.intake.rejected import write_rejected_rows
from keqiao.registry.intake.runner import abandon
from keqiao.registry.kinds import KINDS
from keqiao.registry.records.history import content_of, diff, opened, values_of
from keqiao.registry.records.models import Record, RecordVersion
from keqiao.web.intake.checking import problem_table
from keqiao.web.intake.jobs import SHOWN, forget_check, is_stopped, resume_writing, stored_check
from keqiao.web.intake.receiving import CRUMBS, spreadsheet, steps
from keqiao.web.people.signin import me
from keqiao.web.rendering import is_part_request, paginate, render_part
from keqiao.web.words import ago, thousands

_TONES = {
    RunState.RECEIVED: "amber", RunState.CHECKED: "amber", RunState.WRITING: "brand", RunState.DONE: "green",
    RunState.REFUSED: "red", RunState.ABANDONED: "plain",
}  # fmt: skip
_RECORDS, _CHANGES = 50, 10  # that the result page lists
_OVER = (RunState.DONE, RunState.REFUSED, RunState.ABANDONED)


@require_GET
def run_list(request: HttpRequest) -> HttpResponse:
    """Every import that this person may look at, newest first."""
    user = me(request)
    runs = runs_of(user)
    q = request.GET.get("q", "").strip()[:100]
    if q:
        runs = runs.filter(origin__file_name__icontains=q)
    page = paginate(runs, request)
    context = {
        "crumbs": [CRUMBS[0], {"label": "表格导入"}],
        "page": page,
        "q": q,
        "table": _table(list(page), user),
    }
    return render_part(request, "intake/run_list.html", "runs", context)


def _table(runs: list[IntakeRun], user: User) -> dict[str, Any]:
    columns = [
        {"label": "文件", "main": True}, {"label": "类型", "nowrap": True}, {"label": "导入人"}, {"label": "时间", "nowrap": True},
        {"label": "读入", "num": True}, {"label": "新增", "num": True}, {"label": "更新", "num": True},
        {"label": "未变", "num": True}, {"label": "退回", "num": True}, {"label": "状态", "nowrap": True},
    ]  # fmt: skip
    rows = [
        {"cells": [
            {"text": run.origin.file_name, "href": reverse("intake:run", args=[run.public_id]), "sub": run.origin.sheet},
            FORMS[run.kind].label,
            {"text": str(run.by) if run.by else "命令行", "sub": run.by.unit_name if run.by else ""},
            ago(run.created_at),
            *(thousands(n) if run.state != RunState.RECEIVED else "—" for n in _counts(run)),
            {"chip": "写入中断" if is_stopped(run) else run.get_state_display(), "tone": "red" if is_stopped(run) else _TONES[RunState(run.state)]},
        ]}
        for run in runs
    ]  # fmt: skip
    return {"caption": "导入记录", "hide_caption": True, "columns": columns, "rows": rows}


def _counts(run: IntakeRun) -> tuple[int, ...]:
    return run.read_count, run.new_count, run.updated_count, run.unchanged_count, run.rejected_count


@require_GET
def run_detail(request: HttpRequest, public_id: str) -> HttpResponse:
    """Where the run stands: the page of its next step, its progress, or its result."""
    user = me(request)
    run = run_for(user, public_id)
    if run.state in (RunState.RECEIVED, RunState.CHECKED):
        step = "mapping" if stored_check(run) is None else "check"
        return redirect(f"intake:{step}", public_id=run.public_id)
    if run.state not in _OVER:
        return _progress_page(request, run)
    if is_part_request(request):  # the bar asked and the work is over: the whole page follows
        return HttpResponseClientRedirect(reverse("intake:run", args=[run.public_id]))
    return render(request, "intake/result.html", _result(user, run))


def _progress_page(request: HttpRequest, run: IntakeRun) -> HttpResponse:
    total = run.row_total or 0
    context = {
        "crumbs": [*CRUMBS, {"label": run.origin.file_name}],
        "steps": steps(3),
        "run": run,
        "is_stopped": is_stopped(run),
        "progress": {
            "label": "写入中断" if is_stopped(run) else "正在写入",
            "done": run.read_count,
            "total": total,
            "percent": min(99, run.read_count * 100 // total) if total else None,
            "note": f"新增 {run.new_count}，更新 {run.updated_count}，未变 {run.unchanged_count}，退回 {run.rejected_count}。",
        },
    }
    return render_part(request, "intake/progress.html", "progress", context)


# --- the result --------------------------------------------------------------------------------------------------


def _result(user: User, run: IntakeRun) -> dict[str, Any]:
    rejected = [
        {"number": row.row, "where": "", "cells": row.cells, "problems": row.problems}
        for row in run.rejected.order_by("position")[:SHOWN]
    ]
    rejected_total = run.rejected.count()
    records, total = _records(user, run)
    return {
        "crumbs": [*CRUMBS, {"label": run.origin.file_name}],
        "steps": steps(5) if run.state == RunState.DONE else [],
        "run": run,
        "spec": FORMS[run.kind],
        "stats": _stats(run),
        "landing": LANDINGS.get(run.land_as, "") if run.kind in KINDS and KINDS[run.kind].flow else "",
        "records": records,
        "records_total": total,
        "changes": _changes(run) if run.updated_count and run.kind in KINDS else [],
        "rejected": problem_table(run, rejected),
        "rejected_total": rejected_total,
        "rejected_href": reverse("intake:rejected", args=[run.public_id]) if rejected_total else "",
    }


def _stats(run: IntakeRun) -> list[dict[str, Any]]:
    labels = ("读入", "新增", "更新", "未变", "退回")
    tones = ("", "green", "", "", "red" if run.rejected_count else "")
    return [
        {"label": label, "value": value, "unit": "行", "tone": tone}
        for label, value, tone in zip(labels, _counts(run), tones, strict=True)
    ]


def _records(user: User, run: IntakeRun) -> tuple[list[dict[str, Any]], int]:
    """The first records whose present content came from this run, and how many there are."""
    if run.kind not in KINDS:
        return [], 0
    rows = KINDS[run.kind].model.objects.visible_to(scope_of(user)).filter(origin=run.origin)
    shown = [
        {
            "title": record.title,
            "number": record.number or "",
            "row": record.origin_row,
            "unit": record.organisation_name,
            "state": record.get_status_display(),
            "is_changed": record.version > 1,
            "href": _record_href(run.kind, record),
        }
        for record in rows.order_by("origin_row")[:_RECORDS]
    ]
    return shown, rows.count()


def _record_href(kind: str, record: Record) -> str:
    return reverse("desk:record", kwargs={"kind": kind, "public_id": record.public_id})


def _changes(run: IntakeRun) -> list[dict[str, Any]]:
    """What the updated records said before and say now, field by field; those that nobody has changed since."""
    model = KINDS[run.kind].model
    records = list(model.objects.filter(origin=run.origin, version__gt=1).order_by("origin_row")[:_CHANGES])
    before = {
        (row.record_id, row.version): row
        for row in RecordVersion.objects.filter(kind=run.kind, record_id__in=[one.pk for one in records])
    }
    found = []
    for one in records:
        kept = before.get((one.pk, one.version - 1))
        if kept is None:
            continue
        fields = diff(
            model, values_of(model, opened(model, kept.snapshot)), values_of(model, content_of(one))
        )
        found.append({
            "title": one.title,
            "number": one.number or "",
            "href": _record_href(run.kind, one),
            "old_title": f"第 {one.version - 1} 版",
            "new_title": f"第 {one.version} 版（本次导入）",
            "changes": [{"label": f.label, "old": f.before, "new": f.after} for f in fields],
        })  # fmt: skip
    return [one for one in found if one["changes"]]


@require_GET
def run_rejected(request: HttpRequest, public_id: str) -> HttpResponse:
    """The rejected rows as .xlsx, red cells with comments; taking it along is recorded."""
    user = me(request)
    run = run_for(user, public_id)
    if not run.rejected.exists():
        raise NotFound("退回的行")
    out = BytesIO()
    count = write_rejected_rows(run, out)
    record("intake.rejected_taken", by=user, target=run, row_count=count, file_name=run.origin.file_name)
    return spreadsheet(out.getvalue(), f"{PurePath(run.origin.file_name).stem}-退回.xlsx")


# --- going on and giving up --------------------------------------------------------------------------------------


@require_POST
def run_resume(request: HttpRequest, public_id: str) -> HttpResponse:
    """继续: the writing of a run whose process died goes on from the checkpoint."""
    user = me(request)
    run = run_for(user, public_id)
    if run.state == RunState.WRITING and is_stopped(run):
        record("intake.resumed", by=user, target=run, row_count=run.done_row)
        resume_writing(run)
    return redirect("intake:run", public_id=run.public_id)


@require_POST
def run_abandon(request: HttpRequest, public_id: str) -> HttpResponse:
    """放弃: nothing more is written; what was written stays."""
    user = me(request)
    run = run_for(user, public_id)
    abandon(run=run, by=user)
    forget_check(run)
    messages.success(request, f"“{run.origin.file_name}”的导入已放弃，已写入的 {run.written_count} 条保留。")
    return redirect("intake:run-list")
