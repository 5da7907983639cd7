"""A calibration chart as SVG: what was foretold against what was judged. Plain text, no drawing library."""

from collections.abc import Sequence

SIZE, LEFT, TOP = 320, 56, 28
INK, GRID, LINE = "#1f2933", "#d5dbe1", "#1d6fb8"


def chart(title: str, points: Sequence[tuple[float, float, int]], across: str, up: str) -> str:
    """points: (foretold share, judged share, how many pairs), both 0..1. The diagonal is a perfect forecast; the
    area of a dot grows with its pairs."""
    most = max((count for _, _, count in points), default=1)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{SIZE + 96}" height="{SIZE + 84}" '
        f'font-family="sans-serif" font-size="12" fill="{INK}">',
        f'<rect width="100%" height="100%" fill="#ffffff"/><text x="{LEFT}" y="18">{title}</text>',
    ]
    for step in range(0, 11, 2):
        at = step / 10
        out.append(
            f'<path d="M{_x(at):.0f} {TOP}V{TOP + SIZE}M{LEFT} {_y(at):.0f}H{LEFT + SIZE}" stroke="{GRID}"/>'
        )
        out.append(f'<text x="{_x(at):.0f}" y="{TOP + SIZE + 16}" text-anchor="middle">{step * 10}%</text>')
        out.append(f'<text x="{LEFT - 6}" y="{_y(at) + 4:.0f}" text-anchor="end">{step * 10}%</text>')
    out.append(
        f'<path d="M{_x(0):.0f} {_y(0):.0f}L{_x(1):.0f} {_y(1):.0f}" stroke="{INK}" stroke-dasharray="4 4"/>'
    )
    way = "L".join(f"{_x(told):.1f} {_y(judged):.1f}" for told, judged, _ in points)
    out.append(f'<path d="M{way}" fill="none" stroke="{LINE}" stroke-width="1.5"/>')
    for told, judged, count in points:
        radius = 3 + 6 * (count / most) ** 0.5
        out.append(
            f'<circle cx="{_x(told):.1f}" cy="{_y(judged):.1f}" r="{radius:.1f}" fill="{LINE}" fill-opacity="0.75">'
            f"<title>{told:.0%} / {judged:.0%}，{count} 对</title></circle>"
        )
    out.append(f'<text x="{LEFT + SIZE / 2:.0f}" y="{TOP + SIZE + 38}" text-anchor="middle">{across}</text>')
    out.append(
        f'<text transform="translate(16 {TOP + SIZE / 2:.0f}) rotate(-90)" text-anchor="middle">{up}</text></svg>'
    )
    return "\n".join(out) + "\n"


def _x(share: float) -> float:
    return LEFT + share * SIZE


def _y(share: float) -> float:
    return TOP + (1 - share) * SIZE
