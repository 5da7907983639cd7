"""The draft as a form: the head, every figure of the law, and the whole text for what the table cannot say."""

from collections.abc import Mapping
from copy import deepcopy
from decimal import Decimal, InvalidOperation
from typing import Any

import yaml
from django import forms

from keqiao.core.errors import BadInput

HEAD = ("title", "source", "valid_from", "valid_to", "region", "about")


class HeadForm(forms.Form):
    """Name, source and days of a version."""

    title = forms.CharField(label="版本名称", max_length=120)
    source = forms.CharField(label="来源（文件名称和文号）", max_length=200)
    valid_from = forms.DateField(label="生效日期", widget=forms.DateInput(attrs={"type": "date"}))
    valid_to = forms.DateField(
        label="失效日期",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="没有写明就空着",
    )
    region = forms.RegexField(
        label="地区",
        regex=r"^\d{0,6}$",
        required=False,
        help_text="区划代码的开头，如 21 是辽宁；空着表示全国",
    )
    about = forms.CharField(
        label="说明", max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    reason = forms.CharField(
        label="修改理由",
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="送审前须填写，审定人据此判断",
    )


class _Loader(yaml.SafeLoader):
    """Plain YAML: aliases are refused, a few of them can stand for millions of lines."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]  # its stubs leave it open
            raise yaml.MarkedYAMLError(problem_mark=mark)
        return super().compose_node(parent, index)


class TextForm(forms.Form):
    """The whole version as text."""

    text = forms.CharField(
        label="全文",
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 34, "spellcheck": "false", "class": "code"}),
    )
    reason = forms.CharField(
        label="修改理由", max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def to_data(self) -> dict[str, Any]:
        """The version that was written. Raises BadInput with the line when it is no YAML."""
        try:
            found = yaml.load(self.cleaned_data["text"], _Loader)
        except yaml.YAMLError as refusal:
            mark = getattr(refusal, "problem_mark", None)
            where = f"第 {mark.line + 1} 行第 {mark.column + 1} 列" if mark else ""
            raise BadInput(
                f"全文{where}读不下去，多半是缩进、引号或冒号写错，或用了别名（*）。请核对。",
                code="rules.text",
                field="text",
            ) from None
        if not isinstance(found, dict):
            raise BadInput(
                "全文应是一个版本的“名称: 内容”。请对照 docs/rules.md 的格式。",
                code="rules.text",
                field="text",
            )
        return found


def as_text(data: Mapping[str, Any]) -> str:
    """The version as YAML, in the order it was written."""
    return yaml.safe_dump(dict(data), allow_unicode=True, sort_keys=False, width=110)


def head_of(data: Mapping[str, Any], reason: str) -> dict[str, Any]:
    """Initial values of the head."""
    return {name: data.get(name) or "" for name in HEAD} | {"reason": reason}


def figure_rows(data: Mapping[str, Any], posted: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """The figures as rows of inputs. posted: what was sent, shown again when it was refused."""
    rows = []
    for name, given in (data.get("values") or {}).items():
        for number, one in enumerate(given if isinstance(given, list) else [given]):
            key = f"v-{name}-{number}"
            row = {"key": key, "title": one.get("title", name), "unit": one.get("unit", ""), "name": name}
            for part in ("value", "article", "from", "to", "region"):
                held = one.get(part)
                row[part] = "" if held is None else str(held)
                if posted is not None:
                    row[part] = posted.get(f"{key}-{part}", row[part])
            row["verify"] = f"{key}-verify" in posted if posted is not None else bool(one.get("verify"))
            row["dated"] = isinstance(given, list)
            rows.append(row)
    return rows


def _figure(raw: str, before: Any, title: str) -> Any:
    """The new figure in the kind of the old one."""
    raw = raw.strip().replace("，", "").replace(",", "") if not isinstance(before, str) else raw.strip()
    if raw == "":
        raise BadInput(f"“{title}”没有填写数值。请填写，或在全文里删去这一项。", code="rules.figure")
    if isinstance(before, str) and not _is_number(before):
        return raw
    try:
        value = Decimal(raw)
    except InvalidOperation:
        raise BadInput(f"“{title}”的值“{raw}”不是数字。请填写数字。", code="rules.figure") from None
    if not value.is_finite():
        raise BadInput(f"“{title}”的值“{raw}”不是数字。请填写数字。", code="rules.figure")
    return int(value) if value == value.to_integral_value() else float(value)


def _is_number(text: str) -> bool:
    try:
        Decimal(text)
    except InvalidOperation:
        return False
    return True


def with_figures(
    data: Mapping[str, Any], head: Mapping[str, Any], posted: Mapping[str, str]
) -> dict[str, Any]:
    """The version with the head and figures of the form in it. Raises BadInput naming the figure."""
    found = deepcopy(dict(data))
    for name in HEAD:
        value = head.get(name)
        if value in (None, ""):
            found.pop(name, None)
        else:
            found[name] = value.isoformat() if hasattr(value, "isoformat") else value
    for name, given in (found.get("values") or {}).items():
        for number, one in enumerate(given if isinstance(given, list) else [given]):
            key = f"v-{name}-{number}"
            if f"{key}-value" not in posted:
                continue
            one["value"] = _figure(posted[f"{key}-value"], one["value"], str(one.get("title", name)))
            for part in ("article", "from", "to", "region"):
                text = posted.get(f"{key}-{part}", "").strip()
                if text:
                    one[part] = text
                elif f"{key}-{part}" in posted:
                    one.pop(part, None)
            one["verify"] = f"{key}-verify" in posted
            if not one["verify"]:
                one.pop("verify")
    return found
