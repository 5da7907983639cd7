"""Forms of the deal desk: they parse and clean, no more."""

from decimal import Decimal
from typing import Any

from django import forms

from keqiao.deal.enums import Answer, How, NoAnswerWhy, Outcome, Purpose
from keqiao.web.desk.forms import MoneyField

_AREA = forms.Textarea(attrs={"rows": 3})


def date_field(label: str, *, required: bool = True, help_text: str = "") -> forms.DateField:
    return forms.DateField(
        label=label, required=required, help_text=help_text,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip


class VersionedForm(forms.Form):
    """A form that says which version of the case its writer had before him."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False


class MoveForm(VersionedForm):
    move = forms.CharField(max_length=20, widget=forms.HiddenInput)
    reason = forms.CharField(label="原因", widget=_AREA, required=False, max_length=500)


class EndForm(VersionedForm):
    outcome = forms.ChoiceField(label="结果", choices=[("", "请选择"), *Outcome.choices], required=False)
    why = forms.ChoiceField(
        label="没有答复的原因", choices=[("", "请选择"), *NoAnswerWhy.choices], required=False,
        help_text="结果选“对方一直没有答复”时必选，只在局内统计。",
    )  # fmt: skip
    note = forms.CharField(
        label="说明",
        widget=_AREA,
        required=False,
        max_length=500,
        help_text="会告诉需求方。请写试过什么、建议怎么办。",
    )


class PlanForm(VersionedForm):
    next_step = forms.CharField(label="下一步", max_length=200, required=False)
    due_on = date_field("最晚", required=False)


class NoteForm(VersionedForm):
    text = forms.CharField(
        label="做了什么", widget=forms.Textarea(attrs={"rows": 2, "placeholder": "例如：电话联系王主任，约下周二面谈"}),
        required=False, max_length=600,
    )  # fmt: skip
    is_internal = forms.BooleanField(label="只供承办人员看", required=False)


class AssignForm(VersionedForm):
    owner = forms.ChoiceField(label="承办人", required=False)
    broker = forms.ChoiceField(label="技术经理人", required=False)

    def __init__(self, *args: Any, owners: list[Any], brokers: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, people, none in (("owner", owners, "待分派"), ("broker", brokers, "不用技术经理人")):
            self.fields[name].choices = [  # type: ignore[attr-defined]  # a choice field by construction
                ("", none), *((str(one.pk), f"{one}（{one.unit_name or '、'.join(one.role_labels)}）") for one in people)
            ]  # fmt: skip


class AskForm(forms.Form):
    note = forms.CharField(
        label="附言", required=False, max_length=300, help_text="对方会看到。请不要写名称和电话。"
    )


class AnswerForm(forms.Form):
    answer = forms.ChoiceField(
        label="答复",
        choices=[one for one in Answer.choices if one[0]],
        widget=forms.RadioSelect,
        required=False,
    )
    refusal = forms.ChoiceField(label="不合作的原因", required=False)
    how = forms.ChoiceField(
        label="怎样得知", choices=[one for one in How.choices if one[0] != How.ONLINE], required=False
    )
    note = forms.CharField(label="说明", widget=_AREA, required=False, max_length=500)

    def __init__(self, *args: Any, refusals: list[tuple[str, str]] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["refusal"].choices = [("", "不选"), *(refusals or [])]  # type: ignore[attr-defined]  # as above
        self.use_required_attribute = False


class ConsentForm(forms.Form):
    sha256 = forms.CharField(max_length=64, widget=forms.HiddenInput)
    agree = forms.BooleanField(label="我已看过上面的文字，同意", required=True)
    how = forms.ChoiceField(
        label="同意的方式", choices=[one for one in How.choices if one[0] != How.ONLINE], required=False
    )
    note = forms.CharField(label="谁、何时、怎样同意", required=False, max_length=300)


class WithdrawForm(forms.Form):
    note = forms.CharField(label="说明", required=False, max_length=300)


class RevealForm(forms.Form):
    reason = forms.CharField(label="用途", required=False, max_length=300)


class ContractForm(VersionedForm):
    contract_number = forms.CharField(label="合同编号", required=False, max_length=60)
    contract_yuan = MoneyField(
        label="合同金额", required=False, help_text="可写 120 万元、8.5 万；只写数字按万元计。"
    )
    contract_on = date_field("签订日期", required=False)
    received_yuan = MoneyField(label="已到账", required=False)
    is_registered = forms.BooleanField(label="已认定登记", required=False)

    def money(self, name: str) -> Decimal | None:
        """The sum in yuan, None when blank or open."""
        value = self.cleaned_data.get(name)
        return value[0] if value else None


class MessageForm(forms.Form):
    text = forms.CharField(label="消息", widget=_AREA, max_length=2000, required=False)


class MeetingForm(forms.Form):
    subject = forms.CharField(label="议题", max_length=200, required=False)
    starts_at = forms.DateTimeField(
        label="时间", required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )  # fmt: skip
    place = forms.CharField(label="地点", max_length=120, required=False, help_text="线上会议请写会议号。")


class MinutesForm(forms.Form):
    participants = forms.CharField(
        label="参加人员", widget=forms.Textarea(attrs={"rows": 2}), required=False, max_length=1000
    )
    decisions = forms.CharField(label="议定事项", widget=_AREA, required=False, max_length=4000)
    next_steps = forms.CharField(
        label="后续工作", widget=_AREA, required=False, max_length=2000,
        help_text="一行一件：做什么｜谁｜日期，例如“寄样品｜需求方｜2026-12-05”。",
    )  # fmt: skip


class FileForm(forms.Form):
    file = forms.FileField(
        label="文件",
        required=False,
        help_text="PDF、Word、Excel、JPG、PNG，单个不超过 20 MB；不收含宏的文件和网页。",
    )
    purpose = forms.ChoiceField(label="用途", choices=Purpose.choices, initial=Purpose.GENERAL)


class RatingForm(forms.Form):
    score = forms.TypedChoiceField(
        label="满意度", coerce=int, widget=forms.RadioSelect, required=False, empty_value="0",
        choices=[(5, "很满意"), (4, "满意"), (3, "一般"), (2, "不满意"), (1, "很不满意")],
    )  # fmt: skip
    note = forms.CharField(label="说明", widget=_AREA, required=False, max_length=500)


class OpenForm(forms.Form):
    """Opening by hand: a demand's number, a record's address, or words."""

    demand = forms.CharField(
        label="需求编号", max_length=40, required=False, help_text="例如 需求-2026-0137。"
    )
    other = forms.CharField(
        label="供给编号",
        max_length=40,
        required=False,
        help_text="成果、专家、产出或资源的编号，可以以后再选。",
    )
    title = forms.CharField(label="名称", max_length=300, required=False, help_text="不填时用需求的名称。")
    wish = forms.CharField(label="情况", widget=_AREA, max_length=2000, required=False)


class EnquiryForm(forms.Form):
    """我要对接, of somebody who has an account."""

    wish = forms.CharField(
        label="想解决什么", widget=forms.Textarea(attrs={"rows": 5}), max_length=2000, required=False,
        help_text="写清用在哪里、要达到什么指标、什么时候要。请不要写电话和单位名称，承办人从您的账号里知道。",
    )  # fmt: skip
    demand = forms.ChoiceField(label="对应本单位的需求", required=False)
    contact_name = forms.CharField(label="联系人", max_length=60, required=False)
    contact_phone = forms.CharField(
        label="手机",
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )

    def __init__(self, *args: Any, demands: list[tuple[str, str]] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if demands:
            self.fields["demand"].choices = [("", "没有，单独询问"), *demands]  # type: ignore[attr-defined]  # a choice field
        else:
            del self.fields["demand"]
        self.use_required_attribute = False


class VisitorForm(EnquiryForm):
    """我要对接, of somebody without an account. website: a trap that people do not see and robots fill in."""

    organisation_name = forms.CharField(label="单位", max_length=120, required=False)
    contact_email = forms.EmailField(
        label="邮箱", required=False, help_text="回执和进展发到这里或手机，二者至少写一个。"
    )
    agree = forms.BooleanField(
        label="同意科技局为这次对接使用以上联系方式。双方都同意之前不提供给对方；事项结束后保留两年，之后删除。",
        required=True,
    )
    website = forms.CharField(required=False, widget=forms.HiddenInput)

    field_order = [
        "wish",
        "organisation_name",
        "contact_name",
        "contact_phone",
        "contact_email",
        "agree",
        "website",
    ]
