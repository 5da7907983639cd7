"""A directory as .docx, after GB/T 9704-2012 as far as a list in landscape allows.

Type: title 方正小标宋 22 pt, headings 黑体 16 pt, text 仿宋 14 pt, tables 仿宋 10.5 pt, page number 宋体 14 pt between dashes,
odd pages right, even pages left. Each font names its replacements, for machines that lack it.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any
from xml.sax.saxutils import quoteattr

from django.utils import timezone
from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt
from docx.table import _Cell
from docx.text.paragraph import Paragraph

from keqiao.core.letters import FANG, HEI, SMALL_SONG, SONG, normal_type, run
from keqiao.core.texts import plain_text
from keqiao.directory.models import Directory
from keqiao.directory.spreadsheet import named

_NARROW = (
    35  # millimetres; narrower columns hold numbers and dates, centred and never broken at their hyphens
)
_REPLACED_BY = {
    SONG: "华文中宋,STZhongsong,Noto Serif CJK SC",
    FANG: "仿宋,FangSong,STFangsong,FandolFang,Noto Serif CJK SC",
    HEI: "SimHei,Noto Sans CJK SC",
    SMALL_SONG: "SimSun,Noto Serif CJK SC",
}


def write_document(directory: Directory, out: Path | IO[bytes]) -> None:
    """Write the directory as one .docx: head, list of demands with matches, list of achievements, signature."""
    document = Document()
    _page(document)
    _fonts(document)
    day = timezone.localdate(directory.published_at)
    date_words = f"{day.year}年{day.month}月{day.day}日"
    _line(document, directory.title, SONG, 22, WD_ALIGN_PARAGRAPH.CENTER, after=8)
    _line(document, f"{directory.number}", FANG, 14, WD_ALIGN_PARAGRAPH.CENTER, after=2)
    _line(document, f"{directory.issuer}    {date_words}", FANG, 14, WD_ALIGN_PARAGRAPH.CENTER, after=10)
    _line(document, _lead(directory), FANG, 14, WD_ALIGN_PARAGRAPH.JUSTIFY, indent=28, after=6)
    parts = [part for part in (_demands(directory), _achievements(directory)) if part[2]]
    for at, (title, columns, rows) in enumerate(parts):
        if at:
            document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
        heading = f"{'一二'[at]}、{title}" if len(parts) > 1 else title
        _line(document, heading, HEI, 16, WD_ALIGN_PARAGRAPH.LEFT, indent=32, after=6, keep=True)
        _table(document, columns, rows)
    _line(document, directory.issuer, FANG, 14, WD_ALIGN_PARAGRAPH.RIGHT, before=18, right=42, keep=True)
    _line(document, date_words, FANG, 14, WD_ALIGN_PARAGRAPH.RIGHT, right=42)
    document.core_properties.title, document.core_properties.author = directory.title, directory.issuer
    document.core_properties.subject, document.core_properties.comments = directory.number, ""
    document.save(str(out) if isinstance(out, Path) else out)


def _lead(directory: Directory) -> str:
    counts = []
    if directory.demand_count:
        counts.append(f"技术需求 {directory.demand_count} 项")
    if directory.achievement_count:
        counts.append(f"科技成果 {directory.achievement_count} 项")
    matched = sum(1 for one in directory.demands if one["matches"])
    text = f"本清单收入{'、'.join(counts)}"
    if matched:
        text += f"，其中 {matched} 项需求列有匹配成果及原文依据，供对接参考"
    chosen = directory.criteria.get("words", "")
    scope = f"选取范围：{chosen}。" if chosen else ""
    return (
        f"{text}。{scope}单位名称按填报单位选定的公开方式列出；有意对接的，请凭编号与{directory.issuer}联系。"
    )


Column = tuple[str, float]  # heading, width in millimetres
Part = tuple[str, Sequence[Column], list[list[str]]]


def _demands(directory: Directory) -> Part:
    """A row a demand, and under it, over the whole width, what is wanted and what answers it."""
    columns = (
        ("序号", 12), ("编号", 34), ("需求名称", 62), ("需求单位", 48), ("技术领域", 34), ("预算", 22), ("时限", 24), ("合作方式", 21),
    )  # fmt: skip
    rows = []
    for at, one in enumerate(directory.demands, start=1):
        unit = _lines(one["unit"], one["place"])
        rows.append(
            [str(at), one["number"], named(one), unit, one["fields"], one["budget"], one["due"], one["modes"]]
        )
        metrics = f"指标：{one['metrics']}" if one["metrics"] else ""
        rows.append(["内容与指标", _lines(one["content"], metrics)])
        if one["matches"]:
            rows.append(
                [
                    "匹配成果",
                    "\n".join(_match_words(n, match) for n, match in enumerate(one["matches"], start=1)),
                ]
            )
    return f"技术需求清单（{directory.demand_count} 项）", columns, rows


def _lines(*texts: str) -> str:
    return "\n".join(text for text in texts if text)


def _match_words(at: int, match: dict[str, Any]) -> str:
    evidence = f"依据：“{match['theirs']}”" if match["theirs"] else ""
    return f"{at}．{match['title']}（{match['unit']}，{match['number']}）{evidence}"


def _achievements(directory: Directory) -> Part:
    columns = (
        ("序号", 12), ("编号", 34), ("成果名称", 66), ("完成单位", 50), ("技术领域", 34), ("转化方式", 29), ("对应需求", 32),
    )  # fmt: skip
    rows = []
    for at, one in enumerate(directory.achievements, start=1):
        unit, terms = _lines(one["unit"], one["place"]), _lines(one["maturity"], one["modes"], one["price"])
        rows.append(
            [str(at), one["number"], named(one), unit, one["fields"], terms, "\n".join(one["demands"])]
        )
        if one["summary"]:
            rows.append(["成果简介", one["summary"]])
    return f"科技成果清单（{directory.achievement_count} 项）", columns, rows


# --- page and type -----------------------------------------------------------------------------------------------


def _page(document: Any) -> None:
    """A4 turned: the standard's 37/35 mm lie left and right, 28/26 mm above and below."""
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    section.top_margin, section.bottom_margin = Mm(24), Mm(22)
    section.left_margin = section.right_margin = Mm(20)
    section.footer_distance = Mm(13)
    document.settings.odd_and_even_pages_header_footer = True
    for footer, place in (
        (section.footer, WD_ALIGN_PARAGRAPH.RIGHT),
        (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT),
    ):
        footer.is_linked_to_previous = False
        paragraph = footer.paragraphs[0]
        paragraph.alignment = place
        side = paragraph.paragraph_format
        side.left_indent = side.right_indent = Pt(14)
        run(paragraph, "— ", SMALL_SONG, 14)
        _field(paragraph, "PAGE")
        run(paragraph, " —", SMALL_SONG, 14)


