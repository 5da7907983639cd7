"""Dated terms of publicity and bidding, by area; and the phases they lead to."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from keqiao.codes.workdays import Unit, calendar
from keqiao.core.errors import BadInput
from keqiao.hall.bidding import Form, Rules, start
from keqiao.hall.clock import Pause, Term, read_clock
from keqiao.hall.enums import Phase
from keqiao.hall.phase import clock_words, phase_at
from keqiao.hall.terms import bidding_terms, publicity_term, term_as_dict, term_from

DAY = date(2026, 11, 20)


def test_every_place_has_fifteen_days_that_are_still_to_be_checked() -> None:
    for place in ("340323000000", "330100000000", ""):
        term = publicity_term(place, DAY)
        assert (term.length, term.unit, term.verify) == (15, Unit.CALENDAR, True)
        assert "15 日" in term.basis


def test_the_longest_prefix_wins_and_names_its_own_rule() -> None:
    assert "浙江" in publicity_term("330100000000", DAY).basis
    assert "浙江省" not in publicity_term("340323000000", DAY).basis


def test_a_bureau_puts_its_own_period_before_ours(tmp_path: Path) -> None:
    own = tmp_path / "terms.yaml"
    own.write_text(
        'publicity:\n  - {since: 2026-01-01, prefix: "3403", length: 10, unit: working, basis: 本市办法, verify: false}\n',
        encoding="utf-8",
    )

    ours = publicity_term("340323000000", DAY, str(own))

    assert (ours.words, ours.verify) == ("10个工作日", False)
    assert publicity_term("340323000000", date(2025, 12, 31), str(own)).length == 15
    assert publicity_term("110000000000", DAY, str(own)).length == 15


@pytest.mark.parametrize(
    ("text", "word"), [("- 1", "不是表格"), ("publicity:\n  - {length: 3}", "since"), ("a: [", "读不出来")]
)
def test_an_unreadable_table_says_what_is_wrong(tmp_path: Path, text: str, word: str) -> None:
    own = tmp_path / "bad.yaml"
    own.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=word):
        publicity_term("34", DAY, str(own))


def test_the_owner_may_not_bid_and_an_inventor_is_marked() -> None:
    terms = bidding_terms("340323000000", DAY)
    assert [terms.ruling_on(one) for one in ("own", "inventor", "interested", "none")] == [
        "refuse",
        "mark",
        "mark",
        "",
    ]
    assert terms.least_bidders["auction"] == 2


def test_a_term_that_was_announced_comes_back_the_same() -> None:
    term = Term(10, Unit.WORKING, basis="某办法", verify=False)
    assert term_from(term_as_dict(term)) == term


def test_the_clock_in_words() -> None:
    term = publicity_term("340323000000", DAY)
    days = calendar()

    def words(on: date, *pauses: Pause) -> str:
        return clock_words(read_clock(date(2026, 11, 16), term, pauses, on, days), term)

    assert words(date(2026, 11, 21)) == "公示期第 6 天，共 15日，11-30 止；待核实"
    assert words(date(2026, 12, 1)) == "公示期 15日 已满，11-30 止；待核实"
    assert words(date(2026, 11, 22), Pause(date(2026, 11, 20))).startswith(
        "有异议待处理，公示期暂停：已计 4日，共 15日"
    )


def test_phases_follow_clock_and_window() -> None:
    opens = datetime(2026, 12, 2, 1, tzinfo=UTC)
    rules = Rules(Form.OPEN, Decimal(1), opens, opens + timedelta(hours=1), Decimal(1))
    term, days, standing = Term(15), calendar(), start(rules)

    def phase(on: date, now: datetime, *pauses: Pause) -> Phase:
        return phase_at(read_clock(date(2026, 11, 16), term, pauses, on, days), opens, standing, now)

    assert phase(date(2026, 11, 30), opens) is Phase.PUBLICITY
    assert phase(date(2026, 11, 30), opens, Pause(date(2026, 11, 30))) is Phase.PAUSED
    assert phase(date(2026, 12, 1), opens - timedelta(seconds=1)) is Phase.WAITING
    assert phase(date(2026, 12, 2), opens) is Phase.BIDDING
    assert phase(date(2026, 12, 2), opens + timedelta(hours=1)) is Phase.DECIDING
