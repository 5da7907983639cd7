"""A contract's rows as Facts, for the rules."""

from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any

from keqiao.codes.lists import label
from keqiao.contract.duties import folded
from keqiao.contract.enums import Side
from keqiao.contract.facts import CostItem, Facts, Income, Ip, Nature, Party, Payment, Secret
from keqiao.contract.models import Contract, ContractParty
from keqiao.contract.reading import NATURE_READER

_SAME = (
    "project_name", "title", "declared_class", "subclass", "licence_type", "form", "document_kind", "language",
    "sign_on", "effective_on", "begin_on", "end_on", "currency", "rate", "rate_on", "total_amount", "tech_amount",
    "pay_method", "entry_fee", "royalty_base", "royalty_rate", "same_invoice", "is_import", "is_related",
    "is_wholly_related", "field11", "plan_source", "objective", "industry", "tech_source", "licence_years",
    "is_global_exclusive", "owns_technology", "needs_approval", "is_disputed", "content",
)  # fmt: skip


def _party(row: ContractParty | None) -> Party:
    if row is None:
        return Party()
    return Party(
        name=row.name,
        credit_code=row.uscc,
        country=row.country,
        region=row.division_code,
        party_type=row.party_type,
        industry=row.industry,
        is_department=row.is_department,
        seal=row.seal if row.seal_checked else None,
        address=folded(row.address),
        account=row.account_hash,
        representative=row.representative,
    )


def facts_of(contract: Contract, *, accepted_on: date | None = None) -> Facts:
    """Everything the rules ask, from the rows. Six queries; prefetch for lists."""
    sides = {row.side: row for row in contract.parties.all()}
    broker = sides.get(Side.BROKER)
    known: dict[str, Any] = {name: getattr(contract, name) for name in _SAME}
    nature: Nature = NATURE_READER(contract.nature, "nature")
    secret = Secret(**{one.name: contract.secret.get(one.name) for one in fields(Secret)})
    return Facts(
        **known,
        accepted_on=accepted_on,
        non_tech_items=tuple(
            CostItem(one.kind, one.description, one.amount, one.is_reasonable_object)
            for one in contract.cost_items.all()
        ),
        payments=tuple(Payment(one.amount, one.due_on, one.condition) for one in contract.payments.all()),
        income_forms=tuple(
            Income(
                one.realised_contract,
                one.realised_tech,
                tuple((kind, Decimal(str(amount))) for kind, amount in one.deductions.items()),
                one.tech_income,
                one.received_on,
            )
            for one in contract.income_forms.all()
        ),
        seller=_party(sides.get(Side.SELLER)),
        buyer=_party(sides.get(Side.BUYER)),
        broker=_party(broker) if broker else None,
        ip_type=tuple(contract.ip_types),
        ip=tuple(
            Ip(
                label("ip_type", one.kind) if one.kind else "",
                one.number,
                one.name,
                one.owner,
                one.filed_on,
                one.expires_on,
            )
            for one in contract.ip.all()
        ),
        secret=secret,
        nature=nature,
        annexes=tuple(contract.annexes),
        clauses=tuple(contract.clauses) or None,
    )