def _field(paragraph: Paragraph, code: str) -> None:
    """A field such as PAGE, computed by the program that opens the file."""
    for kind, text in (("begin", ""), ("", code), ("separate", ""), ("text", "1"), ("end", "")):
        made = run(paragraph, "1" if kind == "text" else "", SMALL_SONG, 14)
        if kind == "text":
            continue
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = text
        made._r.append(element)


def _fonts(document: Any) -> None:
    """Name the replacements of each font in the file's font table, and set the normal style."""
    normal_type(document, 14)
    entries = "".join(
        f'<w:font w:name={quoteattr(name)}><w:altName w:val={quoteattr(others)}/><w:charset w:val="86"/></w:font>'
        for name, others in _REPLACED_BY.items()
    )
    table = document.part.part_related_by(RELATIONSHIP_TYPE.FONT_TABLE)
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    table._blob = f"{head}<w:fonts {nsdecls('w')}>{entries}</w:fonts>".encode()


def _unbroken(paragraph: Paragraph, text: str, font: str) -> None:
    """A number or a date that no line ends inside; searching for it with plain hyphens still finds it."""
    made = run(paragraph, "", font, 10.5)
    for at, part in enumerate(plain_text(text).split("-")):
        if at:
            made._r.append(OxmlElement("w:noBreakHyphen"))
        made.add_text(part)


def _line(
    document: Any,
    text: str,
    font: str,
    size: float,
    place: WD_ALIGN_PARAGRAPH,
    *,
    before: float = 0,
    after: float = 0,
    indent: float = 0,
    right: float = 0,
    keep: bool = False,
) -> Paragraph:
    paragraph: Paragraph = document.add_paragraph()
    shape = paragraph.paragraph_format
    shape.alignment, shape.space_before, shape.space_after = place, Pt(before), Pt(after)
    shape.first_line_indent, shape.right_indent = Pt(indent), Pt(right)
    shape.line_spacing, shape.keep_with_next = Pt(max(28.95, size * 1.35)), keep
    run(paragraph, text, font, size)
    return paragraph


def _table(document: Any, columns: Sequence[Column], rows: list[list[str]]) -> None:
    """Single lines, fixed widths, the heading row on every page, no row torn over two pages.

    A row of two texts belongs to the one above: a label, and a text over the other columns.
    """
    table = document.add_table(rows=1 + len(rows), cols=len(columns))
    table.style, table.autofit, table.alignment = "Table Grid", False, WD_TABLE_ALIGNMENT.CENTER
    for column, (_, width) in zip(table.columns, columns, strict=True):
        column.width = Mm(width)
    lines = list(table.rows)
    _mark(lines[0], "w:tblHeader")
    texts = [[heading for heading, _ in columns], *rows]
    for at, (line, values) in enumerate(zip(lines, texts, strict=True)):
        _mark(line, "w:cantSplit")
        cells = line.cells
        for cell, (_, width) in zip(cells, columns, strict=True):
            cell.width = Mm(width)
        keep = at == 0 or (at + 1 < len(texts) and len(texts[at + 1]) == 2)
        if len(values) == 2:
            _span_down(cells[0], begins=False)
            _cell(cells[1], values[0], HEI, is_middle=True, keep=keep)
            _cell(cells[2].merge(cells[-1]), values[1], FANG, is_middle=False, keep=keep)
            continue
        if at and keep:
            _span_down(cells[0], begins=True)
        for cell, text, (_, width) in zip(cells, values, columns, strict=True):
            _cell(cell, text, HEI if at == 0 else FANG, is_middle=at == 0 or width < _NARROW, keep=keep)


def _span_down(cell: _Cell, *, begins: bool) -> None:
    """Join the cell with those below it (begins) or above it; python-docx's own merge walks the whole table."""
    mark = OxmlElement("w:vMerge")
    if begins:
        mark.set(qn("w:val"), "restart")
    cell._tc.get_or_add_tcPr().append(mark)


def _mark(row: Any, name: str) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement(name))


def _cell(cell: _Cell, text: str, font: str, *, is_middle: bool, keep: bool = False) -> None:
    for at, line in enumerate(text.split("\n")):
        paragraph = cell.paragraphs[0] if at == 0 else cell.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER if is_middle else WD_ALIGN_PARAGRAPH.LEFT
        shape = paragraph.paragraph_format
        shape.space_before = shape.space_after = Pt(0)
        shape.line_spacing, shape.keep_with_next = Pt(15), keep
        if is_middle:
            _unbroken(paragraph, line, font)
        else:
            run(paragraph, line, font, 10.5)
    place = OxmlElement("w:vAlign")
    place.set(qn("w:val"), "center")
    cell._tc.get_or_add_tcPr().append(place)
