"""A listing from its draft to its notice: written by the owner, checked and announced by an officer."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from keqiao.codes.workdays import calendar
from keqiao.core.audit import record
from keqiao.core.errors import BadInput, NotAllowed
from keqiao.core.models import AuditLevel
from keqiao.core.numbers import next_number
from keqiao.deal.models import Case
from keqiao.hall.access import require_officer, require_owner, unit_of
from keqiao.hall.bidding import Form, Rules
from keqiao.hall.clock import read_clock
from keqiao.hall.enums import BidForm, EventKind, Mode, NoticeKind, Relation, State, Way
from keqiao.hall.flow import LISTING_FLOW
from keqiao.hall.ledger import amount_words, rules_as_dict
from keqiao.hall.log import (
    bidding_terms_for,
    clock_of,
    locked,
    log_event,
    moment_after,
    played_of,
    publish_notice,
    saved,
    tell_unit,
    term_for,
    told,
)
from keqiao.hall.models import Listing, Notice
from keqiao.people.enums import OrganisationKind
from keqiao.people.models import Organisation, User
from keqiao.registry.records.enums import Disclosure, Status
from keqiao.registry.records.models import Record

SERIES = "挂牌"
KINDS = ("achievement", "work")
_PUBLIC_BODIES = (OrganisationKind.UNIVERSITY, OrganisationKind.INSTITUTE, OrganisationKind.HOSPITAL)
_MOST = Decimal(10) ** 13


@dataclass(frozen=True, slots=True)
class Terms:
    """What the owner announces. Amounts in yuan."""

    mode: str = Mode.SALE
    way: str = Way.LISTED
    form: str = BidForm.OPEN
    asking_yuan: Decimal | None = None
    floor_yuan: Decimal | None = None
    step_yuan: Decimal = Decimal(0)
    price_basis: str = ""
    deposit: str = ""
    conditions: str = ""
    contact: str = ""
    summary: str = ""
    is_public_body: bool = True
    buyer: Organisation | None = None
    buyer_name: str = ""
    buyer_relation: str = ""
    relation_note: str = ""
    opens_at: datetime | None = None
    closes_at: datetime | None = None

    def checked(self) -> dict[str, Any]:
        """The columns of a listing. Raises BadInput at the field that is wrong."""
        if self.way not in Way.values or self.mode not in Mode.values:
            raise BadInput("请选定定价方式和转化方式。", field="way")
        values: dict[str, Any] = {
            "mode": self.mode, "way": self.way, "is_public_body": self.is_public_body,
            "price_basis": told(self.price_basis, "price_basis", 500, required="请写价格依据，例如评估报告、询价或集体决策的文号，公告里要公开。"),
            "deposit": told(self.deposit, "deposit", 300),
            "conditions": self.conditions.strip()[:2000],
            "contact": told(self.contact, "contact", 120, required="请写公告联系人和办公电话，它会公开。"),
            "summary": self.summary.strip()[:2000],
        }  # fmt: skip
        return values | (self._agreed() if self.way == Way.AGREED else self._offered())

    def _agreed(self) -> dict[str, Any]:
        name = self.buyer_name or (self.buyer.name if self.buyer else "")
        relation = self.buyer_relation
        if relation not in (Relation.NONE, Relation.INVENTOR, Relation.INTERESTED):
            raise BadInput(
                "请标明受让方与成果的关系：受让方是成果完成人或者利害关系人的，必须在公示里注明。",
                field="buyer_relation",
            )
        if relation != Relation.NONE and not self.relation_note.strip():
            raise BadInput("请写明是什么关系，例如“受让方为完成人王某持股企业”。", field="relation_note")
        return {
            "form": "", "floor_yuan": None, "step_yuan": Decimal(0), "opens_at": None, "closes_at": None,
            "asking_yuan": _amount(self.asking_yuan, "asking_yuan", "拟交易价格"),
            "buyer": self.buyer, "buyer_name": told(name, "buyer_name", 200, required="协议定价须写明拟受让方。"),
            "buyer_relation": relation, "relation_note": told(self.relation_note, "relation_note", 200),
        }  # fmt: skip

    def _offered(self) -> dict[str, Any]:
        if self.form not in BidForm.values:
            raise BadInput("请选公开竞价或密封报价。", field="form")
        if self.form == BidForm.OPEN and self.step_yuan <= 0:
            raise BadInput("公开竞价须写加价幅度，例如 5000 元。", field="step_yuan")
        if self.opens_at is None or self.closes_at is None:
            raise BadInput("请写报价开始和截止的时间。", field="opens_at")
        if self.closes_at <= self.opens_at:
            raise BadInput(
                f"报价截止 {self.closes_at:%m-%d %H:%M} 不晚于开始 {self.opens_at:%m-%d %H:%M}，请核对。",
                field="closes_at",
            )
        return {
            "form": self.form, "asking_yuan": None, "floor_yuan": _amount(self.floor_yuan, "floor_yuan", "底价"),
            "step_yuan": self.step_yuan if self.form == BidForm.OPEN else Decimal(0),
            "opens_at": self.opens_at, "closes_at": self.closes_at,
            "buyer": None, "buyer_name": "", "buyer_relation": "", "relation_note": "",
        }  # fmt: skip


def _amount(yuan: Decimal | None, field: str, word: str) -> Decimal:
    if yuan is None or yuan <= 0:
        raise BadInput(f"请写{word}，须大于 0。", field=field)
    if yuan >= _MOST:
        raise BadInput(f"{word} {yuan:,} 元太大，请核对单位。", field=field)
    if yuan != yuan.quantize(Decimal("0.01")):
        raise BadInput(f"{word} {yuan} 元须精确到分。", field=field)
    return yuan


def listing_refusal(user: User, target: Record) -> str | None:
    """None when this user may offer the record in the hall; otherwise the reason."""
    unit = unit_of(user)
    if target.KIND not in KINDS:
        return "只有科技成果和科研产出（专利）可以挂牌。"
    if unit is None or target.organisation_id != unit.pk:
        return f"“{target.title}”由它的持有单位挂牌。请用该单位的账号登录。"
    if target.status != Status.PUBLISHED:
        return f"“{target.title}”还没有发布，不能挂牌。请先完成审核发布。"
    if target.disclosure != Disclosure.PUBLIC:
        return f"“{target.title}”的公开方式不是“公开”，公告必须写明名称和转让方。请先把公开方式改为“公开”。"
    return None


@transaction.atomic
def draft_listing(*, target: Record, terms: Terms, by: User, case: Case | None = None) -> Listing:
    """Begin a listing of a record. One record is listed once at a time. Raises BadInput, NotAllowed."""
    if refusal := listing_refusal(by, target):
        raise NotAllowed(refusal, code="hall.owner")
    owner = target.organisation
    assert owner is not None  # the refusal above says so
    values = terms.checked()
    twin = Listing.objects.filter(
        record_kind=target.KIND, record_id=target.pk,
        state__in=(State.DRAFT, State.REVIEW, State.RETURNED, State.PUBLISHED),
    ).first()  # fmt: skip
    if twin is not None:
        raise NotAllowed(
            f"“{target.title}”已经有一件没有结束的挂牌（{twin.number or twin.get_state_display()}）。请在那件里修改或终止。",
            code="hall.twice", conflict=True,
        )  # fmt: skip
    values["is_public_body"] = values["is_public_body"] or owner.kind in _PUBLIC_BODIES
    try:
        with transaction.atomic():
            listing = Listing.objects.create(
                title=target.title, record_kind=target.KIND, record_id=target.pk, case=case, owner=owner,
                owner_name=target.organisation_name or owner.name, division_code=target.division_code,
                created_by=by, is_sample=target.is_sample, **values,
            )  # fmt: skip
    except IntegrityError as twice:
        raise NotAllowed(
            "这项成果刚刚已由同事挂牌。请刷新页面查看。", code="hall.twice", conflict=True
        ) from twice
    record("listing.drafted", by=by, target=listing, changes={"way": ["", str(Way(listing.way).label)]})
    return listing


@transaction.atomic
def change_listing(*, listing: Listing, terms: Terms, by: User, version: int | None = None) -> Listing:
    """Rewrite a draft or a returned listing."""
    listing = locked(listing, version)
    require_owner(by, listing)
    LISTING_FLOW.the_move(listing.state, "submit")  # what may be handed in may be rewritten
    values = terms.checked()
    values["is_public_body"] = values["is_public_body"] or listing.owner.kind in _PUBLIC_BODIES
    for name, value in values.items():
        setattr(listing, name, value)
    saved(listing, *values)
    record("listing.changed", by=by, target=listing)
    return listing


@transaction.atomic
def submit_listing(
    *, listing: Listing, by: User, version: int | None = None, now: datetime | None = None
) -> Listing:
    """Hand it in for the officer's check."""
    listing = locked(listing, version)
    require_owner(by, listing)
    state = LISTING_FLOW.after(listing.state, "submit")
    if listing.way != Way.AGREED and (
        listing.opens_at is None or listing.opens_at <= (now or timezone.now())
    ):
        raise BadInput(
            "报价开始时间没有写或已经过去。请先修改报价时间，留足公示期，再提交。",
            code="hall.window",
            field="opens_at",
        )
    listing.state = state
    listing.submitted_at, listing.reason = timezone.now(), ""
    saved(listing, "state", "submitted_at", "reason")
    record("listing.submitted", by=by, target=listing)
    return listing


