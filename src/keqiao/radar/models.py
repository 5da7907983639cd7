"""Snapshots of the radar: a run, the needs it found, their members; and the joint demands made of them."""

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone

from keqiao.registry.demand.models import Demand


class RadarRun(models.Model):
    """One look over all demands. Counts only once `finished_at` is set; a killed one goes on after `last_id`."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    started_at = models.DateTimeField("开始时间", default=timezone.now)
    finished_at = models.DateTimeField("完成时间", null=True, blank=True)
    last_id = models.BigIntegerField("已看到", default=0)
    demands = models.PositiveIntegerField("参与需求", default=0)
    needs_found = models.PositiveIntegerField("共性需求", default=0)
    limits = models.JSONField("口径", default=dict)  # the figures it was made with
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = "雷达批次"
        indexes = [models.Index(fields=["-finished_at"], name="radar_run_newest")]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}"


class Neighbour(models.Model):
    """A pair of alike demands that a run under way has seen; gone once the run is finished. one < other."""

    run = models.ForeignKey(RadarRun, models.CASCADE, related_name="neighbours")
    asked = models.BigIntegerField()
    found = models.BigIntegerField()
    score = models.FloatField()

    class Meta:
        verbose_name = "相近需求对"
        constraints = [models.UniqueConstraint(fields=["run", "asked", "found"], name="neighbour_once")]

    def __str__(self) -> str:
        return f"{self.asked}~{self.found}"


class CommonNeedQuerySet(models.QuerySet["CommonNeed"]):
    def of_field(self, code: str) -> Self:
        """Some member has this technology field (code of field11)."""
        return self.filter(fields__contains=f"|{code}|")

    def in_place(self, prefix: str) -> Self:
        """Some member lies in the division with this prefix."""
        return self.filter(places__contains=f"|{prefix}")

    def of_year(self, year: int) -> Self:
        """Some member was written for this year."""
        return self.filter(years__contains=f"|{year}|")


class CommonNeed(models.Model):
    """Demands of several firms that ask for nearly the same, as a run saw them.

    key: the same as long as the members are. fields, places, years: codes between bars, "|05|07|", the same for every
    database. budget_yuan: sum of the known ones; None when none is known.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    run = models.ForeignKey(RadarRun, models.CASCADE, related_name="needs")
    key = models.CharField("成员摘要", max_length=64, db_index=True)
    name = models.CharField("名称", max_length=200)
    terms = models.JSONField("特征词", default=list)
    demand_count = models.PositiveIntegerField("需求条数")
    firm_count = models.PositiveIntegerField("企业数")
    place_count = models.PositiveIntegerField("县区数")
    fields = models.CharField("领域", max_length=200, default="|")
    places = models.CharField("县区", max_length=600, default="|")
    years = models.CharField("年度", max_length=200, default="|")
    budget_yuan = models.DecimalField(
        "已知预算（元）", max_digits=18, decimal_places=2, null=True, blank=True
    )
    budgets_known = models.PositiveIntegerField("写明预算", default=0)
    failures = models.PositiveIntegerField("过期或无果", default=0)
    refusals = models.PositiveIntegerField("被回绝", default=0)
    tightness = models.FloatField("紧密度")

    objects = CommonNeedQuerySet.as_manager()

    class Meta:
        verbose_name = "共性需求"
        indexes = [models.Index(fields=["run", "-firm_count", "-tightness"], name="common_need_order")]

    def __str__(self) -> str:
        return self.name

    def parts(self, name: str) -> list[str]:
        """The codes of `fields`, `places` or `years`."""
        return [part for part in str(getattr(self, name)).split("|") if part]


class NeedMember(models.Model):
    """A demand in a need. is_central: nearest to all others."""

    need = models.ForeignKey(CommonNeed, models.CASCADE, related_name="members")
    demand = models.ForeignKey(Demand, models.CASCADE, related_name="+")
    is_central = models.BooleanField("最有代表性", default=False)
    is_failure = models.BooleanField("过期或无果", default=False)

    class Meta:
        verbose_name = "共性需求成员"
        constraints = [models.UniqueConstraint(fields=["need", "demand"], name="need_member_once")]

    def __str__(self) -> str:
        return f"{self.need_id} {self.demand_id}"


class JointDemand(models.Model):
    """The draft that an officer made of a need, with the demands it came from. It outlives the snapshot."""

    demand = models.OneToOneField(Demand, models.CASCADE, related_name="joint")
    key = models.CharField("成员摘要", max_length=64, unique=True)
    sources = models.ManyToManyField(Demand, related_name="joined_in", verbose_name="来源需求")
    made_at = models.DateTimeField("生成时间", default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = "联合需求"

    def __str__(self) -> str:
        return str(self.demand)
