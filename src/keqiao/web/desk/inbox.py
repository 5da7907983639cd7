"""What waits for this user and only he can do, room by room, oldest first. Also the counts of the rail."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from keqiao.contract import queue
from keqiao.deal import todo
from keqiao.hall import todo as hall_todo
from keqiao.matching import pairs
from keqiao.payment import todo as payment_todo
from keqiao.people.access import GRANTS, acts_of, scope_of
from keqiao.people.enums import OFFICERS, Act, Role
from keqiao.people.models import ApplicationStatus, OrganisationApplication
from keqiao.registry.expert.models import Expert
from keqiao.registry.intake.models import IntakeRun, RunState
from keqiao.registry.kinds import kind_of
from keqiao.registry.records.enums import Status
from keqiao.registry.records.models import Listed, Record, prefix_range
from keqiao.registry.records.nouns import listed_models, noun_of
from keqiao.registry.records.review import Desk, desk_of, to_review, to_review_kinds
from keqiao.registry.records.terms import term
from keqiao.verdict.advice import unread_advice
from keqiao.voucher import todo as voucher_todo

_ADVISED = 500  # newest own records of a kind that are asked for answers
SHOWN = 10  # of each section; the rest is one click away


@dataclass(frozen=True, slots=True)
class Task:
    """One line of the inbox. since: it has waited from here. late: the promised day is over."""

    title: str
    href: str
    label: str
    detail: str
    since: dt.datetime | None
    late: bool = False
    due: dt.date | None = None
    post: str = ""
    post_label: str = ""
    post_name: str = ""
    post_value: str = ""


@dataclass(frozen=True, slots=True)
class Heap:
    """One section. total counts all, tasks are the oldest few. more: where the whole heap is."""

    key: str
    title: str
    icon: str
    total: int
    tasks: list[Task] = field(default_factory=list)
    more: str = ""


def _record_url(record: Record) -> str:
    return reverse("desk:record", kwargs={"kind": record.KIND, "public_id": record.public_id})


def _url(name: str, **kwargs: Any) -> str:
    """An address of another room; "" while that page is not installed."""
    try:
        return reverse(name, kwargs=kwargs)
    except NoReverseMatch:
        return ""


# ── reviews ──


def review_queue(user: Any) -> list[Record]:
    """The oldest records of all gated kinds that this user may review."""
    found: list[Record] = [
        record for kind in to_review_kinds() for record in to_review(user, kind)[: SHOWN * 5]
    ]
    return sorted(found, key=lambda record: getattr(record, "submitted_at", None) or record.created_at)


def reviews_waiting(user: Any) -> int:
    """How many records this user may review now."""
    return sum(to_review(user, kind).count() for kind in to_review_kinds())


def review_task(record: Record) -> Task:
    """A line of the review queue."""
    desk: Desk = desk_of(record)
    return Task(
        title=record.title,
        href=reverse("desk:review", kwargs={"kind": record.KIND, "public_id": record.public_id}),
        label=f"{noun_of(record.KIND)} · {Status(record.status).label}",
        detail=record.organisation_name,
        since=desk.since,
        late=desk.is_late,
        due=desk.due,
    )


def _reviews(user: Any) -> Heap | None:
    if not acts_of(user) & {Act.REVIEW, Act.REVIEW_COUNTY}:
        return None
    tasks = [review_task(record) for record in review_queue(user)[:SHOWN]]
    return Heap(
        "review", "等您审核", "clipboard-check", reviews_waiting(user), tasks, reverse("desk:review-queue")
    )


# ── organisations that ask for an account ──


def applications(user: Any) -> QuerySet[OrganisationApplication]:
    """Applications of the user's area that nobody has decided, oldest first."""
    reach = Q(pk__in=[])
    for grant in user.current_grants:
        if Act.APPROVE_ORGANISATION in GRANTS.get(grant.role, ()):
            reach |= prefix_range("division_code", grant.division_prefix)
    return OrganisationApplication.objects.filter(reach, status=ApplicationStatus.WAITING).order_by(
        "created_at"
    )


def _applications(user: Any) -> Heap | None:
    if Act.APPROVE_ORGANISATION not in acts_of(user):
        return None
    waiting, more = applications(user), _url("administration:application-list")
    tasks = [
        Task(
            title=one.name,
            href=_url("administration:application-detail", public_id=one.public_id) or more,
            label="单位注册",
            detail=one.uscc_warning or one.uscc,
            since=one.created_at,
        )
        for one in waiting[:SHOWN]
    ]
    return Heap("application", "单位注册申请", "building-2", waiting.count(), tasks, more)


# ── what came back, what is unfinished, what runs out ──