@transaction.atomic
def return_listing(*, listing: Listing, reason: str, by: User, version: int | None = None) -> Listing:
    """Give it back with what has to be changed."""
    listing = locked(listing, version)
    require_officer(by, listing)
    listing.state = LISTING_FLOW.after(listing.state, "return")
    listing.reason = told(reason, "reason", 500, required="请写明要怎样修改，转让方会看到。")
    saved(listing, "state", "reason")
    record("listing.returned", by=by, target=listing, reason=listing.reason)
    tell_unit(
        listing.owner,
        listing,
        f"挂牌“{listing.title}”退回修改",
        listing.reason,
        f"returned {listing.version}",
        by,
    )
    return listing


def rules_of(listing: Listing, now: datetime) -> Rules | None:
    """The bidding rules that are announced with it; None for an agreed price."""
    if listing.opens_at is None or listing.closes_at is None or listing.floor_yuan is None:
        return None
    terms = bidding_terms_for(listing, timezone.localdate(now))
    return Rules(
        Form(listing.form), listing.floor_yuan, listing.opens_at, listing.closes_at, listing.step_yuan,
        timedelta(minutes=terms.extend_within_minutes), timedelta(minutes=terms.extend_by_minutes), terms.extend_times,
    )  # fmt: skip


@transaction.atomic
def publish_listing(
    *, listing: Listing, by: User, version: int | None = None, now: datetime | None = None
) -> Notice:
    """Number it, freeze its notice and start the clock. The officer who checks is not of the owner's unit.

    Raises BadInput when offers would begin before the publicity is over.
    """
    listing = locked(listing, version)
    require_officer(by, listing)
    now = now or timezone.now()
    state = LISTING_FLOW.after(listing.state, "publish")
    day = timezone.localdate(now)
    term = term_for(listing, day)
    ends_on = read_clock(day, term, (), day, calendar(settings.KEQIAO_HOLIDAYS)).ends_on
    if listing.opens_at is not None and ends_on and timezone.localdate(listing.opens_at) <= ends_on:
        raise BadInput(
            f"今天公告的话，公示期 {term.words}到 {ends_on} 止，报价须在次日以后开始，现在写的是 {timezone.localdate(listing.opens_at)}。"
            "请退回转让方修改时间。",
            code="hall.window", field="opens_at",
        )  # fmt: skip
    listing.number, listing.state = next_number(SERIES, day.year), state
    listing.published_at, listing.checked_by = now, by
    saved(listing, "number", "state", "published_at", "checked_by")
    rules = rules_of(listing, now)
    notice = publish_notice(listing, NoticeKind.LISTING, f"{_what(listing)}：{listing.title}", _lines(listing, rules),
                            by, now, term)  # fmt: skip
    log_event(listing, EventKind.ANNOUNCED, {
        "notice": notice.number, "digest": notice.digest, "way": listing.way,
        "asking": amount_words(listing.asking_yuan) if listing.asking_yuan else None,
        "rules": rules_as_dict(rules) if rules else None,
    }, now)  # fmt: skip
    record("listing.published", by=by, target=listing, level=AuditLevel.IMPORTANT)
    tell_unit(listing.owner, listing, f"{listing.number} 已公告", f"“{listing.title}”已公告，公示到 {ends_on} 止，期间收到异议会暂停计算。",
              "published", by)  # fmt: skip
    return notice


