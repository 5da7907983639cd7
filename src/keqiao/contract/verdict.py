"""The shape of a judgement: findings, amounts, class, verdict; as plain values for JSON, pages and the database."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from keqiao.contract.book import Check

LEVELS = {"refuse": "不予登记", "error": "须补正", "warning": "提示", "fill": "已代填", "info": "说明"}
VERDICTS = {
    "refused": "不予登记",
    "to_correct": "须补正后再报",
    "to_confirm": "情况没有说明齐，待补充后由登记员认定",
    "expert_review": "须经专家评审或二次审核",
    "registrable": "符合登记条件",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that somebody should know. verify: its article is 待核实. field: where to look in the form."""

    code: str
    level: str
    article: str
    message: str
    verify: bool = False
    reason: str = ""
    field: str = ""

    @property
    def level_name(self) -> str:
        return LEVELS[self.level]


def finding(check: Check, message: str, *, level: str = "", field: str = "") -> Finding:
    """A finding of this check, at the book's level unless another is given."""
    return Finding(
        check.code, level or check.level, check.article, message, check.verify, check.reason, field
    )


@dataclass(frozen=True, slots=True)
class Tested:
    """One condition with its answer; holds None = not answered."""

    text: str
    article: str
    holds: bool | None
    verify: bool


@dataclass(frozen=True, slots=True)
class ClassVerdict:
    """Which class and why. code "" = no technology contract, or not to be told. is_sure: every condition answered."""

    code: str
    name: str
    subclass: str
    subclass_name: str
    statistic_class: str  # the class in yearly figures that count 许可 apart
    is_sure: bool
    reasons: tuple[str, ...]
    conditions: tuple[Tested, ...]
    candidates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Deduction:
    """A line of the price. is_deducted: whether it leaves the technology amount, and why."""

    kind: str
    description: str
    amount: Decimal
    is_deducted: bool
    why: str


@dataclass(frozen=True, slots=True)
class Amounts:
    """The sums, in CNY to the fen. None = cannot be told from what was given."""

    total_amount: Decimal | None
    non_tech_amount: Decimal
    tech_amount: Decimal | None
    tech_income: Decimal | None
    tech_ratio: Decimal | None
    realised_contract: Decimal
    realised_tech: Decimal
    deductions: tuple[Deduction, ...]
    income_deductions: tuple[tuple[str, Decimal], ...]
    currency: str
    original_total: Decimal | None
    rate: Decimal | None
    is_provisional: bool
    certificate: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The whole judgement under one rule book, with what it was judged by, so that it can be kept and shown again."""

    book: str
    book_label: str
    rule_version: str
    rule_digest: str
    on: date
    contract_class: ClassVerdict
    amounts: Amounts
    findings: tuple[Finding, ...]
    verdict: str
    due_on: date | None
    fingerprint: str
    facts: Mapping[str, Any]

    @property
    def verdict_name(self) -> str:
        return VERDICTS[self.verdict]

    @property
    def refusals(self) -> tuple[str, ...]:
        """The R codes that stand in the way, each once, in order."""
        return tuple(
            dict.fromkeys(f.reason for f in self.findings if f.reason and f.level in ("refuse", "error"))
        )

    @property
    def has_unverified(self) -> bool:
        return any(one.verify for one in self.findings) or any(
            one.verify for one in self.contract_class.conditions
        )

    def as_dict(self) -> dict[str, Any]:
        """JSON values; sums as numbers in yuan, exact to the fen below 十万亿元."""
        kind = self.contract_class
        return {
            "class": kind.code or None,
            "class_name": kind.name,
            "subclass": kind.subclass or None,
            "subclass_name": kind.subclass_name,
            "statistic_class": kind.statistic_class or None,
            "class_is_sure": kind.is_sure,
            "class_reasons": list(kind.reasons),
            "class_conditions": [asdict(one) for one in kind.conditions],
            "amounts": _amounts(self.amounts),
            "findings": [asdict(one) | {"level_name": one.level_name} for one in self.findings],
            "verdict": self.verdict,
            "verdict_name": self.verdict_name,
            "refusals": list(self.refusals),
            "rules": self.book,
            "rules_label": self.book_label,
            "rules_version": self.rule_version,
            "rules_digest": self.rule_digest,
            "on": self.on.isoformat(),
            "due_on": self.due_on.isoformat() if self.due_on else None,
            "has_unverified": self.has_unverified,
        }


def number(value: Decimal | None) -> int | float | None:
    """A sum as a JSON number. At most 15 digits, which a double gives back exactly as they were written."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def _amounts(amounts: Amounts) -> dict[str, Any]:
    plain = asdict(amounts)
    for name, value in plain.items():
        if isinstance(value, Decimal):
            plain[name] = number(value)
    plain["deductions"] = [asdict(one) | {"amount": number(one.amount)} for one in amounts.deductions]
    plain["income_deductions"] = [
        {"kind": kind, "amount": number(amount)} for kind, amount in amounts.income_deductions
    ]
    plain["certificate"] = list(amounts.certificate)
    plain["unit"] = "元"
    return plain
