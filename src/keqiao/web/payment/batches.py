"""A batch: its lines, the second person's check, the file for the treasury, receipts."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from keqiao.core.errors import BadInput, KeqiaoError, NotAllowed, NotFound
from keqiao.payment.access import batch_for, is_officer_of
from keqiao.payment.accounts import reveal_account
from keqiao.payment.batches import cancel_batch, check_batch, payment_file, reconciled
from keqiao.payment.enums import BatchState, LineState
from keqiao.payment.models import Batch, BatchLine, yuan
from keqiao.payment.receipts import take_receipt
from keqiao.people.models import User
from keqiao.web.intake.receiving import disposition
from keqiao.web.payment.desk import crumbs, reader
from keqiao.web.payment.present import BATCH_TONES, short, wan
from keqiao.web.rendering import paginate

_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_LINE_TONES = {
    LineState.PAID: "green",
    LineState.BOUNCED: "red",
    LineState.WAITING: "brand",
    LineState.CANCELLED: "plain",
}


@never_cache
@require_GET
def batch(request: HttpRequest, public_id: UUID) -> HttpResponse:
    reader(request)
    return _page(request, batch_for(request.user, public_id))


def _page(request: HttpRequest, found: Batch, status: int = 200, **more: Any) -> HttpResponse:
    page = paginate(found.lines.select_related("award"), request, per_page=50)
    sums = {state: [0, 0] for state in LineState.values}
    for state, fen in found.lines.values_list("state", "fen"):
        sums[state][0] += 1
        sums[state][1] += fen
    context = {
        "crumbs": crumbs({"label": found.envelope.name, "href": reverse("payment:envelope", args=[found.envelope.public_id])}, {"label": found.number}),
        "batch": found, "tone": BATCH_TONES.get(BatchState(found.state), "plain"), "page": page, "is_reconciled": reconciled(found),
        "rows": [{"line": one, "yuan": yuan(one.fen), "tone": _LINE_TONES[LineState(one.state)]} for one in page],
        "stats": [{"label": "笔数", "value": found.line_count, "unit": "笔"}, {"label": "合计", "value": short(wan(found.total_fen)), "unit": "万元"}]
        + [{"label": label, "value": short(wan(sums[state][1])), "unit": "万元", "note": f"{sums[state][0]} 笔", "tone": "red" if state == "bounced" else ""} for state, label in LineState.choices if sums[state][0]],
        "may_work": is_officer_of(request.user, found.envelope.division_code), "may_check": found.created_by_id != request.user.pk,
        "receipts": found.receipts.select_related("by"), "q": "",
    }  # fmt: skip
    return render(request, "payment/batch.html", context | more, status=status)


@require_POST
def batch_act(request: HttpRequest, public_id: UUID, what: str) -> HttpResponse:
    """Check, cancel, the file, a receipt."""
    user, found = reader(request), batch_for(request.user, public_id)
    try:
        answer = _do(request, found, what, user)
    except KeqiaoError as refusal:
        if not isinstance(refusal, BadInput | NotAllowed):
            raise
        return _page(
            request,
            batch_for(user, public_id),
            422 if isinstance(refusal, BadInput) else 409,
            refused=refusal,
        )
    return answer or redirect("payment:batch", public_id=public_id)


def _do(request: HttpRequest, found: Batch, what: str, user: User) -> HttpResponse | None:
    if what in _TYPES:
        response = HttpResponse(payment_file(batch=found, form=what, by=user), content_type=_TYPES[what])
        response["Content-Disposition"] = disposition(f"{found.number} 拨付明细.{what}")
        return response
    if what == "check":
        text = request.POST.get("version", "")
        check_batch(batch=found, by=user, version=int(text) if text.isdigit() else None)
        messages.success(request, "复核通过，可以导出拨付文件送财政。")
    elif what == "cancel":
        cancel_batch(batch=found, reason=request.POST.get("reason", ""), by=user)
        messages.success(request, "批次已撤销，事项回到待拨付。")
    elif what == "receipt":
        file = request.FILES.get("file")
        if not isinstance(file, UploadedFile):
            raise BadInput("请选择财政或银行返回的回单文件（.xlsx 或 .csv）。", field="file")
        taken = take_receipt(batch=found, name=file.name or "回单", content=file.read(), by=user)
        said = f"回单已入账：到账 {taken.paid_count} 笔 {yuan(taken.paid_fen):,.2f} 元，退票 {taken.bounced_count} 笔。"
        messages.success(
            request,
            said
            + (
                f"有 {len(taken.problems)} 处不符，没有入账，见下面的说明。"
                if taken.problems
                else "金额与批次一致。"
            ),
        )
    else:
        raise NotFound("这项操作")
    return None


@require_POST
def line_reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """The full account number, with a reason; each time audited."""
    user = reader(request)
    line = BatchLine.objects.select_related("batch__envelope").filter(pk=pk).first()
    if line is None:
        raise NotFound("拨付明细")
    found = batch_for(user, line.batch.public_id)
    try:
        number = reveal_account(line=line, reason=request.POST.get("reason", ""), by=user)
    except (BadInput, NotAllowed) as refusal:
        return _page(request, found, 422 if isinstance(refusal, BadInput) else 409, refused=refusal)
    return _page(request, found, revealed=line.pk, full_number=number)
