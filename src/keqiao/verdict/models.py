"""Answers to matches, the ranking models learnt from them, and what the quality page counts."""

import uuid
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from keqiao.verdict.enums import Ending, Level, ModelState, Proof, Reason, Side, Speaker, Stratum


class PairOfRecords(models.Model):
    """Two records of different kinds: what is needed and what is offered. The same pair whichever page showed it."""

    need_kind = models.CharField("需求类型", max_length=20)
    need_id = models.BigIntegerField("需求记录")
    offer_kind = models.CharField("供给类型", max_length=20)
    offer_id = models.BigIntegerField("供给记录")

    class Meta:
        abstract = True

    @property
    def pair(self) -> tuple[str, int, str, int]:
        return self.need_kind, self.need_id, self.offer_kind, self.offer_id

    def end(self, side: str) -> tuple[str, int]:
        """(kind, id) of the record at this end."""
        return (self.need_kind, self.need_id) if side == Side.NEED else (self.offer_kind, self.offer_id)


class AnswerQuerySet(models.QuerySet["Answer"]):
    def current(self) -> Self:
        """Neither changed nor undone."""
        return self.filter(ended_at=None)

    def refusals(self) -> Self:
        return self.filter(is_yes=False)

    def by_side_of(self, kind: str, record_id: int) -> Self:
        """Given for this record: its own side's answers."""
        return self.filter(
            Q(side=Side.NEED, need_kind=kind, need_id=record_id)
            | Q(side=Side.OFFER, offer_kind=kind, offer_id=record_id)
        )

    def about(self, kind: str, record_id: int) -> Self:
        """Given by the other side about this record: what its owner hears."""
        return self.filter(
            Q(side=Side.OFFER, need_kind=kind, need_id=record_id)
            | Q(side=Side.NEED, offer_kind=kind, offer_id=record_id)
        )


class Answer(PairOfRecords):
    """What one side says to one match. One current answer a side and pair; earlier ones stay as history.

    engine, rank, score, grade, parts: how the match stood when it was answered, before answers changed anything;
    rank None = it was not among the matches then. field: code of field11 for the statistics.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    side = models.CharField("哪一方", max_length=5, choices=Side)
    is_yes = models.BooleanField("合适")
    reason = models.CharField("原因", max_length=12, choices=Reason, blank=True)
    text = models.CharField("说明", max_length=200, blank=True)
    speaker = models.CharField("答复人身份", max_length=7, choices=Speaker, default=Speaker.OWNER)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="答复人"
    )
    at = models.DateTimeField("答复时间", default=timezone.now)
    ended_at = models.DateTimeField("失效时间", null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="变更人",
    )
    ending = models.CharField("如何失效", max_length=8, choices=Ending, blank=True)
    replaces = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="替代"
    )
    engine = models.CharField("引擎版本", max_length=40, blank=True)
    rank = models.PositiveSmallIntegerField("名次", null=True, blank=True)
    score = models.FloatField("得分", null=True, blank=True)
    grade = models.CharField("等级", max_length=8, blank=True)
    parts = models.JSONField("得分构成", default=dict, blank=True)  # {part name: value}
    model_version = models.PositiveIntegerField("排序模型版本", null=True, blank=True)
    field = models.CharField("技术领域", max_length=12, blank=True)
    division_code = models.CharField("所在地", max_length=12, blank=True)  # of the record it is given for
    is_sample = models.BooleanField("示例", default=False)

    objects = AnswerQuerySet.as_manager()

    class Meta:
        verbose_name = "匹配答复"
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["need_kind", "need_id", "offer_kind", "offer_id", "side"],
                condition=Q(ended_at=None),
                name="answer_one_current",
                violation_error_message="这一方对这一对已有答复，请改原来的答复。",
            ),
            models.CheckConstraint(
                name="answer_no_has_a_reason",
                condition=Q(is_yes=True, reason="") | (Q(is_yes=False) & ~Q(reason="")),
                violation_error_message="答复“不合适”须选一个原因，答复“合适”不带原因。",
            ),
            models.CheckConstraint(
                name="answer_ended_at_and_how",
                condition=Q(ended_at=None, ending="") | (Q(ended_at__isnull=False) & ~Q(ending="")),
                violation_error_message="失效时间和失效方式须同时填写。",
            ),
        ]
        indexes = [
            models.Index(fields=["need_kind", "need_id", "ended_at"], name="answer_need"),
            models.Index(fields=["offer_kind", "offer_id", "ended_at"], name="answer_offer"),
            models.Index(fields=["-at"], name="answer_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.get_side_display()}：{self.words}"

    @property
    def words(self) -> str:
        """合适, or 不合适 with its reason."""
        return "合适" if self.is_yes else f"不合适 · {self.get_reason_display()}"


class PairOutcome(PairOfRecords):
    """What became of a pair that came to a contract. One row a contract, as last said; the contract room keeps the rest.

    source: what it is known from, "contract <public_id>". score, parts: what the engine says of the pair, None = it
    is not among the matches.
    """

    source = models.CharField("依据", max_length=60, unique=True)
    proof = models.CharField("结果", max_length=6, choices=Proof)
    at = models.DateTimeField("答复时间", default=timezone.now)
    score = models.FloatField("得分", null=True, blank=True)
    parts = models.JSONField("得分构成", default=dict, blank=True)
    is_sample = models.BooleanField("示例", default=False)

    class Meta:
        verbose_name = "应用结果"
        indexes = [
            models.Index(fields=["need_kind", "need_id"], name="outcome_need"),
            models.Index(fields=["offer_kind", "offer_id"], name="outcome_offer"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.get_proof_display()}"


class AdviceReading(models.Model):
    """An owner has read the advice about one record, as it stood then."""

    kind = models.CharField("类型", max_length=20)
    record_id = models.BigIntegerField("记录")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="读的人")
    at = models.DateTimeField("时间", default=timezone.now)

    class Meta:
        verbose_name = "建议已阅"
        indexes = [models.Index(fields=["kind", "record_id", "-at"], name="advice_reading_newest")]

    def __str__(self) -> str:
        return f"{self.kind} {self.record_id}"


class EmptySearch(models.Model):
    """A search that found nothing: its words folded, without numbers that could be a person's, counted a day."""

    day = models.DateField("日期")
    kind = models.CharField("栏目", max_length=20)  # "all" = over all halls
    words = models.CharField("搜索词", max_length=60)
    count = models.PositiveIntegerField("次数", default=1)

    class Meta:
        verbose_name = "无结果搜索"
        constraints = [
            models.UniqueConstraint(fields=["day", "kind", "words"], name="empty_search_once_a_day")
        ]

    def __str__(self) -> str:
        return self.words


