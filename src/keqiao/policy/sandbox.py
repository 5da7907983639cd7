"""What moving a number costs: the item in force against a draft, on frozen firms. Pure."""

import copy
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from keqiao.core.errors import BadInput
from keqiao.policy.amounts import with_unit
from keqiao.policy.claims import Terms, pool_of, quick, read_terms
from keqiao.policy.freezes import FrozenFirm

_MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Dial:
    """A number that may be moved. key: "amount.rate" of the formula, "book.least" of the conditions."""

    key: str
    title: str
    value: Decimal
    unit: str
    verify: bool

    @property
    def words(self) -> str:
        return with_unit(self.value, self.unit)


def dials_of(terms: Terms) -> list[Dial]:
    """Every number of an item: those of the conditions first, then those of the amount."""
    found = [
        Dial(f"book.{one.name}", one.title, one.value, one.unit, one.where.verify)
        for one in terms.version.values
        if isinstance(one.value, Decimal)
    ]
    found += [
        Dial(f"amount.{one.name}", one.title, one.value, one.unit, one.verify)
        for one in terms.formula.numbers.values()
    ]
    return found


def read_changes(terms: Terms, typed: Mapping[str, str]) -> dict[str, str]:
    """Only what differs from the rule in force, as text. Raises BadInput naming the number that is none."""
    changes: dict[str, str] = {}
    for dial in dials_of(terms):
        text = str(typed.get(dial.key, "")).strip().replace(",", "")
        if not text:
            continue
        try:
            value = Decimal(text)
        except InvalidOperation:
            raise BadInput(f"“{dial.title}”写的是“{text[:30]}”，不是数字。", field=dial.key) from None
        if not value.is_finite() or len(value.as_tuple().digits) > 15 or abs(value) >= Decimal(10) ** 10:
            raise BadInput(
                f"“{dial.title}”写的是“{text[:30]}”，太大或位数太多。请核对单位（{dial.unit}）。",
                field=dial.key,
            )
        if value != dial.value:
            changes[dial.key] = format(value, "f")
    return changes


def moved(
    book: Mapping[str, Any], formula: Mapping[str, Any], changes: Mapping[str, str], title: str
) -> Terms:
    """The item's terms with the numbers moved. Raises BadInput for a number that the item does not have."""
    new_book, new_formula = copy.deepcopy(dict(book)), copy.deepcopy(dict(formula))
    for key, text in changes.items():
        part, _, name = key.partition(".")
        values = new_book.get("values") if part == "book" else new_formula.get("numbers")
        if not isinstance(values, dict) or name not in values:
            raise BadInput(f"这一条没有“{key}”这个数。请重新打开测算。", code="sandbox.number")
        rows = values[name] if isinstance(values[name], list) else [values[name]]
        for row in rows:
            row["value"] = _number(text)
    return read_terms(new_book, new_formula, title)


def _number(text: str) -> int | float:
    """As YAML gives it: a rule book takes quoted numbers for words. At most 15 digits, so a float keeps them."""
    value = Decimal(text)
    return int(value) if value == value.to_integral_value() else float(value)


@dataclass(frozen=True, slots=True)
class Share:
    """What one group gets, before and after. fen and firms."""

    label: str
    firms_before: int
    firms_after: int
    fen_before: int
    fen_after: int

    @property
    def change(self) -> int:
        return self.fen_after - self.fen_before


@dataclass(frozen=True, slots=True)
class Change:
    """One firm whose amount changes."""

    id: str
    name: str
    division: str
    before: int
    after: int


@dataclass(frozen=True)
class Result:
    """before and after: (firms, fen). winners: get more, or anything at all; losers: get less, or nothing."""

    before: tuple[int, int]
    after: tuple[int, int]
    winners: tuple[Change, ...]
    losers: tuple[Change, ...]
    by_place: tuple[Share, ...]
    by_field: tuple[Share, ...]
    looked_at: int
    unknown: int

    def as_json(self, most: int = _MOST_SHOWN) -> dict[str, Any]:
        """For keeping: sums of all, the largest changes by name."""
        return {
            "before": list(self.before), "after": list(self.after), "looked_at": self.looked_at, "unknown": self.unknown,
            "winner_count": len(self.winners), "loser_count": len(self.losers),
            "winners": [_change_json(one) for one in self.winners[:most]],
            "losers": [_change_json(one) for one in self.losers[:most]],
            "by_place": [_share_json(one) for one in self.by_place], "by_field": [_share_json(one) for one in self.by_field],
        }  # fmt: skip


def _change_json(one: Change) -> list[Any]:
    return [one.id, one.name, one.division, one.before, one.after]


def _share_json(one: Share) -> list[Any]:
    return [one.label, one.firms_before, one.firms_after, one.fen_before, one.fen_after]


def run(
    before: Terms,
    after: Terms,
    firms: Sequence[FrozenFirm],
    *,
    on: date,
    budget: Decimal | None = None,
    place: str = "",
) -> Result:
    """Both readings of the item over all firms of a place. About 0.2 ms a firm.

    budget: 万元, only for items that share out a pool. place: division prefix that the policy holds in.
    """
    wanted = [one for one in firms if one.division.startswith(place)]
    pools = [pool_of(terms, (one.facts for one in wanted), on=on) for terms in (before, after)]
    places: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    fields: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    winners: list[Change] = []
    losers: list[Change] = []
    sums, unknown = [0, 0, 0, 0], 0
    for firm in wanted:
        old_outcome, old = quick(before, firm.facts, on=on, pool_total=pools[0], budget=budget)
        new_outcome, new = (
            (old_outcome, old)
            if before.digest == after.digest
            else quick(after, firm.facts, on=on, pool_total=pools[1], budget=budget)
        )
        unknown += str(new_outcome) == "unknown"
        for totals in (sums, places[firm.division[:6]], fields[str(firm.facts.get("industry") or "")[:3]]):
            totals[0] += old > 0
            totals[1] += new > 0
            totals[2] += old
            totals[3] += new
        if new != old:
            (winners if new > old else losers).append(Change(firm.id, firm.name, firm.division, old, new))
    return Result(
        (sums[0], sums[2]), (sums[1], sums[3]), tuple(sorted(winners, key=_by_size)), tuple(sorted(losers, key=_by_size)),
        _shares(places.items()), _shares(fields.items()), len(wanted), unknown,
    )  # fmt: skip


def _by_size(one: Change) -> tuple[int, str]:
    return -abs(one.after - one.before), one.name


def _shares(groups: Iterable[tuple[str, list[int]]]) -> tuple[Share, ...]:
    found = [Share(label, *totals) for label, totals in groups if any(totals)]
    return tuple(sorted(found, key=lambda one: (-max(one.fen_before, one.fen_after), one.label)))
