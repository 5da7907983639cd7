"""The ledger: one flat row a registered contract, our own and those other registrars entered, which statistics read.

Apart from `Contract` because the national list knows no draft, no unit of ours and no papers.
"""

import uuid
from decimal import Decimal
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from keqiao.contract.enums import ContractClass, EntrySource, InUse
from keqiao.people.access import scope_of
from keqiao.people.enums import OFFICERS, Role
from keqiao.registry.records.models import prefix_range

LEDGER_READERS = frozenset(OFFICERS | {Role.REGISTRAR, Role.AUDITOR})


class LedgerQuerySet(models.QuerySet["LedgerEntry"]):
    def update(self, **values: Any) -> int:
        """Like Django's, `bulk_update` too, and adds to `revision`."""
        return super().update(**({"revision": models.F("revision") + 1} | values))

    def visible_to(self, user: Any) -> Self:
        """Officers, registrars and auditors: contracts with a side in their area, or registered by their office."""
        scope = scope_of(user)
        if not scope.roles & LEDGER_READERS:
            return self.none()
        if scope.sees_all:
            return self.all()
        area = Q(pk=None)
        for prefix in scope.prefixes:
            area |= prefix_range("seller_division", prefix) | prefix_range("buyer_division", prefix)
            area |= Q(registrar_place=prefix)
        return self.filter(area)


