"""差一步: the cheapest set of changes, proven by brute force, and that every advice applied really lifts the firm."""

import datetime as dt
import itertools
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keqiao.ladder.levers import Lever, levers_on, why_not
from keqiao.ladder.steps import Change, applied, steps
from keqiao.rules.judging import Outcome, judge
from keqiao.rules.shelf import shipped

ON = dt.date(2026, 11, 22)
TECH = shipped("tech_sme").on(ON)
HNTE = shipped("hnte").on(ON)
_RANK = {Outcome.UNMET: 0, Outcome.UNKNOWN: 1, Outcome.MANUAL: 2, Outcome.MET: 3}
PLAIN: dict[str, Any] = {
    "founded_on": "2015-04-01", "resident": True, "sound_accounts": True, "restricted_products": False,
    "excluded_industry": False, "accidents": False, "dishonest": False, "titles": [], "awards_national": 0, "standards": 0,
    "platforms": [], "assets": D(3000), "cost_expense": D(3500), "sales": D(4000), "rd_deduct": D(200), "staff": 80,
    "tech_staff": 24, "ip1": 1, "ip2": 0,
}  # fmt: skip


def test_a_firm_that_fulfils_everything_needs_nothing() -> None:
    advice = steps(TECH, PLAIN, on=ON)

    assert advice.is_there
    assert advice.changes == ()
    assert "可以申报" in advice.says


def test_a_little_more_research_is_said_to_the_tenth() -> None:
    """20 (technicians) + 30 (one invention) leave 10 points to find: 2 % of 4000 = 80."""
    advice = steps(TECH, PLAIN | {"rd_deduct": D("61.5")}, on=ON)

    assert [(one.lever.key, one.units) for one in advice.changes] == [("research", D("18.5"))]
    assert advice.price == D("18.5")
    assert advice.says == "增加研发费用 18.5 万元，约 18.5 万元。"
    assert advice.after.outcome is Outcome.MET


def test_one_patent_is_cheaper_than_much_research() -> None:
    """20 + 20 (3.5 %) needs 20 more: two more percent cost 60, a patent 3, four models 2.4."""
    advice = steps(TECH, PLAIN | {"rd_deduct": D(140), "ip1": 0}, on=ON)

    assert [(one.lever.key, one.units) for one in advice.changes] == [("model", D(4))]
    dear = steps(TECH, PLAIN | {"rd_deduct": D(110), "ip1": 0, "tech_staff": 16}, on=ON)
    assert [one.lever.key for one in dear.changes] == ["research", "patent"]


def test_hiring_counts_the_new_people_among_all_staff_too() -> None:
    """9 of 100: one more would be 10 of 101, which is below ten percent; two are 11 of 102."""
    advice = steps(TECH, PLAIN | {"staff": 100, "tech_staff": 9, "rd_deduct": D(400)}, on=ON)

    [change] = advice.changes
    assert (change.lever.key, change.units) == ("technicians", D(2))


@pytest.mark.parametrize(
    ("facts", "condition", "words"),
    [
        ({"accidents": True}, "T4a", "事故"),
        ({"assets": D("20000.01")}, "T2c", "上限"),
        ({"restricted_products": True}, "T3", "行业"),
    ],
)
def test_what_cannot_be_bought_is_said_plainly(facts: dict[str, Any], condition: str, words: str) -> None:
    advice = steps(TECH, PLAIN | {"rd_deduct": D(0)} | facts, on=ON)

    assert advice.changes == ()
    [blocked] = [one for one in advice.blocked if one.condition.id == condition]
    assert words in blocked.why


def test_time_cannot_be_bought() -> None:
    advice = steps(HNTE, PLAIN | {"founded_on": "2026-06-01"}, on=ON)

    assert any("成立时间" in one.why for one in advice.blocked)
    assert "过去年度" in why_not("sales_2", levers_on(ON))
    assert why_not("rd_hnte", levers_on(ON)) == ""


def test_unknown_data_is_asked_for_not_bought() -> None:
    facts = {name: value for name, value in PLAIN.items() if name not in ("rd_deduct", "accidents")}

    advice = steps(TECH, facts, on=ON)

    assert advice.now.outcome is Outcome.UNKNOWN
    assert advice.changes == ()
    assert "rd_deduct" in advice.missing


