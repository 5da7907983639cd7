"""Different words for the same thing."""

import pytest

from keqiao_match import Doc, Index, Matcher, Relations, harvest_abbreviations


def test_an_abbreviation_is_learnt_from_texts_that_give_it() -> None:
    texts = ["采用聚乳酸(PLA)制膜。", "一种聚乳酸（PLA）材料", "该聚乳酸(PLA)可降解", "偶见聚丙烯(PP)"]

    assert harvest_abbreviations(texts) == {"pla": ("聚乳酸", 3)}


def test_a_demand_for_pla_film_finds_the_film_of_polylactic_acid_and_says_why() -> None:
    index = Index.build([Doc("膜", "可降解PLA地膜"), Doc("机", "葵花收获机")])

    best = index.match(Doc("需求", "聚乳酸农膜"))[0]

    assert best.id == "膜"
    pairs = {(one.asked, one.found, one.why) for evidence in best.evidence for one in evidence.related}
    assert ("聚乳酸", "pla", "缩写") in pairs
    assert ("农膜", "地膜", "近义") in pairs
    assert best.against == ()


def test_a_code_inside_a_longer_word_is_not_the_abbreviation() -> None:
    best = Matcher().rank(Doc("需求", "聚乳酸薄膜"), [Doc("塑", "plastic薄膜")])[0]

    assert not [one for evidence in best.evidence for one in evidence.related if one.found == "pla"]


@pytest.mark.parametrize(
    ("demand", "object_missing", "object_there"),
    [
        ("新能源汽车密封条", "新能源汽车的充电装置", "新能源汽车车门密封条"),
        ("智能锚杆钻车研发项目", "通过配置API快速开发项目的方法", "矿用锚杆钻机"),
        ("金银花全基因组技术", "金银花采摘机", "忍冬全基因组测序"),
    ],
)
def test_what_shares_only_the_setting_is_not_strong_and_what_has_the_object_comes_first(
    demand: str, object_missing: str, object_there: str
) -> None:
    asked = Doc("需求", demand)
    answers = {
        match.title: match
        for match in Matcher().rank(asked, [Doc("1", object_missing), Doc("2", object_there)])
    }

    assert answers[object_missing].grade != "强相关"
    assert answers[object_missing].against
    said = {part.name: part.value for part in answers[object_there].parts}
    assert said["题词应答"] > {part.name: part.value for part in answers[object_missing].parts}["题词应答"]


def test_own_abbreviations_join_the_shipped_relations() -> None:
    own = Relations.shipped().adding({"kqx": ("科桥平台", 3)})

    assert [one.other for one in own.of("kqx")] == ["科桥平台"]
    assert own.of("聚乳酸") == Relations.shipped().of("聚乳酸")


def test_words_that_keep_the_same_company_are_shown_as_near() -> None:
    best = Matcher().rank(Doc("需求", "轴承加工"), [Doc("1", "齿轮轴加工")])[0]

    near = [one for evidence in best.evidence for one in evidence.related if one.why == "近词"]
    assert [(one.asked, one.found) for one in near] == [("轴承", "齿轮轴")]
