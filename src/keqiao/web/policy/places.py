"""Where a policy or an envelope may belong."""

from django.conf import settings

from keqiao.codes import divisions
from keqiao.people.access import scope_of
from keqiao.people.models import User
from keqiao.policy.models import Policy


def place_name(code: str) -> str:
    """The division's name; 全国 for none."""
    row = divisions.division(code) if code else None
    return row.name if row is not None else "全国"


def places(user: User) -> list[tuple[str, str]]:
    """Places this officer makes policies for."""
    scope = scope_of(user)
    codes = [prefix.ljust(12, "0") for prefix in scope.prefixes]
    if scope.sees_all:
        home = settings.KEQIAO_HOME_DIVISION
        used = Policy.objects.exclude(division_code="").values_list("division_code", flat=True).distinct()
        codes = [*([home.ljust(12, "0")] if home else []), "", *sorted(used)]
    return [(code, place_name(code)) for code in dict.fromkeys(codes)]
