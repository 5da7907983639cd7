"""The draft of a contract as .docx: our own wording, filled from the facts; a clause checklist with the law beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import IO, Any

import docx
import yaml
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from keqiao.contract.amounts import total_of, yuan
from keqiao.contract.book import BOOKS
from keqiao.contract.capitals import to_capitals
from keqiao.contract.classes import CLASS_LABELS
from keqiao.contract.facts import Facts
from keqiao.core.errors import BadInput

BLANK = "________"
_PAY = {
    "lump": "一次总算、一次总付",
    "instalment": "一次总算、分期支付",
    "royalty": "提成支付",
    "entry_royalty": "提成支付，附加预付入门费",
}
_LICENCE = {"exclusive": "独占许可", "sole": "排他许可", "ordinary": "普通许可"}


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause as it will be printed. is_filled: no blank is left in it."""

    key: str
    heading: str
    articles: str
    must: bool
    text: str

    @property
    def is_filled(self) -> bool:
        return BLANK not in self.text


@cache
def _data() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((BOOKS / "drafts.yaml").read_text(encoding="utf-8"))
    return found


class _Blanks(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return BLANK


def _day(day: date | None) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if day else BLANK


def _ends(text: str) -> str:
    """A filled-in text ends its own sentence; an empty one is a blank."""
    text = " ".join(text.split())
    return f"{text.rstrip('。；;')}。" if text else f"{BLANK}。"


def values_of(facts: Facts, clauses: Mapping[str, str]) -> dict[str, str]:
    """What goes into the clauses. clauses: what the form says on ownership, secrecy, acceptance, change, goal."""
    total, _ = total_of(facts)
    taken = [one for one in facts.non_tech_items if not one.reasonable_object and one.amount is not None]
    tech = facts.tech_amount
    if tech is None and total is not None:
        tech = total - sum((one.amount for one in taken if one.amount is not None), total * 0)
    rights = "；".join(
        "，".join(
            part for part in (one.kind, f"“{one.name}”" if one.name else "", one.number, one.owner) if part
        )
        for one in facts.ip
    )
    shares = f"提成基数为{facts.royalty_base or BLANK}，比例为{facts.royalty_rate.normalize() if facts.royalty_rate is not None else BLANK}%。"
    parts = [
        f"第{at}期{yuan(one.amount) if one.amount is not None else BLANK}，{_day(one.due_on)}前付清"
        + (f"（{one.condition}）" if one.condition else "")
        for at, one in enumerate(facts.payments, start=1)
    ]
    costs = "、".join(
        f"{one.kind}（{one.description}）{yuan(one.amount)}" for one in taken if one.amount is not None
    )
    return {
        "content": _ends(facts.content),
        "goal": _ends(clauses.get("goal", "")),
        "begin_on": _day(facts.begin_on),
        "end_on": _day(facts.end_on),
        "ip": _ends(rights),
        "licence_type": _LICENCE.get(facts.licence_type, BLANK),
        "total": yuan(total) if total is not None else f"{BLANK}元",
        "total_capitals": to_capitals(total) if total is not None and total >= 0 else BLANK,
        "tech": yuan(tech) if tech is not None else f"{BLANK}元",
        "costs": f"非技术性费用为{costs}。" if costs else "没有非技术性费用。",
        "pay_method": _PAY.get(facts.pay_method, BLANK),
        "royalty": shares if "royalty" in facts.pay_method else "",
        "payments": "；".join(parts) + "。" if parts else "",
        "secrecy": _ends(clauses.get("secrecy", "")),
        "acceptance": _ends(clauses.get("acceptance", "")),
        "ownership": _ends(clauses.get("ownership", "")),
        "change": _ends(clauses["change"]) if clauses.get("change") else "",
    }


def clauses_for(facts: Facts, clauses: Mapping[str, str] | None = None) -> list[Clause]:
    """The clauses of this contract's type in order. Raises BadInput when no type is chosen."""
    code = facts.declared_class
    if code not in CLASS_LABELS:
        raise BadInput("请先选择合同类别，再生成合同草案。", code="contract.class", field="declared_class")
    values = _Blanks(values_of(facts, clauses or {}))
    return [
        Clause(one["key"], one["heading"], one["articles"], one["must"], one["text"].format_map(values))
        for one in _data()["clauses"]
        if code in one.get("only", CLASS_LABELS) and ("when" not in one or one["when"] in facts.pay_method)
    ]


def _font(run: Any, size: float, *, bold: bool = False) -> None:
    run.font.size, run.font.bold, run.font.name = Pt(size), bold, "宋体"
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), "宋体")