class ScoreSpread(models.Model):
    """How the scores of one finished batch run spread: ten steps from 0 to 1. Outlives the run's pairs."""

    run_id = models.BigIntegerField("匹配批次", unique=True)
    kind_from = models.CharField("从", max_length=20)
    kind_to = models.CharField("到", max_length=20)
    engine = models.CharField("引擎版本", max_length=40, blank=True)
    finished_at = models.DateTimeField("完成时间", db_index=True)
    steps = models.JSONField("各段对数", default=list)  # ten counts

    class Meta:
        verbose_name = "得分分布"

    def __str__(self) -> str:
        return f"{self.kind_from}→{self.kind_to} {self.finished_at:%Y-%m-%d}"


class RankingModel(models.Model):
    """Adjustments to the engine's ranking, learnt from answers and blind judgements. Versioned; one is active at most.

    parameters: {"bias", "slope", "weights": {part name: log-odds}}: added to the engine's own log-odds.
    figures: held-out measures before (the engine as shipped) and after: {"before": {...}, "after": {...}}.
    origin: what it was trained on: {"answers", "judgements", "outcomes", "pairs", "sources", "engine"}.
    """

    version = models.PositiveIntegerField("版本", unique=True)
    parameters = models.JSONField("参数", default=dict)
    origin = models.JSONField("训练数据", default=dict)
    figures = models.JSONField("评测", default=dict)
    trained_at = models.DateTimeField("训练时间", default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="训练人",
    )
    state = models.CharField("状态", max_length=10, choices=ModelState, default=ModelState.CANDIDATE)
    activated_at = models.DateTimeField("启用时间", null=True, blank=True)
    retired_at = models.DateTimeField("停用时间", null=True, blank=True)
    before = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="启用前的版本"
    )

    class Meta:
        verbose_name = "排序模型"
        ordering = ["-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=Q(state=ModelState.ACTIVE), name="ranking_model_one_active"
            )
        ]

    def __str__(self) -> str:
        return f"排序模型第 {self.version} 版"


class JudgingRound(models.Model):
    """A seeded draw of pairs that are judged without their scores. The same seed draws the same pairs."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    title = models.CharField("名称", max_length=120)
    seed = models.PositiveIntegerField("随机种子")
    made_at = models.DateTimeField("建立时间", default=timezone.now)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="建立人"
    )
    is_sample = models.BooleanField("示例", default=False)

    class Meta:
        verbose_name = "判定批次"
        ordering = ["-made_at"]

    def __str__(self) -> str:
        return self.title


class JudgedPair(PairOfRecords):
    """One pair of a round, with what the engine said of it, which the judges do not see."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    round = models.ForeignKey(JudgingRound, models.CASCADE, related_name="pairs", verbose_name="批次")
    position = models.PositiveSmallIntegerField("序号")
    stratum = models.CharField("抽自", max_length=10, choices=Stratum)
    engine = models.CharField("引擎版本", max_length=40, blank=True)
    rank = models.PositiveSmallIntegerField("名次", null=True, blank=True)
    score = models.FloatField("得分")
    parts = models.JSONField("得分构成", default=dict)

    class Meta:
        verbose_name = "待判定的一对"
        ordering = ["round", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "need_kind", "need_id", "offer_kind", "offer_id"], name="judged_pair_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.round} {self.position}"


class Judgement(models.Model):
    """One judge's level of one pair."""

    judged = models.ForeignKey(JudgedPair, models.CASCADE, related_name="judgements", verbose_name="一对")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="判定人")
    level = models.CharField("等级", max_length=1, choices=Level)
    at = models.DateTimeField("时间", default=timezone.now)

    class Meta:
        verbose_name = "判定"
        constraints = [models.UniqueConstraint(fields=["judged", "by"], name="judgement_once_a_judge")]

    def __str__(self) -> str:
        return f"{self.get_level_display()}"


def values_of(parts: Any) -> dict[str, float]:
    """{part name: value} of the engine's parts, for keeping."""
    return {part.name: round(float(part.value), 4) for part in parts}
