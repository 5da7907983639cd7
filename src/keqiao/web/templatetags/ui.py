"""Words for templates: icons, chips, money and days in Chinese, marked text, fields, addresses."""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import segno
from django import template
from django.core.paginator import Page
from django.forms import BoundField, CheckboxInput, ClearableFileInput, RadioSelect, Select, Textarea
from django.forms.widgets import CheckboxSelectMultiple
from django.http import HttpRequest
from django.template.base import FilterExpression, Parser, Token
from django.template.context import Context
from django.templatetags.static import static
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from keqiao.web.words import ago, day, error_words, moment, money_wan, remaining, thousands

register = template.Library()

SPRITE = Path(__file__).resolve().parent.parent / "static" / "keqiao" / "icons.svg"
TONES = ("", "brand", "green", "amber", "red", "plain", "outline")
Segment = tuple[str, bool | str]  # the text, and whether it is a hit: True, or the kind "rel", "del", "ins"
_PIECE = re.compile(r"[0-9][0-9.,:-]*|[A-Za-z]+|.", re.DOTALL)
DIFF_LIMIT = 1500  # characters a side; difflib is quadratic, longer fields are shown whole


# ── icons and chips ──────────────────────────────────────────────────────────


@lru_cache(maxsize=1)
def icon_names() -> frozenset[str]:
    """Names of the symbols in icons.svg."""
    return frozenset(re.findall(r'<symbol id="([\w-]+)"', SPRITE.read_text(encoding="utf-8")))


def icon_svg(name: str, label: str = "") -> SafeString:
    """The icon as an <svg>; a name that is not in the sprite becomes a plain circle. label: read out; "" = decoration."""
    shown = name if name in icon_names() else "circle"
    href = f"{static('keqiao/icons.svg')}#{shown}"
    if label:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}"/></svg>', label, href)
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"/></svg>', href)


class IconNode(template.Node):
    def __init__(self, name: FilterExpression, label: FilterExpression | None) -> None:
        self.name = name
        self.label = label

    def render(self, context: Context) -> SafeString:
        return icon_svg(
            str(self.name.resolve(context)), str(self.label.resolve(context)) if self.label else ""
        )


@register.tag
def icon(parser: Parser, token: Token) -> IconNode:
    """{% icon "search" %} or {% icon name "搜索" %}. A literal name that is not in the sprite fails when the template is read."""
    bits = token.split_contents()[1:]
    if len(bits) not in (1, 2):
        raise template.TemplateSyntaxError(
            'icon 的写法是 {% icon "名称" %} 或 {% icon "名称" "读出来的文字" %}。'
        )
    if bits[0][0] in "\"'" and (name := bits[0].strip("\"'")) not in icon_names():
        near = (
            "、".join(difflib.get_close_matches(name, sorted(icon_names()), n=5, cutoff=0.4))
            or "见 styleguide.html"
        )
        raise template.TemplateSyntaxError(f"图标库里没有 {name!r}；相近的有：{near}。")
    return IconNode(
        parser.compile_filter(bits[0]), parser.compile_filter(bits[1]) if len(bits) == 2 else None
    )


@register.simple_tag
def chip(text: object, tone: str = "", icon: str = "", href: str = "") -> SafeString:
    """{% chip "中试" "green" %}. tone: brand (default), green, amber, red, plain, outline."""
    classes = f"chip {tone}" if tone in TONES and tone not in ("", "brand") else "chip"
    picture = icon_svg(icon) if icon else ""
    if href:
        return format_html('<a class="{}" href="{}">{}{}</a>', classes, href, picture, text)
    return format_html('<span class="{}">{}{}</span>', classes, picture, text)


@register.simple_tag
def flag_verify(source: object = "") -> SafeString:
    """待核实: this figure or rule comes from a source that nobody has checked yet. source: where it comes from."""
    title = f"来源尚未核实：{source}" if source else "来源尚未核实，使用前请查对原文。"
    return format_html('<span class="flag-verify" title="{}">{}待核实</span>', title, icon_svg("flag"))


