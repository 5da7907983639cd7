"""Bar charts drawn on the server as SVG. The figures stand in the table below, so a chart is a picture with a name."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

_WIDTH, _TOP, _PLOT, _FOOT, _LEFT = 720, 14, 170, 26, 64


@dataclass(frozen=True, slots=True)
class Bar:
    """One place on the axis with a value a series, and where a click leads; "" = nowhere."""

    label: str
    values: tuple[Decimal, ...]
    hrefs: tuple[str, ...] = ()


def nice_top(most: Decimal) -> Decimal:
    """The end of an axis: 1, 2, 2.5 or 5 times a power of ten, not below `most`; 1 for nothing."""
    if most <= 0:
        return Decimal(1)
    power = Decimal(10) ** most.adjusted()
    return next(step * power for step in map(Decimal, ("1", "2", "2.5", "5", "10")) if step * power >= most)


def column_chart(
    name: str, series: Sequence[str], bars: Sequence[Bar], *, unit: str = "万元", place: str = ""
) -> SafeString:
    """Bars side by side, one colour a series (classes s0, s1). place: an id that is unique on the page."""
    if not bars:
        return SafeString("")
    top = nice_top(max((value for bar in bars for value in bar.values), default=Decimal(0)))
    slot = Decimal(_WIDTH - _LEFT) / len(bars)
    wide = min(slot * Decimal("0.72") / max(1, len(series)), Decimal(34))
    lines = format_html_join(
        "",
        '<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/><text class="tick" x="{}" y="{}" text-anchor="end">{}</text>',
        (
            (_LEFT, _WIDTH, y, y, _LEFT - 8, y + 4, f"{(top * part / 4).normalize():f}")
            for part in range(0, 5, 2)
            for y in [_TOP + _PLOT - _PLOT * part // 4]
        ),
    )
    marks = []
    for at, bar in enumerate(bars):
        middle = _LEFT + slot * at + slot / 2
        for number, value in enumerate(bar.values):
            high = (value / top * _PLOT).quantize(Decimal("0.1"))
            x = (middle - wide * len(bar.values) / 2 + wide * number).quantize(Decimal("0.1"))
            shape = format_html(
                '<rect class="s{}" x="{}" y="{}" width="{}" height="{}"><title>{} {} {} {}</title></rect>',
                number, x, _TOP + _PLOT - high, max(wide - 1, Decimal(1)).quantize(Decimal("0.1")), high, bar.label,
                series[number], f"{value:,.2f}", unit,
            )  # fmt: skip
            marks.append(shape)
        marks.append(
            format_html('<text class="tick" x="{}" y="{}" text-anchor="middle">{}</text>',
                        middle.quantize(Decimal("0.1")), _TOP + _PLOT + 18, bar.label)
        )  # fmt: skip
    key = format_html_join(
        "",
        '<li><i class="s{}" aria-hidden="true"></i>{}（{}）</li>',
        ((number, label, unit) for number, label in enumerate(series)),
    )
    return format_html(
        '<figure class="svg-chart"><ul class="key plain-list">{}</ul><svg viewBox="0 0 {} {}" role="img" aria-labelledby="{}-name">'
        '<title id="{}-name">{}，数值见下表</title>{}{}</svg></figure>',
        key, _WIDTH, _TOP + _PLOT + _FOOT, place, place, name, lines, SafeString("".join(marks)),
    )  # fmt: skip
