"""What a voucher may pay: the vectors of the voucher rules, and what forbids a booking. No database."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keqiao.voucher.abuse import Case, Side, findings
from keqiao.voucher.enums import Holder
from keqiao.voucher.ledger import yuan_words
from keqiao.voucher.rules import Facts, entitlement, refusals, share_of
from keqiao.voucher.sums import fen_of
from keqiao.voucher.terms import abuse_rules_on, terms_on

WAN = 1_000_000  # fen in 1 万元
TODAY = date(2099, 3, 1)
TERMS = terms_on("340300000000", TODAY)
NOW = datetime(2099, 3, 1, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("price", "holder", "used", "voucher"),
    [
        (30, Holder.FIRM, 0, 15),
        (120, Holder.FIRM, 0, 50),
        (20, Holder.FIRM, 45, 5),
        (30, Holder.TEAM, 0, 10),
        (20, Holder.FIRM, 50, 0),
    ],
)
def test_a_voucher_pays_half_and_never_more_than_the_year_allows(
    price: int, holder: Holder, used: int, voucher: int
) -> None:
    share = entitlement(price * WAN, holder=holder, used_fen=used * WAN, terms=TERMS)
    assert (share.voucher_fen, share.own_fen) == (voucher * WAN, (price - voucher) * WAN)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    price=st.integers(0, 10**11),
    used=st.integers(0, 10**10),
    balance=st.integers(0, 10**10),
    holder=st.sampled_from(list(Holder)),
)
def test_the_parts_make_the_whole_and_no_limit_is_passed(
    price: int, used: int, balance: int, holder: Holder
) -> None:
    share = share_of(price, holder=holder, used_fen=used, balance_fen=balance, terms=TERMS)
    assert share.voucher_fen + share.own_fen == price
    assert 0 <= share.voucher_fen <= min(balance, max(0, TERMS.cap_fen(holder) - used))
    assert share.voucher_fen * TERMS.rate.denominator <= price * TERMS.rate.numerator


def facts(**changes: object) -> Facts:
    share = share_of(600_000, holder=Holder.FIRM, used_fen=0, balance_fen=WAN, terms=TERMS)
    base = Facts(
        TODAY, date(2099, 3, 10), date(2099, 1, 1), date(2099, 12, 31), True, True, False, False, share
    )
    return replace(base, **changes)  # type: ignore[arg-type]  # names of Facts, as the cases below give them


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"on": date(2098, 12, 31)}, "V-01"),
        ({"serves_on": date(2100, 1, 1)}, "V-09"),
        ({"is_listed": False}, "V-04"),
        ({"is_own_unit": True}, "V-05"),
        ({"is_statutory": True}, "V-08"),
        ({"ineligible": "职工总数超过 500 人。"}, "V-01"),
    ],
)
def test_every_reason_against_a_booking_has_its_number(changes: dict[str, object], rule: str) -> None:
    assert refusals(facts()) == []
    assert [number for number, _ in refusals(facts(**changes))] == [rule]


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("20000", 2_000_000),
        ("1,000.50 元", 100_050),
        ("5万", 5_000_000),
        ("0.01", 1),
        ("１，２３４，５６７．８０", 123_456_780),
        ("0.2百万", 20_000_000),
    ],
)
def test_yuan_are_read_to_the_fen(text: str, fen: int) -> None:
    assert fen_of(text) == fen


@pytest.mark.parametrize("text", ["", "-5", "1.005", "1e5", "五万", "inf", "NaN", "1,2", "20,00"])
def test_what_is_no_sum_is_refused_and_named(text: str) -> None:
    with pytest.raises(Exception, match=r"看不懂金额|没有写金额"):
        fen_of(text)


def test_sums_are_said_as_officers_say_them() -> None:
    assert [yuan_words(n) for n in (1_234_567, 100, -5)] == ["12,345.67 元", "1 元", "-0.05 元"]


# -- what is marked -------------------------------------------------------------------------------------------------


def case(**changes: object) -> Case:
    base = Case(
        Side("甲公司", "王强", "蚌埠市龙子湖区大庆路 8 号"), Side("乙检测所", "孙明", "蚌埠市禹会区学院路 1 号"), 300_000,
        300_000, (280_000, 300_000, 320_000), (NOW,), (NOW,), (), NOW,
    )  # fmt: skip
    return replace(base, **changes)  # type: ignore[arg-type]


RULES = abuse_rules_on(TODAY)


@pytest.mark.parametrize(
    ("changes", "rule", "word"),
    [
        ({"provider": Side("乙", " 王 强")}, "VA-01", "王强"),
        ({"provider": Side("乙", "", "蚌埠市龙子湖区大庆路8号")}, "VA-02", "同一地址"),
        (
            {"firm": Side("甲", accounts=frozenset("a")), "provider": Side("乙", accounts=frozenset("ab"))},
            "VA-03",
            "账号",
        ),
        (
            {"firm": Side("甲", groups=frozenset({1, 9})), "provider": Side("乙", groups=frozenset({2, 9}))},
            "VA-04",
            "上级",
        ),
        ({"unit_price_fen": 360_001, "peer_prices_fen": ()}, "VA-05", "1.2 倍"),
        ({"unit_price_fen": 750_001, "listed_price_fen": 750_001}, "VA-06", "中位价"),
        ({"pair_at": [NOW - timedelta(days=n) for n in range(4)]}, "VA-07", "4 次"),
        ({"firm_at": [NOW - timedelta(hours=n) for n in range(6)]}, "VA-08", "6 次"),
        ({"desk_at": [NOW - timedelta(minutes=n) for n in range(5)]}, "VA-09", "5 笔"),
    ],
)
def test_each_abuse_rule_points_with_its_number_and_its_reason(
    changes: dict[str, object], rule: str, word: str
) -> None:
    assert findings(case(), RULES) == []
    found = findings(case(**changes), RULES)
    assert [one.rule for one in found] == [rule]
    assert word in found[0].reason


def test_a_bound_hit_exactly_is_not_marked() -> None:
    assert findings(case(unit_price_fen=360_000, peer_prices_fen=()), RULES) == []
    assert findings(case(pair_at=[NOW] * 3), RULES) == []
    assert (
        findings(case(peer_prices_fen=(1, 1), unit_price_fen=300_000), RULES) == []
    )  # two peers say nothing


def test_every_abuse_rule_has_its_source_and_says_that_nobody_checked_it() -> None:
    assert [one.rule for one in RULES] == [f"VA-0{n}" for n in range(1, 10)]
    assert all(one.basis and one.verify for one in RULES)
    assert abuse_rules_on(date(2019, 12, 31)) == []
