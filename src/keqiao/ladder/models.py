"""How far each firm was from each rung when last computed; pools with their firms and what is done for them."""

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from keqiao.ladder.enums import ACTIVE, PoolKind, PoolState
from keqiao.registry.enterprise.models import Enterprise
from keqiao.rules.judging import Outcome


class DistanceQuerySet(models.QuerySet["Distance"]):
    def reachable(self) -> Self:
        """Firms that a known set of changes lifts to the rung."""
        return self.filter(price__isnull=False)

    def there(self) -> Self:
        """Firms that fulfil the rung's conditions as far as data can say, without the title."""
        return self.filter(outcome__in=[Outcome.MET.value, Outcome.MANUAL.value])


class Distance(models.Model):
    """How far a firm is from a rung that it does not hold, by one version of the book and one day's data."""

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="distances", verbose_name="企业")
    book = models.CharField("级别", max_length=40)
    version_id = models.CharField("规则版本", max_length=60)
    on = models.DateField("判断日期")
    data_year = models.PositiveSmallIntegerField("数据年度")
    outcome = models.CharField("结论", max_length=16)
    price = models.DecimalField("约需（万元）", max_digits=14, decimal_places=2, null=True, blank=True)
    months = models.PositiveSmallIntegerField("约需（月）", default=0)
    says = models.CharField("差距", max_length=400)
    changes = models.JSONField("措施", default=list)  # [{"title", "units", "unit", "price"}]
    is_blocked = models.BooleanField("有买不到的条件", default=False)
    missing_count = models.PositiveSmallIntegerField("待补数据", default=0)
    computed_at = models.DateTimeField("计算时间", default=timezone.now)

    objects = DistanceQuerySet.as_manager()

    class Meta:
        verbose_name = "离下一级的差距"
        constraints = [models.UniqueConstraint(fields=["enterprise", "book"], name="distance_once")]
        indexes = [models.Index(fields=["book", "price"], name="distance_price")]

    def __str__(self) -> str:
        return f"{self.book} {self.says}"


class Standing(models.Model):
    """Where a firm stood at the end of each of the last years, as the night found it: what flows and curves add up.

    levels: one letter a year-end, `passage.LETTERS`, the last is `on`'s year. places: what `Stay.county` says,
    six characters a year-end, filled up with points.
    """

    enterprise = models.OneToOneField(
        Enterprise, models.CASCADE, related_name="standing", verbose_name="企业"
    )
    on = models.DateField("计算日期")
    levels = models.CharField("各年末的级别", max_length=20)
    places = models.CharField("各年末的所在地", max_length=200)

    class Meta:
        verbose_name = "企业历年所处级别"

    def __str__(self) -> str:
        return f"{self.enterprise_id} {self.levels}"


class PoolMember(models.Model):
    """A firm in a pool, with the plan for it. A firm stands in a pool once; leaving and coming back is one row's history."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="pools", verbose_name="企业")
    pool = models.CharField("库", max_length=12, choices=PoolKind)
    state = models.CharField("状态", max_length=12, choices=PoolState, default=PoolState.PROPOSED)
    basis = models.JSONField("推荐依据", default=list)  # [{"title", "says", "outcome"}] by the pool's rule
    proposed_on = models.DateField("推荐日期", default=timezone.localdate)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    entered_on = models.DateField("入库日期", null=True, blank=True)
    left_on = models.DateField("出库日期", null=True, blank=True)
    result = models.CharField("出库结果或理由", max_length=300, blank=True)
    goal = models.CharField("培育目标", max_length=40, blank=True)  # a rung's book
    goal_on = models.DateField("目标日期", null=True, blank=True)
    plan = models.TextField("培育计划", blank=True)
    officer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="培育联系人",
    )

    class Meta:
        verbose_name = "入库企业"
        ordering = ["-proposed_on", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["enterprise", "pool"], name="pool_member_once"),
            models.CheckConstraint(
                name="pool_member_left_has_result",
                condition=~Q(state__in=[PoolState.LEFT, PoolState.GRADUATED, PoolState.REFUSED])
                | ~Q(result=""),
                violation_error_message="出库或不入库要写明结果或理由。",
            ),
        ]
        indexes = [models.Index(fields=["pool", "state"], name="pool_member_state")]

    def __str__(self) -> str:
        return f"{self.enterprise.title}（{PoolKind(self.pool).label}）"

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE


class CultivationTask(models.Model):
    """Something promised to a firm in a pool: who does it until when, and what came of it."""

    member = models.ForeignKey(PoolMember, models.CASCADE, related_name="tasks", verbose_name="入库企业")
    what = models.CharField("事项", max_length=200)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="承办人"
    )
    due_on = models.DateField("期限", null=True, blank=True)
    done_at = models.DateTimeField("办结时间", null=True, blank=True)
    result = models.CharField("结果", max_length=300, blank=True)

    class Meta:
        verbose_name = "培育事项"
        ordering = ["due_on", "pk"]

    def __str__(self) -> str:
        return self.what
