"""Visits to firms, their follow-ups, service teams, named contacts, and a firm's whole history."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from keqiao.codes import lists
from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.deal.actions import desk_people
from keqiao.deal.enums import VisitKind
from keqiao.deal.models import ServiceTeam
from keqiao.deal.visits import (
    finish_task,
    firm_for,
    history_of,
    keep_team,
    keep_visit,
    liaisons_of,
    name_liaison,
    read_tasks,
    tasks_of,
    visits_of,
)
from keqiao.people.access import scope_of
from keqiao.people.enums import OFFICERS, OrganisationKind, Role
from keqiao.people.models import Organisation
from keqiao.registry.records.models import prefix_range
from keqiao.web.deal.forms import date_field
from keqiao.web.desk.forms import county_choices
from keqiao.web.people.signin import me
from keqiao.web.rendering import paginate

_AREA = forms.Textarea(attrs={"rows": 4})


class VisitForm(forms.Form):
    """A visit as it is written down."""

    on = date_field("日期")
    kind = forms.ChoiceField(label="目的", choices=VisitKind.choices, initial=VisitKind.DIAGNOSE)
    team = forms.ChoiceField(label="服务队", required=False)
    visitors = forms.CharField(label="走访人员", max_length=200, required=False)
    met = forms.CharField(
        label="接待人员", max_length=120, required=False, help_text="写职务即可，例如“技术负责人”。"
    )
    findings = forms.CharField(label="了解到的情况", widget=_AREA, max_length=8000, required=False)
    tasks = forms.CharField(label="后续要办的事", widget=forms.Textarea(attrs={"rows": 3}), required=False, max_length=2000,
                            help_text="一行一件：要办的事｜期限，例如“写成一条需求｜2026-12-05”。")  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        teams = ServiceTeam.objects.filter(is_active=True)
        self.fields["team"].choices = [("", "没有服务队"), *((str(one.pk), one.name) for one in teams)]  # type: ignore[attr-defined]  # a choice field
        self.use_required_attribute = False


class TeamForm(forms.Form):
    """A service team."""

    name = forms.CharField(label="名称", max_length=80, required=False)
    division_code = forms.ChoiceField(label="服务地区", required=False)
    field = forms.ChoiceField(label="服务领域", required=False)
    members = forms.CharField(
        label="成员", widget=forms.Textarea(attrs={"rows": 2}), required=False, max_length=500
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["division_code"].choices = county_choices() or [("", "不限")]  # type: ignore[attr-defined]  # a choice field
        self.fields["field"].choices = [("", "不限"), *lists.choices("field11")]  # type: ignore[attr-defined]  # as above


def _require_reader(request: HttpRequest) -> None:
    if not scope_of(request.user).roles & (OFFICERS | {Role.AUDITOR}):
        raise NotFound("走访记录")


@require_GET
def visit_list(request: HttpRequest) -> HttpResponse:
    """Visits of my area, my follow-ups, the teams, and a search for a firm."""
    _require_reader(request)
    user = me(request)
    query = request.GET.get("q", "").replace("\0", "").strip()[:60]
    page = paginate(visits_of(user), request)
    year = timezone.localdate().year
    visits = visits_of(user)
    context = {
        "page": page,
        "firms": _firms(user, query) if query else [],
        "q": query,
        "tasks": tasks_of(user)[:20],
        "today": timezone.localdate(),
        "teams": [(team, count) for team, count in _teams(user, year)],
        "team_form": TeamForm(),
        "is_officer": bool(scope_of(user).roles & OFFICERS),
        "stats": [
            {"label": f"{year} 年走访", "value": visits.filter(on__year=year).count(), "unit": "次"},
            {
                "label": "走访企业",
                "value": visits.filter(on__year=year).values("organisation").distinct().count(),
                "unit": "家",
            },
            {"label": "有联系人的企业", "value": liaisons_of(user).count(), "unit": "家"},
            {"label": "我没办结的后续", "value": tasks_of(user).count(), "unit": "件"},
        ],
        "crumbs": [{"label": "工作台", "href": reverse("desk:inbox")}, {"label": "联系人和走访"}],
    }
    return render(request, "deal/visit_list.html", context)


def _firms(user: Any, query: str) -> list[Organisation]:
    """Enterprises of the area whose name holds the query."""
    scope = scope_of(user)
    found = Organisation.objects.filter(
        kind=OrganisationKind.ENTERPRISE, merged_into=None, name__icontains=query
    )
    if not scope.sees_all:
        reach = prefix_range("division_code", scope.prefixes[0]) if scope.prefixes else None
        for prefix in scope.prefixes[1:]:
            reach = reach | prefix_range("division_code", prefix) if reach is not None else None
        found = found.filter(reach) if reach is not None else found.none()
    return list(found.order_by("name")[:20])


def _teams(user: Any, year: int) -> list[tuple[ServiceTeam, int]]:
    counts: dict[int, int] = {}
    for row in visits_of(user).filter(on__year=year, team__isnull=False).values_list("team_id", flat=True):
        counts[row] = counts.get(row, 0) + 1
    return [
        (team, counts.get(team.pk, 0))
        for team in ServiceTeam.objects.filter(is_active=True).select_related("leader")
    ]


@require_POST
def team_new(request: HttpRequest) -> HttpResponse:
    """Register a team."""
    user, form = me(request), TeamForm(request.POST)
    if form.is_valid():
        try:
            team = keep_team(by=user, leader=user, **form.cleaned_data)
        except (BadInput, NotAllowed) as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, f"已登记“{team.name}”。")
    else:
        messages.error(request, "服务队没有登记：请检查名称、地区和领域。")
    return redirect("deal:visit-list")


@require_GET
def firm(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A firm's whole history on one page."""
    return _firm_page(request, public_id)


