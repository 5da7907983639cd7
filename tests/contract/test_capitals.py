"""Sums in Chinese capitals and back."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keqiao.contract.capitals import WRITTEN, from_capitals, is_proper, to_capitals

FEN = st.integers(min_value=0, max_value=10**15 - 1).map(lambda fen: Decimal(fen) / 100)
SPARSE = st.lists(st.sampled_from("0001234"), min_size=1, max_size=15).map(
    lambda d: Decimal("".join(d)) / 100
)


@settings(max_examples=100, deadline=None)
@given(st.one_of(FEN, SPARSE))
def test_every_sum_comes_back_from_its_capitals(amount: Decimal) -> None:
    written = to_capitals(amount)
    assert from_capitals(written) == amount
    assert is_proper(written)
    assert "零零" not in written
    assert WRITTEN.fullmatch(written)


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        ("22926000", "贰仟贰佰玖拾贰万陆仟元整"),
        ("1409.50", "壹仟肆佰零玖元伍角整"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("1680.32", "壹仟陆佰捌拾元叁角贰分"),
        ("107000.53", "壹拾万柒仟元伍角叁分"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        ("100000000", "壹亿元整"),
        ("100000001", "壹亿零壹元整"),
        ("1000010000", "壹拾亿零壹万元整"),
        ("1000000000000", "壹万亿元整"),
        ("0.05", "伍分"),
        ("0", "零元整"),
    ],
)
def test_a_sum_is_written_as_a_bank_wants_it(amount: str, written: str) -> None:
    assert to_capitals(Decimal(amount)) == written


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("人民币：贰仟贰佰玖拾贰万陆仟圆正", "22926000"),
        ("贰仟贰佰玖拾贰萬陆仟圆整", "22926000"),
        ("二千二百九十二万六千元", "22926000"),
        ("拾万元整", "100000"),
        ("壹佰〇伍元整", "105"),
        ("壹佰万零伍佰元整", "1000500"),
        ("壹 拾 万 元 整", "100000"),
        ("壹元零角伍分", "1.05"),
        ("伍角", "0.5"),
    ],
)
def test_other_ways_of_writing_are_read(written: str, amount: str) -> None:
    assert from_capitals(written) == Decimal(amount)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "元整",
        "万元整",
        "壹贰元整",
        "壹拾佰元整",
        "贰佰叁佰元整",
        "壹元贰元",
        "伍分角",
        "壹万壹万元",
        "abc",
        "零零元",
    ],
)
def test_what_no_cashier_would_write_is_no_sum(written: str) -> None:
    assert from_capitals(written) is None


@pytest.mark.parametrize("amount", ["-1", "0.001", "10000000000000"])
def test_a_sum_without_capitals_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="capitals"):
        to_capitals(Decimal(amount))


def test_capitals_without_a_needed_zero_are_read_but_not_proper() -> None:
    assert from_capitals("壹仟肆佰玖元整") == 1409
    assert not is_proper("壹仟肆佰玖元整")
    assert not is_proper("壹佰元")
