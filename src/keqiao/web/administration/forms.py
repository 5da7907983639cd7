"""Forms of the administrators and of the officers who keep units and persons."""

from django import forms

from keqiao.codes import divisions
from keqiao.core.models import AuditLevel
from keqiao.core.trail import FORMATS, TrailQuery
from keqiao.people.enums import THREE_ADMINS, OrganisationKind, Role
from keqiao.people.models import Organisation
from keqiao.people.organisations import Identity
from keqiao.web.people.forms import ContactForm, DivisionField, UsernameField

ORDINARY = [(role.value, role.label) for role in Role if role not in THREE_ADMINS]
ADMINS = [(role.value, role.label) for role in Role if role in THREE_ADMINS]
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class ReasonForm(forms.Form):
    """A reason, because somebody will ask for it."""

    reason = forms.CharField(label="理由", max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


class NoteForm(forms.Form):
    note = forms.CharField(
        label="意见", max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


def unit_of(name: str) -> Organisation | None:
    """The one unit in force of this exact name or credit code. Raises ValidationError when there is none or several."""
    name = name.strip()
    if not name:
        return None
    found: list[Organisation] = list(Organisation.objects.current().bearing(name)[:3]) or list(
        Organisation.objects.current().filter(uscc=name)[:3]
    )
    if len(found) == 1:
        return found[0]
    if found:
        raise forms.ValidationError(f"叫“{name}”的单位不止一家，请改填统一社会信用代码。")
    raise forms.ValidationError(f"没有登记过“{name}”。请核对全称或信用代码；新单位请先走单位注册。")


class UnitField(forms.CharField):
    """A unit by its exact name, a former name or its credit code; cleans to the Organisation or None."""

    def __init__(self, **options: object) -> None:
        options.setdefault("label", "单位")
        options.setdefault("help_text", "写全称、曾用名或统一社会信用代码")
        super().__init__(max_length=120, **options)  # type: ignore[arg-type]  # labels and help only

    def clean(self, value: object) -> Organisation | None:
        return unit_of(str(super().clean(value)))


class UserForm(ContactForm):
    username = UsernameField()
    organisation = UnitField(required=False)
    expires_on = forms.DateField(label="有效期至", required=False, widget=DAY, help_text="临时账号请填")
    field_order = ("username", "name", "organisation", "phone", "email", "expires_on")


class GrantForm(forms.Form):
    role = forms.ChoiceField(label="角色", choices=ORDINARY)
    division = DivisionField(
        label="辖区", required=False, help_text="县区科技局人员必填，例如“固镇县”；留空表示全市"
    )
    organisation = UnitField(required=False, help_text="企业、院所用户必填；留空用账号所属单位")
    valid_until = forms.DateField(label="有效期至", required=False, widget=DAY)

    def clean_division(self) -> str:
        code = self.cleaned_data["division"]
        return divisions.prefix_of(code) if code else ""


class AdminChangeForm(ReasonForm):
    role = forms.ChoiceField(label="管理员角色", choices=ADMINS)
    is_grant = forms.TypedChoiceField(
        label="变更", choices=[("yes", "授予"), ("no", "收回")], coerce=lambda value: value == "yes"
    )
    field_order = ("is_grant", "role", "reason")


class AuditForm(forms.Form):
    """What to look for in the trail; everything optional, everything in the address."""

    since = forms.DateField(label="从", required=False, widget=DAY)
    until = forms.DateField(label="到", required=False, widget=DAY)
    person = forms.CharField(label="用户", required=False, max_length=60)
    action = forms.CharField(label="事件", required=False, max_length=60, help_text="如 signin、role.granted")
    target = forms.CharField(label="对象或原因", required=False, max_length=100)
    level = forms.ChoiceField(label="级别", required=False, choices=[("", "全部"), *AuditLevel.choices])
    only_failed = forms.BooleanField(label="只看失败", required=False)

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        if cleaned.get("since") and cleaned.get("until") and cleaned["since"] > cleaned["until"]:
            self.add_error("until", f"截止日期 {cleaned['until']} 早于开始日期 {cleaned['since']}，请对调。")
        return cleaned

    def to_query(self) -> TrailQuery:
        """The filters as plain data; what is not understood does not narrow."""
        given = self.cleaned_data if self.is_bound and self.is_valid() else {}
        return TrailQuery(**{name: value for name, value in given.items() if value})


class ExportForm(AuditForm):
    kind = forms.ChoiceField(label="格式", choices=[(name, f".{name}") for name in FORMATS])


class RenameForm(forms.Form):
    name = forms.CharField(label="新名称", max_length=120)
    on = forms.DateField(label="更名日期", required=False, widget=DAY)
    note = forms.CharField(
        label="依据", max_length=200, required=False, help_text="例如“营业执照变更，2026-11-03”"
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class IdentityForm(forms.Form):
    kind = forms.ChoiceField(label="类型", choices=OrganisationKind.choices)
    uscc = forms.CharField(label="统一社会信用代码", max_length=30, required=False)
    division_code = DivisionField(required=False)
    intro = forms.CharField(
        label="简介", required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 4})
    )
    website = forms.URLField(label="网址", required=False, assume_scheme="https")
    is_verified = forms.BooleanField(label="身份已核实", required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def to_identity(self) -> Identity:
        return Identity(**{name: value for name, value in self.cleaned_data.items() if name != "version"})


class MergeForm(ReasonForm):
    loser = UnitField(
        label="并入的单位", help_text="这家单位的全部资料转到本单位名下；写全称、曾用名或信用代码"
    )
    field_order = ("loser", "reason")


class ParentForm(forms.Form):
    parent = UnitField(label="上级单位", required=False, help_text="留空表示没有上级")


class PersonMergeForm(ReasonForm):
    loser = forms.UUIDField(label="并入的人员", widget=forms.Select)
    field_order = ("loser", "reason")

    def __init__(self, *args: object, choices: list[tuple[str, str]], **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]  # passed through
        self.fields["loser"].widget.choices = choices


class UnlockForm(forms.Form):
    username = forms.CharField(max_length=60)
