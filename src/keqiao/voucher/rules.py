"""What a voucher may pay, and whether it may: pure judgements in fen, each refusal with its number (V-01 …)."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from keqiao.voucher.terms import Terms


@dataclass(frozen=True, slots=True)
class Share:
    """How a contract is paid. voucher_fen + own_fen == price_fen. bound: which limit decided, in words."""

    price_fen: int
    voucher_fen: int
    own_fen: int
    bound: str


def entitlement(price_fen: int, *, holder: str, used_fen: int, terms: Terms) -> Share:
    """What vouchers may pay of a contract: at most the rate, at most what is left of the yearly cap. Rounded down.

    V-02, V-03 of the voucher rules (achievements-and-demands §11). price_fen ≥ 0, used_fen: used in this year already.
    """
    by_rate = int(Fraction(price_fen) * terms.rate)  # fen, rounded down: never more than the rate
    left = max(0, terms.cap_fen(holder) - used_fen)
    part = min(by_rate, left)
    percent = f"{float(terms.rate) * 100:g}%"
    bound = f"按合同额的 {percent}" if by_rate <= left else "本年度用券上限"
    return Share(price_fen, part, price_fen - part, bound)


def share_of(price_fen: int, *, holder: str, used_fen: int, balance_fen: int, terms: Terms) -> Share:
    """The same with the voucher at hand: never more than its balance."""
    most = entitlement(price_fen, holder=holder, used_fen=used_fen, terms=terms)
    if balance_fen < most.voucher_fen:
        return Share(price_fen, balance_fen, price_fen - balance_fen, "券面余额")
    return most


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known when a booking is asked for. Days in the programme's own calendar. ineligible: why, see `eligibility`."""

    on: date
    serves_on: date
    valid_from: date
    valid_until: date
    is_listed: bool
    is_open: bool
    is_statutory: bool
    is_own_unit: bool
    share: Share
    ineligible: str = ""


def refusals(facts: Facts) -> list[tuple[str, str]]:
    """(rule, words) of everything that forbids the booking; empty when it may be made."""
    found: list[tuple[str, str]] = []
    if not facts.valid_from <= facts.on <= facts.valid_until:
        found.append(("V-01", f"创新券 {facts.valid_from} 至 {facts.valid_until} 有效，今天不能用来预约。"))
    elif facts.serves_on > facts.valid_until:
        found.append(
            (
                "V-09",
                f"服务时间 {facts.serves_on} 在有效期（至 {facts.valid_until}）之后，请选有效期内的时段。",
            )
        )
    if facts.ineligible:
        found.append(("V-01", facts.ineligible))
    if facts.share.voucher_fen <= 0:
        found.append(("V-03", f"这次可用的券额是 0（{facts.share.bound}），不能预约。"))
    if not facts.is_listed or not facts.is_open:
        found.append(("V-04", "这项服务或这家机构现在不在目录里，请在服务目录里另选一项。"))
    if facts.is_own_unit:
        found.append(("V-05", "不能用创新券购买本单位自己的服务，请另选机构。"))
    if facts.is_statutory:
        found.append(("V-08", "法定、强制性检测不在创新券支持范围，请自费委托。"))
    return found
