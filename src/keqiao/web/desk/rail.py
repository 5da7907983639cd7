"""The rail of the working side: what this user can do, room by room, with how much of it waits.

A room that wants a place puts `RAIL_TITLE` and `RAIL: list[RailItem]` into its own `rail.py`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject

from keqiao.people.access import acts_of

ROOMS = (
    "desk",
    "deal",
    "firm",
    "ladder",
    "rules",
    "contract",
    "registrar",
    "hall",
    "payment",
    "voucher",
    "rd",
    "expertise",
    "intake",
    "directory",
    "verdict",
    "radar",
    "nightly",
    "administration",
    "message",
)


@dataclass(frozen=True)
class RailItem:
    """One line of the rail.

    acts: shown to whoever has one of them; empty = everybody. count: user -> how many wait, called once a page;
    0 is not shown. roles: besides, only for these roles; empty = all. kwargs: of the address.
    """

    label: str
    url_name: str
    acts: tuple[str, ...] = ()
    count: Callable[[Any], int] | None = None
    roles: frozenset[str] = frozenset()
    kwargs: Mapping[str, str] = field(default_factory=dict)
    tone: str = "amber"

    def is_for(self, user: Any) -> bool:
        """Whether the rail of this user has this line."""
        permitted = not self.acts or bool(set(self.acts) & acts_of(user))
        return permitted and (not self.roles or bool(self.roles & user.roles))


def rail_for(user: Any, path: str = "") -> list[dict[str, Any]]:
    """The groups for desk.html: {title, items: [{label, href, count, tone, current}]}. Empty groups are left out."""
    groups = []
    for room in ROOMS:
        module = f"keqiao.web.{room}.rail" if room != "desk" else "keqiao.web.desk.rail_items"
        if find_spec(module) is None:
            continue
        loaded = import_module(module)
        for title, items in _sections(loaded):
            lines = [
                line for item in items if item.is_for(user) and (line := _line(item, user, path)) is not None
            ]
            if lines:
                groups.append({"title": title, "items": lines})
    _mark_current(groups, path)
    return groups


def _sections(module: Any) -> list[tuple[str, list[RailItem]]]:
    """A room's lines: `RAIL` under `RAIL_TITLE`, or several titled lists in `RAIL_SECTIONS`."""
    sections = list(getattr(module, "RAIL_SECTIONS", ()))
    if rail := getattr(module, "RAIL", None):
        sections.append((str(getattr(module, "RAIL_TITLE", "")), rail))
    return sections


def _line(item: RailItem, user: Any, path: str) -> dict[str, Any] | None:
    try:
        href = reverse(item.url_name, kwargs=dict(item.kwargs))
    except NoReverseMatch:
        return None  # that page is not installed
    count = item.count(user) if item.count is not None else None
    return {
        "label": item.label,
        "href": href,
        "count": count or None,
        "tone": item.tone if count else "",
        "current": False,
    }


def _mark_current(groups: list[dict[str, Any]], path: str) -> None:
    """The line whose address is the longest beginning of this page's address; the inbox only on its own page."""
    inbox = reverse("desk:inbox")
    lines = [
        line
        for group in groups
        for line in group["items"]
        if path == line["href"] or (path.startswith(line["href"]) and line["href"] != inbox)
    ]
    if lines:
        max(lines, key=lambda line: len(line["href"]))["current"] = True


def rail(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `rail` for every desk page. Costs nothing until a template reads it."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {"rail": SimpleLazyObject(lambda: rail_for(user, request.path))}
