"""Streams between two columns as inline SVG; every stream is a link. A table with the same numbers stands beside it."""

from collections.abc import Callable, Mapping, Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

_W, _BAR, _GAP, _LEFT, _RIGHT = 760, 16, 14, 170, 170
_HEIGHT = 420
_LEAST = 3.0  # a stream of one firm is still to be hit with a finger


def stream_chart(
    label: str,
    counts: Mapping[tuple[str, str], int],
    order: Sequence[str],
    names: Mapping[str, str],
    href: Callable[[str, str], str],
    *,
    ranked: bool = True,
) -> SafeString:
    """ranked: lower in the order is higher on the ladder, so that streams rise or fall. counts: (from, to) -> firms; order: keys from top to bottom; names: what they are called. "" when there is nothing."""
    left = {key: sum(n for (a, _), n in counts.items() if a == key) for key in order}
    right = {key: sum(n for (_, b), n in counts.items() if b == key) for key in order}
    total = sum(left.values())
    if not total:
        return SafeString("")
    rows = max(sum(1 for n in left.values() if n), sum(1 for n in right.values() if n))
    scale = max(0.05, (_HEIGHT - _GAP * rows) / total)
    tops_left, end_left = _tops(order, left, scale)
    tops_right, end_right = _tops(order, right, scale)
    streams = _streams(counts, order, names, href, scale, dict(tops_left), dict(tops_right), ranked)
    bars = _bars(order, left, tops_left, names, scale, x=_LEFT, is_left=True) + _bars(
        order, right, tops_right, names, scale, x=_W - _RIGHT - _BAR, is_left=False
    )
    return format_html(
        '<svg class="streams" viewBox="0 0 {} {}" role="group" aria-label="{}">{}{}</svg>',
        _W, f"{max(end_left, end_right):.0f}", label, mark_safe("".join(streams)), mark_safe("".join(bars)),
    )  # fmt: skip


def _thick(count: int, scale: float) -> float:
    return max(_LEAST, count * scale)


def _tops(order: Sequence[str], sums: Mapping[str, int], scale: float) -> tuple[dict[str, float], float]:
    tops, y = {}, 6.0
    for key in order:
        if sums[key]:
            tops[key] = y
            y += max(18.0, sums[key] * scale) + _GAP
    return tops, y


def _streams(
    counts: Mapping[tuple[str, str], int], order: Sequence[str], names: Mapping[str, str],
    href: Callable[[str, str], str], scale: float, from_left: dict[str, float], from_right: dict[str, float],
    ranked: bool,
) -> list[SafeString]:  # fmt: skip
    start, end, middle = _LEFT + _BAR, _W - _RIGHT - _BAR, (_LEFT + _W - _RIGHT) / 2
    height = {key: at for at, key in enumerate(order)}
    found = []
    for a in order:
        for b in order:
            count = counts.get((a, b), 0)
            if not count:
                continue
            thick = _thick(count, scale)
            y1, y2 = from_left[a] + thick / 2, from_right[b] + thick / 2
            from_left[a] += count * scale
            from_right[b] += count * scale
            tone = "stay" if a == b else "up" if height[b] > height[a] else "down"
            if not ranked:
                tone = "born" if a == "absent" else "moved"
            if b == "gone":
                tone = "gone"
            words = f"{names[a]} → {names[b]}：{count} 家"
            found.append(format_html(
                '<a href="{}" aria-label="{}"><path class="{}" stroke-width="{}" d="M{} {} C{} {} {} {} {} {}"><title>{}</title></path></a>',
                href(a, b), words, tone, f"{thick:.1f}", start, f"{y1:.1f}", f"{middle:.0f}", f"{y1:.1f}", f"{middle:.0f}",
                f"{y2:.1f}", end, f"{y2:.1f}", words,
            ))  # fmt: skip
    return found


def _bars(
    order: Sequence[str], sums: Mapping[str, int], tops: Mapping[str, float], names: Mapping[str, str], scale: float,
    *, x: float, is_left: bool,
) -> list[SafeString]:  # fmt: skip
    at = x - 8 if is_left else x + _BAR + 8
    return [
        format_html_join(
            "",
            '<rect class="bar" x="{}" y="{}" width="{}" height="{}"/><text x="{}" y="{}" text-anchor="{}">{} <tspan class="n">{}</tspan></text>',
            [(
                x, f"{tops[key]:.1f}", _BAR, f"{max(2.0, sums[key] * scale):.1f}", at,
                f"{tops[key] + max(18.0, sums[key] * scale) / 2 + 5:.1f}", "end" if is_left else "start", names[key], sums[key],
            )],
        )
        for key in order
        if sums[key]
    ]  # fmt: skip
