"""Innovation vouchers for the demo, all 示例: a year in the city, two providers, and bookings at every stage.

Made by the room's own actions on a timeline of its own, so that the book agrees with the papers.
"""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone

from keqiao.people.enums import OrganisationKind, Role
from keqiao.people.models import Organisation, RoleGrant, User
from keqiao.registry.enterprise.models import Enterprise
from keqiao.registry.records.enums import Status
from keqiao.registry.resource.models import Resource
from keqiao.voucher.booking import accept, book
from keqiao.voucher.catalogue import list_provider, open_slots, save_service
from keqiao.voucher.issuing import issue, open_programme, split
from keqiao.voucher.models import (
    LabService,
    LabSlot,
    ServiceProvider,
    Voucher,
    VoucherBooking,
    VoucherProgramme,
)
from keqiao.voucher.redeeming import confirm_as_firm, confirm_as_provider, new_code, redeem
from keqiao.voucher.roster import RosterLine
from keqiao.voucher.settling import approve_batch, make_batch, pay_batch

_CITY = "340300000000"
_OTHERS = ("示例·蚌埠某储能科技", "示例·怀远某农机装备")
_RELATED = (
    "示例·禹会某滤材有限公司",
    "91340304DEM000501A",
    "340304000000",
    "周示例",
    "示例：禹会区长青路 18 号",
)
_SERVICES: tuple[dict[str, Any], ...] = (
    {"title": "扫描电镜形貌和能谱分析", "service_class": "test", "unit": "样", "price_fen": 60_000, "minutes": 60,
     "intro": "示例：二次电子像、背散射像和能谱面扫描，出具检测报告。", "sample_note": "示例：干燥、导电处理后的块体或粉末，直径不超过 15 毫米"},
    {"title": "高分子薄膜热封和力学性能测试", "service_class": "test", "unit": "组", "price_fen": 80_000, "minutes": 120,
     "intro": "示例：起封温度、热封强度、拉伸和撕裂，每组 5 个试样。", "sample_note": "示例：A4 大小薄膜 10 张"},
    {"title": "膜分离中试验证", "service_class": "pilot", "unit": "天", "price_fen": 1_200_000, "minutes": 480,
     "intro": "示例：日处理 5 吨的双膜法中试线，含水质分析。", "sample_note": "示例：废水 20 吨，附成分分析"},
    {"title": "结构设计和有限元计算", "service_class": "design", "unit": "项", "price_fen": 2_000_000, "minutes": 480,
     "intro": "示例：非标设备结构设计、强度和模态计算，交付图纸和计算书。", "sample_note": ""},
)  # fmt: skip


@transaction.atomic
def set_vouchers() -> int:
    """Make them once; gives how many vouchers were issued."""
    if VoucherProgramme.objects.exists():
        return 0
    officer = User.objects.get(username="shiju")
    firm, lab = User.objects.get(username="qiye"), User.objects.get(username="gaoxiao")
    if firm.organisation is None or lab.organisation is None:
        return 0
    second = _second_officer()
    others = [Organisation.objects.filter(name__startswith=name).first() for name in _OTHERS]
    units = [firm.organisation, _unit(*_RELATED), *(one for one in others if one)]
    today = timezone.localdate()
    programme = open_programme(
        title=f"{today.year} 年科技创新券（示例）", year=today.year, division_code=_CITY,
        starts_on=dt.date(today.year, 1, 1), ends_on=dt.date(today.year, 12, 31), authorised_fen=300_000_000,
        document="示例：蚌科〔2026〕示例 1 号", by=officer,
    )  # fmt: skip
    VoucherProgramme.objects.filter(pk=programme.pk).update(is_sample=True)
    programme.refresh_from_db()
    services = _providers(officer, lab)
    issued_at = timezone.now() - dt.timedelta(days=110)
    lines = [
        RosterLine(number, one.name, str(sum_))
        for number, (one, sum_) in enumerate(
            zip(units, (100_000, 60_000, 30_000, 20_000), strict=False), start=1
        )
    ]
    vouchers = issue(
        programme=programme, lines=lines, purpose="检验检测、研发设计", by=officer, now=issued_at
    )
    split(voucher=vouchers[0], parts_fen=[2_000_000], by=firm, now=issued_at + dt.timedelta(days=1))
    if len(vouchers) == 1 + 1 + len(_OTHERS):
        _bookings(programme, vouchers, services, firm, lab, officer, second)
    return len(vouchers)


def _second_officer() -> User:
    """Who makes the batch that shiju approves. No password: nobody signs in with it."""
    user: User
    user, is_new = User.objects.get_or_create(
        username="shili-jiesuan", defaults={"name": "市局结算员（示例）"}
    )
    if is_new:
        user.set_unusable_password()
        user.save()
        RoleGrant.objects.create(user=user, role=Role.BUREAU_OFFICER)
    return user


def _unit(name: str, uscc: str, division: str, representative: str, address: str) -> Organisation:
    unit, _ = Organisation.objects.get_or_create(
        name=name,
        defaults={"uscc": uscc, "division_code": division, "is_sample": True, "is_verified": True,
                  "kind": OrganisationKind.ENTERPRISE},
    )  # fmt: skip
    if not Enterprise.objects.filter(organisation=unit).exists():
        Enterprise.objects.create(
            title=name, organisation=unit, organisation_name=name, division_code=division, is_sample=True,
            legal_representative=representative, address=address, status=Status.DRAFT,
        )  # fmt: skip
    return unit


def _clerk(unit: Organisation) -> User:
    user: User
    user, is_new = User.objects.get_or_create(
        username=f"shili-quan-{unit.pk}", defaults={"name": "企业办事员（示例）", "organisation": unit}
    )
    if is_new:
        user.set_unusable_password()
        user.save()
        RoleGrant.objects.create(user=user, role=Role.ENTERPRISE, organisation=unit)
    return user


