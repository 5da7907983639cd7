"""What became of a registered contract's result: the buyer is asked after 1, 3 and 5 years, on one page, once each."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.core import signing
from django.db import transaction
from django.db.models import Count, Q, Sum
from django.urls import reverse
from django.utils import timezone

from keqiao.contract.enums import IN_FORCE, InUse, Side
from keqiao.contract.fromcase import source_of
from keqiao.contract.models import Contract, FollowUp
from keqiao.core.audit import record
from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.message.actions import send
from keqiao.people.models import User
from keqiao.registry.kinds import KINDS
from keqiao.registry.records.models import Record, prefix_range
from keqiao.verdict.enums import Proof
from keqiao.verdict.outcomes import forget_outcome, note_outcome

AFTER = (1, 3, 5)
_BATCH = 200
_SIGNER = signing.Signer(salt="keqiao.contract.follow-up")


def due_day(registered_on: date, years: int) -> date:
    """The day so many years after registration; 29 February becomes the 28th."""
    try:
        return registered_on.replace(year=registered_on.year + years)
    except ValueError:
        return registered_on.replace(year=registered_on.year + years, day=28)


def plan(today: date) -> int:
    """A row for every anniversary that has come, of contracts in force; returns how many are new. Repeatable."""
    made = 0
    for years in AFTER:
        until = due_day(today, -years)
        found = (
            Contract.objects.filter(
                status__in=IN_FORCE,
                registration__decided_on__lte=until,
                registration__decided_on__gt=due_day(until, -1),
            )
            .exclude(follow_ups__after_years=years)
            .values_list("pk", "registration__decided_on")
        )
        rows = [
            FollowUp(contract_id=pk, after_years=years, due_on=due_day(day, years))
            for pk, day in found
            if day
        ]
        FollowUp.objects.bulk_create(rows, ignore_conflicts=True)
        made += len(rows)
    return made


def token_of(follow_up: FollowUp) -> str:
    """What stands in the address of its page."""
    return _SIGNER.sign(follow_up.public_id.hex)


def link_of(follow_up: FollowUp) -> str:
    """The path of the one page that takes the answer, signed."""
    return reverse("registrar:follow-up", args=[token_of(follow_up)])


def follow_up_of(token: str) -> FollowUp:
    """The question of a signed link. NotFound when the link was not made here, or nobody was asked yet."""
    try:
        public_id = _SIGNER.unsign(token)
    except signing.BadSignature:
        raise NotFound("成果回访") from None
    found = (
        FollowUp.objects.select_related("contract")
        .filter(public_id=public_id, asked_at__isnull=False)
        .first()
    )
    if found is None:
        raise NotFound("成果回访")
    return found


def ask_due(today: date) -> int:
    """Plan, then ask the buyers of what is due and not asked; returns how many were asked. Repeatable."""
    plan(today)
    asked = 0
    waiting = FollowUp.objects.filter(asked_at=None, due_on__lte=today).values_list("pk", flat=True)
    for pk in list(waiting[:_BATCH]):
        asked += _ask(pk)
    return asked


@transaction.atomic
def _ask(pk: int) -> bool:
    found = FollowUp.objects.select_for_update().select_related("contract").get(pk=pk)
    readers = _readers(found.contract)
    if found.asked_at is not None or not readers:
        return False
    found.asked_at = timezone.now()
    found.save(update_fields=["asked_at"])
    for user in readers:
        send(
            to=user, kind="contract.follow_up", key=f"follow-up {found.pk}", link=link_of(found),
            subject=f"“{found.contract.project_name[:40]}”签约登记满 {found.after_years} 年，用得怎么样？",
            text="请花一分钟填写：有没有用上、新增销售额、税收和就业。打开下面的链接就能填，不用登录。用于统计和改进匹配，公开时只说几家用上了，不说是谁。",
        )  # fmt: skip
    record(
        "follow_up.asked",
        by=None,
        target=found.contract,
        reason=f"满 {found.after_years} 年，{len(readers)} 人",
    )
    return True


def _readers(contract: Contract) -> list[User]:
    """People of the buyer's unit; of the seller's when the buyer has no account."""
    for side in (Side.BUYER, Side.SELLER):
        unit = contract.parties.filter(side=side, organisation__isnull=False).values("organisation")
        found = list(User.objects.filter(organisation__in=unit, is_active=True).order_by("pk")[:5])
        if found:
            return found
    return []


@transaction.atomic
def answer(
    *, token: str, in_use: str, sales_yuan: Decimal | None, tax_yuan: Decimal | None, jobs: int | None, note: str = ""
) -> FollowUp:  # fmt: skip
    """The firm's answer; it may be corrected for a year. The signed link is the permission."""
    found = FollowUp.objects.select_for_update().get(pk=follow_up_of(token).pk)
    if found.answered_at and (timezone.now() - found.answered_at).days > 365:
        raise NotAllowed(
            "这次回访已在一年前填写，不能再改。需要更正请联系登记机构。",
            code="follow_up.closed",
            conflict=True,
        )
    if in_use not in InUse.values:
        raise BadInput("请选择应用情况。", code="follow_up.use", field="in_use")
    for name, amount in (("sales_yuan", sales_yuan), ("tax_yuan", tax_yuan)):
        if amount is not None and amount < 0:
            raise BadInput("金额不能是负数，没有新增的填 0。", code="follow_up.sum", field=name)
    found.in_use, found.sales_yuan, found.tax_yuan, found.jobs = in_use, sales_yuan, tax_yuan, jobs
    found.note, found.answered_at = " ".join(note.split())[:500], timezone.now()
    found.save()
    tell_matching(found)
    record("follow_up.answered", by=None, target=found.contract, reason=str(InUse(in_use).label))
    return found


