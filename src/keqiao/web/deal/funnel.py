"""The public funnel, demand to contract, and how each office keeps its word."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from keqiao.codes import divisions
from keqiao.deal.figures import STEPS, by_county, by_field, lateness, shown_rows, totals
from keqiao.deal.rules import LEAST_PUBLIC, promise_of, public_count

_FIRST_YEAR = 2015


def _year(text: str) -> int | None:
    return (
        int(text)
        if text.isascii() and text.isdigit() and _FIRST_YEAR <= int(text) <= timezone.localdate().year
        else None
    )


@login_not_required
@require_GET
def funnel(request: HttpRequest) -> HttpResponse:
    """Live figures for everybody; `?place=340323` and `?year=2026` narrow them."""
    year = _year(request.GET.get("year", ""))
    home = settings.KEQIAO_HOME_DIVISION
    place = request.GET.get("place", "")
    place = (
        place if len(place) == 6 and place.isascii() and place.isdigit() and place.startswith(home) else ""
    )
    row = divisions.division(place.ljust(12, "0")) if place else None
    counts = totals(place or home, year)
    today = timezone.localdate()
    steps = [
        {
            "label": label,
            "shown": public_count(count),
            "count": count if count >= LEAST_PUBLIC else 0,
            "most": max(counts[0], 1),
        }
        for label, count in zip(STEPS, counts, strict=True)
    ]
    promise = promise_of("discover")
    context: dict[str, Any] = {
        "steps": steps,
        "names": STEPS,
        "counties": shown_rows(by_county(year)),
        "fields": shown_rows(by_field(place or home, year)),
        "offices": [one.shown() for one in lateness(today)],
        "year": year,
        "years": range(today.year, today.year - 5, -1),
        "place": row.name if row else "",
        "place_code": place,
        "least": LEAST_PUBLIC,
        "promise": promise,
        "now": timezone.now(),
        "crumbs": [{"label": "首页", "href": "/"}, {"label": "对接成效"}],
    }
    return render(request, "deal/funnel.html", context)
