"""Time limits by place: a registrar's own province may decide faster than the nation's rules say."""

from datetime import date

import pytest

from keqiao.contract.book import places
from keqiao.contract.rules import check, compare

CONTRACT = {"project_name": "低温染色工艺研究开发", "total_amount": 6_000_000, "accepted_on": "2026-03-09"}


@pytest.mark.parametrize(
    ("place", "due"),
    [
        (None, date(2026, 4, 20)),  # 30 working days: above five million
        ("zhejiang", date(2026, 3, 19)),  # 10 days
        ("henan", date(2026, 3, 24)),  # 15 days
        ("shanghai", date(2026, 4, 6)),  # 20 working days with experts
    ],
)
def test_a_places_own_limit_goes_before_the_books(place: str | None, due: date) -> None:
    found = check(CONTRACT, place=places()[place] if place else None)
    assert found.due_on == due


def test_a_buyer_may_apply_where_the_place_says_so() -> None:
    asked = {**CONTRACT, "applicant": "buyer"}
    assert any(one.code == "TC-04" for one in check(asked).findings)
    assert not any(one.code == "TC-04" for one in check(asked, place=places()["shanghai"]).findings)


def test_side_by_side_a_places_limit_holds_under_both_books() -> None:
    def limit(place: str | None, **more: object) -> list[tuple[str, str]]:
        both = compare({**CONTRACT, **more}, place=places()[place] if place else None)
        return [(one.under_2001, one.under_2026) for one in both.differences if one.what == "办结期限"]

    assert limit(None) == [("30日，最迟2026-04-08", "30个工作日，最迟2026-04-20")]
    assert limit("zhejiang") == []  # 10 days, whatever the book
    assert limit("shanghai") == [("7个工作日，最迟2026-03-18", "20个工作日，最迟2026-04-06")]
    assert limit("shanghai", total_amount=100_000) == []


def test_what_a_false_contract_costs_is_said_with_its_article_and_to_be_verified() -> None:
    words = places()["zhejiang"].penalty_words
    assert "5,000 至 10,000 元" in words
    assert "第二十四条，待核实" in words
    assert places()["national-2001"].penalty_words == ""
