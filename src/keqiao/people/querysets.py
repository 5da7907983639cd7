"""The words that people and organisations are read with."""

from datetime import date
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Q

from keqiao.people.access import Scope, acts_of, scope_of
from keqiao.people.enums import STAFF, Act

if TYPE_CHECKING:
    from keqiao.people.models import User


def _within(field: str, scope: Scope) -> Q:
    """Rows whose division lies in the scope's area; nothing for a scope without one."""
    if scope.sees_all:
        return Q()
    area = Q(pk__in=[])
    for prefix in scope.prefixes:
        area |= Q(**{f"{field}__startswith": prefix})
    return area


class OrganisationQuerySet(models.QuerySet[Any]):
    def current(self) -> Self:
        """Units that stand for themselves: not merged into another."""
        return self.filter(merged_into=None)

    def bearing(self, name: str) -> Self:
        """Units that bear this exact name, or bore it."""
        return self.filter(Q(name=name) | Q(names__name=name)).distinct()

    def matching(self, text: str) -> Self:
        """Units whose name, former name, credit code or pinyin holds the text; all for a blank text."""
        text = text.strip()
        if not text:
            return self
        found = Q(name__icontains=text) | Q(names__name__icontains=text) | Q(uscc__istartswith=text)
        if text.isascii():
            found |= Q(pinyin__icontains=text.replace(" ", "").lower())
        return self.filter(found).distinct()

    def in_area_of(self, scope: Scope) -> Self:
        """Units in an officer's area."""
        return self.filter(_within("division_code", scope))


class PersonQuerySet(models.QuerySet[Any]):
    def current(self) -> Self:
        """Persons that stand for themselves: not merged into another."""
        return self.filter(merged_into=None)

    def matching(self, text: str) -> Self:
        """Persons whose name or pinyin holds the text; all for a blank text."""
        text = text.strip()
        if not text:
            return self
        found = Q(name__icontains=text)
        if text.isascii():
            found |= Q(pinyin__icontains=text.replace(" ", "").lower())
        return self.filter(found)


class UserQuerySet(models.QuerySet[Any]):
    def manageable_by(self, by: "User") -> Self:
        """Accounts that `by` may look after: administrators of accounts all; an officer the members of the
        organisations in the own area; anyone else none."""
        acts = acts_of(by)
        if acts & {Act.CREATE_ACCOUNT, Act.GRANT_ROLE}:
            return self
        if Act.APPROVE_ORGANISATION in acts:
            members = self.exclude(grants__in=self._staff_grants())
            return members.filter(
                _within("organisation__division_code", scope_of(by)), organisation__isnull=False
            )
        return self.none()

    def _staff_grants(self) -> Any:
        """Grants of staff roles that nobody has revoked."""
        grants: Any = self.model._meta.get_field("grants").related_model  # the model imports this module
        return grants._default_manager.filter(role__in=[str(role) for role in STAFF], revoked_at=None)

    def matching(self, text: str) -> Self:
        """Accounts whose user name, name or unit holds the text; all for a blank text."""
        text = text.strip()
        if not text:
            return self
        return self.filter(
            Q(username__icontains=text) | Q(name__icontains=text) | Q(organisation__name__icontains=text)
        )

    def unused_since(self, day: date) -> Self:
        """Active accounts last used (or, never used, made) before `day`."""
        never = Q(last_seen_at=None, created_at__date__lt=day)
        return self.filter(is_active=True).filter(never | Q(last_seen_at__date__lt=day))


class ApplicationQuerySet(models.QuerySet[Any]):
    def waiting(self) -> Self:
        """Not yet decided."""
        return self.filter(status="waiting")

    def for_officer(self, by: "User") -> Self:
        """Applications that this officer decides: those of the own area; none for others."""
        if Act.APPROVE_ORGANISATION not in acts_of(by):
            return self.none()
        return self.filter(_within("division_code", scope_of(by)))
