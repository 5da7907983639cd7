"""Detail pages: what is registered, and the other side with its evidence."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from keqiao.expertise.identity import merged_away
from keqiao.freshness.reading import take_pulse
from keqiao.matching.masking import owner_of, shown_texts, shown_title
from keqiao.matching.matches import matches_for
from keqiao.matching.search import SearchQuery, row_of, search
from keqiao.people.access import Scope, scope_of
from keqiao.people.enums import OrganisationKind
from keqiao.registry.records.access import record_for
from keqiao.registry.records.enums import Status
from keqiao.registry.records.models import Record
from keqiao.verdict.outcomes import PROVEN, use_of_offer
from keqiao.web.deal.entry import enquire_actions, listing_clock, match_actions
from keqiao.web.expertise.entry import find_url
from keqiao.web.hall.entry import hall_actions
from keqiao.web.market import present
from keqiao.web.market.claim import claim_actions
from keqiao.web.market.halls import HALLS, detail_url, hall_of
from keqiao.web.market.profile import field_bars, has_chart, profile_of, year_chart
from keqiao.web.verdict.blocks import Answering, advice_context

# kind -> (kind that answers, heading, how many, lowest score): the first is the main one
_OTHER_SIDE: Mapping[str, tuple[tuple[str, str, int, float], ...]] = {
    "demand": (("achievement", "相关成果", 5, 0.2), ("expert", "可能能解决的专家", 3, 0.2)),
    "achievement": (("demand", "谁需要它", 5, 0.2),),
    "expert": (("demand", "可以帮上忙的需求", 3, 0.25),),
    "work": (("demand", "相关需求", 3, 0.25),),
    "resource": (("demand", "可能用得上它的需求", 3, 0.25),),
}
_SIMILAR = {"demand": "相似需求", "achievement": "相似成果"}
_SIMILAR_COUNT, _SIMILAR_LEAST = 4, 0.3
_WEAK, _WEAK_SHOWN = (
    "弱相关",
    2,
)  # weak ones are folded away, or two of them stand in when there is nothing better
_OF_THE_UNIT = ("demand", "achievement", "expert")


@login_not_required
@require_GET
def record_detail(request: HttpRequest, kind: str, public_id: UUID) -> HttpResponse:
    """One record as this reader may see it. The page of a merged expert leads to the one that stands."""
    if kind == "expert" and (stands := merged_away(public_id)) is not None:
        return redirect("market:expert-detail", stands.public_id)
    record = take_pulse(record_for(request.user, kind, public_id))
    scope = scope_of(request.user)
    hall, title = hall_of(kind), shown_title(record, scope)
    context = {
        "record": record,
        "hall": hall,
        "title": title,
        "owner": owner_of(record, scope),
        "owner_url": _owner_url(record, scope),
        "place": present.place_name(record.division_code),
        "chips": present.chips_of(record),
        "texts": _texts(record, scope),
        "facts": [*present.facts_of(record, scope), *_use(record)],
        "metrics": present.metric_rows(record),
        "sides": sides_of(record, request.user),
        "similar": _similar(record, scope),
        "clock": listing_clock(record),
        "dock": [*enquire_actions(request, record), *hall_actions(request, record)],
        "verify": present.verify_note(record),
        "find_experts": find_url(request.user, record),
        "claim": claim_actions(request, record=record) if kind in ("expert", "enterprise") else [],
        "crumbs": [
            {"label": "首页", "href": "/"},
            {"label": hall.label, "href": hall.list_url},
            {"label": record.number or title},
        ],
        "url": request.build_absolute_uri(request.path),
        "now": timezone.now(),
        **_more(record, scope),
        **advice_context(request.user, record),
    }
    return render(request, "market/record_detail.html", context)


def _use(record: Record) -> list[tuple[str, str]]:
    """What buyers said years later, of what can be sold; nobody is named."""
    words = use_of_offer(record).proven if record.KIND == "achievement" else ""
    return [(PROVEN, words)] if words else []


def _texts(record: Record, scope: Scope) -> list[tuple[str, str]]:
    """Long texts; the indicators of a demand stand in their own table."""
    skipped = "技术指标" if getattr(record, "metrics", None) else ""
    return [(label, text) for label, text in shown_texts(record, scope) if label != skipped]


def sides_of(record: Record, user: Any) -> list[dict[str, Any]]:
    """The other side of a record, as this reader may see it, with his buttons for answering; for `verdict/_sides.html`."""
    if record.status not in (Status.PUBLISHED, Status.COUNTY_REVIEW, Status.CITY_REVIEW):
        return []
    scope, sides = scope_of(user), []
    for target, heading, top, least in _OTHER_SIDE.get(record.KIND, ()):
        answering = Answering(user, record, target)
        found = matches_for(record, target, scope, top=top, least=least)
        offered = [view for view in found if not answering.is_refused(view)]
        strong = [view for view in offered if view.grade != _WEAK]
        weak = [view for view in offered if view.grade == _WEAK][: None if strong else _WEAK_SHOWN]
        sides.append(
            {
                "heading": heading,
                "hall": hall_of(target),
                "asked": shown_title(record, scope),
                "cards": [
                    present.match_card(
                        view, record, match_actions(user, record, view.target), verdict=answering.block(view)
                    )
                    for view in strong
                ],
                "weak": [
                    present.match_card(
                        view, record, match_actions(user, record, view.target), verdict=answering.block(view)
                    )
                    for view in weak
                ],
                "refused": answering.refused(),
                "finder": find_url(user, record) if target == "expert" else "",
                "total": search(SearchQuery(target, per_page=1), scope, with_facets=False).total,
            }
        )
    return sides


def _similar(record: Record, scope: Scope) -> dict[str, Any] | None:
    if record.KIND not in _SIMILAR:
        return None
    found = matches_for(record, record.KIND, scope, top=_SIMILAR_COUNT, least=_SIMILAR_LEAST)
    rows = [
        {"href": detail_url(record.KIND, view.target.public_id), "title": view.title, "owner": view.owner.name,
         "place": present.place_name(view.target.division_code)}
        for view in found
    ]  # fmt: skip
    return {"heading": _SIMILAR[record.KIND], "rows": rows} if rows else None


def _owner_url(record: Record, scope: Scope) -> str:
    organisation = record.organisation
    if organisation is None or owner_of(record, scope).is_masked or record.KIND == "enterprise":
        return ""
    if organisation.kind in (OrganisationKind.ENTERPRISE, OrganisationKind.OTHER):
        return ""  # an enterprise may have no open page; the list of enterprises finds it
    return detail_url("institution", organisation.public_id)


def _more(record: Record, scope: Scope) -> dict[str, Any]:
    """What only experts and enterprises have."""
    if record.KIND == "expert":
        profile = profile_of(record, scope)  # type: ignore[arg-type]  # the kind says which model it is
        return {
            "profile": profile,
            "profile_works": [
                present.result_row(row_of(work, scope), with_snippet=False) for work in profile.works
            ],
            "chart": year_chart(profile.years, "科研产出") if has_chart(profile.years) else None,
            "year_words": "、".join(f"{year} 年 {n} 项" for year, n in profile.years.items()),
            "fields": field_bars(profile.fields),
        }
    if record.KIND == "enterprise" and record.organisation_id:
        owner = {"owner": (str(record.organisation_id),)}
        pages = {
            kind: search(SearchQuery(kind, chosen=owner, per_page=5), scope, with_facets=False)
            for kind in _OF_THE_UNIT
        }
        return {
            "unit_lists": [
                {
                    "hall": HALLS[kind],
                    "total": page.total,
                    "rows": [present.result_row(row, with_snippet=False) for row in page.rows],
                }
                for kind, page in pages.items()
                if page.total
            ]
        }
    return {}
