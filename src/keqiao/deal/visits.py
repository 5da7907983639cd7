"""Liaison officers, service teams and their visits to firms; a firm's whole history."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from keqiao.core.audit import record as record_audit
from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.deal.access import cases_of, is_officer_of
from keqiao.deal.enums import VisitKind
from keqiao.deal.models import Case, Liaison, Party, ServiceTeam, Visit, VisitTask
from keqiao.deal.steps import told
from keqiao.message.actions import send
from keqiao.people.access import scope_of
from keqiao.people.enums import OFFICERS, Role
from keqiao.people.models import Organisation, User
from keqiao.registry.kinds import KINDS
from keqiao.registry.records.models import Record, prefix_range

_READERS = OFFICERS | {Role.AUDITOR}


def firm_for(user: User, public_id: Any, *, to_work: bool = False) -> Organisation:
    """The firm, for officers of its place and auditors. NotFound otherwise; with to_work, officers alone."""
    found: Organisation | None = Organisation.objects.filter(public_id=public_id).first()
    seen = found is not None and (
        is_officer_of(user, found.division_code)
        or (scope_of(user).roles & _READERS and scope_of(user).covers(found.division_code))
    )
    if found is None or not seen:
        raise NotFound("单位")
    if to_work and not is_officer_of(user, found.division_code):
        raise NotAllowed(f"“{found.name}”不在您的辖区内，由所在县区科技局办理。", code="visit.area")
    return found


def visits_of(user: User) -> Any:
    """Visits to firms of the user's area and those that he made himself, newest first."""
    return _within(Visit.objects.select_related("organisation", "team", "by"), user, Q(by=user))


def liaisons_of(user: User) -> Any:
    """The contacts named now for firms of the user's area, and his own."""
    return _within(Liaison.objects.filter(until=None), user, Q(user=user))


def _within(found: Any, user: User, own: Q) -> Any:
    scope = scope_of(user)
    if not scope.roles & _READERS:
        return found.none()
    if scope.sees_all:
        return found
    for prefix in scope.prefixes:
        own |= prefix_range("organisation__division_code", prefix)
    return found.filter(own)


@transaction.atomic
def name_liaison(*, organisation: Organisation, user: User, by: User) -> Liaison:
    """Name the firm's contact; the one before is ended today. The firm is told who it is."""
    _require(by, organisation)
    if not user.is_active or not is_officer_of(user, organisation.division_code):
        raise BadInput(f"{user} 不管这个地区，不能做这家企业的联系人。请选本地科技局人员。", field="user")
    today = timezone.localdate()
    before = Liaison.objects.select_for_update().filter(organisation=organisation, until=None).first()
    if before is not None and before.user_id == user.pk:
        return before
    if before is not None:
        before.until = today
        before.save(update_fields=["until"])
    line = Liaison.objects.create(organisation=organisation, user=user, since=today)
    record_audit(
        "liaison.named",
        by=by,
        target=organisation,
        changes={"联系人": [str(before.user) if before else "", str(user)]},
    )
    for member in _members(organisation):
        send(to=member, kind="visit", subject="贵单位的科技创新联系人", key=f"liaison {line.pk}", by=by,
             text=f"{user} 现在是贵单位的科技创新联系人，技术需求、政策和对接的事都可以找他，在站内消息里说即可。")  # fmt: skip
    return line


def _members(organisation: Organisation) -> list[User]:
    found = User.objects.filter(
        organisation=organisation, is_active=True, grants__revoked_at=None, grants__role=Role.ENTERPRISE
    )
    return list(found.distinct()[:5])


def _require(by: User, organisation: Organisation) -> None:
    if not is_officer_of(by, organisation.division_code):
        raise NotAllowed(f"“{organisation.name}”不在您的辖区内，由所在县区科技局办理。", code="visit.area")


@transaction.atomic
def keep_visit(
    *, organisation: Organisation, by: User, on: dt.date | None, findings: str, kind: str = VisitKind.DIAGNOSE,
    team: ServiceTeam | None = None, visitors: str = "", met: str = "", tasks: Sequence[tuple[str, dt.date | None]] = (),
) -> Visit:  # fmt: skip
    """Write a visit down with what was found and what was promised. A visit of tomorrow is no visit yet."""
    _require(by, organisation)
    if on is None or on > timezone.localdate():
        raise BadInput("请写走访的日期，今天或以前。还没有去的，先写进日历。", code="visit.on", field="on")
    if not findings.strip():
        raise BadInput(
            "请写了解到的情况：企业在做什么、缺什么、愿意怎么合作。", code="visit.findings", field="findings"
        )
    if kind not in VisitKind.values:
        raise BadInput("请选走访的目的。", field="kind")
    visit = Visit.objects.create(
        organisation=organisation, by=by, on=on, findings=findings.strip()[:8000], kind=kind, team=team,
        visitors=told(visitors, "visitors", 200), met=told(met, "met", 120),
    )  # fmt: skip
    for what, due_on in tasks:
        VisitTask.objects.create(visit=visit, what=told(what, "tasks", 200), owner=by, due_on=due_on)
    record_audit("visit.kept", by=by, target=visit, row_count=len(tasks))
    return visit


