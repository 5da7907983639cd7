"""Writing is made one before it is compared."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keqiao_match.text import field_of, fold, literal, pairs, runs, terms

CHINESE = st.text(st.sampled_from("水处理廢廢气膜法０Ａａ，。（）ⅠⅡ①％～㎡ﬁİß盘c-3.5\\n 𠮷"), max_size=30)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("ＰＢＡＴ－Ｘ", "pbat-x"),
        ("廢氣處理", "废气处理"),
        ("５０％，３．５吨", "50%,3.5吨"),
        ("第Ⅱ类 ①", "第ii类 1"),
        ("25℃", "25°c"),
        ("ﬁber", "fiber"),
    ],
)
def test_one_thing_written_several_ways_reads_the_same(written: str, read: str) -> None:
    assert fold(written) == read


@given(CHINESE)
def test_the_short_cuts_of_folding_change_nothing(text: str) -> None:
    folded = fold(text)

    assert unicodedata.is_normalized("NFKC", folded)
    assert folded == folded.casefold()
    assert not {"廢", "Ａ", "０", "，"} & set(folded)


@given(CHINESE)
def test_what_the_index_takes_are_the_terms_that_are_asked_for(text: str) -> None:
    long, rest = runs(fold(text))
    held = sorted([pair for run in long for pair in pairs(run)] + rest)

    assert held == sorted(term for term in terms(text) if field_of(term))
    assert all(field_of(pair) == "pairs" for run in long for pair in pairs(run))
    assert all(field_of(term) == "words" for term in rest)


def test_a_title_is_compared_by_characters_pairs_and_codes() -> None:
    assert sorted(literal("水处理PLA")) == sorted(["水", "处", "理", "水处", "处理", "pla"])
