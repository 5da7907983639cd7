"""What a contract says about itself, as plain values. Read from JSON by `facts_from`; nothing here judges.

Sums are yuan in Decimal, to the fen. A question nobody answered is None, never False.
"""

from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Party:
    """One side. seal: the name on the seal as read from the paper; None = not looked at."""

    name: str = ""
    credit_code: str = ""
    country: str = "CN"
    region: str = ""
    party_type: str = ""
    industry: str = ""
    is_department: bool = False
    seal: str | None = None
    address: str = ""
    account: str = ""
    representative: str = ""


@dataclass(frozen=True, slots=True)
class CostItem:
    """A purchase inside the price. reasonable_object: a reasonable quantity of the object itself, not deducted."""

    kind: str = ""
    description: str = ""
    amount: Decimal | None = None
    reasonable_object: bool = False


@dataclass(frozen=True, slots=True)
class Payment:
    """One planned payment."""

    amount: Decimal | None = None
    due_on: date | None = None
    condition: str = ""


@dataclass(frozen=True, slots=True)
class Income:
    """One payment that came in (技术性收入核定表). deductions: cost name -> yuan."""

    realised_contract: Decimal = Decimal(0)
    realised_tech: Decimal = Decimal(0)
    deductions: tuple[tuple[str, Decimal], ...] = ()
    tech_income: Decimal | None = None
    received_on: date | None = None

    @property
    def deducted(self) -> Decimal:
        return sum((amount for _, amount in self.deductions), Decimal(0))


@dataclass(frozen=True, slots=True)
class Ip:
    """A right the contract passes or uses. owner: whose it is."""

    kind: str = ""
    number: str = ""
    name: str = ""
    owner: str = ""
    filed_on: date | None = None
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class Secret:
    """The four marks of a technical secret (技术秘密)."""

    not_public: bool | None = None
    has_value: bool | None = None
    usable: bool | None = None
    measures_taken: bool | None = None

    @property
    def holds(self) -> bool:
        return bool(self.not_public and self.has_value and self.usable and self.measures_taken)


@dataclass(frozen=True, slots=True)
class Nature:
    """Answers to the questions that decide the class; None = not answered."""

    goal_clear: bool | None = None
    object_held: bool | None = None
    has_innovation: bool | None = None
    shared_work: bool | None = None
    is_conversion: bool | None = None
    object_complete: bool | None = None
    ownership_agreed: bool | None = None
    public_domain: bool | None = None
    right_passed: str = ""  # ownership | use | none | "" = not answered
    by_shares: bool | None = None
    question_specific: bool | None = None
    scientific_method: bool | None = None
    result_is_report: bool | None = None
    carries_out_plan: bool | None = None
    main_content: str = ""  # consult | development | transfer: where the weight of technical content lies
    problem_specific: bool | None = None
    improves: bool | None = None
    result_measurable: bool | None = None
    is_training: bool | None = None
    special_knowledge: bool | None = None
    trainees_named: bool | None = None
    is_broking: bool | None = None
    brings_deal: bool | None = None
    project_named: bool | None = None
    broker_qualified: bool | None = None
    three_party: bool | None = None
    broker_clause: str = ""
    excluded_as: str = ""
    embedded_in: str = ""
    separately_signed: bool | None = None
    object_unclear: bool | None = None
    name_not_corrected: bool | None = None


@dataclass(frozen=True, slots=True)
class Other:
    """A registration that exists already, for the duplicate guard."""

    number: str = ""
    project_name: str = ""
    seller: str = ""
    buyer: str = ""
    sign_on: date | None = None
    total_amount: Decimal | None = None
    is_same: bool = False  # an officer has confirmed that it is the same contract


@dataclass(frozen=True, slots=True)
class Facts:
    """A whole contract. See docs/contracts.md for each field; `contract.schema.json` is the same for machines."""

    project_name: str = ""
    title: str = ""
    declared_class: str = ""
    subclass: str = ""
    licence_type: str = ""
    form: str = ""  # written | electronic | oral | "" = unknown
    document_kind: str = ""  # contract | agreement | task_book | bid
    language: str = "zh"
    is_effective: bool | None = None
    sign_on: date | None = None
    effective_on: date | None = None
    begin_on: date | None = None
    end_on: date | None = None
    submitted_on: date | None = None
    accepted_on: date | None = None
    late_reason: str = ""
    currency: str = "CNY"
    rate: Decimal | None = None
    rate_on: date | None = None
    total_amount: Decimal | None = None
    tech_amount: Decimal | None = None
    non_tech_items: tuple[CostItem, ...] = ()
    pay_method: str = ""
    entry_fee: Decimal | None = None
    royalty_base: str = ""
    royalty_rate: Decimal | None = None
    payments: tuple[Payment, ...] = ()
    income_forms: tuple[Income, ...] = ()
    same_invoice: bool | None = None
    seller: Party = field(default_factory=Party)
    buyer: Party = field(default_factory=Party)
    broker: Party | None = None
    applicant: str = "seller"
    is_import: bool = False
    buyer_may_apply: bool = False
    is_related: bool | None = None
    is_wholly_related: bool | None = None
    registrar_region: str = ""
    field11: str = ""
    ip_type: tuple[str, ...] = ()
    plan_source: str = ""
    objective: str = ""
    industry: str = ""
    tech_source: str = ""
    ip: tuple[Ip, ...] = ()
    secret: Secret = field(default_factory=Secret)
    licence_years: Decimal | None = None
    is_global_exclusive: bool | None = None
    owns_technology: bool | None = None
    nature: Nature = field(default_factory=Nature)
    annexes: tuple[str, ...] | None = None  # None: not listed at all, so nothing is called missing
    clauses: tuple[str, ...] | None = None
    monopoly_clauses: tuple[str, ...] = ()
    needs_approval: bool | None = None
    is_disputed: bool = False
    is_secret: bool = False
    other_refusal: str = ""
    content: str = ""
    text: str = ""
    other_registrations: tuple[Other, ...] = ()
    unknown: tuple[str, ...] = ()  # fields of the file that were not used

    @property
    def words(self) -> str:
        """Everything written about the object, for the hints."""
        return "\n".join(part for part in (self.title, self.project_name, self.content, self.text) if part)


def plain(value: Any) -> Any:
    """Facts as JSON values: dates as ISO text, sums as text, empty fields left out. Kept with a verdict."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [plain(one) for one in value]
    if hasattr(value, "__dataclass_fields__"):
        pairs = ((one.name, getattr(value, one.name)) for one in fields(value))
        return {
            name: plain(item) for name, item in pairs if item not in ("", None, (), False) or item is False
        }
    return value
