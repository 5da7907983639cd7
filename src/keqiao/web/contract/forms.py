"""The contract form: it parses and cleans, no more."""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms

from keqiao.codes.lists import choices, match_name
from keqiao.contract.enums import ContractClass, Form, Licence, PayMethod
from keqiao.contract.models import Contract
from keqiao.contract.reading import ANNEXES, CLAUSES

_AREA = forms.Textarea(attrs={"rows": 4})
_LINES = {"rows": 3}
_ASK = [("", "没有说明"), ("yes", "是"), ("no", "否")]
RIGHTS = [("", "没有说明"), ("ownership", "所有权转给对方"), ("use", "许可使用"), ("none", "不转移权利")]
QUESTIONS = {
    "goal_clear": "有明确、具体的研究开发目标", "object_held": "标的是签订时已经掌握的技术",
    "has_innovation": "有技术创新内容", "shared_work": "双方都参加研究开发工作",
    "object_complete": "技术完整、实用", "ownership_agreed": "知识产权归属有约定",
    "public_domain": "已进入公有领域（如专利期满）", "question_specific": "是特定技术项目的咨询课题",
    "scientific_method": "用科学知识和技术手段分析论证", "result_is_report": "交付的是报告和意见",
    "carries_out_plan": "还要组织实施方案", "problem_specific": "解决特定技术问题",
    "improves": "能改进结构、工艺、质量、成本、能耗、环保、安全或效益", "result_measurable": "成果有质量和数量指标",
    "is_training": "内容是技术培训", "special_knowledge": "传授特定项目的专业知识",
    "trainees_named": "学员由委托人指定", "is_broking": "内容是技术中介",
    "brings_deal": "促成技术交易", "project_named": "针对特定成果或项目", "broker_qualified": "中介方有资格",
}  # fmt: skip


def _day(label: str) -> forms.DateField:
    return forms.DateField(
        label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


def _yuan(label: str, help_text: str = "") -> forms.DecimalField:
    return forms.DecimalField(
        label=label, required=False, max_digits=15, decimal_places=2, help_text=help_text
    )


def _listed(label: str, key: str) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=[("", "请选择"), *choices(key)])


class NewForm(forms.Form):
    project_name = forms.CharField(
        label="项目名称", max_length=200, help_text="写合同上的项目全称，登记后不便更改。"
    )


class LinesField(forms.CharField):
    """One record a line, its parts parted by commas. names: of the parts; the last may be left out."""

    def __init__(self, *, names: tuple[str, ...], example: str, **more: Any) -> None:
        widget = forms.Textarea(attrs=_LINES | {"placeholder": example})
        super().__init__(required=False, widget=widget, help_text=f"一行一项，用逗号分开：{example}", **more)
        self.names = names

    def clean(self, value: Any) -> list[dict[str, Any]]:
        rows = []
        for at, line in enumerate(str(super().clean(value)).splitlines(), start=1):
            parts = [part.strip() for part in line.replace("，", ",").split(",")]
            if not any(parts):
                continue
            if len(parts) > len(self.names):
                raise forms.ValidationError(
                    f"第 {at} 行有 {len(parts)} 段，最多 {len(self.names)} 段。金额里不要写逗号。"
                )
            rows.append(
                {
                    name: self._part(name, part, at)
                    for name, part in zip(self.names, parts, strict=False)
                    if part
                }
            )
        return rows

    def _part(self, name: str, part: str, at: int) -> Any:
        if name.endswith("_on"):
            try:
                return date.fromisoformat(part)
            except ValueError:
                raise forms.ValidationError(f"第 {at} 行的日期“{part}”看不懂，请写成 2026-03-01。") from None
        if name == "amount":
            try:
                amount = Decimal(part.removesuffix("元"))
            except InvalidOperation:
                raise forms.ValidationError(
                    f"第 {at} 行的金额“{part}”看不懂，请写以元为单位的数字。"
                ) from None
            if not amount.is_finite() or abs(amount) >= Decimal(10) ** 13:
                raise forms.ValidationError(f"第 {at} 行的金额“{part}”太大。")
            return amount.quantize(Decimal("0.01"))
        if name == "is_reasonable_object":
            return part in ("不扣", "不扣除", "标的物", "是")
        return (match_name("ip_type", part) or "") if name == "ip_kind" else part[:200]


CONTACTS = {
    "representative": ("法定代表人", 60), "address": ("地址", 200), "zipcode": ("邮编", 6), "contact": ("联系人", 60),
    "contact_phone": ("联系电话", 20), "account_bank": ("开户行", 120), "account_number": ("账号", 40),
}  # fmt: skip
SIDES = {"seller": "卖方", "buyer": "买方"}
"""CONTACTS: what the 技术合同登记表 asks of each side besides; phone and account are kept encrypted and masked for others."""


