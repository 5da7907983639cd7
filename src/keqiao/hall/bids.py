"""Takers and their offers: admission, bids in open and sealed form, the opening by two persons."""

import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone

from keqiao.core.audit import record
from keqiao.core.errors import BadInput, NotAllowed
from keqiao.core.models import AuditLevel
from keqiao.hall.access import require_officer, unit_of
from keqiao.hall.bidding import Bid, Form, judge
from keqiao.hall.enums import Admitted, EventKind, Phase, Relation, State, Way
from keqiao.hall.ledger import Played, amount_words, receipt_of
from keqiao.hall.log import (
    Clock,
    bidding_terms_for,
    clock_of,
    locked,
    log_event,
    moment_after,
    played_of,
    saved,
    tell_unit,
    told,
)
from keqiao.hall.models import Admission, Listing, Offer
from keqiao.people.models import User

_MOST = Decimal(10) ** 13


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the bidder is given at once, and only once: receipt = SHA-256 of "alias|amount|nonce|at"."""

    seq: int
    alias: str
    amount: Decimal
    nonce: str
    at: datetime
    receipt: str


# -- admission ------------------------------------------------------------------------------------------------------


@transaction.atomic
def apply_to_bid(
    *, listing: Listing, by: User, relation: str = Relation.NONE, relation_note: str = "", statement: str = "",
    now: datetime | None = None,
) -> Admission:  # fmt: skip
    """A unit asks to take part, saying how it stands to the result. The owner itself is refused by the rule."""
    listing = locked(listing)
    unit = unit_of(by)
    if unit is None:
        raise NotAllowed(
            "竞买登记由企业、院所的账号办理。请用单位账号登录，没有账号的可以先注册单位。", code="hall.unit"
        )
    now = moment_after(listing, now)
    played = played_of(listing)
    if listing.state != State.PUBLISHED or listing.way == Way.AGREED or played.standing is None:
        raise NotAllowed(
            "这件现在不接受竞买登记。协议定价的已有拟受让方，有意见可以在公示期内提出异议。",
            code="hall.state",
            conflict=True,
        )
    if now >= played.standing.closes_at:
        raise NotAllowed(
            f"报价已于 {timezone.localtime(played.standing.closes_at):%m-%d %H:%M} 截止，不再登记。",
            code="hall.late",
            conflict=True,
        )
    relation = Relation.OWN if unit.pk == listing.owner_id else relation
    if relation not in Relation.values:
        raise BadInput("请选贵单位与成果的关系。", field="relation")
    ruling = bidding_terms_for(listing, timezone.localdate(now)).ruling_on(relation)
    if ruling == "refuse":
        raise NotAllowed(
            f"{Relation(relation).label}不能参加本次竞买（竞价规则）。如需取得成果，请与转让方另行办理。",
            code="hall.relation",
        )
    note = told(
        relation_note, "relation_note", 200, required="请写明是什么关系，成交公告里会注明。" if ruling else ""
    )
    text = told(
        statement, "statement", 600, required="请说明贵单位怎样符合受让条件。" if listing.conditions else ""
    )
    try:
        with transaction.atomic():
            admission = Admission.objects.create(
                listing=listing, organisation=unit, applied_by=by, applied_at=now, relation=relation,
                relation_note=note, statement=text,
            )  # fmt: skip
    except IntegrityError as twice:
        raise NotAllowed("贵单位已经登记过，不用重复登记。", code="hall.applied", conflict=True) from twice
    record(
        "admission.applied",
        by=by,
        target=admission,
        changes={"relation": ["", str(Relation(relation).label)]},
    )
    return admission


@transaction.atomic
def decide_admission(
    *, admission: Admission, is_admitted: bool, by: User, reason: str = "", now: datetime | None = None
) -> Admission:
    """Admit under the next alias, or refuse with the reason. The alias enters the log, the unit's name does not."""
    listing = locked(admission.listing)
    require_officer(by, listing)
    admission = (
        Admission.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=admission.pk)
    )
    if admission.state != Admitted.APPLIED:
        raise NotAllowed(
            f"这件登记{admission.get_state_display()}，不用再审。", code="hall.admission", conflict=True
        )
    if listing.state != State.PUBLISHED:
        raise NotAllowed("这件已经不在公告中，不用再审。", code="hall.state", conflict=True)
    if by.organisation_id == admission.organisation_id:
        raise NotAllowed("您在这家单位任职，须回避。请由另一位工作人员审查。", code="hall.interest")
    at = moment_after(listing, now)
    admission.reason = told(
        reason, "reason", 300, required="" if is_admitted else "请写明不予准入的理由，对方会看到。"
    )
    admission.decided_by, admission.decided_at = by, at
    admission.state = Admitted.ADMITTED if is_admitted else Admitted.REFUSED
    if is_admitted:
        place = listing.admissions.exclude(alias="").count() + 1
        admission.alias = f"竞买人{place}"
        log_event(listing, EventKind.ADMITTED, {"alias": admission.alias, "relation": admission.relation}, at)
    admission.save(update_fields=["state", "alias", "reason", "decided_by", "decided_at"])
    record(
        "admission.decided",
        by=by,
        target=admission,
        reason=admission.reason,
        changes={"state": ["待审查", str(Admitted(admission.state).label)]},
    )
    words = f"代号是{admission.alias}，报价时只公开代号。" if is_admitted else f"理由：{admission.reason}"
    tell_unit(
        admission.organisation,
        listing,
        f"{listing.number} 竞买登记{admission.get_state_display()}",
        words,
        f"admission {admission.state}",
        by,
    )
    return admission


