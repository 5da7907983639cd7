"""What the tables of payments share: sums in yuan, the area of an officer."""

import secrets
from decimal import Decimal

from django.conf import settings
from django.db.models import Q

from keqiao.people.access import Scope
from keqiao.policy.models import READERS
from keqiao.registry.records.models import prefix_range

USER = settings.AUTH_USER_MODEL


def new_token() -> str:
    return secrets.token_urlsafe(18)


def yuan(fen: int) -> Decimal:
    """Fen as yuan with two decimals."""
    return Decimal(fen).scaleb(-2)


def in_area(scope: Scope, field: str) -> Q:
    """Rows of an officer's area; nothing for other roles."""
    if not scope.roles & READERS:
        return Q(pk__in=[])
    if scope.sees_all:
        return Q()
    seen = Q(pk__in=[])
    for prefix in scope.prefixes:
        seen |= prefix_range(field, prefix)
    return seen
