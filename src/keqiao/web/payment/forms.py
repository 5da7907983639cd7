"""Forms of the payment pages."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils import timezone

from keqiao.payment.enums import EvidenceKind, Overrun
from keqiao.web.hall.forms import PlainForm

_AREA = forms.Textarea(attrs={"rows": 3})
_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class YuanField(forms.CharField):
    """An amount in yuan with at most two decimals; gives fen."""

    def __init__(self, **more: Any) -> None:
        super().__init__(max_length=24, widget=forms.TextInput(attrs={"inputmode": "decimal"}), **more)

    def clean(self, value: Any) -> Any:
        text = str(super().clean(value)).replace(",", "").replace("，", "")
        if not text:
            return None
        try:
            fen = Decimal(text) * 100
        except InvalidOperation:
            fen = Decimal("NaN")
        if not fen.is_finite() or fen != fen.to_integral_value() or abs(fen) >= Decimal(10) ** 15:
            raise forms.ValidationError(
                f"“{text[:30]}”不是金额，请写以元为单位的数，最多两位小数，例如 200000。"
            )
        return int(fen)


class EnvelopeForm(PlainForm):
    name = forms.CharField(label="名称", required=False, max_length=160)
    year = forms.IntegerField(label="年度", initial=lambda: timezone.localdate().year)
    source = forms.CharField(
        label="资金来源", required=False, max_length=200, help_text="例如市级财政预算、自治区切块资金。"
    )
    document_no = forms.CharField(label="下达文号", required=False, max_length=80)
    division_code = forms.ChoiceField(label="地区", required=False)
    fen = YuanField(label="下达金额", help_text="单位元。")


class AllotmentForm(PlainForm):
    fen = YuanField(label="追加或核减", help_text="单位元；核减写负数。")
    note = forms.CharField(label="依据", required=False, max_length=300, help_text="文号或会议纪要。")


class RollForm(PlainForm):
    item = forms.ChoiceField(label="兑现事项")
    envelope = forms.ChoiceField(label="资金包")
    period = forms.CharField(label="兑现期", max_length=20, initial=lambda: str(timezone.localdate().year))


class ConfirmForm(PlainForm):
    overrun = forms.ChoiceField(
        label="超出资金时", required=False, choices=[("", "先提醒我"), *Overrun.choices]
    )


class AccountForm(PlainForm):
    holder = forms.CharField(label="户名", required=False, max_length=120, help_text="须与单位名称一致。")
    bank = forms.CharField(label="开户行", required=False, max_length=120)
    number = forms.CharField(
        label="账号",
        required=False,
        max_length=48,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    bank_code = forms.CharField(
        label="联行号", required=False, max_length=12, help_text="12 位，不知道可以不填。"
    )


class PublicObjectionForm(PlainForm):
    award_number = forms.ChoiceField(label="对哪一家", required=False)
    name = forms.CharField(label="您的姓名或单位全称", required=False, max_length=120)
    phone = forms.CharField(label="电话", required=False, max_length=30)
    text = forms.CharField(
        label="异议事项和依据", required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 6})
    )


class DecideForm(PlainForm):
    is_upheld = forms.ChoiceField(
        label="处理结果", choices=[("", "请选择"), ("yes", "成立"), ("no", "不成立")]
    )
    reason = forms.CharField(label="理由（公开，不写异议人）", required=False, max_length=600, widget=_AREA)


class EvidenceForm(PlainForm):
    kind = forms.ChoiceField(label="凭证类型", choices=EvidenceKind.choices)
    number = forms.CharField(
        label="号码", required=False, max_length=80, help_text="数电发票 20 位，纸质发票 8 位。"
    )
    code = forms.CharField(
        label="发票代码", required=False, max_length=12, help_text="纸质发票填 10 或 12 位。"
    )
    title = forms.CharField(label="内容", required=False, max_length=200)
    fen = YuanField(label="金额", required=False)
    dated = forms.DateField(label="日期", required=False, widget=_DAY)


class RecoveryForm(PlainForm):
    fen = YuanField(label="应退金额")
    due_on = forms.DateField(label="限期", widget=_DAY)
    reason = forms.CharField(label="原因和依据（企业会看到）", required=False, max_length=500, widget=_AREA)


class ReturnForm(PlainForm):
    fen = YuanField(label="退回金额")
    note = forms.CharField(label="凭证号", required=False, max_length=120)
