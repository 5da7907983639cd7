"""The words by which contracts are read."""

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from keqiao.contract.enums import IN_FORCE, State
from keqiao.people.access import scope_of
from keqiao.people.enums import OFFICERS, Role

if TYPE_CHECKING:
    from keqiao.contract.models import Contract  # noqa: F401  named as text in the class line


class ContractQuerySet(models.QuerySet["Contract"]):
    def visible_to(self, user: Any) -> Self:
        """Own units' contracts (as a party or as broker) for members; what was handed in, in their area, for officers
        and registrars; everything handed in for auditors. Drafts are the drafter's own unit's alone."""
        scope = scope_of(user)
        if scope.is_visitor:
            return self.none()
        from keqiao.contract.models import ContractParty

        mine = Q(pk=None)
        if scope.organisations:
            party = ContractParty.objects.filter(
                contract=OuterRef("pk"), organisation__in=scope.organisations
            )
            mine = Q(owner__in=scope.organisations) | Q(Exists(party), is_shared=True)
        if Role.BROKER in scope.roles:
            mine |= Q(created_by=user.pk)
        handed_in = ~Q(status=State.DRAFT)
        if scope.roles & (OFFICERS | {Role.REGISTRAR, Role.AUDITOR}):
            if scope.sees_all:
                return self.filter(mine | handed_in)
            area = Q(pk=None)
            for prefix in scope.prefixes:
                area |= Q(division_code__startswith=prefix)
            mine |= handed_in & area
        return self.filter(mine)

    def in_force(self) -> Self:
        """Registered, changed ones too; not deregistered, not revoked."""
        return self.filter(status__in=IN_FORCE)

    def waiting(self) -> Self:
        """Handed in and not yet decided."""
        return self.filter(
            status__in=[
                State.SUBMITTED,
                State.ACCEPTED,
                State.REVIEW,
                State.EXPERT,
                State.SECOND,
                State.OBJECTION,
            ]
        )
