"""Forms of the policy library."""

from typing import Any

import yaml
from django import forms

from keqiao.policy.enums import Benefit, Service, TitleDay
from keqiao.policy.models import Policy
from keqiao.web.hall.forms import PlainForm
from keqiao.web.payment.forms import YuanField

_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
_AREA = forms.Textarea(attrs={"rows": 3})


class PolicyForm(PlainForm):
    title = forms.CharField(label="名称", max_length=200)
    document_no = forms.CharField(label="文号", required=False, max_length=80)
    issuer = forms.CharField(label="发布机关", max_length=160)
    issued_on = forms.DateField(label="发布日期", required=False, widget=_DAY)
    valid_from = forms.DateField(label="施行日期", widget=_DAY)
    valid_to = forms.DateField(label="有效期至", required=False, widget=_DAY, help_text="没有写明的留空。")
    division_code = forms.ChoiceField(label="适用地区", required=False)
    successor = forms.ModelChoiceField(
        Policy.objects.none(), label="接续政策", required=False, empty_label="没有"
    )
    reading = forms.CharField(label="一句话解读", required=False, max_length=600, widget=_AREA)
    source = forms.CharField(label="来源", required=False, max_length=300, help_text="原文的网址或文件名。")
    needs_checking = forms.BooleanField(label="待核实：还没有核对原文", required=False, initial=True)
    check_note = forms.CharField(label="待核实说明", required=False, max_length=300)


class YamlField(forms.CharField):
    """Rules as the jurist writes them."""

    def __init__(self, **more: Any) -> None:
        super().__init__(
            widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false", "class": "mono"}),
            required=False,
            max_length=20000,
            **more,
        )

    def clean(self, value: Any) -> Any:
        text = str(super().clean(value))
        try:
            found = yaml.safe_load(text) if text.strip() else None
        except yaml.YAMLError as problem:
            raise forms.ValidationError(f"这段规则读不出来：{problem}。请检查缩进和冒号。") from None
        if found is not None and not isinstance(found, dict):
            raise forms.ValidationError("这里应是“名称: 内容”的写法。")
        return _plain(found)


def _plain(value: Any) -> Any:
    """Dates as text, so that the rule can be kept as JSON."""
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


def as_yaml(value: Any) -> str:
    return yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=110) if value else ""


class MaterialsField(forms.CharField):
    """One paper a line; a * at the end makes it required."""

    def __init__(self, **more: Any) -> None:
        super().__init__(widget=_AREA, required=False, max_length=2000, **more)

    def clean(self, value: Any) -> Any:
        lines = [line.strip() for line in str(super().clean(value)).splitlines() if line.strip()]
        return [
            {"key": f"m{at}", "title": line.rstrip("* "), "is_required": line.endswith("*")}
            for at, line in enumerate(lines, 1)
        ]


class ItemForm(PlainForm):
    article = forms.CharField(label="条款", max_length=40, help_text="例如：第五条第一款。")
    title = forms.CharField(label="事项名称", max_length=160)
    service = forms.ChoiceField(label="兑现方式", choices=Service.choices)
    benefit = forms.ChoiceField(label="类别", choices=Benefit.choices)
    who = forms.CharField(label="支持对象（原文的意思）", required=False, max_length=1000, widget=_AREA)
    how_much = forms.CharField(label="支持标准（原文的意思）", required=False, max_length=1000, widget=_AREA)
    reading = forms.CharField(label="一句话解读", required=False, max_length=600, widget=_AREA)
    opens_on = forms.DateField(label="申报开始", required=False, widget=_DAY)
    closes_on = forms.DateField(label="申报截止", required=False, widget=_DAY)
    materials = MaterialsField(label="申报材料", help_text="一行一份，必交的在行末加 *。")
    exclusion_group = forms.CharField(
        label="从高不重复组", required=False, max_length=60, help_text="同组同一期只兑现最高的一项。"
    )
    purpose = forms.CharField(
        label="资金用途", required=False, max_length=60, help_text="同一用途同一期不重复支持。"
    )
    title_day = forms.ChoiceField(label="资格以哪天为准", choices=TitleDay.choices)
    second_over_fen = YuanField(label="单笔超过多少须复核", required=False, help_text="单位元，留空不限。")
    publicity_days = forms.IntegerField(
        label="公示工作日",
        min_value=1,
        max_value=30,
        initial=5,
        help_text="一般 3 至 7 个工作日，以本地文件为准（待核实）。",
    )
    order = forms.IntegerField(label="顺序", min_value=0, max_value=999, initial=0)
    book = YamlField(label="条件（机器可读）")
    formula = YamlField(label="金额（机器可读）")
