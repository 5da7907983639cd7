"""The contract's own text is read and held against what was filled in."""

import io
import zipfile
from dataclasses import replace
from datetime import date
from decimal import Decimal

import docx
import pytest

from keqiao.contract.book import book
from keqiao.contract.facts import Facts, Party
from keqiao.contract.paper import read_contract
from keqiao.contract.reader import Text, disagreements, read_day, read_lines, read_sums, with_text
from keqiao.core.errors import BadInput

BOOK = book("CN-2026")
LINES = [
    "技术开发（委托）合同",
    "项目名称：低温染色工艺研究开发",
    "委托方（甲方）：示例印染有限公司",
    "受托方（乙方）： 示例大学",
    "签订日期：二〇二六年三月一日",
    "第一条 技术内容、范围和要求",
    "第五条 研究开发经费和报酬总额为人民币2,292.6万元（大写：贰仟贰佰玖拾贰万陆仟元整），其中首期支付100万元。",
    "第六条 技术交易额为￥２０３７６０００．００元。",
    "第七条 双方应对技术资料保密。",
    "第八条 验收标准和方法见附件。",
    "本合同有效期限自2026年3月1日至2027-02-28。",
]
FORM = Facts(
    project_name="低温染色工艺研究开发",
    title="技术开发（委托）合同",
    seller=Party(name="示例大学"),
    buyer=Party(name="示例印染有限公司"),
    sign_on=date(2026, 3, 1),
    begin_on=date(2026, 3, 1),
    end_on=date(2027, 2, 28),
    total_amount=Decimal("22926000.00"),
    tech_amount=Decimal("20376000.00"),
)


def read(lines: list[str] = LINES) -> Text:
    return read_lines(lines, BOOK)


def codes(facts: Facts, lines: list[str] = LINES) -> list[str]:
    return [one.code for one in disagreements(BOOK, facts, read(lines))]


def as_docx(lines: list[str], rows: list[tuple[str, ...]] = []) -> bytes:  # noqa: B006 - read only
    document = docx.Document()
    for line in lines:
        document.add_paragraph(line)
    if rows:
        table = document.add_table(0, len(rows[0]))
        for row in rows:
            for cell, text in zip(table.add_row().cells, row, strict=True):
                cell.text = text
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_everything_that_a_contract_names_is_read() -> None:
    text = read()
    assert (text.title, text.project_name) == ("技术开发(委托)合同", "低温染色工艺研究开发")
    assert (text.seller, text.buyer) == ("示例大学", "示例印染有限公司")
    assert (text.sign_on, text.begin_on, text.end_on) == (
        date(2026, 3, 1),
        date(2026, 3, 1),
        date(2027, 2, 28),
    )
    assert text.total is not None
    assert (text.total.figure, text.total.capitals) == (Decimal(22926000), Decimal(22926000))
    assert text.tech is not None
    assert text.tech.figure == Decimal(20376000)
    assert {"secrecy", "acceptance", "content_scope"} <= set(text.clauses)
    assert any(one.startswith("第五条") for one in read([*LINES, "第五条 报酬"]).headings)


def test_a_form_that_says_the_same_raises_nothing() -> None:
    assert codes(FORM) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"total_amount": Decimal("22926000.01")}, "TXT-03"),
        ({"tech_amount": Decimal(1)}, "TXT-03"),
        ({"seller": Party(name="另一大学")}, "TXT-02"),
        ({"seller": Party(name="示例印染有限公司"), "buyer": Party(name="示例大学")}, "TXT-02"),
        ({"sign_on": date(2026, 3, 2)}, "TXT-05"),
        ({"end_on": date(2027, 3, 1)}, "TXT-05"),
        ({"project_name": "高温染色工艺"}, "TXT-01"),
        ({"title": "技术服务合同"}, "TXT-01"),
        ({"clauses": ("terms",)}, "TXT-06"),
    ],
)
def test_a_form_that_says_something_else_is_told_both_values(change: dict[str, object], code: str) -> None:
    found = disagreements(BOOK, replace(FORM, **change), read())  # type: ignore[arg-type]  # one field at a time
    assert code in [one.code for one in found]
    assert all("请" in one.message for one in found)


def test_figures_and_capitals_that_differ_are_a_finding() -> None:
    lines = [line.replace("陆仟元整", "柒仟元整") for line in LINES]
    assert codes(FORM, lines) == ["TXT-04"]


def test_a_name_with_other_brackets_and_blanks_is_the_same_name() -> None:
    lines = [line.replace("示例印染有限公司", "示例印染（绍兴）有限公司") for line in LINES]
    assert codes(replace(FORM, buyer=Party(name="示例印染(绍兴)有限公司")), lines) == []


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("合同总额：人民币壹佰万元整", "1000000"),
        ("合同金额为１，２００，０００．５０元", "1200000.50"),
        ("价款￥80万元", "800000"),
        ("报酬总额0.5亿元（伍仟万元整）", "50000000"),
        ("技术转让费（大写）壹拾伍万元整（小写）150000元", "150000"),
    ],
)
def test_a_sum_is_read_in_every_usual_way_of_writing(line: str, value: str) -> None:
    text = read([line])
    assert text.total is not None
    assert text.total.value == Decimal(value)
    assert text.total.agrees


def test_an_instalment_or_a_penalty_is_not_the_total() -> None:
    text = read(["首期支付技术开发费10万元。违约方按合同价款的5%支付违约金1万元。", "合同总额为50万元。"])
    assert text.total is not None
    assert text.total.figure == Decimal(500000)


def test_foreign_money_and_bare_numbers_are_no_sums() -> None:
    assert read_sums("共12份，面积300平方米，$500") == []


@pytest.mark.parametrize("text", ["2026年2月30日", "二〇二六年十三月一日", "abc"])
def test_a_day_that_does_not_exist_is_none(text: str) -> None:
    assert read_day(text) is None


def test_labels_alone_do_not_say_who_sells() -> None:
    text = read(["甲方：示例印染有限公司", "乙方：示例大学"])
    assert (text.seller, text.buyer) == ("", "")
    assert [one.code for one in disagreements(BOOK, FORM, text) if one.code == "TXT-02"] == []


def test_the_text_fills_the_clauses_that_nobody_ticked() -> None:
    assert "secrecy" in (with_text(FORM, read()).clauses or ())


def test_a_docx_with_a_table_is_read_in_order() -> None:
    content = as_docx(LINES[:2], [("委托方：", "示例印染有限公司"), ("受托方：", "示例大学")])
    text = read_contract(content, "合同.docx")
    assert (text.seller, text.buyer) == ("示例大学", "示例印染有限公司")


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"0" * (30 * 1024 * 1024))
    with pytest.raises(BadInput, match="压缩比"):
        read_contract(out.getvalue(), "合同.docx")


@pytest.mark.parametrize("name", ["合同.pdf", "合同.doc", "合同.xlsx", "合同.docm"])
def test_another_kind_of_file_is_refused_with_what_to_do(name: str) -> None:
    with pytest.raises(BadInput, match="请"):
        read_contract(b"%PDF-1.7 not a contract", name)


def test_a_scan_without_letters_is_refused() -> None:
    with pytest.raises(BadInput, match="扫描"):
        read_contract(as_docx([]), "合同.docx")