@transaction.atomic
def withdraw_admission(
    *, admission: Admission, reason: str, by: User, now: datetime | None = None
) -> Admission:
    """Take an admission away with the reason: its offers no longer count, the next best stands."""
    listing = locked(admission.listing)
    require_officer(by, listing)
    admission = (
        Admission.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=admission.pk)
    )
    if admission.state != Admitted.ADMITTED or listing.state != State.PUBLISHED:
        raise NotAllowed("只有公告中的、已准入的竞买人可以取消资格。", code="hall.admission", conflict=True)
    if listing.unsealed_at is not None:
        raise NotAllowed(
            "已经开标，不能再取消资格。有问题的请确认未成交并写明理由。", code="hall.opened", conflict=True
        )
    reason = told(reason, "reason", 300, required="请写明取消资格的理由，日志里会公开，对方也会看到。")
    if admission.organisation.name in reason:
        raise BadInput("理由会公开在日志里，请写代号，不要写单位名称。", code="hall.secret", field="reason")
    at = moment_after(listing, now)
    admission.state, admission.reason = Admitted.WITHDRAWN, reason
    admission.decided_by, admission.decided_at = by, at
    admission.save(update_fields=["state", "reason", "decided_by", "decided_at"])
    log_event(listing, EventKind.EXPELLED, {"alias": admission.alias, "reason": reason}, at)
    record("admission.withdrawn", by=by, target=admission, reason=reason, level=AuditLevel.IMPORTANT)
    tell_unit(
        admission.organisation,
        listing,
        f"{listing.number} 取消竞买资格",
        f"理由：{reason}。已有的报价不再计入。",
        "expelled",
        by,
    )
    return admission


# -- offers ---------------------------------------------------------------------------------------------------------


def _bidder(listing: Listing, by: User) -> Admission:
    unit = unit_of(by)
    found = listing.admissions.filter(organisation=unit).first() if unit else None
    if found is None or found.state != Admitted.ADMITTED:
        state = (
            f"（{found.get_state_display()}{'：' + found.reason if found and found.reason else ''}）"
            if found
            else ""
        )
        raise NotAllowed(f"只有准入的竞买人可以报价{state}。请先办理竞买登记。", code="hall.not_admitted")
    return found


def _require_bidding(clock: Clock) -> None:
    """The clock must have run out, and nothing may be open against the notice."""
    if clock.phase == Phase.PAUSED:
        raise NotAllowed("有异议正在处理，报价暂停。处理结果会公告。", code="hall.paused", conflict=True)
    if clock.phase == Phase.PUBLICITY:
        raise NotAllowed(
            f"公示期还没有满（{clock.words}），现在不能报价。", code="hall.publicity", conflict=True
        )
    if clock.phase == Phase.OVER:
        raise NotAllowed("这件已经结束，不能报价。", code="hall.state", conflict=True)


