"""What this site has set about days: the first day of the 2026 rules, and which days are worked."""

from datetime import date

from django.conf import settings

from keqiao.codes.workdays import calendar


def established_on() -> date | None:
    """First day of the 2026 rules as the bureau has confirmed it; None while it is 待核实."""
    found: date | None = settings.KEQIAO_CN2026_EFFECTIVE_ON
    return found


def is_workday(day: date) -> bool:
    """Whether this day is worked, by the table of holidays and worked weekends."""
    return calendar(settings.KEQIAO_HOLIDAYS).is_working_day(day)
