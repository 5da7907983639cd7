"""What this site has set: the first day of the 2026 rules, which days are worked, whose time limits hold."""

from datetime import date

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from keqiao.codes.workdays import calendar
from keqiao.contract.book import Place, places


def established_on() -> date | None:
    """First day of the 2026 rules as the bureau has confirmed it; None while it is 待核实."""
    found: date | None = settings.KEQIAO_CN2026_EFFECTIVE_ON
    return found


def is_workday(day: date) -> bool:
    """Whether this day is worked, by the table of holidays and worked weekends."""
    return calendar(settings.KEQIAO_HOLIDAYS).is_working_day(day)


def place_here() -> Place | None:
    """The place whose limits hold here (KEQIAO_CONTRACT_PLACE); None: those of the rule book."""
    key: str = settings.KEQIAO_CONTRACT_PLACE
    if key and key not in places():
        raise ImproperlyConfigured(
            f"KEQIAO_CONTRACT_PLACE='{key}' 不在 places.yaml 里，可以写：{'、'.join(places())}，或留空。"
        )
    return places()[key] if key else None
