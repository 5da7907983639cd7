"""Lists and awards, what was done to them, and contested conditions."""

import uuid
from decimal import Decimal
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from keqiao.payment.enums import (
    ENDED,
    AwardState,
    ContestState,
    Path,
)
from keqiao.payment.models.envelopes import Envelope, PayeeAccount
from keqiao.payment.models.shared import USER, in_area, yuan
from keqiao.people.access import Scope
from keqiao.people.models import Organisation
from keqiao.policy.models import FactFreeze, ItemRule, PolicyItem


class AwardList(models.Model):
    """Who gets what by one item for one period (兑现名单), with the rule version and the data that said so.

    verdicts: firm id -> [outcome, words, amount in fen or null] for every firm that was looked at, as it was found.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField("编号", max_length=32, unique=True)
    item = models.ForeignKey(PolicyItem, models.PROTECT, related_name="award_lists", verbose_name="政策条款")
    rule = models.ForeignKey(ItemRule, models.PROTECT, related_name="+", verbose_name="规则版本")
    freeze = models.ForeignKey(
        FactFreeze, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="数据版本"
    )
    envelope = models.ForeignKey(Envelope, models.PROTECT, related_name="award_lists", verbose_name="资金包")
    period = models.CharField("兑现期", max_length=20)
    on = models.DateField("以哪天为准")
    path = models.CharField("方式", max_length=6, choices=Path)
    counts = models.JSONField("结果计数", default=dict)
    overrun = models.CharField("超出资金时", max_length=8, blank=True)
    division_code = models.CharField("地区", max_length=12, blank=True)
    is_sample = models.BooleanField("示例", default=False)
    created_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    created_at = models.DateTimeField("生成时间", default=timezone.now)

    class Meta:
        verbose_name = "兑现名单"
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["item", "period"], name="award_list_item")]

    def __str__(self) -> str:
        return f"{self.number} {self.item.title}（{self.period}）"


class AwardQuerySet(models.QuerySet["Award"]):
    def visible_to(self, scope: Scope) -> Self:
        """An officer's area, and what concerns the own unit from the moment it was told."""
        seen = in_area(scope, "division_code")
        if scope.organisations:
            told = ~Q(state__in=(AwardState.MATCHED, AwardState.SECOND)) | Q(path=Path.APPLY)
            seen = seen | (Q(organisation_id__in=scope.organisations) & told)
        return self.filter(seen)

    def live(self) -> Self:
        """Not ended without money."""
        return self.exclude(state__in=ENDED)


class Award(models.Model):
    """What one firm gets by one item for one period (兑现事项). Amounts in fen.

    asked_fen: by the formula; amount_fen: what is given after scaling. verdict: the conditions with value, bound and
    source; working: the formula filled in. inputs: what was typed in an application.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField("编号", max_length=32, unique=True)
    roll = models.ForeignKey(AwardList, models.PROTECT, related_name="awards", verbose_name="兑现名单")
    item = models.ForeignKey(PolicyItem, models.PROTECT, related_name="awards", verbose_name="政策条款")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="awards", verbose_name="单位")
    firm_name = models.CharField("单位名称", max_length=120)
    division_code = models.CharField("所在地", max_length=12, blank=True)
    period = models.CharField("兑现期", max_length=20)
    path = models.CharField("方式", max_length=6, choices=Path)
    state = models.CharField("状态", max_length=12, choices=AwardState)
    asked_fen = models.BigIntegerField("核算金额（分）", null=True, blank=True)
    amount_fen = models.BigIntegerField("兑现金额（分）", null=True, blank=True)
    recovered_fen = models.BigIntegerField("已追回（分）", default=0)
    verdict: Any = models.JSONField("条件判断", default=dict)
    working: Any = models.JSONField("金额计算", default=dict)
    inputs: Any = models.JSONField("申报内容", default=dict)
    reason = models.CharField("原因", max_length=500, blank=True)
    account = models.ForeignKey(
        PayeeAccount, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="收款账户"
    )
    confirmed_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    seconded_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    submitted_at = models.DateTimeField("提交时间", null=True, blank=True)
    since = models.DateTimeField("进入当前状态", default=timezone.now)
    version = models.PositiveIntegerField("版本", default=1)

    objects = AwardQuerySet.as_manager()

    class Meta:
        verbose_name = "兑现事项"
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["roll", "state"], name="award_list_state"),
            models.Index(fields=["organisation", "state"], name="award_firm"),
            models.Index(fields=["division_code", "state"], name="award_place"),
            models.Index(fields=["state", "since"], name="award_waiting"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "item", "period"],
                condition=~Q(state__in=[str(one) for one in ENDED]),
                name="award_once_a_period",
                violation_error_message="这家单位在这个兑现期已经有同一事项。",
            ),
            models.CheckConstraint(
                name="award_two_persons",
                condition=Q(seconded_by=None) | ~Q(seconded_by=F("confirmed_by")),
                violation_error_message="复核须由另一个人办理。",
            ),
            models.CheckConstraint(
                name="award_never_above_what_is_due",
                condition=Q(amount_fen=None) | Q(asked_fen__gte=F("amount_fen")),
                violation_error_message="兑现金额不能高于核算金额。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.firm_name}"

    @property
    def amount_yuan(self) -> Decimal | None:
        return None if self.amount_fen is None else yuan(self.amount_fen)

    @property
    def asked_yuan(self) -> Decimal | None:
        return None if self.asked_fen is None else yuan(self.asked_fen)


class AwardStep(models.Model):
    """One move of an award (办理记录), as its page tells it."""

    award = models.ForeignKey(Award, models.CASCADE, related_name="steps")
    move = models.CharField("办理", max_length=20)
    words = models.CharField("说明", max_length=500)
    is_for_firm = models.BooleanField("企业可见", default=True)
    by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField("时间", default=timezone.now)

    class Meta:
        verbose_name = "兑现办理记录"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.words


class Contest(models.Model):
    """The firm says that a condition or the amount was judged on wrong data (条件申诉)."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField("编号", max_length=32, unique=True)
    award = models.ForeignKey(Award, models.PROTECT, related_name="contests", verbose_name="兑现事项")
    condition = models.CharField("条件", max_length=60)  # id of a condition, "amount" for the sum
    condition_title = models.CharField("条件名称", max_length=200)
    text = models.TextField("理由")
    state = models.CharField("状态", max_length=10, choices=ContestState, default=ContestState.OPEN)
    answer = models.CharField("答复", max_length=600, blank=True)
    by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    came_at = models.DateTimeField("提出时间", default=timezone.now)
    decided_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField("答复时间", null=True, blank=True)

    class Meta:
        verbose_name = "条件申诉"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["award", "condition"], condition=Q(state="open"), name="contest_once_while_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.condition_title}"
