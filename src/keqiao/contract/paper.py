"""The lines of a .docx contract, after the intake's guards have passed the file (zip bombs, DTDs, macros, disguise)."""

import io
import zipfile

import docx
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.ns import qn
from lxml import etree

from keqiao.contract.book import book
from keqiao.contract.reader import Text, read_lines
from keqiao.registry.intake import guards
from keqiao.registry.intake.refusals import BadFile

LIMITS = guards.Limits(max_bytes=10 * guards.MIB, max_unpacked=60 * guards.MIB)
MAX_LINES = 20_000
_GONE = {qn("w:del"), qn("w:moveFrom"), qn("w:instrText")}
_BROKEN = (
    PackageNotFoundError,
    zipfile.BadZipFile,
    etree.XMLSyntaxError,
    KeyError,
    ValueError,
    AttributeError,
    OSError,
)


def _line(element: etree._Element) -> str:
    """A paragraph as printed: insertions in, deletions out."""
    parts = []
    for node in element.iter(qn("w:t"), qn("w:tab"), qn("w:br")):
        if any(above.tag in _GONE for above in node.iterancestors()):
            continue
        parts.append((node.text or "") if node.tag == qn("w:t") else " ")
    return "".join(parts)


def lines_of(content: bytes, name: str) -> list[str]:
    """Paragraphs in order; a table row is one line, a label cell and its value joined by a colon.

    Raises BadFile (a BadInput) with what to do, when the file may not be opened or is no .docx.
    """
    if guards.check(lambda: io.BytesIO(content), name, LIMITS) != "docx":
        raise BadFile(
            "contract.not-docx",
            f"文件“{guards.display_name(name)}”不是 .docx。请用 Word 或 WPS 另存为 .docx 后重新上传。",
        )
    try:
        body = docx.Document(io.BytesIO(content)).element.body
        lines: list[str] = []
        for element in body.iter(qn("w:p"), qn("w:tr")):
            if element.tag == qn("w:tr"):
                cells = [
                    "".join(_line(p) for p in cell.iter(qn("w:p"))).strip()
                    for cell in element.iterchildren(qn("w:tc"))
                ]
                cells = [cell for cell in cells if cell]
                lines.append(
                    "；".join(
                        f"{a.rstrip('：:')}：{b}" for a, b in zip(cells[::2], cells[1::2], strict=False)
                    )
                    if len(cells) % 2 == 0
                    else " ".join(cells)
                )
            elif not any(above.tag == qn("w:tr") for above in element.iterancestors()):
                lines.append(_line(element))
            if len(lines) > MAX_LINES:
                raise BadFile(
                    "contract.too-long",
                    f"文件“{guards.display_name(name)}”超过 {MAX_LINES} 段，不像一份合同。请只上传合同正文。",
                )
    except _BROKEN as broken:
        raise BadFile(
            "docx.unreadable",
            f"文件“{guards.display_name(name)}”的内部结构已损坏，读不出内容。请用 Word 或 WPS 打开，另存为新的 .docx 后重新上传。",
        ) from broken
    return lines


def read_contract(content: bytes, name: str) -> Text:
    """What the contract's own text says. Raises BadFile."""
    text = read_lines(lines_of(content, name), book("CN-2026"))
    if not text.whole:
        raise BadFile(
            "contract.no-text",
            f"文件“{guards.display_name(name)}”里没有文字，可能是扫描图片。请上传可以选中文字的 .docx。",
        )
    return text
