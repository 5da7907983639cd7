"""Two hands on one record: what each changed since the form was filled, and which to keep. Nothing is lost."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keqiao.registry.records.display import column, label_of, written
from keqiao.registry.records.history import Piece, content_fields, content_of, word_pieces
from keqiao.registry.records.models import Record

KEEP = "keep-"  # prefix of the radio buttons on the page


def _mark(value: Any) -> str:
    """Eight hex digits that stand for a value; blank, none and empty list are the same."""
    if value in (None, "", []):
        return ""
    return hashlib.sha256(
        json.dumps(value, ensure_ascii=False, sort_keys=True, default=str).encode()
    ).hexdigest()[:8]


def marks_of(record: Record) -> str:
    """What the form was filled from, a mark a field, as JSON for a hidden input. Tells later who changed what."""
    return json.dumps({name: _mark(value) for name, value in content_of(record).items()})


@dataclass(frozen=True, slots=True)
class Clash:
    """A field that differs between what is stored now and what was typed.

    chosen: "theirs" when only the other one changed it, else "mine". both: both changed it, so somebody must choose.
    """

    name: str
    label: str
    theirs: str
    mine: str
    theirs_pieces: tuple[Piece, ...]
    mine_pieces: tuple[Piece, ...]
    chosen: str
    both: bool


def clashes(current: Record, typed: Mapping[str, Any], marks: str) -> list[Clash]:
    """Every field that the other one changed and that is not the same by now, in the order of the model."""
    try:
        base: dict[str, str] = json.loads(marks)
    except ValueError:
        base = {}
    mine_record = type(current)(**_columns(current, typed))
    mine, theirs = content_of(mine_record), content_of(current)
    found = []
    for name in content_fields(type(current)):
        if name not in typed or _mark(mine[name]) == _mark(theirs[name]):
            continue
        they_changed = base.get(name, _mark(mine[name])) != _mark(theirs[name])
        i_changed = name not in base or base[name] != _mark(mine[name])
        if not they_changed:
            continue
        shown_theirs, shown_mine = (
            written(type(current), name, theirs[name]),
            written(type(current), name, mine[name]),
        )
        left, right = word_pieces(shown_theirs, shown_mine)
        found.append(
            Clash(
                name,
                label_of(type(current), name),
                shown_theirs,
                shown_mine,
                left,
                right,
                "mine" if i_changed else "theirs",
                i_changed,
            )
        )
    return found


def _columns(current: Record, typed: Mapping[str, Any]) -> dict[str, Any]:
    """The typed values as columns of an unsaved record."""
    model = type(current)
    return {
        str(column(model, name).attname): getattr(value, "pk", value) if name == "organisation" else value
        for name, value in typed.items()
    }


def with_choices(current: Record, typed: Mapping[str, Any], posted: Mapping[str, Any]) -> dict[str, Any]:
    """The typed values, with the stored one wherever the page says keep-<field>=theirs."""
    model = type(current)
    return {
        name: getattr(current, str(column(model, name).attname))
        if posted.get(KEEP + name) == "theirs"
        else value
        for name, value in typed.items()
    }
