"""The figures of data/rules.yaml, and the judgements that rest on them."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).parent / "data"


@cache
def rules() -> dict[str, Any]:
    """Every figure by its name, as written in rules.yaml."""
    return dict(yaml.safe_load((DATA / "rules.yaml").read_text(encoding="utf-8")))


def effect(name: str) -> float:
    """What an answer adds to a match's log-odds."""
    return float(rules()["effects"][name])


def target_of_proof(proof: str) -> float:
    """How relevant a pair was that a contract was made of, by what became of it, 0..1."""
    return float(rules()["targets"][proof])


def target_of(*, is_yes: bool, reason: str) -> float | None:
    """How relevant an answer says the pair is, 0..1; None when it says nothing about it (已解决, 联系不上, 其他)."""
    found = rules()["targets"].get("yes" if is_yes else reason)
    return None if found is None else float(found)


def stepped_effect(name: str, units: int) -> float:
    """Log-odds that grow with the number of units: <name>_each from <name>_from (1) on, up to <name>_most."""
    figures = rules()["effects"]
    over = units - int(figures.get(f"{name}_from", 1)) + 1
    each, most = effect(f"{name}_each"), effect(f"{name}_most")
    return 0.0 if over <= 0 else (max if most < 0 else min)(most, over * each)


def unreachable_effect(units: int) -> float:
    """Log-odds for a record that `units` different askers could not reach."""
    return stepped_effect("unreachable", units)
