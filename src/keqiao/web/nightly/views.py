"""The pairs of the newest night that concern this reader, the strongest first."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from keqiao.expertise.finder import may_find_for
from keqiao.matching.masking import owner_of, shown_title
from keqiao.nightly.models import NightPair
from keqiao.nightly.reasons import reasons_of
from keqiao.nightly.telling import OFFERED, counts_of, pairs_shown
from keqiao.nightly.work import latest_night
from keqiao.people.access import scope_of
from keqiao.people.enums import OFFICERS
from keqiao.registry.records.models import Record
from keqiao.verdict.access import speaker_for
from keqiao.web.market.halls import detail_url
from keqiao.web.rendering import paginate, render_part

_TONES = {"强相关": "green", "较强相关": "brand"}


@require_GET
def tonight(request: HttpRequest) -> HttpResponse:
    """An officer sees his area, a member his own unit; everybody else an empty page."""
    scope, night = scope_of(request.user), latest_night()
    pairs = NightPair.objects.filter(night=night).for_scope(scope) if night else NightPair.objects.none()
    counts = counts_of(pairs)
    wanted = request.GET.get("with", "")
    chosen = pairs.filter(offer_kind=wanted) if wanted in OFFERED else pairs
    page = paginate(chosen.order_by("-score", "pk"), request)
    said = reasons_of(list(page), scope)
    context = {
        "night": night,
        "page": page,
        "count": sum(counts.values()),
        "tabs": _tabs(counts, wanted) if len(counts) > 1 or (counts and wanted in OFFERED) else [],
        "nothing_of": OFFERED[wanted] if counts and wanted in OFFERED and wanted not in counts else "",
        "is_officer": bool(scope.roles & OFFICERS),
        "rows": [
            {
                "need": shown_title(need, scope),
                "need_href": detail_url("demand", need.public_id),
                "need_owner": owner_of(need, scope).name,
                "offer": shown_title(offer, scope),
                "offer_href": detail_url(pair.offer_kind, offer.public_id),
                "offer_owner": owner_of(offer, scope).name,
                "offered": OFFERED[pair.offer_kind],
                "grade": pair.grade,
                "tone": _TONES.get(pair.grade, "plain"),
                "said": said.get(pair.pk),
                "answer": _answer(request.user, need, offer),
            }
            for need, offer, pair in pairs_shown(list(page), scope)
        ],
        "crumbs": [{"label": "工作台", "href": reverse("desk:inbox")}, {"label": "昨夜新增"}],
    }
    return render_part(request, "nightly/tonight.html", "results", context)


def _answer(user: Any, need: Record, offer: Record) -> dict[str, str] | None:
    """Where this reader takes the pair up; None where it is not his to."""
    if need.KIND == offer.KIND:
        return None
    if offer.KIND == "expert":
        if not may_find_for(user, need):
            return None
        address = f"{reverse('expertise:find')}?for=demand&id={need.public_id}#e-{offer.public_id}"
        return {"label": "看依据和关联", "href": address}
    for own, other in ((need, offer), (offer, need)):
        if speaker_for(user, own) is not None:
            anchor = f"#answer-{other.KIND}-{other.public_id}"
            return {"label": "看依据并答复", "href": detail_url(own.KIND, own.public_id) + anchor}
    return None


def _tabs(counts: dict[str, int], wanted: str) -> list[dict[str, object]]:
    """Everything, then each kind that stands opposite a demand."""
    all_of = {"label": "全部", "href": "?", "count": sum(counts.values()), "current": wanted not in OFFERED}
    return [all_of] + [
        {"label": label, "href": f"?with={kind}", "count": counts.get(kind, 0), "current": kind == wanted}
        for kind, label in OFFERED.items()
        if kind in counts or kind == wanted
    ]
