"""The file comes in: upload, collection forms, which column is which."""

from collections.abc import Mapping as ReadOnly
from contextlib import closing
from itertools import islice
from urllib.parse import quote

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from keqiao.core.errors import BadInput, KeqiaoError, NotAllowed, NotFound
from keqiao.people.access import may_act
from keqiao.people.enums import Act
from keqiao.people.models import User
from keqiao.registry.intake.cells import as_text
from keqiao.registry.intake.headings import is_numbering, recognise
from keqiao.registry.intake.kinds import KINDS
from keqiao.registry.intake.models import IntakeRun, RunState
from keqiao.registry.intake.permits import kinds_for, require_kind, run_for
from keqiao.registry.intake.rejected import template_for
from keqiao.registry.intake.runner import (
    choose_sheet,
    correct_mapping,
    earlier_run,
    mapping_of,
    receive_upload,
    sheets_of,
)
from keqiao.registry.intake.tables import Table
from keqiao.web.intake.jobs import begin_check, forget_check
from keqiao.web.people.signin import me

ACCEPT = ".xlsx,.csv,.tsv,.txt,.jsonl,.ndjson,.docx,.gz"
_SAMPLES, _LOOKED_AT = 3, 60
CRUMBS = [
    {"label": "工作台", "href": reverse_lazy("desk:inbox")},
    {"label": "表格导入", "href": reverse_lazy("intake:run-list")},
]


def steps(now: int) -> list[dict[str, str]]:
    """The stepper: 上传, 核对列, 检查, 写入, 结果; `now` counts from 0."""
    labels = ("上传文件", "核对列", "检查内容", "写入", "结果")
    return [
        {"label": label, "state": "done" if at < now else "now" if at == now else "todo"}
        for at, label in enumerate(labels)
    ]


def require_intake(user: User) -> None:
    """Raises NotAllowed with the reason when this person imports nothing."""
    if refusal := may_act(user, Act.INTAKE):
        raise NotAllowed(refusal, code="intake.role")


# --- upload ------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """A file by drop or by choice; every refusal is shown here with its place and what to do."""
    user = me(request)
    require_intake(user)
    if request.method == "GET":
        return _upload_page(request, user)
    chosen = request.POST.get("kind", "")
    try:
        run = receive_upload(
            file=_file(request), name=_file(request).name or "", by=user, kind=chosen or None
        )
    except KeqiaoError as refusal:
        return _upload_page(request, user, refusal=refusal, kind=chosen)
    if (before := earlier_run(run)) is not None:
        messages.warning(request, same_file(before))
    return redirect("intake:mapping", public_id=run.public_id)


def _file(request: HttpRequest) -> "UploadedFile[bytes]":
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile):
        raise BadInput("没有收到文件。请先选择一个表格文件，再点“上传”。", code="file.none", field="file")
    return file


def same_file(before: IntakeRun) -> str:
    """同一文件已于…导入: what a second upload of the same content is told."""
    when = timezone.localtime(before.finished_at or before.created_at)
    return (
        f"同一文件已于 {when.year} 年 {when.month} 月 {when.day} 日导入（{before.message.rstrip('。')}）。"
        "再次导入不会产生重复：相同的行不变，改动过的行成为新版本。"
    )


def _upload_page(
    request: HttpRequest, user: User, *, refusal: KeqiaoError | None = None, kind: str = ""
) -> HttpResponse:
    kinds = [{"key": key, "label": KINDS[key].label} for key in kinds_for(user)]
    context = {
        "crumbs": [*CRUMBS, {"label": "上传文件"}],
        "steps": steps(0),
        "kinds": kinds,
        "kind": kind or request.GET.get("kind", ""),
        "refusal": refusal,
        "place": getattr(refusal, "place", ""),
        "accept": ACCEPT,
        "limit_mb": settings.KEQIAO_UPLOAD_MB,
        "hint": f".xlsx、.csv、.jsonl、.docx，不超过 {settings.KEQIAO_UPLOAD_MB} MB",
    }
    return render(request, "intake/upload.html", context, status=422 if refusal else 200)


@require_GET
def template(request: HttpRequest, kind: str) -> HttpResponse:
    """The collection form of a kind to download."""
    require_intake(me(request))
    body = template_for(kind)
    name = f"{KINDS[kind].label}清单模板.xlsx"
    return spreadsheet(body, name)


def spreadsheet(body: bytes, name: str) -> HttpResponse:
    """An .xlsx download under a Chinese name."""
    response = HttpResponse(
        body, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )
    response["Content-Disposition"] = disposition(name)
    return response