@transaction.atomic
def place_bid(*, listing: Listing, amount: Decimal, by: User, now: datetime | None = None) -> Receipt:
    """Take a bid: whoever holds the lock is first, the log's order is the order. Raises with the least that would do."""
    if not amount.is_finite() or amount <= 0 or amount >= _MOST:
        raise BadInput("请写报价金额，单位是元，例如 505000。", field="amount")
    listing = locked(listing)
    admission = _bidder(listing, by)
    at = moment_after(listing, now)
    played = played_of(listing)
    _require_bidding(clock_of(listing, at, played))
    assert played.rules is not None  # its phase says so
    assert played.standing is not None
    is_open = played.rules.form is Form.OPEN
    seq = played.entries + 1
    if refusal := judge(played.rules, played.standing, Bid(seq, admission.alias, amount, at)):
        raise BadInput(refusal.message, code=refusal.code, field="amount")
    nonce = secrets.token_hex(16)
    receipt = receipt_of(admission.alias, amount, nonce, at)
    data = {"alias": admission.alias, "receipt": receipt}
    if is_open:
        data |= {"amount": amount_words(amount), "nonce": nonce}
    log_event(listing, EventKind.BID if is_open else EventKind.SEALED, data, at)
    Offer.objects.create(
        listing=listing, admission=admission, seq=seq, at=at, receipt=receipt, by=by, amount_yuan=amount if is_open else None,
        secret="" if is_open else json.dumps({"amount": amount_words(amount), "nonce": nonce}),
    )  # fmt: skip
    record(
        "offer.placed", by=by, target=listing, changes={"receipt": ["", receipt]}
    )  # a sealed amount is nowhere in clear
    return Receipt(seq, admission.alias, amount, nonce, at, receipt)


@transaction.atomic
def take_back(*, listing: Listing, by: User, now: datetime | None = None) -> None:
    """Take the sealed bid back before the end."""
    listing = locked(listing)
    admission = _bidder(listing, by)
    at = moment_after(listing, now)
    played = played_of(listing)
    _require_bidding(clock_of(listing, at, played))
    assert played.rules is not None  # its phase says so
    assert played.standing is not None
    if refusal := judge(played.rules, played.standing, Bid(played.entries + 1, admission.alias, None, at)):
        raise NotAllowed(refusal.message, code=refusal.code, conflict=True)
    log_event(listing, EventKind.TAKEN_BACK, {"alias": admission.alias}, at)
    record("offer.taken_back", by=by, target=listing)


# -- the opening ----------------------------------------------------------------------------------------------------


def _require_over(listing: Listing, at: datetime) -> Played:
    played = played_of(listing)
    if played.rules is None or played.standing is None or played.rules.form is not Form.SEALED:
        raise NotAllowed("只有密封报价需要开标。", code="hall.form", conflict=True)
    if listing.state != State.PUBLISHED or played.is_opened:
        raise NotAllowed("已经开过标，或者这件已经结束。", code="hall.opened", conflict=True)
    if at < played.standing.closes_at:
        raise NotAllowed(
            f"报价 {timezone.localtime(played.standing.closes_at):%m-%d %H:%M} 截止，截止前谁也不能开标。",
            code="hall.early",
            conflict=True,
        )
    if clock_of(listing, at, played).open_objections:
        raise NotAllowed("还有异议没有处理，不能开标。", code="hall.paused", conflict=True)
    return played


@transaction.atomic
def ask_unseal(*, listing: Listing, by: User, now: datetime | None = None) -> Listing:
    """The first of two persons asks for the opening after the end."""
    listing = locked(listing)
    require_officer(by, listing)
    at = moment_after(listing, now)
    _require_over(listing, at)
    listing.unseal_asked_by, listing.unseal_asked_at = by, at
    saved(listing, "unseal_asked_by", "unseal_asked_at")
    record("listing.unseal_asked", by=by, target=listing, level=AuditLevel.IMPORTANT)
    return listing


@transaction.atomic
def unseal(*, listing: Listing, by: User, now: datetime | None = None) -> Played:
    """The second person opens: amounts and nonces of the offers that count enter the log. Gives the log played again."""
    listing = locked(listing)
    require_officer(by, listing)
    at = moment_after(listing, now)
    played = _require_over(listing, at)
    if listing.unseal_asked_by_id is None:
        raise NotAllowed("开标须两个人办理，请先由一人申请开标。", code="hall.two", conflict=True)
    if listing.unseal_asked_by_id == by.pk:
        raise NotAllowed(
            "开标须两个人办理，您已申请开标，请另一位工作人员复核。", code="hall.two", conflict=True
        )
    lines = []
    for offer in Offer.objects.filter(listing=listing, seq__in=played.sealed).order_by("seq"):
        secret = json.loads(offer.secret)
        lines.append({"seq": offer.seq, "amount": secret["amount"], "nonce": secret["nonce"]})
        offer.amount_yuan = Decimal(secret["amount"])
        offer.save(update_fields=["amount_yuan"])
    log_event(listing, EventKind.OPENED, {"bids": lines, "persons": 2}, at)
    listing.unsealed_by, listing.unsealed_at = by, at
    saved(listing, "unsealed_by", "unsealed_at")
    record("listing.unsealed", by=by, target=listing, row_count=len(lines), level=AuditLevel.CRITICAL)
    return played_of(listing)
