"""Who takes vouchers, for which services, when."""

import uuid
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from keqiao.core.fields import EncryptedTextField
from keqiao.people.models import Organisation
from keqiao.registry.resource.models import Resource
from keqiao.voucher.enums import (
    ServiceClass,
)
from keqiao.voucher.models.shared import fen_field


class ServiceProvider(models.Model):
    """A unit that takes vouchers (服务机构). Its account number is for settlement and is shown masked."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.OneToOneField(
        Organisation, models.PROTECT, related_name="voucher_provider", verbose_name="单位"
    )
    intro = models.CharField("简介", max_length=400, blank=True)
    legal_representative = models.CharField("法定代表人", max_length=60, blank=True)
    address = models.CharField("地址", max_length=200, blank=True)
    contact_name = models.CharField("业务联系人", max_length=60, blank=True)
    contact_phone = EncryptedTextField("业务联系电话", blank=True, default="")
    account_bank = models.CharField("开户行", max_length=120, blank=True)
    account_number = EncryptedTextField("收款账号", blank=True, default="")
    account_hash = models.CharField("账号摘要", max_length=64, blank=True, db_index=True)
    listed_on = models.DateField("入选日期", null=True, blank=True)
    delisted_on = models.DateField("退出日期", null=True, blank=True)
    delist_reason = models.CharField("退出原因", max_length=200, blank=True)
    is_sample = models.BooleanField("示例", default=False)

    class Meta:
        verbose_name = "创新券服务机构"
        ordering = ["organisation__name"]

    def __str__(self) -> str:
        return self.organisation.name

    @property
    def is_listed(self) -> bool:
        """In the catalogue now."""
        return self.listed_on is not None and self.delisted_on is None


class ServiceQuerySet(models.QuerySet["LabService"]):
    def offered(self) -> Self:
        """Open services of listed providers."""
        return self.filter(is_open=True, provider__listed_on__isnull=False, provider__delisted_on=None)


class LabService(models.Model):
    """One priced service of a provider, perhaps on an instrument or platform of the registry."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    provider = models.ForeignKey(ServiceProvider, models.PROTECT, related_name="services")
    resource = models.ForeignKey(
        Resource, models.PROTECT, null=True, blank=True, related_name="voucher_services", verbose_name="仪器或平台"
    )  # fmt: skip
    title = models.CharField("服务名称", max_length=120)
    service_class = models.CharField("类别", max_length=10, choices=ServiceClass)
    unit = models.CharField("计价单位", max_length=12, default="次")
    price_fen = fen_field("单价（分）")
    minutes = models.PositiveIntegerField("每次占用（分钟）", default=60)
    intro = models.TextField("服务内容", blank=True)
    sample_note = models.CharField("样品要求", max_length=200, blank=True)
    is_statutory = models.BooleanField("法定、强制性检测", default=False)
    is_open = models.BooleanField("接受预约", default=True)
    updated_at = models.DateTimeField("更新时间", default=timezone.now)

    objects = ServiceQuerySet.as_manager()

    class Meta:
        verbose_name = "创新券服务项目"
        ordering = ["title", "pk"]
        indexes = [models.Index(fields=["service_class", "is_open"], name="lab_service_class")]
        constraints = [
            models.CheckConstraint(name="lab_service_priced", condition=Q(price_fen__gt=0),
                                   violation_error_message="单价须大于零。")
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title


class LabSlot(models.Model):
    """A time in which the service can be had by one customer."""

    service = models.ForeignKey(LabService, models.CASCADE, related_name="slots")
    starts_at = models.DateTimeField("开始")
    ends_at = models.DateTimeField("结束")

    class Meta:
        verbose_name = "可预约时段"
        ordering = ["starts_at"]
        indexes = [models.Index(fields=["service", "starts_at"], name="lab_slot_time")]
        constraints = [
            models.UniqueConstraint(fields=["service", "starts_at"], name="lab_slot_once"),
            models.CheckConstraint(name="lab_slot_in_order", condition=Q(starts_at__lt=F("ends_at")),
                                   violation_error_message="时段的结束须晚于开始。"),
        ]  # fmt: skip

    def __str__(self) -> str:
        local = timezone.localtime
        return f"{local(self.starts_at):%Y-%m-%d %H:%M}–{local(self.ends_at):%H:%M}"
