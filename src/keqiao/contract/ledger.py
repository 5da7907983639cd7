"""Writing the ledger: our own registrations as they are registered, changed and ended. Call inside the transaction."""

from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from keqiao.codes import divisions
from keqiao.contract.enums import EntrySource, Side
from keqiao.contract.models import Contract, ContractParty, ContractRegistration, LedgerEntry
from keqiao.contract.numbering import parts_of
from keqiao.core.audit import record


def home_place() -> str:
    """The digits of the home city that every place in it begins with: 3403, however the setting spells it; "" = all
    places, as nothing is set."""
    home: str = settings.KEQIAO_HOME_DIVISION
    return divisions.prefix_of(home) if home else ""


def backfill(*, limit: int = 200) -> int:
    """Registrations that have a number and no line yet get one; returns how many. Each by itself, so that it may be
    stopped and run again; 0 means that every one has its line. Those made before there was a ledger have none."""
    waiting = ContractRegistration.objects.exclude(reg_no=None).filter(contract__entry=None)
    return sum(_enter_alone(pk) for pk in list(waiting.order_by("pk").values_list("pk", flat=True)[:limit]))


@transaction.atomic
def _enter_alone(pk: int) -> bool:
    found = ContractRegistration.objects.select_for_update(of=("self",)).select_related("contract").get(pk=pk)
    if LedgerEntry.objects.filter(contract=found.contract).exists():
        return False
    enter(found.contract, found)
    record("ledger.backfilled", by=None, target=found.contract, reason=found.reg_no or "")
    return True


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
