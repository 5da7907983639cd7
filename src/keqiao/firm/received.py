"""Money that a firm received from the public purse. Rooms above register how to find it; the file shows all of it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from keqiao.registry.enterprise.models import Enterprise


@dataclass(frozen=True, slots=True)
class Received:
    """One payment. what: the item and the policy; href: its page, "" when the reader has none."""

    on: date
    what: str
    amount_yuan: Decimal
    source: str = ""
    href: str = ""


Finder = Callable[[Enterprise, Any], Iterable[Received]]
_finders: dict[str, Finder] = {}


def register(name: str, finder: Finder) -> None:
    """Say how to find what a firm received: finder(firm, user). Registering a name again replaces it."""
    _finders[name] = finder


def received_by(firm: Enterprise, user: Any) -> list[Received]:
    """Everything that the registered rooms know of, newest first."""
    found = [one for finder in _finders.values() for one in finder(firm, user)]
    return sorted(found, key=lambda one: one.on, reverse=True)


def is_known() -> bool:
    """Whether any room pays money here: otherwise an empty list means nothing."""
    return bool(_finders)