@register.simple_tag
def bar(value: float | Decimal | int | None, most: float | Decimal | int = 100, tone: str = "") -> SafeString:
    """A horizontal bar, value of most. Decoration: the number must stand beside it in words."""
    share = 0.0 if not value or not most else min(100.0, max(0.0, float(value) / float(most) * 100))
    return format_html(
        '<svg class="bar-line {}" aria-hidden="true" preserveAspectRatio="none"><rect width="{}%" height="100%"/></svg>',
        tone if tone in TONES else "",
        f"{share:.1f}",
    )


@register.simple_tag
def qr(text: str) -> SafeString:
    """The QR code of an address as inline SVG."""
    return mark_safe(
        segno.make(text, error="m").svg_inline(border=2, svgclass=None, lineclass=None, omitsize=True)
    )


for word in (money_wan, day, moment, ago, remaining, thousands):
    register.filter(word)


# ── marked text and differences ──────────────────────────────────────────────


@register.filter
def marked(segments: str | Iterable[Segment] | None) -> SafeString:
    """[(text, is_hit)] → escaped text with <mark>. is_hit may be "rel" (near in meaning), "del" or "ins"; a str has no marks."""
    if segments is None:
        return SafeString("")
    if isinstance(segments, str):
        return conditional_escape(segments)
    return format_html_join("", "{}", ((_mark(text, hit),) for text, hit in segments))


def _mark(text: str, hit: bool | str) -> SafeString:
    if not hit:
        return conditional_escape(text)
    if hit in ("rel", "del", "ins"):
        return format_html('<mark class="{}">{}</mark>', hit, text)
    return format_html("<mark>{}</mark>", text)


def diff_segments(old: str, new: str) -> tuple[list[Segment], list[Segment]]:
    """Both sides with what was taken out ("del") and put in ("ins"): numbers and Latin words whole, Chinese by character.

    A text over DIFF_LIMIT characters is marked as a whole.
    """
    if old == new or max(len(old), len(new)) > DIFF_LIMIT:
        return [(old, False if old == new else "del")], [(new, False if old == new else "ins")]
    before, after = _PIECE.findall(old), _PIECE.findall(new)
    left: list[Segment] = []
    right: list[Segment] = []
    for op, a, b, c, d in difflib.SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes():
        if a != b:
            left.append(("".join(before[a:b]), False if op == "equal" else "del"))
        if c != d:
            right.append(("".join(after[c:d]), False if op == "equal" else "ins"))
    return left, right


@register.simple_tag
def diff_text(old: object, new: object) -> dict[str, SafeString]:
    """{% diff_text change.old change.new as d %} then d.old and d.new. An empty side reads 未填."""
    none = mark_safe('<span class="none">未填</span>')
    before, after = "" if old is None else str(old), "" if new is None else str(new)
    if not before or not after:
        return {
            "old": marked([(before, "del")]) if before else none,
            "new": marked([(after, "ins")]) if after else none,
        }
    left, right = diff_segments(before, after)
    return {"old": marked(left), "new": marked(right)}


# ── addresses and lists ──────────────────────────────────────────────────────


@register.simple_tag(takes_context=True)
def query_with(context: Context, **changes: object) -> str:
    """This address's query with some parameters changed: {% query_with page=3 %} → "?q=番茄&page=3".

    None or "" removes a parameter; changing anything but `page` goes back to the first page. A list gives several values.
    """
    request: HttpRequest | None = context.get("request")
    if request is None:
        raise template.TemplateSyntaxError("query_with 需要模板里有 request。")
    query = request.GET.copy()
    if "page" not in changes:
        query.pop("page", None)
    for name, value in changes.items():
        if value is None or value == "":
            query.pop(name, None)
        elif isinstance(value, list | tuple):
            query.setlist(name, [str(one) for one in value])
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}" if query else request.path


@register.filter
def chosen_options(facets: Iterable[Mapping[str, Any]] | None) -> list[Mapping[str, Any]]:
    """The chosen options of all groups, in order."""
    return [option for group in facets or () for option in group["options"] if option.get("chosen")]


