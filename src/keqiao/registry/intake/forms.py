"""The form sheet: one demand or achievement a page, labels on the left of (or above) their values."""

from collections.abc import Sequence

from keqiao.registry.intake.fields import FieldSpec, Parse
from keqiao.registry.intake.headings import is_label, unit_of
from keqiao.registry.intake.kinds import KINDS, spec_of
from keqiao.registry.intake.sources import Cell

_LEAST_LABELS = 3


def _text(cell: Cell) -> str:
    return str(cell).strip() if cell is not None else ""


def _with_unit(spec: FieldSpec, label: str, value: str) -> str:
    """A bare amount gets the unit that its label names: 预算(万元) | 120 -> 120万元."""
    bare_number = value.replace(",", "").replace(".", "", 1).isdigit()
    return value + unit_of(label) if spec.parse is Parse.MONEY and bare_number else value


def pairs_of(grid: Sequence[Sequence[Cell]], kind: str) -> dict[str, str]:
    """field key -> text, read from `label | value` and `label | value | label | value` rows.

    A value may stand right of its label or, when the label fills its row alone, in the row below. Repeated
    cells (merged ones given several times) count once; the first value of a field stays.
    """
    found: dict[str, str] = {}
    awaited = ""
    for row in grid:
        texts = [
            text
            for index, cell in enumerate(row)
            if (text := _text(cell)) and (not index or cell != row[index - 1])
        ]
        if awaited and len(texts) == 1 and is_label(texts[0], kind) is None:
            found.setdefault(awaited, texts[0])
        awaited = ""
        index = 0
        while index < len(texts):
            spec = is_label(texts[index], kind)
            follower = texts[index + 1] if index + 1 < len(texts) else ""
            if spec and follower and is_label(follower, kind) is None:
                found.setdefault(spec.key, _with_unit(spec, texts[index], follower))
                index += 2
                continue
            if spec and len(texts) == 1:
                awaited = spec.key
            index += 1
    return found


def form_kind(grid: Sequence[Sequence[Cell]], kind: str | None = None) -> tuple[str, dict[str, str]] | None:
    """(kind, values by field key) when the grid is a form of some kind, else None.

    It is one when three fields are filled and a required one among them.
    """
    best: tuple[str, dict[str, str]] | None = None
    for key in [kind] if kind else KINDS:
        pairs = pairs_of(grid, key)
        needed = {spec.key for spec in spec_of(key).required}
        if (
            len(pairs) >= _LEAST_LABELS
            and needed & set(pairs)
            and (best is None or len(pairs) > len(best[1]))
        ):
            best = (key, pairs)
    return best
