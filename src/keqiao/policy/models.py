"""The policy, its items, the dated rules of an item, frozen data of firms, and trials of a draft."""

import datetime as dt
import uuid
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from keqiao.people.access import Scope
from keqiao.people.enums import OFFICERS, Role
from keqiao.policy.enums import Benefit, PolicyState, Service, TitleDay
from keqiao.registry.records.models import prefix_range

READERS = OFFICERS | {Role.AUDITOR, Role.REGISTRAR}


class PolicyQuerySet(models.QuerySet["Policy"]):
    def public(self) -> Self:
        """Published, in force or not: an expired one stays readable and leads to its successor."""
        return self.filter(state=PolicyState.PUBLISHED)

    def in_force_on(self, day: dt.date) -> Self:
        """Published and valid on `day`, both ends included."""
        return self.public().filter(valid_from__lte=day).filter(Q(valid_to=None) | Q(valid_to__gte=day))

    def visible_to(self, scope: Scope) -> Self:
        """What is published, and drafts of an officer's area."""
        seen = Q(state=PolicyState.PUBLISHED)
        if scope.roles & READERS:
            if scope.sees_all:
                return self
            for prefix in scope.prefixes:
                seen |= prefix_range("division_code", prefix)
        return self.filter(seen)

    def valid_in(self, division_code: str) -> Self:
        """Policies of this place and of every place above it; a blank region is the whole country."""
        county = division_code[:6]
        codes = {"", county[:2] + "0000000000", county[:4] + "00000000", county + "000000"}
        return self.filter(division_code__in=codes) if division_code else self


