"""The listing, its notices and objections, its takers and bids, its log, its result."""

import datetime as dt
import secrets
import uuid
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from keqiao.core.fields import EncryptedTextField
from keqiao.deal.models import Case
from keqiao.hall.clock import Term
from keqiao.hall.enums import (
    PUBLIC_STATES,
    Admitted,
    BidForm,
    Decision,
    EventKind,
    Mode,
    NoticeKind,
    Objector,
    Relation,
    State,
    Way,
)
from keqiao.hall.ledger import Entry
from keqiao.hall.terms import term_from
from keqiao.people.access import Scope
from keqiao.people.enums import OFFICERS, Role
from keqiao.people.models import Organisation
from keqiao.registry.achievement.models import Achievement
from keqiao.registry.records.models import prefix_range

_READERS = OFFICERS | {Role.AUDITOR, Role.REGISTRAR}


def new_token() -> str:
    return secrets.token_urlsafe(18)


class ListingQuerySet(models.QuerySet["Listing"]):
    def public(self) -> Self:
        """Announced, whatever became of it."""
        return self.filter(state__in=PUBLIC_STATES).exclude(number=None)

    def visible_to(self, scope: Scope) -> Self:
        """What is announced, the officer's area, and the owner's own."""
        seen = Q(state__in=PUBLIC_STATES, number__isnull=False)
        if scope.user_id is not None:
            seen |= Q(created_by_id=scope.user_id)
        if scope.organisations:
            seen |= Q(owner_id__in=scope.organisations)
        if scope.roles & _READERS:
            if scope.sees_all:
                seen |= ~Q(state=State.DRAFT)
            for prefix in scope.prefixes:
                seen |= prefix_range("division_code", prefix) & ~Q(state=State.DRAFT)
        return self.filter(seen)

    def upcoming_at(self, now: dt.datetime) -> Self:
        """Announced, its offers not yet begun; an agreed price has none."""
        return self.filter(state=State.PUBLISHED, opens_at__gt=now)

    def current_at(self, now: dt.datetime) -> Self:
        """Announced and not over: agreed prices, rounds that have begun or wait for their result."""
        return self.filter(state=State.PUBLISHED).filter(Q(opens_at=None) | Q(opens_at__lte=now))

    def past(self) -> Self:
        """With a result, without one, or stopped."""
        return self.filter(state__in=(State.DONE, State.FAILED, State.STOPPED)).exclude(number=None)


