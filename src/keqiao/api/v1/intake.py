"""Machines bring rows: the same receiving, checking and writing as a file on the web."""

import json
from io import BytesIO
from typing import IO, Annotated, Any, Literal
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from ninja import Body, File, Query, Router, Schema
from ninja.files import UploadedFile
from pydantic import Field

from keqiao.api.schemas import Strict, answers
from keqiao.api.tokens import TokenAuth
from keqiao.api.v1.kinds import IntakeKind
from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.people.models import ApiToken, User
from keqiao.people.tokens import NAMES
from keqiao.registry.intake import runner
from keqiao.registry.intake.kinds import KINDS
from keqiao.registry.intake.models import IntakeRun, RunMode, RunState
from keqiao.registry.intake.permits import landings_for, require_kind
from keqiao.registry.records.enums import Status

router = Router(tags=["批量写入"], auth=TokenAuth())

MOST_ROWS = 1000  # of one request; a file may hold 20,000
_MOST_PROBLEMS = 500
Cell = str | int | float | bool | None | list[str]
Rows = Annotated[list[dict[str, Cell]], Field(min_length=1, max_length=MOST_ROWS)]


class IntakeQuery(Strict):
    mode: RunMode = Field(
        RunMode.GOOD_ROWS, description="good_rows 写入合格行，退回其余；all_or_none 有一行不合格就一行也不写"
    )
    land_as: Literal["review", "draft", "published"] = Field(
        "review", description="需审核的栏目写入后：送审、存草稿，或直接发布（仅市科技局）。其余栏目写入即发布"
    )
    dry_run: bool = Field(False, description="只检查，不写入")


class ProblemOut(Schema):
    """row: counted as in the file (JSON rows from 1). column: the heading or key at fault, "" for the whole row."""

    row: int
    level: str
    code: str
    column: str
    message: str
    value: str


class IntakeResult(Schema):
    """read = new + updated + unchanged + rejected. state: done, refused (all_or_none) or checked (dry_run)."""

    id: UUID
    kind: IntakeKind
    state: Literal["done", "refused", "checked"]
    read: int
    new: int
    updated: int
    unchanged: int
    rejected: int
    warned: int
    message: str
    ignored_columns: list[str] = Field(description="没有认出、因此没有读入的列")
    problems: list[ProblemOut] = Field(description=f"最多 {_MOST_PROBLEMS} 条")


_ANSWERS: dict[int, Any] = answers(IntakeResult, 400, 401, 403, 409, 413)


@router.post("/intake/{kind}", response=_ANSWERS, summary="写入若干行（JSON）", operation_id="intake_rows")
def intake_rows(
    request: HttpRequest, kind: IntakeKind, rows: Body[Rows], query: Query[IntakeQuery]
) -> IntakeResult:
    """每行一个对象，键用中文表头或字段名，与导入表格相同。重复发送同样的行不会重复写入。"""
    if "" in {key.strip() for row in rows for key in row}:
        raise BadInput(
            "有的行里键是空的，不知道是哪一列。请给每个值写上表头。", code="rows.key", field="rows"
        )
    headings = list(dict.fromkeys(key for row in rows for key in row))
    lines = [json.dumps({key: row.get(key) for key in headings}, ensure_ascii=False) for row in rows]
    try:
        content = "\n".join(lines).encode()
    except UnicodeEncodeError:
        raise BadInput(
            "有的值含不成对的代理字符（\\ud800 一类），不是正确的文字。请改正编码后重试。",
            code="rows.encoding",
            field="rows",
        ) from None
    name = f"接口-{timezone.localtime():%Y%m%d-%H%M%S}.jsonl"
    return _take(request, kind, BytesIO(content), name, query)


@router.post("/intake/{kind}/file", response=_ANSWERS, summary="写入一个文件", operation_id="intake_file")
def intake_file(
    request: HttpRequest, kind: IntakeKind, file: File[UploadedFile], query: Query[IntakeQuery]
) -> IntakeResult:
    """.xlsx、.csv、.jsonl 或 .docx，与网页上传相同，最多 20,000 行。"""
    assert file.file is not None  # an upload that was parsed has its content
    return _take(request, kind, file.file, file.name or "", query)


