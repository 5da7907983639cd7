"""Forms of the R&D room: they parse and clean, no more."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils import timezone

from keqiao.rd.enums import COLUMNS, LABELS, Form, Treatment
from keqiao.rd.law import BOOK, kinds
from keqiao.rules.shelf import current

_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
_FIRST_YEAR = 2016
PROJECTS = 5


class SumField(forms.CharField):
    """A sum typed as a number: 600, 1,200.50. Blank is None."""

    def __init__(self, **more: Any) -> None:
        super().__init__(
            required=False, max_length=24, widget=forms.TextInput(attrs={"inputmode": "decimal"}), **more
        )

    def clean(self, value: Any) -> Decimal | None:
        text = super().clean(value).strip().replace(",", "").replace("，", "")
        if not text:
            return None
        try:
            amount = Decimal(text)
        except InvalidOperation:
            amount = Decimal("NaN")
        if not amount.is_finite() or abs(amount) >= Decimal(10) ** 12:
            raise forms.ValidationError(f"看不懂“{text[:20]}”，请只写数字，例如 600。", code="sum")
        return amount


class NoNegative(SumField):
    """The same, zero or more."""

    def clean(self, value: Any) -> Decimal | None:
        amount = super().clean(value)
        if amount is not None and amount < 0:
            raise forms.ValidationError("不能是负数。", code="negative")
        return amount


class PlainForm(forms.Form):
    """Refusals come from the room, in its own words; the browser asks nothing beforehand."""

    use_required_attribute = False


class DeductionForm(PlainForm):
    """Sums in 万元."""

    year = forms.TypedChoiceField(label="纳税年度", coerce=int)
    kinds = forms.MultipleChoiceField(
        label="企业类型", required=False, widget=forms.CheckboxSelectMultiple, help_text="都不是的不用勾。"
    )
    domestic = NoNegative(label="委托境内研发费用", help_text="实际付给境内机构或个人的金额。")
    overseas = NoNegative(label="委托境外机构费用")
    registered = forms.BooleanField(
        label="境外委托的技术开发合同已到科技主管部门登记",
        required=False,
        help_text="没有登记的不得加计扣除。",
    )
    special_income = NoNegative(label="下脚料、残次品等特殊收入")
    sold_materials = NoNegative(label="研发直接形成产品对外销售的材料")
    q4_cost = NoNegative(
        label="2022 年第四季度实际研发费用", help_text="只有 2022 年要填；不填按全年的四分之一。"
    )
    tax_rate = forms.ChoiceField(
        label="企业所得税税率", choices=[("25", "25%"), ("15", "15%（高新技术企业）"), ("5", "5%（小型微利企业实际税负）")],
    )  # fmt: skip

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        this = timezone.localdate().year
        self.fields["year"].choices = [(n, f"{n} 年") for n in range(this, _FIRST_YEAR - 1, -1)]  # type: ignore[attr-defined]
        self.fields["kinds"].choices = [(key, row["label"]) for key, row in kinds(current(BOOK)).items()]  # type: ignore[attr-defined]
        for at in range(1, PROJECTS + 1):
            self.fields[f"items{at}"] = NoNegative(label=f"项目 {at}：第 1 至 5 类费用")
            self.fields[f"other{at}"] = NoNegative(label=f"项目 {at}：其他相关费用")

    @property
    def project_fields(self) -> list[tuple[Any, Any]]:
        return [(self[f"items{at}"], self[f"other{at}"]) for at in range(1, PROJECTS + 1)]


class TransferForm(PlainForm):
    """Sums in 万元."""

    is_licence = forms.BooleanField(label="五年以上非独占许可", required=False)
    revenue = NoNegative(label="技术转让收入", help_text="不含设备、零部件和可以分开的咨询、服务、培训收入。")
    cost = NoNegative(label="技术转让成本（许可的填无形资产摊销）")
    taxes = NoNegative(label="相关税费", help_text="不含企业所得税和可抵扣的增值税，含合同签订、律师等费用。")
    period_costs = NoNegative(label="当年期间费用", help_text="只有非独占许可要填。")
    sales = NoNegative(label="当年销售收入", help_text="只有非独占许可要填。")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("revenue") is None and not self.errors:
            self.add_error("revenue", "请填写技术转让收入。")
        if data.get("is_licence") and data.get("period_costs") and not data.get("sales"):
            self.add_error("sales", "分摊期间费用要用当年销售收入，请填写。")
        return data


class IndustryForm(PlainForm):
    """Sums in 万元."""

    total = NoNegative(label="收入总额")
    untaxed = NoNegative(label="其中：不征税收入")
    investment = NoNegative(label="其中：投资收益")
    listed = NoNegative(label="清单行业的主营业务收入")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("total") and not self.errors:
            self.add_error("total", "请填写收入总额。")
        return data


class ProjectForm(PlainForm):
    number = forms.CharField(label="项目编号", max_length=40, required=False)
    name = forms.CharField(label="项目名称", max_length=120, required=False)
    form = forms.ChoiceField(label="研发形式", choices=Form.choices, initial=Form.OWN)
    treatment = forms.ChoiceField(label="支出类型", choices=Treatment.choices, initial=Treatment.EXPENSED)
    starts_on = forms.DateField(label="开始日期", widget=_DAY, required=False)
    ends_on = forms.DateField(label="结束日期", widget=_DAY, required=False)
    formed_on = forms.DateField(
        label="形成无形资产日期", widget=_DAY, required=False, help_text="资本化的，形成当年计入。"
    )
    approval = forms.CharField(
        label="立项文件", max_length=120, required=False, help_text="立项决议、计划书的名称或文号。"
    )
    contract_number = forms.CharField(
        label="委托境外的技术合同编号",
        max_length=40,
        required=False,
        help_text="本站编号或登记编号，用来查是否登记。",
    )
    is_completed = forms.BooleanField(label="已完成", required=False)


class LineForm(PlainForm):
    voucher_on = forms.DateField(label="凭证日期", widget=_DAY)
    voucher_kind = forms.CharField(label="种类", max_length=20, initial="记")
    voucher_number = forms.CharField(label="号数", max_length=20)
    summary = forms.CharField(label="摘要", max_length=200)
    booked = SumField(label="会计凭证记载金额")

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        for name in COLUMNS:
            self.fields[name] = SumField(label=LABELS[name])

    @property
    def columns(self) -> list[Any]:
        return [self[name] for name in COLUMNS]

    def to_row(self) -> dict[str, Any]:
        """The row; what tax law takes is the sum of its parts."""
        data = dict(self.cleaned_data)
        for name in COLUMNS:
            data[name] = (data[name] or Decimal(0)).quantize(Decimal("0.01"))
        data["tax"] = sum((data[name] for name in COLUMNS), Decimal(0))
        data["booked"] = (data["booked"] or data["tax"]).quantize(Decimal("0.01"))
        return data


class YearForm(PlainForm):
    kinds = forms.MultipleChoiceField(label="企业类型", required=False, widget=forms.CheckboxSelectMultiple)
    special_income = NoNegative(label="特殊收入")
    sold_materials = NoNegative(label="对外销售产品的材料")
    q4_by_share = forms.BooleanField(label="2022 年第四季度按月数比例计算", required=False)
    months = forms.IntegerField(label="当年经营月数", required=False)
    months_q4 = forms.IntegerField(label="10 月 1 日后经营月数", required=False)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["kinds"].choices = [(key, row["label"]) for key, row in kinds(current(BOOK)).items()]  # type: ignore[attr-defined]


class FileForm(PlainForm):
    file = forms.FileField(label="辅助账文件（.xlsx 或 .csv）", required=False)
