"""Time limits by place: a registrar's own province may decide faster than the nation's rules say."""

from datetime import date

import pytest

from keqiao.contract.book import places
from keqiao.contract.rules import check

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
