"""Forms of a firm's file: a year of figures, circumstances, a title, a right. They parse and clean, no more."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms

from keqiao.firm.enums import AcquiredBy, FigureSource, RightKind, TitleKind
from keqiao.firm.names import CIRCUMSTANCE_NAMES, CIRCUMSTANCES, FIGURES
from keqiao.rules.facts import FACTS, Fact
from keqiao.web.deal.forms import date_field

OFFICER_SOURCES = [
    (one.value, one.label)
    for one in (FigureSource.OFFICER, FigureSource.STATISTICS, FigureSource.TAX, FigureSource.AUDIT)
]
FIRM_SOURCES = [(one.value, one.label) for one in (FigureSource.FIRM, FigureSource.AUDIT, FigureSource.TAX)]
_FLAG = [("", "没有填"), ("是", "是"), ("否", "否")]
_PLATFORMS = [("city", "市级"), ("provincial", "省部级"), ("national", "国家级")]
_LEVELS = {
    "ip_level": ("高", "较高", "一般", "较低", "无"), "ip_support": ("强", "较强", "一般", "较弱", "无"),
}  # fmt: skip


def number_text(value: Decimal | None) -> str:
    """4200, 300.5: as it is typed."""
    return "" if value is None else f"{value.normalize():f}"


class FiguresForm(forms.Form):
    """A year of figures on one page. before: last year's values, shown beside each field."""

    source = forms.ChoiceField(label="数据来源")
    source_note = forms.CharField(
        label="来源说明", max_length=120, required=False, help_text="例如“2025 年度审计报告”“107-1 表”。"
    )
    seen_on = date_field("取得日期")
    reason = forms.CharField(
        label="更正或变动原因", max_length=200, required=False,
        help_text="改了已有的数据，或与上年相差一半以上时填写，例如“审计调整”“新厂投产”。",
    )  # fmt: skip
    is_checked = forms.BooleanField(label="以上提示已核对，数据属实", required=False)

    def __init__(
        self, *args: Any, before: Mapping[str, Decimal], year: int, own: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False
        self.fields["source"].choices = FIRM_SOURCES if own else OFFICER_SOURCES  # type: ignore[attr-defined]  # a choice field
        self._units: dict[str, str] = {}
        for group in FIGURES:
            for fact in group.facts:
                self.fields[fact.name] = _figure(fact, before.get(fact.name), year)
                self._units[fact.name] = fact.unit

    def shown_groups(self) -> list[dict[str, Any]]:
        """Groups of (bound field, unit) in reading order."""
        return [
            {"title": group.title, "fields": [(self[fact.name], fact.unit) for fact in group.facts]}
            for group in FIGURES
        ]

    def values(self) -> dict[str, Decimal]:
        """What was filled in."""
        return {
            name: self.cleaned_data[name] for name in self._units if self.cleaned_data.get(name) is not None
        }


def _figure(fact: Fact, before: Decimal | None, year: int) -> forms.Field:
    advice = fact.help
    if before is not None:
        advice = f"{advice + '；' if advice else ''}{year - 1} 年 {number_text(before)}"
    return forms.DecimalField(
        label=fact.title, required=False, max_digits=18, decimal_places=0 if fact.kind == "count" else 6,
        help_text=advice, widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )  # fmt: skip


class FactsForm(forms.Form):
    """What a firm has and is; empty fields leave what is there."""

    source_note = forms.CharField(label="来源说明", max_length=120, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False
        for name in CIRCUMSTANCE_NAMES:
            self.fields[name] = _circumstance(FACTS[name])

    def shown_groups(self) -> list[dict[str, Any]]:
        return [
            {
                "title": group.title,
                "fields": [(self[name], FACTS[name].unit) for name in group.names if name in self.fields],
            }
            for group in CIRCUMSTANCES
        ]

    def values(self) -> dict[str, Any]:
        """What was filled in; a list of platforms only when one was ticked."""
        given = {name: self.cleaned_data.get(name) for name in CIRCUMSTANCE_NAMES}
        return {name: value for name, value in given.items() if value not in (None, "", [])}


def _circumstance(fact: Fact) -> forms.Field:
    common: dict[str, Any] = {"label": fact.title, "required": False, "help_text": fact.help}
    if fact.kind == "flag":
        return forms.ChoiceField(choices=_FLAG, **common)
    if fact.name in _LEVELS:
        return forms.ChoiceField(
            choices=[("", "没有填"), *((one, one) for one in _LEVELS[fact.name])], **common
        )
    if fact.name == "platforms":
        return forms.MultipleChoiceField(choices=_PLATFORMS, widget=forms.CheckboxSelectMultiple, **common)
    if fact.kind in ("money", "number", "count", "points"):
        return forms.DecimalField(max_digits=18, decimal_places=0 if fact.kind == "count" else 4, **common)
    return forms.CharField(max_length=200, **common)


class TitleForm(forms.Form):
    """A title as announced."""

    kind = forms.ChoiceField(label="称号", choices=[("", "请选择"), *TitleKind.choices])
    number = forms.CharField(
        label="证书或登记编号",
        max_length=40,
        required=False,
        help_text="高企形如 GR202412000934，科小形如 2025640200A0001234。",
    )
    issued_on = date_field("发证或入库日期")
    expires_on = date_field("有效期至")
    source_note = forms.CharField(
        label="依据",
        max_length=120,
        required=False,
        help_text="公告的文号或网址，例如“皖科高秘〔2026〕12号”。",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False
        self.fields["expires_on"].required = False
        self.fields["expires_on"].help_text = "不填按惯例算：科小到当年年底，其他三年。"


class RightForm(forms.Form):
    """A right of intellectual property."""

    kind = forms.ChoiceField(label="类型", choices=[("", "请选择"), *RightKind.choices])
    title = forms.CharField(label="名称", max_length=200)
    number = forms.CharField(label="专利号或登记号", max_length=60, required=False)
    acquired_by = forms.ChoiceField(label="获得方式", choices=AcquiredBy.choices)
    owner_rank = forms.IntegerField(label="本企业在权利人中的排名", min_value=1, max_value=50, initial=1)
    granted_on = date_field("授权日期")
    expires_on = date_field("有效期至")
    is_applied = forms.BooleanField(label="用于主导产品并产生效益", required=False)
    used_in = forms.CharField(
        label="已用于哪次高企申报",
        max_length=60,
        required=False,
        help_text="Ⅱ类只能用于一次高企申报，用过的写年份。",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False
        for name in ("granted_on", "expires_on"):
            self.fields[name].required = False
