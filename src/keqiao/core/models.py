"""The audit trail and the counters behind public numbers."""

from django.db import models


class NumberSeries(models.Model):
    """How far a series of public numbers has come in a year."""

    series = models.CharField("号段", max_length=20)
    year = models.PositiveSmallIntegerField("年度")
    last = models.PositiveIntegerField("已用到", default=0)

    class Meta:
        verbose_name = "编号序列"
        constraints = [models.UniqueConstraint(fields=["series", "year"], name="number_series_once_a_year")]

    def __str__(self) -> str:
        return f"{self.series}-{self.year}"


class AuditLevel(models.TextChoices):
    NORMAL = "normal", "一般"
    IMPORTANT = "important", "重要"
    CRITICAL = "critical", "高危"


class AuditEntry(models.Model):
    """One line of the audit trail (审计日志). Append-only: database triggers refuse update and delete.

    hash = SHA-256(prev_hash ‖ canonical JSON of the other fields). No foreign keys: the trail outlives what it names.
    """

    seq = models.BigIntegerField("序号", primary_key=True)
    at = models.DateTimeField("时间")
    actor_id = models.BigIntegerField("用户编号", null=True)
    actor_name = models.CharField("用户", max_length=60, blank=True)
    actor_roles = models.CharField("角色", max_length=120, blank=True)
    actor_unit = models.CharField("单位", max_length=120, blank=True)
    ip = models.CharField("地址", max_length=45, blank=True)
    port = models.PositiveIntegerField("端口", null=True)
    session_hash = models.CharField("会话摘要", max_length=16, blank=True)
    user_agent = models.CharField("客户端", max_length=200, blank=True)
    action = models.CharField("事件", max_length=60)
    object_kind = models.CharField("对象类型", max_length=40, blank=True)
    object_id = models.CharField("对象编号", max_length=64, blank=True)
    object_title = models.CharField("对象名称", max_length=200, blank=True)
    is_success = models.BooleanField("成功", default=True)
    reason = models.CharField("原因", max_length=300, blank=True)
    changes = models.JSONField("变更", default=dict)
    row_count = models.PositiveIntegerField("行数", null=True)
    file_name = models.CharField("文件名", max_length=200, blank=True)
    file_sha256 = models.CharField("文件摘要", max_length=64, blank=True)
    level = models.CharField("级别", max_length=10, choices=AuditLevel, default=AuditLevel.NORMAL)
    prev_hash = models.CharField("上一条摘要", max_length=64)
    hash = models.CharField("摘要", max_length=64)

    class Meta:
        verbose_name = "审计记录"
        ordering = ["-seq"]
        indexes = [
            models.Index(fields=["at"], name="audit_at"),
            models.Index(fields=["action", "at"], name="audit_action_at"),
            models.Index(fields=["object_kind", "object_id"], name="audit_object"),
            models.Index(fields=["actor_id", "at"], name="audit_actor_at"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.action} {self.object_title}"
