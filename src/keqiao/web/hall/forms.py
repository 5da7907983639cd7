"""Forms of the hall: they parse and clean, no more."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms

from keqiao.hall.enums import BidForm, Decision, Mode, Objector, Relation, Way
from keqiao.hall.listing import Terms
from keqiao.people.models import Organisation

_AREA = forms.Textarea(attrs={"rows": 4})
_RELATIONS = [one for one in Relation.choices if one[0] != Relation.OWN]


class YuanField(forms.CharField):
    """A sum in yuan: 505000, 505,000.50. Nothing is guessed: 万 is refused."""

    def clean(self, value: Any) -> Decimal | None:
        text = super().clean(value).strip().replace(",", "").replace("，", "").removesuffix("元").strip()
        if not text:
            return None
        try:
            amount = Decimal(text)
        except InvalidOperation:
            amount = Decimal("NaN")
        if not amount.is_finite() or "e" in text.lower():
            raise forms.ValidationError(
                f"看不懂“{text[:30]}”。请写以元为单位的数字，例如 505000。", code="yuan"
            )
        return amount


def _moment(label: str, help_text: str = "") -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label, required=False, help_text=help_text, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )  # fmt: skip


class PlainForm(forms.Form):
    """Refusals come from the room, in its own words; the browser asks nothing beforehand."""

    use_required_attribute = False


class ListingForm(PlainForm):
    way = forms.ChoiceField(
        label="定价方式", choices=Way.choices, widget=forms.RadioSelect, initial=Way.LISTED
    )
    mode = forms.ChoiceField(label="转化方式", choices=Mode.choices, initial=Mode.SALE)
    form = forms.ChoiceField(label="报价形式", choices=BidForm.choices, required=False, initial=BidForm.OPEN)
    floor = YuanField(label="底价", required=False)
    step = YuanField(label="加价幅度", required=False, help_text="公开竞价必填。")
    opens_at = _moment("报价开始", "须在公示期满（一般 15 日）的次日以后。")
    closes_at = _moment("报价截止")
    conditions = forms.CharField(label="受让条件", required=False, max_length=2000, widget=_AREA)
    deposit = forms.CharField(
        label="保证金说明", required=False, max_length=300, help_text="金额、交到哪里、怎样退还。本站不收款。"
    )
    asking = YuanField(label="拟交易价格", required=False)
    buyer_name = forms.CharField(label="拟受让方", required=False, max_length=200, help_text="单位全称。")
    buyer_relation = forms.ChoiceField(
        label="受让方与成果的关系", required=False, choices=[("", "请选择"), *_RELATIONS]
    )
    relation_note = forms.CharField(
        label="关系说明", required=False, max_length=200, help_text="有关系的必填，公示里注明。"
    )
    price_basis = forms.CharField(
        label="价格依据", required=False, max_length=500, help_text="评估报告、询价或集体决策的文号，会公开。"
    )
    summary = forms.CharField(label="成果简介", required=False, max_length=2000, widget=_AREA)
    contact = forms.CharField(
        label="公告联系方式", required=False, max_length=120, help_text="联系人和办公电话，会公开。"
    )

    def to_terms(self) -> Terms:
        """What was typed, as the room takes it. The taker is linked to its unit when one bears the name."""
        data = self.cleaned_data
        name = data["buyer_name"].strip()
        unit = Organisation.objects.filter(name=name, merged_into=None).first() if name else None
        return Terms(
            mode=data["mode"], way=data["way"], form=data["form"], asking_yuan=data["asking"], floor_yuan=data["floor"],
            step_yuan=data["step"] or Decimal(0), price_basis=data["price_basis"], deposit=data["deposit"],
            conditions=data["conditions"], contact=data["contact"], summary=data["summary"], is_public_body=False,
            buyer=unit, buyer_name=name, buyer_relation=data["buyer_relation"], relation_note=data["relation_note"],
            opens_at=data["opens_at"], closes_at=data["closes_at"],
        )  # fmt: skip


FIELD_OF = {"asking_yuan": "asking", "floor_yuan": "floor", "step_yuan": "step"}
"""Where a refusal of the room is shown, when the field has another name here."""


class ObjectionForm(PlainForm):
    by_whom = forms.ChoiceField(
        label="以谁的名义", choices=Objector.choices, widget=forms.RadioSelect, initial=Objector.PERSON
    )
    name = forms.CharField(label="姓名或单位全称", required=False, max_length=120)
    contact_name = forms.CharField(
        label="联系人", required=False, max_length=60, help_text="以单位名义的必填。"
    )
    phone = forms.CharField(label="电话", required=False, max_length=30)
    text = forms.CharField(
        label="异议事项和依据", required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 6})
    )


class DecisionForm(PlainForm):
    decision = forms.ChoiceField(
        label="处理结果", choices=[("", "请选择"), *Decision.choices], required=False
    )
    public_subject = forms.CharField(
        label="异议事项（公开）", required=False, max_length=300, help_text="一句话，不写异议人。"
    )
    reason = forms.CharField(label="理由（公开）", required=False, max_length=600, widget=_AREA)


class ApplyForm(PlainForm):
    relation = forms.ChoiceField(label="贵单位与成果的关系", choices=_RELATIONS, required=False)
    relation_note = forms.CharField(
        label="关系说明", required=False, max_length=200, help_text="有关系的必填，成交公告里注明。"
    )
    statement = forms.CharField(label="怎样符合受让条件", required=False, max_length=600, widget=_AREA)


class AmountForm(PlainForm):
    amount = YuanField(label="报价", required=False)


class WindowForm(PlainForm):
    opens_at = _moment("新的报价开始")
    closes_at = _moment("新的报价截止")
    reason = forms.CharField(label="变更原因（公开）", required=False, max_length=300)