def _firm_page(
    request: HttpRequest, public_id: UUID, form: VisitForm | None = None, status: int = 200
) -> HttpResponse:
    user = me(request)
    organisation = firm_for(user, public_id)
    works = bool(scope_of(user).roles & OFFICERS)
    found = history_of(organisation, user)
    context = {
        "found": found,
        "events": found.events[:120],
        "form": form or VisitForm(initial={"on": timezone.localdate()}),
        "people": desk_people(organisation.division_code) if works else [],
        "works": works,
        "today": timezone.localdate(),
        "stats": [
            {"label": "登记记录", "value": len(found.records), "unit": "条"},
            {"label": "对接事项", "value": len(found.cases), "unit": "件"},
            {"label": "走访", "value": len(found.visits), "unit": "次"},
            {"label": "没办结的后续", "value": len(found.tasks), "unit": "件"},
        ],
        "crumbs": [
            {"label": "工作台", "href": reverse("desk:inbox")},
            {"label": "联系人和走访", "href": reverse("deal:visit-list")},
            {"label": organisation.name},
        ],
    }
    return render(request, "deal/firm.html", context, status=status)


@require_http_methods(["POST"])
def visit_new(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Write a visit down."""
    user = me(request)
    organisation = firm_for(user, public_id, to_work=True)
    form = VisitForm(request.POST)
    if not form.is_valid():
        return _firm_page(request, public_id, form, 422)
    data = form.cleaned_data
    try:
        keep_visit(
            organisation=organisation, by=user, on=data["on"], findings=data["findings"], kind=data["kind"],
            team=ServiceTeam.objects.filter(pk=data["team"]).first() if data["team"] else None,
            visitors=data["visitors"], met=data["met"], tasks=read_tasks(data["tasks"]),
        )  # fmt: skip
    except BadInput as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return _firm_page(request, public_id, form, 422)
    messages.success(request, "走访已登记。")
    return redirect("deal:firm", public_id=public_id)


@require_POST
def liaison_name(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Name the firm's contact."""
    user = me(request)
    organisation = firm_for(user, public_id, to_work=True)
    chosen = next(
        (one for one in desk_people(organisation.division_code) if str(one.pk) == request.POST.get("user")),
        None,
    )
    if chosen is None:
        messages.error(request, "请先选一位本地科技局人员做联系人。")
    else:
        name_liaison(organisation=organisation, user=chosen, by=user)
        messages.success(request, f"{chosen} 现在是{organisation.name}的科技创新联系人，已告知企业。")
    return redirect("deal:firm", public_id=public_id)


@require_POST
def task_finish(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what came of a follow-up."""
    try:
        task = finish_task(task_id=pk, by=me(request), result=request.POST.get("result", ""))
    except BadInput as refusal:
        messages.error(request, refusal.message)
        return redirect("deal:visit-list")
    messages.success(request, f"已办结：{task.what}")
    return redirect("deal:firm", public_id=task.visit.organisation.public_id)
