"""Providers, their services and their hours."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from keqiao.core.audit import record
from keqiao.core.crypto import lookup_hash
from keqiao.core.errors import BadInput, NotAllowed
from keqiao.core.models import AuditLevel
from keqiao.people.models import Organisation, User
from keqiao.registry.resource.models import Resource
from keqiao.voucher.access import is_officer, provider_of
from keqiao.voucher.enums import ENDED, ServiceClass
from keqiao.voucher.models import LabService, LabSlot, ServiceProvider, VoucherBooking

_TEXTS = {"intro": 400, "legal_representative": 60, "address": 200, "contact_name": 60, "account_bank": 120}
_MOST_SLOTS = 200
_FAR = timedelta(days=400)


def account_digits(text: str) -> str:
    """An account number without spaces and dashes: what is compared."""
    return "".join(text.split()).replace("-", "")


@transaction.atomic
def list_provider(*, organisation: Organisation, values: Mapping[str, str], by: User) -> ServiceProvider:
    """Put a unit into the catalogue, or change what is known of it. By an officer."""
    _require_officer(by)
    provider, is_new = ServiceProvider.objects.select_for_update().get_or_create(organisation=organisation)
    for name, most in _TEXTS.items():
        if name in values:
            setattr(provider, name, " ".join(str(values[name]).split())[:most])
    if "contact_phone" in values:
        provider.contact_phone = values["contact_phone"].strip()[:30]
    if values.get("account_number", "").strip():
        provider.account_number = account_digits(values["account_number"])
        provider.account_hash = lookup_hash(provider.account_number)
    if not provider.account_number:
        raise BadInput("请写收款账号，结算时要用；页面上只显示末四位。", field="account_number")
    if not provider.is_listed:
        provider.listed_on, provider.delisted_on, provider.delist_reason = timezone.localdate(), None, ""
    provider.save()
    record(
        "voucher_provider.listed" if is_new else "voucher_provider.changed",
        by=by, target=provider, level=AuditLevel.IMPORTANT,
    )  # fmt: skip
    return provider


@transaction.atomic
def delist_provider(*, provider: ServiceProvider, reason: str, by: User) -> None:
    """Take a provider out of the catalogue: nothing new is booked, what is under way goes on."""
    _require_officer(by)
    reason = " ".join(reason.split())
    if not reason:
        raise BadInput("请写退出的原因，机构会看到。", field="reason")
    provider = ServiceProvider.objects.select_for_update().get(pk=provider.pk)
    provider.delisted_on, provider.delist_reason = timezone.localdate(), reason[:200]
    provider.save(update_fields=["delisted_on", "delist_reason"])
    record("voucher_provider.delisted", by=by, target=provider, reason=reason, level=AuditLevel.IMPORTANT)


def _require_officer(by: User) -> None:
    if not is_officer(by):
        raise NotAllowed("服务机构名单由科技局人员维护。", code="voucher.officer")


@transaction.atomic
def save_service(*, service: LabService | None, values: Mapping[str, Any], by: User) -> LabService:
    """The provider's own person makes or changes a service. values: the model's fields; resource must be the unit's own."""
    provider = provider_of(by)
    if provider is None or (service is not None and service.provider_id != provider.pk):
        raise NotAllowed("服务项目由服务机构自己的账号维护。", code="voucher.provider")
    if not provider.is_listed:
        raise NotAllowed(
            f"本单位已于 {provider.delisted_on} 退出服务目录（{provider.delist_reason}），不能新增或修改服务。",
            code="voucher.delisted",
        )
    title = " ".join(str(values.get("title", "")).split())
    if not title:
        raise BadInput("请写服务名称。", field="title")
    if values.get("service_class") not in ServiceClass.values:
        raise BadInput("请选服务类别。", field="service_class")
    price, minutes = int(values.get("price_fen") or 0), int(values.get("minutes") or 60)
    if price <= 0:
        raise BadInput("请写单价，须大于零。", field="price")
    if not 10 <= minutes <= 1440:
        raise BadInput(f"每次占用 {minutes} 分钟不合适，请写 10 到 1440。", field="minutes")
    resource = values.get("resource")
    if isinstance(resource, Resource) and resource.organisation_id not in (None, provider.organisation_id):
        raise BadInput(f"“{resource}”是别家单位的，不能用来登记本单位的服务。", field="resource")
    before = service.price_fen if service else None
    service = service or LabService(provider=provider)
    service.title, service.service_class, service.price_fen = title[:120], values["service_class"], price
    service.unit = str(values.get("unit") or "次").strip()[:12]
    service.minutes, service.resource = minutes, resource
    service.intro = str(values.get("intro", "")).strip()[:2000]
    service.sample_note = str(values.get("sample_note", "")).strip()[:200]
    service.is_statutory, service.is_open = (
        bool(values.get("is_statutory")),
        bool(values.get("is_open", True)),
    )
    service.updated_at = timezone.now()
    service.save()
    record("lab_service.saved", by=by, target=service, changes={"price_fen": [before, service.price_fen]})
    return service