def read_tasks(text: str) -> list[tuple[str, dt.date | None]]:
    """Lines “写成一条需求｜2026-12-05”. Raises BadInput naming the bad line."""
    rows: list[tuple[str, dt.date | None]] = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        what, _, due = line.replace("|", "｜").partition("｜")
        try:
            rows.append((what.strip(), dt.date.fromisoformat(due.strip()) if due.strip() else None))
        except ValueError:
            raise BadInput(
                f"“{due.strip()}”不是日期，请写成“写成一条需求｜2026-12-05”。", field="tasks"
            ) from None
    return rows


def tasks_of(user: User) -> Any:
    """The user's own follow-ups that are not done, the earliest first."""
    found = VisitTask.objects.filter(owner=user, done_at=None).select_related("visit__organisation")
    return found.order_by("due_on", "pk")


@transaction.atomic
def finish_task(*, task_id: int, by: User, result: str) -> VisitTask:
    """Say what came of a follow-up. Its owner, or another officer of the place."""
    task = (
        VisitTask.objects.select_for_update(of=("self",))
        .select_related("visit__organisation")
        .filter(pk=task_id)
        .first()
    )
    if task is None or not (
        task.owner_id == by.pk or is_officer_of(by, task.visit.organisation.division_code)
    ):
        raise NotFound("走访后续")
    if task.done_at is not None:
        raise NotAllowed(
            f"这件事已于 {timezone.localdate(task.done_at)} 办结：{task.result}",
            code="visit_task.done",
            conflict=True,
        )
    task.result = told(result, "result", 300, required="请写办理结果，企业问起来要能说清。")
    task.done_at = timezone.now()
    task.save(update_fields=["done_at", "result"])
    record_audit("visit_task.done", by=by, target=task, reason=task.result)
    return task


@transaction.atomic
def keep_team(
    *,
    by: User,
    name: str,
    field: str,
    division_code: str,
    members: str,
    leader: User | None,
    team: ServiceTeam | None = None,
) -> ServiceTeam:
    """Make or change a service team."""
    if not is_officer_of(by, division_code):
        raise NotAllowed("服务队由服务地区的科技局人员登记。", code="team.area")
    name = told(name, "name", 80, required="请写服务队的名称。")
    if ServiceTeam.objects.filter(name=name).exclude(pk=team.pk if team and team.pk else 0).exists():
        raise BadInput(f"已经有一支“{name}”。请换一个名称，或修改原来的那支。", field="name")
    team = team or ServiceTeam()
    team.name, team.field, team.division_code, team.members, team.leader = (
        name,
        field,
        division_code,
        members.strip(),
        leader,
    )
    team.save()
    record_audit("service_team.kept", by=by, target=team)
    return team


# -- the whole history of a firm --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a firm's history. tone: for `_parts/timeline.html`."""

    when: dt.datetime
    who: str
    what: str
    detail: str = ""
    tone: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class FirmHistory:
    """Everything that the desk knows of a firm: its contact, its records, its cases, the visits, in one line of time."""

    organisation: Organisation
    liaison: Liaison | None
    liaisons: list[Liaison]
    records: list[Record]
    cases: list[Case]
    visits: list[Visit]
    tasks: list[VisitTask]
    events: list[Event] = field(default_factory=list)


def history_of(organisation: Organisation, user: User) -> FirmHistory:
    """A firm's whole history as this officer may see it. A query a registry, and six more."""
    liaisons = list(Liaison.objects.filter(organisation=organisation).select_related("user"))
    records: list[Record] = []
    for kind in KINDS.values():
        records += (
            kind.model.objects.visible_to(scope_of(user))
            .filter(organisation=organisation)
            .order_by("-created_at")[:50]
        )
    cases = list(
        cases_of(user)
        .filter(pk__in=Party.objects.filter(organisation=organisation).values("case_id"))
        .order_by("-opened_at")[:100]
    )
    visits = list(Visit.objects.filter(organisation=organisation).select_related("team", "by")[:200])
    tasks = list(
        VisitTask.objects.filter(visit__organisation=organisation, done_at=None).select_related("owner")
    )
    found = FirmHistory(
        organisation,
        next((one for one in liaisons if one.until is None), None),
        liaisons,
        records,
        cases,
        visits,
        tasks,
    )
    found.events.extend(sorted(_events(found), key=lambda one: one.when, reverse=True))
    return found


def _events(found: FirmHistory) -> list[Event]:
    events = [
        Event(
            _noon(one.on),
            str(one.team or one.by),
            f"走访（{one.get_kind_display()}）",
            one.findings[:120],
            href=f"#visit-{one.pk}",
        )
        for one in found.visits
    ]
    for case in found.cases:
        href = reverse("deal:case", args=[case.public_id])
        events.append(Event(case.opened_at, "", f"对接 {case.number} 建立", case.title, href=href))
        if case.contract_on:
            events.append(
                Event(
                    _noon(case.contract_on), "", f"签订合同 {case.contract_number}", case.title, "good", href
                )
            )
        if case.ended_at:
            events.append(
                Event(
                    case.ended_at,
                    "",
                    f"对接 {case.number} 结束：{case.get_outcome_display()}",
                    case.outcome_note,
                    "",
                    href,
                )
            )
    for record in found.records:
        href = reverse("desk:record", args=[record.KIND, record.public_id])
        events.append(
            Event(
                record.published_at or record.created_at,
                "",
                f"登记{record.SERIES}：{record.title}",
                record.number or "",
                href=href,
            )
        )
    return events


def _noon(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time(12)))
