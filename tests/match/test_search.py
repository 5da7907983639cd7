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


def _titled(**titles: str) -> Index:
    return Index.build(Doc(key, title) for key, title in titles.items())


def test_what_holds_more_of_the_words_stands_before_what_says_some_of_them_often() -> None:
    told = "污泥减量，烟气循环，成本低，已建成一条示范线，年运行三百天。"
    common = "年产量三千吨，已在两家工厂使用，运行两年，效果稳定，成本较低。"
    texts = {
        "all": f"铬渣还原焙烧后浸出，镍由电解回收，余热利用，{told}",
        "often": f"铬渣经焙烧、电解、再焙烧、再电解处理，{told}",
        **{f"heat{at}": f"镍制品{at}，余热，{common}" for at in range(2)},
        **{f"other{at}": f"苹果采摘{at}，销往各地，{common}" for at in range(60)},
    }
    index = Index.build(Doc(key, "", (("摘要", text),)) for key, text in texts.items())

    found = index.search("铬渣 焙烧 电解 余热")

    assert [hit.id for hit in found.hits] == ["all", "often"]
    assert found.hits[0].score > found.hits[1].score


def test_few_results_are_filled_up_with_near_ones_that_are_marked_and_not_counted() -> None:
    index = _titled(
        whole="高盐废水双极膜电渗析装置", part="高盐废水蒸发装置", less="双极膜制备", chance="联合收割机装置",
        **{f"other{at}": f"苹果采摘机械装置{at}型" for at in range(40)},
    )  # fmt: skip

    plain = index.search("高盐废水 双极膜 装置 设计")
    found = index.search("高盐废水 双极膜 装置 设计", near=10)

    assert [hit.id for hit in plain.hits] == ["whole"]
    assert [(hit.id, hit.is_near) for hit in found.hits] == [("whole", False), ("part", True), ("less", True)]
    assert found.total == 1
    assert not found.relaxed


def test_nothing_near_is_offered_beside_what_holds_the_whole_text_nor_on_further_pages() -> None:
    index = _titled(own="安徽华昌纺织有限公司", other="安徽丰原纺织有限公司", third="华昌机电有限公司")

    found = index.search("安徽华昌纺织有限公司", near=10)
    further = index.search("安徽华昌 纺织 印染", near=10, offset=5)

    assert [hit.id for hit in found.hits] == ["own"]
    assert further.hits == ()


def test_near_ones_fill_up_and_never_push_out_what_holds_the_words() -> None:
    titles = {f"held{at}": f"高盐废水膜处理装备{at}型" for at in range(4)}
    titles |= {f"near{at}": f"高盐废水处理工艺{at}型" for at in range(6)}
    titles |= {f"other{at}": f"苹果采摘机械{at}型" for at in range(40)}
    index = _titled(**titles)

    found = index.search("高盐废水 膜处理 装备 选型", near=6)

    assert sum(hit.is_near for hit in found.hits) == 2
    assert {hit.id for hit in found.hits if not hit.is_near} == {f"held{at}" for at in range(4)}


def test_pages_ordered_by_what_they_hold_follow_each_other_beyond_the_window() -> None:
    index = Index.build(
        Doc(str(at), "", (("摘要", "高盐废水" * (at % 7 + 1) + "膜处理" * (at % 5 + 1)),))
        for at in range(130)
    )

    shown = [hit.id for page in range(7) for hit in index.search("高盐废水膜处理", offset=20 * page).hits]

    assert len(shown) == len(set(shown)) == 130
    assert shown == [hit.id for hit in index.search("高盐废水膜处理", top=130).hits]


def test_what_is_written_over_and_over_is_never_worth_less_than_nothing() -> None:
    """The engine counts documents that it has not merged away yet: more hold a term then than there are."""
    index = Index.memory()
    for at in range(6):
        with index.writer() as writer:
            writer.put(Doc("both", "高盐废水膜处理电渗析"))
            writer.put(Doc("half", "高盐废水蒸发"))
            writer.put(Doc(f"kept{at}", "苹果采摘"))
    with index.writer() as writer:
        writer.put(Doc("fresh", "铬渣还原焙烧高盐"))
    assert index.frequency("高盐") > len(index)

    found = index.search("铬渣还原 高盐废水 电渗析")

    assert [hit.id for hit in found.hits] == ["fresh", "both", "half"]
    assert all(hit.score > 0 for hit in found.hits)
