"""Every worked example of the domain file, as cases that a registrar can read. No database."""

from copy import deepcopy
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from keqiao.contract import tax
from keqiao.contract.book import places
from keqiao.contract.incentives import reward
from keqiao.contract.measures import Sides, Sum, growth_percent, ratio, share_percent
from keqiao.contract.rules import check
from keqiao.contract.workdays import due_on, weekday

HERE = Path(__file__).with_name("cases")


def read(name: str) -> Any:
    return yaml.safe_load((HERE / name).read_text(encoding="utf-8"))


def cases(*names: str) -> list[Any]:
    return [pytest.param(one, id=one["name"]) for name in names for one in read(name)]


def merged(base: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """The base with the case's own lines over it; an inner object is merged too, None takes a line away."""
    whole = deepcopy(base)
    for key, value in change.items():
        whole[key] = (
            merged(whole[key], value)
            if isinstance(value, dict) and isinstance(whole.get(key), dict)
            else value
        )
    return whole


RULES = ("01-classes.yaml", "02-amounts.yaml", "03-refusals.yaml", "04-parties-and-papers.yaml")


@pytest.mark.parametrize("case", cases(*RULES))
def test_a_contract_is_judged_as_the_registrar_would(case: dict[str, Any]) -> None:
    contract = merged(read("base.yaml"), case.get("contract", {}))
    expect = case["expect"]

    verdict = check(contract, case.get("rules"))

    said = verdict.as_dict()
    levels = {one["code"]: one["level"] for one in said["findings"]}
    for name in ("class", "subclass", "statistic_class", "verdict"):
        if name in expect:
            assert said[name] == expect[name], (name, said["findings"])
    assert said["class_is_sure"] == expect.get("sure", said["class_is_sure"])
    for name, value in expect.get("amounts", {}).items():
        assert getattr(verdict.amounts, name) == Decimal(value), name
    for code, level in expect.get("findings", {}).items():
        assert levels.get(code) == level, (code, levels)
    for code in expect.get("absent", ()):
        assert code not in levels, [one for one in said["findings"] if one["code"] == code]
    if "refusals" in expect:
        assert set(expect["refusals"]) <= set(said["refusals"])
    if "candidates" in expect:
        assert list(verdict.contract_class.candidates) == expect["candidates"]
    assert all(one["article"] and one["message"].endswith(("。", "）")) for one in said["findings"])


@pytest.mark.parametrize("case", cases("05-tax.yaml"))
def test_a_tax_example_comes_out_to_the_fen(case: dict[str, Any]) -> None:
    amount = Decimal(case["amount"])
    if case["kind"] == "transfer":
        assert tax.taxable_transfer_income(amount) == Decimal(case["taxable"])
        assert tax.transfer_tax(amount) == Decimal(case["tax"])
        return
    formula = {"award": tax.award_counted_as_salary, "entrusted": tax.entrusted_base, "stamp": tax.stamp_tax}
    assert formula[case["kind"]](amount) == Decimal(case["counted"])


@pytest.mark.parametrize("case", cases("06-incentives.yaml"))
def test_a_local_reward_comes_out_as_published(case: dict[str, Any]) -> None:
    given = reward(
        case["rule"], Decimal(case["base"]), contract_class=case.get("class", ""),
        is_related=case.get("related", False), on=case.get("day"),
    )  # fmt: skip
    assert given.amount_yuan == Decimal(case["amount"]), given.note


def pair(values: list[Any]) -> Sum:
    return Sum(values[0], Decimal(values[1]))


@pytest.mark.parametrize("case", cases("07-measures.yaml"))
def test_published_statistics_hold_their_identities(case: dict[str, Any]) -> None:
    if case["kind"] == "ratio":
        assert ratio(Decimal(case["tech"]), Decimal(case["total"])) == Decimal(case["expect"])
    elif case["kind"] == "growth":
        assert growth_percent(Decimal(case["now"]), Decimal(case["before"])) == Decimal(case["expect"])
    elif case["kind"] == "remainder":
        assert Decimal(case["whole"]) - sum(map(Decimal, case["parts"])) == Decimal(case["expect"])
    elif case["kind"] == "apart":
        assert pair(case["registered"]) - pair(case["exported"]) == pair(case["expect"])
    else:
        out = Sides(pair(case["exported"]), pair(case["absorbed"]), pair(case["intra"]))
        expect, shares = case["expect"], case["shares"]
        assert out.absorbed_from_away == pair(expect["from_away"])
        assert out.boasted == pair(expect["boasted"])
        assert out.distinct == pair(expect["distinct"])
        away = out.absorbed_from_away
        assert share_percent(Decimal(out.intra.count), Decimal(out.exported.count)) == Decimal(
            shares["count_intra"]
        )
        assert share_percent(out.intra.total, out.exported.total) == Decimal(shares["amount_intra"])
        assert share_percent(Decimal(away.count), Decimal(out.absorbed.count)) == Decimal(
            shares["count_from_away"]
        )
        assert share_percent(away.total, out.absorbed.total) == Decimal(shares["amount_from_away"])


@pytest.mark.parametrize("case", cases("08-deadlines.yaml"))
def test_a_decision_falls_due_as_the_place_says(case: dict[str, Any]) -> None:
    place = places()[case["place"]]
    limit = place.large_limit if case.get("large") else place.limit
    holidays: set[date] = set(case.get("holidays", ()))
    assert limit is not None
    assert due_on(limit, case["accepted_on"], lambda day: weekday(day) and day not in holidays) == case["due"]