def _providers(officer: User, lab: User) -> list[LabService]:
    """The demo's university with four services and hours, and an institute with two dearer ones."""
    assert lab.organisation is not None
    own = list_provider(
        organisation=lab.organisation,
        values={"legal_representative": "周示例", "address": "示例：蚌埠市曹山路 1 号", "contact_name": "示例老师",
                "contact_phone": "0552-3170000", "account_bank": "示例银行蚌埠分行", "account_number": "6200000000001234",
                "intro": "示例：材料、环境和机械方向的分析测试中心。"},
        by=officer,
    )  # fmt: skip
    instrument = Resource.objects.filter(organisation=lab.organisation).order_by("pk").first()
    made = []
    today = timezone.localdate()
    for at, facts in enumerate(_SERVICES):
        service = save_service(
            service=None,
            values=facts | {"resource": instrument if at == 0 else None, "is_open": True},
            by=lab,
        )
        open_slots(
            service=service, first=today + dt.timedelta(days=1), last=today + dt.timedelta(days=12),
            from_time=dt.time(9, 0), to_time=dt.time(17, 0), weekdays=frozenset(range(5)), by=lab,
        )  # fmt: skip
        made.append(service)
    other = Organisation.objects.filter(name__startswith="示例·蚌埠某玻璃新材料").first()
    providers = [own]
    if other is not None:
        peer = list_provider(
            organisation=other, values={"account_bank": "示例银行禹会支行", "account_number": "6200000000005678"}, by=officer
        )  # fmt: skip
        for title, price in (
            ("玻璃及涂层透过率测试", 50_000),
            ("X 射线衍射物相分析", 45_000),
            ("激光粒度分析", 30_000),
        ):
            LabService.objects.create(
                provider=peer, title=title, service_class="test", unit="样", price_fen=price, intro="示例：按国家标准方法测试。"
            )  # fmt: skip
        providers.append(peer)
    ServiceProvider.objects.filter(pk__in=[one.pk for one in providers]).update(is_sample=True)
    return made


def _past(service: LabService, days: int, hour: int) -> LabSlot:
    """An hour that was."""
    day = timezone.localdate() - dt.timedelta(days=days)
    start = dt.datetime.combine(day, dt.time(hour, 0), tzinfo=timezone.get_current_timezone())
    return LabSlot.objects.create(
        service=service, starts_at=start, ends_at=start + dt.timedelta(minutes=service.minutes)
    )


def _bookings(
    programme: VoucherProgramme, vouchers: list[Voucher], services: list[LabService], firm: User, lab: User,
    officer: User, second: User,
) -> None:  # fmt: skip
    """One at every stage; the firm whose 法定代表人 has the provider's name is marked by VA-01."""
    now = timezone.now()
    clerks = [firm, *(_clerk(one.firm) for one in vouchers[1:])]

    def done(
        voucher: int, service: int, days: int, quantity: int, *, until: str = "confirmed"
    ) -> VoucherBooking:
        slot, who = _past(services[service], days, 9 + voucher), clerks[voucher]
        then = slot.starts_at
        booking = book(
            voucher=vouchers[voucher], service=services[service], slot=slot, quantity=quantity, by=who,
            need="示例：按样品要求送样", now=then - dt.timedelta(days=4),
        )  # fmt: skip
        accept(booking=booking, by=lab, now=then - dt.timedelta(days=3))
        code = new_code(booking=booking, by=who, now=then)
        booking = redeem(booking=booking, code=code.token, by=lab, now=then)
        if until == "confirmed":
            later = then + dt.timedelta(days=2)
            confirm_as_firm(
                booking=booking, own_paid_on=timezone.localdate(later), satisfaction=5, by=who, now=later
            )
            booking = confirm_as_provider(
                booking=booking, invoice_number=f"{26_340_000_000_000_000_000 + booking.pk}",
                report_number=f"示例检〔{later.year}〕{booking.pk:04d}", by=lab, now=later,
            )  # fmt: skip
        return booking

    done(0, 0, 80, 6)
    done(2, 1, 75, 4)
    batch = make_batch(
        programme=programme, until=timezone.localdate(), by=officer, now=now - dt.timedelta(days=60)
    )
    approve_batch(batch=batch, by=second, now=now - dt.timedelta(days=59))
    pay_batch(
        batch=batch, paid_on=timezone.localdate() - dt.timedelta(days=55), receipt="示例财拨 2026-0917", by=officer,
        now=now - dt.timedelta(days=55),
    )  # fmt: skip
    done(2, 0, 30, 3)
    done(3, 1, 26, 2)
    make_batch(programme=programme, until=timezone.localdate(), by=second, now=now - dt.timedelta(days=2))
    done(3, 0, 8, 4)
    done(1, 2, 12, 2)  # its 法定代表人 bears the name of the provider's
    done(0, 1, 5, 5, until="redeemed")
    _ahead(vouchers[0], services[0], firm, lab, 2)
    _ahead(vouchers[0], services[2], firm, None, 1)
    VoucherBooking.objects.filter(voucher__programme=programme).update(is_sample=True)


def _ahead(voucher: Voucher, service: LabService, firm: User, lab: User | None, quantity: int) -> None:
    """A booking to come; accepted when the lab is named."""
    slot = service.slots.filter(starts_at__gt=timezone.now(), bookings=None).order_by("starts_at").first()
    if slot is None:
        return
    booking = book(
        voucher=voucher,
        service=service,
        slot=slot,
        quantity=quantity,
        by=firm,
        need="示例：薄膜样品，看断面形貌",
    )
    if lab is not None:
        accept(booking=booking, by=lab)
