"""An envelope's arithmetic. Pure: integers in fen, dates; no database.

Every movement says what it does to three sums: allotted (下达), committed (占用) and paid (已付). What is left is derived,
never stored. No movement may bring committed, paid or left below zero: nothing is overspent silently.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from keqiao.core.errors import BadInput, NotAllowed


class Kind(StrEnum):
    """What a movement is."""

    ALLOT = "allot"
    CUT = "cut"
    COMMIT = "commit"
    RELEASE = "release"
    PAY = "pay"
    BOUNCE = "bounce"
    RECOVER = "recover"


EFFECT: dict[Kind, tuple[int, int, int]] = {
    Kind.ALLOT: (1, 0, 0),
    Kind.CUT: (-1, 0, 0),
    Kind.COMMIT: (0, 1, 0),
    Kind.RELEASE: (0, -1, 0),
    Kind.PAY: (0, -1, 1),
    Kind.BOUNCE: (0, 1, -1),
    Kind.RECOVER: (0, 0, -1),
}
"""Kind -> sign on (allotted, committed, paid)."""


@dataclass(frozen=True, slots=True)
class Balance:
    """The three sums of an envelope, in fen."""

    allotted: int = 0
    committed: int = 0
    paid: int = 0

    @property
    def left(self) -> int:
        return self.allotted - self.committed - self.paid

    @property
    def paid_share(self) -> int:
        """Thousandths of what was allotted that are paid, for a bar."""
        return self.paid * 1000 // self.allotted if self.allotted else 0

    @property
    def spent_share(self) -> int:
        """Thousandths that are paid or committed."""
        return (self.paid + self.committed) * 1000 // self.allotted if self.allotted else 0

    def after(self, kind: Kind, fen: int) -> "Balance":
        """The balance after a movement. Raises BadInput for an amount below 1 fen, NotAllowed when the pot has not enough."""
        if fen < 1:
            raise BadInput(
                f"金额须大于 0，收到 {yuan_words(fen)} 元。", code="envelope.amount", field="amount"
            )
        allotted, committed, paid = (sign * fen for sign in EFFECT[kind])
        new = Balance(self.allotted + allotted, self.committed + committed, self.paid + paid)
        if new.left < 0 and new.left < self.left:
            raise NotAllowed(
                f"资金包只剩 {yuan_words(self.left)} 元，不够{NAMES[kind]} {yuan_words(fen)} 元，差 {yuan_words(-new.left)} 元。"
                "可以等追加资金，或按比例、按先后顺序兑现。",
                code="envelope.overrun",
                conflict=True,
            )
        if min(new.committed, new.paid, new.allotted) < 0:
            raise NotAllowed(
                f"{NAMES[kind]} {yuan_words(fen)} 元超过了现有数额（占用 {yuan_words(self.committed)} 元，已付 {yuan_words(self.paid)} 元）。"
                "请核对金额，可能已经办过一次。",
                code="envelope.below_zero",
                conflict=True,
            )
        return new


NAMES = {
    Kind.ALLOT: "下达",
    Kind.CUT: "核减",
    Kind.COMMIT: "占用",
    Kind.RELEASE: "释放",
    Kind.PAY: "拨付",
    Kind.BOUNCE: "退回",
    Kind.RECOVER: "追回",
}


def yuan_words(fen: int) -> str:
    """1234567 → 12,345.67; whole yuan without decimals."""
    sign, rest = ("-", -fen) if fen < 0 else ("", fen)
    yuan, cents = divmod(rest, 100)
    return f"{sign}{yuan:,}" + (f".{cents:02d}" if cents else "")


def prorated(amounts: Sequence[int], pot: int) -> list[int]:
    """Each amount cut in the same proportion so that all add up to `pot` exactly; as they are when the pot is enough.

    Fen left over by rounding down go to the largest remainders, ties to the earlier one (largest-remainder method).
    Nobody gets more than asked for. Raises BadInput for a negative amount or pot.
    """
    if pot < 0 or any(one < 0 for one in amounts):
        raise BadInput("按比例兑现的金额和资金数不能为负。", code="envelope.amount")
    total = sum(amounts)
    if total <= pot:
        return list(amounts)
    whole = [one * pot // total for one in amounts]
    remainders = [one * pot % total for one in amounts]
    order = sorted(range(len(amounts)), key=lambda at: (-remainders[at], at))
    for at in order[: pot - sum(whole)]:
        whole[at] += 1
    return whole


def in_order(amounts: Sequence[int], pot: int) -> list[int]:
    """First come, first served: full amounts while the pot lasts, 0 from the first that no longer fits.

    Nobody behind is served before somebody in front, even when his amount would fit.
    """
    given: list[int] = []
    for one in amounts:
        if one > pot:
            break
        given.append(one)
        pot -= one
    return given + [0] * (len(amounts) - len(given))


def empty_on(
    commitments: Iterable[tuple[date, int]], left: int, today: date, *, since: date, window_days: int = 90
) -> date | None:
    """The day the pot will be empty at the pace of the last `window_days`; today when it is; None without any pace.

    commitments: (day, fen committed, released amounts negative). since: the day the pot was opened; a pot younger than the
    window is measured from there. Beyond ten years is no forecast: None.
    """
    if left <= 0:
        return today
    days = max(1, min(window_days, (today - since).days + 1))
    spent = sum(fen for day, fen in commitments if today - timedelta(days=days) < day <= today)
    if spent <= 0:
        return None
    need = -(-left * days // spent)
    return today + timedelta(days=need) if need <= 3660 else None
