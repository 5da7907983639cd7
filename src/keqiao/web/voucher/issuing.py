"""Issuing vouchers by list: pasted or from a table file, judged line by line, then issued as it was shown."""

from io import BytesIO
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from keqiao.core.errors import BadInput, NotAllowed
from keqiao.registry.intake.workbook import write_xlsx
from keqiao.voucher.access import programme_for, require_officer
from keqiao.voucher.enums import AccountKind
from keqiao.voucher.issuing import Wish, check_list, digest_of, issue
from keqiao.voucher.ledger import totals_of, yuan_words
from keqiao.voucher.models import VoucherProgramme
from keqiao.voucher.roster import MOST_BYTES, Roster, RosterLine, read_roster, typed_lines
from keqiao.voucher.terms import terms_on
from keqiao.web.intake.receiving import spreadsheet
from keqiao.web.people.signin import me
from keqiao.web.voucher.bureau import AT
from keqiao.web.voucher.firm import crumbs
from keqiao.web.voucher.forms import IssueForm


@require_http_methods(["GET", "POST"])
def issue_list(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A list is pasted or uploaded and judged line by line; the second button issues exactly the good lines shown."""
    user, programme = me(request), programme_for(request.user, public_id)
    require_officer(user, programme)
    form, wishes, roster, status = IssueForm(request.POST or None), None, None, 200
    if request.method == "POST" and form.is_valid():
        data, lines = form.cleaned_data, []
        try:
            roster = _uploaded(request)
            lines = list(roster.lines) if roster else typed_lines(data["lines"])
            if not lines:
                raise BadInput("请粘贴名单（一行一家），或选择表格文件。", field="lines")
            if "issue" in request.POST and roster is None:
                made = issue(
                    programme=programme, lines=lines, purpose=data["purpose"], seen=data["seen"] or "-",
                    file_name=data["file_name"], by=user,
                )  # fmt: skip
                total = yuan_words(sum(one.face_fen for one in made))
                messages.success(request, f"已发放 {len(made)} 张，共 {total}。")
                return redirect(f"{reverse('voucher:vouchers')}?year={programme.public_id}")
            wishes = check_list(programme, lines, timezone.localdate())
        except (BadInput, NotAllowed) as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
            wishes, status = _again(programme, lines), 422
    if wishes is not None:
        form = _filled(form, wishes, roster)
    return render(
        request, "voucher/issue.html", _context(programme, form, wishes or [], roster), status=status
    )


def _uploaded(request: HttpRequest) -> Roster | None:
    """The table that came with the form; None when there is none. Raises BadFile or BadInput."""
    file = request.FILES.get("file")
    if file is None:
        return None
    if file.size is not None and file.size > MOST_BYTES:
        raise BadInput(
            f"文件“{file.name}”超过 {MOST_BYTES // 1024 // 1024} MB，不像一张发放名单。请只留名单那张表后重新上传。",
            field="lines",
        )
    return read_roster(file.read(), file.name or "")


def _again(programme: VoucherProgramme, lines: list[RosterLine]) -> list[Wish] | None:
    """The check anew after a refusal, so that the officer sees what holds now; None when there is nothing to check."""
    try:
        return check_list(programme, lines, timezone.localdate()) if lines else None
    except BadInput:
        return None


def _filled(form: IssueForm, wishes: list[Wish], roster: Roster | None) -> IssueForm:
    """The form as it goes back: a file's rows in the text, where they can be mended, and what was seen."""
    data = {name: form.data.get(name, "") for name in form.fields}
    data["seen"] = digest_of(wishes)
    if roster is not None:
        data["lines"], data["file_name"] = roster.text, roster.file_name
    filled = IssueForm(data)
    filled.full_clean()
    for name, errors in form.errors.items():
        for error in errors:
            filled.add_error(None if name == "__all__" else name, str(error))
    return filled


def _context(
    programme: VoucherProgramme, form: IssueForm, wishes: list[Wish], roster: Roster | None
) -> dict[str, object]:
    good = [one for one in wishes if not one.problem]
    bad = len(wishes) - len(good)
    terms = terms_on(programme.division_code, timezone.localdate())
    return {
        "crumbs": crumbs("发放", at=AT), "programme": programme, "form": form, "roster": roster, "terms": terms,
        "wishes": [{"wish": one, "fen": yuan_words(one.fen) if one.fen else "—"}
                   for one in sorted(wishes, key=lambda one: not one.problem)],
        "good": len(good), "bad": bad, "doubts": sum(1 for one in good if one.standing.doubt),
        "total": yuan_words(sum(one.fen for one in good)), "left": yuan_words(totals_of(programme)[AccountKind.POOL]),
    }  # fmt: skip


@require_GET
def issue_template(request: HttpRequest) -> HttpResponse:
    """An empty list with the headings that are understood."""
    out = BytesIO()
    write_xlsx(["统一社会信用代码", "单位名称", "金额（元）", "对象"], [], out, title="科技创新券发放名单", sheet="发放名单",
               note="一行一家，最多 2000 行。有信用代码的以代码为准；对象写“企业”或“团队”，不写按企业。", widths=[24, 36, 16, 10])  # fmt: skip
    return spreadsheet(out.getvalue(), "创新券发放名单.xlsx")
