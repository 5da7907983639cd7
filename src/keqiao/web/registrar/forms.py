"""The registrar's forms: they parse and clean, no more."""

from typing import Any

from django import forms

from keqiao.contract.book import Book
from keqiao.contract.enums import ContractClass
from keqiao.contract.models import ContractRegistration
from keqiao.contract.registering import Approved
from keqiao.contract.verdict import Verdict

_AREA = forms.Textarea(attrs={"rows": 3})


def _yuan(label: str, *, required: bool = True) -> forms.DecimalField:
    return forms.DecimalField(label=label, required=required, max_digits=15, decimal_places=2, min_value=0)


class GroundForm(forms.Form):
    """A ground R01-R99 with words; the article is shown beside each ground."""

    reason_code = forms.ChoiceField(label="情形")
    reason = forms.CharField(label="说明", max_length=500, widget=_AREA)

    def __init__(self, *args: Any, rules: Book, **more: Any) -> None:
        super().__init__(*args, **more)
        self.use_required_attribute = False
        grounds = [
            (code, f"{code} {one.name}（{one.article}{'，待核实' if one.verify else ''}）")
            for code, one in rules.reasons.items()
        ]
        self.fields["reason_code"].choices = [("", "请选择"), *grounds]  # type: ignore[attr-defined]


WORDS = {
    "experts": "请专家评审的问题",
    "second": "您的审查意见",
    "opinion": "评审意见",
    "revoke": "撤销的理由",
    "deregister": "注销的理由",
    "object": "异议的内容，由谁提出",
    "take": "复核的安排",
}


class WordsForm(forms.Form):
    """One text. what: key of WORDS, also the prefix of the field's name."""

    reason = forms.CharField(max_length=500, widget=_AREA)

    def __init__(self, sent: Any = None, *, what: str) -> None:
        super().__init__(sent, prefix=what)
        self.use_required_attribute = False
        self.fields["reason"].label = WORDS[what]


class RegisterForm(forms.Form):
    """Class and sums as they will be registered; at first the judgement's."""

    class_code = forms.ChoiceField(label="认定类别", choices=[("", "请选择"), *ContractClass.choices])
    subclass = forms.ChoiceField(label="子类", required=False)
    total_amount, tech_amount = _yuan("成交总额"), _yuan("技术交易额")
    tech_income = _yuan("核定技术性收入", required=False)
    reason = forms.CharField(
        label="改动的理由", required=False, max_length=500, widget=_AREA, help_text="与检查结果不同时必填。"
    )

    def __init__(self, *args: Any, rules: Book, **more: Any) -> None:
        super().__init__(*args, **more)
        self.use_required_attribute = False
        known = [pair for one in rules.classes.values() for pair in one.subclasses.items()]
        self.fields["subclass"].choices = [("", "不分子类"), *known]  # type: ignore[attr-defined]
        if "tech_income" not in rules.certificate_amounts:
            del self.fields["tech_income"]

    @property
    def approved(self) -> Approved:
        data = self.cleaned_data
        return Approved(
            data["class_code"],
            data["subclass"],
            data["total_amount"],
            data["tech_amount"],
            data.get("tech_income"),
        )


class ChangeForm(RegisterForm):
    """What is registered as it will be after 变更登记; at first as it is."""

    project_name = forms.CharField(label="项目名称", max_length=200)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["reason"].label, self.fields["reason"].required = "变更的理由和依据", True
        self.fields["reason"].help_text = "例如“双方 2026 年 5 月签订补充协议，减少一项内容”。"


def as_registered(registration: ContractRegistration) -> dict[str, Any]:
    """The change form's first values."""
    names = ("class_code", "subclass", "total_amount", "tech_amount", "tech_income")
    return {name: getattr(registration, name) for name in names} | {
        "project_name": registration.contract.project_name
    }


def first_of(verdict: Verdict, registration: ContractRegistration) -> dict[str, Any]:
    """The form's first values: the judgement's."""
    kind, sums = verdict.contract_class, verdict.amounts
    return {"class_code": kind.code, "subclass": kind.subclass, "total_amount": sums.total_amount,
            "tech_amount": sums.tech_amount, "tech_income": registration.tech_income or sums.tech_income}  # fmt: skip
