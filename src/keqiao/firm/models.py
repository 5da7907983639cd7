"""What the bureau knows of a firm over the years. Every figure has its year, unit, source, date and hand."""

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from keqiao.firm.enums import AcquiredBy, FigureSource, RightClass, RightKind, TitleKind
from keqiao.registry.enterprise.models import Enterprise


class Seen(models.Model):
    """Where a value comes from and who wrote it down."""

    source = models.CharField("来源", max_length=12, choices=FigureSource, default=FigureSource.OFFICER)
    source_note = models.CharField(
        "来源说明", max_length=120, blank=True
    )  # a file, a table, a report's number
    seen_on = models.DateField("取得日期", default=timezone.localdate)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    entered_at = models.DateTimeField("录入时间", default=timezone.now)

    class Meta:
        abstract = True

    @property
    def origin(self) -> str:
        """来源 in a few words: 统计年报 107-1 表，2026-03-02."""
        note = f" {self.source_note}" if self.source_note else ""
        return f"{FigureSource(self.source).label}{note}，{self.seen_on}"


class KeptQuerySet(models.QuerySet["YearFigure"]):
    def current(self) -> Self:
        """What holds now; a corrected value stays behind it as history."""
        return self.filter(replaced_at=None)


class YearFigure(Seen):
    """One figure of a firm in a year, named as in keqiao.rules facts. A correction is a new row."""

    enterprise = models.ForeignKey(
        Enterprise, models.PROTECT, related_name="figures", verbose_name="企业", db_index=False
    )  # the constraint's index serves what is current, the small one below the history
    year = models.PositiveSmallIntegerField("年度")
    name = models.CharField("指标", max_length=40)
    value = models.DecimalField("数值", max_digits=20, decimal_places=6)
    unit = models.CharField("单位", max_length=10, blank=True)
    reason = models.CharField("更正理由", max_length=200, blank=True)
    replaced_at = models.DateTimeField("更正时间", null=True, blank=True)

    objects = KeptQuerySet.as_manager()

    class Meta:
        verbose_name = "企业年度数据"
        indexes = [
            models.Index(
                fields=["enterprise", "year"],
                condition=Q(replaced_at__isnull=False),
                name="year_figure_history",
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "year", "name"],
                condition=Q(replaced_at=None),
                name="year_figure_once",
                violation_error_message="这一年的这项数据已经有了，请用更正。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.year} 年 {self.name} {self.value.normalize():f}{self.unit}"


class FirmFact(Seen):
    """What a firm has or is, other than a figure of a year: accidents, awards, platforms … value: as the fact's kind asks.

    year: the data year it holds for; 0 = until something else is written.
    """

    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="facts", verbose_name="企业")
    name = models.CharField("情况", max_length=40)
    year = models.PositiveSmallIntegerField("年度", default=0)
    value = models.JSONField("内容", null=True)
    replaced_at = models.DateTimeField("更正时间", null=True, blank=True)

    class Meta:
        verbose_name = "企业情况"
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "name", "year"], condition=Q(replaced_at=None), name="firm_fact_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}：{self.value}"


class TitleQuerySet(models.QuerySet["Title"]):
    def valid_on(self, day: object) -> Self:
        """In force on the day: issued, not yet expired, not revoked."""
        return self.filter(issued_on__lte=day).filter(
            Q(expires_on=None) | Q(expires_on__gte=day), Q(revoked_on=None) | Q(revoked_on__gt=day)
        )


