"""The dated values of this room, read once from `data/`. Pure."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

_DATA = Path(__file__).with_name("data")


@cache
def book(name: str) -> dict[str, Any]:
    """`data/<name>.yaml`."""
    found: dict[str, Any] = yaml.safe_load((_DATA / f"{name}.yaml").read_text(encoding="utf-8"))
    return found
