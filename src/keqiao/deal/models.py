"""The case and what belongs to it. Brokers, liaison officers and visits are in `outreach`."""

import datetime as dt
import secrets
import uuid
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from keqiao.core.fields import EncryptedTextField
from keqiao.deal.enums import (
    WAY,
    Answer,
    How,
    NoAnswerWhy,
    Opening,
    Outcome,
    Purpose,
    Side,
    Stage,
    StepKind,
)
from keqiao.deal.outreach import Broker, Liaison, ServiceTeam, Visit, VisitTask
from keqiao.people.access import Scope
from keqiao.people.enums import OFFICERS, Role
from keqiao.people.models import Organisation, Person
from keqiao.registry.demand.models import Demand
from keqiao.registry.records.models import prefix_range

__all__ = ["Broker", "Liaison", "ServiceTeam", "Visit", "VisitTask"]  # Django finds a room's models here

OPEN = tuple(stage for stage in Stage if stage != Stage.ENDED)
_READERS = OFFICERS | {Role.AUDITOR, Role.REGISTRAR}


def new_token() -> str:
    return secrets.token_urlsafe(18)


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, scope: Scope, person_id: int | None = None) -> Self:
        """Cases that may be shown at all: the officer's area, the owner's and broker's own, and a side's own.

        The supply side sees a case once it was asked; before that nothing has reached it.
        """
        if scope.sees_all and scope.roles & _READERS:
            return self
        if scope.user_id is None:
            return self.none()
        seen = Q(owner_id=scope.user_id) | Q(broker_id=scope.user_id) | Q(opened_by_id=scope.user_id)
        for prefix in scope.prefixes:
            seen |= prefix_range("division_code", prefix)
        return self.filter(seen | Q(pk__in=Party.objects.of(scope, person_id).values("case_id")))

    def open(self) -> Self:
        """Not ended."""
        return self.exclude(stage=Stage.ENDED)

    def held_by(self, user: Any) -> Self:
        """Owned by this user, or helped along by him as broker."""
        return self.filter(Q(owner=user) | Q(broker=user))

    def unassigned(self) -> Self:
        """Open, and nobody's yet."""
        return self.open().filter(owner=None, broker=None)

    def late_on(self, day: dt.date) -> Self:
        """Open, and the promised day lies before `day`."""
        return self.open().filter(due_on__lt=day)


