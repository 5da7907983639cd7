"""What must hold for every firm: more R&D never hurts, and deleting a fact never makes a condition met."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keqiao.rules.compiling import engine
from keqiao.rules.facts import FACTS, of_year
from keqiao.rules.judging import Judgement, Outcome, judge, outcome
from keqiao.rules.shelf import shipped

DAY = date(2026, 7, 1)
REGION = {"eagle": "210600", "gazelle": "640200", "tech_giant": "640200", "pilot_base": "430100"}
ORDER = {Outcome.UNMET: 0, Outcome.UNKNOWN: 1, Outcome.MANUAL: 1, Outcome.MET: 2, Outcome.NOT_APPLICABLE: 2}

_money = st.integers(0, 60_000).map(Decimal)
_kinds: dict[str, st.SearchStrategy[Any]] = {
    "money": _money,
    "number": st.integers(0, 20_000).map(Decimal),
    "count": st.integers(0, 60),
    "flag": st.booleans(),
    "day": st.dates(date(1990, 1, 1), date(2026, 1, 1)).map(date.isoformat),
    "words": st.lists(st.sampled_from(["hnte", "tech_sme", "srdi", "giant", "provincial"]), max_size=3),
    "points": st.integers(0, 4).map(Decimal),
}
_texts = {"ip_level": ["高", "一般", "无"], "ip_support": ["强", "较弱", "无"]}


def firms(book: str) -> st.SearchStrategy[dict[str, Any]]:
    """Facts of the kinds that the book asks for, each known or not; none of a year before the firm, which the file
    of a firm refuses."""
    version = shipped(book).on(DAY, REGION.get(book, ""))
    asked = {
        *engine(version, DAY).names,
        "founded_on",
        *(one.fact for one in version.score_items() if one.fact),
    }
    known: dict[str, st.SearchStrategy[Any]] = {}
    for fact in FACTS.values():
        for back in range(6 if fact.per_year else 1):
            name = of_year(fact.name, back)
            if name in asked:
                known[name] = st.sampled_from(_texts[name]) if name in _texts else _kinds[fact.kind]
    return st.fixed_dictionaries({}, optional=known).map(_without_years_before)


def _without_years_before(facts: dict[str, Any]) -> dict[str, Any]:
    born = date.fromisoformat(facts.get("founded_on", "1990-01-01")).year
    before = {
        of_year(one.name, back)
        for one in FACTS.values()
        for back in range(6)
        if one.per_year and DAY.year - 1 - back < born
    }
    return {name: value for name, value in facts.items() if name not in before}


def judged(book: str, facts: dict[str, Any]) -> Judgement:
    return judge(shipped(book).on(DAY, REGION.get(book, "")), facts, on=DAY)


LADDER = ("tech_sme", "hnte", "srdi", "giant", "gazelle", "rd_clearing", "incubator")


@pytest.mark.parametrize("book", LADDER)
def test_deleting_a_fact_never_makes_anything_met(book: str) -> None:
    @settings(max_examples=25, deadline=None)
    @given(firms(book), st.data())
    def check(facts: dict[str, Any], data: st.DataObject) -> None:
        gone = data.draw(st.sampled_from(sorted(facts))) if facts else ""
        less = {name: value for name, value in facts.items() if name != gone}

        before, after = judged(book, facts), judged(book, less)

        for whole, part in zip(before.conditions, after.conditions, strict=True):
            if part.outcome is Outcome.MET:
                assert whole.outcome is Outcome.MET, (gone, whole, part)
        assert after.outcome is not Outcome.MET or before.outcome is Outcome.MET
        assert outcome(shipped(book).on(DAY, REGION.get(book, "")), facts, on=DAY) is before.outcome

    check()


def _more_research(book: str, research: str, check: Callable[[Judgement, Judgement], None]) -> None:
    @settings(max_examples=40, deadline=None)
    @given(firms(book), st.integers(1, 20_000), st.integers(0, 2))
    def raise_it(facts: dict[str, Any], more: int, back: int) -> None:
        name = of_year(research, back)
        if name not in facts:
            return
        richer = {**facts, name: facts[name] + more}
        for inside in ("rd_domestic", "rd_in_province"):  # the additional research is done at home
            if of_year(inside, back) in facts:
                richer[of_year(inside, back)] = facts[of_year(inside, back)] + more
        check(judged(book, facts), judged(book, richer))

    raise_it()


def _not_worse(before: Judgement, after: Judgement) -> None:
    for old, new in zip(before.scores, after.scores, strict=True):
        assert (new.least, new.most) >= (old.least, old.most)
    assert ORDER[after.outcome] >= ORDER[before.outcome]


@pytest.mark.parametrize(
    ("book", "research"),
    [
        ("tech_sme", "rd_deduct"),
        ("srdi", "rd_deduct"),
        ("giant", "rd_deduct"),
        ("innovative_sme", "rd_deduct"),
    ],
)
def test_more_research_never_lowers_a_score_or_an_outcome(book: str, research: str) -> None:
    _more_research(book, research, _not_worse)


def test_more_domestic_research_never_lowers_the_outcome_of_an_hnte() -> None:
    def check(before: Judgement, after: Judgement) -> None:
        if all(one.value is None or Decimal(str(one.value)) <= 100 for one in (before.condition("H5b"),)):
            _not_worse(before, after)

    _more_research("hnte", "rd_hnte", check)