class ContractForm(forms.Form):
    """Sections in SECTIONS; `split` gives what `save_contract` takes."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    project_name = forms.CharField(label="项目名称", max_length=200)
    title = forms.CharField(
        label="合同名称", max_length=120, required=False, help_text="合同封面上写的名称，例如“技术开发合同”。"
    )
    declared_class = forms.ChoiceField(
        label="合同类别", required=False, choices=[("", "请选择"), *ContractClass.choices]
    )
    licence_type = forms.ChoiceField(
        label="许可方式", required=False, choices=[("", "不是许可合同"), *Licence.choices]
    )
    form = forms.ChoiceField(label="合同形式", choices=Form.choices, initial=Form.WRITTEN)
    sign_on, begin_on, end_on = _day("签订日期"), _day("有效期起"), _day("有效期止")
    seller_name = forms.CharField(
        label="卖方名称", max_length=120, required=False, help_text="提供技术的一方：受托方、让与方、许可方。"
    )
    seller_uscc = forms.CharField(label="卖方统一社会信用代码", max_length=18, required=False)
    seller_division = forms.CharField(label="卖方行政区划代码", max_length=12, required=False)
    seller_type = _listed("卖方性质", "party2005")
    buyer_name = forms.CharField(
        label="买方名称",
        max_length=120,
        required=False,
        help_text="取得技术的一方：委托方、受让方、被许可方。",
    )
    buyer_uscc = forms.CharField(
        label="买方统一社会信用代码",
        max_length=18,
        required=False,
        help_text="填对后，买方的用户提交后能看到这份合同。",
    )
    buyer_division = forms.CharField(label="买方行政区划代码", max_length=12, required=False)
    buyer_type = _listed("买方性质", "party2005")
    is_related = forms.BooleanField(label="双方有关联关系", required=False)
    content = forms.CharField(label="技术内容、范围和要求", required=False, widget=_AREA, max_length=5000)
    right_passed = forms.ChoiceField(label="转移的权利", required=False, choices=RIGHTS)
    ip = LinesField(label="知识产权", names=("ip_kind", "number", "name", "owner", "filed_on", "expires_on"),
                    example="发明专利，ZL202310123456.7，低温染色方法，示例大学，2023-01-10，2043-01-10")  # fmt: skip
    total_amount, tech_amount = (
        _yuan("成交总额"),
        _yuan("技术交易额", "总额减去非技术性费用。可以不填，由系统计算。"),
    )
    costs = LinesField(label="非技术性费用", names=("kind", "description", "amount", "is_reasonable_object"),
                       example="设备，检测设备一台，120000")  # fmt: skip
    pay_method = forms.ChoiceField(
        label="支付方式", required=False, choices=[("", "请选择"), *PayMethod.choices]
    )
    payments = LinesField(
        label="分期付款", names=("amount", "due_on", "condition"), example="300000，2026-04-01，合同生效后"
    )
    entry_fee = _yuan("入门费")
    royalty_base = forms.CharField(label="提成基数", max_length=60, required=False)
    royalty_rate = forms.DecimalField(label="提成比例", required=False, max_digits=7, decimal_places=4)
    ownership_clause = forms.CharField(
        label="成果归属和收益分配", required=False, widget=_AREA, max_length=2000
    )
    secrecy_clause = forms.CharField(label="保密", required=False, widget=_AREA, max_length=2000)
    acceptance_clause = forms.CharField(label="验收", required=False, widget=_AREA, max_length=2000)
    change_clause = forms.CharField(label="变更和解除", required=False, widget=_AREA, max_length=2000)
    field11, ip_type = _listed("技术领域", "field11"), _listed("知识产权类型", "ip_type")
    plan_source, objective = _listed("计划来源", "plan_source"), _listed("社会经济目标", "objective13")
    industry = forms.CharField(
        label="服务的国民经济行业", max_length=8, required=False, help_text="GB/T 4754 代码，例如 1713。"
    )
    annexes = forms.MultipleChoiceField(
        label="已备好的材料",
        required=False,
        choices=list(ANNEXES.items()),
        widget=forms.CheckboxSelectMultiple,
    )
    clauses = forms.MultipleChoiceField(
        label="合同已约定的内容",
        required=False,
        choices=list(CLAUSES.items()),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False
        for name, label in QUESTIONS.items():
            self.fields[f"q_{name}"] = forms.ChoiceField(label=label, choices=_ASK, required=False)
        for side, word in SIDES.items():
            for name, (label, most) in CONTACTS.items():
                self.fields[f"{side}_{name}"] = forms.CharField(
                    label=f"{word}{label}", max_length=most, required=False
                )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        begin, end = data.get("begin_on"), data.get("end_on")
        if begin and end and begin > end:
            self.add_error("end_on", f"有效期止 {end} 早于有效期起 {begin}。请改正。")
        industry = data.get("industry")
        if industry and match_name("gbt4754", industry) is None:
            self.add_error("industry", f"行业“{industry}”不在 GB/T 4754 中。请填四位代码，例如 1713。")
        return data

    def split(self, contract: Contract) -> dict[str, Any]:
        """Keyword arguments of `save_contract`, but for the contract and who saves."""
        data = self.cleaned_data
        plain = ("project_name", "title", "declared_class", "licence_type", "form", "sign_on", "begin_on", "end_on",
                 "is_related", "content", "total_amount", "tech_amount", "pay_method", "entry_fee", "royalty_base",
                 "royalty_rate", "ownership_clause", "secrecy_clause", "acceptance_clause", "change_clause", "field11",
                 "plan_source", "objective", "industry", "annexes", "clauses")  # fmt: skip
        answered = {name: data[f"q_{name}"] == "yes" for name in QUESTIONS if data.get(f"q_{name}")}
        kept = {name: value for name, value in contract.nature.items() if name not in QUESTIONS}
        nature = {**kept, **answered, "right_passed": data["right_passed"]}
        sides = {
            side: {"name": data[f"{side}_name"].strip(), "uscc": data[f"{side}_uscc"].strip().upper(),
                   "division_code": data[f"{side}_division"].strip(), "party_type": data[f"{side}_type"],
                   **{name: data[f"{side}_{name}"].strip() for name in CONTACTS}}
            for side in ("seller", "buyer")
        }  # fmt: skip
        return {
            "values": {name: data[name] for name in plain}
            | {"nature": nature, "ip_types": [data["ip_type"]] if data["ip_type"] else []},
            "parties": sides,
            "cost_items": data["costs"],
            "payments": data["payments"],
            "ip": [
                {"kind" if name == "ip_kind" else name: value for name, value in row.items()}
                for row in data["ip"]
            ],
            "seen_version": data["version"],
        }


def _joined(rows: Any, *names: str) -> str:
    return "\n".join("，".join(str(getattr(row, name) or "") for name in names).rstrip("，") for row in rows)


def initial_of(contract: Contract) -> dict[str, Any]:
    """What the form shows of a contract."""
    names = [
        name
        for name in ContractForm.base_fields
        if hasattr(contract, name) and name not in ("ip", "payments")
    ]
    first: dict[str, Any] = {name: getattr(contract, name) for name in names}
    for side in contract.parties.all():
        first |= {f"{side.side}_name": side.name, f"{side.side}_uscc": side.uscc,
                  f"{side.side}_division": side.division_code, f"{side.side}_type": side.party_type,
                  **{f"{side.side}_{name}": getattr(side, name) for name in CONTACTS}}  # fmt: skip
    for name in QUESTIONS:
        answer = contract.nature.get(name)
        first[f"q_{name}"] = "" if answer is None else "yes" if answer else "no"
    first["right_passed"] = contract.nature.get("right_passed", "")
    first["ip_type"] = contract.ip_types[0] if contract.ip_types else ""
    first["ip"] = _joined(contract.ip.all(), "kind", "number", "name", "owner", "filed_on", "expires_on")
    first["costs"] = "\n".join(
        f"{one.kind}，{one.description}，{one.amount}{'，不扣' if one.is_reasonable_object else ''}"
        for one in contract.cost_items.all()
    )
    first["payments"] = _joined(contract.payments.all(), "amount", "due_on", "condition")
    return first


SECTIONS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("basics", "合同", ("project_name", "title", "declared_class", "licence_type", "form", "sign_on", "begin_on", "end_on")),
    ("parties", "当事人", ("seller_name", "seller_uscc", "seller_division", "seller_type", "buyer_name", "buyer_uscc", "buyer_division", "buyer_type", "is_related")),
    ("contacts", "双方联系和账户", tuple(f"{side}_{name}" for side in SIDES for name in CONTACTS)),
    ("technology", "技术内容", ("content", "right_passed", "ip")),
    ("questions", "认定类别的情况", tuple(f"q_{name}" for name in QUESTIONS)),
    ("money", "价款和支付", ("total_amount", "tech_amount", "costs", "pay_method", "payments", "entry_fee", "royalty_base", "royalty_rate")),
    ("terms", "约定", ("ownership_clause", "secrecy_clause", "acceptance_clause", "change_clause", "clauses")),
    ("statistics", "登记表", ("field11", "ip_type", "plan_source", "objective", "industry", "annexes")),
)  # fmt: skip
UNITS = {"total_amount": "元", "tech_amount": "元", "entry_fee": "元", "royalty_rate": "%"}
WIDE = frozenset({"project_name", "content", "ip", "costs", "payments", "ownership_clause", "secrecy_clause",
                  "acceptance_clause", "change_clause", "clauses", "annexes", "is_related"})  # fmt: skip


def sections_of(form: ContractForm) -> list[dict[str, Any]]:
    """The fields in their sections, neighbours of half width grouped in pairs."""
    found = []
    for key, title, names in SECTIONS:
        groups: list[dict[str, Any]] = []
        for name in names:
            is_half = name not in WIDE
            if not groups or groups[-1]["half"] != is_half:
                groups.append({"half": is_half, "items": []})
            groups[-1]["items"].append({"field": form[name], "unit": UNITS.get(name, "")})
        found.append({"key": key, "title": title, "groups": groups})
    return found
