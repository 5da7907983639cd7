"""The pure rules: which ties count, how far, how long. No database."""

from datetime import date

import pytest

from keqiao.expertise.conflicts import Edge, Node, conflicts, in_force, merged, not_known, rules_on

ON = date(2026, 6, 1)
RULES = rules_on(ON)
ZHANG, LI, WANG = ("expert", 1), ("expert", 2), ("expert", 3)
FIRM, MILL, UNIVERSITY = ("unit", 1), ("unit", 2), ("unit", 3)


def ties(*edges: Edge, who: Node = ZHANG, party: Node = FIRM) -> list[tuple[bool, str]]:
    found = conflicts([who], [party], edges, RULES, ON)[who]
    return [(one.is_direct, one.label) for one in found]


def test_who_works_at_the_asking_unit_is_tied_to_it() -> None:
    assert ties(Edge("works_at", ZHANG, FIRM)) == [(True, "同单位")]


def test_who_knows_nobody_there_is_free() -> None:
    assert ties(Edge("works_at", ZHANG, UNIVERSITY), Edge("works_at", LI, FIRM)) == []


def test_a_co_author_who_works_at_the_asking_unit_is_a_tie_over_two_steps() -> None:
    assert ties(Edge("coauthor", ZHANG, LI, year=2025), Edge("works_at", LI, FIRM)) == [
        (False, "合作产出、同单位")
    ]


def test_three_steps_are_too_far() -> None:
    assert not ties(
        Edge("coauthor", ZHANG, LI, year=2025),
        Edge("coauthor", LI, WANG, year=2025),
        Edge("works_at", WANG, FIRM),
    )


def test_a_colleague_of_somebody_of_the_team_is_tied_directly_though_the_unit_stands_between() -> None:
    found = ties(Edge("works_at", ZHANG, UNIVERSITY), Edge("works_at", LI, UNIVERSITY), party=LI)

    assert found == [(True, "同单位")]


def test_a_unit_at_the_same_address_ties_its_people_indirectly() -> None:
    assert ties(Edge("works_at", ZHANG, MILL), Edge("address", MILL, FIRM)) == [(False, "同单位、同一地址")]


def test_a_direct_tie_leaves_no_room_for_roundabout_ones_with_the_same_party() -> None:
    found = ties(
        Edge("works_at", ZHANG, FIRM), Edge("coauthor", ZHANG, LI, year=2025), Edge("works_at", LI, FIRM)
    )

    assert found == [(True, "同单位")]


@pytest.mark.parametrize(
    ("day", "counts"), [(date(2023, 6, 1), True), (date(2023, 5, 31), False), (date(2026, 1, 1), True)]
)
def test_a_joint_work_counts_for_three_years_to_the_day(day: date, counts: bool) -> None:
    assert in_force(Edge("coauthor", ZHANG, LI, year=day.year, day=day), RULES, ON) is counts


@pytest.mark.parametrize(("year", "counts"), [(2023, True), (2022, False), (None, True)])
def test_where_only_the_year_is_known_the_whole_year_counts_and_an_unknown_one_too(
    year: int | None, counts: bool
) -> None:
    assert in_force(Edge("coauthor", ZHANG, LI, year=year), RULES, ON) is counts


def test_on_the_29th_of_february_three_years_ago_is_the_28th() -> None:
    leap = date(2028, 2, 29)

    assert in_force(Edge("coproject", ZHANG, LI, year=2025, day=date(2025, 2, 28)), rules_on(leap), leap)


def test_a_left_unit_counts_for_three_years_after_leaving() -> None:
    left = Edge("works_at", ZHANG, FIRM, year=2022, day=date(2022, 12, 31))

    assert ties(left) == []


def test_three_joint_works_are_one_tie_that_names_the_newest() -> None:
    [one] = merged(
        Edge(
            "coauthor",
            ZHANG,
            LI,
            year=year,
            source_kind="work",
            source_id=str(year),
            source_title=f"论文{year}",
        )
        for year in (2024, 2026, 2025)
    )

    assert (one.count, one.source_title) == (3, "论文2026")


def test_the_same_work_told_from_both_sides_counts_once() -> None:
    facts = {"year": 2025, "source_kind": "work", "source_id": "a"}

    assert merged([Edge("coauthor", ZHANG, LI, **facts), Edge("coauthor", LI, ZHANG, **facts)])[0].count == 1


def test_an_expert_is_not_tied_to_himself() -> None:
    edges = [Edge("works_at", ZHANG, FIRM), Edge("works_at", LI, MILL)]

    assert conflicts([ZHANG, LI], [ZHANG, LI], edges, RULES, ON) == {ZHANG: (), LI: ()}


def test_every_rule_has_its_source_and_says_that_it_is_not_checked() -> None:
    assert all(rule.source and rule.verify for rule in RULES.values())
    assert "近亲属" in not_known()


def test_before_the_first_dated_value_no_rule_holds() -> None:
    assert rules_on(date(1999, 12, 31)) == {}