class Policy(models.Model):
    """A policy document (政策文件). valid_to: its last day; None = until it is replaced. reading: plain words."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    title = models.CharField("名称", max_length=200)
    document_no = models.CharField("文号", max_length=80, blank=True)
    issuer = models.CharField("发布机关", max_length=160)
    issued_on = models.DateField("发布日期", null=True, blank=True)
    valid_from = models.DateField("施行日期")
    valid_to = models.DateField("有效期至", null=True, blank=True)
    division_code = models.CharField("适用地区", max_length=12, blank=True)
    successor = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="predecessors", verbose_name="接续政策"
    )
    reading = models.TextField("一句话解读", blank=True)
    source = models.CharField("来源", max_length=300, blank=True)
    needs_checking = models.BooleanField("待核实", default=True)
    check_note = models.CharField("待核实说明", max_length=300, blank=True)
    state = models.CharField("状态", max_length=10, choices=PolicyState, default=PolicyState.DRAFT)
    is_sample = models.BooleanField("示例", default=False)
    version = models.PositiveIntegerField("版本", default=1)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField("建立时间", default=timezone.now)
    published_at = models.DateTimeField("发布时间", null=True, blank=True)

    objects = PolicyQuerySet.as_manager()

    class Meta:
        verbose_name = "政策文件"
        ordering = ["-valid_from", "pk"]
        indexes = [models.Index(fields=["state", "valid_from", "valid_to"], name="policy_in_force")]
        constraints = [
            models.CheckConstraint(
                name="policy_dates_in_order",
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                violation_error_message="有效期至不能早于施行日期。",
            ),
            models.CheckConstraint(
                name="policy_not_its_own_successor",
                condition=Q(successor=None) | ~Q(successor=F("id")),
                violation_error_message="政策不能接续它自己。",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def is_in_force(self, day: dt.date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class PolicyItem(models.Model):
    """An article that gives something (政策条款、兑现事项): who, when, how much, with what, and what it excludes.

    exclusion_group: of one group a firm gets the highest only in a period (从高不重复). purpose: what the money is for; two
    items of one purpose do not pay the same firm in one period without a reason.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    policy = models.ForeignKey(Policy, models.PROTECT, related_name="items", verbose_name="政策文件")
    article = models.CharField("条款", max_length=40)
    title = models.CharField("事项名称", max_length=160)
    order = models.PositiveSmallIntegerField("顺序", default=0)
    service = models.CharField("兑现方式", max_length=8, choices=Service, default=Service.APPLY)
    benefit = models.CharField("类别", max_length=8, choices=Benefit, default=Benefit.MONEY)
    who = models.TextField("支持对象", blank=True)
    how_much = models.TextField("支持标准", blank=True)
    opens_on = models.DateField("申报开始", null=True, blank=True)
    closes_on = models.DateField("申报截止", null=True, blank=True)
    materials = models.JSONField("申报材料", default=list, blank=True)
    exclusion_group = models.CharField("从高不重复组", max_length=60, blank=True)
    purpose = models.CharField("资金用途", max_length=60, blank=True)
    title_day = models.CharField("资格以哪天为准", max_length=10, choices=TitleDay, default=TitleDay.ASKED)
    second_over_fen = models.BigIntegerField("超过须复核（分）", null=True, blank=True)
    publicity_days = models.PositiveSmallIntegerField("公示工作日", default=5)
    reading = models.TextField("一句话解读", blank=True)
    current = models.ForeignKey(
        "ItemRule", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="现行规则"
    )

    class Meta:
        verbose_name = "政策条款"
        ordering = ["policy", "order", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "article", "title"], name="policy_item_once"),
            models.CheckConstraint(
                name="policy_item_window_in_order",
                condition=Q(opens_on=None) | Q(closes_on=None) | Q(closes_on__gte=F("opens_on")),
                violation_error_message="申报截止不能早于申报开始。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.article} {self.title}"

    def is_open(self, day: dt.date) -> bool:
        """Within the window; no window = as long as the policy is in force."""
        after = self.opens_on is None or self.opens_on <= day
        return after and (self.closes_on is None or day <= self.closes_on)


class ItemRule(models.Model):
    """The machine's reading of an item, immutable: conditions (a rule book's text) and the amount. Verdicts keep its digest."""

    item = models.ForeignKey(PolicyItem, models.PROTECT, related_name="rules", verbose_name="政策条款")
    number = models.PositiveIntegerField("规则版本")
    book = models.JSONField("条件", default=dict)
    formula = models.JSONField("金额公式", default=dict)
    digest = models.CharField("摘要", max_length=64)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField("建立时间", default=timezone.now)

    class Meta:
        verbose_name = "条款规则"
        ordering = ["item", "-number"]
        constraints = [models.UniqueConstraint(fields=["item", "number"], name="item_rule_once")]

    def __str__(self) -> str:
        return f"{self.item} 第 {self.number} 版"


class FactFreeze(models.Model):
    """The facts of all firms as they stood at a moment (数据版本): gzipped JSON, so that any result can be had again.

    on: the day asked. packed: [{id, name, division, facts}] in order of id.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    on = models.DateField("数据截至")
    taken_at = models.DateTimeField("固定时间", default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    firm_count = models.PositiveIntegerField("企业数")
    digest = models.CharField("摘要", max_length=64, unique=True)
    packed = models.BinaryField("数据")

    class Meta:
        verbose_name = "数据版本"
        ordering = ["-taken_at"]

    def __str__(self) -> str:
        return f"{self.on} {self.firm_count} 家"


class Trial(models.Model):
    """A draft of an item's numbers tried on frozen firms (政策测算), kept with its author.

    changes: number key -> value as text. result: what `sandbox.run_trial` gave, as JSON.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField("名称", max_length=100)
    item = models.ForeignKey(PolicyItem, models.PROTECT, related_name="trials", verbose_name="政策条款")
    rule = models.ForeignKey(ItemRule, models.PROTECT, related_name="+", verbose_name="对照的规则")
    freeze = models.ForeignKey(FactFreeze, models.PROTECT, related_name="trials", verbose_name="数据版本")
    changes: Any = models.JSONField("改动", default=dict)
    budget_fen = models.BigIntegerField("预算（分）", null=True, blank=True)
    result: Any = models.JSONField("结果", default=dict)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="测算人"
    )
    note = models.CharField("说明", max_length=300, blank=True)
    created_at = models.DateTimeField("测算时间", default=timezone.now)

    class Meta:
        verbose_name = "政策测算"
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["item", "-created_at"], name="trial_newest")]

    def __str__(self) -> str:
        return self.name
