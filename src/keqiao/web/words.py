"""Words for figures, days and mistakes, as an officer would write them."""

from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from django.core.exceptions import ValidationError
from django.forms import (
    BoundField,
    CheckboxInput,
    DateField,
    DecimalField,
    Field,
    FloatField,
    IntegerField,
    Select,
)
from django.forms.widgets import CheckboxSelectMultiple, RadioSelect
from django.utils import timezone


def money_wan(yuan: Decimal | int | float | str | None, none: str = "面议") -> str:
    """Yuan as officers write it: 1200000 → 120 万元, 450000000 → 4.5 亿元, 800 → 800 元, None → 面议."""
    if yuan is None or yuan == "":
        return none
    try:
        amount = Decimal(str(yuan))
    except InvalidOperation:
        return str(yuan)
    if not amount.is_finite():
        return str(yuan)
    for size, unit in ((Decimal(10) ** 8, "亿元"), (Decimal(10) ** 4, "万元")):
        if abs(amount) >= size:
            return f"{_short(amount / size)} {unit}"
    return f"{_short(amount)} 元"


def _short(amount: Decimal) -> str:
    """At most two decimals, thousands apart, no zeros at the end."""
    text = f"{amount.quantize(Decimal('0.01'), rounding=ROUND_HALF_UP):,f}"
    return text.rstrip("0").rstrip(".")


def _local(value: date | datetime) -> date | datetime:
    return timezone.localtime(value) if isinstance(value, datetime) and timezone.is_aware(value) else value


def day(value: date | datetime | None, none: str = "未定") -> str:
    """2026-11-03 → 11 月 3 日 in this year, 2025 年 11 月 3 日 in another."""
    if not value:
        return none
    local = _local(value)
    text = f"{local.month} 月 {local.day} 日"
    return text if local.year == timezone.localdate().year else f"{local.year} 年 {text}"


def moment(value: datetime | None, none: str = "未定") -> str:
    """Day and minute: 11 月 3 日 14:05."""
    return f"{day(value)} {_local(value):%H:%M}" if value else none


def ago(value: date | datetime | None, now: datetime | None = None) -> str:
    """How long since, or until: 刚刚, 5 分钟前, 今天 09:30, 昨天, 3 天前, 3 天后; beyond 30 days the day itself."""
    if not value:
        return ""
    present = timezone.localtime(now)
    local = _local(value)
    if isinstance(local, datetime):
        present_like = present if timezone.is_aware(local) else present.replace(tzinfo=None)
        gone = present_like - local
        if timedelta(0) <= gone < timedelta(minutes=1):
            return "刚刚"
        if timedelta(0) <= gone < timedelta(hours=1):
            return f"{gone.seconds // 60} 分钟前"
        if local.date() == present.date():
            return f"今天 {local:%H:%M}"
        days = (present.date() - local.date()).days
    else:
        days = (present.date() - local).days
    named = {0: "今天", 1: "昨天", 2: "前天", -1: "明天", -2: "后天"}.get(days)
    if named:
        return named
    if abs(days) <= 30:
        return f"{days} 天前" if days > 0 else f"{-days} 天后"
    return day(value)


def remaining(deadline: date | datetime | None, today: date | None = None) -> str:
    """还剩 3 天, 今天截止, 已过期 2 天; "" when there is no deadline."""
    if not deadline:
        return ""
    local = _local(deadline)
    last = local.date() if isinstance(local, datetime) else local
    left = (last - (today or timezone.localdate())).days
    if left == 0:
        return "今天截止"
    return f"还剩 {left} 天" if left > 0 else f"已过期 {-left} 天"


def thousands(value: object) -> str:
    """25003 → 25,003; None → "—"."""
    if value is None or value == "":
        return "—"
    return f"{value:,}" if isinstance(value, int | float | Decimal) else str(value)


# ── mistakes in a form ───────────────────────────────────────────────────────


def error_words(bound: BoundField) -> list[str]:
    """The errors of a field, each with what to do. Django's own general words are replaced by ours; a form's own words stand."""
    errors = bound.form.errors.as_data().get(bound.name, [])
    return [said for error in errors for said in (_ours(bound, error) or error.messages)]


def _ours(bound: BoundField, error: ValidationError) -> list[str]:
    code = error.code or ""
    if str(error.message) != _django_words(bound.field, code):
        return []
    if code == "required":
        if isinstance(bound.field.widget, CheckboxInput):
            return [f"请勾选“{bound.label}”后再提交。"]
        chosen = isinstance(bound.field.widget, Select | RadioSelect | CheckboxSelectMultiple)
        return [f"请{'选择' if chosen else '填写'}{bound.label}。"]
    if code == "invalid" and isinstance(bound.field, DecimalField | FloatField | IntegerField):
        return [f"“{bound.value()}”不是数字，请只写数字，例如 20。"]
    if code == "invalid" and isinstance(bound.field, DateField):
        return [f"“{bound.value()}”不是日期，请写成 2026-11-30 这样。"]
    return []


def _django_words(field: Field, code: str) -> str | None:
    """What the field would say had nobody given it words of its own."""
    for kind in type(field).__mro__:
        if code in (own := vars(kind).get("default_error_messages", {})):
            return str(own[code])
    return None
