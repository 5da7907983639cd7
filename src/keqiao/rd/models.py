"""The auxiliary ledger of R&D (研发支出辅助账): projects, one row a voucher, and what a year's claim needs besides. Yuan."""

import uuid
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from keqiao.people.access import Scope
from keqiao.people.models import Organisation
from keqiao.rd.enums import COLUMNS, LABELS, Form, Treatment


def _yuan(label: str, **more: Any) -> "models.DecimalField[Any, Any]":
    return models.DecimalField(label, max_digits=15, decimal_places=2, default=0, **more)


class ProjectQuerySet(models.QuerySet["RdProject"]):
    def of(self, scope: Scope) -> Self:
        """The ledger is the firm's own book: its own people alone."""
        return self.filter(firm__in=scope.organisations) if scope.organisations else self.none()

    def in_year(self, year: int) -> Self:
        """Running in some part of the calendar year."""
        return self.filter(starts_on__year__lte=year).filter(Q(ends_on=None) | Q(ends_on__year__gte=year))


class RdProject(models.Model):
    """One R&D project of a firm, the header of its ledger."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    firm = models.ForeignKey(Organisation, models.PROTECT, related_name="rd_projects", verbose_name="企业")
    number = models.CharField("项目编号", max_length=40)
    name = models.CharField("项目名称", max_length=120)
    form = models.CharField("研发形式", max_length=12, choices=Form, default=Form.OWN)
    treatment = models.CharField("支出类型", max_length=12, choices=Treatment, default=Treatment.EXPENSED)
    formed_on = models.DateField("形成无形资产日期", null=True, blank=True)
    approval = models.CharField("立项文件", max_length=120, blank=True)
    starts_on = models.DateField("开始日期")
    ends_on = models.DateField("结束日期", null=True, blank=True)
    is_completed = models.BooleanField("已完成", default=False)
    contract_number = models.CharField(
        "技术合同编号", max_length=40, blank=True
    )  # of the overseas commission
    is_sample = models.BooleanField("示例", default=False)
    version = models.PositiveIntegerField("版本", default=1)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="建立人"
    )
    created_at = models.DateTimeField("建立时间", default=timezone.now)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        verbose_name = "研发项目"
        ordering = ["-starts_on", "number"]
        constraints = [
            models.UniqueConstraint(fields=["firm", "number"], name="rd_project_number_once",
                                    violation_error_message="本单位已有这个编号的研发项目。"),
            models.CheckConstraint(name="rd_project_in_order", condition=Q(ends_on=None) | Q(starts_on__lte=F("ends_on")),
                                   violation_error_message="结束日期不能早于开始日期。"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class RdLine(models.Model):
    """One row of the ledger: a bookkeeping voucher, its sum by the books, its sum by tax law, and where that belongs."""

    project = models.ForeignKey(RdProject, models.PROTECT, related_name="lines")
    voucher_on = models.DateField("凭证日期")
    voucher_kind = models.CharField("凭证种类", max_length=20, default="记")
    voucher_number = models.CharField("凭证号数", max_length=20)
    summary = models.CharField("摘要", max_length=200)
    booked = _yuan("会计凭证记载金额")
    tax = _yuan("税法规定的归集金额")
    c1 = _yuan(LABELS["c1"])
    c2 = _yuan(LABELS["c2"])
    c3 = _yuan(LABELS["c3"])
    c4 = _yuan(LABELS["c4"])
    c5 = _yuan(LABELS["c5"])
    c6 = _yuan(LABELS["c6"])
    domestic = _yuan(LABELS["domestic"])
    overseas = _yuan(LABELS["overseas"])
    source = models.CharField("来源", max_length=120, blank=True)  # a file and its row, "" by hand
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="录入人"
    )
    created_at = models.DateTimeField("录入时间", default=timezone.now)

    class Meta:
        verbose_name = "研发辅助账凭证"
        ordering = ["voucher_on", "pk"]
        indexes = [models.Index(fields=["project", "voucher_on"], name="rd_line_day")]
        constraints = [
            models.CheckConstraint(
                name="rd_line_parts_make_tax",
                condition=Q(tax=F("c1") + F("c2") + F("c3") + F("c4") + F("c5") + F("c6") + F("domestic") + F("overseas")),
                violation_error_message="各类费用与委托研发之和须等于税法规定的归集金额。",
            ),
            models.CheckConstraint(
                name="rd_line_tax_within_booked", condition=Q(tax__lte=F("booked")),
                violation_error_message="税法规定的归集金额不能超过会计凭证记载金额。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.voucher_kind}-{self.voucher_number} {self.summary}"

    def parts(self) -> dict[str, Any]:
        """Sum by column."""
        return {name: getattr(self, name) for name in COLUMNS}


class RdYear(models.Model):
    """What a firm's claim of a year needs beside the ledger: its kind, special income, materials sold, the 2022 choice."""

    firm = models.ForeignKey(Organisation, models.PROTECT, related_name="rd_years", verbose_name="企业")
    year = models.PositiveSmallIntegerField("年度")
    kinds = models.JSONField("企业类型", default=list, blank=True)
    special_income = _yuan("特殊收入")
    sold_materials = _yuan("对外销售产品的材料")
    q4_by_share = models.BooleanField("第四季度按月数比例", default=False)
    months = models.PositiveSmallIntegerField("当年经营月数", default=12)
    months_q4 = models.PositiveSmallIntegerField("10月1日后经营月数", default=3)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="填写人"
    )
    updated_at = models.DateTimeField("填写时间", default=timezone.now)

    class Meta:
        verbose_name = "研发年度情况"
        constraints = [models.UniqueConstraint(fields=["firm", "year"], name="rd_year_once")]

    def __str__(self) -> str:
        return f"{self.firm} {self.year}"
