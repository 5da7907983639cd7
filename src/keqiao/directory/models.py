"""A published two-way directory, and one on its way."""

import uuid
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class DirectoryQuerySet(models.QuerySet["Directory"]):
    def in_force(self) -> Self:
        """Published and not withdrawn."""
        return self.filter(withdrawn_at=None)


class Directory(models.Model):
    """One issue of the two-way directory (双向清单).

    `snapshot` is what strangers could see on the day, frozen: {"demands": [...], "achievements": [...]}; its shape is
    that of `compose.DemandLine` and `compose.AchievementLine`. `digest`: SHA-256 of its canonical JSON. Never edited;
    a wrong issue is withdrawn with a reason, and a new one published.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField("编号", max_length=32, unique=True)
    title = models.CharField("标题", max_length=120)
    issuer = models.CharField("发布单位", max_length=120)
    criteria = models.JSONField("选取条件", default=dict)
    snapshot = models.JSONField("内容", default=dict)
    digest = models.CharField("内容摘要", max_length=64)
    demand_count = models.PositiveIntegerField("需求数", default=0)
    achievement_count = models.PositiveIntegerField("成果数", default=0)
    match_count = models.PositiveIntegerField("匹配数", default=0)
    published_at = models.DateTimeField("发布时间", default=timezone.now)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="发布人"
    )
    withdrawn_at = models.DateTimeField("撤回时间", null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="撤回人",
    )
    withdraw_reason = models.CharField("撤回原因", max_length=300, blank=True)

    objects = DirectoryQuerySet.as_manager()

    class Meta:
        verbose_name = "双向清单"
        ordering = ["-published_at"]
        constraints = [
            models.CheckConstraint(
                name="directory_withdrawn_at_by_and_why",
                condition=Q(withdrawn_at=None, withdrawn_by=None, withdraw_reason="")
                | (Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdraw_reason="")),
                violation_error_message="撤回时间、撤回人和原因须同时填写。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def is_withdrawn(self) -> bool:
        return self.withdrawn_at is not None

    @property
    def demands(self) -> list[dict[str, Any]]:
        return list(self.snapshot.get("demands", ()))

    @property
    def achievements(self) -> list[dict[str, Any]]:
        return list(self.snapshot.get("achievements", ()))


class Preparation(models.Model):
    """A directory on its way: its matches are being computed. It ends as a `Directory`, or says what stopped it."""

    STALLED_AFTER = timedelta(seconds=60)  # without a sign of life

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    criteria = models.JSONField("选取条件", default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="发布人")
    started_at = models.DateTimeField("开始时间", default=timezone.now)
    heartbeat_at = models.DateTimeField("最近进展", default=timezone.now)
    done = models.PositiveIntegerField("已算需求", default=0)
    total = models.PositiveIntegerField("需求数", default=0)
    message = models.CharField("中断原因", max_length=500, blank=True)
    directory = models.OneToOneField(
        Directory, models.PROTECT, null=True, blank=True, related_name="preparation", verbose_name="清单"
    )

    class Meta:
        verbose_name = "清单编制"
        ordering = ["-started_at"]

    def __str__(self) -> str:
        return f"{self.criteria.get('title', '')} {self.started_at:%Y-%m-%d %H:%M}"

    @property
    def is_over(self) -> bool:
        return self.directory_id is not None

    def is_stopped_at(self, moment: datetime) -> bool:
        """Neither finished nor going on: it said why, or its process has gone silent."""
        silent = moment - self.heartbeat_at > self.STALLED_AFTER
        return not self.is_over and (silent or bool(self.message))
