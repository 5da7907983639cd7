"""Experts proposed for a question, pairs of namesakes that were looked at, and what was moved between experts."""

import uuid
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from keqiao.registry.expert.models import Expert


class ProposalQuerySet(models.QuerySet["Proposal"]):
    def standing(self) -> Self:
        """Not taken off the list again."""
        return self.filter(withdrawn_at=None)

    def since(self, moment: datetime) -> Self:
        """Proposed at `moment` or later."""
        return self.filter(proposed_at__gte=moment)


class Proposal(models.Model):
    """Somebody put an expert on the shortlist for one question (拟请专家). What was known on the day is kept.

    ask_key: "demand:37" or "text:<digest>"; all proposals for one question share it. evidence, conflicts: as the
    page showed them, lists of texts.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    ask_key = models.CharField("问题", max_length=64)
    ask_kind = models.CharField(
        "问题类型", max_length=20, blank=True
    )  # key of registry.kinds, "" = free text
    ask_id = models.BigIntegerField("记录", null=True, blank=True)
    ask_title = models.CharField("问题名称", max_length=300)
    ask_text = models.TextField("问题原文", blank=True)  # of a free question
    expert = models.ForeignKey(Expert, models.PROTECT, related_name="+", verbose_name="专家")
    score = models.FloatField("支持程度", default=0.0)  # 0..1
    evidence = models.JSONField("依据", default=list, blank=True)
    conflicts = models.JSONField("关联", default=list, blank=True)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="提出人"
    )
    proposed_at = models.DateTimeField("提出时间", default=timezone.now)
    withdrawn_at = models.DateTimeField("移出时间", null=True, blank=True)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        verbose_name = "拟请专家"
        ordering = ["-proposed_at"]
        indexes = [
            models.Index(fields=["expert", "-proposed_at"], name="proposal_expert"),
            models.Index(fields=["proposed_by", "ask_key"], name="proposal_list"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["ask_key", "proposed_by", "expert"],
                condition=Q(withdrawn_at=None),
                name="proposal_once_a_question",
                violation_error_message="这位专家已在您的拟请名单里。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.expert} · {self.ask_title[:30]}"


class PairState(models.TextChoices):
    OPEN = "open", "待核对"
    SAME = "same", "同一人"
    DIFFERENT = "different", "不是同一人"
    UNDECIDED = "undecided", "暂不定"


class NamesakePair(models.Model):
    """Two experts' pages that may be one human being (重名核对), with the facts for and against as they were found.

    first.pk < second.pk. signals: [{"key", "text", "weight"}], weight above 0 speaks for one person. version: grows
    with every decision; the page sends back the one it showed.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    first = models.ForeignKey(Expert, models.CASCADE, related_name="+", verbose_name="专家一")
    second = models.ForeignKey(Expert, models.CASCADE, related_name="+", verbose_name="专家二")
    name = models.CharField("姓名", max_length=60, db_index=True)
    division_code = models.CharField("所在地", max_length=12, blank=True)
    strength = models.SmallIntegerField("相像程度", default=0)  # 0..100
    signals = models.JSONField("线索", default=list)
    found_at = models.DateTimeField("发现时间", default=timezone.now)
    state = models.CharField("结论", max_length=10, choices=PairState, default=PairState.OPEN)
    reason = models.CharField("依据", max_length=300, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="核对人",
    )
    decided_at = models.DateTimeField("核对时间", null=True, blank=True)
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        verbose_name = "重名核对"
        ordering = ["-strength", "name", "pk"]
        indexes = [models.Index(fields=["state", "-strength"], name="namesake_queue")]
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="namesake_pair_once"),
            models.CheckConstraint(
                name="namesake_pair_in_order",
                condition=Q(first__lt=F("second")),
                violation_error_message="一对专家按编号从小到大记录，不能是同一页。",
            ),
            models.CheckConstraint(
                name="namesake_decided_at_and_by",
                condition=Q(state=PairState.OPEN, decided_at=None, decided_by=None)
                | (~Q(state=PairState.OPEN) & Q(decided_at__isnull=False, decided_by__isnull=False)),
                violation_error_message="有结论的核对须有核对人和时间。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.get_state_display()}"


class MoveKind(models.TextChoices):
    MERGE = "merge", "合并"
    SPLIT = "split", "拆分"


class IdentityMove(models.Model):
    """What was moved from one expert's page to another's: a merger (the whole page) or a split (chosen works).

    moved: {"work.Authorship.expert": [primary keys]}. before: what the pages were like, so that undoing gives exactly
    that back. A merger that stands makes `source` a page that leads to `target`.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField("方式", max_length=8, choices=MoveKind)
    source = models.ForeignKey(Expert, models.PROTECT, related_name="+", verbose_name="原专家页")
    target = models.ForeignKey(Expert, models.PROTECT, related_name="+", verbose_name="并入的专家页")
    made_target = models.BooleanField("新建专家页", default=False)
    moved = models.JSONField("移动的内容", default=dict)
    before = models.JSONField("原状", default=dict)
    reason = models.CharField("依据", max_length=300)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="办理人"
    )
    done_at = models.DateTimeField("办理时间", default=timezone.now)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="撤销人",
    )
    undone_at = models.DateTimeField("撤销时间", null=True, blank=True)
    undo_reason = models.CharField("撤销理由", max_length=300, blank=True)

    class Meta:
        verbose_name = "专家页合并拆分"
        ordering = ["-done_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["source"],
                condition=Q(kind=MoveKind.MERGE, undone_at=None),
                name="identity_merged_once",
                violation_error_message="这一页已经并入别的专家页。",
            ),
            models.CheckConstraint(
                name="identity_move_between_two",
                condition=~Q(source=F("target")),
                violation_error_message="不能并入自己。",
            ),
            models.CheckConstraint(
                name="identity_undone_at_and_by",
                condition=Q(undone_at=None, undone_by=None)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
                violation_error_message="撤销时间和撤销人须同时填写。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.source_id}→{self.target_id}"
