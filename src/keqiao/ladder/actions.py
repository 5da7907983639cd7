"""Firms into pools and out of them, plans and tasks. Each action locks its row, asks the door and leaves one audit record."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Case, Count, F, IntegerField, OuterRef, Subquery, When
from django.utils import timezone

from keqiao.core.audit import record as record_audit
from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.firm.access import READERS, firms_of, is_officer
from keqiao.firm.facts import HIDDEN, facts_of, rows_of_all
from keqiao.ladder.distances import entry_book
from keqiao.ladder.enums import RUNG, PoolKind, PoolState
from keqiao.ladder.flow import POOL_FLOW
from keqiao.ladder.models import CultivationTask, Distance, PoolMember
from keqiao.ladder.pools import Pool, pools
from keqiao.people.access import scope_of
from keqiao.people.models import User
from keqiao.registry.enterprise.models import Enterprise
from keqiao.rules.judging import Outcome


def pool_named(kind: str) -> Pool:
    """The pool. Raises NotFound for an unknown one."""
    found = pools().get(kind)
    if found is None:
        raise NotFound("培育库", kind)
    return found


def members_of(user: Any) -> Any:
    """Pool rows of firms whose file this person may read."""
    rows = PoolMember.objects.select_related("enterprise", "officer")
    if scope_of(user).sees_all and scope_of(user).roles & READERS:  # spared a list of all firms
        return rows
    return rows.filter(enterprise__in=firms_of(user).values("pk"))


def member_for(user: Any, public_id: Any, *, to_work: bool = False) -> PoolMember:
    """The row, for readers of the firm's file; to_work: officers of its area. NotFound when absent or hidden."""
    found: PoolMember | None = members_of(user).filter(public_id=public_id).first()
    if found is None:
        raise NotFound("入库企业")
    if to_work:
        _require(user, found.enterprise)
    return found


def _require(by: User | None, firm: Enterprise) -> None:
    if by is not None and not is_officer(by, firm):
        raise NotAllowed(f"“{firm.title}”由所在地科技局办理入库和培育，您可以查看。", code="pool.area")


def candidates(kind: str, on: date, firms: Any) -> list[Enterprise]:
    """Firms that fulfil the pool's entry conditions and do not stand in it (or were refused or left)."""
    pool = pool_named(kind)
    there = set(PoolMember.objects.filter(pool=kind).values_list("enterprise_id", flat=True))
    return [firm for firm, facts in rows_of_all(on, firms) if firm.pk not in there and pool.admits(facts, on)]


def kept_candidates(kind: str, firms: Any) -> Any:
    """The same as the night found them, as rows of `Distance`; a queryset, for lists of many firms.

    Those already at the pool's goal first, then the cheapest, unknown ones last. firms: None for all on the books.
    """
    goal = Distance.objects.filter(book=pool_named(kind).goal, enterprise=OuterRef("enterprise"))
    inside = PoolMember.objects.filter(pool=kind).values("enterprise_id")
    rows = Distance.objects.filter(book=entry_book(kind)).exclude(enterprise__in=inside)
    if firms is None:
        rows = rows.exclude(enterprise__status__in=HIDDEN)
    else:
        rows = rows.filter(enterprise__in=firms.order_by().values("pk"))
    rank = Case(
        When(goal_price__isnull=False, then=1), When(goal_outcome__in=("met", "manual"), then=0),
        When(goal_outcome__isnull=True, then=3), default=2, output_field=IntegerField(),
    )  # fmt: skip
    known = rows.annotate(
        goal_price=Subquery(goal.values("price")[:1]),
        goal_outcome=Subquery(goal.values("outcome")[:1]),
        goal_says=Subquery(goal.values("says")[:1]),
    )
    return known.select_related("enterprise").order_by(rank, F("goal_price").asc(nulls_last=True), "pk")


def finished(kind: str, on: date, firms: Any) -> list[tuple[PoolMember, str]]:
    """(member, why) of those in the pool who have reached its goal, or stayed longer than its years."""
    pool = pool_named(kind)
    rows = PoolMember.objects.filter(pool=kind, state=PoolState.IN, enterprise__in=firms).select_related(
        "enterprise"
    )
    members = {one.enterprise_id: one for one in rows}
    found = []
    for firm, facts in rows_of_all(on, Enterprise.objects.filter(pk__in=list(members))):
        member = members[firm.pk]
        if pool.has_reached(facts, on):
            found.append((member, "已达到培育目标"))
        elif member.entered_on and on.year - member.entered_on.year > pool.years:
            found.append((member, f"入库已超过 {pool.years} 年"))
    return found