@transaction.atomic
def open_slots(
    *,
    service: LabService,
    first: date,
    last: date,
    from_time: time,
    to_time: time,
    weekdays: frozenset[int],
    by: User,
) -> int:
    """Open the service in steps of its own length on these days, weekday 0 = Monday. Gives how many slots are new.

    A slot that would overlap another of the same service or the same instrument is left out.
    """
    provider = provider_of(by)
    if provider is None or service.provider_id != provider.pk:
        raise NotAllowed("时段由服务机构自己的账号开放。", code="voucher.provider")
    if last < first or last > timezone.localdate() + _FAR:
        raise BadInput(f"日期 {first} 至 {last} 不对，请写一年以内、先后有序的日期。", field="last")
    if to_time <= from_time:
        raise BadInput("每天的结束时间须晚于开始时间。", field="to_time")
    LabService.objects.select_for_update().get(pk=service.pk)
    zone, step = timezone.get_current_timezone(), timedelta(minutes=service.minutes)
    wanted: list[tuple[datetime, datetime]] = []
    day = first
    while day <= last:
        if not weekdays or day.weekday() in weekdays:
            at = datetime.combine(day, from_time, tzinfo=zone)
            end = datetime.combine(day, to_time, tzinfo=zone)
            while at + step <= end:
                wanted.append((at, at + step))
                at += step
        day += timedelta(days=1)
    wanted = [one for one in wanted if one[0] > timezone.now()]
    if len(wanted) > _MOST_SLOTS:
        raise BadInput(f"会开出 {len(wanted)} 个时段，一次最多 {_MOST_SLOTS} 个。请缩短日期。", field="last")
    if not wanted:
        raise BadInput("这段时间里没有能开放的时段，请核对日期、星期和每次占用的分钟数。", field="first")
    same = Q(service=service)
    if service.resource_id:
        same |= Q(service__resource=service.resource_id)
    taken = list(
        LabSlot.objects.filter(same, starts_at__lt=wanted[-1][1], ends_at__gt=wanted[0][0]).values_list(
            "starts_at", "ends_at"
        )
    )
    free = [one for one in wanted if not any(a < one[1] and b > one[0] for a, b in taken)]
    LabSlot.objects.bulk_create(LabSlot(service=service, starts_at=a, ends_at=b) for a, b in free)
    record("lab_slot.opened", by=by, target=service, row_count=len(free))
    return len(free)


def free_slots(service: LabService, now: datetime, most: int = 60) -> list[LabSlot]:
    """Slots that can still be booked, soonest first. One query."""
    taken = VoucherBooking.objects.exclude(stage__in=ENDED)
    found = (
        service.slots.filter(starts_at__gt=now)
        .exclude(pk__in=taken.filter(service=service).values("slot"))
        .order_by("starts_at")
    )
    return list(found[:most])


@transaction.atomic
def close_slot(*, slot: LabSlot, by: User) -> None:
    """Take an unbooked slot away."""
    provider = provider_of(by)
    if provider is None or slot.service.provider_id != provider.pk:
        raise NotAllowed("时段由服务机构自己的账号管理。", code="voucher.provider")
    if VoucherBooking.objects.filter(slot=slot).exists():
        raise NotAllowed("这个时段有过预约，不能删除。", code="voucher.booked", conflict=True)
    record("lab_slot.closed", by=by, target=slot)
    slot.delete()
