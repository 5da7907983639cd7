"""Pages of the radar. They read the newest finished snapshot, and members as they stand now."""

from collections import Counter
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from keqiao.codes import divisions, lists
from keqiao.core.errors import NotAllowed, NotFound
from keqiao.matching.documents import match_documents
from keqiao.matching.index import opened
from keqiao.matching.masking import owner_of, shown_title
from keqiao.people.access import Scope, scope_of
from keqiao.people.enums import OFFICERS, Role
from keqiao.radar.joint import make_joint_demand, readable
from keqiao.radar.models import CommonNeed, JointDemand
from keqiao.radar.runs import latest_run, refusals_of
from keqiao.registry.demand.models import Demand
from keqiao.registry.records.enums import Status
from keqiao.web.people.signin import me
from keqiao.web.rendering import paginate, render_part
from keqiao.web.words import money_wan
from keqiao_match import Matcher, highlight

_READERS = OFFICERS | {Role.REGISTRAR, Role.AUDITOR}
_FILTERS = ("field", "place", "year")
_SENTENCES = 2  # pairs shown a member


def _reader(request: HttpRequest) -> Scope:
    scope = scope_of(request.user)
    if not scope.roles & _READERS:
        raise NotAllowed(
            "共性需求供县区和市科技局使用。您可以在“技术需求”里查看公开的需求。", code="radar.role"
        )
    return scope


@require_GET
def need_list(request: HttpRequest) -> HttpResponse:
    """The needs of the newest snapshot, most firms first; `?field=&place=&year=` narrow."""
    _reader(request)
    run = latest_run()
    asked = {name: request.GET.get(name, "").strip()[:12] for name in _FILTERS}
    base = CommonNeed.objects.filter(run=run)
    rows = _narrowed(base, asked).order_by("-firm_count", "-demand_count", "-tightness", "pk")
    page = paginate(rows, request)
    context = {
        "run": run,
        "page": page,
        "rows": [_row(need) for need in page],
        "facets": _facets(base, asked) if run else [],
        "is_narrowed": any(asked.values()),
        "crumbs": [{"label": "工作台", "href": reverse("desk:inbox")}, {"label": "共性需求"}],
    }
    return render_part(request, "radar/list.html", "results", context)


def _narrowed(rows: "QuerySet[CommonNeed]", asked: dict[str, str]) -> "QuerySet[CommonNeed]":
    found: Any = rows
    if asked["field"].isalnum():
        found = found.of_field(asked["field"])
    if asked["place"].isdigit():
        found = found.in_place(asked["place"])
    if asked["year"].isdigit():
        found = found.of_year(int(asked["year"]))
    return found  # type: ignore[no-any-return]  # the manager's own words


def _facets(base: "QuerySet[CommonNeed]", asked: dict[str, str]) -> list[dict[str, Any]]:
    """How many needs each value would leave beside the other filters."""
    groups = (("技术领域", "field", "fields"), ("县区", "place", "places"), ("年度", "year", "years"))
    facets = []
    for title, name, column in groups:
        others = {key: value if key != name else "" for key, value in asked.items()}
        counts: Counter[str] = Counter()
        for text in _narrowed(base, others).values_list(column, flat=True):
            counts.update(part for part in str(text).split("|") if part)
        order = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:40]
        facets.append({"title": title, "options": [_option(asked, name, code, n) for code, n in order]})
    return facets


def _option(asked: dict[str, str], name: str, code: str, count: int) -> dict[str, Any]:
    chosen = asked[name] == code
    kept = {key: value for key, value in (asked | {name: "" if chosen else code}).items() if value}
    return {
        "label": _label(name, code),
        "count": count,
        "href": f"?{urlencode(kept)}" if kept else "?",
        "chosen": chosen,
    }


def _label(name: str, code: str) -> str:
    if name == "field":
        return lists.label("field11", code)
    if name == "place":
        row = divisions.division(code)
        return row.name if row is not None else code
    return f"{code} 年"


def _budget(need: CommonNeed) -> str:
    unknown = need.demand_count - need.budgets_known
    if need.budget_yuan is None:
        return "预算都未写明"
    return f"预算合计 {money_wan(need.budget_yuan)}" + (f"（另 {unknown} 条未写明）" if unknown else "")


