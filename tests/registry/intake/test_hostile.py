"""Broken and hostile files get a refusal that names the place and the mend; nothing else happens."""

import re

import pytest

from tests.registry.intake.bad_input_page import PAGE, page
from tests.registry.intake.hostile import CASES, Case, meet


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.shown)
def test_a_bad_file_gets_its_own_refusal(case: Case):
    outcomes = meet(case)

    assert case.code in [one.code for one in outcomes]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.shown)
def test_a_refusal_says_where_and_what_to_do(case: Case):
    for outcome in meet(case):
        assert len(outcome.message) >= 20
        assert re.search(r"请|可能", outcome.message), outcome.message
        assert re.search(r"文件“.+?”|工作表“.+?”|第 \d+ 行|表\d+", outcome.message), outcome.message
        assert "失败" not in outcome.message
        assert outcome.message.isprintable(), ascii(outcome.message)


def test_there_are_more_than_forty_kinds_of_bad_file_and_none_is_listed_twice():
    assert len(CASES) >= 45
    assert len({case.shown for case in CASES}) == len(CASES)


def test_an_officer_can_read_every_refusal_in_the_manual():
    assert PAGE.read_text(encoding="utf-8") == page(PAGE.read_text(encoding="utf-8")), (
        "the messages have changed: run python -m tests.registry.intake.bad_input_page"
    )
