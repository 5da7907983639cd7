"""A night and the pairs that it found."""

import uuid
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from keqiao.people.access import Scope
from keqiao.registry.records.models import prefix_range


class Night(models.Model):
    """One night's work. step, last_id: how far it has come, so that a killed one goes on there."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    started_at = models.DateTimeField("开始时间", default=timezone.now)
    since = models.DateTimeField("自", null=True, blank=True)  # changes from here on; None = everything
    finished_at = models.DateTimeField("完成时间", null=True, blank=True)
    step = models.PositiveSmallIntegerField("步骤", default=0)
    last_id = models.BigIntegerField("已做到", default=0)
    looked_at = models.PositiveIntegerField("重新匹配", default=0)
    report = models.JSONField("结果", default=dict, blank=True)

    class Meta:
        verbose_name = "夜间作业"
        indexes = [models.Index(fields=["-finished_at"], name="night_newest")]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d}"


class NightPairQuerySet(models.QuerySet["NightPair"]):
    def for_scope(self, scope: Scope) -> Self:
        """Pairs one side of which lies in an officer's area or belongs to a member's unit."""
        if scope.sees_all:
            return self
        mine = Q(pk__in=[])
        if scope.organisations:
            mine |= Q(need_unit__in=scope.organisations) | Q(offer_unit__in=scope.organisations)
        for prefix in scope.prefixes:
            mine |= prefix_range("need_division", prefix) | prefix_range("offer_division", prefix)
        return self.filter(mine)


class NightPair(models.Model):
    """A demand and what answers it (an achievement, an expert), or two alike demands of different units, the earlier
    one first, that were not recommended to each other the day before."""

    night = models.ForeignKey(Night, models.CASCADE, related_name="pairs")
    need_id = models.BigIntegerField("需求")
    offer_kind = models.CharField("对方类型", max_length=20, default="achievement")
    offer_id = models.BigIntegerField("对方")
    score = models.FloatField("得分")
    grade = models.CharField("等级", max_length=8)
    need_division = models.CharField("需求所在地", max_length=12, blank=True)
    offer_division = models.CharField("对方所在地", max_length=12, blank=True)
    need_unit = models.BigIntegerField("需求单位", null=True, blank=True)
    offer_unit = models.BigIntegerField("对方单位", null=True, blank=True)

    objects = NightPairQuerySet.as_manager()

    class Meta:
        verbose_name = "昨夜新增"
        constraints = [
            models.UniqueConstraint(
                fields=["night", "need_id", "offer_kind", "offer_id"], name="night_pair_once"
            )
        ]
        indexes = [
            models.Index(fields=["night", "-score"], name="night_pair_best"),
            models.Index(fields=["need_id", "offer_kind", "offer_id"], name="night_pair_known"),
        ]

    def __str__(self) -> str:
        return f"{self.need_id}–{self.offer_id} {self.grade}"