class Title(Seen):
    """A recognition: 高新技术企业, 科技型中小企业 … with number and validity."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="titles", verbose_name="企业")
    kind = models.CharField("称号", max_length=30, choices=TitleKind)
    number = models.CharField("证书或登记编号", max_length=40, blank=True)
    issued_on = models.DateField("发证或入库日期")
    expires_on = models.DateField("有效期至", null=True, blank=True)
    revoked_on = models.DateField("取消日期", null=True, blank=True)
    revoke_reason = models.CharField("取消原因", max_length=200, blank=True)

    objects = TitleQuerySet.as_manager()

    class Meta:
        verbose_name = "企业称号"
        ordering = ["-issued_on", "-pk"]
        indexes = [
            models.Index(fields=["kind", "expires_on"], name="title_expiry"),
            models.Index(fields=["enterprise", "kind"], name="title_enterprise"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "kind", "issued_on"],
                name="title_once",
                violation_error_message="同一天的这个称号已经登记过，请在原来那条上修改。",
            ),
            models.CheckConstraint(
                name="title_expires_after_issue",
                condition=Q(expires_on=None) | Q(expires_on__gte=F("issued_on")),
                violation_error_message="有效期不能早于发证日期。",
            ),
        ]

    def __str__(self) -> str:
        return f"{TitleKind(self.kind).label} {self.number}".strip()


class RightQuerySet(models.QuerySet["Right"]):
    def valid_on(self, day: object) -> Self:
        """Granted by then and not yet expired."""
        return self.filter(Q(granted_on=None) | Q(granted_on__lte=day)).filter(
            Q(expires_on=None) | Q(expires_on__gte=day)
        )


class Right(Seen):
    """A right of intellectual property that evaluations count. Class II serves one 高企 application only."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="rights", verbose_name="企业")
    kind = models.CharField("类型", max_length=12, choices=RightKind)
    right_class = models.CharField("类别", max_length=1, choices=RightClass)
    number = models.CharField("专利号或登记号", max_length=60, blank=True)
    title = models.CharField("名称", max_length=200)
    acquired_by = models.CharField("获得方式", max_length=10, choices=AcquiredBy, default=AcquiredBy.OWN)
    owner_rank = models.PositiveSmallIntegerField("权利人排名", default=1)
    is_applied = models.BooleanField("用于主导产品并产生效益", default=False)
    granted_on = models.DateField("授权日期", null=True, blank=True)
    expires_on = models.DateField("有效期至", null=True, blank=True)
    # Domain §3.2: 国科发火〔2016〕195号, class II once; the year and number of that application
    used_in = models.CharField("已用于哪次高企申报", max_length=60, blank=True)

    objects = RightQuerySet.as_manager()

    class Meta:
        verbose_name = "企业知识产权"
        ordering = ["right_class", "-granted_on", "-pk"]
        indexes = [models.Index(fields=["enterprise", "right_class"], name="right_enterprise")]
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "number"],
                condition=~Q(number=""),
                name="right_number_once",
                violation_error_message="这个专利号或登记号已经登记过。",
            )
        ]

    def __str__(self) -> str:
        return self.title


class Residence(models.Model):
    """Where a firm was, from when to when. Without a row it was always where its registry page says."""

    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="residences", verbose_name="企业")
    division_code = models.CharField("所在地", max_length=12)
    since = models.DateField("自")
    until = models.DateField("至", null=True, blank=True)  # the first day elsewhere; the last row's: closed
    note = models.CharField("说明", max_length=120, blank=True)

    class Meta:
        verbose_name = "企业所在地沿革"
        ordering = ["since"]
        constraints = [models.UniqueConstraint(fields=["enterprise", "since"], name="residence_once")]

    def __str__(self) -> str:
        return f"{self.division_code} {self.since}"


class FigureSheet(models.Model):
    """A file of figures that was read: what was written, and the rows that go back with red cells."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField("文件名", max_length=200)
    sheet = models.CharField("工作表", max_length=60, blank=True)
    sha256 = models.CharField("文件摘要", max_length=64)
    at = models.DateTimeField("时间", default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    good_count = models.PositiveIntegerField("写入的行", default=0)
    figure_count = models.PositiveIntegerField("写入的数据", default=0)
    same_count = models.PositiveIntegerField("没有变化的数据", default=0)
    headings = models.JSONField("列名", default=list)
    bad = models.JSONField("退回的行", default=list)  # [{"row", "cells", "problems": [...]}]
    passed_over = models.JSONField("没有读的列", default=list)

    class Meta:
        verbose_name = "企业数据表格"
        ordering = ["-at"]

    def __str__(self) -> str:
        return self.name
