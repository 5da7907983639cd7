"""Small charts as inline SVG, made here: no script, readable in print and in the dark. A table always stands beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

_W, _H, _LEFT, _RIGHT, _TOP, _BOTTOM = 320, 150, 44, 10, 12, 20


@dataclass(frozen=True, slots=True)
class Series:
    """One line. tone: "a", "b", "c" (css). values: under the years, None where nothing is known."""

    label: str
    tone: str
    values: Sequence[Decimal | None]


def short(value: Decimal | float) -> str:
    """1.2亿, 3400, 0.8: a number for an axis, in 万元 or 人."""
    number = Decimal(value)
    if abs(number) >= 10_000:
        return f"{(number / 10_000).quantize(Decimal('0.1')).normalize():f}亿"
    if abs(number) >= 100 or number == number.to_integral_value():
        return f"{number.quantize(Decimal(1)):f}"
    return f"{number.quantize(Decimal('0.1')):f}"


def line_chart(
    label: str, years: Sequence[int], series: Sequence[Series], *, money: bool = True
) -> SafeString:
    """Lines over years with two grid lines. label: what a screen reader says. "" when nothing is known."""
    known = [value for one in series for value in one.values if value is not None]
    if not known or len(years) < 2:
        return SafeString("")
    low, high = min(Decimal(0), *known), max(Decimal(0), *known)
    span = (high - low) or Decimal(1)
    step = Decimal(_W - _LEFT - _RIGHT) / (len(years) - 1)

    def at(index: int, value: Decimal) -> tuple[str, str]:
        x = _LEFT + step * index
        y = _TOP + (high - value) / span * (_H - _TOP - _BOTTOM)
        return f"{x:.1f}", f"{y:.1f}"

    parts = [_grid(low, high, span, money)]
    shown = sorted({0, len(years) // 2, len(years) - 1})
    parts.append(
        format_html_join(
            "",
            '<text class="axis" x="{}" y="{}" text-anchor="{}">{}</text>',
            (
                (
                    at(i, low)[0],
                    _H - 5,
                    "start" if i == 0 else "end" if i == len(years) - 1 else "middle",
                    years[i],
                )
                for i in shown
            ),
        )
    )
    for one in series:
        points = [(i, value) for i, value in enumerate(one.values) if value is not None]
        path = " ".join(
            f"{'L' if n and points[n - 1][0] == i - 1 else 'M'}{at(i, value)[0]} {at(i, value)[1]}"
            for n, (i, value) in enumerate(points)
        )
        parts.append(format_html('<path class="line {}" d="{}"/>', one.tone, path))
        parts.append(
            format_html_join(
                "",
                '<circle class="dot {}" cx="{}" cy="{}" r="2.4"><title>{} {}：{}</title></circle>',
                (
                    (one.tone, *at(i, value), years[i], one.label, f"{value.normalize():,f}")
                    for i, value in points
                ),
            )
        )
    return format_html(
        '<svg class="mini" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
        _W, _H, label, mark_safe("".join(parts)),
    )  # fmt: skip


def _grid(low: Decimal, high: Decimal, span: Decimal, money: bool) -> SafeString:
    values = sorted({low, Decimal(0), high, (low + high) / 2})
    return format_html_join(
        "",
        '<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/><text class="axis" x="{}" y="{}" text-anchor="end">{}</text>',
        (
            (
                _LEFT, _W - _RIGHT, f"{y:.1f}", f"{y:.1f}", _LEFT - 5, f"{y + 4:.1f}",
                short(value) if money else f"{value.quantize(Decimal(1)):f}",
            )
            for value in values
            for y in [_TOP + (high - value) / span * (_H - _TOP - _BOTTOM)]
        ),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bar:
    """Where a validity bar stands, in percent of the shown span."""

    start: str
    width: str
    tone: str


def validity_bar(issued: date, ends: date | None, first: date, last: date, today: date) -> Bar:
    """A title's time within [first, last]; green while valid, amber in its last 180 days, grey when over."""
    span = max(1, (last - first).days)
    start = max(0, (issued - first).days)
    stop = min(span, ((ends or last) - first).days)
    tone = (
        "over"
        if ends is not None and ends < today
        else "soon"
        if ends and (ends - today).days <= 180
        else "ok"
    )
    return Bar(f"{start * 100 / span:.2f}", f"{max(1.0, (stop - start) * 100 / span):.2f}", tone)
