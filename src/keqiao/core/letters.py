"""Type and lines of our .docx letters, after GB/T 9704-2012: titles 方正小标宋, headings 黑体, text 仿宋, Latin letters Times."""

from typing import Any

from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from keqiao.core.texts import plain_text

SONG, FANG, HEI, SMALL_SONG = "方正小标宋简体", "仿宋_GB2312", "黑体", "宋体"
LATIN = "Times New Roman"


def normal_type(document: Any, size: float) -> None:
    """The document's normal style: 仿宋 and Times at `size` points."""
    style = document.styles["Normal"]
    style.font.name, style.font.size = LATIN, Pt(size)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), FANG)


def upright_page(document: Any, *, top: float, bottom: float) -> None:
    """A4 upright; 28 mm to the left, 26 mm to the right, the others as given in millimetres."""
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(top), Mm(bottom)
    section.left_margin, section.right_margin = Mm(28), Mm(26)


def run(paragraph: Any, text: str, font: str, size: float) -> Run:
    """Text at the end of the paragraph; `font` for Chinese, points."""
    made: Run = paragraph.add_run(plain_text(text))
    made.font.name, made.font.size = LATIN, Pt(size)
    made._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
    return made


def line(
    document: Any, text: str, font: str, size: float, *, place: WD_ALIGN_PARAGRAPH = WD_ALIGN_PARAGRAPH.JUSTIFY,
    indent: float = 0, before: float | None = None, after: float = 0,
) -> Paragraph:  # fmt: skip
    """A paragraph of its own. before None: as the style has it. All lengths in points."""
    paragraph: Paragraph = document.add_paragraph()
    shape = paragraph.paragraph_format
    shape.alignment, shape.first_line_indent = place, Pt(indent)
    if before is not None:
        shape.space_before = Pt(before)
    shape.space_after, shape.line_spacing = Pt(after), Pt(max(26.0, size * 1.4))
    run(paragraph, text, font, size)
    return paragraph


def column_widths(table: Any, *millimetres: float) -> None:
    """Fixed widths in the grid and in every cell: Word reads the cells, LibreOffice the grid."""
    table.autofit = False
    for column, width in zip(table.columns, millimetres, strict=True):
        column.width = Mm(width)
    for row in table.rows:
        for cell, width in zip(row.cells, millimetres, strict=True):
            cell.width = Mm(width)
