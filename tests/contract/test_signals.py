"""Signs of a deal that may not be one: each with its reasons, none of them a refusal."""

from datetime import date, timedelta
from typing import Any

import pytest

from keqiao.contract.models import Contract, ContractParty
from keqiao.contract.signals import Deal, bursts, circles, shared, signals_for, splits
from keqiao.people.models import User
from tests.contract.factories import drafted
from tests.factories.contract import ledger_entry

DAY = date(2026, 3, 9)
FEN = 100


def deal(
    number: str = "甲1", seller: str = "甲", buyer: str = "乙", day: date = DAY, yuan: int = 1_000_000
) -> Deal:
    return Deal(number, seller, buyer, day, yuan * FEN)


def test_a_sale_back_to_the_seller_is_a_circle_within_a_year_only() -> None:
    back = deal("乙1", "乙", "甲", DAY + timedelta(days=40))
    assert circles(deal(), [back])[0].reasons == ("买方反过来又是卖方：乙1（2026-04-18，1,000,000.00元）。",)
    assert circles(deal(), [deal("乙1", "乙", "甲", DAY - timedelta(days=366))]) == []
    assert circles(deal(), [deal("丙1", "丙", "甲")]) == []


def test_a_circle_over_a_third_is_seen() -> None:
    way = [deal("乙1", "乙", "丙"), deal("丙1", "丙", "甲")]
    assert "经第三方转回卖方：乙1 到 丙1。" in circles(deal(), way)[0].reasons


@pytest.mark.parametrize(
    ("sums", "days", "seen"),
    [((2_000_000, 2_000_000, 2_000_000), 5, True), ((1_000_000, 1_000_000, 1_000_000), 5, False),
     ((2_000_000, 2_000_000, 2_000_000), 40, False), ((6_000_000, 1_000_000, 1_000_000), 5, False),
     ((3_000_000, 3_000_000), 5, False)],
)  # fmt: skip
def test_contracts_split_below_the_limit_are_seen_together(
    sums: tuple[int, ...], days: int, seen: bool
) -> None:
    first, *rest = (deal(f"甲{at}", yuan=yuan, day=DAY + timedelta(days=at * days)) for at, yuan in enumerate(sums))  # fmt: skip
    assert bool(splits(first, rest)) == seen


def test_two_sides_that_share_address_account_or_head_are_seen() -> None:
    one = ContractParty(
        address="固镇县谷阳路1号", account_hash="x", representative="王五", contact_phone="138 1234 5678"
    )
    other = ContractParty(
        address="固镇县 谷阳路1号", account_hash="x", representative="王五", contact_phone="13812345678"
    )
    assert len(shared(one, other)[0].reasons) == 4
    assert shared(ContractParty(), ContractParty()) == []
    assert shared(one, ContractParty(address="怀远县")) == []


def test_a_burst_at_the_end_of_a_month_is_seen_unless_the_seller_always_signs_so_much() -> None:
    last = date(2026, 3, 31)
    crowd = [deal(f"甲{at}", buyer=f"乙{at}", day=last) for at in range(5)]
    assert "最后 3 天签了 6 份" in bursts(deal(day=last), crowd)[0].reasons[0]
    steady = [deal(f"甲s{at}", day=date(2026, 3, 1) + timedelta(days=at)) for at in range(20)]
    assert bursts(deal(day=last), crowd + steady) == []
    assert bursts(deal(day=DAY), crowd) == []


@pytest.mark.django_db
def test_the_registrar_is_shown_the_circle_through_the_ledger(institute_user: User) -> None:
    contract: Contract = drafted(institute_user)
    seller = contract.parties.get(side="seller")
    contract.parties.filter(side="buyer").update(uscc="91340300MA2TEST001", name="示例印染有限公司")
    sold_back: dict[str, Any] = {"seller_uscc": "91340300MA2TEST001", "seller_name": "示例印染有限公司"}
    ledger_entry(**sold_back, buyer_uscc=seller.uscc, buyer_name=seller.name, sign_on=date(2026, 2, 1))
    ledger_entry(
        **sold_back, buyer_uscc="91340300MA2TEST002", buyer_name="示例第三方", sign_on=date(2026, 2, 1)
    )
    ledger_entry(
        seller_uscc="91340300MA2TEST002", seller_name="示例第三方", buyer_uscc=seller.uscc, buyer_name=seller.name, sign_on=date(2026, 2, 2)
    )  # fmt: skip
    found = signals_for(Contract.objects.get(pk=contract.pk))
    assert [one.key for one in found] == ["circle"]
    assert len(found[0].reasons) == 2