def own_records(user: Any, model: type[Record]) -> QuerySet[Any]:
    """Records of a kind that are this member's own to work on: his unit's, and those he entered."""
    scope = scope_of(user)
    mine = Q(created_by_id=user.pk)
    if scope.organisations and scope.roles & {Role.ENTERPRISE, Role.INSTITUTE, Role.BROKER}:
        mine |= Q(organisation_id__in=scope.organisations)
    return model.objects.filter(mine).select_related("organisation")


def _own(user: Any, wanted: Q) -> list[Listed]:
    if Act.EDIT not in acts_of(user):
        return []
    found = [
        record
        for model in listed_models()
        for record in own_records(user, model).filter(wanted).order_by("updated_at")
    ]
    return sorted(found, key=lambda record: record.updated_at)


def _edit_task(record: Listed, detail: str) -> Task:
    name = f"desk:{record.KIND}-edit"
    return Task(
        record.title,
        reverse(name, kwargs={"public_id": record.public_id}),
        noun_of(record.KIND),
        detail,
        record.updated_at,
    )


def _returned(user: Any) -> Heap | None:
    found = _own(user, Q(status=Status.RETURNED))
    tasks = [_edit_task(record, "按退回意见修改后重新提交") for record in found[:SHOWN]]
    return Heap(
        "returned", "退回给您修改", "undo-2", len(found), tasks, reverse("desk:mine") + "?status=returned"
    )


def _drafts(user: Any) -> Heap | None:
    found = _own(user, Q(status=Status.DRAFT))
    tasks = [_edit_task(record, f"填报质量 {record.quality} 分") for record in found[:SHOWN]]
    return Heap("draft", "没填完的草稿", "pencil", len(found), tasks, reverse("desk:mine") + "?status=draft")


def expiring(user: Any) -> list[Listed]:
    """Published records that run out within 30 days, or have: a member's own, an officer's area. Soonest first."""
    if Act.RENEW not in acts_of(user):
        return []
    last = timezone.localdate() + dt.timedelta(days=term("expiring_days").value)
    wanted = Q(status=Status.PUBLISHED, valid_until__lte=last)
    found: list[Listed] = []
    for model in listed_models():
        rows = (
            model.objects.in_scope(scope_of(user))
            if scope_of(user).roles & OFFICERS
            else own_records(user, model)
        )
        found += list(rows.filter(wanted).order_by("valid_until")[:200])
    return sorted(found, key=lambda record: record.valid_until or last)


def _expiring(user: Any) -> Heap | None:
    found = expiring(user)
    tasks = [
        Task(
            title=record.title,
            href=_record_url(record),
            label=noun_of(record.KIND),
            detail=f"有效期至 {record.valid_until}",
            since=None,
            due=record.valid_until,
            post=reverse("desk:record-move", kwargs={"kind": record.KIND, "public_id": record.public_id}),
            post_label="续期一年",
            post_name="move",
            post_value="renew",
        )
        for record in found[:SHOWN]
    ]
    return Heap("expiring", "快要到期", "calendar-clock", len(found), tasks, "")


# ── what the other sides answered ──


def _advice(user: Any) -> Heap | None:
    """A member's own records with refusals that nobody of his unit has read."""
    if not scope_of(user).is_member:
        return None
    found = []
    for kind in ("demand", "achievement", "expert"):
        rows = own_records(user, kind_of(kind).model).filter(status=Status.PUBLISHED)
        if kind == "expert" and user.person_id:
            rows |= Expert.objects.filter(person_id=user.person_id).select_related("organisation")
        found += unread_advice(kind, list(rows.order_by("-updated_at")[:_ADVISED]))
    found.sort(key=lambda one: one.since)
    tasks = [
        Task(
            title=one.record.title,
            href=f"{_record_url(one.record)}#advice",
            label=noun_of(one.record.KIND),
            detail=f"{one.total} 个答复里 {one.refusals} 个不合适，看看原因和下一步",
            since=one.since,
            post=reverse("verdict:advice-read", args=[one.record.KIND, one.record.public_id]),
            post_label="知道了",
        )
        for one in found[:SHOWN]
    ]
    return Heap("advice", "对方的答复", "messages-square", len(found), tasks, "")


def _runs(user: Any) -> Heap | None:
    if Act.INTAKE not in acts_of(user):
        return None
    waiting = IntakeRun.objects.filter(
        by=user, state__in=(RunState.RECEIVED, RunState.CHECKED)
    ).select_related("origin")
    more = _url("intake:run-list") or _url("intake:list")
    tasks = [
        Task(
            title=run.origin.file_name,
            href=_url("intake:run", public_id=run.public_id) or more,
            label="批量导入",
            detail=run.get_state_display(),
            since=run.created_at,
        )
        for run in waiting.order_by("created_at")[:SHOWN]
    ]
    return Heap("run", "等您核对的导入", "file-spreadsheet", waiting.count(), tasks, more)


