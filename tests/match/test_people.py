"""Persons found by their works."""

import pytest

from keqiao_match import Doc, Hit, Index, Match, rank_people


def hit(work: str, score: float) -> Match:
    return Match(work, work, 1, score, "较强相关", (), ())


def test_the_person_of_the_best_work_comes_first_with_the_work_named() -> None:
    hits = [hit("膜法回用", 0.8), hit("污泥干化", 0.3)]

    first, second = rank_people(hits, {"膜法回用": ["王工"], "污泥干化": ["李工"]})

    assert (first.person, second.person) == ("王工", "李工")
    assert first.works[0][0] == "膜法回用"
    assert 1 > first.score > second.score > 0


def test_two_fair_works_say_more_than_one_but_a_strong_one_outweighs_many_vague_ones() -> None:
    hits = [hit("甲", 0.9), *(hit(f"乙{at}", 0.2) for at in range(9)), hit("丙", 0.19)]
    authors = {"甲": ["强"], "丙": ["一"], **{f"乙{at}": ["多"] for at in range(9)}}

    assert [one.person for one in rank_people(hits, authors)] == ["强", "多", "一"]


def test_the_shares_of_a_persons_works_add_up_to_the_score() -> None:
    found = rank_people([hit("甲", 0.7), hit("乙", 0.6)], {"甲": ["王工"], "乙": ["王工"]})[0]

    assert sum(share for _, share in found.works) == pytest.approx(found.score)
    assert [work for work, _ in found.works] == ["甲", "乙"]


def test_a_person_named_twice_on_a_work_is_heard_once_and_a_work_of_nobody_is_passed_over() -> None:
    once = rank_people([hit("甲", 0.7)], {"甲": ["王工"]})
    twice = rank_people([hit("甲", 0.7), hit("无主", 0.9)], {"甲": ["王工", "王工"]})

    assert once == twice


def test_equal_persons_keep_one_order_and_the_list_ends_at_top() -> None:
    found = rank_people([hit("甲", 0.7)], {"甲": ["丙", "乙", "丁"]}, top=2)

    assert [one.person for one in found] == sorted(["丙", "乙", "丁"])[:2]


def test_all_that_a_person_wrote_breaks_the_tie_of_two_equal_works() -> None:
    hits = [hit("甲", 0.6), hit("乙", 0.6)]
    authors = {"甲": ["李工"], "乙": ["王工"]}

    found = rank_people(hits, authors, profiles=[Hit("王工", "", 9.0), Hit("李工", "", 3.0)])

    assert [one.person for one in found] == ["王工", "李工"]
    assert sum(share for _, share in found[0].works) + found[0].profile == pytest.approx(found[0].score)
    assert found[0].score < 1


def test_a_person_without_a_found_work_is_found_by_everything_together() -> None:
    found = rank_people([], {}, profiles=[Hit("王工", "", 9.0)])

    assert [(one.person, one.works) for one in found] == [("王工", ())]


def test_hits_speak_by_their_score_beside_the_best_and_a_score_of_nothing_says_nothing() -> None:
    loud, half = rank_people([Hit("甲", "", 40.0), Hit("乙", "", 20.0)], {"甲": ["王工"], "乙": ["李工"]})

    assert loud.score > 2 * half.score > 0
    assert rank_people([Hit("甲", "", 0.0)], {"甲": ["王工"]})[0].score == 0


def test_the_maker_of_many_fair_works_is_found_in_an_index_of_everything_he_made() -> None:
    made = {
        "王工": ("印染废水膜法回用", "纳滤分盐", "高盐废水蒸发结晶"),
        "李工": ("印染设备节能",),
        "赵工": ("苹果储藏保鲜",),
    }
    index = Index.build(
        Doc(person, "", tuple(("题名", title) for title in titles)) for person, titles in made.items()
    )

    hits = index.sharing(Doc("问", "印染高盐废水分盐结晶"), exclude=["赵工"])

    assert [one.id for one in hits] == ["王工", "李工"]
    assert hits[0].score > hits[1].score > 0
    assert index.sharing(Doc("空", "")) == ()
