"""The shape of every record, and the tables that belong to all of them: origin, version, review."""

import uuid
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from keqiao.core.fields import EncryptedTextField
from keqiao.people.access import Scope
from keqiao.people.models import Organisation
from keqiao.registry.records.enums import OPENLY_LISTED, Disclosure, ReviewStep, Status, Verdict
from keqiao.registry.records.quality import Quality


class Origin(models.Model):
    """Where rows came from: one file, form or harvest, when, and by whom."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    source = models.CharField("来源", max_length=20, default="file")  # file, form, api, demo
    file_name = models.CharField("文件名", max_length=200, blank=True)
    sheet = models.CharField("工作表", max_length=60, blank=True)
    sha256 = models.CharField("文件摘要", max_length=64, blank=True, db_index=True)
    received_at = models.DateTimeField("接收时间", default=timezone.now)
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.CharField("说明", max_length=200, blank=True)

    class Meta:
        verbose_name = "来源"

    def __str__(self) -> str:
        return self.file_name or self.source


def prefix_range(field: str, prefix: str) -> Q:
    """Rows whose `field` starts with `prefix`, as a range, so that both databases use the plain index."""
    return Q(**{f"{field}__gte": prefix, f"{field}__lt": prefix + "￿"}) if prefix else Q()


class RecordQuerySet(models.QuerySet[Any]):
    """Words that every registry reads with."""

    def published(self) -> Self:
        """Released to whoever may see its tier."""
        return self.filter(status=Status.PUBLISHED)

    def open_to_strangers(self) -> Self:
        """Published in a tier that a visitor may see (公开, 名称脱敏公开)."""
        return self.published().filter(disclosure__in=OPENLY_LISTED)

    def in_division(self, prefix: str) -> Self:
        """In the division with this prefix ("" = everywhere, "3403" = the city and all below)."""
        return self.filter(prefix_range("division_code", prefix))

    def in_scope(self, scope: Scope) -> Self:
        """Rows that the scope works on: an officer's area, a member's own organisations."""
        if scope.sees_all:
            return self
        if scope.is_visitor or not (scope.prefixes or scope.organisations):
            return self.none()
        mine = Q(organisation_id__in=scope.organisations) if scope.organisations else Q(pk__in=[])
        for prefix in scope.prefixes:
            mine |= prefix_range("division_code", prefix)
        return self.filter(mine)

    def visible_to(self, scope: Scope) -> Self:
        """Rows that may be shown at all: the scope's own, and what is published in a tier open to it."""
        if scope.sees_all:
            return self
        seen = Q(status=Status.PUBLISHED, disclosure__in=OPENLY_LISTED)
        if scope.is_member:
            seen |= Q(status=Status.PUBLISHED, disclosure=Disclosure.DIRECTED)
        if scope.organisations:
            seen |= Q(organisation_id__in=scope.organisations)
        for prefix in scope.prefixes:
            seen |= prefix_range("division_code", prefix) & ~Q(status=Status.DRAFT)
        if scope.user_id is not None:
            seen |= Q(created_by_id=scope.user_id)
        return self.filter(seen)


