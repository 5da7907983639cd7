"""Writing the ledger: our own registrations as they are registered, changed and ended. Call inside the transaction."""

from decimal import Decimal

from django.conf import settings
from django.utils import timezone

from keqiao.codes import divisions
from keqiao.contract.enums import EntrySource, Side
from keqiao.contract.models import Contract, ContractParty, ContractRegistration, LedgerEntry
from keqiao.contract.numbering import parts_of


def home_place() -> str:
    """The digits of the home city that every place in it begins with: 3403, however the setting spells it.

    Where the setting is empty (a demo of several cities), the city of the newest registration made here; "" before any.
    """
    home: str = settings.KEQIAO_HOME_DIVISION
    if home:
        return divisions.prefix_of(home)
    newest = LedgerEntry.objects.filter(source=EntrySource.OWN).order_by("-decided_on", "-reg_no").first()
    return newest.registrar_place if newest else ""


def fen(value: Decimal | None) -> int:
    """Yuan as whole fen; nothing counts as 0."""
    return int((value or Decimal(0)) * 100)


def place_of_number(reg_no: str) -> str:
    """The four digits of the registrar's city in a registration number; "" when it is no number."""
    parts = parts_of(reg_no)
    return f"{parts.province}{parts.city}" if parts else ""


def enter(contract: Contract, registration: ContractRegistration) -> LedgerEntry:
    """The line of one of our registrations as it stands now. A line that was imported before becomes ours."""
    sides = {one.side: one for one in contract.parties.all()}
    seller = sides.get(Side.SELLER) or ContractParty()
    buyer = sides.get(Side.BUYER) or ContractParty()
    values = {
        "source": EntrySource.OWN, "contract": contract, "project_name": contract.project_name,
        "class_code": registration.class_code, "subclass": registration.subclass,
        "statistic_class": registration.statistic_class, "decided_on": registration.decided_on,
        "ended_on": registration.ended_on, "sign_on": contract.sign_on, "begin_on": contract.begin_on,
        "end_on": contract.end_on, "total_fen": fen(registration.total_amount),
        "tech_fen": fen(registration.tech_amount), "pay_method": contract.pay_method,
        "is_related": contract.is_related, "field11": registration.field11,
        "ip_type": contract.ip_types[0] if contract.ip_types else "", "plan_source": contract.plan_source,
        "objective": contract.objective, "industry": contract.industry,
        "registrar_place": place_of_number(registration.reg_no or ""),
        "seller_name": seller.name, "seller_uscc": seller.uscc, "seller_division": registration.seller_division,
        "seller_type": seller.party_type, "buyer_name": buyer.name, "buyer_uscc": buyer.uscc,
        "buyer_division": registration.buyer_division, "buyer_type": buyer.party_type,
        "is_sample": contract.is_sample, "updated_at": timezone.now(),
    }  # fmt: skip
    entry, _ = LedgerEntry.objects.update_or_create(reg_no=registration.reg_no, defaults=values)
    return entry


def end(registration: ContractRegistration) -> None:
    """The line leaves the figures from the day of the end on."""
    LedgerEntry.objects.filter(reg_no=registration.reg_no).update(
        ended_on=registration.ended_on, updated_at=timezone.now()
    )
