"""My cases by stage, and the list of all that I may see."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from keqiao.codes import lists
from keqiao.deal.access import cases_of, is_officer_of
from keqiao.deal.enums import WAY, Outcome, Stage
from keqiao.deal.models import Case, CaseQuerySet
from keqiao.deal.opening import may_open
from keqiao.deal.steps import open_title
from keqiao.people.access import scope_of
from keqiao.people.enums import OFFICERS, Role
from keqiao.people.models import User
from keqiao.web.deal.words import stage_tone
from keqiao.web.desk.forms import county_choices
from keqiao.web.market.present import place_name
from keqiao.web.people.signin import me
from keqiao.web.rendering import paginate, render_part
from keqiao.web.words import remaining

_ON_BOARD = 40  # cards a column; more are one click away
_BESIDE = (Stage.REDIAGNOSE, Stage.WATCH)
_DESK = OFFICERS | {Role.BROKER, Role.AUDITOR, Role.REGISTRAR}


@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """The columns of my cases; `?whose=area` shows the whole area's. Late ones are red and stand first."""
    user = me(request)
    area = request.GET.get("whose") == "area"
    reach = cases_of(user) if area else cases_of(user).held_by(user)
    today = timezone.localdate()
    counts: dict[str, Any] = reach.open().aggregate(
        all=Count("pk"), late=Count("pk", filter=Q(due_on__lt=today)),
        **{stage.value: Count("pk", filter=Q(stage=stage)) for stage in (*WAY, *_BESIDE)},
    )  # fmt: skip
    columns = [
        {
            "stage": stage,
            "total": counts[stage.value],
            "cards": [
                card_of(case, user) for case in reach.filter(stage=stage).order_by("due_on", "pk")[:_ON_BOARD]
            ],
            "more": f"{reverse('deal:case-list')}?stage={stage}{'' if area else '&whose=mine'}",
        }
        for stage in (*WAY, *_BESIDE)
        if counts[stage.value] or stage in WAY
    ]
    waiting = cases_of(user).unassigned() if scope_of(user).roles & OFFICERS else Case.objects.none()
    here = reverse("deal:board")
    context = {
        "columns": [one for one in columns if one["stage"] in WAY],
        "beside": [one for one in columns if one["stage"] in _BESIDE],
        "total": counts["all"],
        "late": counts["late"],
        "waiting": [card_of(case, user) for case in waiting.order_by("due_on")[:10]],
        "waiting_total": waiting.count(),
        "area": area,
        "tabs": [
            {"label": "我办的", "href": here, "current": not area},
            {
                "label": "辖区全部" if scope_of(user).roles & OFFICERS else "我能看到的",
                "href": f"{here}?whose=area",
                "current": area,
            },
        ],
        "may_open": may_open(user),
        "crumbs": [{"label": "工作台", "href": reverse("desk:inbox")}, {"label": "我的对接"}],
    }
    return render(request, "deal/board.html", context)


def card_of(case: Case, user: User) -> dict[str, Any]:
    """A case in one card or row. A side sees the title as it may leave the house, the desk the whole."""
    today = timezone.localdate()
    desk = bool(scope_of(user).roles & _DESK) and (
        is_officer_of(user, case.division_code)
        or user.pk in (case.owner_id, case.broker_id)
        or scope_of(user).sees_all
    )
    mine = case.opened_by_id == user.pk or (
        case.demand is not None and case.demand.organisation_id in scope_of(user).organisations
    )
    return {
        "case": case,
        "href": reverse("deal:case", args=[case.public_id]),
        "title": case.title if desk or mine else open_title(case),
        "stage": Stage(case.stage).label,
        "tone": stage_tone(case),
        "late": case.is_late_on(today),
        "due": remaining(case.due_on, today) if case.is_open else "",
        "place": place_name(case.division_code),
    }


@dataclass(frozen=True, slots=True)
class CaseQuery:
    """What the list's address asks for; unknown values are left out."""

    q: str = ""
    stage: str = ""
    whose: str = ""
    late: bool = False
    place: str = ""
    field: str = ""
    outcome: str = ""
    sort: str = "due"

    @classmethod
    def read(cls, request: HttpRequest) -> "CaseQuery":
        get = request.GET.get
        return cls(
            q=get("q", "").replace("\0", "").strip()[:100],
            stage=get("stage", "") if get("stage", "") in (*Stage.values, "open") else "",
            whose=get("whose", "") if get("whose", "") in ("mine", "none") else "",
            late=get("late", "") == "1",
            place=get("place", "") if get("place", "").isascii() and get("place", "").isdigit() else "",
            field=get("field", "") if lists.item("field11", get("field", "")) else "",
            outcome=get("outcome", "") if get("outcome", "") in Outcome.values else "",
            sort=get("sort", "") if get("sort", "") in _SORTS else "due",
        )


_SORTS = {
    "due": ("按承诺日期", ("due_on", "-opened_at")),
    "newest": ("最新建立", ("-opened_at", "pk")),
    "longest": ("在本阶段最久", ("stage_since", "pk")),
}


def chosen(user: User, query: CaseQuery) -> CaseQuerySet:
    """The user's cases that the query asks for, in its order."""
    found = cases_of(user)
    if query.whose == "mine":
        found = found.held_by(user)
    elif query.whose == "none":
        found = found.unassigned()
    if query.stage == "open":
        found = found.open()
    elif query.stage:
        found = found.filter(stage=query.stage)
    if query.late:
        found = found.late_on(timezone.localdate())
    if query.place:
        found = found.filter(division_code__startswith=query.place)
    if query.field:
        found = found.filter(field=query.field)
    if query.outcome:
        found = found.filter(outcome=query.outcome)
    if query.q:
        found = found.filter(Q(number__icontains=query.q) | Q(title__icontains=query.q))
    return found.order_by(*_SORTS[query.sort][1])


@require_GET
def case_list(request: HttpRequest) -> HttpResponse:
    """All cases that the user may see; every filter is in the address."""
    user = me(request)
    query = CaseQuery.read(request)
    page = paginate(chosen(user, query), request)
    context = {
        "page": page,
        "rows": [card_of(case, user) for case in page.object_list],
        "query": query,
        "sorts": [{"value": key, "label": label} for key, (label, _) in _SORTS.items()],
        "stages": [("open", "没有结束的"), *Stage.choices],
        "outcomes": Outcome.choices,
        "fields": lists.choices("field11"),
        "places": [(code[:6], name) for code, name in county_choices()[1:]],
        "is_desk": bool(scope_of(user).roles & _DESK),
        "may_open": may_open(user),
        "crumbs": [{"label": "工作台", "href": reverse("desk:inbox")}, {"label": "对接事项"}],
    }
    return render_part(request, "deal/case_list.html", "results", context)
