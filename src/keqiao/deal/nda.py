"""The NDA of a case as .docx, in our own words, filled with what the reader may know of the two sides.

A4, margins and type after GB/T 9704-2012 as far as an agreement allows: title 小标宋 22 pt, text 仿宋 14 pt. Legal basis
that the text rests on: 《民法典》 articles 501 (secrets in negotiations) and 509, 《反不正当竞争法》 on trade secrets; both
are carried as 待核实 in the data below until a jurist has read the text.
"""

from typing import IO, Any

from django.utils import timezone
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Pt

from keqiao.core.letters import FANG, HEI, SONG, line, normal_type, run, upright_page
from keqiao.deal.access import Seat, Trust, party_view
from keqiao.deal.enums import Side
from keqiao.deal.models import Case

CLAUSES = (
    ("保密信息", "甲乙双方为对接本事项，以书面、口头、实物或演示方式向对方提供的、未公开的技术资料、样品、数据、工艺参数、报价和经营信息，"
     "都是保密信息。提供时注明“保密”，口头提供的在七日内补写清单。"),
    ("不属于保密信息的", "接收前已经公开的；接收前已合法掌握并能证明的；从有权提供的第三方合法取得的；不使用保密信息而独立研究得到的。"),
    ("怎样使用", "接收方只把保密信息用于评估和洽谈本事项，不得用于自己的生产、申请专利、发表论文，不得向第三方提供。"
     "需要请本单位以外的人评估的，先取得提供方书面同意，并让其承担同样的义务。"),
    ("谁可以接触", "接收方把接触保密信息的人限于确有必要的人员，列出名单备查，并对他们的行为负责。"),
    ("权利不变", "提供保密信息不等于转让或者许可任何知识产权。双方在洽谈中共同提出的新方案，归属另行书面约定；没有约定的，任何一方不得单独申请专利。"),
    ("归还和销毁", "洽谈终止或者提供方要求时，接收方在十日内归还或者销毁保密信息和复制件，并书面确认。按规定须存档的，继续保密。"),
    ("期限", "保密义务自签字之日起，到信息由提供方公开之日止；没有公开的，为三年。对核心工艺另有约定的从其约定。"),
    ("例外", "法律规定或者司法、行政机关依法要求提供的，接收方在许可的范围内事先告知提供方，并只提供被要求的部分。"),
    ("违约", "违反本协议的，应停止侵害、消除影响，并赔偿对方因此受到的损失，包括为制止违约支付的合理费用。"),
    ("争议", "双方先协商；协商不成的，可以请科技局组织调解，或者向被告所在地人民法院起诉。"),
)  # fmt: skip


def write_nda(case: Case, seat: Seat, trust: Trust, out: IO[bytes]) -> None:
    """Write the agreement. Names that the reader may not know stay as blanks to be filled in by hand."""
    document = Document()
    upright_page(document, top=33, bottom=30)
    normal_type(document, 14)
    _left(document, "技术对接保密协议", SONG, 22, place=WD_ALIGN_PARAGRAPH.CENTER, after=14)
    _left(document, f"对接事项编号：{case.number}", FANG, 14)
    names = {}
    for side, word in ((Side.DEMAND, "甲方（需求方）"), (Side.SUPPLY, "乙方（供给方）")):
        party = case.parties.filter(side=side).first()
        view = party_view(party, seat, trust) if party else None
        names[side] = view.name if view and not view.is_masked else ""
        _left(document, f"{word}：{names[side] or '　' * 16}", FANG, 14)
        _left(document, "法定代表人（负责人）：　　　　　　　联系人：", FANG, 14)
    title = case.title if all(names.values()) else "本对接事项"
    _left(
        document,
        f"甲乙双方拟就“{title}”进行技术对接。为保护双方的技术秘密和经营信息，依照《中华人民共和国民法典》关于缔约中保密义务的规定，约定如下：",
        FANG, 14, indent=28, before=8,
    )  # fmt: skip
    for at, (heading, text) in enumerate(CLAUSES, start=1):
        paragraph = _left(document, f"第{_COUNT[at]}条　{heading}。", HEI, 14, indent=28)
        run(paragraph, text, FANG, 14)
    _left(
        document,
        "本协议一式三份，甲乙双方各执一份，一份由科技局随对接事项存档，自双方签字盖章之日起生效。",
        FANG,
        14,
        indent=28,
        after=16,
    )
    table = document.add_table(rows=1, cols=2)
    for cell, word in zip(table.rows[0].cells, ("甲方（盖章）", "乙方（盖章）"), strict=True):
        cell.paragraphs[0].text = ""
        run(cell.paragraphs[0], word, FANG, 14)
        for text in ("代表签字：", "日期：　　　年　　月　　日"):
            paragraph = cell.add_paragraph()
            paragraph.paragraph_format.space_before = Pt(14)
            run(paragraph, text, FANG, 14)
    _left(
        document,
        f"本文本由{timezone.localdate()}生成，是供双方修改的草稿；正式签署前请由本单位法务人员核对。",
        FANG,
        10.5,
        before=20,
    )
    document.core_properties.title, document.core_properties.author = f"保密协议 {case.number}", ""
    document.core_properties.comments = ""
    document.save(out)


_COUNT = ("", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十")


def _left(document: Any, text: str, font: str, size: float, *, before: float = 0, **more: Any) -> Any:
    """A line that stands left, unless `more` places it elsewhere."""
    return line(document, text, font, size, **({"place": WD_ALIGN_PARAGRAPH.LEFT} | more), before=before)