class LedgerEntry(models.Model):
    """A registered contract as statistics count it. Sums in fen: whole numbers add up exactly on every database.

    revision: 1, and one more at every write; their sum over the table changes with every committed change, in whatever
    order transactions commit, which a newest moment does not. registrar_place: four digits, the city of the registrar. ended_on: of a cancelled or revoked one. others: columns
    of the national list that we keep as they came.
    """

    reg_no = models.CharField("登记编号", max_length=16, unique=True)
    source = models.CharField(
        "来源", max_length=8, choices=EntrySource, default=EntrySource.OWN, db_index=True
    )
    contract = models.OneToOneField(
        "contract.Contract", models.PROTECT, null=True, blank=True, related_name="entry", verbose_name="合同"
    )
    batch = models.ForeignKey(
        "contract.LedgerImport",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="entries",
        verbose_name="导入批次",
    )
    project_name = models.CharField("项目名称", max_length=200)
    class_code = models.CharField("认定类别", max_length=3, choices=ContractClass)
    subclass = models.CharField("子类", max_length=16, blank=True)
    statistic_class = models.CharField("统计类别", max_length=3, choices=ContractClass)
    decided_on = models.DateField("登记日期")
    ended_on = models.DateField("注销或撤销日期", null=True, blank=True)
    sign_on = models.DateField("签订日期", null=True, blank=True)
    begin_on = models.DateField("有效期起", null=True, blank=True)
    end_on = models.DateField("有效期止", null=True, blank=True)
    total_fen = models.BigIntegerField("成交额（分）")
    tech_fen = models.BigIntegerField("技术交易额（分）")
    pay_method = models.CharField("支付方式", max_length=14, blank=True)
    is_related = models.BooleanField("关联交易", default=False)
    field11 = models.CharField("技术领域", max_length=8, blank=True)
    ip_type = models.CharField("知识产权类型", max_length=8, blank=True)
    plan_source = models.CharField("计划来源", max_length=8, blank=True)
    objective = models.CharField("社会经济目标", max_length=8, blank=True)
    industry = models.CharField("国民经济行业", max_length=8, blank=True)
    registrar_place = models.CharField("登记机构所在市", max_length=4, blank=True)
    seller_name = models.CharField("卖方", max_length=120)
    seller_uscc = models.CharField("卖方信用代码", max_length=18, blank=True)
    seller_division = models.CharField("卖方所在地", max_length=12, blank=True)
    seller_type = models.CharField("卖方性质", max_length=4, blank=True)
    buyer_name = models.CharField("买方", max_length=120)
    buyer_uscc = models.CharField("买方信用代码", max_length=18, blank=True)
    buyer_division = models.CharField("买方所在地", max_length=12, blank=True)
    buyer_type = models.CharField("买方性质", max_length=4, blank=True)
    others = models.JSONField("其他栏目", default=dict, blank=True)
    is_sample = models.BooleanField("示例", default=False)
    updated_at = models.DateTimeField("更新时间", default=timezone.now, db_index=True)
    revision = models.PositiveIntegerField("修订", default=1, db_index=True)

    objects = LedgerQuerySet.as_manager()

    class Meta:
        verbose_name = "登记台账"
        ordering = ["-decided_on", "-reg_no"]
        indexes = [
            models.Index(fields=["-decided_on", "-reg_no"], name="ledger_latest"),
            models.Index(
                fields=["decided_on", "seller_division", "buyer_division", "statistic_class", "field11", "total_fen",
                        "tech_fen", "ended_on", "registrar_place"],
                name="ledger_figures",
            ),
            models.Index(fields=["project_name", "seller_name", "buyer_name"], name="ledger_words"),
            models.Index(fields=["seller_uscc", "buyer_uscc"], name="ledger_pairs"),
        ]  # fmt: skip
        constraints = [
            models.CheckConstraint(
                name="ledger_sums_in_order",
                condition=Q(tech_fen__gte=0) & Q(tech_fen__lte=models.F("total_fen")),
                violation_error_message="技术交易额应在零和成交额之间。",
            ),
            models.CheckConstraint(
                name="ledger_own_has_contract",
                condition=~Q(source=EntrySource.OWN) | Q(contract__isnull=False),
                violation_error_message="本机构登记的台账须有合同。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reg_no} {self.project_name}"

    def save(self, *args: Any, **more: Any) -> None:
        """Every write after the first adds to `revision`."""
        if not self._state.adding:
            self.revision += 1
            if more.get("update_fields") is not None:
                more["update_fields"] = {*more["update_fields"], "revision"}
        super().save(*args, **more)

    @property
    def total_yuan(self) -> Decimal:
        """成交额 in yuan."""
        return Decimal(self.total_fen) / 100

    @property
    def tech_yuan(self) -> Decimal:
        """技术交易额 in yuan."""
        return Decimal(self.tech_fen) / 100


class LedgerImport(models.Model):
    """A yearly list taken in. read = new + changed + same + rejected. rejected_file: .xlsx with red cells, or empty."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    file_name = models.CharField("文件名", max_length=120)
    sha256 = models.CharField("摘要", max_length=64)
    sheet = models.CharField("工作表", max_length=60, blank=True)
    source = models.CharField("来源", max_length=8, choices=EntrySource, default=EntrySource.NATIONAL)
    read_count = models.PositiveIntegerField("读入", default=0)
    new_count = models.PositiveIntegerField("新增", default=0)
    changed_count = models.PositiveIntegerField("更新", default=0)
    same_count = models.PositiveIntegerField("相同", default=0)
    rejected_count = models.PositiveIntegerField("退回", default=0)
    passed_over = models.JSONField("不是数据的行", default=list, blank=True)
    rejected_file = models.BinaryField("退回的行", default=b"")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="导入人"
    )
    created_at = models.DateTimeField("导入时间", default=timezone.now)

    class Meta:
        verbose_name = "台账导入"
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                name="ledger_import_adds_up",
                condition=Q(
                    read_count=models.F("new_count")
                    + models.F("changed_count")
                    + models.F("same_count")
                    + models.F("rejected_count")
                ),
                violation_error_message="读入的行数应等于新增、更新、相同、退回之和。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.file_name} {self.read_count} 行"


class FollowUp(models.Model):
    """What became of a contract's result, asked 1, 3 and 5 years after it ended or was signed. Sums in yuan.

    The firm answers on one page behind a signed link; answered_at None = asked, no answer yet.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    contract = models.ForeignKey("contract.Contract", models.CASCADE, related_name="follow_ups")
    after_years = models.PositiveSmallIntegerField("满几年")
    due_on = models.DateField("应回访", db_index=True)
    asked_at = models.DateTimeField("发出时间", null=True, blank=True)
    answered_at = models.DateTimeField("答复时间", null=True, blank=True)
    in_use = models.CharField("应用情况", max_length=12, choices=InUse, blank=True)
    sales_yuan = models.DecimalField("新增销售额", max_digits=15, decimal_places=2, null=True, blank=True)
    tax_yuan = models.DecimalField("新增税收", max_digits=15, decimal_places=2, null=True, blank=True)
    jobs = models.PositiveIntegerField("新增就业", null=True, blank=True)
    note = models.CharField("说明", max_length=500, blank=True)

    class Meta:
        verbose_name = "成果回访"
        ordering = ["due_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "after_years"], name="follow_up_once_a_year")
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} 满{self.after_years}年"
