"""What a visitor types and what he gets."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from keqiao_match import BadQuery, Doc, Index


def ids(index: Index, text: str) -> list[str]:
    return [hit.id for hit in index.search(text).hits]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("处理", {"A1", "A6"}),  # inside 待处理 and 深度处理
        ("待处理", {"A1"}),
        ("废水 膜法", {"A1"}),
        ("PLA", {"A2"}),
        ("ｐｌａ", {"A2"}),
        ("PBAT-X", {"A2"}),
        ("pbatx", {"A2"}),
        ("6N", {"A3"}),
        ("氧化铝", {"A3"}),  # written 氧化鋁
        ("C盘", {"A5"}),
        ("ｃ盤", {"A5"}),
        ("盘", {"A4", "A5"}),
        ("300克", {"A8"}),
        ("５０００吨", {"A1"}),
        ("王建国", {"A1"}),
        ("wangjianguo", {"A1"}),
        ("wang jianguo", {"A1"}),
        ("wjg", {"A1"}),
        ("lixue", {"A2"}),
        ("ZL202010123456.7", {"A1"}),
        ("zl202010123456.7", {"A1"}),
        ("C02F", {"A1"}),
        ("C02F1/44", {"A1"}),
    ],
)
def test_a_visitor_finds_what_is_written_another_way(index: Index, typed: str, found: set[str]) -> None:
    assert set(ids(index, typed)) == found


def test_an_abbreviation_is_not_found_inside_a_longer_word() -> None:
    index = Index.build([Doc("1", "plastic 模具"), Doc("2", "PLA 切片")])

    assert ids(index, "pla") == ["2"]


def test_empty_text_lists_everything_newest_first_and_undated_last(index: Index) -> None:
    page = index.search("", order="-year", top=3)

    assert page.total == 8
    assert [hit.id for hit in page.hits] == ["A6", "A1", "A2"]
    assert {hit.id for hit in index.search("", order="year", offset=6).hits} == {"A7", "A8"}


def test_pages_follow_each_other_without_overlap(index: Index) -> None:
    pages = [[hit.id for hit in index.search("", top=3, offset=at).hits] for at in (0, 3, 6, 9)]

    assert [len(page) for page in pages] == [3, 3, 2, 0]
    assert len({key for page in pages for key in page}) == 8


def test_values_of_a_facet_are_alternatives_and_facets_narrow_each_other(index: Index) -> None:
    either = index.search("", where={"field": ["07", "01"]})
    narrowed = index.search("", where={"field": ["07", "10"], "division": ["150826"]})

    assert {hit.id for hit in either.hits} == {"A1", "A5", "A6"}
    assert [hit.id for hit in narrowed.hits] == ["A6"]


def test_counts_ignore_their_own_filter_so_that_another_value_can_be_chosen(index: Index) -> None:
    page = index.search("", where={"field": ["07"]}, facets=("field", "division"))

    assert page.total == 2
    assert page.facets["field"] == {"10": 3, "04": 2, "07": 2, "01": 1}
    assert page.facets["division"] == {"150802": 1, "150826": 1}


def test_a_range_is_closed_and_may_be_open_at_one_end(index: Index) -> None:
    assert {hit.id for hit in index.search("", ranges={"amount": (80, 120)}).hits} == {"A1", "A2"}
    assert {hit.id for hit in index.search("", ranges={"amount": (200, None)}).hits} == {"A3", "A6"}
    assert index.search("", ranges={"amount": (None, None)}).total == 8


def test_when_nothing_holds_all_words_some_words_are_enough_and_the_page_says_so(index: Index) -> None:
    page = index.search("番茄酱 石墨烯")

    assert [hit.id for hit in page.hits] == ["A6"]
    assert page.relaxed
    assert not index.search("番茄酱 废水").relaxed


def test_a_whole_demand_as_query_finds_its_achievement_first(index: Index, dyeing_demand: Doc) -> None:
    assert ids(index, dyeing_demand.fields[0][1] * 30)[0] == "A1"


@settings(deadline=None)  # a busy machine is no fault of the text
@given(st.text(max_size=80))
@example('field:"07" AND (处理')
@example("*:* OR id:A1 ^2 ~3 [a TO z] {")
@example("\ud800处理\x00\ufeff")
@example("处理\\n\\处理")
def test_no_text_is_syntax_and_none_raises(index: Index, text: str) -> None:
    page = index.search(text, facets=("field",), where={"division": ["150802", text]})

    assert page.total == len(page.hits) <= 8


@settings(deadline=None)  # a busy machine is no fault of the text
@given(st.text(min_size=1, max_size=30))
@example("\ud800")
def test_a_document_with_any_text_is_indexed_and_comes_back_as_it_was(text: str) -> None:
    doc = Doc("1", text, (("内容", text),), (text,), (text,), {"field": (text,)})

    index = Index.build([doc, Doc("2", "别的")], facets=("field",), numbers=())

    kept = index.get(["1"])["1"]
    assert kept.title == text.encode("utf-8", "replace").decode()
    assert index.search("").total == 2


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"where": {"颜色": ["红"]}}, "颜色"),
        ({"ranges": {"weight": (1, 2)}}, "weight"),
        ({"order": "-weight"}, "weight"),
        ({"facets": ("颜色",)}, "颜色"),
        ({"offset": -1}, "-1"),
        ({"offset": 10**9}, "翻页"),
    ],
)
def test_a_name_the_index_lacks_is_refused_with_the_names_it_has(
    index: Index, asked: dict[str, object], said: str
) -> None:
    with pytest.raises(BadQuery, match=said):
        index.search("废水", **asked)  # type: ignore[arg-type]  # wrong on purpose
