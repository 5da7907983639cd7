"""The words by which contracts are read."""

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from keqiao.contract.enums import IN_FORCE, State
from keqiao.people.access import scope_of
from keqiao.people.enums import OFFICERS, Role
from keqiao.registry.records.models import prefix_range

if TYPE_CHECKING:
    from keqiao.contract.models import Contract  # noqa: F401  named as text in the class line

WAITING = (State.SUBMITTED, State.ACCEPTED, State.REVIEW, State.EXPERT, State.SECOND, State.OBJECTION)


class ContractQuerySet(models.QuerySet["Contract"]):
    def visible_to(self, user: Any) -> Self:
        """Own units' contracts (as a party or as broker) for members; what was handed in, in their area, for officers
        and registrars; everything handed in for auditors. Drafts are the drafter's own unit's alone."""
        scope = scope_of(user)
        if scope.is_visitor:
            return self.none()
        from keqiao.contract.models import ContractParty

        mine: list[Q] = []
        if scope.organisations:
            party = ContractParty.objects.filter(
                contract=OuterRef("pk"), organisation__in=scope.organisations
            )
            mine += [Q(owner__in=scope.organisations), Q(Exists(party), is_shared=True)]
        if Role.BROKER in scope.roles:
            mine.append(Q(created_by=user.pk))
        if scope.roles & (OFFICERS | {Role.REGISTRAR, Role.AUDITOR}):
            handed_in = ~Q(
                status=State.DRAFT
            )  # no list of states: the narrower list of a caller finds by index
            area = [prefix_range("division_code", prefix) for prefix in scope.prefixes]
            mine += [handed_in] if scope.sees_all else [handed_in & one for one in area]
        return self.filter(reduce(or_, mine)) if mine else self.none()

    def matching(self, words: str) -> Self:
        """Project, number, registration number or a party's name contains the words; each looked for in one index."""
        from keqiao.contract.models import Contract, ContractParty, ContractRegistration

        named = Contract.objects.filter(Q(project_name__icontains=words) | Q(number__icontains=words))
        party = ContractParty.objects.filter(name__icontains=words)
        found = Q(pk__in=named.order_by().values("pk")) | Q(pk__in=party.order_by().values("contract"))
        if words.isascii() and words.isdigit():
            found |= Q(
                pk__in=ContractRegistration.objects.filter(reg_no__startswith=words).values("contract")
            )
        return self.filter(found)

    def in_force(self) -> Self:
        """Registered, changed ones too; not deregistered, not revoked."""
        return self.filter(status__in=IN_FORCE)

    def waiting(self) -> Self:
        """Handed in and not yet decided."""
        return self.filter(status__in=WAITING)
