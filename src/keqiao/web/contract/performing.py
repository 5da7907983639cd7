"""How a contract is performed, on one page: milestones, payments, income, acceptance, agreed changes, objections."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from keqiao.contract import changing, performing
from keqiao.contract.access import contract_for
from keqiao.contract.enums import IN_FORCE, ChangeKind, IncomeState
from keqiao.contract.flow import CONTRACT_FLOW
from keqiao.contract.models import Contract
from keqiao.core.errors import KeqiaoError, NotAllowed
from keqiao.people.access import scope_of
from keqiao.people.enums import Role
from keqiao.people.models import User
from keqiao.web.people.signin import me

_CRUMBS = [
    {"label": "工作台", "href": reverse_lazy("desk:inbox")},
    {"label": "技术合同", "href": reverse_lazy("contract:contract-list")},
]
_AREA = forms.Textarea(attrs={"rows": 2})
INCOME_TONES = {IncomeState.APPROVED: "green", IncomeState.RETURNED: "red", IncomeState.WAITING: "amber"}


def _day(label: str, *, required: bool = True) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=required,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


def _sum(label: str, *, required: bool = True) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, required=required, max_digits=15, decimal_places=2, min_value=Decimal(0)
    )


class _Form(forms.Form):
    """A form of one step; whose rows are named besides by `row`."""

    row = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.use_required_attribute = False


class MilestoneForm(_Form):
    title = forms.CharField(label="内容", max_length=200)
    due_on = _day("应完成")


class DoneForm(_Form):
    done_on = _day("完成日期")
    note = forms.CharField(label="说明", max_length=300, required=False)


class PaymentForm(_Form):
    amount = _sum("金额")
    due_on = _day("应付日期", required=False)
    condition = forms.CharField(label="付款条件", max_length=200, required=False)


class ReceivedForm(_Form):
    paid_on = _day("到账日期")
    paid_amount = _sum("到账金额")


class AcceptanceForm(_Form):
    held_on = _day("验收日期")
    is_passed = forms.TypedChoiceField(
        label="结果",
        choices=[("yes", "通过"), ("no", "未通过")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        initial="yes",
    )
    note = forms.CharField(label="验收意见", max_length=1000, widget=_AREA)


class AmendmentForm(_Form):
    kind = forms.ChoiceField(label="种类", choices=ChangeKind.choices)
    agreed_on = _day("约定日期")
    reason = forms.CharField(label="原因", max_length=300, widget=_AREA)
    total_amount = _sum("变更后的成交总额", required=False)
    end_on = _day("变更后的有效期止", required=False)


class IncomeDeclaration(_Form):
    received_on = _day("到账日期")
    realised_contract = _sum("本次实现合同交易额")
    realised_tech = _sum("本次实现技术交易额")

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        for at, name in enumerate(performing.COSTS):
            self.fields[f"cost_{at}"] = _sum(f"扣除：{name}", required=False)

    @property
    def values(self) -> dict[str, Any]:
        data = self.cleaned_data
        costs = {
            name: data[f"cost_{at}"]
            for at, name in enumerate(performing.COSTS)
            if data.get(f"cost_{at}") is not None
        }
        return {
            "received_on": data["received_on"],
            "realised_contract": data["realised_contract"],
            "realised_tech": data["realised_tech"],
            "deductions": costs,
        }


class ReasonForm(_Form):
    reason = forms.CharField(label="说明", max_length=500, widget=_AREA)


class OpinionForm(_Form):
    reason = forms.CharField(label="审查意见", max_length=300, required=False, widget=_AREA)


FORMS: dict[str, type[_Form]] = {
    "milestone": MilestoneForm, "done": DoneForm, "payment": PaymentForm, "received": ReceivedForm,
    "acceptance": AcceptanceForm, "amendment": AmendmentForm, "income": IncomeDeclaration, "object": ReasonForm,
    "approve": OpinionForm, "return-income": ReasonForm,
}  # fmt: skip


def _values(form: _Form, *names: str) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in names}


def _do(what: str, contract: Contract, user: User, form: _Form) -> None:
    given: dict[str, Any] = {"contract": contract, "by": user}
    row = form.cleaned_data.get("row") or 0
    acts: dict[str, Callable[[], object]] = {
        "milestone": lambda: performing.add_milestone(**given, **_values(form, "title", "due_on")),
        "done": lambda: performing.finish_milestone(**given, pk=row, **_values(form, "done_on", "note")),
        "payment": lambda: performing.plan_payment(**given, **_values(form, "amount", "due_on", "condition")),
        "received": lambda: performing.receive_payment(**given, pk=row, **_values(form, "paid_on", "paid_amount")),
        "acceptance": lambda: performing.record_acceptance(**given, **_values(form, "held_on", "is_passed", "note")),
        "amendment": lambda: performing.record_amendment(
            **given, **_values(form, "kind", "agreed_on", "reason"), after=_values(form, "total_amount", "end_on")
        ),
        "income": lambda: performing.declare_income(**given, **form.values),  # type: ignore[attr-defined]
        "object": lambda: changing.object_to(**given, reason=form.cleaned_data["reason"]),
        "approve": lambda: performing.approve_income(**given, pk=row, reason=form.cleaned_data["reason"]),
        "return-income": lambda: performing.return_income(**given, pk=row, reason=form.cleaned_data["reason"]),
    }  # fmt: skip
    acts[what]()


_DONE = {
    "milestone": "节点已加入。",
    "done": "节点已完成。",
    "payment": "约定付款已加入。",
    "received": "到账已记入。",
    "acceptance": "验收已记入。",
    "amendment": "变更约定已记入。登记的内容要变的，请向原登记机构申请变更登记或注销登记。",
    "income": "已申报，等待登记员核定。",
    "object": "异议已提出，登记机构将由另一位登记员复核。",
    "approve": "收入已核定。",
    "return-income": "已退回申报人改正。",
}


@require_GET
def performance(request: HttpRequest, public_id: str) -> HttpResponse:
    """One contract's performance; forms only for who may write."""
    user = me(request)
    return _page(request, user, contract_for(user, public_id))


