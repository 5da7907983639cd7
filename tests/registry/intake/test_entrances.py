"""Every later entrance names the place and the mend of a bad table, in the words that the manual prints."""

import re

import pytest

from tests.registry.intake.entrances import ENTRANCES, Entrance, meet


@pytest.mark.parametrize("case", ENTRANCES, ids=lambda case: f"{case.room} {case.shown}")
def test_a_bad_table_is_refused_with_its_place_and_mend(case: Entrance):
    outcomes = meet(case)

    assert any(case.says in one.message for one in outcomes), outcomes
    for one in outcomes:
        assert re.search(r"请|可以先", one.message), one.message
        assert re.search(r"文件“.+?”|表格“.+?”|回单“.+?”|“.+?”里|第 \d+ 行", one.message), one.message
        assert "失败" not in one.message
        assert one.code != "bad_input"
