"""Why a result was found, shown in its own words."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keqiao_match import best_snippet, highlight


def marked(text: str, query: str) -> list[str]:
    return [piece for piece, hit in highlight(text, query) if hit]


@pytest.mark.parametrize(
    ("text", "query", "hits"),
    [
        ("待处理水量", "处理", ["处理"]),
        ("廢水處理", "废水处理", ["廢水處理"]),
        ("以ＰＬＡ为原料", "pla", ["ＰＬＡ"]),
        ("清理C盘", "c盘", ["C盘"]),
        ("王建国", "wjg", ["王建国"]),
        ("李雪", "wjg", []),
        ("处理", "", []),
        ("高盐废水蒸发能耗高，含盐 3%", "高盐废水", ["高盐废水"]),
        ("盐场的盐", "盐", ["盐", "盐"]),
    ],
)
def test_a_hit_is_marked_as_it_is_written(text: str, query: str, hits: list[str]) -> None:
    assert marked(text, query) == hits


@settings(deadline=None)  # a busy machine is no fault of the text
@given(st.text(max_size=60), st.text(max_size=20))
def test_the_pieces_are_the_text_again(text: str, query: str) -> None:
    assert "".join(piece for piece, _ in highlight(text, query)) == text


def test_the_snippet_comes_from_the_field_and_place_with_most_hits() -> None:
    fields = [
        ("简介", "无关的话。" * 40),
        ("案例", "也无关。" * 40 + "膜法处理印染废水，回用率高。" + "再无关。" * 40),
    ]

    snippet = best_snippet(fields, "印染废水 回用", width=40)

    assert snippet is not None
    assert snippet.field == "案例"
    text = "".join(piece for piece, _ in snippet.parts)
    assert "印染废水，回用率高" in text
    assert text.startswith("…")
    assert text.endswith("…")
    assert len(text) <= 42


def test_without_hits_the_snippet_is_the_beginning_and_without_text_there_is_none() -> None:
    snippet = best_snippet([("简介", ""), ("案例", "从头说起")], "毫不相干")

    assert snippet is not None
    assert snippet.parts == (("从头说起", False),)
    assert best_snippet([("简介", " ")], "词") is None
