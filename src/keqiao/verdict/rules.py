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


def target_of(*, is_yes: bool, reason: str) -> float | None:
    """How relevant an answer says the pair is, 0..1; None when it says nothing about it (已解决, 联系不上, 其他)."""
    found = rules()["targets"].get("yes" if is_yes else reason)
    return None if found is None else float(found)


def unreachable_effect(units: int) -> float:
    """Log-odds for a record that `units` different askers could not reach."""
    over = units - int(effect("unreachable_from")) + 1
    return max(effect("unreachable_most"), over * effect("unreachable_each")) if over > 0 else 0.0
