"""Where firms stood year by year: pure."""

import datetime as dt

from keqiao.ladder.enums import Level
from keqiao.ladder.passage import Stay, last_day, passages, retention, standing

D = dt.date
A, B = D(2023, 12, 31), D(2024, 12, 31)


def stay(number: int, **more: object) -> Stay:
    values = {
        "founded_on": D(2010, 1, 1),
        "closed_on": None,
        "titles": (),
        "places": (("340323", D(2010, 1, 1), None),),
    }
    return Stay(number, **(values | more))  # type: ignore[arg-type]  # as the tests write them


def test_the_highest_title_in_force_decides_and_its_last_day_counts() -> None:
    one = stay(
        1,
        titles=(("tech_sme", D(2023, 7, 1), A), ("hnte", D(2021, 1, 1), A), ("unheard", D(2020, 1, 1), None)),
    )

    assert one.level(A) == Level.HNTE
    assert one.level(D(2024, 1, 1)) == Level.NONE
    assert one.level(D(2009, 1, 1)) == Level.ABSENT


def test_firms_pass_between_levels_arrive_and_go() -> None:
    lives = [
        stay(1, titles=(("tech_sme", D(2023, 7, 1), A), ("hnte", D(2024, 11, 1), None))),
        stay(2, closed_on=D(2024, 3, 1)),
        stay(3, founded_on=D(2024, 5, 1)),
        stay(4, founded_on=D(2025, 5, 1)),
        stay(5, closed_on=D(2022, 3, 1)),
    ]

    assert passages(lives, A, B) == {("sme", "hnte"): [1], ("none", "gone"): [2], ("absent", "none"): [3]}


def test_a_firm_that_moved_passes_between_counties_on_the_day() -> None:
    moved = stay(1, places=(("340323", D(2010, 1, 1), D(2024, 7, 1)), ("340321", D(2024, 7, 1), None)))

    assert passages([moved, stay(2)], A, B, by="county") == {
        ("340323", "340321"): [1], ("340323", "340323"): [2],
    }  # fmt: skip
    assert moved.county(D(2024, 7, 1)) == "340321"


def test_standing_and_retention_by_year() -> None:
    lives = [
        stay(1, titles=(("hnte", D(2022, 1, 1), B),)),
        stay(2, titles=(("hnte", D(2022, 1, 1), A),)),
        stay(3),
    ]

    assert standing(lives, [A, B]) == [{"hnte": 2, "none": 1}, {"hnte": 1, "none": 2}]
    assert retention(lives, [A, B], Level.HNTE) == [0.5]
    assert retention(lives, [A, B], Level.TOP) == [None]


def test_the_current_year_is_judged_by_today() -> None:
    assert last_day(2026, D(2026, 11, 22)) == D(2026, 11, 22)
    assert last_day(2025, D(2026, 11, 22)) == D(2025, 12, 31)