class Listing(models.Model):
    """A result of R&D offered for sale or licence (挂牌项目). Amounts in yuan, moments with zone.

    record_kind, record_id: the achievement or work. asking_yuan: the agreed price; floor_yuan: the least offer.
    buyer_*: the taker of an agreed price, announced with it. The window is None for an agreed price.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField("编号", max_length=32, unique=True, null=True, blank=True)
    title = models.CharField("名称", max_length=300)
    summary = models.TextField("简介", blank=True)
    record_kind = models.CharField("标的类型", max_length=20)
    record_id = models.BigIntegerField("标的记录")
    case = models.ForeignKey(
        Case, models.PROTECT, null=True, blank=True, related_name="listings", verbose_name="对接事项"
    )
    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="转让方")
    owner_name = models.CharField("转让方名称", max_length=200)
    is_public_body = models.BooleanField("国家设立的研究开发机构、高等院校", default=True)
    division_code = models.CharField("所在地", max_length=12, blank=True)
    mode = models.CharField("转化方式", max_length=10, choices=Mode, default=Mode.SALE)
    way = models.CharField("定价方式", max_length=10, choices=Way, default=Way.LISTED)
    form = models.CharField("报价形式", max_length=10, choices=BidForm, blank=True)
    asking_yuan = models.DecimalField(
        "拟交易价格（元）", max_digits=16, decimal_places=2, null=True, blank=True
    )
    floor_yuan = models.DecimalField("底价（元）", max_digits=16, decimal_places=2, null=True, blank=True)
    step_yuan = models.DecimalField("加价幅度（元）", max_digits=16, decimal_places=2, default=0)
    price_basis = models.CharField("价格依据", max_length=500, blank=True)
    deposit = models.CharField("保证金说明", max_length=300, blank=True)
    conditions = models.TextField("受让条件", blank=True)
    contact = models.CharField("公告联系方式", max_length=120, blank=True)  # published: an office telephone
    buyer = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="拟受让方"
    )
    buyer_name = models.CharField("拟受让方名称", max_length=200, blank=True)
    buyer_relation = models.CharField("受让方与成果的关系", max_length=12, choices=Relation, blank=True)
    relation_note = models.CharField("关系说明", max_length=200, blank=True)
    opens_at = models.DateTimeField("报价开始", null=True, blank=True)
    closes_at = models.DateTimeField("报价截止", null=True, blank=True)
    state = models.CharField("状态", max_length=12, choices=State, default=State.DRAFT)
    reason = models.CharField("退回或终止原因", max_length=500, blank=True)
    relisted_from = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="relistings", verbose_name="原挂牌"
    )
    unseal_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="申请开标",
    )
    unseal_asked_at = models.DateTimeField("申请开标时间", null=True, blank=True)
    unsealed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="复核开标",
    )
    unsealed_at = models.DateTimeField("开标时间", null=True, blank=True)
    version = models.PositiveIntegerField("版本", default=1)
    is_sample = models.BooleanField("示例", default=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField("建立时间", default=timezone.now)
    submitted_at = models.DateTimeField("提交时间", null=True, blank=True)
    published_at = models.DateTimeField("公告时间", null=True, blank=True)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="审核人",
    )
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)

    objects = ListingQuerySet.as_manager()

    class Meta:
        verbose_name = "挂牌项目"
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["state", "opens_at"], name="listing_state_opens"),
            models.Index(fields=["state", "-published_at"], name="listing_newest"),
            models.Index(fields=["owner", "state"], name="listing_owner"),
            models.Index(fields=["division_code", "state"], name="listing_place"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["record_kind", "record_id"],
                condition=Q(state__in=(State.DRAFT, State.REVIEW, State.RETURNED, State.PUBLISHED)),
                name="listing_record_once",
                violation_error_message="这项成果已经有一件没有结束的挂牌。",
            ),
            models.CheckConstraint(
                name="listing_window_in_order",
                condition=Q(opens_at=None, closes_at=None) | Q(opens_at__lt=models.F("closes_at")),
                violation_error_message="报价截止须晚于报价开始。",
            ),
            models.CheckConstraint(
                name="listing_two_persons_open",
                condition=Q(unsealed_by=None)
                | (Q(unseal_asked_by__isnull=False) & ~Q(unsealed_by=models.F("unseal_asked_by"))),
                violation_error_message="开标须由两个人办理。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number or '未编号'} {self.title}"

    @property
    def is_public(self) -> bool:
        return self.state in PUBLIC_STATES and self.number is not None

    @property
    def price_yuan(self) -> Any:
        """The announced figure: the agreed price, otherwise the floor."""
        return self.asking_yuan if self.way == Way.AGREED else self.floor_yuan


class Notice(models.Model):
    """A public notice (公告), numbered and frozen: content [[label, text]], digest of its canonical JSON.

    term: how long it is made public (`terms.term_as_dict`), from start_on; None for a notice without a period.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField("编号", max_length=32, unique=True)
    listing = models.ForeignKey(Listing, models.PROTECT, related_name="notices", verbose_name="挂牌项目")
    kind = models.CharField("类型", max_length=12, choices=NoticeKind)
    title = models.CharField("标题", max_length=340)
    issuer = models.CharField("发布单位", max_length=120)
    content = models.JSONField("内容", default=list)
    digest = models.CharField("内容摘要", max_length=64)
    term = models.JSONField("公示期限", null=True, blank=True)
    start_on = models.DateField("公示起始", null=True, blank=True)
    published_at = models.DateTimeField("发布时间", default=timezone.now)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="发布人"
    )

    class Meta:
        verbose_name = "交易公告"
        ordering = ["-published_at", "-pk"]
        indexes = [models.Index(fields=["listing", "kind"], name="notice_listing")]
        constraints = [
            models.CheckConstraint(
                name="notice_term_and_start",
                condition=Q(term=None, start_on=None) | Q(term__isnull=False, start_on__isnull=False),
                violation_error_message="公示期限和起始日期须同时填写。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def rule(self) -> Term | None:
        """The period it was announced with."""
        return term_from(self.term) if self.term else None


class ObjectionQuerySet(models.QuerySet["Objection"]):
    def open(self) -> Self:
        """Not decided."""
        return self.filter(decision="")


class Objection(models.Model):
    """Somebody objects to a notice (异议). Who it is stays encrypted and is never published."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField("编号", max_length=32, unique=True)
    token = models.CharField(max_length=64, unique=True, default=new_token)  # the objector's own page
    notice = models.ForeignKey(Notice, models.PROTECT, related_name="objections", verbose_name="公告")
    by_whom = models.CharField("异议人", max_length=8, choices=Objector)
    name = EncryptedTextField("姓名或单位名称")
    contact_name = EncryptedTextField("联系人", blank=True, default="")
    phone = EncryptedTextField("电话")
    text = EncryptedTextField("异议内容和依据")
    came_at = models.DateTimeField("收到时间", default=timezone.now)
    came_on = models.DateField("收到日期")
    decision = models.CharField("处理结果", max_length=12, choices=Decision, blank=True)
    public_subject = models.CharField("异议事项（公开）", max_length=300, blank=True)
    decision_reason = models.CharField("处理理由（公开）", max_length=600, blank=True)
    decided_on = models.DateField("办结日期", null=True, blank=True)
    decided_at = models.DateTimeField("办结时间", null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="办理人",
    )

    objects = ObjectionQuerySet.as_manager()

    class Meta:
        verbose_name = "异议"
        ordering = ["came_at"]
        indexes = [models.Index(fields=["notice", "decision"], name="objection_notice")]
        constraints = [
            models.CheckConstraint(
                name="objection_decided_whole",
                condition=Q(decision="", decided_on=None, decided_at=None, decided_by=None)
                | (~Q(decision="") & ~Q(decision_reason="") & Q(decided_on__isnull=False, decided_at__isnull=False,
                                                                decided_by__isnull=False)),
                violation_error_message="处理结果、理由、日期和办理人须同时填写。",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.number

    @property
    def is_open(self) -> bool:
        return self.decision == ""


class Admission(models.Model):
    """A unit wants to bid (竞买登记). alias: its name in the log, given on admission and never to another."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    listing = models.ForeignKey(Listing, models.PROTECT, related_name="admissions", verbose_name="挂牌项目")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="单位")
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="登记人"
    )
    applied_at = models.DateTimeField("登记时间", default=timezone.now)
    relation = models.CharField("与成果的关系", max_length=12, choices=Relation, default=Relation.NONE)
    relation_note = models.CharField("关系说明", max_length=200, blank=True)
    statement = models.CharField("符合受让条件的说明", max_length=600, blank=True)
    state = models.CharField("状态", max_length=10, choices=Admitted, default=Admitted.APPLIED)
    alias = models.CharField("代号", max_length=12, blank=True)
    reason = models.CharField("理由", max_length=300, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="审查人",
    )
    decided_at = models.DateTimeField("审查时间", null=True, blank=True)

    class Meta:
        verbose_name = "竞买登记"
        ordering = ["applied_at"]
        constraints = [
            models.UniqueConstraint(fields=["listing", "organisation"], name="admission_unit_once"),
            models.UniqueConstraint(fields=["listing", "alias"], condition=~Q(alias=""), name="admission_alias_once"),
            models.CheckConstraint(
                name="admission_admitted_has_alias",
                condition=~Q(state=Admitted.ADMITTED) | ~Q(alias=""),
                violation_error_message="准入的竞买人须有代号。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.organisation} {self.alias}".strip()


class Offer(models.Model):
    """One bid that was taken (报价). Sealed: amount and nonce stay encrypted until two persons open the round.

    secret: JSON {"amount", "nonce"}; amount_yuan is filled for open bids at once, for sealed ones at the opening.
    """

    listing = models.ForeignKey(Listing, models.PROTECT, related_name="offers", verbose_name="挂牌项目")
    admission = models.ForeignKey(Admission, models.PROTECT, related_name="offers", verbose_name="竞买人")
    seq = models.PositiveIntegerField("日志序号")
    at = models.DateTimeField("时间")
    amount_yuan = models.DecimalField("金额（元）", max_digits=16, decimal_places=2, null=True, blank=True)
    secret = EncryptedTextField("密封内容", blank=True, default="")
    receipt = models.CharField("回执", max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="报价人")

    class Meta:
        verbose_name = "报价"
        ordering = ["seq"]
        constraints = [models.UniqueConstraint(fields=["listing", "seq"], name="offer_seq_once")]

    def __str__(self) -> str:
        return f"{self.listing_id} #{self.seq}"


class HallEvent(models.Model):
    """One entry of a listing's hash-chained log. Written once, published, never changed; see `ledger`."""

    listing = models.ForeignKey(Listing, models.PROTECT, related_name="events", verbose_name="挂牌项目")
    seq = models.PositiveIntegerField("序号")
    at = models.DateTimeField("时间")
    kind = models.CharField("事件", max_length=12, choices=EventKind)
    data = models.JSONField("内容", default=dict)
    prev_hash = models.CharField("上一条摘要", max_length=64)
    hash = models.CharField("摘要", max_length=64)

    class Meta:
        verbose_name = "交易日志"
        ordering = ["seq"]
        constraints = [models.UniqueConstraint(fields=["listing", "seq"], name="hall_event_seq_once")]

    def __str__(self) -> str:
        return f"{self.listing_id} #{self.seq} {self.get_kind_display()}"

    @property
    def entry(self) -> Entry:
        """As `ledger` reads it."""
        return Entry(self.seq, self.at, self.kind, self.data, self.prev_hash, self.hash)


class Result(models.Model):
    """What became of a listing that was sold (成交结果). The contract room reads parties, price and way from here."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField("成交确认书编号", max_length=32, unique=True)
    listing = models.OneToOneField(Listing, models.PROTECT, related_name="result", verbose_name="挂牌项目")
    notice = models.OneToOneField(Notice, models.PROTECT, related_name="+", verbose_name="成交公告")
    achievement = models.ForeignKey(
        Achievement, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="科技成果"
    )
    record_kind = models.CharField("标的类型", max_length=20)
    record_id = models.BigIntegerField("标的记录")
    title = models.CharField("标的名称", max_length=300)
    seller = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="转让方")
    seller_name = models.CharField("转让方名称", max_length=200)
    buyer = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="受让方"
    )
    buyer_name = models.CharField("受让方名称", max_length=200)
    buyer_alias = models.CharField("代号", max_length=12, blank=True)
    buyer_relation = models.CharField("受让方与成果的关系", max_length=12, choices=Relation, blank=True)
    mode = models.CharField("转化方式", max_length=10, choices=Mode)
    way = models.CharField("定价方式", max_length=10, choices=Way)
    form = models.CharField("报价形式", max_length=10, choices=BidForm, blank=True)
    price_yuan = models.DecimalField("成交价（元）", max_digits=16, decimal_places=2)
    bidder_count = models.PositiveSmallIntegerField("报价家数", default=0)
    log_hash = models.CharField("日志末条摘要", max_length=64)
    case = models.ForeignKey(
        Case, models.PROTECT, null=True, blank=True, related_name="hall_results", verbose_name="对接事项"
    )
    is_sample = models.BooleanField("示例", default=False)
    decided_at = models.DateTimeField("确认时间", default=timezone.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="确认人"
    )

    class Meta:
        verbose_name = "成交结果"
        ordering = ["-decided_at"]
        indexes = [models.Index(fields=["seller", "-decided_at"], name="hall_result_seller")]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"
