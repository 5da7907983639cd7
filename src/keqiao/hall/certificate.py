"""成交确认书: the certificate of a deal as .docx, with a QR code to the public notice that proves it."""

from io import BytesIO
from typing import IO, Any

import segno
from django.conf import settings
from django.utils import timezone
from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Mm, Pt

from keqiao.core.letters import FANG, HEI, SONG, column_widths, line, normal_type, run, upright_page
from keqiao.hall.enums import BidForm, Mode, Relation, Way
from keqiao.hall.log import notice_url
from keqiao.hall.models import Result
from keqiao.message.actions import full_link


def lines_of(result: Result) -> list[tuple[str, str]]:
    """What is certified, line by line; the same figures as the notice."""
    form = f"（{BidForm(result.form).label}）" if result.form else ""
    relation = str(Relation(result.buyer_relation).label) if result.buyer_relation else ""
    return [
        ("标的名称", result.title),
        ("挂牌编号", result.listing.number or ""),
        ("转让方", result.seller_name),
        ("受让方", f"{result.buyer_name}（{relation}）" if relation else result.buyer_name),
        ("转化方式", str(Mode(result.mode).label)),
        ("定价方式", f"{Way(result.way).label}{form}"),
        ("成交价", f"人民币 {result.price_yuan:,} 元"),
        (
            "有效报价",
            f"{result.bidder_count} 家，受让方代号{result.buyer_alias}"
            if result.bidder_count
            else "协议定价，不适用",
        ),
        ("成交时间", f"{timezone.localtime(result.decided_at):%Y-%m-%d %H:%M}"),
        ("成交公告", f"{result.notice.number}"),
        ("公告摘要", result.notice.digest),
        ("日志末条摘要", result.log_hash),
    ]


def write_certificate(result: Result, out: IO[bytes]) -> None:
    """Write the certificate. One page of A4."""
    document = Document()
    upright_page(document, top=30, bottom=22)
    normal_type(document, 12)
    line(document, "科技成果成交确认书", SONG, 22, place=WD_ALIGN_PARAGRAPH.CENTER, after=6)
    line(document, result.number, FANG, 14, place=WD_ALIGN_PARAGRAPH.CENTER, after=10)
    line(
        document, "下列科技成果经公示期满、没有未处理的异议，按公告的规则成交，特此确认。双方据此签订技术合同，并办理技术合同认定登记。",
        FANG, 14, indent=28, after=8,
    )  # fmt: skip
    _table(document, lines_of(result))
    url = full_link(notice_url(result.notice))
    picture = BytesIO()
    segno.make(url, error="m").save(picture, kind="png", scale=6, border=2)
    picture.seek(0)
    foot = document.add_table(rows=1, cols=2)
    left, right = foot.rows[0].cells
    column_widths(foot, 40, 116)
    left.paragraphs[0].paragraph_format.space_before = Pt(10)
    left.paragraphs[0].add_run().add_picture(picture, width=Mm(32))
    run(
        right.paragraphs[0],
        "扫码查看成交公告，核对编号和摘要。交易日志公开，任何人可以下载重放。",
        FANG,
        10.5,
    )
    right.paragraphs[0].paragraph_format.space_before = Pt(14)
    day = timezone.localtime(result.decided_at)
    for text in (settings.KEQIAO_BUREAU_NAME, f"{day.year}年{day.month}月{day.day}日"):
        paragraph = right.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        paragraph.paragraph_format.space_before = Pt(8)
        run(paragraph, text, FANG, 14)
    document.core_properties.title, document.core_properties.subject = "科技成果成交确认书", result.number
    document.core_properties.author, document.core_properties.comments = settings.KEQIAO_BUREAU_NAME, ""
    document.save(out)


def _table(document: Any, lines: list[tuple[str, str]]) -> None:
    table = document.add_table(rows=len(lines), cols=2)
    table.style, table.alignment = "Table Grid", WD_TABLE_ALIGNMENT.CENTER
    column_widths(table, 34, 122)
    for row, (label, text) in zip(table.rows, lines, strict=True):
        is_hash = len(text) == 64 and text.isalnum()
        for cell, words, font, size in (
            (row.cells[0], label, HEI, 12),
            (row.cells[1], text, FANG, 9 if is_hash else 12),
        ):
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(4)
            run(paragraph, words, font, size)
