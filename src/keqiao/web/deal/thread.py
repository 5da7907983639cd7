"""Messages, meetings, files and the export of a case."""

from io import BytesIO
from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_POST

from keqiao.core.audit import record as record_audit
from keqiao.core.errors import BadInput
from keqiao.deal.access import case_for, seat_of, trust_of
from keqiao.deal.exporting import export_case
from keqiao.deal.files import keep_file, open_file, remove_file
from keqiao.deal.nda import write_nda
from keqiao.deal.thread import (
    cancel_meeting,
    keep_minutes,
    meeting_for,
    plan_meeting,
    require_participant,
    send_message,
)
from keqiao.web.deal.case_page import act
from keqiao.web.deal.forms import FileForm, MeetingForm, MessageForm, MinutesForm, VersionedForm
from keqiao.web.people.signin import me

_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@require_POST
def message_send(request: HttpRequest, public_id: UUID) -> HttpResponse:
    case = case_for(request.user, public_id)
    return act(
        request, case, "thread", "message_form", MessageForm(request.POST),
        lambda data: send_message(case=case, by=me(request), text=data["text"]),
        "已发出。",
    )  # fmt: skip


@require_POST
def meeting_plan(request: HttpRequest, public_id: UUID) -> HttpResponse:
    case = case_for(request.user, public_id)
    return act(
        request, case, "meetings", "meeting_form", MeetingForm(request.POST),
        lambda data: plan_meeting(case=case, by=me(request), **data),
        "会议已登记，已通知双方。",
    )  # fmt: skip


@require_POST
def meeting_minutes(request: HttpRequest, public_id: UUID, meeting_id: UUID) -> HttpResponse:
    case = case_for(request.user, public_id)
    meeting = meeting_for(case, meeting_id)
    return act(
        request, case, "meetings", "minutes_form", MinutesForm(request.POST),
        lambda data: keep_minutes(meeting=meeting, by=me(request), **data),
        "纪要已登记，最早的一件后续工作成为下一步。", open_meeting=meeting.pk,
    )  # fmt: skip


@require_POST
def meeting_cancel(request: HttpRequest, public_id: UUID, meeting_id: UUID) -> HttpResponse:
    case = case_for(request.user, public_id)
    meeting = meeting_for(case, meeting_id)
    return act(
        request, case, "meetings", "cancel_form", VersionedForm(request.POST),
        lambda data: cancel_meeting(meeting=meeting, by=me(request)),
        "会议已取消，已通知双方。",
    )  # fmt: skip


@require_POST
def file_upload(request: HttpRequest, public_id: UUID) -> HttpResponse:
    case = case_for(request.user, public_id)

    def do(data: dict[str, Any]) -> None:
        sent = data["file"]
        if sent is None:
            raise BadInput("请先选文件。", code="file.none", field="file")
        keep_file(
            case=case, by=me(request), name=str(sent.name), content=sent.read(), purpose=data["purpose"]
        )

    return act(request, case, "files", "file_form", FileForm(request.POST, request.FILES), do, "文件已上传。")


@require_GET
def file_open(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The file as an attachment: never shown inside our own pages."""
    file, path = open_file(by=me(request), public_id=str(public_id))
    response = FileResponse(path.open("rb"), as_attachment=True, filename=file.name, content_type=file.mime)
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response  # type: ignore[return-value]  # a streaming response is a response to the browser


@require_POST
def file_remove(request: HttpRequest, public_id: UUID, file_id: UUID) -> HttpResponse:
    case = case_for(request.user, public_id)
    return act(
        request, case, "files", "remove_form", VersionedForm(request.POST),
        lambda data: remove_file(case=case, public_id=str(file_id), by=me(request)),
        "文件已移除。",
    )  # fmt: skip


@require_GET
def case_export(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The whole case as one .zip."""
    name, content = export_case(case=case_for(request.user, public_id), by=me(request))
    return _sent(name, content, "application/zip")


@require_GET
def nda_document(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The NDA as .docx, filled with what this reader may know."""
    case, user = case_for(request.user, public_id), me(request)
    require_participant(user, case)
    out = BytesIO()
    write_nda(case, seat_of(user, case), trust_of(case), out)
    record_audit("case.nda_written", by=user, target=case, file_name=f"保密协议-{case.number}.docx")
    return _sent(f"保密协议-{case.number}.docx", out.getvalue(), _DOCX)


def _sent(name: str, content: bytes, mime: str) -> HttpResponse:
    response = FileResponse(BytesIO(content), as_attachment=True, filename=name, content_type=mime)
    response["Cache-Control"] = "private, no-store"
    return response  # type: ignore[return-value]  # as above