def _row(need: CommonNeed) -> dict[str, Any]:
    years = need.parts("years")
    return {
        "need": need,
        "budget": _budget(need),
        "places": "、".join(_label("place", code) for code in need.parts("places")[:4])
        + (" 等" if len(need.parts("places")) > 4 else ""),
        "years": f"{years[0]}—{years[-1]} 年" if len(years) > 1 else "".join(f"{year} 年" for year in years),
        "fields": [_label("field", code) for code in need.parts("fields")[:3]],
    }


def _need(public_id: UUID) -> CommonNeed:
    need = (
        CommonNeed.objects.select_related("run")
        .filter(public_id=public_id, run__finished_at__isnull=False)
        .first()
    )
    if need is None:
        raise NotFound("共性需求")
    return need


@require_GET
def need_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One need: its figures, its members as this reader may see them, the sentences that they share."""
    scope = _reader(request)
    need = _need(public_id)
    members = readable(need, me(request))
    joint = JointDemand.objects.filter(key=need.key).select_related("demand").first()
    failed = set(need.members.filter(is_failure=True).values_list("demand_id", flat=True))
    shared = _shared(members)
    refusals = refusals_of([one.pk for one in members])
    context = {
        **_row(need),
        "members": [_member(one, scope, one.pk in failed, shared.get(one.pk, [])) for one in members],
        "hidden": need.demand_count - len(members),
        "refusals": sum(refusals.values()),
        "joint": joint,
        "joint_url": reverse("desk:record", kwargs={"kind": "demand", "public_id": joint.demand.public_id})
        if joint
        else "",
        "may_join": bool(scope.roles & OFFICERS),
        "stats": [
            {"label": "提出单位", "value": need.firm_count, "unit": "家"},
            {"label": "需求", "value": need.demand_count, "unit": "条"},
            {"label": "县区", "value": need.place_count, "unit": "个"},
            {"label": "过期或无果", "value": need.failures, "unit": "条", "tone": "amber" if need.failures else ""},
        ],
        "crumbs": [
            {"label": "工作台", "href": reverse("desk:inbox")},
            {"label": "共性需求", "href": reverse("radar:need-list")},
            {"label": need.name},
        ],
    }  # fmt: skip
    return render(request, "radar/detail.html", context)


def _member(demand: Demand, scope: Scope, is_failure: bool, pairs: list[dict[str, Any]]) -> dict[str, Any]:
    place = divisions.division(demand.division_code) if demand.division_code else None
    has_budget = demand.budget_yuan is not None or demand.is_budget_open
    return {
        "demand": demand,
        "title": shown_title(demand, scope),
        "owner": owner_of(demand, scope).name,
        "place": place.name if place else "",
        "budget": money_wan(demand.budget_yuan) if has_budget else "未写明",
        "state": Status(demand.status).label if is_failure else "",
        "href": reverse("market:demand-detail", args=[demand.public_id]),
        "pairs": pairs,
    }


def _shared(members: list[Demand]) -> dict[int, list[dict[str, Any]]]:
    """Demand -> the sentences that it shares with the most central one, words marked. Owners are hidden in them."""
    if len(members) < 2:
        return {}
    first, *others = match_documents("demand", members)
    found = Matcher().rank(first, others, top=len(others), rarity=opened("demand").rarity)
    return {
        int(one.id): [
            {
                "own": highlight(pair.sentence, " ".join(pair.terms)),
                "other": highlight(pair.other_sentence, " ".join(pair.terms)),
            }
            for pair in one.evidence[:_SENTENCES]
        ]
        for one in found
    }


@require_POST
def need_join(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Make the joint draft, or go to the one that is there."""
    _reader(request)
    joint = make_joint_demand(need=_need(public_id), by=me(request))
    if joint.by_id == me(request).pk and joint.demand.status == Status.DRAFT:
        messages.success(request, "联合需求草稿已生成，内容取自各条公开的需求，请核对后提交审核。")
    else:
        messages.info(request, "这项共性需求已有联合需求，没有重复生成。")
    return redirect("desk:record", kind="demand", public_id=joint.demand.public_id)
