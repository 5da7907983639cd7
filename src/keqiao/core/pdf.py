"""A small writer of PDF pages in Chinese: text, ruled tables and QR squares, for papers of a page or two.

Set in STSong-Light (Adobe-GB1), one of the fonts that every PDF reader has a Song face for: nothing is embedded, so a
certificate is 6 KB. Weighed against reportlab, which sets the same font the same way and brings Pillow with it.
Positions are in millimetres from the upper left corner of A4, sizes in points.
"""

import unicodedata
import zlib
from collections.abc import Sequence
from typing import IO

WIDE, HIGH = 210.0, 297.0
_MM = 72 / 25.4
_FONT = "STSong-Light"


def text_width(text: str, size: float) -> float:
    """Millimetres that a line takes: a full width a Chinese character, half of it a Latin one."""
    units = sum(1.0 if unicodedata.east_asian_width(char) in "WFA" else 0.5 for char in text)
    return units * size / _MM


def wrapped(text: str, width: float, size: float) -> list[str]:
    """The text in lines of at most `width` millimetres. Closing marks never begin a line; numbers stay whole."""
    lines: list[str] = []
    for part in text.split("\n"):
        line = ""
        for piece in _pieces(part):
            if (
                line
                and text_width(line + piece, size) > width
                and piece[0] not in "，。；：、）》」』！？%）"
            ):
                lines.append(line)
                line = ""
            line += piece
            while text_width(line, size) > width and len(line) > 1:  # one long run of digits or letters
                fits = next(
                    at for at in range(len(line), 0, -1) if text_width(line[:at], size) <= width or at == 1
                )
                if len(line) - fits <= 1 and line[-1] in "，。；：、）":
                    break
                lines.append(line[:fits])
                line = line[fits:]
        lines.append(line)
    return lines


def _pieces(text: str) -> list[str]:
    """Characters, runs of ASCII without blanks taken together."""
    found: list[str] = []
    for char in text:
        if found and char.isascii() and char != " " and found[-1][-1].isascii() and found[-1][-1] != " ":
            found[-1] += char
        else:
            found.append(char)
    return found


class Page:
    """One page; every call adds to its drawing."""

    def __init__(self) -> None:
        self.drawing: list[str] = []

    def text(self, x: float, y: float, text: str, size: float = 12, *, bold: bool = False) -> None:
        """A line whose baseline is at y."""
        shown = "".join(char if 32 <= ord(char) < 0x10000 else "〓" for char in text)
        code = shown.encode("utf-16-be", "replace").hex()
        mode = f"2 Tr {size * 0.022:.2f} w" if bold else "0 Tr"
        self.drawing.append(
            f"BT /F1 {size:g} Tf {mode} {x * _MM:.2f} {(HIGH - y) * _MM:.2f} Td <{code}> Tj ET"
        )

    def centred(self, y: float, text: str, size: float, *, bold: bool = False) -> None:
        self.text((WIDE - text_width(text, size)) / 2, y, text, size, bold=bold)

    def right(self, x: float, y: float, text: str, size: float) -> None:
        """A line that ends at x."""
        self.text(x - text_width(text, size), y, text, size)

    def line(self, x1: float, y1: float, x2: float, y2: float, wide: float = 0.6) -> None:
        self.drawing.append(
            f"{wide:g} w {x1 * _MM:.2f} {(HIGH - y1) * _MM:.2f} m {x2 * _MM:.2f} {(HIGH - y2) * _MM:.2f} l S"
        )

    def squares(self, x: float, y: float, side: float, rows: Sequence[Sequence[int]]) -> None:
        """A matrix of filled squares (a QR code), `side` millimetres wide."""
        step = side / len(rows)
        found = [
            f"{(x + at * step) * _MM:.3f} {(HIGH - y - (row + 1) * step) * _MM:.3f} {step * _MM:.3f} {step * _MM:.3f} re"
            for row, cells in enumerate(rows)
            for at, cell in enumerate(cells)
            if cell
        ]
        self.drawing.append("\n".join(found) + " f")

    def table(
        self, x: float, y: float, widths: Sequence[float], rows: Sequence[Sequence[str]], *, size: float = 11, pad: float = 2.2
    ) -> float:  # fmt: skip
        """A ruled table; returns the y below it. Texts wrap, a row is as high as its longest cell."""
        whole, leading = sum(widths), size * 1.45 / _MM
        top = y
        self.line(x, y, x + whole, y)
        for row in rows:
            cells = [wrapped(text, width - 2 * pad, size) for text, width in zip(row, widths, strict=True)]
            high = max(len(lines) for lines in cells) * leading + 2 * pad
            left = x
            for lines, width in zip(cells, widths, strict=True):
                space = (high - len(lines) * leading) / 2
                for at, line in enumerate(lines):
                    self.text(left + pad, y + space + leading * at + size * 1.1 / _MM, line, size)
                left += width
            y += high
            self.line(x, y, x + whole, y)
        left = x
        for width in (0.0, *widths):
            left += width
            self.line(left, top, left, y)
        return y


def height_of(widths: Sequence[float], row: Sequence[str], *, size: float = 11, pad: float = 2.2) -> float:
    """Millimetres that a row of `table` takes."""
    lines = max(len(wrapped(text, width - 2 * pad, size)) for text, width in zip(row, widths, strict=True))
    return lines * size * 1.45 / _MM + 2 * pad


def _escaped(text: str) -> str:
    return f"<feff{text.encode('utf-16-be', 'replace').hex()}>"


def write_pdf(pages: Sequence[Page], out: IO[bytes], *, title: str, author: str = "") -> None:
    """The pages as one PDF 1.5 file; the same pages give the same bytes."""
    count = len(pages)
    kids = " ".join(f"{6 + 2 * at} 0 R" for at in range(count))
    box = f"[0 0 {WIDE * _MM:.2f} {HIGH * _MM:.2f}]"
    objects: list[bytes] = [
        b"<< /Type /Catalog /Pages 2 0 R /Lang (zh-CN) /ViewerPreferences << /DisplayDocTitle true >> >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {count} >>".encode(),
        f"<< /Type /Font /Subtype /Type0 /BaseFont /{_FONT} /Encoding /UniGB-UCS2-H /DescendantFonts [4 0 R] >>".encode(),
        (
            f"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /{_FONT} /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) "
            "/Supplement 4 >> /DW 1000 /W [1 95 500 814 939 500] /FontDescriptor << /Type /FontDescriptor "
            f"/FontName /{_FONT} /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 /Ascent 880 /Descent -120 "
            "/CapHeight 880 /StemV 93 >> >>"
        ).encode(),
        f"<< /Title {_escaped(title)} /Author {_escaped(author)} >>".encode(),
    ]
    for at, page in enumerate(pages):
        drawing = zlib.compress("\n".join(page.drawing).encode("ascii"), 9)
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox {box} /Contents {7 + 2 * at} 0 R /Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        objects.append(
            f"<< /Length {len(drawing)} /Filter /FlateDecode >>\nstream\n".encode() + drawing + b"\nendstream"
        )
    written = bytearray(b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(written))
        written += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    start = len(written)
    rows = "".join(f"{place:010} 00000 n \n" for place in places)
    written += (
        f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{rows}trailer\n<< /Size {len(objects) + 1} /Root 1 0 R /Info 5 0 R >>\n"
        f"startxref\n{start}\n%%EOF\n"
    ).encode()
    out.write(bytes(written))
