"""Forms of the voucher room: they parse and clean, no more."""

from typing import Any

from django import forms

from keqiao.core.errors import BadInput
from keqiao.voucher.enums import ServiceClass
from keqiao.voucher.sums import fen_of

_AREA = forms.Textarea(attrs={"rows": 3})
_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
_TIME = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
WEEKDAYS = [(str(n), f"周{word}") for n, word in enumerate("一二三四五六日")]


class FenField(forms.CharField):
    """A sum typed in yuan, in fen: 20000, 1,000.50, 5万."""

    def clean(self, value: Any) -> int | None:
        text = super().clean(value).strip()
        if not text:
            return None
        try:
            return fen_of(text)
        except BadInput as wrong:
            raise forms.ValidationError(wrong.message, code="yuan") from None


class PlainForm(forms.Form):
    """Refusals come from the room, in its own words; the browser asks nothing beforehand."""

    use_required_attribute = False


class YearForm(PlainForm):
    title = forms.CharField(label="名称", max_length=120, help_text="例如：2026 年科技创新券")
    year = forms.IntegerField(label="年度", min_value=2000, max_value=2100)
    starts_on = forms.DateField(label="开始日期", widget=_DAY)
    ends_on = forms.DateField(label="截止日期", widget=_DAY, help_text="本年度所有的券到这一天失效。")
    authorised = FenField(label="下达额度")
    document = forms.CharField(label="依据文件", max_length=200, help_text="名称和文号。")


class MoneyForm(PlainForm):
    amount = FenField(label="追加额度")
    note = forms.CharField(label="依据", max_length=200)


class IssueForm(PlainForm):
    lines = forms.CharField(
        label="名单", widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}), required=False,
        help_text="一行一家：单位名称或统一社会信用代码、金额（元）、对象（企业或团队，可不写），用制表符、空格或逗号隔开，可以从表格直接粘贴。",
    )  # fmt: skip
    purpose = forms.CharField(label="用途说明", max_length=120, required=False)
    file_name = forms.CharField(required=False, max_length=120, widget=forms.HiddenInput)
    seen = forms.CharField(required=False, max_length=16, widget=forms.HiddenInput)


class BatchForm(PlainForm):
    until = forms.DateField(label="核销截至", widget=_DAY)


class BookForm(PlainForm):
    voucher = forms.ChoiceField(label="用哪张券")
    slot = forms.ChoiceField(label="时段")
    quantity = forms.IntegerField(label="数量", min_value=1, max_value=1000, initial=1)
    need = forms.CharField(label="样品和要求", max_length=400, required=False, widget=_AREA)

    def __init__(
        self, *args: Any, vouchers: list[tuple[str, str]], slots: list[tuple[str, str]], **more: Any
    ) -> None:
        super().__init__(*args, **more)
        self.fields["voucher"].choices = vouchers  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["slot"].choices = slots  # type: ignore[attr-defined]


class ServiceForm(PlainForm):
    title = forms.CharField(label="服务名称", max_length=120, required=False)
    service_class = forms.ChoiceField(
        label="类别", choices=[("", "请选择"), *ServiceClass.choices], required=False
    )
    resource = forms.ChoiceField(
        label="使用的仪器或平台", required=False, help_text="从本单位已登记的科技资源里选。"
    )
    price = FenField(label="单价", required=False)
    unit = forms.CharField(label="计价单位", max_length=12, initial="次", required=False)
    minutes = forms.IntegerField(label="每次占用", initial=60, required=False)
    intro = forms.CharField(label="服务内容", required=False, widget=forms.Textarea(attrs={"rows": 4}))
    sample_note = forms.CharField(label="样品要求", max_length=200, required=False)
    is_statutory = forms.BooleanField(
        label="法定、强制性检测", required=False, help_text="不在创新券支持范围，勾选后不能用券预约。"
    )
    is_open = forms.BooleanField(label="接受预约", required=False, initial=True)

    def __init__(self, *args: Any, resources: list[tuple[str, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["resource"].choices = [("", "不用仪器"), *resources]  # type: ignore[attr-defined]


class SlotForm(PlainForm):
    first = forms.DateField(label="从", widget=_DAY)
    last = forms.DateField(label="到", widget=_DAY)
    from_time = forms.TimeField(label="每天开始", widget=_TIME, initial="09:00")
    to_time = forms.TimeField(label="每天结束", widget=_TIME, initial="17:00")
    weekdays = forms.MultipleChoiceField(
        label="星期", choices=WEEKDAYS, required=False, widget=forms.CheckboxSelectMultiple, initial=list("01234"),
    )  # fmt: skip


class RedeemForm(PlainForm):
    code = forms.CharField(widget=forms.HiddenInput)
    actual = FenField(
        label="实际金额",
        required=False,
        help_text="与预约一致的不用改；低于预约的，券额按比例减少并退回企业。",
    )


class ProviderForm(PlainForm):
    name = forms.CharField(label="单位名称或统一社会信用代码", max_length=120)
    legal_representative = forms.CharField(label="法定代表人", max_length=60, required=False)
    address = forms.CharField(label="地址", max_length=200, required=False)
    contact_name = forms.CharField(label="业务联系人", max_length=60, required=False)
    contact_phone = forms.CharField(label="业务联系电话", max_length=30, required=False)
    account_bank = forms.CharField(label="开户行", max_length=120, required=False)
    account_number = forms.CharField(
        label="收款账号", max_length=40, required=False, help_text="加密保存，只显示末四位。不改请留空。"
    )
    intro = forms.CharField(label="简介", max_length=400, required=False, widget=_AREA)
