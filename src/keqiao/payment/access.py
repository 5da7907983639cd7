"""The doors of the payment room: who sees an award, an envelope, a batch, and who works on them."""

from typing import Any
from uuid import UUID

from keqiao.core.errors import NotAllowed, NotFound
from keqiao.payment.models import Award, AwardList, AwardQuerySet, Batch, Envelope, in_area
from keqiao.people.access import scope_of
from keqiao.people.enums import OFFICERS, Role
from keqiao.people.models import Organisation, User

_UNITS = frozenset({Role.ENTERPRISE, Role.INSTITUTE})


def is_officer_of(user: Any, division_code: str) -> bool:
    """Whether an officer's grant of this user covers the place; a blank place belongs to the city."""
    return any(
        grant.role in OFFICERS
        and (grant.division_prefix == "" or (division_code or "-").startswith(grant.division_prefix))
        for grant in getattr(user, "current_grants", ())
    )


def require_officer(user: User, division_code: str, what: str) -> None:
    """Passes for officers of the place. Raises NotAllowed with the reason."""
    if not is_officer_of(user, division_code):
        raise NotAllowed(
            f"{what}由主管的科技局工作人员办理，您可以查看。需要办理请联系经办人。", code="payment.officer"
        )


def require_another(user: User, first_id: int | None, what: str) -> None:
    """Two persons: whoever began it does not check it."""
    if user.pk == first_id:
        raise NotAllowed(
            f"{what}须由另一个人复核，您是经办人。请同事用自己的账号复核。", code="payment.same_person"
        )


def unit_of(user: Any) -> Organisation | None:
    """The unit this user speaks for, None for officers."""
    grants = getattr(user, "current_grants", ())
    return next((grant.organisation for grant in grants if grant.role in _UNITS and grant.organisation), None)


def awards_of(user: Any) -> AwardQuerySet:
    return Award.objects.visible_to(scope_of(user)).select_related(
        "item__policy", "organisation", "roll__envelope", "roll__rule", "account"
    )


def award_for(user: Any, public_id: UUID) -> Award:
    """The award. NotFound when absent or hidden (one answer)."""
    found = awards_of(user).filter(public_id=public_id).first()
    if found is None:
        raise NotFound("兑现事项")
    return found


def own_award(user: User, public_id: UUID) -> Award:
    """An award of the user's own unit. NotFound otherwise."""
    unit = unit_of(user)
    found = awards_of(user).filter(public_id=public_id, organisation=unit).first() if unit else None
    if found is None:
        raise NotFound("兑现事项")
    return found


def envelope_for(user: Any, public_id: UUID) -> Envelope:
    found = Envelope.objects.filter(in_area(scope_of(user), "division_code"), public_id=public_id).first()
    if found is None:
        raise NotFound("资金包")
    return found


def roll_for(user: Any, public_id: UUID) -> AwardList:
    found = (
        AwardList.objects.filter(in_area(scope_of(user), "division_code"), public_id=public_id)
        .select_related("item__policy", "envelope", "rule", "freeze")
        .first()
    )
    if found is None:
        raise NotFound("兑现名单")
    return found


def batch_for(user: Any, public_id: UUID) -> Batch:
    found = (
        Batch.objects.filter(in_area(scope_of(user), "envelope__division_code"), public_id=public_id)
        .select_related("envelope")
        .first()
    )
    if found is None:
        raise NotFound("拨付批次")
    return found
