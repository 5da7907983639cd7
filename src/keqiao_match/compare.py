"""What two documents say about themselves besides text: field, maturity, budget, place.

A part appears only where both sides carry the facet or number. Names read here:
facets `field`, `ipc`, `industry`, `division` (GB/T 2260 code); numbers `trl` and `trl_wanted` (1..9),
`price` and `budget`, or `amount` on both sides, in one unit.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from keqiao_match.types import Doc

_IPC_LENGTHS = ((4, 1.0), (3, 0.7), (1, 0.3))  # subclass, class, section
_FAR_OFF = 3.0  # amounts that differ more than threefold


@dataclass(frozen=True, slots=True)
class Comparison:
    """value 0..1, one half says nothing; against is empty unless it speaks against the pair."""

    name: str
    value: float
    note: str
    against: str = ""


def comparisons(asked: Doc, found: Doc) -> Iterator[Comparison]:
    """The comparisons that both documents allow, in a fixed order."""
    yield from _field(asked, found)
    yield from _maturity(asked, found)
    yield from _budget(asked, found)
    yield from _place(asked, found)


def _field(asked: Doc, found: Doc) -> Iterator[Comparison]:
    best: tuple[float, str, str] | None = None
    for name in ("field", "ipc", "industry"):
        mine, theirs = asked.facets.get(name, ()), found.facets.get(name, ())
        if not mine or not theirs:
            continue
        value = _ipc(mine, theirs) if name == "ipc" else float(bool(set(mine) & set(theirs)))
        if best is None or value > best[0]:
            best = (value, "、".join(mine[:3]), "、".join(theirs[:3]))
    if best is not None:
        value, mine_text, theirs_text = best
        note = f"本方 {mine_text}，对方 {theirs_text}"
        yield Comparison("领域", value, note, f"领域不同：{note}" if not value else "")


def _ipc(mine: tuple[str, ...], theirs: tuple[str, ...]) -> float:
    for length, value in _IPC_LENGTHS:
        if {code[:length].upper() for code in mine} & {code[:length].upper() for code in theirs}:
            return value
    return 0.0


def _maturity(asked: Doc, found: Doc) -> Iterator[Comparison]:
    for one, other in ((asked, found), (found, asked)):
        wanted, offered = one.numbers.get("trl_wanted"), other.numbers.get("trl")
        if wanted is None or offered is None:
            continue
        short = max(0.0, wanted - offered)
        note = f"期望技术成熟度 {wanted:g} 级，现为 {offered:g} 级"
        yield Comparison("成熟度", max(0.0, 1 - short / 4), note, f"成熟度不足：{note}" if short >= 2 else "")
        return


def _budget(asked: Doc, found: Doc) -> Iterator[Comparison]:
    for one, other in ((asked, found), (found, asked)):
        budget, price = one.numbers.get("budget"), other.numbers.get("price")
        if budget and price and budget > 0 and price > 0:
            over = price / budget
            note = f"预算 {budget:g}，报价 {price:g}"
            value = 1.0 if over <= 1 else max(0.0, 1 - (over - 1) / (_FAR_OFF - 1))
            yield Comparison(
                "预算", value, note, f"报价是预算的 {over:.1f} 倍：{note}" if over >= _FAR_OFF else ""
            )
            return
    mine, theirs = asked.numbers.get("amount"), found.numbers.get("amount")
    if mine and theirs and mine > 0 and theirs > 0:
        apart = max(mine, theirs) / min(mine, theirs)
        note = f"本方金额 {mine:g}，对方 {theirs:g}"
        value = max(0.0, 1 - (apart - 1) / (2 * _FAR_OFF - 2))
        yield Comparison("预算", value, note, f"金额相差 {apart:.1f} 倍：{note}" if apart >= _FAR_OFF else "")


def _place(asked: Doc, found: Doc) -> Iterator[Comparison]:
    mine, theirs = asked.facets.get("division", ()), found.facets.get("division", ())
    if not mine or not theirs:
        return
    # GB/T 2260: two digits a province, four a city, six a county.
    for length, value, words in ((6, 1.0, "同一县区"), (4, 0.8, "同一地市"), (2, 0.6, "同一省份")):
        if {code[:length] for code in mine if len(code) >= length} & {code[:length] for code in theirs}:
            yield Comparison("地区", value, words)
            return
    yield Comparison("地区", 0.5, "不在同一省份")
