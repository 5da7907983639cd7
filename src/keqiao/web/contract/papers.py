"""The form and the income forms as PDF, for whoever may read the contract."""

from io import BytesIO

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from keqiao.contract.access import contract_for
from keqiao.contract.models import Contract, IncomeForm
from keqiao.contract.papers import write_form_pdf, write_income_pdf
from keqiao.core.audit import record
from keqiao.core.errors import NotFound
from keqiao.people.access import may_act, scope_of
from keqiao.people.enums import Act
from keqiao.people.models import User
from keqiao.web.intake.receiving import disposition
from keqiao.web.people.signin import me

PDF = "application/pdf"


def pdf(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=PDF)
    response["Content-Disposition"] = disposition(name)
    return response


def sees_contacts(user: User, contract: Contract) -> bool:
    """Contacts of a contract are plain for the unit that filled them in and for registrars; others get them masked."""
    return contract.owner_id in scope_of(user).organisations or may_act(user, Act.VIEW_PERSONAL) is None


@require_GET
def registration_form(request: HttpRequest, public_id: str) -> HttpResponse:
    """The 技术合同登记表 as it is filled in now."""
    user = me(request)
    contract = contract_for(user, public_id)
    out = BytesIO()
    plainly = sees_contacts(user, contract)
    write_form_pdf(contract, out, plainly=plainly)
    record("contract.form_downloaded", by=user, target=contract)
    return pdf(out.getvalue(), f"技术合同登记表 {contract.number}.pdf")


@require_GET
def income_form(request: HttpRequest, public_id: str, seq: int) -> HttpResponse:
    """One payment's 技术性收入核定表."""
    user = me(request)
    contract = contract_for(user, public_id)
    form = IncomeForm.objects.select_related("contract__registration", "approved_by").filter(contract=contract, seq=seq).first()  # fmt: skip
    if form is None:
        raise NotFound("技术性收入核定表")
    out = BytesIO()
    write_income_pdf(form, out)
    record("income.form_downloaded", by=user, target=contract)
    return pdf(out.getvalue(), f"技术性收入核定表 {contract.number} 第{seq}次.pdf")
