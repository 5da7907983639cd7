"""Rule versions that officers write, the texts that verdicts were given under, and the verdicts that are kept."""

import uuid
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from keqiao.rules.enums import DraftState
from keqiao.rules.shelf import shipped


class RuleDraftQuerySet(models.QuerySet["RuleDraft"]):
    def published(self) -> Self:
        """In force from their date; withdrawn ones are left out."""
        return self.filter(state=DraftState.PUBLISHED)

    def open(self) -> Self:
        """Being written, or waiting for the second person."""
        return self.filter(state__in=(DraftState.DRAFT, DraftState.IN_REVIEW))


class RuleDraft(models.Model):
    """A version of a rule book as an officer writes it; published, it stands beside the shipped ones.

    data: the version as `keqiao.rules.book.parse_version` reads it. digest: of `data`, from the day it was handed in.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    book = models.CharField("规则", max_length=60, db_index=True)
    version_id = models.CharField("版本编号", max_length=80, unique=True)
    copied_from = models.CharField("起草依据的版本", max_length=80)
    data = models.JSONField("内容", default=dict)
    digest = models.CharField("内容摘要", max_length=64, blank=True)
    reason = models.CharField("修改理由", max_length=300, blank=True)
    state = models.CharField("状态", max_length=12, choices=DraftState.choices, default=DraftState.DRAFT)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="起草人"
    )
    created_at = models.DateTimeField("起草时间", default=timezone.now)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="最后修改人"
    )
    changed_at = models.DateTimeField("最后修改时间", default=timezone.now)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name="送审人",
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name="审定人",
    )
    decided_at = models.DateTimeField("审定时间", null=True, blank=True)
    note = models.CharField("审定意见", max_length=300, blank=True)

    objects = RuleDraftQuerySet.as_manager()

    class Meta:
        verbose_name = "规则草案"
        ordering = ["-changed_at"]
        indexes = [models.Index(fields=["book", "state"], name="ruledraft_book_state")]
        constraints = [
            models.CheckConstraint(
                name="ruledraft_second_person",
                condition=~Q(state=DraftState.PUBLISHED)
                | (
                    Q(decided_by__isnull=False)
                    & ~Q(decided_by=F("submitted_by"))
                    & ~Q(decided_by=F("created_by"))
                    & ~Q(decided_by=F("changed_by"))
                ),
                violation_error_message="规则须由起草、修改和送审以外的人审定。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.book_title} {self.version_id}"

    @property
    def book_title(self) -> str:
        """Chinese name of the book."""
        return shipped(self.book).title

    @property
    def title(self) -> str:
        return str(self.data.get("title") or self.data.get("source") or self.book)


class RuleText(models.Model):
    """The full text of a version under which a verdict was kept: shipped texts change with the product, this does not."""

    digest = models.CharField("内容摘要", max_length=64, unique=True)
    book = models.CharField("规则", max_length=60)
    version_id = models.CharField("版本编号", max_length=80)
    data = models.JSONField("内容")
    kept_at = models.DateTimeField("存入时间", default=timezone.now)

    class Meta:
        verbose_name = "规则文本"

    def __str__(self) -> str:
        return f"{self.version_id} {self.digest[:12]}"


class AssessmentQuerySet(models.QuerySet["Assessment"]):
    def of(self, subject_kind: str, subject_id: str) -> Self:
        """The verdicts on one subject, newest first."""
        return self.filter(subject_kind=subject_kind, subject_id=subject_id)


class Assessment(models.Model):
    """A verdict that is kept: under which text, of which facts, on which day. `assessing.replay` gives it again."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    text = models.ForeignKey(RuleText, models.PROTECT, related_name="assessments", verbose_name="规则文本")
    book = models.CharField("规则", max_length=60)
    on = models.DateField("按哪一天")
    subject_kind = models.CharField("对象类别", max_length=40)
    subject_id = models.CharField("对象", max_length=64)
    subject_name = models.CharField("对象名称", max_length=200, blank=True)
    inputs = models.JSONField("所用数据")
    outcome = models.CharField("结论", max_length=16)
    judgement = models.JSONField("逐条结论")
    purpose = models.CharField("用途", max_length=60, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name="办理人",
    )
    made_at = models.DateTimeField("时间", default=timezone.now)

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        verbose_name = "规则评估"
        ordering = ["-made_at"]
        indexes = [
            models.Index(
                fields=["subject_kind", "subject_id", "book", "-made_at"], name="assessment_subject"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject_name or self.subject_id} {self.book} {self.on}"


class RuleTrial(models.Model):
    """A draft tried on every firm: how many would change, and who. Numbers only, nothing is decided."""

    STALLED_SECONDS = 60

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    draft = models.ForeignKey(RuleDraft, models.CASCADE, related_name="trials", verbose_name="草案")
    digest = models.CharField("草案摘要", max_length=64)
    against = models.CharField("对照版本", max_length=80)
    on = models.DateField("按哪一天")
    total = models.PositiveIntegerField("企业数", null=True, blank=True)
    done = models.PositiveIntegerField("已试算", default=0)
    before = models.JSONField("现行结果", default=dict)  # outcome -> count
    after = models.JSONField("草案结果", default=dict)
    changed = models.PositiveIntegerField("结论变化的企业", default=0)
    changes = models.JSONField("变化名单", default=list)  # the first ones: [id, name, before, after]
    message = models.CharField("中断原因", max_length=300, blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="试算人"
    )
    started_at = models.DateTimeField("开始时间", default=timezone.now)
    heartbeat_at = models.DateTimeField("最近进展", default=timezone.now)
    finished_at = models.DateTimeField("完成时间", null=True, blank=True)

    class Meta:
        verbose_name = "规则试算"
        ordering = ["-started_at"]

    def __str__(self) -> str:
        return f"{self.draft} {self.started_at:%Y-%m-%d %H:%M}"

    @property
    def is_over(self) -> bool:
        return self.finished_at is not None

    @property
    def is_stopped(self) -> bool:
        """Neither finished nor going on."""
        silent = (timezone.now() - self.heartbeat_at).total_seconds() > self.STALLED_SECONDS
        return not self.is_over and (bool(self.message) or silent)


class RuleBatch(models.Model):
    """One run of all firms against all books of a day; a run that broke off goes on where it stopped."""

    on = models.DateField("按哪一天")
    books = models.JSONField(
        "规则版本", default=dict
    )  # book -> digest of the version, or of the versions by region
    firms = models.PositiveIntegerField("企业数", default=0)
    started_at = models.DateTimeField("开始时间", default=timezone.now)
    finished_at = models.DateTimeField("完成时间", null=True, blank=True)

    class Meta:
        verbose_name = "全库判断"
        ordering = ["-started_at"]

    def __str__(self) -> str:
        return f"{self.on} {self.firms}"


class FirmOutcome(models.Model):
    """What the last run said about one firm: the outcome under each book."""

    batch = models.ForeignKey(RuleBatch, models.CASCADE, related_name="outcomes", verbose_name="全库判断")
    firm_id = models.CharField("企业", max_length=64)
    firm_name = models.CharField("企业名称", max_length=200, blank=True)
    outcomes = models.JSONField("各规则结论", default=dict)  # book -> outcome

    class Meta:
        verbose_name = "企业判断结果"
        constraints = [models.UniqueConstraint(fields=["batch", "firm_id"], name="firm_outcome_once_a_batch")]

    def __str__(self) -> str:
        return self.firm_name or self.firm_id

    def of(self, book: str) -> Any:
        return self.outcomes.get(book)