class Case(models.Model):
    """One match being followed (对接事项). `reached`: index into WAY of the furthest stage it ever stood at.

    demand: the demand, or None when somebody asks for an achievement without having published one; `wish` is what he
    wrote. other_kind, other_id: the record on the supply side, "" when the desk is still looking for one.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField("编号", max_length=32, unique=True)
    title = models.CharField("名称", max_length=300)
    wish = models.TextField("想解决什么", blank=True)
    opening = models.CharField("来源", max_length=10, choices=Opening)
    demand = models.ForeignKey(
        Demand, models.PROTECT, null=True, blank=True, related_name="cases", verbose_name="需求"
    )
    other_kind = models.CharField("供给类型", max_length=20, blank=True)
    other_id = models.BigIntegerField("供给记录", null=True, blank=True)
    other_title = models.CharField("供给名称", max_length=300, blank=True)
    grade = models.CharField("匹配等级", max_length=10, blank=True)
    evidence = models.JSONField("匹配依据", default=list, blank=True)  # [{"theirs", "mine"}]
    division_code = models.CharField("所在地", max_length=12, blank=True)
    field = models.CharField("领域", max_length=10, blank=True)  # code of list field11
    stage = models.CharField("阶段", max_length=12, choices=Stage, default=Stage.DISCOVER)
    reached = models.PositiveSmallIntegerField("到过的阶段", default=0)
    stage_since = models.DateTimeField("进入本阶段", default=timezone.now)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="承办人",
    )
    broker = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="技术经理人",
    )
    next_step = models.CharField("下一步", max_length=200, blank=True)
    due_on = models.DateField("承诺日期", null=True, blank=True)
    needs_nda = models.BooleanField("须签保密协议", default=False)
    nda_signed_on = models.DateField("保密协议签订", null=True, blank=True)
    outcome = models.CharField("结果", max_length=12, choices=Outcome, blank=True)
    outcome_note = models.CharField("结果说明", max_length=500, blank=True)
    no_answer_why = models.CharField("无人答复的原因", max_length=16, choices=NoAnswerWhy, blank=True)
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)
    contract_number = models.CharField("合同编号", max_length=60, blank=True)
    contract_yuan = models.DecimalField(
        "合同金额（元）", max_digits=16, decimal_places=2, null=True, blank=True
    )
    contract_on = models.DateField("签约日期", null=True, blank=True)
    received_yuan = models.DecimalField(
        "到账金额（元）", max_digits=16, decimal_places=2, null=True, blank=True
    )
    is_registered = models.BooleanField("已认定登记", default=False)
    token = models.CharField(max_length=64, unique=True, default=new_token)  # the enquirer's own page
    version = models.PositiveIntegerField("版本", default=1)
    is_sample = models.BooleanField("示例", default=False)
    opened_at = models.DateTimeField("建立时间", default=timezone.now)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = "对接事项"
        ordering = ["-opened_at"]
        indexes = [
            models.Index(fields=["stage", "division_code", "due_on"], name="case_stage_place_due"),
            models.Index(fields=["owner", "stage", "due_on"], name="case_owner_stage_due"),
            models.Index(fields=["broker", "stage"], name="case_broker_stage"),
            models.Index(fields=["other_kind", "other_id"], name="case_other"),
            models.Index(fields=["division_code", "-opened_at"], name="case_place_newest"),
        ]
        constraints = [
            models.CheckConstraint(
                name="case_ended_with_outcome",
                condition=Q(stage=Stage.ENDED, ended_at__isnull=False) & ~Q(outcome="")
                | ~Q(stage=Stage.ENDED) & Q(ended_at=None, outcome=""),
                violation_error_message="结束的事项须写明结果，没有结束的不能有结果。",
            ),
            models.CheckConstraint(
                name="case_no_answer_has_why",
                condition=~Q(outcome=Outcome.NO_ANSWER) | ~Q(no_answer_why=""),
                violation_error_message="无人答复的，须选明原因。",
            ),
            models.UniqueConstraint(
                fields=["demand", "other_kind", "other_id"],
                condition=~Q(stage=Stage.ENDED) & Q(demand__isnull=False, other_id__isnull=False),
                name="case_pair_once",
                violation_error_message="这一对已经有一件没有结束的对接事项。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def is_open(self) -> bool:
        return self.stage != Stage.ENDED

    def is_late_on(self, day: dt.date) -> bool:
        """Whether the promised day is over."""
        return self.is_open and self.due_on is not None and self.due_on < day

    @property
    def at(self) -> int | None:
        """Index of the stage on the way, None beside it."""
        return WAY.index(Stage(self.stage)) if Stage(self.stage) in WAY else None


class PartyQuerySet(models.QuerySet["Party"]):
    def of(self, scope: Scope, person_id: int | None = None) -> Self:
        """The sides that this user speaks for: his units', his own, and once they were asked."""
        mine = Q(user_id=scope.user_id) if scope.user_id else Q(pk__in=[])
        if scope.organisations:
            mine |= Q(organisation_id__in=scope.organisations)
        if person_id:
            mine |= Q(person_id=person_id)
        return self.filter(mine & (Q(side=Side.DEMAND) | Q(asked_at__isnull=False)))


