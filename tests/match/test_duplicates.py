"""An officer sees that a demand was posted before."""

from dataclasses import replace

from keqiao_match import Doc, Index, near_duplicates, similarity

POSTED = Doc(
    "2024-137",
    "葵花籽脱壳机破损率控制",
    (("需求内容", "现有脱壳机破损率在8%左右，希望降到3%以下，每小时处理两吨。"),),
)


def test_a_demand_posted_again_with_small_changes_is_recognised(achievements: list[Doc]) -> None:
    again = replace(
        POSTED,
        id="2026-004",
        fields=(("需求内容", "现有脱壳机破损率在８％左右，希望降到2%以下，每小时处理两吨"),),
    )
    index = Index.build([*achievements, POSTED])

    ((key, alike),) = near_duplicates(index, again)

    assert key == "2024-137"
    assert 0.9 < alike < 1
    assert near_duplicates([*achievements, POSTED], again) == [(key, alike)]


def test_two_demands_of_one_subject_are_not_duplicates() -> None:
    other = Doc("2026-005", "葵花籽色选机研制", (("需求内容", "需要按颜色剔除霉变籽粒。"),))

    assert near_duplicates([POSTED], other) == []


def test_similarity_is_whole_for_the_same_text_and_works_both_ways(achievements: list[Doc]) -> None:
    assert similarity(POSTED, POSTED) == 1
    assert similarity(POSTED, achievements[3]) == similarity(achievements[3], POSTED) < 0.3


def test_a_demand_with_a_title_only_is_compared_by_title() -> None:
    assert similarity(POSTED, Doc("x", "葵花籽脱壳机破损率控制", (("需求内容", " "),))) == 1
