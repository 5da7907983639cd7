"""The door: the firm's own vouchers, the provider's own desk, the officers of the place."""

from typing import Any
from uuid import UUID

from keqiao.core.errors import NotAllowed, NotFound
from keqiao.deal.access import is_officer_of
from keqiao.people.access import scope_of
from keqiao.people.enums import OFFICERS, Role
from keqiao.people.models import Organisation, User
from keqiao.voucher.models import (
    LabService,
    ServiceProvider,
    Voucher,
    VoucherBatch,
    VoucherBooking,
    VoucherFlag,
    VoucherProgramme,
)

_UNITS = frozenset({Role.ENTERPRISE, Role.INSTITUTE})


def firm_of(user: Any) -> Organisation | None:
    """The firm whose wallet this user holds."""
    return next(
        (g.organisation for g in getattr(user, "current_grants", ()) if g.role == Role.ENTERPRISE and g.organisation),
        None,
    )  # fmt: skip


def provider_of(user: Any) -> ServiceProvider | None:
    """The provider whose desk this user works at; a delisted one still settles what it has."""
    units = [
        g.organisation_id for g in getattr(user, "current_grants", ()) if g.role in _UNITS and g.organisation_id
    ]  # fmt: skip
    if not units:
        return None
    return ServiceProvider.objects.select_related("organisation").filter(organisation__in=units).first()


def is_officer(user: Any) -> bool:
    """Whether this user administers vouchers somewhere."""
    return bool(scope_of(user).roles & OFFICERS)


def may_read_all(user: Any) -> bool:
    """Officers and the auditor read the bureau's desk."""
    return bool(scope_of(user).roles & (OFFICERS | {Role.AUDITOR}))


def require_reader(user: Any) -> None:
    if not may_read_all(user):
        raise NotAllowed(
            "创新券管理由科技局人员办理。企业请到“我的创新券”，服务机构请到“服务机构台”。",
            code="voucher.officer",
        )


def require_officer(user: User, programme: VoucherProgramme) -> None:
    """Passes for officers whose area covers the programme. Raises NotAllowed with the reason."""
    if not is_officer_of(user, programme.division_code):
        raise NotAllowed(
            f"“{programme}”由该地区的科技局人员办理。您可以查看，需要办理请联系市科技局。",
            code="voucher.officer",
        )


def programme_for(user: Any, public_id: UUID | None = None) -> VoucherProgramme:
    """The programme asked for, or the newest of the area. NotFound when there is none."""
    require_reader(user)
    scope = scope_of(user)
    for one in VoucherProgramme.objects.order_by("-year", "pk"):
        seen = scope.sees_all or any(
            one.division_code.startswith(p) or p.startswith(one.division_code.rstrip("0")) for p in scope.prefixes
        )  # fmt: skip
        if seen and public_id in (None, one.public_id):
            return one
    raise NotFound("创新券年度")


def voucher_for(user: Any, public_id: UUID) -> Voucher:
    """One of the firm's own, or any for those who read the bureau's desk."""
    found = Voucher.objects.select_related("programme", "firm", "account").filter(public_id=public_id)
    if not may_read_all(user):
        found = found.filter(firm__in=scope_of(user).organisations)
    voucher = found.first()
    if voucher is None:
        raise NotFound("创新券")
    return voucher


def booking_for(user: Any, public_id: UUID) -> VoucherBooking:
    """The booking, for the two sides and the officers of the firm's area."""
    found = (
        VoucherBooking.objects.visible_to(scope_of(user))
        .select_related("voucher__programme", "firm", "service__provider__organisation", "slot", "account", "batch")
        .filter(public_id=public_id)
        .first()
    )  # fmt: skip
    if found is None:
        raise NotFound("创新券预约")
    return found


def is_customer(user: Any, booking: VoucherBooking) -> bool:
    return booking.firm_id in scope_of(user).organisations


def is_server(user: Any, booking: VoucherBooking) -> bool:
    provider = provider_of(user)
    return provider is not None and provider.pk == booking.service.provider_id


def service_for(public_id: UUID) -> LabService:
    """An offered service; anybody may read it. NotFound otherwise."""
    found = (
        LabService.objects.offered()
        .select_related("provider__organisation", "resource")
        .filter(public_id=public_id)
        .first()
    )
    if found is None:
        raise NotFound("创新券服务项目")
    return found


def own_service_for(user: Any, public_id: UUID) -> LabService:
    """A service of the user's own provider, open or not."""
    provider = provider_of(user)
    found = LabService.objects.filter(provider=provider, public_id=public_id).first() if provider else None
    if found is None:
        raise NotFound("创新券服务项目")
    return found


def batch_for(user: Any, public_id: UUID) -> VoucherBatch:
    require_reader(user)
    found = VoucherBatch.objects.select_related("programme", "made_by", "approved_by").filter(
        public_id=public_id
    )
    batch = found.first()
    if batch is None or programme_for(user, batch.programme.public_id) != batch.programme:
        raise NotFound("创新券结算批次")
    return batch


def flag_for(user: Any, public_id: UUID) -> VoucherFlag:
    require_reader(user)
    found = (
        VoucherFlag.objects.select_related("booking__voucher__programme").filter(public_id=public_id).first()
    )
    if found is None:
        raise NotFound("创新券疑点")
    booking_for(user, found.booking.public_id)
    return found