def _alike(user: Any) -> Heap | None:
    waiting = pairs.waiting_for(user)
    first = list(waiting[:SHOWN])
    titles = pairs.titles_of(first)
    tasks = [
        Task(
            title=titles[pair.pk][1] or titles[pair.pk][0],
            href=reverse("desk:alike-pair", args=[pair.public_id]),
            label=pairs.words_of(pair),
            detail=f"与“{titles[pair.pk][0]}”",
            since=pair.found_at,
        )
        for pair in first
    ]
    total = waiting.count() if len(first) == SHOWN else len(first)
    return Heap("alike", "是不是重复", "git-compare", total, tasks, reverse("desk:alike-list"))


# ── cases of the deal desk ──


def _cases(user: Any) -> list[Heap]:
    """What waits in the deal desk, heap by heap."""
    heaps = []
    for key, title, icon, todos in todo.all_of(user):
        tasks = [
            Task(
                title=one.title,
                href=f"{reverse('deal:case', args=[one.case.public_id])}?tab={one.tab}",
                label=one.case.number,
                detail=one.detail,
                since=one.since,
                late=one.late,
                due=one.due,
            )
            for one in todos[:SHOWN]
        ]
        heaps.append(Heap(key, title, icon, len(todos), tasks, reverse("deal:case-list")))
    return heaps


# ── the exchange hall ──


def _hall(user: Any) -> Heap | None:
    """Checks, objections, admissions, openings and results that wait in the hall."""
    todos = hall_todo.todos_of(user)
    tasks = [
        Task(
            title=one.listing.title,
            href=reverse("hall:objection", args=[one.objection.public_id])
            if one.objection
            else reverse("hall:work", args=[one.listing.public_id]),
            label=one.listing.number or "挂牌",
            detail=one.detail,
            since=one.since,
            late=one.late,
        )
        for one in todos[:SHOWN]
    ]
    return Heap("hall", "挂牌和竞价", "scale", len(todos), tasks, reverse("hall:desk"))


# ── innovation vouchers ──


def _vouchers(user: Any) -> Heap | None:
    """Orders to take, services to confirm, doubts to look at, batches to approve."""
    todos = voucher_todo.todos_of(user)
    tasks = [
        Task(
            title=one.title, href=reverse(f"voucher:{one.page}", args=[one.public_id]), label=one.label,
            detail=one.detail, since=one.since,
        )
        for one in todos[:SHOWN]
    ]  # fmt: skip
    return Heap("voucher", "创新券", "coins", len(todos), tasks, reverse("voucher:wallet"))


# ── policies that pay ──


def _awards(user: Any) -> Heap | None:
    """Contests, objections, second looks and batches for officers; a firm's word and account."""
    todos = payment_todo.todos_of(user)
    tasks = [
        Task(title=one.title, href=one.href, label=one.label, detail=one.detail, since=one.since)
        for one in todos[:SHOWN]
    ]
    home = "payment:own-list" if scope_of(user).is_member else "payment:desk"
    return Heap("payment", "政策兑现", "banknote", len(todos), tasks, reverse(home))


# ── contracts to register ──


def _registrations(user: Any) -> Heap | None:
    """What a registrar should work on, the most pressing first."""
    if Role.REGISTRAR not in scope_of(user).roles:
        return None
    waiting, today = queue.waiting_for(user).select_related("registration", "owner"), timezone.localdate()
    first = list(waiting[:SHOWN])
    tasks = [
        Task(
            title=one.project_name,
            href=reverse("registrar:work", args=[one.public_id]),
            label=one.number,
            detail=f"{one.owner}，{one.get_status_display()}",
            since=one.registration.submitted_at,
            late=one.registration.due_on is not None and one.registration.due_on < today,
            due=one.registration.due_on,
        )
        for one in first
    ]
    total = waiting.count() if len(first) == SHOWN else len(first)
    return Heap("registration", "技术合同登记", "badge-check", total, tasks, reverse("registrar:queue"))


_HEAPS: tuple[Callable[[Any], Heap | None], ...] = (
    _reviews,
    _registrations,
    _applications,
    _hall,
    _vouchers,
    _awards,
    _returned,
    _expiring,
    _advice,
    _runs,
    _alike,
    _drafts,
)


def inbox_of(user: Any) -> list[Heap]:
    """The heaps that have something in them, in the order in which they should be worked off."""
    made = [make(user) for make in _HEAPS]
    made[1:1] = _cases(user)
    return [heap for heap in made if heap is not None and heap.total]


def inbox_count(user: Any) -> int:
    """How many tasks wait in all, drafts left out: they wait for nobody but their writer."""
    return sum(heap.total for heap in inbox_of(user) if heap.key != "draft")
