"""Forms about accounts: they parse and clean, the actions decide."""

import re
from datetime import datetime

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import password_validators_help_texts
from django.core import signing
from django.utils import timezone

from keqiao.codes import divisions
from keqiao.codes.identifiers import check_email, check_phone, check_uscc
from keqiao.core.errors import KeqiaoError
from keqiao.people.enums import OrganisationKind

_USERNAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{2,29}", re.ASCII)
APPLICANTS = [choice for choice in OrganisationKind.choices if choice[0] != OrganisationKind.OTHER]


def show_refusal(form: forms.BaseForm, error: KeqiaoError) -> None:
    """Put a refusal's words where they belong: at the field at fault, or above the form."""
    form.add_error(error.field if error.field in form.fields else None, error.message)


class UsernameField(forms.CharField):
    """3-30 letters, digits and _ . - , beginning with a letter."""

    def __init__(self, **options: object) -> None:
        options.setdefault("label", "用户名")
        options.setdefault("help_text", "3 到 30 位字母、数字或 _ . -，以字母开头；定下后不能改")
        widget = forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        )
        super().__init__(max_length=60, widget=widget, **options)  # type: ignore[arg-type]  # labels and help only

    def clean(self, value: object) -> str:
        text = str(super().clean(value))
        if not _USERNAME.fullmatch(text):
            raise forms.ValidationError(f"用户名“{text}”不合要求：3 到 30 位字母、数字或 _ . -，以字母开头。")
        return text


class NewPasswordField(forms.CharField):
    def __init__(self, *, label: str = "密码", help_text: str = "") -> None:
        super().__init__(
            label=label,
            max_length=128,
            strip=False,
            help_text=help_text,
            widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        )


def password_help() -> str:
    """The rules in one line, as they are configured."""
    return "；".join(password_validators_help_texts())


class TwicePasswordForm(forms.Form):
    """A new password, typed twice."""

    password = NewPasswordField(label="新密码")
    again = NewPasswordField(label="再输一次新密码")

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]  # passed through
        self.fields["password"].help_text = password_help()

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        if cleaned.get("password") and cleaned.get("again") and cleaned["password"] != cleaned["again"]:
            self.add_error("again", "两次输入的密码不一样，请重新输入。")
        return cleaned


class SignInForm(forms.Form):
    username = forms.CharField(
        label="用户名",
        max_length=60,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    password = forms.CharField(
        label="密码",
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class PasswordChangeForm(TwicePasswordForm):
    old = forms.CharField(
        label="现在的密码",
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ("old", "password", "again")


class FactorForm(forms.Form):
    code = forms.CharField(
        label="验证码",
        max_length=20,
        help_text="身份验证器上的 6 位数字；手机不在身边可用一个恢复码",
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}
        ),
    )


def _phone(text: str, *, required: bool) -> str:
    if not text.strip() and not required:
        return ""
    checked = check_phone(text)
    if not checked.is_usable:
        raise forms.ValidationError(checked.message)
    return checked.value


def _email(text: str) -> str:
    if not text.strip():
        return ""
    checked = check_email(text)
    if not checked.is_usable:
        raise forms.ValidationError(checked.message)
    return checked.value


class ContactForm(forms.Form):
    """The personal data that an account holds, and no more."""

    name = forms.CharField(
        label="姓名", max_length=60, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    phone = forms.CharField(
        label="手机或办公电话",
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
    )
    email = forms.CharField(
        label="邮箱",
        max_length=254,
        required=False,
        help_text="用来接收重置链接",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def clean_phone(self) -> str:
        return _phone(self.cleaned_data["phone"], required=self.fields["phone"].required)

    def clean_email(self) -> str:
        return _email(self.cleaned_data["email"])


class DivisionField(forms.CharField):
    """A place by its name (固镇县, 蚌埠市固镇县) or code; cleans to the 12-digit code."""

    def __init__(self, **options: object) -> None:
        options.setdefault("label", "所在县区")
        options.setdefault("help_text", "写县区名，例如“固镇县”；外地单位写到省市，例如“江苏省南京市鼓楼区”")
        widget = forms.TextInput(attrs={"list": "division-options", "autocomplete": "off"})
        super().__init__(max_length=60, widget=widget, **options)  # type: ignore[arg-type]  # labels and help only

    def clean(self, value: object) -> str:
        text = str(super().clean(value)).strip()
        return resolve_place(text) if text else ""


def resolve_place(text: str) -> str:
    """The code of a place: in the home city first, then in the country. Raises ValidationError naming the choices."""
    found = divisions.resolve(text, settings.KEQIAO_HOME_DIVISION)
    if found.division is None and not found.candidates:
        found = divisions.resolve(text)
    if found.division is not None:
        return found.division.code
    if found.candidates:
        names = "、".join(row.full_name for row in found.candidates[:6])
        raise forms.ValidationError(f"叫“{text}”的地方不止一处：{names}。请写全称。")
    raise forms.ValidationError(f"没有找到“{text}”。请写县区的全称，例如“安徽省蚌埠市固镇县”。")


def _moment(sealed: str) -> datetime:
    """When the notice was shown, as the page sealed it; now when the seal is broken."""
    try:
        return datetime.fromisoformat(signing.loads(sealed, salt="notice", max_age=86400))
    except (signing.BadSignature, ValueError, TypeError):
        return timezone.now()


class ConsentForm(forms.Form):
    """The tick under the privacy notice, and when the notice was shown."""

    agree = forms.BooleanField(
        label="我已阅读并同意《个人信息处理告知书》",
        error_messages={"required": "请先阅读告知书并勾选同意，才能继续。"},
    )
    shown = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]  # passed through
        self.initial["shown"] = signing.dumps(timezone.now().isoformat(), salt="notice")

    def clean_shown(self) -> datetime:
        return _moment(self.cleaned_data["shown"])


class RegisterForm(ConsentForm, ContactForm, TwicePasswordForm):
    """One page to ask for an account of a unit."""

    organisation = forms.CharField(
        label="单位名称",
        max_length=120,
        help_text="与营业执照或法人证书一致的全称",
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    kind = forms.ChoiceField(label="单位类型", choices=APPLICANTS)
    uscc = forms.CharField(
        label="统一社会信用代码",
        max_length=30,
        widget=forms.TextInput(attrs={"autocapitalize": "characters"}),
    )
    division_code = DivisionField()
    note = forms.CharField(
        label="说明",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="想让审核人知道的",
    )
    username = UsernameField()
    field_order = (
        "organisation", "kind", "uscc", "division_code", "name", "phone", "email", "username", "password", "again",
        "note", "agree", "shown",
    )  # fmt: skip

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)
        self.fields["name"].label = "联系人姓名"
        self.fields["password"].label, self.fields["again"].label = "密码", "再输一次密码"
        self.fields["phone"].required = True

    def clean_uscc(self) -> str:
        checked = check_uscc(self.cleaned_data["uscc"])
        if not checked.is_usable:
            raise forms.ValidationError(checked.message)
        return checked.value


class InvitationForm(ConsentForm, ContactForm, TwicePasswordForm):
    """The invited colleague makes the own account."""

    username = UsernameField()
    field_order = ("name", "phone", "email", "username", "password", "again", "agree", "shown")

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)
        self.fields["password"].label, self.fields["again"].label = "密码", "再输一次密码"


class InviteForm(forms.Form):
    name = forms.CharField(label="同事姓名", max_length=60)


class CloseForm(forms.Form):
    password = forms.CharField(
        label="密码",
        strip=False,
        max_length=128,
        help_text="再输一次密码，确认是您本人",
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
