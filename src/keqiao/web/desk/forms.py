"""The forms of the working side, built from `layouts`: they parse and clean, no more."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.db import models
from django.http import QueryDict
from django.utils import timezone

from keqiao.codes import divisions, lists
from keqiao.people.models import Organisation
from keqiao.registry.demand.models import Demand
from keqiao.registry.intake.amounts import read_money
from keqiao.registry.intake.dates import read_when
from keqiao.registry.intake.metrics import read_metrics
from keqiao.registry.records.display import column, list_of
from keqiao.registry.records.models import Record
from keqiao.registry.records.nouns import model_of
from keqiao.registry.records.terms import add_months
from keqiao.web.desk.layouts import LAYOUTS, TIERS, Row, Section

_SEPARATORS = re.compile(r"[、;；\n]+|(?<!\d),(?!\d)|，")
_LONG = 200  # a character field longer than this is written in a text area
# Form field -> (column in yuan, the flag that says 面议)
MONEY: Mapping[str, tuple[str, str]] = {
    "budget": ("budget_yuan", "is_budget_open"),
    "pay_to_partner": ("pay_to_partner_yuan", ""),
    "price": ("price_yuan", ""),
    "funding": ("funding_yuan", ""),
}
OPERATORS = (("≥", "不小于 ≥"), ("≤", "不大于 ≤"), ("=", "等于 ="), (">", "大于 >"), ("<", "小于 <"))
METRIC_PARTS = ("name", "operator", "value", "unit")


class WordsField(forms.CharField):
    """Several words in one line, 、 or ； between them; cleaned to a list."""

    def clean(self, value: Any) -> list[str]:
        return [word.strip() for word in _SEPARATORS.split(super().clean(value)) if word.strip()]

    def prepare_value(self, value: Any) -> Any:
        return "、".join(map(str, value)) if isinstance(value, list) else value


class MoneyField(forms.CharField):
    """A sum as people write it: 120, 120 万元, 1.2 亿, 面议. A bare number means 万元. Cleaned to (yuan, is_open)."""

    def clean(self, value: Any) -> tuple[Decimal | None, bool]:
        text = super().clean(value).strip()
        if not text:
            return None, False
        money = read_money(text, "万元")
        if money is None or (money.yuan is None and not money.is_open):
            raise forms.ValidationError(f"看不懂“{text}”。请写成“120 万元”这样，或写“面议”。", code="money")
        return money.yuan, money.is_open


class DeadlineField(forms.CharField):
    """A day or a span as people write it: 2027-12-31, 2027年底, 18个月内. Cleaned to (day, as written)."""

    def clean(self, value: Any) -> tuple[Any, str]:
        text = super().clean(value).strip()
        if not text:
            return None, ""
        when = read_when(text, is_deadline=True)
        if when is None:
            raise forms.ValidationError(f"看不懂“{text}”。请写成“2027-12-31”或“18 个月内”。", code="when")
        if when.on is None and when.months:
            return add_months(timezone.localdate(), when.months), text
        return when.on, text


@dataclass(frozen=True, slots=True)
class MetricRow:
    """One line of the metrics editor, as typed."""

    index: int
    name: str = ""
    operator: str = ""
    value: str = ""
    unit: str = ""


def county_choices() -> list[tuple[str, str]]:
    """Counties of the home city as choices; of no city, none: the code is typed."""
    home = settings.KEQIAO_HOME_DIVISION
    if not home:
        return []
    city = home.ljust(12, "0")
    rows = [
        row for row in (divisions.division(city), *divisions.children(city)) if row and not row.is_virtual
    ]
    return [(row.code, row.name) for row in rows]


def _code_field(list_key: str, *, several: bool) -> forms.Field:
    choices = lists.choices(list_key)
    if several:
        return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, required=False)
    return forms.ChoiceField(choices=[("", "请选择"), *choices], required=False)


def _field_of(model: type[Record], row: Row) -> forms.Field:
    if row.name in MONEY:
        return MoneyField(required=False)
    if row.name == "due":
        return DeadlineField(required=False)
    if row.name == "metrics_plain":
        return forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), required=False)
    if row.name == "disclosure":
        return forms.ChoiceField(choices=_tier_choices(), widget=forms.RadioSelect, required=False)
    if row.name == "division_code":
        counties = county_choices()
        if counties:
            return forms.ChoiceField(choices=[("", "请选择"), *counties], required=False)
    stored = column(model, row.name)
    list_key = list_of(model, row.name)
    is_list = isinstance(stored, models.JSONField)
    if list_key:
        return _code_field(list_key, several=is_list)
    if is_list:
        return WordsField(required=False)
    if isinstance(stored, models.BooleanField):
        return forms.BooleanField(required=False)
    if isinstance(stored, models.DateField):
        return forms.DateField(
            required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        )
    if isinstance(stored, models.IntegerField):
        return forms.IntegerField(required=False, min_value=1)
    if getattr(stored, "choices", None):
        return forms.ChoiceField(choices=list(stored.flatchoices), required=False)
    limit = getattr(stored, "max_length", None)
    if isinstance(stored, models.TextField) and not row.name.startswith("contact_"):
        return forms.CharField(widget=forms.Textarea(attrs={"rows": 4}), required=False, max_length=20000)
    return forms.CharField(required=False, max_length=limit or 200)


def _tier_choices() -> list[tuple[str, str]]:
    field = model_of("demand")._meta.get_field("disclosure")
    return [(str(value), str(label)) for value, label in field.choices or () if value in TIERS]


class RecordForm(forms.Form):
    """The form of one kind. Nothing is required while it is a draft: what is missing the quality panel says."""

    kept_words = ""  # what was kept although something is wrong; the list of errors begins with it

    def __init__(
        self, kind: str, data: QueryDict | None = None, *, record: Record | None = None, officer: bool = False
    ) -> None:
        self.kind, self.model, self.record = kind, model_of(kind), record
        self.sections = tuple(
            Section(s.key, s.title, s.hint, tuple(r for r in s.rows if officer or not r.officers_only))
            for s in LAYOUTS[kind]
        )
        super().__init__(data, initial=initial_of(record) if record is not None else {"disclosure": "public"})
        for row in (row for section in self.sections for row in section.rows):
            field = _field_of(self.model, row)
            field.label = row.label or str(column(self.model, row.name).verbose_name)
            field.help_text = row.help
            if row.placeholder:
                field.widget.attrs["placeholder"] = row.placeholder
            if row.name == "contact_phone":
                field.widget.attrs |= {"inputmode": "tel", "autocomplete": "tel"}
            if row.required and isinstance(field, forms.BooleanField):
                field.label = f"我承诺：{field.label}"
            self.fields[row.name] = field
        self.use_required_attribute = False

    @property
    def has_metrics(self) -> bool:
        return self.kind == "demand"

    def shown_sections(self) -> list[dict[str, Any]]:
        """The sections with their bound fields, neighbours of half width together."""
        return [{"section": section, "groups": self._groups(section)} for section in self.sections]

    def _groups(self, section: Section) -> list[dict[str, Any]]:
        groups: list[dict[str, Any]] = []
        for row in section.rows:
            item = {"row": row, "field": self[row.name]}
            if row.width == "half" and groups and groups[-1]["half"]:
                groups[-1]["items"].append(item)
            else:
                groups.append({"half": row.width == "half", "items": [item]})
        return groups

    def metric_rows(self, *, spare: int = 1) -> list[MetricRow]:
        """The lines of the metrics editor: those typed or stored, and `spare` empty ones (three at least)."""
        typed = list(self._typed_metrics()) if self.is_bound else []
        stored = self._stored("metrics") or [] if self.has_metrics and not self.is_bound else []
        rows = typed or [
            MetricRow(i, *(str(one.get(part, "")) for part in METRIC_PARTS))
            for i, one in enumerate(stored)
            if one.get("name")
        ]
        count = max(2, len(rows) + spare)
        return rows + [MetricRow(i) for i in range(len(rows), count)]

    def _typed_metrics(self) -> Iterator[MetricRow]:
        for index in range(60):
            parts = [str(self.data.get(f"metric-{index}-{part}", "")).strip() for part in METRIC_PARTS]
            if parts[0] or parts[2]:
                yield MetricRow(index, *parts)

    def values(self) -> dict[str, Any]:
        """What was typed, as fields of the model. What could not be read is left out: its error is on the form."""
        self.is_valid()
        found: dict[str, Any] = {}
        for name, value in self.cleaned_data.items():
            if not self._was_sent(name):
                continue
            if name in MONEY:
                yuan, flag = MONEY[name]
                found[yuan] = value[0]
                if flag:
                    found[flag] = value[1]
            elif name == "due":
                found["due_on"], found["due_text"] = self._due(*value)
            elif name == "metrics_plain":
                found["metrics"], found["metrics_text"] = self._metrics(value)
            elif name == "disclosure":
                found[name] = value or "public"
            else:
                found[name] = value
        if "organisation_name" in found and found["organisation_name"] != self._stored("organisation_name"):
            found["organisation"] = unit_named(found["organisation_name"])
        return found

    def _was_sent(self, name: str) -> bool:
        """Whether the page had this field. An empty tick box sends nothing, so a whole page says so by `version`."""
        if self.record is None or "version" in self.data:
            return True
        widget = self.fields[name].widget
        ticks = isinstance(widget, forms.CheckboxInput | forms.CheckboxSelectMultiple)
        return name in self.data if ticks else not widget.value_omitted_from_data(self.data, {}, name)

    def _stored(self, name: str) -> Any:
        return getattr(self.record, name, None) if self.record is not None else None

    def _due(self, day: Any, text: str) -> tuple[Any, str]:
        """The deadline. 18个月内 that was there before keeps its day: it is not counted anew at every edit."""
        if text and text == self._stored("due_text"):
            return self._stored("due_on"), text
        return day, "" if day is not None and text == day.isoformat() else text

    def _metrics(self, plain: str) -> tuple[list[dict[str, str]], str]:
        """The metrics of the editor's lines and of the text below, structured, and all of them as one text.

        What was stored in other words (不低于 95 %) keeps them as long as its parts are the same.
        """
        stored = list(self._stored("metrics") or ())
        words = {
            tuple(str(one.get(part, "")) for part in METRIC_PARTS): str(one.get("text", "")) for one in stored
        }
        rows = []
        for r in self._typed_metrics():
            parts = (r.name, r.operator, r.value, r.unit)
            rows.append(
                dict(zip(METRIC_PARTS, parts, strict=True)) | {"text": words.get(parts) or "".join(parts)}
            )
        known = {row["text"] for row in rows}
        rows += [metric.as_dict() for metric in read_metrics(plain) if metric.text not in known]
        if rows == stored and self.record is not None:
            return stored, str(self._stored("metrics_text"))
        return rows, "；".join(row["text"] for row in rows)


def unit_named(name: str) -> Organisation | None:
    """The one registered unit of this name in force; None when there is none or several."""
    found = list(Organisation.objects.filter(name=name.strip(), merged_into=None)[:2]) if name.strip() else []
    return found[0] if len(found) == 1 else None


def money_text(yuan: Decimal | None, is_open: bool) -> str:
    """A stored sum as one would type it: 120 万元, 面议."""
    if yuan is None:
        return "面议" if is_open else ""
    return f"{(yuan / 10_000).normalize():f} 万元"


def initial_of(record: Record) -> dict[str, Any]:
    """The stored values as one would have typed them."""
    initial: dict[str, Any] = {f.name: getattr(record, f.attname) for f in record._meta.concrete_fields}
    for name, (yuan, flag) in MONEY.items():
        if hasattr(record, yuan):
            initial[name] = money_text(getattr(record, yuan), bool(flag and getattr(record, flag)))
    if isinstance(record, Demand):
        initial["due"] = record.due_text or (record.due_on.isoformat() if record.due_on else "")
        nameless = [str(one.get("text", "")) for one in record.metrics if not one.get("name")]
        initial["metrics_plain"] = "；".join(nameless) or ("" if record.metrics else record.metrics_text)
    if isinstance(initial.get("title"), str) and initial["title"].startswith("未命名的"):
        initial["title"] = ""
    return initial
