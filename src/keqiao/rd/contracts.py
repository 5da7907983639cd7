"""The question of the tax rule to the register of technology contracts: is it registered, is it development, is it overseas."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q

from keqiao.contract.enums import IN_FORCE, ContractClass
from keqiao.contract.models import Contract


@dataclass(frozen=True, slots=True)
class Registered:
    """The register's answer about one contract number. amount_yuan: 成交总额, in the currency as signed × rate."""

    number: str
    is_found: bool
    is_registered: bool
    is_development: bool
    is_overseas: bool
    amount_yuan: Decimal | None
    words: str

    @property
    def holds(self) -> bool:
        """A registered development contract with a party overseas: what 委托境外 needs."""
        return self.is_registered and self.is_development and self.is_overseas


def registered_contract(number: str, firm_id: int) -> Registered:
    """What the register says of contract `number`, if this firm is a party to it (or drafted it). Two queries.

    number: ours or the certificate's. A contract of others answers like none at all.
    """
    number = number.strip()
    found = (
        Contract.objects.filter(Q(number=number) | Q(registration__reg_no=number))
        .filter(Q(owner=firm_id) | Q(parties__organisation=firm_id))
        .select_related("registration")
        .distinct()
        .first()
        if number
        else None
    )
    if found is None:
        words = (
            f"登记簿里没有本单位的合同“{number}”，请核对编号，或先办理认定登记。"
            if number
            else "没有填写技术合同编号，请在项目里补上。"
        )
        return Registered(number, False, False, False, False, None, words)
    registered = found.status in IN_FORCE
    entry = getattr(found, "registration", None)
    development = ((entry and entry.class_code) or found.declared_class) == ContractClass.DEV
    overseas = found.parties.exclude(country="CN").exists()
    amount = found.total_amount
    if amount is not None and found.currency != "CNY":
        amount = (amount * found.rate).quantize(Decimal("0.01")) if found.rate else None
    lacking = [
        word for is_there, word in (
            (registered, f"还没有登记（{found.get_status_display()}）"), (development, "不是技术开发合同"), (overseas, "没有境外当事人"),
        ) if not is_there
    ]  # fmt: skip
    words = (
        f"{found.number} 已登记的技术开发合同，有境外当事人"
        if not lacking
        else f"{found.number} {'、'.join(lacking)}"
    )
    return Registered(found.number, True, registered, development, overseas, amount, words)
