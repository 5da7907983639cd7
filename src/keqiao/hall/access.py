"""The door to a listing: who gets it, and what he is in it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from keqiao.core.errors import NotAllowed, NotFound
from keqiao.deal.access import is_officer_of
from keqiao.hall.enums import Admitted
from keqiao.hall.models import Admission, Listing, ListingQuerySet, Notice, Objection
from keqiao.people.access import scope_of
from keqiao.people.enums import Role
from keqiao.people.models import Organisation, User

NOUN = "挂牌项目"
_UNITS = frozenset({Role.ENTERPRISE, Role.INSTITUTE})


@dataclass(frozen=True, slots=True)
class Seat:
    """What a user is in a listing. admission: his unit's, if it asked for one."""

    is_officer: bool
    is_owner: bool
    admission: Admission | None

    @property
    def is_bidder(self) -> bool:
        return self.admission is not None and self.admission.state == Admitted.ADMITTED

    @property
    def works_here(self) -> bool:
        return self.is_officer or self.is_owner


def listings_of(user: Any) -> ListingQuerySet:
    """Every listing that this user may see."""
    return Listing.objects.visible_to(scope_of(user)).select_related("owner")


def listing_for(user: Any, public_id: UUID | str) -> Listing:
    """The listing. NotFound when absent or hidden (one answer)."""
    try:
        wanted = public_id if isinstance(public_id, UUID) else UUID(str(public_id))
    except ValueError:
        raise NotFound(NOUN) from None
    found = listings_of(user).filter(public_id=wanted).first()
    if found is None:
        raise NotFound(NOUN)
    return found


def notice_for(public_id: UUID) -> Notice:
    """A published notice; every one is public. NotFound when there is none."""
    found = Notice.objects.select_related("listing").filter(public_id=public_id).first()
    if found is None:
        raise NotFound("交易公告")
    return found


def unit_of(user: Any) -> Organisation | None:
    """The unit this user speaks for: that of his enterprise or institute role."""
    grants = getattr(user, "current_grants", ())
    return next((grant.organisation for grant in grants if grant.role in _UNITS and grant.organisation), None)


def seat_of(user: Any, listing: Listing) -> Seat:
    """What the user is in this listing. One query for members of a unit."""
    if not getattr(user, "is_authenticated", False):
        return Seat(False, False, None)
    scope = scope_of(user)
    units = scope.organisations if scope.roles & _UNITS else frozenset()
    admission = listing.admissions.filter(organisation_id__in=units).first() if units else None
    return Seat(is_officer_of(user, listing.division_code), listing.owner_id in units, admission)


def require_officer(user: User, listing: Listing) -> None:
    """Passes for officers of the listing's place who are not of its owner. Raises NotAllowed with the reason."""
    if not is_officer_of(user, listing.division_code):
        raise NotAllowed(
            f"“{listing.title}”由所在地科技局的工作人员办理。您可以查看公告，有意见可以提出异议。",
            code="hall.officer",
        )
    if user.organisation_id is not None and user.organisation_id == listing.owner_id:
        raise NotAllowed("您在转让方单位任职，须回避。请由另一位工作人员办理。", code="hall.interest")


def require_owner(user: User, listing: Listing) -> None:
    """Passes for accounts of the unit that lists."""
    if not seat_of(user, listing).is_owner:
        raise NotAllowed(
            f"“{listing.title}”由{listing.owner_name}办理。请用该单位的账号登录。", code="hall.owner"
        )


def objection_for(user: User, public_id: UUID) -> Objection:
    """The objection, for officers of its place only; who objects is not for the owner's eyes. NotFound otherwise."""
    found = Objection.objects.select_related("notice__listing").filter(public_id=public_id).first()
    if found is None or not is_officer_of(user, found.notice.listing.division_code):
        raise NotFound("异议")
    require_officer(user, found.notice.listing)
    return found


def objection_by_token(token: str) -> Objection:
    """The objector's own view of what became of it."""
    found = Objection.objects.select_related("notice__listing").filter(token=token).first()
    if found is None:
        raise NotFound("异议")
    return found
