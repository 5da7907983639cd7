"""The end of a listing: the result with its notice and certificate number, or none; what the deal desk hears of it."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from keqiao.core.audit import record
from keqiao.core.errors import NotAllowed
from keqiao.core.models import AuditLevel
from keqiao.core.numbers import next_number
from keqiao.deal.actions import move_case
from keqiao.deal.enums import Opening, Side, Stage, StepKind
from keqiao.deal.models import Case
from keqiao.deal.opening import Enquirer, open_case
from keqiao.deal.steps import keep_step
from keqiao.hall.access import require_officer
from keqiao.hall.enums import Admitted, BidForm, EventKind, Mode, NoticeKind, Phase, Relation, State, Way
from keqiao.hall.flow import LISTING_FLOW
from keqiao.hall.ledger import Played, amount_words
from keqiao.hall.log import (
    Clock,
    bidding_terms_for,
    clock_of,
    locked,
    log_event,
    moment_after,
    played_of,
    publish_notice,
    saved,
    tell_unit,
    told,
)
from keqiao.hall.models import Admission, Listing, Notice, Result
from keqiao.people.models import Organisation, User
from keqiao.registry.records.models import Record
from keqiao.registry.records.nouns import model_of

SERIES = "成交"


def conclude_refusal(listing: Listing, clock: Clock, played: Played) -> str | None:
    """None when the result may be confirmed now; otherwise what stands in the way."""
    if listing.state != State.PUBLISHED:
        return f"这件{listing.get_state_display()}，不用再确认。"
    if clock.open_objections:
        return f"还有 {clock.open_objections} 件异议没有处理，不能确认结果。"
    if clock.phase in (Phase.PUBLICITY, Phase.PAUSED):
        return f"公示期还没有满（{clock.words}），不能确认结果。"
    if clock.phase != Phase.DECIDING:
        return "报价还没有截止，不能确认结果。"
    if not played.holds:
        return f"交易日志重放有 {len(played.faults)} 处问题，不能确认结果。请先查看“重放日志”。"
    if listing.form == BidForm.SEALED and played.sealed and not played.is_opened:
        return "还没有开标，不能确认结果。"
    return None


def no_deal_reason(listing: Listing, played: Played, now: datetime) -> str:
    """Why a round that is over has no result by its own rules, "" when it has one."""
    if listing.way == Way.AGREED:
        return ""
    least = bidding_terms_for(listing, timezone.localdate(listing.published_at or now)).least_bidders.get(
        listing.way, 1
    )
    if played.winner is None:
        return "报价截止时没有有效报价"
    count = len(played.standing.ranking) if played.standing else 0
    return f"有效报价只有 {count} 家，不足 {least} 家" if count < least else ""


def signing_refusal(listing: Listing, now: datetime | None = None) -> str | None:
    """None when the contract of this listing may be signed; otherwise why not. The contract room asks it."""
    clock = clock_of(listing, now or timezone.now())
    if clock.open_objections:
        return f"{listing.number} 还有异议没有处理，不能签订合同。"
    if listing.state != State.DONE:
        return (
            f"{listing.number} 还没有成交公告（{clock.words or listing.get_state_display()}），不能签订合同。"
        )
    return None


@transaction.atomic
def conclude(
    *, listing: Listing, by: User, version: int | None = None, now: datetime | None = None
) -> Result:
    """Confirm the deal: result, numbered notice, the log's last entry, and the case at the deal desk.

    Raises NotAllowed while an objection is open, the clock runs, the round is sealed, or the rules give no winner.
    """
    listing = locked(listing, version)
    require_officer(by, listing)
    at = moment_after(listing, now)
    played = played_of(listing)
    if refusal := conclude_refusal(listing, clock_of(listing, at, played), played):
        raise NotAllowed(refusal, code="hall.not_yet", conflict=True)
    if reason := no_deal_reason(listing, played, at):
        raise NotAllowed(
            f"{reason}，按规则没有成交。请确认未成交，转让方可以重新挂牌。",
            code="hall.no_deal",
            conflict=True,
        )
    state = LISTING_FLOW.after(listing.state, "conclude")
    taker, buyer, buyer_name, relation, note, price = _taker(listing, played)
    alias = taker.alias if taker else ""
    listing.state, listing.ended_at = state, at
    saved(listing, "state", "ended_at")
    day = timezone.localdate(at)
    number = next_number(SERIES, day.year)
    count = len(played.standing.ranking) if played.standing else 0
    marked = str(Relation(relation).label) + (f"：{note}" if note else "")
    notice = publish_notice(
        listing, NoticeKind.RESULT, f"成交公告：{listing.title}",
        [("挂牌编号", listing.number or ""), ("成交确认书编号", number), ("成果名称", listing.title),
         ("转让方", listing.owner_name), ("受让方", buyer_name), ("受让方与成果的关系", marked),
         ("转化方式", str(Mode(listing.mode).label)), ("定价方式", _way_words(listing)), ("成交价", f"{price:,} 元"),
         ("有效报价", f"{count} 家，受让方代号为{alias}" if count else "")],
        by, at,
    )  # fmt: skip
    event = log_event(
        listing,
        EventKind.RESULT,
        {"alias": alias, "amount": amount_words(price), "notice": notice.number},
        at,
    )
    target = (
        model_of(listing.record_kind)
        .objects.filter(pk=listing.record_id)
        .select_related("organisation")
        .first()
    )
    result = Result.objects.create(
        number=number, listing=listing, notice=notice, achievement=target if listing.record_kind == "achievement" else None,
        record_kind=listing.record_kind, record_id=listing.record_id, title=listing.title, seller=listing.owner,
        seller_name=listing.owner_name, buyer=buyer, buyer_name=buyer_name, buyer_alias=alias, buyer_relation=relation,
        mode=listing.mode, way=listing.way, form=listing.form, price_yuan=price, bidder_count=count,
        log_hash=event.hash, is_sample=listing.is_sample, decided_at=at, decided_by=by,
    )  # fmt: skip
    result.case = _carry_on(result, target, by)
    result.save(update_fields=["case"])
    record(
        "listing.concluded",
        by=by,
        target=result,
        changes={"price": ["", str(price)]},
        level=AuditLevel.IMPORTANT,
    )
    for unit in (listing.owner, buyer):
        tell_unit(
            unit,
            listing,
            f"{listing.number} 成交",
            f"“{listing.title}”由{buyer_name}以 {price:,} 元受让，成交公告 {notice.number}。请签订技术合同并办理认定登记。",
            "done",
            by,
        )
    for one in (
        listing.admissions.filter(state=Admitted.ADMITTED)
        .exclude(organisation=buyer)
        .select_related("organisation")
    ):
        tell_unit(
            one.organisation,
            listing,
            f"{listing.number} 已有结果",
            f"“{listing.title}”已成交，结果见成交公告 {notice.number}。",
            "done",
            by,
        )
    return result


def _taker(
    listing: Listing, played: Played
) -> tuple[Admission | None, Organisation | None, str, str, str, Decimal]:
    """(admission, unit, name, relation, note, price): the announced buyer, or whoever the log names first."""
    if listing.way == Way.AGREED:
        assert listing.asking_yuan is not None  # announced with it
        return (
            None,
            listing.buyer,
            listing.buyer_name,
            listing.buyer_relation,
            listing.relation_note,
            listing.asking_yuan,
        )
    best = played.winner
    assert best is not None  # the caller has asked why not
    assert best.amount is not None
    taker = listing.admissions.select_related("organisation").get(alias=best.bidder)
    return (
        taker,
        taker.organisation,
        taker.organisation.name,
        taker.relation,
        taker.relation_note,
        best.amount,
    )


def _way_words(listing: Listing) -> str:
    form = f"（{BidForm(listing.form).label}）" if listing.form else ""
    return f"{Way(listing.way).label}{form}"


def _carry_on(result: Result, target: Record | None, by: User) -> Case | None:
    """The deal desk goes on from here: the case it came from, or a new one, as far towards signing as it may go."""
    listing = result.listing
    case = listing.case
    if case is None and target is not None:
        case = open_case(
            opening=Opening.OFFICER, by=by, other=target, title=f"{result.title}（{result.number}）", wish="交易大厅成交，签订技术合同",
            enquirer=Enquirer(result.buyer_name), enquirer_side=Side.DEMAND, division_code=listing.division_code,
            is_sample=listing.is_sample,
        )  # fmt: skip
        if result.buyer_id is not None:
            case.parties.filter(side=Side.DEMAND).update(organisation=result.buyer, is_name_public=True)
    if case is None:
        return None
    words = (
        f"交易大厅成交：{result.number}，{result.buyer_name}，{result.price_yuan:,} 元，{_way_words(listing)}"
    )
    keep_step(case, StepKind.NOTED, words, by=by)
    if case.stage == Stage.TALK:
        try:
            with transaction.atomic():
                case = move_case(case=case, move="sign", by=None)
        except NotAllowed as refusal:  # an NDA is missing, say: the desk goes on by hand
            keep_step(case, StepKind.NOTED, f"没有自动进入签约：{refusal.message}", by=None)
    return case


@transaction.atomic
def fail_listing(
    *, listing: Listing, by: User, reason: str = "", version: int | None = None, now: datetime | None = None
) -> Notice:
    """Confirm that nobody took it (流拍); the owner may list again. By the rules, or for a reason that is published."""
    listing = locked(listing, version)
    require_officer(by, listing)
    at = moment_after(listing, now)
    played = played_of(listing)
    clock = clock_of(listing, at, played)
    if refusal := conclude_refusal(listing, clock, played):
        raise NotAllowed(refusal, code="hall.not_yet", conflict=True)
    by_rules = no_deal_reason(listing, played, at)
    why = by_rules or told(
        reason, "reason", 500, required="按规则已有成交结果。确实不能成交的，请写明原因，公告里会公开。"
    )
    listing.state, listing.reason, listing.ended_at = LISTING_FLOW.after(listing.state, "fail"), why, at
    saved(listing, "state", "reason", "ended_at")
    notice = publish_notice(listing, NoticeKind.FAILED, f"未成交公告：{listing.title}",
                            [("挂牌编号", listing.number or ""), ("未成交原因", why)], by, at)  # fmt: skip
    log_event(listing, EventKind.FAILED, {"notice": notice.number, "reason": why}, at)
    record("listing.failed", by=by, target=listing, reason=why, level=AuditLevel.IMPORTANT)
    tell_unit(
        listing.owner,
        listing,
        f"{listing.number} 未成交",
        f"“{listing.title}”未成交：{why}。可以调整条件后重新挂牌。",
        "failed",
        by,
    )
    for one in listing.admissions.filter(state=Admitted.ADMITTED).select_related("organisation"):
        tell_unit(
            one.organisation,
            listing,
            f"{listing.number} 未成交",
            f"“{listing.title}”未成交：{why}。",
            "failed",
            by,
        )
    return notice
