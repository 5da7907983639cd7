"""The drafts of the five types, filled from what was given, and read back by our own reader."""

import io
from dataclasses import replace
from decimal import Decimal

import pytest

from keqiao.contract.book import book
from keqiao.contract.drafting import clauses_for, write_draft
from keqiao.contract.facts import Facts, Ip, Payment
from keqiao.contract.paper import read_contract
from keqiao.contract.reader import disagreements
from keqiao.core.errors import BadInput
from tests.contract.test_reader import FORM

LAW = {
    "DEV": "第八百五十八条",
    "TRF": "第八百七十条",
    "LIC": "第八百六十七条",
    "CON": "第八百八十一条第三款",
    "SRV": "第八百八十二条",
}


def form(code: str) -> Facts:
    return replace(
        FORM, declared_class=code, title="", content="低温染色的工艺和助剂", tech_amount=Decimal("22926000.00"),
        ip=(Ip(kind="发明专利", name="低温染色方法", number="ZL202310123456.7"),), pay_method="instalment",
        payments=(Payment(amount=Decimal("10000000.00")), Payment(amount=Decimal("12926000.00"))),
    )  # fmt: skip


@pytest.mark.parametrize("code", LAW)
def test_a_draft_read_back_says_what_was_filled_in(code: str) -> None:
    out = io.BytesIO()
    write_draft(form(code), out, clauses={"secrecy": "三年", "acceptance": "按指标检测"})

    text = read_contract(out.getvalue(), "草案.docx")

    assert disagreements(book("CN-2026"), form(code), text) == []
    assert (text.seller, text.buyer) == ("示例大学", "示例印染有限公司")
    assert text.total is not None
    assert text.total.capitals == Decimal(22926000)
    assert set(text.clauses) >= {"secrecy", "acceptance", "ownership", "terms"}
    assert LAW[code] in text.whole


def test_what_was_not_given_is_a_blank_and_the_checklist_says_so() -> None:
    listed = clauses_for(Facts(declared_class="LIC"))
    assert not next(one for one in listed if one.key == "licence").is_filled
    assert "books" not in [one.key for one in listed]
    assert "books" in [one.key for one in clauses_for(Facts(declared_class="LIC", pay_method="royalty"))]


def test_without_a_type_there_is_no_draft() -> None:
    with pytest.raises(BadInput, match="合同类别"):
        clauses_for(Facts())
