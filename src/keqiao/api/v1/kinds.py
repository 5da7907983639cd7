"""The registries as the API names them, and which of their columns are public."""

from collections.abc import Mapping
from enum import StrEnum


class RecordKind(StrEnum):
    """Keys of `registry.kinds`; a test says that none is missing."""

    ACHIEVEMENT = "achievement"
    DEMAND = "demand"
    EXPERT = "expert"
    ENTERPRISE = "enterprise"
    WORK = "work"
    RESOURCE = "resource"
    EVENT = "event"


class IntakeKind(StrEnum):
    """Keys of `registry.intake.kinds`: what a machine may bring."""

    ACHIEVEMENT = "achievement"
    DEMAND = "demand"
    EXPERT = "expert"
    ENTERPRISE = "enterprise"
    INSTITUTION = "institution"
    WORK = "work"
    RESOURCE = "resource"
    EVENT = "event"


PUBLIC_FIELDS: Mapping[RecordKind, tuple[str, ...]] = {
    RecordKind.DEMAND: (
        "demand_type", "cooperation_modes", "budget_yuan", "is_budget_open", "pay_to_partner_yuan", "due_on", "due_text",
        "ip_ownership", "chain", "enterprise_types", "urgency", "quality",
    ),
    RecordKind.ACHIEVEMENT: (
        "market_stage", "trl", "maturity_scale", "level", "ip_forms", "patent_numbers", "ipc", "transfer_modes",
        "price_basis", "price_yuan", "team", "completed_on", "quality",
    ),
    RecordKind.EXPERT: ("position", "degree", "discipline", "work_count", "last_work_year"),
    RecordKind.ENTERPRISE: ("uscc", "founded_on", "labels"),
    RecordKind.WORK: ("work_type", "people", "source_no", "done_on", "ipc", "discipline", "funding_yuan"),
    RecordKind.RESOURCE: ("category", "grade"),
    RecordKind.EVENT: ("category", "starts_on", "ends_on", "place"),
}  # fmt: skip
"""Columns beside title, texts and tags. Contacts, addresses and legal representatives are in none of them."""
