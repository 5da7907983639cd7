"""What speaks for and against one human being. Pure."""

import pytest

from keqiao.expertise.likeness import Page, is_candidate, likeness, strength

LI = Page("李文", "liwen")


def page(**facts: object) -> Page:
    return Page(**({"name": "李文", "pinyin": "liwen"} | facts))  # type: ignore[arg-type]  # facts of a Page


def keys(one: Page, other: Page) -> set[str]:
    return {signal.key for signal in likeness(one, other)}


def test_a_name_alone_is_nothing_to_ask_an_officer_about() -> None:
    assert not is_candidate(likeness(LI, LI))


def test_the_same_name_at_the_same_unit_is() -> None:
    here = page(unit=1, units={1: "淮河理工大学"})

    assert is_candidate(likeness(here, here))


def test_a_moved_expert_is_known_by_the_people_he_writes_with() -> None:
    then = page(unit=1, units={1: "甲"}, coauthors={"赵一": 3, "钱二": 1})
    now = page(unit=2, units={2: "乙"}, coauthors={"赵一": 2, "钱二": 5, "孙三": 1})

    assert "coauthors" in keys(then, now)
    assert is_candidate(likeness(then, now))


def test_who_sign_one_work_side_by_side_are_two() -> None:
    together = page(unit=1, units={1: "甲"}, works=frozenset({7}), coauthors={"赵一": 9})

    assert "same_work" in keys(together, together)
    assert not is_candidate(likeness(together, together))


def test_other_characters_of_one_sound_count_little() -> None:
    weak, strong = likeness(page(name="李闻"), LI), likeness(LI, LI)

    assert strength(weak) < strength(strong)
    assert keys(page(name="李闻"), LI) == {"pinyin"}


def test_different_identity_numbers_settle_it() -> None:
    one = page(unit=1, units={1: "甲"}, identity="a", phone="p")
    other = page(unit=1, units={1: "甲"}, identity="b", phone="p")

    assert not is_candidate(likeness(one, other))


@pytest.mark.parametrize("key", ["phone", "email"])
def test_one_telephone_or_mailbox_is_a_strong_hint_and_an_empty_one_none(key: str) -> None:
    assert key in keys(page(**{key: "x"}), page(**{key: "x"}))
    assert key not in keys(LI, LI)


def test_another_field_speaks_against() -> None:
    found = likeness(page(fields=frozenset({"01"})), page(fields=frozenset({"07"})))

    assert [signal.weight < 0 for signal in found if signal.key == "other_field"] == [True]
