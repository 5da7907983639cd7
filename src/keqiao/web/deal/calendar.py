"""Due days and meetings in a month, and the same as .ics for one's own calendar."""

import calendar as months
import datetime as dt
from collections import defaultdict
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from keqiao.deal.access import cases_of
from keqiao.deal.models import Case, CaseQuerySet, Meeting
from keqiao.deal.steps import open_title
from keqiao.people.access import scope_of
from keqiao.people.enums import OFFICERS, Role
from keqiao.people.models import User
from keqiao.web.deal.board import card_of
from keqiao.web.people.signin import me

_MOST = 300  # entries a month
_AHEAD, _BACK = 180, 30  # days of the .ics file


def _own(user: User, *, area: bool) -> CaseQuerySet:
    """Cases whose days concern this user: those he holds; a member's own; with area, all he may see."""
    seen = cases_of(user)
    works = scope_of(user).roles & (OFFICERS | {Role.BROKER})
    return seen.held_by(user) if works and not area else seen


@require_GET
def calendar(request: HttpRequest) -> HttpResponse:
    """A month, `?month=2026-11`; `?whose=area` for all that the user may see."""
    user = me(request)
    area = request.GET.get("whose") == "area"
    first = _month(request.GET.get("month", ""))
    weeks = months.Calendar().monthdatescalendar(first.year, first.month)
    entries = _entries(user, _own(user, area=area), weeks[0][0], weeks[-1][-1])
    today = timezone.localdate()
    here = reverse("deal:calendar")
    whose = "&whose=area" if area else ""
    context = {
        "weeks": [
            [
                {
                    "day": day,
                    "out": day.month != first.month,
                    "today": day == today,
                    "entries": entries.get(day, []),
                }
                for day in week
            ]
            for week in weeks
        ],
        "agenda": [(day, entries[day]) for day in sorted(entries) if day.month == first.month],
        "first": first,
        "before": f"{here}?month={(first - dt.timedelta(days=1)):%Y-%m}{whose}",
        "after": f"{here}?month={(first + dt.timedelta(days=32)):%Y-%m}{whose}",
        "tabs": [
            {"label": "我的", "href": f"{here}?month={first:%Y-%m}", "current": not area},
            {"label": "我能看到的全部", "href": f"{here}?month={first:%Y-%m}&whose=area", "current": area},
        ],
        "crumbs": [{"label": "工作台", "href": reverse("desk:inbox")}, {"label": "对接日历"}],
    }
    return render(request, "deal/calendar.html", context)


def _month(text: str) -> dt.date:
    try:
        found = dt.date.fromisoformat(f"{text}-01")
    except ValueError:
        found = timezone.localdate()
    return found.replace(day=1) if 2000 < found.year < 2200 else timezone.localdate().replace(day=1)


def _entries(
    user: User, cases: CaseQuerySet, first: dt.date, last: dt.date
) -> dict[dt.date, list[dict[str, Any]]]:
    found: dict[dt.date, list[dict[str, Any]]] = defaultdict(list)
    for meeting in _meetings(cases, first, last):
        start = timezone.localtime(meeting.starts_at)
        found[start.date()].append({
            "text": f"{start:%H:%M} {meeting.subject}", "href": reverse("deal:case", args=[meeting.case.public_id]) + "?tab=meetings",
            "tone": "meet", "hint": f"{meeting.case.number} {card_of(meeting.case, user)['title']}",
            "title": card_of(meeting.case, user)["title"],
        })  # fmt: skip
    for case in cases.open().filter(due_on__range=(first, last)).order_by("due_on")[:_MOST]:
        card = card_of(case, user)
        assert case.due_on is not None  # the range says so
        found[case.due_on].append({
            "text": case.next_step or card["title"], "href": card["href"], "tone": "late" if card["late"] else "",
            "hint": f"{case.number} {card['title']}", "title": card["title"] if case.next_step else "",
        })  # fmt: skip
    return dict(found)


def _meetings(cases: CaseQuerySet, first: dt.date, last: dt.date) -> list[Meeting]:
    zone = timezone.get_current_timezone()
    begin = dt.datetime.combine(first, dt.time.min, zone)
    end = dt.datetime.combine(last + dt.timedelta(days=1), dt.time.min, zone)
    found = Meeting.objects.filter(case__in=cases, cancelled_at=None, starts_at__gte=begin, starts_at__lt=end)
    return list(found.select_related("case", "case__demand").order_by("starts_at")[:_MOST])


@require_GET
def calendar_file(request: HttpRequest) -> HttpResponse:
    """One's own due days and meetings as .ics: 30 days back, half a year ahead. No name and no telephone in it."""
    user = me(request)
    today = timezone.localdate()
    first, last = today - dt.timedelta(days=_BACK), today + dt.timedelta(days=_AHEAD)
    cases = _own(user, area=False)
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//keqiao//deal//ZH",
        "CALSCALE:GREGORIAN",
        "X-WR-CALNAME:对接日历",
    ]
    for case in cases.open().filter(due_on__range=(first, last)).order_by("due_on")[:_MOST]:
        assert case.due_on is not None  # the range says so
        lines += _event(f"due-{case.public_id}", f"{case.number} {case.next_step or '下一步'}", case, [
            f"DTSTART;VALUE=DATE:{case.due_on:%Y%m%d}", f"DTEND;VALUE=DATE:{case.due_on + dt.timedelta(days=1):%Y%m%d}",
        ])  # fmt: skip
    for meeting in _meetings(cases, first, last):
        start = meeting.starts_at.astimezone(dt.UTC)
        lines += _event(f"meeting-{meeting.public_id}", f"{meeting.case.number} 会议：{meeting.subject}", meeting.case, [
            f"DTSTART:{start:%Y%m%dT%H%M%SZ}", f"DTEND:{start + dt.timedelta(hours=1):%Y%m%dT%H%M%SZ}",
            f"LOCATION:{_escaped(meeting.place)}",
        ])  # fmt: skip
    lines.append("END:VCALENDAR")
    response = HttpResponse(
        "".join(_folded(line) for line in lines), content_type="text/calendar; charset=utf-8"
    )
    response["Content-Disposition"] = 'attachment; filename="duijie.ics"'
    response["Cache-Control"] = "private, no-store"
    return response


def _event(uid: str, summary: str, case: Case, when: list[str]) -> list[str]:
    url = settings.KEQIAO_SITE_URL.rstrip("/") + reverse("deal:case", args=[case.public_id])
    stamp = f"DTSTAMP:{timezone.now().astimezone(dt.UTC):%Y%m%dT%H%M%SZ}"
    return [
        "BEGIN:VEVENT", f"UID:{uid}@keqiao", stamp, *when, f"SUMMARY:{_escaped(summary)}",
        f"DESCRIPTION:{_escaped(open_title(case))}", f"URL:{url}", "END:VEVENT",
    ]  # fmt: skip


def _escaped(text: str) -> str:
    """RFC 5545 §3.3.11: backslash, semicolon, comma and line break."""
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return text.replace("\r", "").replace("\n", "\\n")


def _folded(line: str) -> str:
    """RFC 5545 §3.1: lines of at most 75 octets, continued after a blank; no character is torn."""
    out, size = [], 0
    for char in line:
        width = len(char.encode())
        if size + width > 74:
            out.append("\r\n ")
            size = 1
        out.append(char)
        size += width
    return "".join(out) + "\r\n"
