"""The ledger out as the national form, and the yearly list in, with what did not fit given back."""

from io import BytesIO

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from keqiao.contract import statistics
from keqiao.contract.enums import EntrySource
from keqiao.contract.importing import import_list, require_importer
from keqiao.contract.ledger import home_place
from keqiao.contract.models import LedgerEntry, LedgerImport
from keqiao.contract.national import write_national
from keqiao.core.audit import record
from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.core.models import AuditLevel
from keqiao.people.access import may_act
from keqiao.people.enums import Act
from keqiao.people.models import User
from keqiao.web.contract.figures import ledger_reader
from keqiao.web.intake.receiving import disposition
from keqiao.web.people.signin import me
from keqiao.web.rendering import paginate

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 60_000
_CRUMBS = [
    {"label": "工作台", "href": reverse_lazy("desk:inbox")},
    {"label": "合同统计", "href": reverse_lazy("contract:statistics")},
    {"label": "台账", "href": reverse_lazy("contract:ledger")},
]


class ImportForm(forms.Form):
    source = forms.ChoiceField(
        label="来源",
        choices=[one for one in EntrySource.choices if one[0] != EntrySource.OWN],
        initial=EntrySource.NATIONAL,
    )


def _file(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = disposition(name)
    return response


@require_GET
def ledger_export(request: HttpRequest) -> HttpResponse:
    """The contracts of this cut in the columns of the 技术合同登记表."""
    user, scope = ledger_reader(request)
    if refusal := may_act(user, Act.EXPORT):
        raise NotAllowed(refusal, code="ledger.export")
    cut = statistics.cut_from(request.GET, today=timezone.localdate(), home=home_place())
    within = None if scope.sees_all else LedgerEntry.objects.visible_to(user)
    found = statistics.entries(cut, within=within).order_by("decided_on", "reg_no")
    count = found.count()
    if count > MOST_ROWS:
        raise BadInput(
            f"这次要导出 {count:,} 项，超过一次 {MOST_ROWS:,} 项的上限。请按年度分次导出。",
            code="ledger.too_many",
        )
    out = BytesIO()
    title = f"技术合同登记表（{cut.since:%Y-%m-%d} 至 {cut.until:%Y-%m-%d}）"
    rows = found.select_related("contract").prefetch_related("contract__parties").iterator(chunk_size=1000)
    write_national(rows, out, title=title, by=f"{user}，{timezone.localdate():%Y-%m-%d}")
    record("ledger.exported", by=user, level=AuditLevel.IMPORTANT, reason=f"{title}，{count} 项")
    return _file(out.getvalue(), f"{title}.xlsx")


def _importer(request: HttpRequest) -> User:
    user = me(request)
    require_importer(user)
    return user


@require_http_methods(["GET", "POST"])
def ledger_imports(request: HttpRequest) -> HttpResponse:
    """Upload a yearly list; below, what was taken in before and how it adds up."""
    user = _importer(request)
    form, refused = ImportForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        try:
            upload = request.FILES.get("file")
            batch = import_list(
                content=_content(upload), name=str(upload.name) if upload else "", by=user, source=form.cleaned_data["source"],
            )  # fmt: skip
        except BadInput as refusal:
            refused = refusal.message
        else:
            messages.success(
                request,
                f"读入 {batch.read_count:,} 行：新增 {batch.new_count:,}，更新 {batch.changed_count:,}，相同 {batch.same_count:,}，退回 {batch.rejected_count:,}。",
            )
            return redirect("contract:ledger-imports")
    page = paginate(LedgerImport.objects.select_related("by").defer("rejected_file"), request)
    context = {"crumbs": [*_CRUMBS, {"label": "导入"}], "form": form, "page": page, "refused": refused, "limit": settings.KEQIAO_UPLOAD_MB}  # fmt: skip
    return render(request, "contract/imports.html", context, status=422 if refused else 200)


def _content(upload: "UploadedFile[bytes] | None") -> bytes:
    if upload is None or upload.size is None:
        raise BadInput("没有收到文件。请选择年度台账的 .xlsx 文件后再上传。", field="file")
    if upload.size > settings.KEQIAO_UPLOAD_MB * 1024 * 1024:
        raise BadInput(
            f"文件超过 {settings.KEQIAO_UPLOAD_MB} MB。请按年度分开上传。", code="ledger.size", field="file"
        )
    content: bytes = upload.read()
    return content


@require_GET
def ledger_rejected(request: HttpRequest, public_id: str) -> HttpResponse:
    """The rows that did not fit, red cells and reasons."""
    _importer(request)
    batch = LedgerImport.objects.filter(public_id=public_id).first()
    if batch is None or not batch.rejected_file:
        raise NotFound("退回的行")
    return _file(bytes(batch.rejected_file), f"退回改正 {batch.file_name.rsplit('.', 1)[0]}.xlsx")


@require_GET
def ledger_form(request: HttpRequest) -> HttpResponse:
    """An empty form with its codes."""
    _importer(request)
    out = BytesIO()
    write_national([], out, title="技术合同登记表")
    return _file(out.getvalue(), "技术合同登记表（空表）.xlsx")