class Party(models.Model):
    """One side of a case: the unit or person, its contact, and whether it has answered."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="parties")
    side = models.CharField("哪一方", max_length=8, choices=Side)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    organisation_name = models.CharField("单位名称", max_length=200, blank=True)
    masked_name = models.CharField("脱敏名称", max_length=60, blank=True)
    is_name_public = models.BooleanField("名称本来公开", default=False)
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    contact_name = EncryptedTextField("联系人", blank=True, default="")
    contact_phone = EncryptedTextField("联系电话", blank=True, default="")
    contact_email = EncryptedTextField("邮箱", blank=True, default="")
    asked_at = models.DateTimeField("联系时间", null=True, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    answer = models.CharField("答复", max_length=6, choices=Answer, blank=True)
    answer_note = models.CharField("答复说明", max_length=500, blank=True)
    refusal = models.CharField("不合作的类型", max_length=40, blank=True)  # a type of `keqiao.verdict`
    answered_at = models.DateTimeField("答复时间", null=True, blank=True)
    score = models.PositiveSmallIntegerField("满意度", null=True, blank=True)  # 1-5
    score_note = models.CharField("评价说明", max_length=500, blank=True)
    score_asked_at = models.DateTimeField("征求评价", null=True, blank=True)
    scored_at = models.DateTimeField("评价时间", null=True, blank=True)

    objects = PartyQuerySet.as_manager()

    class Meta:
        verbose_name = "对接方"
        ordering = ["side"]
        indexes = [models.Index(fields=["asked_at", "answered_at"], name="party_waits")]
        constraints = [
            models.UniqueConstraint(fields=["case", "side"], name="party_side_once"),
            models.CheckConstraint(
                name="party_answer_and_when",
                condition=Q(answer="", answered_at=None) | (~Q(answer="") & Q(answered_at__isnull=False)),
                violation_error_message="答复和答复时间须同时填写。",
            ),
            models.CheckConstraint(
                name="party_score_in_range",
                condition=Q(score=None) | Q(score__gte=1, score__lte=5),
                violation_error_message="满意度须在 1 到 5 之间。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_side_display()} {self.masked_name or self.organisation_name}"

    @property
    def waits(self) -> bool:
        """Asked, and has not answered."""
        return self.asked_at is not None and self.answered_at is None


class CaseStep(models.Model):
    """One thing that was done, by whom and when. Never changed. broker: whose merit it is, where it is one's."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="steps")
    at = models.DateTimeField("时间", default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    broker = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    side = models.CharField("哪一方", max_length=8, choices=Side, blank=True)
    kind = models.CharField("类型", max_length=10, choices=StepKind)
    from_stage = models.CharField(max_length=12, blank=True)
    to_stage = models.CharField(max_length=12, blank=True)
    text = models.CharField("内容", max_length=600, blank=True)
    is_internal = models.BooleanField("只供承办人员", default=False)

    class Meta:
        verbose_name = "办理记录"
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["case", "-at"], name="case_step_case"),
            models.Index(fields=["broker", "at"], name="case_step_broker"),
            models.Index(fields=["to_stage", "at"], name="case_step_reached"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.text[:40]}"