def disposition(name: str) -> str:
    """A download's header: the name in UTF-8 (RFC 6266)."""
    return f"attachment; filename*=UTF-8''{quote(name)}"


# --- mapping -----------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def mapping(request: HttpRequest, public_id: str) -> HttpResponse:
    """Each heading, what stands below it and which field it is taken for. Nothing is written here."""
    user = me(request)
    run = run_for(user, public_id)
    if run.state not in (RunState.RECEIVED, RunState.CHECKED):
        return redirect("intake:run", public_id=run.public_id)
    if request.method == "GET":
        kind = request.GET.get("kind", run.kind)
        if kind != run.kind:
            require_kind(user, kind)
        return _mapping_page(request, user, run, kind, _proposed(run, kind))
    kind, columns = request.POST.get("kind", run.kind), _columns(request, run)
    try:
        if kind not in KINDS:
            raise NotFound("类型", kind)
        correct_mapping(run=run, kind=kind, columns=columns, by=user)
    except BadInput as refusal:
        return _mapping_page(request, user, run, kind, columns, refusal)
    forget_check(run)
    begin_check(run, user)
    return redirect("intake:check", public_id=run.public_id)


def _proposed(run: IntakeRun, kind: str) -> dict[int, str]:
    if kind == run.kind:
        return dict(mapping_of(run).columns)
    return dict(recognise(run.headings, kind).columns)


def _columns(request: HttpRequest, run: IntakeRun) -> dict[int, str]:
    found = {}
    spec = KINDS.get(request.POST.get("kind", run.kind), KINDS[run.kind])
    known = {one.key for one in spec.fields}
    for index in range(len(run.headings)):
        key = request.POST.get(f"column-{index}", "")
        if key in known:
            found[index] = key
    return found


def _mapping_page(
    request: HttpRequest,
    user: User,
    run: IntakeRun,
    kind: str,
    columns: ReadOnly[int, str],
    refusal: BadInput | None = None,
) -> HttpResponse:
    spec = KINDS[kind]
    guess = recognise(run.headings, kind)
    tables = sheets_of(run)
    table = next((one for one in tables if list(one.headings) == run.headings), tables[0])
    lines = [
        {
            "index": index,
            "heading": heading,
            "samples": samples,
            "key": columns.get(index, ""),
            "doubtful": index in guess.doubts and guess.columns.get(index) == columns.get(index),
            "unknown": index not in columns and index in guess.unknown,
            "unit": guess.units.get(index, ""),
        }
        for index, (heading, samples) in enumerate(zip(run.headings, _samples(table), strict=False))
        if heading and not is_numbering(heading)
    ]
    taken = set(columns.values())
    before = earlier_run(run)
    context = {
        "crumbs": [*CRUMBS, {"label": run.origin.file_name}],
        "steps": steps(1),
        "run": run,
        "kind": kind,
        "spec": spec,
        "kinds": [{"key": key, "label": KINDS[key].label} for key in kinds_for(user)],
        "lines": lines,
        "doubts": sum(1 for line in lines if line["doubtful"]),
        "unknown": sum(1 for line in lines if line["unknown"]),
        "missing": [one.label for one in spec.required if one.key not in taken],
        "fields": [
            {"key": one.key, "label": f"{one.label}{'（必填）' if one.required else ''}"}
            for one in spec.fields
        ],
        "sheets": [
            {"sheet": one.sheet, "current": one.sheet[:60] == run.origin.sheet, "kind": KINDS[one.kind].label}
            for one in tables
            if one.sheet and not one.is_hidden
        ],
        "notes": [note for one in tables if one.sheet[:60] == run.origin.sheet for note in one.notes],
        "same_file": same_file(before) if before else "",
        "refusal": refusal,
    }
    return render(request, "intake/mapping.html", context, status=422 if refusal else 200)


def _samples(table: Table) -> list[list[str]]:
    """Up to three different values of each column, from its first rows, shortened."""
    found: list[list[str]] = [[] for _ in table.headings]
    with closing(table.rows) as rows:
        for raw in islice(rows, _LOOKED_AT):
            for values, cell in zip(found, raw.cells, strict=False):
                text = " ".join(as_text(cell).split()) if cell is not None else ""
                short = text if len(text) <= 36 else text[:35] + "…"
                if short and len(values) < _SAMPLES and short not in values:
                    values.append(short)
    return found


@require_POST
def sheet(request: HttpRequest, public_id: str) -> HttpResponse:
    """Another sheet of the same file."""
    user = me(request)
    run = run_for(user, public_id)
    choose_sheet(run=run, sheet=request.POST.get("sheet", ""), by=user)
    forget_check(run)
    return redirect("intake:mapping", public_id=run.public_id)