@router.get(
    "/intake/runs/{uuid:public_id}",
    response=answers(IntakeResult, 401, 404),
    summary="一次写入的结果",
    operation_id="intake_run",
)
def intake_run(request: HttpRequest, public_id: UUID) -> IntakeResult:
    """只能查本人令牌的批次。"""
    token = _token(request)
    run = IntakeRun.objects.filter(public_id=public_id, by=token.user, kind=token.kind).first()
    if run is None or run.state not in (RunState.DONE, RunState.REFUSED, RunState.ABANDONED):
        raise NotFound("导入批次", public_id)
    kept = [
        ProblemOut(row=row.row, column=_heading(run, problem.pop("column")), **problem)
        for row in run.rejected.all()[:_MOST_PROBLEMS]
        for problem in row.problems
    ]
    return _result(run, kept[:_MOST_PROBLEMS])


def _token(request: HttpRequest) -> ApiToken:
    token: ApiToken = request.auth  # type: ignore[attr-defined]  # set by TokenAuth
    return token


def _take(
    request: HttpRequest, kind: IntakeKind, file: IO[bytes], name: str, query: IntakeQuery
) -> IntakeResult:
    """Receive, check whose rows they are, check the rows, write. What is refused leaves no record behind."""
    token = _token(request)
    if token.kind != kind:
        raise NotAllowed(
            f"这个令牌是“{NAMES.get(token.kind) or KINDS[token.kind].label}”的，不能写入{KINDS[kind].label}。请使用相应的令牌。",
            code="token.kind",
        )
    land_as = _landing(token.user, kind, query.land_as)
    run = runner.receive_upload(file=file, name=name, by=token.user, kind=kind)
    _mark_as_api(run)
    try:
        report = runner.check(run)
        problems = [
            ProblemOut(
                row=raw.number,
                level=str(p.level),
                code=p.code,
                column=_heading(run, p.column),
                message=p.message,
                value=p.value,
            )
            for raw, found in report.problem_rows
            for p in found
        ][:_MOST_PROBLEMS]
        if query.dry_run:
            runner.abandon(run=run, by=token.user)
            return _checked(run, report, problems)
        run = runner.start(run=run, mode=query.mode, land_as=land_as, by=token.user)
    except (NotAllowed, BadInput):
        if run.state in (RunState.RECEIVED, RunState.CHECKED):
            runner.abandon(run=run, by=token.user)
        raise
    if run.state == RunState.WRITING:
        run = runner.write(run)
    return _result(run, problems)


@transaction.atomic
def _mark_as_api(run: IntakeRun) -> None:
    run.origin.source = "api"
    run.origin.save(update_fields=["source"])


def _landing(user: User, kind: IntakeKind, wanted: str) -> str:
    """The state in which new records land. Raises NotAllowed for a kind or a state that is not the user's to choose."""
    require_kind(user, kind)
    possible = landings_for(user, kind)
    if possible == (Status.PUBLISHED,):
        return Status.PUBLISHED
    state = {"draft": Status.DRAFT, "published": Status.PUBLISHED, "review": Status.CITY_REVIEW}[wanted]
    if state not in possible:
        can = "、".join(str(Status(one).label) for one in possible)
        raise NotAllowed(
            f"您的令牌写入的{KINDS[kind].label}不能直接落为“{state.label}”，可用：{can}。请改 land_as。",
            code="intake.land_as",
            field="land_as",
        )
    return state


def _heading(run: IntakeRun, column: int | None) -> str:
    return str(run.headings[column]) if column is not None and column < len(run.headings) else ""


def _ignored(run: IntakeRun) -> list[str]:
    return [str(heading) for index, heading in enumerate(run.headings) if str(index) not in run.mapping]


def _checked(run: IntakeRun, report: runner.CheckReport, problems: list[ProblemOut]) -> IntakeResult:
    return IntakeResult(
        id=run.public_id, kind=IntakeKind(run.kind), state="checked", read=report.total, new=0, updated=0, unchanged=0,
        rejected=report.bad, warned=report.warned, message=f"只检查，没有写入：合格 {report.good} 行，不合格 {report.bad} 行。",
        ignored_columns=_ignored(run), problems=problems,
    )  # fmt: skip


def _result(run: IntakeRun, problems: list[ProblemOut]) -> IntakeResult:
    states: dict[str, Literal["done", "refused", "checked"]] = {
        RunState.DONE: "done",
        RunState.REFUSED: "refused",
    }
    return IntakeResult(
        id=run.public_id, kind=IntakeKind(run.kind), state=states.get(run.state, "checked"), read=run.read_count,
        new=run.new_count, updated=run.updated_count, unchanged=run.unchanged_count, rejected=run.rejected_count,
        warned=run.warning_count, message=run.message, ignored_columns=_ignored(run), problems=problems,
    )  # fmt: skip