class CaseConsent(models.Model):
    """A side agreed that its name and contact are shown to the other. A withdrawal is kept beside it, never instead."""

    party = models.ForeignKey(Party, models.CASCADE, related_name="consents")
    data = models.JSONField("同意提供的信息", default=list)  # ["name", "contact"]
    text_version = models.CharField("文本版本", max_length=20)
    text_sha256 = models.CharField("文本摘要", max_length=64)
    how = models.CharField("方式", max_length=8, choices=How, default=How.ONLINE)
    note = models.CharField("说明", max_length=300, blank=True)  # who said it on the phone, and when
    given_at = models.DateTimeField("同意时间", default=timezone.now)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField("撤回时间", null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdraw_note = models.CharField("撤回说明", max_length=300, blank=True)

    class Meta:
        verbose_name = "对接同意"
        ordering = ["-given_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["party"],
                condition=Q(withdrawn_at=None),
                name="case_consent_once",
                violation_error_message="这一方已经同意过了。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.party} {self.given_at:%Y-%m-%d}"


class CaseMessage(models.Model):
    """A word in the thread of a case. Stored encrypted: people write telephone numbers into it."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, models.CASCADE, related_name="messages")
    at = models.DateTimeField("时间", default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    side = models.CharField("哪一方", max_length=8, choices=Side, blank=True)  # "" = the desk
    text = EncryptedTextField("内容")

    class Meta:
        verbose_name = "对接消息"
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["case", "at"], name="case_message_case")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.at:%Y-%m-%d %H:%M}"


class Meeting(models.Model):
    """A meeting of a case, planned or held. next_steps: [{"what", "who", "due"}]."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, models.CASCADE, related_name="meetings")
    starts_at = models.DateTimeField("开始时间")
    place = models.CharField("地点", max_length=120, blank=True)
    subject = models.CharField("议题", max_length=200)
    participants = EncryptedTextField("参加人员", blank=True, default="")
    decisions = models.TextField("议定事项", blank=True)
    next_steps = models.JSONField("后续工作", default=list, blank=True)
    held_at = models.DateTimeField("纪要登记", null=True, blank=True)
    cancelled_at = models.DateTimeField("取消时间", null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "对接会议"
        ordering = ["-starts_at"]
        indexes = [models.Index(fields=["starts_at"], name="meeting_starts")]

    def __str__(self) -> str:
        return f"{self.subject} {self.starts_at:%Y-%m-%d}"

    @property
    def steps(self) -> list[dict[str, Any]]:
        return list(self.next_steps)


class CaseFile(models.Model):
    """A file of a case, kept outside the web root under its own random name, handed out by a view."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, models.CASCADE, related_name="files")
    purpose = models.CharField("用途", max_length=10, choices=Purpose, default=Purpose.GENERAL)
    name = models.CharField("文件名", max_length=120)
    stored_as = models.CharField(max_length=80)
    mime = models.CharField("类型", max_length=100)
    size_bytes = models.PositiveIntegerField("字节数")
    sha256 = models.CharField("摘要", max_length=64, db_index=True)
    side = models.CharField("哪一方", max_length=8, choices=Side, blank=True)
    at = models.DateTimeField("上传时间", default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    removed_at = models.DateTimeField("移除时间", null=True, blank=True)

    class Meta:
        verbose_name = "对接附件"
        ordering = ["-at"]

    def __str__(self) -> str:
        return self.name


class CaseReminder(models.Model):
    """One rung of the ladder that was climbed for one asking. The constraint makes the command repeatable."""

    party = models.ForeignKey(Party, models.CASCADE, related_name="reminders")
    asked_at = models.DateTimeField("联系时间")
    day = models.PositiveSmallIntegerField("第几天")
    is_closure = models.BooleanField("如实告知", default=False)
    at = models.DateTimeField("时间", default=timezone.now)

    class Meta:
        verbose_name = "对接提醒"
        ordering = ["at"]
        constraints = [
            models.UniqueConstraint(fields=["party", "asked_at", "day"], name="case_reminder_once")
        ]

    def __str__(self) -> str:
        return f"{self.party_id} 第 {self.day} 天"


class ReminderLadder(models.Model):
    """The days of the ladder in one area from one day on. The latest line of the longest prefix counts."""

    division_prefix = models.CharField("辖区", max_length=12, blank=True)  # "" = the whole city
    since = models.DateField("自")
    days = models.JSONField("第几天提醒", default=list)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    set_at = models.DateTimeField("设定时间", default=timezone.now)

    class Meta:
        verbose_name = "提醒天数"
        ordering = ["-since", "-pk"]
        indexes = [models.Index(fields=["division_prefix", "-since"], name="ladder_place")]

    def __str__(self) -> str:
        return f"{self.division_prefix or '全市'} {self.since} {self.days}"