FIRMS = st.fixed_dictionaries({
    "sales": st.integers(100, 20_000).map(D), "rd_deduct": st.integers(0, 1500).map(D), "staff": st.integers(10, 450),
    "share": st.floats(0.0, 0.5), "ip1": st.integers(0, 1), "ip2": st.integers(0, 4), "assets": st.integers(100, 22_000).map(D),
    "cost": st.integers(90, 120), "hightech": st.integers(40, 100), "years": st.sampled_from([0, 1, 3, 10]),
    "grown": st.integers(70, 140), "conversions": st.integers(0, 16), "accidents": st.sampled_from([False, False, False, True]),
})  # fmt: skip


def firm_of(drawn: dict[str, Any]) -> dict[str, Any]:
    """A whole firm from a few numbers: three like years, so that every book has what it asks for."""
    sales, rd = drawn["sales"], drawn["rd_deduct"]
    facts = PLAIN | {
        "sales": sales, "rd_deduct": rd, "rd_hnte": rd, "rd_domestic": rd, "staff": drawn["staff"],
        "tech_staff": int(drawn["staff"] * drawn["share"]), "ip1": drawn["ip1"], "ip2": drawn["ip2"], "ip1_own": drawn["ip1"],
        "ip_own": drawn["ip1"] + drawn["ip2"] > 0, "assets": drawn["assets"], "liabilities": drawn["assets"] / 2,
        "cost_expense": sales * drawn["cost"] / 100, "total_income": sales, "hightech_income": sales * drawn["hightech"] / 100,
        "conversions": drawn["conversions"], "accidents": drawn["accidents"], "standards_joined": False,
        "founded_on": f"{2025 - drawn['years']}-04-01", "field_ok": True, "ip_core_support": True, "ip_level": "较高",
        "ip_support": "较强", "score_management_system": [3, 5], "score_management_facility": [3, 5],
        "score_management_reward": [2, 3], "score_management_talent": [2, 3],
    }  # fmt: skip
    for back in (1, 2):
        factor = D(100) / drawn["grown"]
        for name in ("sales", "rd_hnte", "rd_domestic", "assets", "liabilities"):
            facts[f"{name}_{back}"] = (D(facts[name]) * factor**back).quantize(D("0.01"))
    return facts


@pytest.mark.parametrize("version", [TECH, HNTE], ids=["tech_sme", "hnte"])
@settings(max_examples=12, deadline=None)
@given(drawn=FIRMS)
def test_every_advice_applied_really_lifts_the_firm(version: Any, drawn: dict[str, Any]) -> None:
    facts = firm_of(drawn)

    advice = steps(version, facts, on=ON)

    after = judge(version, applied(facts, advice.changes), on=ON)
    assert after == advice.after
    if advice.changes:
        assert _RANK[after.outcome] > _RANK[advice.now.outcome]
        assert advice.blocked == ()
    elif advice.now.outcome is Outcome.UNMET:
        assert advice.blocked
    for one in advice.changes:  # and none of it is for nothing
        less = [other for other in advice.changes if other is not one]
        fewer = [*less, Change(one.lever, one.units - one.lever.step)]
        assert _RANK[judge(version, applied(facts, fewer), on=ON).outcome] < _RANK[after.outcome]


@settings(max_examples=4, deadline=None)
@given(drawn=FIRMS)
def test_no_cheaper_set_exists_on_a_coarse_grid_of_everything(drawn: dict[str, Any]) -> None:
    facts = firm_of(drawn | {"accidents": False})
    advice = steps(TECH, facts, on=ON)
    if not advice.changes:
        return
    known = {one.key: one for one in levers_on(ON).levers}
    research = [D(0), *(facts["sales"] * share / 100 - facts["rd_deduct"] for share in (2, 3, 4, 5, 6))]
    grid = itertools.product([units for units in research if units >= 0], range(0, 30, 3), range(2), range(5))
    for rd, people, ones, twos in grid:
        plan = _plan(known, rd, people, ones, twos)
        if sum(one.price for one in plan) < advice.price - 1:
            assert judge(TECH, applied(facts, plan), on=ON).outcome not in (Outcome.MET, Outcome.MANUAL)


def _plan(known: dict[str, Lever], rd: D, people: int, ones: int, twos: int) -> list[Change]:
    wanted = {"research": rd, "technicians": D(people), "patent": D(ones), "model": D(twos)}
    return [Change(known[key], units) for key, units in wanted.items() if units > 0]