def _what(listing: Listing) -> str:
    word = Mode(listing.mode).label
    return (
        f"科技成果{word}协议定价公示"
        if listing.way == Way.AGREED
        else f"科技成果{word}{Way(listing.way).label}公告"
    )


def _lines(listing: Listing, rules: Rules | None) -> list[tuple[str, str]]:
    """The notice's text: what the law wants in it (name, summary, way, price), and how to take part."""
    local = timezone.localtime
    lines = [
        ("挂牌编号", listing.number or ""), ("成果名称", listing.title), ("成果简介", listing.summary),
        ("转让方", listing.owner_name), ("转化方式", str(Mode(listing.mode).label)),
        ("定价方式", str(Way(listing.way).label)),
    ]  # fmt: skip
    if rules is None:
        relation = Relation(listing.buyer_relation)
        marked = str(relation.label) + (f"：{listing.relation_note}" if listing.relation_note else "")
        lines += [
            ("拟交易价格", f"{listing.asking_yuan:,} 元"),
            ("拟受让方", listing.buyer_name),
            ("受让方与成果的关系", marked),
        ]
    else:
        minutes = int(rules.extend_within.total_seconds() // 60)
        lines += [
            ("底价", f"{listing.floor_yuan:,} 元"), ("报价形式", str(BidForm(listing.form).label)),
            ("加价幅度", f"{listing.step_yuan:,} 元" if listing.step_yuan else ""),
            ("报价时间", f"{local(rules.opens_at):%Y-%m-%d %H:%M} 至 {local(rules.closes_at):%Y-%m-%d %H:%M}"),
            ("延时规则", f"截止前 {minutes} 分钟内有新报价的，顺延到该报价后 {int(rules.extend_by.total_seconds() // 60)} 分钟，"
             f"最多顺延 {rules.extend_times} 次" if rules.form is Form.OPEN else ""),
            ("受让条件", listing.conditions), ("保证金", listing.deposit),
        ]  # fmt: skip
    return [*lines, ("价格依据", listing.price_basis), ("联系方式", listing.contact),
            ("异议办法", "公示期内可以实名提出异议：个人署真实姓名并留电话，单位写明名称和联系人；异议人的身份保密，处理结果公开。")]  # fmt: skip


@transaction.atomic
def reschedule(
    *, listing: Listing, opens_at: datetime, closes_at: datetime, reason: str, by: User, version: int | None = None,
    now: datetime | None = None,
) -> Notice:  # fmt: skip
    """Move the window before the first offer, with a numbered notice: an objection may have moved the clock past it."""
    listing = locked(listing, version)
    require_officer(by, listing)
    reason = told(reason, "reason", 300, required="请写明变更的原因，变更公告里会公开。")
    now = moment_after(listing, now)
    played = played_of(listing)
    clock = clock_of(listing, now, played)
    if listing.state != State.PUBLISHED or listing.opens_at is None:
        raise NotAllowed("只有公告中的挂牌、竞价可以变更报价时间。", code="hall.state", conflict=True)
    if played.standing is not None and played.standing.accepted:
        raise NotAllowed(
            "已经有人报价，不能再变更报价时间。确有必要的请终止后重新挂牌。", code="hall.begun", conflict=True
        )
    if closes_at <= opens_at or opens_at <= now:
        raise BadInput("新的报价开始须晚于现在、早于截止。", field="opens_at")
    ends_on = clock.reading.ends_on if clock.reading else None
    if ends_on is None:
        raise NotAllowed(
            "还有异议没有处理，公示期何时满不能确定，请先处理异议。", code="hall.paused", conflict=True
        )
    if timezone.localdate(opens_at) <= ends_on:
        raise BadInput(f"公示期到 {ends_on} 止，报价须在次日以后开始。", field="opens_at")
    listing.opens_at, listing.closes_at = opens_at, closes_at
    saved(listing, "opens_at", "closes_at")
    words = f"{timezone.localtime(opens_at):%Y-%m-%d %H:%M} 至 {timezone.localtime(closes_at):%Y-%m-%d %H:%M}"
    notice = publish_notice(listing, NoticeKind.CHANGE, f"报价时间变更：{listing.title}",
                            [("挂牌编号", listing.number or ""), ("新的报价时间", words), ("变更原因", reason)], by, now)  # fmt: skip
    rules = rules_of(listing, now)
    assert rules is not None  # it has a window
    log_event(listing, EventKind.RESCHEDULED, {"notice": notice.number, "rules": rules_as_dict(rules)}, now)
    for one in listing.admissions.select_related("organisation"):
        tell_unit(
            one.organisation,
            listing,
            f"{listing.number} 报价时间变更",
            f"新的报价时间：{words}。原因：{reason}",
            f"moved {listing.version}",
            by,
        )
    return notice


@transaction.atomic
def stop_listing(
    *, listing: Listing, reason: str, by: User, version: int | None = None, now: datetime | None = None
) -> Listing:
    """End it without a result: the owner a draft, an officer also what is announced, with a notice."""
    listing = locked(listing, version)
    reason = told(reason, "reason", 500, required="请写明终止的原因，已公告的会公开。")
    is_announced = listing.state == State.PUBLISHED
    if is_announced:
        require_officer(by, listing)
    else:
        require_owner(by, listing)
    end_listing(listing, reason, by, moment_after(listing, now))
    return listing


def end_listing(listing: Listing, reason: str, by: User, at: datetime) -> None:
    """Stop a locked listing; what was announced gets its notice and its last entry."""
    is_announced = listing.state == State.PUBLISHED
    listing.state = LISTING_FLOW.after(listing.state, "stop")
    listing.reason, listing.ended_at = reason, at
    saved(listing, "state", "reason", "ended_at")
    record("listing.stopped", by=by, target=listing, reason=reason, level=AuditLevel.IMPORTANT)
    if not is_announced:
        return
    notice = publish_notice(listing, NoticeKind.STOPPED, f"终止公告：{listing.title}",
                            [("挂牌编号", listing.number or ""), ("终止原因", reason)], by, at)  # fmt: skip
    log_event(listing, EventKind.STOPPED, {"notice": notice.number, "reason": reason}, at)
    for unit in (
        listing.owner,
        *(one.organisation for one in listing.admissions.select_related("organisation")),
    ):
        tell_unit(
            unit, listing, f"{listing.number} 已终止", f"“{listing.title}”已终止：{reason}", "stopped", by
        )


@transaction.atomic
def relist(*, listing: Listing, by: User) -> Listing:
    """A new draft from one that found no taker or was stopped; window and price are to be looked at anew."""
    listing = locked(listing)
    require_owner(by, listing)
    if listing.state not in (State.FAILED, State.STOPPED):
        raise NotAllowed("只有未成交或者已终止的才需要重新挂牌。", code="hall.state", conflict=True)
    if listing.way == Way.AGREED:
        raise NotAllowed("协议定价的请从成果页面重新填写拟受让方和价格。", code="hall.agreed")
    copied = ("title", "summary", "record_kind", "record_id", "case", "owner", "owner_name", "is_public_body",
              "division_code", "mode", "way", "form", "floor_yuan", "step_yuan", "price_basis", "deposit", "conditions",
              "contact", "is_sample")  # fmt: skip
    try:
        with transaction.atomic():
            again = Listing.objects.create(
                **{name: getattr(listing, name) for name in copied}, relisted_from=listing, created_by=by
            )
    except IntegrityError as twice:
        raise NotAllowed("这项成果已经有一件没有结束的挂牌。", code="hall.twice", conflict=True) from twice
    record("listing.relisted", by=by, target=again, changes={"from": ["", listing.number or ""]})
    return again