@require_POST
def performance_act(request: HttpRequest, public_id: str, what: str) -> HttpResponse:
    """One step written down; a refusal shows the page again with the words still in the form."""
    user = me(request)
    contract = contract_for(user, public_id)
    if what not in FORMS:
        raise Http404
    form = FORMS[what](request.POST, auto_id=f"id_{what}_%s")
    if not form.is_valid():
        return _page(request, user, contract, {what: form})
    try:
        _do(what, contract, user, form)
    except KeqiaoError as refusal:
        contract.refresh_from_db()
        if refusal.field in form.fields:
            form.add_error(refusal.field, refusal.message)
        return _page(request, user, contract, {what: form}, refusal)
    messages.success(request, f"{contract.number} {_DONE[what]}")
    return redirect("contract:performance", public_id=contract.public_id)


def _page(
    request: HttpRequest, user: User, contract: Contract, sent: dict[str, _Form] | None = None, refused: KeqiaoError | None = None,
) -> HttpResponse:  # fmt: skip
    sent, today = sent or {}, timezone.localdate()
    registration = getattr(contract, "registration", None)
    may_write = performing.may_perform(user, contract)
    is_registrar = Role.REGISTRAR in scope_of(user).roles
    payments = list(contract.payments.all())
    incomes = list(contract.income_forms.select_related("by", "approved_by"))
    moves = {one.name for one in CONTRACT_FLOW.moves_from(contract.status)}
    back = reverse(
        "registrar:work" if is_registrar else "contract:contract-detail", args=[contract.public_id]
    )
    context = {
        "crumbs": [*_CRUMBS, {"label": contract.number, "href": back}, {"label": "履约"}],
        "contract": contract,
        "registration": registration,
        "back": back,
        "milestones": [{"one": one, "late": one.done_on is None and one.due_on is not None and one.due_on < today} for one in contract.milestones.all()],
        "payments": [{"one": one, "late": one.paid_on is None and one.due_on is not None and one.due_on < today} for one in payments],
        "paid": sum((one.paid_amount or Decimal(0) for one in payments), Decimal(0)),
        "planned": sum((one.amount or Decimal(0) for one in payments), Decimal(0)),
        "incomes": [{"one": one, "tone": INCOME_TONES[IncomeState(one.state)]} for one in incomes],
        "income": sum((one.tech_income for one in incomes if one.state == IncomeState.APPROVED), Decimal(0)),
        "acceptances": contract.acceptances.select_related("by"),
        "amendments": contract.amendments.select_related("by").order_by("-created_at"),
        "may_write": may_write,
        "may_declare": may_write and contract.status in IN_FORCE,
        "may_approve": is_registrar,
        "may_object": "object" in moves and changing.may_object(user, contract),
        "refused": refused,
        "today": today,
        "forms": {name.replace("-", "_"): sent.get(name) or form(auto_id=f"id_{name}_%s") for name, form in FORMS.items()},
        "opened": next(iter(sent), ""),
        "sent_row": next(iter(sent.values())).cleaned_data.get("row") if sent else None,
    }  # fmt: skip
    status = 200 if not sent and refused is None else 409 if isinstance(refused, NotAllowed) else 422
    return render(request, "contract/performance.html", context, status=status)