_PROOF = {InUse.PRODUCTION: Proof.WORKS, InUse.STOPPED: Proof.FAILED, InUse.NEVER: Proof.FAILED}


def tell_matching(said: FollowUp) -> None:
    """What the latest answer of its contract says goes into rankings; a trial says nothing yet. Call in a transaction."""
    contract = said.contract
    later = contract.follow_ups.filter(after_years__gt=said.after_years, answered_at__isnull=False)
    pair = _pair_of(contract)
    if pair is None or said.answered_at is None or later.exists():
        return
    proof = _PROOF.get(InUse(said.in_use))
    if proof is None or contract.status not in IN_FORCE:
        forget_outcome(source_of(contract))
        return
    note_outcome(
        source=source_of(contract), need=pair[0], offer=pair[1], proof=proof, at=said.answered_at, is_sample=contract.is_sample
    )  # fmt: skip


def _pair_of(contract: Contract) -> tuple[Record, Record] | None:
    """The demand, or else the firm that bought, and the achievement that the contract was made of."""
    offer = _record("achievement", public_id=contract.achievement_id) if contract.achievement_id else None
    if offer is None:
        return None
    need = _record("demand", public_id=contract.demand_id) if contract.demand_id else None
    buyer = contract.parties.filter(side=Side.BUYER, organisation__isnull=False).values("organisation")
    need = need or _record("enterprise", organisation__in=buyer)
    return (need, offer) if need else None


def _record(kind: str, **wanted: Any) -> Record | None:
    found: Record | None = KINDS[kind].model.objects.filter(**wanted).order_by("pk").first()
    return found


@dataclass(frozen=True, slots=True)
class Outcome:
    """Answers of one anniversary. rate: answered of asked, 0-1, None when nobody was asked. Sums in yuan."""

    after_years: int
    asked: int
    answered: int
    in_use: int
    sales_yuan: Decimal
    tax_yuan: Decimal
    jobs: int

    @property
    def rate(self) -> float | None:
        return self.answered / self.asked if self.asked else None


def outcomes(place: str = "", since: date | None = None, until: date | None = None) -> list[Outcome]:
    """What the firms of a place (buyers) said, of contracts registered in the period; a row an anniversary. One query."""
    found = FollowUp.objects.filter(asked_at__isnull=False)
    if place:
        found = found.filter(prefix_range("contract__registration__buyer_division", place))
    if since:
        found = found.filter(contract__registration__decided_on__gte=since)
    if until:
        found = found.filter(contract__registration__decided_on__lte=until)
    said = Q(answered_at__isnull=False)
    rows = list(
        found.order_by("after_years").values("after_years").annotate(
            asked=Count("pk"), answered=Count("pk", filter=said), used=Count("pk", filter=Q(in_use=InUse.PRODUCTION)),
            sales=Sum("sales_yuan", filter=said), tax=Sum("tax_yuan", filter=said), people=Sum("jobs", filter=said),
        )
    )  # fmt: skip
    return [
        Outcome(
            int(str(row["after_years"])), int(str(row["asked"])), int(str(row["answered"])), int(str(row["used"])),
            Decimal(str(row["sales"] or 0)), Decimal(str(row["tax"] or 0)), int(str(row["people"] or 0)),
        )
        for row in rows
    ]  # fmt: skip