def _line(
    document: Any,
    text: str,
    *,
    size: float = 12,
    bold: bool = False,
    indent: bool = False,
    centre: bool = False,
) -> Any:
    paragraph = document.add_paragraph()
    _font(paragraph.add_run(text), size, bold=bold)
    paragraph.paragraph_format.line_spacing = 1.5
    paragraph.paragraph_format.space_after = Pt(2)
    if indent:
        paragraph.paragraph_format.first_line_indent = Pt(size * 2)
    if centre:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    return paragraph


def _numeral(number: int) -> str:
    ones = "零一二三四五六七八九"
    tens, rest = divmod(number, 10)
    return ("十" if tens == 1 else ones[tens] + "十" if tens else "") + (
        ones[rest] if rest or not tens else ""
    )


def write_draft(
    facts: Facts, out: IO[bytes], *, clauses: Mapping[str, str] | None = None, number: str = ""
) -> None:
    """The draft as .docx, the checklist on a page of its own. Raises BadInput when no type is chosen."""
    listed = clauses_for(facts, clauses)
    code, data = facts.declared_class, _data()
    document = docx.Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.8)
    section.top_margin = section.bottom_margin = Cm(2.5)
    document.core_properties.title, document.core_properties.author = data["titles"][code], ""
    _line(document, facts.title or data["titles"][code], size=20, bold=True, centre=True)
    _line(document, f"项目名称：{facts.project_name or BLANK}")
    for label, party in zip(data["labels"][code], (facts.buyer, facts.seller), strict=True):
        _line(document, f"{label}：{party.name or BLANK}")
        _line(
            document,
            f"统一社会信用代码：{party.credit_code or BLANK}　法定代表人：{party.representative or BLANK}",
            size=10.5,
        )
    if facts.broker and facts.broker.name:
        _line(document, f"中介方（丙方）：{facts.broker.name}")
    _line(document, f"签订日期：{_day(facts.sign_on)}　签订地点：{BLANK}")
    _line(
        document,
        f"双方根据《中华人民共和国民法典》合同编第二十章（{data['law'][code]}）的规定，就上述项目协商一致，订立本合同。",
        indent=True,
    )
    for at, one in enumerate(listed, start=1):
        heading = _line(document, f"第{_numeral(at)}条　{one.heading}", bold=True)
        heading.paragraph_format.keep_with_next = True
        _line(document, one.text, indent=True)
    _signatures(document, data["labels"][code], facts)
    _checklist(document, listed, number)
    document.save(out)


def _signatures(document: Any, labels: list[str], facts: Facts) -> None:
    _line(document, "")
    table = document.add_table(rows=0, cols=2)
    rows = [[f"{label}（盖章）" for label in labels], [facts.buyer.name or BLANK, facts.seller.name or BLANK],
            [f"代表人签字：{BLANK}"] * 2, ["日期：　　年　　月　　日"] * 2]  # fmt: skip
    for texts in rows:
        for cell, text in zip(table.add_row().cells, texts, strict=True):
            _font(cell.paragraphs[0].add_run(text), 12)
            cell.paragraphs[0].paragraph_format.space_after = Pt(8)


def _checklist(document: Any, listed: list[Clause], number: str) -> None:
    document.add_page_break()
    _line(document, "条款核对表（签订前使用，不是合同的一部分）", size=15, bold=True, centre=True)
    _line(
        document,
        "条文为民法典合同编；“应有”是法律或登记所要求的。签订前请逐条核对，空白处填好或划去。",
        size=10.5,
    )
    table = document.add_table(rows=1, cols=4)
    table.style = "Table Grid"
    table.autofit = False
    widths = (Cm(1.4), Cm(6), Cm(5.6), Cm(2.4))
    for cell, text in zip(table.rows[0].cells, ("条", "内容", "条文", "状态"), strict=True):
        _font(cell.paragraphs[0].add_run(text), 10.5, bold=True)
    for at, one in enumerate(listed, start=1):
        state = "已填" if one.is_filled else "应有，待填" if one.must else "可选，待填"
        for cell, text in zip(
            table.add_row().cells, (str(at), one.heading, one.articles, state), strict=True
        ):
            _font(cell.paragraphs[0].add_run(text), 10.5)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width  # LibreOffice reads the grid, Word the cells
        for cell in column.cells:
            cell.width = width
            shape = cell.paragraphs[0].paragraph_format
            shape.space_before = shape.space_after = Pt(3)
    if number:
        _line(document, f"草案编号：{number}，由填报内容生成。", size=9)
