"""Who goes out to the firms: brokers on file, liaison officers, service teams and their visits."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from keqiao.deal.enums import VisitKind
from keqiao.people.models import Organisation


class Broker(models.Model):
    """A technology manager (技术经理人) on file: certificate and filing, on which rewards depend."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, related_name="broker")
    is_agency = models.BooleanField("机构", default=False)
    certificate = models.CharField("证书编号", max_length=60, blank=True)
    issuer = models.CharField("发证单位", max_length=120, blank=True)
    certified_on = models.DateField("发证日期", null=True, blank=True)
    filed_on = models.DateField("备案日期", null=True, blank=True)
    filed_at = models.CharField("备案单位", max_length=120, blank=True)
    fields = models.JSONField("擅长领域", default=list, blank=True)

    class Meta:
        verbose_name = "技术经理人备案"

    def __str__(self) -> str:
        return str(self.user)


class Liaison(models.Model):
    """The named contact (科技创新联系人) of a firm, for a time."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="liaisons")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    since = models.DateField("自")
    until = models.DateField("至", null=True, blank=True)

    class Meta:
        verbose_name = "科技创新联系人"
        ordering = ["-since"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"],
                condition=Q(until=None),
                name="liaison_one_at_a_time",
                violation_error_message="这家企业已经有一名在任的联系人，请先结束原来的。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.user}"


class ServiceTeam(models.Model):
    """A team that goes to the firms of an area or a trade."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField("名称", max_length=80, unique=True)
    division_code = models.CharField("服务地区", max_length=12, blank=True)
    field = models.CharField("服务领域", max_length=10, blank=True)
    leader = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    members = models.TextField("成员", blank=True)
    is_active = models.BooleanField("在用", default=True)
    is_sample = models.BooleanField("示例", default=False)

    class Meta:
        verbose_name = "科技服务队"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Visit(models.Model):
    """A visit to a firm: who went, what was found."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="visits")
    team = models.ForeignKey(ServiceTeam, models.PROTECT, null=True, blank=True, related_name="visits")
    kind = models.CharField("目的", max_length=10, choices=VisitKind, default=VisitKind.DIAGNOSE)
    on = models.DateField("日期")
    visitors = models.CharField("走访人员", max_length=200, blank=True)
    met = models.CharField("接待人员", max_length=120, blank=True)
    findings = models.TextField("了解到的情况")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField("登记时间", default=timezone.now)
    is_sample = models.BooleanField("示例", default=False)

    class Meta:
        verbose_name = "走访"
        ordering = ["-on", "-pk"]
        indexes = [
            models.Index(fields=["organisation", "-on"], name="visit_organisation"),
            models.Index(fields=["-on"], name="visit_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.on}"


class VisitTask(models.Model):
    """What a visit promised: who does what by when, and what came of it."""

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="tasks")
    what = models.CharField("要办的事", max_length=200)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    due_on = models.DateField("期限", null=True, blank=True)
    done_at = models.DateTimeField("办结时间", null=True, blank=True)
    result = models.CharField("办理结果", max_length=300, blank=True)

    class Meta:
        verbose_name = "走访后续"
        ordering = ["due_on", "pk"]
        indexes = [models.Index(fields=["owner", "done_at", "due_on"], name="visit_task_owner")]
        constraints = [
            models.CheckConstraint(
                name="visit_task_done_has_result",
                condition=Q(done_at=None, result="") | (Q(done_at__isnull=False) & ~Q(result="")),
                violation_error_message="办结须写明结果。",
            )
        ]

    def __str__(self) -> str:
        return self.what
