"""Every worked example of the domain file, as cases that a jurist can read. No database."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from keqiao.rules.facts import read_facts
from keqiao.rules.judging import Judgement, judge, outcome
from keqiao.rules.shelf import shipped

HERE = Path(__file__).with_name("cases")


def cases() -> list[Any]:
    found = []
    for path in sorted(HERE.glob("*.yaml")):
        for whole in yaml.safe_load_all(path.read_text(encoding="utf-8")):
            shared = {name: whole[name] for name in ("book", "day", "base", "region") if name in whole}
            found += [
                pytest.param({**shared, **one}, id=f"{whole['book']}: {one['name']}")
                for one in whole["cases"]
            ]
    return found


def pair(raw: Any) -> tuple[Decimal, Decimal]:
    least, most = raw if isinstance(raw, list) else (raw, raw)
    return Decimal(str(least)), Decimal(str(most))


@pytest.mark.parametrize("case", cases())
def test_a_firm_is_judged_as_the_law_says(case: dict[str, Any]) -> None:
    facts, unknown = read_facts({**case.get("base", {}), **case.get("facts", {})})
    assert unknown == ()
    day: date = case["day"]
    version = shipped(case["book"]).on(day, case.get("region", ""))

    said = judge(version, facts, on=day)

    expect = case["expect"]
    told = {one.id: one for one in said.conditions}
    assert said.outcome == expect.get("outcome", said.outcome), [one.says for one in said.conditions]
    assert outcome(version, facts, on=day) is said.outcome
    assert said.route == expect.get("route", said.route)
    assert [one.id for one in said.notes] == expect.get("notes", [one.id for one in said.notes])
    for code, wanted in expect.get("conditions", {}).items():
        assert told[code].outcome == wanted, told[code].says
    for code, wanted in expect.get("scores", {}).items():
        assert (said.score(code).least, said.score(code).most) == pair(wanted), code
    for name in ("values", "bounds", "margins"):
        for code, wanted in expect.get(name, {}).items():
            value = getattr(told[code], name[:-1])
            assert isinstance(value, Decimal), (code, value)
            assert round(value, 3) == Decimal(str(wanted)), (code, value)
    for code, wanted in expect.get("chosen", {}).items():
        assert said.score(code).chosen == wanted
    for code, wanted in expect.get("says", {}).items():
        assert told[code].says == wanted
    assert said.route == expect.get("route", said.route)
    if "notes" in expect:
        assert [one.id for one in said.notes] == expect["notes"]
    assert set(expect.get("missing", ())) <= set(said.missing)
    assert set(expect.get("asked", ())) <= set(said.asked)
    assert Judgement.from_json(said.as_json()) == said
    assert all(one.says.endswith("。") and one.source for one in said.conditions)
