"""Looking at a booking by the abuse rules, with what the house knows, and an officer's decision on what was found."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from keqiao.contract.models import ContractParty
from keqiao.core.audit import record
from keqiao.core.errors import BadInput, NotAllowed
from keqiao.core.models import AuditLevel
from keqiao.people.models import Organisation, User
from keqiao.registry.enterprise.models import Enterprise
from keqiao.voucher.abuse import Case, Side, findings
from keqiao.voucher.access import require_officer
from keqiao.voucher.enums import FlagState
from keqiao.voucher.models import LabService, ServiceProvider, VoucherBooking, VoucherFlag
from keqiao.voucher.terms import abuse_rules_on

_LOOKED_BACK = timedelta(days=60)


def side_of(unit: Organisation, provider: ServiceProvider | None = None) -> Side:
    """What identifies the unit: its registry page, its contracts' accounts, its superiors, its accounts' telephones."""
    page = Enterprise.objects.filter(organisation=unit).order_by("-updated_at").first()
    accounts = set(
        ContractParty.objects.filter(organisation=unit)
        .exclude(account_hash="")
        .values_list("account_hash", flat=True)
    )
    if provider and provider.account_hash:
        accounts.add(provider.account_hash)
    phones = set(
        User.objects.filter(organisation=unit).exclude(phone_hash="").values_list("phone_hash", flat=True)
    )
    return Side(
        name=unit.name,
        representative=(provider.legal_representative if provider else "") or (page.legal_representative if page else ""),
        address=(provider.address if provider else "") or (page.address if page else ""),
        accounts=frozenset(accounts),
        groups=frozenset(pk for pk in (unit.pk, unit.parent_id) if pk),
        phones=frozenset(phones),
    )  # fmt: skip


def case_of(booking: VoucherBooking, now: datetime) -> Case:
    """The facts of one booking. About ten queries, none of which grows with the years."""
    service = booking.service
    since = now - _LOOKED_BACK
    asked = VoucherBooking.objects.filter(firm=booking.firm, asked_at__gte=since)
    price = booking.redeemed_price_fen or booking.price_fen
    return Case(
        firm=side_of(booking.firm),
        provider=side_of(service.provider.organisation, service.provider),
        unit_price_fen=price // max(1, booking.quantity),
        listed_price_fen=service.price_fen,
        peer_prices_fen=list(
            LabService.objects.offered()
            .filter(service_class=service.service_class, unit=service.unit)
            .exclude(provider=service.provider)
            .values_list("price_fen", flat=True)[:500]
        ),
        pair_at=list(
            asked.filter(service__provider=service.provider_id).values_list("asked_at", flat=True)[:200]
        ),
        firm_at=list(asked.values_list("asked_at", flat=True)[:200]),
        desk_at=[
            when
            for when in VoucherBooking.objects.filter(
                service__provider=service.provider_id, redeemed_at__gte=since
            ).values_list("redeemed_at", flat=True)[:500]
            if when
        ],
        now=now,
    )


def watch(booking: VoucherBooking, now: datetime) -> list[VoucherFlag]:
    """Flags for what the rules find and nobody has flagged yet on this booking. Refuses nothing."""
    rules = abuse_rules_on(timezone.localdate(now))
    made = []
    for one in findings(case_of(booking, now), rules):
        flag, is_new = VoucherFlag.objects.get_or_create(
            booking=booking, rule=one.rule, defaults={"reason": f"{one.name}：{one.reason}", "found_at": now}
        )
        if is_new:
            record("voucher_flag.raised", target=flag, reason=flag.reason)
            made.append(flag)
    return made


@transaction.atomic
def decide_flag(*, flag: VoucherFlag, is_upheld: bool, decision: str, by: User) -> VoucherFlag:
    """Clear a flag or uphold it, with the reason. An upheld one keeps the booking out of settlement."""
    flag = (
        VoucherFlag.objects.select_for_update(of=("self",))
        .select_related("booking__voucher__programme")
        .get(pk=flag.pk)
    )
    require_officer(by, flag.booking.voucher.programme)
    if flag.state != FlagState.OPEN:
        raise NotAllowed(
            f"{flag.rule} 已由{flag.decided_by}核查：{flag.get_state_display()}。",
            code="voucher.flag",
            conflict=True,
        )
    decision = " ".join(decision.split())
    if not decision:
        raise BadInput("请写核查意见：看了什么、为什么这样认定。", field="decision")
    flag.state = FlagState.UPHELD if is_upheld else FlagState.CLEARED
    flag.decision, flag.decided_by, flag.decided_at = decision[:300], by, timezone.now()
    flag.save(update_fields=["state", "decision", "decided_by", "decided_at"])
    record(
        "voucher_flag.decided", by=by, target=flag, reason=decision, level=AuditLevel.IMPORTANT,
        changes={"state": [str(FlagState.OPEN.label), str(flag.get_state_display())]},
    )  # fmt: skip
    return flag