@register.filter
def page_numbers(page: "Page[Any]") -> Iterator[int | None]:
    """Page numbers around this one, None where some are left out: 1 None 4 5 6 None 62."""
    last = int(getattr(page, "last_shown", page.paginator.num_pages))
    near = {1, last, page.number, page.number - 1, page.number + 1, page.number - 2, page.number + 2}
    before = 0
    for number in sorted(n for n in near if 1 <= n <= last):
        if number - before == 2:
            yield number - 1
        elif number - before > 2:
            yield None
        yield number
        before = number


@register.filter
def cells(
    row: Mapping[str, Any] | Sequence[Any], columns: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Each cell of a row with its column: {column, cell}. A cell is a text or {text, href, chip, tone, sub, bad, warn}."""
    values = row["cells"] if isinstance(row, Mapping) else row
    return [
        {"column": column, "cell": value if isinstance(value, Mapping) else {"text": value}}
        for column, value in zip(columns, values, strict=True)
    ]


@register.filter
def cell_text(value: object) -> SafeString | str:
    """A table cell's value: segments are marked, numbers get thousands, everything else is itself."""
    if isinstance(value, list | tuple):
        return marked(value)
    return (
        thousands(value)
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool)
        else str(value)
    )


# ── fields ───────────────────────────────────────────────────────────────────


@register.inclusion_tag("_parts/field.html")
def field(
    bound: BoundField, help: str = "", unit: str = "", counter: int = 0, optional: bool = False
) -> dict[str, Any]:
    """A Django form field with label, required mark, help, error and, for text, a counter.

    unit: 万元, 天. counter: most characters (0 = the field's max_length for textareas). optional: shows 选填.
    """
    widget = bound.field.widget
    most = counter or (getattr(bound.field, "max_length", None) if isinstance(widget, Textarea) else 0) or 0
    identity = str(bound.auto_id or bound.html_name)
    advice = help or str(bound.help_text)
    described = [
        f"{identity}_{kind}"
        for kind, there in (("help", advice), ("err", bound.errors), ("count", most))
        if there
    ]
    attrs: dict[str, Any] = {}
    if described:
        attrs["aria-describedby"] = " ".join(described)
    if bound.errors:
        attrs["aria-invalid"] = "true"
    if most:
        attrs |= {"data-counter": f"{identity}_count", "data-max": most}
    is_group = isinstance(widget, RadioSelect | CheckboxSelectMultiple)
    return {
        "bound": bound,
        "control": bound.as_widget(attrs=_with_own(widget.attrs, attrs)),
        "identity": identity,
        "help": advice,
        "errors": error_words(bound),
        "unit": unit,
        "counter": most,
        "optional": optional,
        "is_group": is_group,
        "is_check": isinstance(widget, CheckboxInput),
        "is_hidden": widget.is_hidden,
        "is_file": isinstance(widget, ClearableFileInput),
        "is_select": isinstance(widget, Select) and not is_group,
    }


def _with_own(own: Mapping[str, Any], attrs: dict[str, Any]) -> dict[str, Any]:
    """Keeps an aria-describedby that the form itself has set beside ours."""
    if "aria-describedby" in own and "aria-describedby" in attrs:
        return attrs | {"aria-describedby": f"{own['aria-describedby']} {attrs['aria-describedby']}"}
    return attrs


@register.filter
def error_list(form: Any) -> list[dict[str, str]]:
    """All errors of a form as {label, text, target}; target is the id of the field, "" for the form's own errors."""
    found = [{"label": "", "text": str(text), "target": ""} for text in form.non_field_errors()]
    for bound in form:
        found += [
            {"label": str(bound.label), "text": str(text), "target": str(bound.id_for_label or bound.auto_id)}
            for text in error_words(bound)
        ]
    return found


@register.filter
def joined(items: Iterable[object] | None, mark: str = "、") -> SafeString:
    """Texts in one line, 、 between them."""
    return format_html_join(mark, "{}", ((item,) for item in items or ()))
