"""Persons found by their works."""

import pytest

from keqiao_match import Match, rank_people


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
