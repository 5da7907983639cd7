"""Which demands form a group, what it is called, what counts as a failure."""

import datetime as dt

import pytest

from keqiao.radar.rules import Naming, groups_of, is_failure, limits_on, most_central, phrases


def test_a_chain_of_neighbours_is_no_group() -> None:
    chain = {(1, 2): 0.8, (2, 3): 0.8, (3, 4): 0.8}

    groups = groups_of(chain, least=0.5, most=40)

    assert [group.members for group in groups] == [(1, 2), (3, 4)], "1 and 4 know nothing of each other"


def test_demands_that_are_all_alike_become_one_group_with_its_mean() -> None:
    scores = {(1, 2): 0.9, (1, 3): 0.6, (2, 3): 0.6, (3, 9): 0.3}

    (group,) = groups_of(scores, least=0.5, most=40)

    assert group.members == (1, 2, 3)
    assert group.tightness == pytest.approx(0.7)


def test_a_group_stops_growing_at_the_cap() -> None:
    everybody = {(a, b): 0.9 for a in range(10) for b in range(a + 1, 10)}

    assert max(len(group.members) for group in groups_of(everybody, least=0.5, most=4)) <= 4
    assert len(groups_of(everybody, least=0.5, most=40)) == 1


def test_the_order_of_the_pairs_changes_nothing() -> None:
    scores = {(a, b): 0.5 + ((a * 7 + b * 3) % 10) / 20 for a in range(12) for b in range(a + 1, 12)}
    backwards = dict(reversed(scores.items()))

    assert groups_of(scores, least=0.6, most=5) == groups_of(backwards, least=0.6, most=5)


def test_the_central_member_is_nearest_to_all() -> None:
    assert most_central([1, 2, 3], {(1, 2): 0.9, (2, 3): 0.8, (1, 3): 0.2}) == 2


def test_a_name_says_what_the_group_shares_and_others_do_not() -> None:
    naming = Naming(["高盐废水回收", "高盐废水处理", "肉鸽疫苗研究", "客车轻量化研究", "废水在线监测"])

    terms = naming.terms(["高盐废水回收", "高盐废水处理"])

    assert terms[0] == "高盐废水"
    assert not any("研究" in term or "处理" in term for term in terms)


def test_a_phrase_is_never_glued_over_a_sign_or_a_common_word() -> None:
    assert "线缆" in "".join(phrases("（电缆）线缆"))
    assert all("设计及" not in phrase for phrase in phrases("悬架设计及制造"))


@pytest.mark.parametrize(
    ("status", "reason", "failed"),
    [
        ("expired", "", True),
        ("closed", "已与某高校签约解决", False),
        ("closed", "未能解决，不再需要", True),
        ("closed", "", True),
        ("published", "", False),
        ("archived", "", False),
    ],
)
def test_what_ended_without_a_result_counts_as_a_failure(status: str, reason: str, failed: bool) -> None:
    assert is_failure(status, reason) is failed


def test_the_figures_are_dated_and_sourced() -> None:
    limits = limits_on(dt.date(2026, 12, 1))

    assert limits.least_firms >= 2
    assert limits.source
    assert limits_on(dt.date(2020, 1, 1)) == limits_on(dt.date(2026, 11, 22)), (
        "before the first line: that line"
    )
