"""What a register says of its persons before texts are compared."""

import pytest

from keqiao_match import Facts, Hit, Stand, Standing, rank_people

YOUNG, GENERAL = "青年项目", "面上项目"


def register() -> Standing:
    """Thirty who went on from a young project to a general one three years later, thirty who stopped after the first.

    Whoever went on wrote 膜法 both times; 研究 everybody writes.
    """
    works, titles, authors = {}, {}, {}
    for at in range(30):
        for work, title, facts, person in (
            (f"前{at}", "膜法分盐研究", Facts(YOUNG, 2010, 2012), f"续{at}"),
            (f"后{at}", "膜法脱盐研究", Facts(GENERAL, 2013, 2016), f"续{at}"),
            (f"独{at}", "土壤改良研究", Facts(YOUNG, 2010, 2012), f"止{at}"),
        ):
            works[work], titles[work], authors[work] = facts, title, [person]
    return Standing.learn(works, titles, authors)


def test_whoever_has_much_work_is_likelier_to_have_another_when_the_register_says_so() -> None:
    counts = [1] * 60 + [2] * 20 + [3] * 10 + [4] * 6
    authors = {
        f"{person}之{at}": [f"第{person}人"] for person, many in enumerate(counts) for at in range(many)
    }
    works = dict.fromkeys(authors, Facts("论文"))
    standing = Standing.learn(works, dict.fromkeys(works, "水处理"), authors)

    one, two, four = standing.of(["第0人", "第60人", "第95人"], "水处理").values()

    assert one.active < two.active < four.active


def test_words_that_people_come_back_to_tell_and_words_that_everybody_writes_do_not() -> None:
    standing = register()

    assert standing.of(["续1"], "膜法回用")["续1"].telling > 0.3
    assert standing.of(["止1"], "膜法回用")["止1"].telling == 0
    assert standing.of(["续1"], "某某研究")["续1"].telling < 0.2


def test_a_known_kind_and_time_say_more_than_none() -> None:
    standing = register()
    fitting = standing.of(["止1"], "水处理", Facts(GENERAL, 2013, 2016))["止1"]
    too_late = standing.of(["止1"], "水处理", Facts(GENERAL, 2030, 2033))["止1"]
    second_young = standing.of(["止1"], "水处理", Facts(YOUNG, 2010, 2012))["止1"]

    assert fitting.time > too_late.time
    assert fitting.kind > second_young.kind
    assert standing.of(["止1"], "水处理")["止1"].time == 0


def test_the_wording_of_a_title_stands_in_for_an_unknown_kind() -> None:
    works = {f"{kind}{at}": Facts(kind) for kind in ("论文", "专利") for at in range(20)}
    titles = {work: "一种处理装置" if work.startswith("专利") else "处理机理探讨" for work in works}
    authors = {work: [f"{work[:2]}的{int(work[2:]) // 2}"] for work in works}

    stands = Standing.learn(works, titles, authors).of(["专利的1", "论文的1"], "一种装置")

    assert stands["专利的1"].kind > stands["论文的1"].kind


@pytest.mark.parametrize("people", [{}, {"甲": ["王工"], "乙": ["李工"]}])
def test_a_register_where_nobody_has_two_works_teaches_nothing(people: dict[str, list[str]]) -> None:
    works = {work: Facts("论文", 2020, 2021) for work in people}
    standing = Standing.learn(works, dict.fromkeys(works, "膜法回用"), people)

    assert standing.of(["王工", "无人"], "膜法回用") == dict.fromkeys(["王工", "无人"], Stand(0, 0, 0, 0))


def test_standing_moves_the_odds_of_whoever_is_found_and_the_shares_still_add_up() -> None:
    hits = [Hit("甲", "", 40.0), Hit("乙", "", 36.0)]
    authors = {"甲": ["李工"], "乙": ["王工"]}
    stands = {"王工": Stand(0, 2.0, 0, 0), "无人": Stand(9, 9, 9, 9)}

    found = rank_people(hits, authors, profiles=[Hit("王工", "", 5.0)], standing=stands)

    assert [one.person for one in rank_people(hits, authors)] == ["李工", "王工"]
    assert [one.person for one in found] == ["王工", "李工"]
    assert found[0].stand == stands["王工"]
    assert sum(share for _, share in found[0].works) + found[0].profile == pytest.approx(found[0].score)
    assert 0 < found[0].score < 1
