"""The home page and the search over all halls."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from keqiao.matching.masking import shown_title
from keqiao.matching.matches import matches_for
from keqiao.matching.runs import best_pairs
from keqiao.matching.search import MOST_TEXT, SearchPage, SearchQuery, search, search_all
from keqiao.people.access import Scope, scope_of
from keqiao.verdict.searches import ALL_HALLS, note_empty_search
from keqiao.web.market.halls import HALLS, Hall, detail_url
from keqiao.web.market.institutions import institution_count, institution_rows
from keqiao.web.market.keeping import kept_for_visitors
from keqiao.web.market.present import match_card, result_row
from keqiao.web.market.services import first_services
from keqiao.web.rendering import render_part

_NEWEST = 6
_PAIRS = 2
_ROWS_A_KIND = 3
_WORTH_SHOWING = 0.5  # of a score; below, a pair on the home page would persuade nobody
_LOOKED_AT = 4  # newest demands that are matched when no batch run exists yet


@login_not_required
@require_GET
@kept_for_visitors
def home(request: HttpRequest) -> HttpResponse:
    """One search box, live counts, what is new, the halls, how it works, pairs worth showing."""
    scope = scope_of(request.user)
    counts = search_all("", scope) | {"institution": institution_count()}
    demands, achievements = (_newest(kind, scope) for kind in ("demand", "achievement"))
    context = {
        "counts": counts,
        "halls": [{"hall": hall, "count": counts[kind]} for kind, hall in HALLS.items()],
        "demands": [result_row(row, with_snippet=False) for row in demands.rows],
        "achievements": [result_row(row, with_snippet=False) for row in achievements.rows],
        "pairs": _pairs(demands, scope),
        "words": _words(demands),
        "services": first_services(),
    }
    return render(request, "market/home.html", context)


def _newest(kind: str, scope: Scope) -> SearchPage:
    return search(SearchQuery(kind, order="newest", per_page=_NEWEST), scope, with_facets=False)


def _pairs(demands: SearchPage, scope: Scope) -> list[dict[str, Any]]:
    """Demands with the achievement that answers them best: of the newest batch run, else computed now."""
    shown: list[dict[str, Any]] = []
    sources = [
        source
        for source, _, row in best_pairs("demand", "achievement", scope, _PAIRS)
        if row.score >= _WORTH_SHOWING
    ]
    for record in sources or [row.record for row in demands.rows[:_LOOKED_AT]]:
        best = matches_for(record, "achievement", scope, top=3, least=_WORTH_SHOWING)
        if best and best[0].pairs and len(shown) < _PAIRS:
            card = match_card(best[0], record)
            card["pairs"] = card["pairs"][:2]
            shown.append(
                {
                    "title": shown_title(record, scope),
                    "href": detail_url("demand", record.public_id),
                    "card": card,
                }
            )
    return shown


def _words(demands: SearchPage) -> list[str]:
    """What people look for now: first keywords of the newest demands, at most five."""
    found: dict[str, None] = {}
    for row in demands.rows:
        found.update(dict.fromkeys(str(word) for word in row.record.keywords[:1] if len(str(word)) <= 10))
    return list(found)[:5]


@login_not_required
@require_GET
@kept_for_visitors
def search_everything(request: HttpRequest) -> HttpResponse:
    """/search?q=: how many each hall holds, and the first of each."""
    words = request.GET.get("q", "")[:MOST_TEXT].strip()
    scope = scope_of(request.user)
    counts = search_all(words, scope, per_page=_ROWS_A_KIND) if words else {}
    sections = [
        _section(hall, words, scope, counts[kind]) for kind, hall in HALLS.items() if counts.get(kind)
    ]
    if words and (institutions := institution_rows(words, _ROWS_A_KIND)):
        hall = HALLS["institution"]
        sections.append({"hall": hall, "count": institution_count(words), "rows": institutions, "weight": 1})
    sections.sort(key=lambda section: -section["weight"])  # halls with the words in a title first
    context = {
        "q": words,
        "sections": sections,
        "total": sum(section["count"] for section in sections),
        "halls": list(HALLS.values()),
        "crumbs": [{"label": "首页", "href": "/"}, {"label": "搜索"}],
    }
    response = render_part(request, "market/search.html", "results", context)
    if words and not sections:
        note_empty_search(ALL_HALLS, words)
        response["Cache-Control"] = "no-store"  # every one is counted
    return response


def _section(hall: Hall, words: str, scope: Scope, count: int) -> dict[str, Any]:
    found = search(SearchQuery(hall.kind, words, per_page=_ROWS_A_KIND), scope, with_facets=False)
    exact = any(is_hit for row in found.rows for _, is_hit in row.title) and not found.relaxed
    return {
        "hall": hall,
        "count": count,
        "rows": [result_row(row) for row in found.rows],
        "weight": int(exact),
    }
