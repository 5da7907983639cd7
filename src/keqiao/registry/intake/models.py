"""One run of the intake: a file, its mapping, how far it has come, and what became of every row."""

import uuid
from pathlib import Path

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from keqiao.registry.records.enums import Status
from keqiao.registry.records.models import Origin


class RunState(models.TextChoices):
    RECEIVED = "received", "已上传，待核对列"
    CHECKED = "checked", "已检查，待写入"
    WRITING = "writing", "写入中"
    DONE = "done", "已完成"
    REFUSED = "refused", "未写入"
    ABANDONED = "abandoned", "已放弃"


class RunMode(models.TextChoices):
    GOOD_ROWS = "good_rows", "写入全部合格行，退回不合格行"
    ALL_OR_NONE = "all_or_none", "有一行不合格就一行也不写"


class IntakeRun(models.Model):
    """A file on its way into a registry. `done_row` is the checkpoint: the first so many data rows are settled.

    Always read_count = new + updated + unchanged + rejected, at every commit.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField("类型", max_length=20)
    origin = models.OneToOneField(Origin, models.PROTECT, related_name="run", verbose_name="来源")
    stored_path = models.CharField(
        "存放位置", max_length=300
    )  # under MEDIA_ROOT, or where the command found it
    is_file_ours = models.BooleanField("由系统保管", default=True)
    sheet_index = models.PositiveSmallIntegerField("第几张表", default=0)
    headings = models.JSONField("表头", default=list)
    mapping = models.JSONField("列对应", default=dict)  # {"0": "title", "3": "budget"}; absent = not taken
    mode = models.CharField("写入方式", max_length=12, choices=RunMode, default=RunMode.GOOD_ROWS)
    land_as = models.CharField("写入后状态", max_length=16, choices=Status, default=Status.PUBLISHED)
    state = models.CharField("状态", max_length=12, choices=RunState, default=RunState.RECEIVED)
    row_total = models.PositiveIntegerField("总行数", null=True, blank=True)
    done_row = models.PositiveIntegerField("已处理到", default=0)
    read_count = models.PositiveIntegerField("读入", default=0)
    new_count = models.PositiveIntegerField("新增", default=0)
    updated_count = models.PositiveIntegerField("更新", default=0)
    unchanged_count = models.PositiveIntegerField("未变", default=0)
    rejected_count = models.PositiveIntegerField("退回", default=0)
    warning_count = models.PositiveIntegerField("提醒", default=0)
    message = models.TextField("说明", blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField("开始时间", default=timezone.now)
    heartbeat_at = models.DateTimeField("最近进展", default=timezone.now)
    finished_at = models.DateTimeField("完成时间", null=True, blank=True)

    class Meta:
        verbose_name = "导入批次"
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                name="intake_counts_reconcile",
                condition=Q(
                    read_count=F("new_count")
                    + F("updated_count")
                    + F("unchanged_count")
                    + F("rejected_count")
                ),
                violation_error_message="读入行数须等于新增、更新、未变、退回之和。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.origin.file_name}（{self.get_state_display()}）"

    @property
    def path(self) -> Path:
        """Where the file lies."""
        return Path(settings.MEDIA_ROOT) / self.stored_path if self.is_file_ours else Path(self.stored_path)

    @property
    def written_count(self) -> int:
        return self.new_count + self.updated_count


class RejectedRow(models.Model):
    """A row that was not written, as it came, with what is wrong in each column."""

    run = models.ForeignKey(IntakeRun, models.CASCADE, related_name="rejected")
    position = models.PositiveIntegerField("第几条数据")
    row = models.PositiveIntegerField("行号")
    cells = models.JSONField("原值")
    problems = models.JSONField("问题")  # [{"column": 3, "level", "code", "message", "value"}]

    class Meta:
        verbose_name = "退回行"
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["run", "position"], name="rejected_row_once")]

    def __str__(self) -> str:
        return f"第 {self.row} 行"