class Record(models.Model):
    """A row of a registry. `title` is what people call it; `number` its public number."""

    KIND: ClassVar[str]  # "demand"; the key in `registry.kinds`
    SERIES: ClassVar[str]  # "需求": the series of its public numbers
    TEXT_FIELDS: ClassVar[tuple[str, ...]] = ()  # the fields that are searched and matched, in reading order

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField("编号", max_length=32, null=True, blank=True, unique=True)
    title = models.CharField("名称", max_length=300)
    status = models.CharField("状态", max_length=16, choices=Status, default=Status.DRAFT)
    disclosure = models.CharField("公开方式", max_length=10, choices=Disclosure, default=Disclosure.PUBLIC)
    division_code = models.CharField("所在地", max_length=12, blank=True)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="单位"
    )
    organisation_name = models.CharField("单位名称", max_length=200, blank=True)  # as printed in the source
    keywords = models.JSONField("关键词", default=list, blank=True)
    # {"field11": [{"code": "05", "by": "machine", "score": 0.62}], "gbt4754": [...], "hitech": [...], "ipc": [...]}
    tags = models.JSONField("分类标签", default=dict, blank=True)
    year = models.PositiveSmallIntegerField("年度", null=True, blank=True)
    remark = models.TextField("备注", blank=True)
    is_sample = models.BooleanField("示例", default=False)
    source_no = models.CharField("原编号", max_length=80, blank=True)
    source_document = models.CharField("来源文件", max_length=120, blank=True)
    source_note = models.CharField("来源说明", max_length=200, blank=True)
    origin = models.ForeignKey(
        Origin, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="来源批次"
    )
    origin_row = models.PositiveIntegerField("来源行", null=True, blank=True)
    match_key = models.CharField(
        "同一性键", max_length=64, null=True, blank=True, unique=True
    )  # same row, same key
    content_hash = models.CharField(
        "内容摘要", max_length=64, blank=True
    )  # of the row as it came: unchanged or not
    version = models.PositiveIntegerField("版本", default=1)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField("建立时间", default=timezone.now)
    updated_at = models.DateTimeField("更新时间", default=timezone.now)
    published_at = models.DateTimeField("发布时间", null=True, blank=True)

    objects = RecordQuerySet.as_manager()

    class Meta:
        abstract = True
        indexes = [
            models.Index(fields=["status", "division_code"], name="%(app_label)s_status_division"),
            models.Index(fields=["organisation", "status"], name="%(app_label)s_organisation"),
            models.Index(fields=["title"], name="%(app_label)s_title"),
            models.Index(fields=["status", "-published_at"], name="%(app_label)s_newest"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def kind(self) -> str:
        return self.KIND

    def assess(self) -> Quality | None:
        """How well it is filled in, by the noun's rules.py; None where there are no rules."""
        return None

    def texts(self) -> list[tuple[str, str]]:
        """(Chinese field name, text) of every text field that has something in it, in reading order."""
        return [
            (str(self._meta.get_field(name).verbose_name), text)  # type: ignore[union-attr]  # all are columns
            for name in self.TEXT_FIELDS
            if (text := str(getattr(self, name) or "").strip())
        ]


class Contactable(models.Model):
    """A contact behind the record. Encrypted; masked wherever it is shown; revealed by a separate logged request."""

    contact_name = EncryptedTextField("联系人", blank=True, default="")
    contact_phone = EncryptedTextField("联系电话", blank=True, default="")
    contact_email = EncryptedTextField("邮箱", blank=True, default="")

    class Meta:
        abstract = True


class Listed(Record, Contactable):
    """A record that is offered on the market for a time: demands and achievements."""

    valid_until = models.DateField("有效期至", null=True, blank=True)
    renewed_count = models.PositiveSmallIntegerField("续期次数", default=0)
    submitted_at = models.DateTimeField("提交时间", null=True, blank=True)
    closed_at = models.DateTimeField("关闭时间", null=True, blank=True)
    close_reason = models.CharField("关闭原因", max_length=200, blank=True)
    quality = models.PositiveSmallIntegerField("填报质量", default=0)  # 0-100, by the noun's rules.py

    class Meta(Record.Meta):
        abstract = True


class RecordVersion(models.Model):
    """One version of a record, with all its fields (personal data encrypted in the snapshot).

    Records written one at a time store every version; bulk intake stores the version that it supersedes.
    """

    kind = models.CharField("类型", max_length=20)
    record_id = models.BigIntegerField("记录")
    version = models.PositiveIntegerField("版本")
    at = models.DateTimeField("时间", default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    origin = models.ForeignKey(Origin, models.PROTECT, null=True, blank=True, related_name="+")
    origin_row = models.PositiveIntegerField("来源行", null=True, blank=True)
    note = models.CharField("说明", max_length=200, blank=True)
    snapshot = models.JSONField("内容")

    class Meta:
        verbose_name = "历史版本"
        constraints = [
            models.UniqueConstraint(fields=["kind", "record_id", "version"], name="record_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.record_id} v{self.version}"


class Review(models.Model):
    """One reading by an officer: the rubric, criterion by criterion, and the verdict with its reasons."""

    kind = models.CharField("类型", max_length=20)
    record_id = models.BigIntegerField("记录")
    record_version = models.PositiveIntegerField("审核的版本")
    step = models.CharField("环节", max_length=10, choices=ReviewStep)
    verdict = models.CharField("结论", max_length=10, choices=Verdict)
    criteria = models.JSONField("逐项意见", default=list)  # [{"key", "label", "ok", "note"}]
    reason = models.TextField("意见", blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField("时间", default=timezone.now)

    class Meta:
        verbose_name = "审核"
        ordering = ["-at"]
        indexes = [models.Index(fields=["kind", "record_id"], name="review_record")]
        constraints = [
            models.CheckConstraint(
                name="review_return_has_reason",
                condition=~Q(verdict=Verdict.RETURN) | ~Q(reason=""),
                violation_error_message="退回须写明理由，告诉填报人怎样改。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_step_display()} {self.get_verdict_display()}"


class Change(models.Model):
    """A record changed and the index has not heard of it yet. Written with the change, removed once indexed."""

    kind = models.CharField(max_length=20)
    record_id = models.BigIntegerField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "待更新索引"
        indexes = [models.Index(fields=["kind", "record_id"], name="change_record")]

    def __str__(self) -> str:
        return f"{self.kind} {self.record_id}"
