"""The dated terms that hold for a place on a day, read from `data/terms.yaml` and the bureau's own file. Pure."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from keqiao.core.errors import BadInput
from keqiao.voucher.enums import Holder

DATA = Path(__file__).with_name("data")


@dataclass(frozen=True, slots=True)
class Terms:
    """rate: share of a contract, exact. Sums in fen, spans in days or minutes. verify: 待核实.

    eligible_*: who may have vouchers (V-01), see `eligibility`. team_words: what an officer checks of a team.
    """

    since: date
    rate: Fraction
    firm_year_cap_fen: int
    team_year_cap_fen: int
    least_face_fen: int
    warn_days: tuple[int, ...]
    grace_days: int
    code_minutes: int
    confirm_days: int
    eligible_titles: tuple[str, ...]
    eligible_book: str
    eligible_article: str
    team_words: str
    basis: str
    verify: bool

    def cap_fen(self, holder: str) -> int:
        """The yearly cap of a firm or a team."""
        return self.team_year_cap_fen if holder == Holder.TEAM else self.firm_year_cap_fen


def terms_on(division_code: str, day: date) -> Terms:
    """The line that holds for a place on `day`: the longest prefix, then the newest. BadInput when there is none."""
    fit = [
        row for row in _rows("terms.yaml", "terms")
        if division_code.startswith(str(row["prefix"])) and row["since"] <= day
    ]  # fmt: skip
    if not fit:
        raise BadInput(f"创新券参数表里没有 {day} 适用的规定，请系统管理员补上。", code="voucher.terms")
    row = max(fit, key=lambda one: (len(str(one["prefix"])), one["since"]))
    return Terms(
        row["since"], Fraction(Decimal(row["rate"])), int(row["firm_year_cap_fen"]), int(row["team_year_cap_fen"]),
        int(row["least_face_fen"]), tuple(map(int, row["warn_days"])), int(row["grace_days"]), int(row["code_minutes"]),
        int(row["confirm_days"]), tuple(map(str, row["eligible_titles"])), str(row["eligible_book"]),
        str(row["eligible_article"]), str(row["team_words"]), str(row["basis"]), bool(row["verify"]),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class AbuseRule:
    """One line of `data/abuse.yaml`; `numbers` are its thresholds as written."""

    rule: str
    kind: str
    name: str
    basis: str
    verify: bool
    numbers: dict[str, Any]


def abuse_rules_on(day: date) -> list[AbuseRule]:
    """The rules in force on `day`, in the order of their numbers."""
    newest: dict[str, dict[str, Any]] = {}
    for row in sorted(_rows("abuse.yaml", "rules"), key=lambda one: one["since"]):
        if row["since"] <= day:
            newest[row["rule"]] = row
    plain = {"rule", "since", "kind", "name", "basis", "verify"}
    return [
        AbuseRule(
            row["rule"], row["kind"], row["name"], row["basis"], bool(row["verify"]),
            {key: value for key, value in row.items() if key not in plain},
        )
        for _, row in sorted(newest.items())
    ]  # fmt: skip


@cache
def _rows(name: str, key: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((DATA / name).read_text(encoding="utf-8"))[key]
    return found
