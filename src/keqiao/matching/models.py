"""Batch runs of the matching with their recommendations, subscriptions to a search, records that look alike."""

import secrets
import uuid
from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from keqiao.core.fields import EncryptedTextField
from keqiao.people.access import Scope


class MatchRun(models.Model):
    """One batch run: every published record of `kind_from` matched with those of `kind_to`."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind_from = models.CharField("从", max_length=20)
    kind_to = models.CharField("到", max_length=20)
    engine = models.CharField("引擎版本", max_length=40)
    top = models.PositiveSmallIntegerField("每条取前", default=10)
    started_at = models.DateTimeField("开始时间", default=timezone.now)
    finished_at = models.DateTimeField("完成时间", null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    sources = models.PositiveIntegerField("参与条数", default=0)
    pairs = models.PositiveIntegerField("推荐条数", default=0)
    # against the run before: {"before": run id or None, "new": n, "gone": n, "kept": n}
    report = models.JSONField("与上次相比", default=dict, blank=True)

    class Meta:
        verbose_name = "匹配批次"
        indexes = [models.Index(fields=["kind_from", "kind_to", "-finished_at"], name="match_run_newest")]

    def __str__(self) -> str:
        return f"{self.kind_from}→{self.kind_to} {self.started_at:%Y-%m-%d %H:%M}"


class Recommendation(models.Model):
    """One pair of a run, with the reasons as they stood then."""

    run = models.ForeignKey(MatchRun, models.CASCADE, related_name="recommendations")
    source_id = models.BigIntegerField("来源记录")
    target_id = models.BigIntegerField("推荐记录")
    rank = models.PositiveSmallIntegerField("名次")
    score = models.FloatField("得分")
    grade = models.CharField("等级", max_length=8)
    parts = models.JSONField("得分构成", default=list)
    evidence = models.JSONField("依据", default=list)
    against = models.JSONField("不利", default=list)
    is_new = models.BooleanField("本次新增", default=False)

    class Meta:
        verbose_name = "推荐"
        ordering = ["run", "source_id", "rank"]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "source_id", "target_id"], name="recommendation_pair_once"
            ),
            models.CheckConstraint(
                name="recommendation_score_in_range",
                condition=Q(score__gte=0, score__lte=1),
                violation_error_message="得分须在 0 到 1 之间。",
            ),
        ]
        indexes = [
            models.Index(fields=["run", "-score"], name="recommendation_best"),
            models.Index(fields=["run", "target_id"], name="recommendation_target"),
        ]

    def __str__(self) -> str:
        return f"{self.source_id}→{self.target_id} {self.grade}"


class Cadence(models.TextChoices):
    DAILY = "daily", "每天"
    WEEKLY = "weekly", "每周"


def new_token() -> str:
    return secrets.token_urlsafe(24)


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def active(self) -> Self:
        """Confirmed and not ended."""
        return self.filter(confirmed_at__isnull=False, ended_at=None)


class Subscription(models.Model):
    """A search whose news somebody wants by e-mail. The address is encrypted; the token is what the links carry."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="subscriptions",
        verbose_name="用户",
    )
    email = EncryptedTextField("邮箱", default="")
    email_hash = models.CharField("邮箱摘要", max_length=64, db_index=True)
    kind = models.CharField("类型", max_length=20)
    query = models.CharField("条件", max_length=500, blank=True)  # as in the address, without page
    title = models.CharField("名称", max_length=200)
    cadence = models.CharField("频率", max_length=10, choices=Cadence, default=Cadence.WEEKLY)
    token = models.CharField(max_length=64, unique=True, default=new_token)
    seen = models.JSONField("已见", default=dict, blank=True)  # {record id: fingerprint of what matters}
    created_at = models.DateTimeField("建立时间", default=timezone.now)
    confirmed_at = models.DateTimeField("确认时间", null=True, blank=True)
    last_sent_at = models.DateTimeField("上次检查", null=True, blank=True)
    ended_at = models.DateTimeField("退订时间", null=True, blank=True)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = "搜索订阅"
        constraints = [
            models.UniqueConstraint(
                fields=["email_hash", "kind", "query"],
                condition=Q(ended_at=None),
                name="subscription_once",
                violation_error_message="这个邮箱已经订阅了同样的搜索。",
            )
        ]

    def __str__(self) -> str:
        return self.title


class PairState(models.TextChoices):
    WAITING = "waiting", "待判断"
    DIFFERENT = "different", "不是重复"
    MERGED = "merged", "已合并"


class AlikeQuerySet(models.QuerySet["AlikePair"]):
    def waiting_on(self, day: date) -> Self:
        """Undecided, and not put off beyond `day`."""
        return self.filter(state=PairState.WAITING).filter(Q(later_until=None) | Q(later_until__lte=day))

    def in_scope(self, scope: Scope) -> Self:
        """Pairs both of whose records lie in the scope's area."""
        if scope.sees_all:
            return self
        area = Q(pk__in=[])
        for prefix in scope.prefixes:
            area |= Q(area__startswith=prefix)
        return self.filter(area)


class AlikePair(models.Model):
    """Two records of a kind that say nearly the same, for an officer to decide. Decided pairs stay, so that the same
    question is not asked twice."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField("类型", max_length=20)
    first_id = models.BigIntegerField("较早的记录")
    second_id = models.BigIntegerField("较晚的记录")
    similarity = models.FloatField("相似程度")
    area = models.CharField("共同所在地", max_length=12, blank=True)  # what both division codes begin with
    state = models.CharField("结论", max_length=10, choices=PairState, default=PairState.WAITING)
    later_until = models.DateField("暂缓到", null=True, blank=True)
    found_at = models.DateTimeField("发现时间", default=timezone.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField("判断时间", null=True, blank=True)

    objects = AlikeQuerySet.as_manager()

    class Meta:
        verbose_name = "相近记录"
        constraints = [
            models.UniqueConstraint(fields=["kind", "first_id", "second_id"], name="alike_pair_once"),
            models.CheckConstraint(
                name="alike_pair_in_order",
                condition=Q(first_id__lt=models.F("second_id")),
                violation_error_message="一对相近记录须按登记先后存放，且不能是同一条。",
            ),
        ]
        indexes = [models.Index(fields=["state", "area", "found_at"], name="alike_pair_waiting")]

    def __str__(self) -> str:
        return f"{self.kind} {self.first_id}≈{self.second_id}"


class PairCheck(models.Model):
    """A record that was written and has not been compared with the others yet."""

    kind = models.CharField(max_length=20)
    record_id = models.BigIntegerField()

    class Meta:
        verbose_name = "待比对"
        constraints = [models.UniqueConstraint(fields=["kind", "record_id"], name="pair_check_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.record_id}"