@transaction.atomic
def propose(*, firm: Enterprise, pool: str, by: User | None, on: date | None = None) -> PoolMember:
    """Propose a firm, with the judgement of the pool's conditions as the basis. Unmet ones refuse; unknown ones are kept."""
    _require(by, firm)
    on = on or timezone.localdate()
    known = pool_named(pool)
    said = known.entry_judgement(facts_of(firm, on), on)
    unmet = [one for one in said.conditions if one.outcome is Outcome.UNMET]
    if unmet:
        words = "；".join(one.says or one.title for one in unmet)
        raise BadInput(f"“{firm.title}”不符合{known.kind.label}的入库条件：{words}。", code="pool.unmet")
    basis = [{"title": one.title, "says": one.says, "outcome": str(one.outcome)} for one in said.conditions]
    row = PoolMember.objects.select_for_update().filter(enterprise=firm, pool=pool).first()
    if row is None:
        row = PoolMember(enterprise=firm, pool=pool, goal=known.goal)
    else:
        row.state = POOL_FLOW.after(row.state, "propose")
    row.basis, row.proposed_on, row.proposed_by, row.left_on, row.result = basis, on, by, None, ""
    row.save()
    record_audit("pool.proposed", by=by, target=row)
    return row


@transaction.atomic
def move_member(
    *, member: PoolMember, name: str, by: User | None, reason: str = "", on: date | None = None
) -> PoolMember:
    """admit, refuse, graduate or remove. All but admitting need the result or the reason."""
    _require(by, member.enterprise)
    row = PoolMember.objects.select_for_update(of=("self",)).select_related("enterprise").get(pk=member.pk)
    target = POOL_FLOW.after(row.state, name)
    if name == "propose":
        return propose(firm=row.enterprise, pool=row.pool, by=by, on=on)
    if name != "admit" and not reason.strip():
        raise BadInput("请写明结果或理由，例如“2026 年通过高企认定”“连续两年没有研发投入”。", field="reason")
    on, before = on or timezone.localdate(), row.state
    row.state = target
    if name == "admit":
        row.entered_on = on
    else:
        row.left_on, row.result = on, reason.strip()[:300]
    row.save()
    record_audit(f"pool.{name}", by=by, target=row, reason=reason, changes={"state": [before, target]})
    return row


@transaction.atomic
def keep_plan(
    *, member: PoolMember, by: User, goal: str, goal_on: date | None, plan: str, officer: User | None
) -> PoolMember:
    """Write the plan: the rung aimed at, until when, what is done, who looks after it."""
    _require(by, member.enterprise)
    row = PoolMember.objects.select_for_update(of=("self",)).select_related("enterprise").get(pk=member.pk)
    if goal not in RUNG:
        raise BadInput("请选培育目标。", field="goal")
    if goal_on is not None and goal_on < timezone.localdate():
        raise BadInput(f"目标日期 {goal_on} 已经过去，请填以后的日期。", field="goal_on")
    if officer is not None and not is_officer(officer, row.enterprise):
        raise BadInput(f"{officer} 不管这个地区，请选本地科技局人员。", field="officer")
    row.goal, row.goal_on, row.plan, row.officer = goal, goal_on, plan.strip()[:8000], officer
    row.save(update_fields=["goal", "goal_on", "plan", "officer"])
    record_audit("pool.plan_kept", by=by, target=row)
    return row


@transaction.atomic
def add_task(*, member: PoolMember, by: User, what: str, due_on: date | None = None) -> CultivationTask:
    """Promise something to a firm in the pool."""
    _require(by, member.enterprise)
    if member.state not in (PoolState.PROPOSED, PoolState.IN):
        raise NotAllowed("这家企业已经出库，不能再加培育事项。", code="pool.state", conflict=True)
    if not what.strip():
        raise BadInput("请写要办的事，例如“帮助归集研发费用辅助账”。", field="what")
    task = CultivationTask.objects.create(member=member, what=what.strip()[:200], owner=by, due_on=due_on)
    record_audit("pool.task_added", by=by, target=task)
    return task


@transaction.atomic
def finish_task(*, member: PoolMember, task_id: int, by: User, result: str) -> CultivationTask:
    """Say what came of a task, once."""
    _require(by, member.enterprise)
    task = CultivationTask.objects.select_for_update().filter(pk=task_id, member=member).first()
    if task is None:
        raise NotFound("培育事项")
    if task.done_at is not None:
        raise NotAllowed(f"这件事已经办结：{task.result}", code="pool.task_done", conflict=True)
    if not result.strip():
        raise BadInput("请写办理结果。", field="result")
    task.done_at, task.result = timezone.now(), result.strip()[:300]
    task.save(update_fields=["done_at", "result"])
    record_audit("pool.task_done", by=by, target=task, reason=task.result)
    return task


def propose_many(*, kind: str, firms: Iterable[Enterprise], by: User) -> tuple[int, list[str]]:
    """Propose several; returns how many went in and the sentences of those refused."""
    done, refused = 0, []
    for firm in firms:
        try:
            propose(firm=firm, pool=kind, by=by)
        except (BadInput, NotAllowed) as refusal:
            refused.append(refusal.message)
        else:
            done += 1
    return done, refused


def pool_counts(user: Any) -> dict[str, dict[str, int]]:
    """pool -> state -> how many, of this person's firms."""
    found: dict[str, dict[str, int]] = {str(kind): {} for kind in PoolKind.values}
    rows = members_of(user).order_by().values("pool", "state").annotate(n=Count("pk"))
    for pool, state, count in rows.values_list("pool", "state", "n"):
        found[pool][state] = count
    return found
