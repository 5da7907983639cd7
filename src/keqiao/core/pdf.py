"""Pages of PDF in Chinese for papers of a page or two: text, ruled tables and QR squares, over reportlab.

Set in STSong-Light, which every reader of PDF has a Song face for: nothing is embedded, a certificate stays small.
Positions are in millimetres from the upper left corner of A4, sizes in points.
"""

from collections.abc import Callable, Sequence
from html import escape
from typing import IO

from reportlab.lib import textsplit
from reportlab.lib.colors import black
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont, stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, Table, paragraph

WIDE, HIGH = 210.0, 297.0
_FONT = "STSong-Light"
_LINE = 0.6  # points

registerFont(UnicodeCIDFont(_FONT))
# reportlab knows the Japanese 、 and 。; these begin no Chinese line either
for module in (textsplit, paragraph):
    module.ALL_CANNOT_START += "，；：！？）》」』％"


def text_width(text: str, size: float) -> float:
    """Millimetres that a line takes."""
    return float(stringWidth(_shown(text), _FONT, size) / mm)


def _shown(text: str) -> str:
    """Control characters, and characters that the font's encoding has no place for, as 〓."""
    return "".join(char if char == "\n" or 32 <= ord(char) < 0x10000 else "〓" for char in text)


def _table(
    widths: Sequence[float], rows: Sequence[Sequence[str]], size: float, pad: float
) -> tuple[Table, float]:
    """A ruled table with wrapped cells, and the millimetres it takes from top to bottom."""
    style = ParagraphStyle("cell", fontName=_FONT, fontSize=size, leading=size * 1.45, wordWrap="CJK")
    cells = [[Paragraph(escape(_shown(text)).replace("\n", "<br/>"), style) for text in row] for row in rows]
    inside = [("GRID", (0, 0), (-1, -1), _LINE, black), ("VALIGN", (0, 0), (-1, -1), "MIDDLE")]
    inside += [(f"{side}PADDING", (0, 0), (-1, -1), pad * mm) for side in ("LEFT", "RIGHT", "TOP", "BOTTOM")]
    table = Table(cells, colWidths=[width * mm for width in widths], style=inside)
    return table, float(table.wrap(WIDE * mm, HIGH * mm)[1] / mm)


class Page:
    """One page; every call adds to its drawing."""

    def __init__(self) -> None:
        self.drawing: list[Callable[[Canvas], None]] = []

    def text(self, x: float, y: float, text: str, size: float = 12, *, bold: bool = False) -> None:
        """A line whose baseline is at y. bold: drawn with its outline, as the face has no bold cut."""

        def draw(canvas: Canvas) -> None:
            line = canvas.beginText(x * mm, (HIGH - y) * mm)
            line.setFont(_FONT, size)
            line.setTextRenderMode(2 if bold else 0)
            canvas.setLineWidth(size * 0.022 if bold else _LINE)
            line.textLine(_shown(text))
            canvas.drawText(line)

        self.drawing.append(draw)

    def centred(self, y: float, text: str, size: float, *, bold: bool = False) -> None:
        self.text((WIDE - text_width(text, size)) / 2, y, text, size, bold=bold)

    def right(self, x: float, y: float, text: str, size: float) -> None:
        """A line that ends at x."""
        self.text(x - text_width(text, size), y, text, size)

    def squares(self, x: float, y: float, side: float, rows: Sequence[Sequence[int]]) -> None:
        """A matrix of filled squares (a QR code), `side` millimetres wide."""
        step = side / len(rows)

        def draw(canvas: Canvas) -> None:
            for row, cells in enumerate(rows):
                for at, cell in enumerate(cells):
                    if cell:
                        low = HIGH - y - (row + 1) * step
                        canvas.rect((x + at * step) * mm, low * mm, step * mm, step * mm, stroke=0, fill=1)

        self.drawing.append(draw)

    def table(
        self, x: float, y: float, widths: Sequence[float], rows: Sequence[Sequence[str]], *, size: float = 11, pad: float = 2.2
    ) -> float:  # fmt: skip
        """A ruled table; returns the y below it. Texts wrap, a row is as high as its longest cell."""
        if not rows:
            return y
        table, high = _table(widths, rows, size, pad)
        self.drawing.append(lambda canvas: table.drawOn(canvas, x * mm, (HIGH - y - high) * mm))
        return y + high


def height_of(widths: Sequence[float], row: Sequence[str], *, size: float = 11, pad: float = 2.2) -> float:
    """Millimetres that a row of `table` takes."""
    return _table(widths, [row], size, pad)[1]


def write_pdf(pages: Sequence[Page], out: IO[bytes], *, title: str, author: str = "") -> None:
    """The pages as one PDF file; the same pages give the same bytes."""
    canvas = Canvas(out, pagesize=A4, invariant=1, pageCompression=0, lang="zh-CN")
    canvas.setTitle(title)
    canvas.setAuthor(author)
    for page in pages:
        for draw in page.drawing:
            canvas.saveState()
            draw(canvas)
            canvas.restoreState()
        canvas.showPage()
    canvas.save()
