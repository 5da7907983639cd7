"""Some 示例 firms in the pools, with plans, tasks and visits, so that the pages of cultivation have something on them."""

from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from keqiao.deal.enums import VisitKind
from keqiao.deal.models import Visit
from keqiao.firm.facts import living, rows_of_all
from keqiao.firm.verdicts import keep_verdict
from keqiao.ladder.enums import PoolKind, PoolState
from keqiao.ladder.models import CultivationTask, PoolMember
from keqiao.ladder.pools import Pool, pools
from keqiao.people.models import User
from keqiao.registry.enterprise.models import Enterprise
from keqiao.registry.records.actions import create_record
from keqiao.registry.work.models import WorkType

_LOOKED_AT = 260  # firms: enough for every pool, quick enough for the start
_KEPT = 6  # of them with a project and kept verdicts
_MOST = {PoolKind.NURSERY: 14, PoolKind.SEEDLING: 8, PoolKind.LEADING: 4}
_STATES = (
    PoolState.IN,
    PoolState.IN,
    PoolState.IN,
    PoolState.PROPOSED,
    PoolState.IN,
    PoolState.GRADUATED,
    PoolState.LEFT,
)
_RESULTS = {
    PoolState.GRADUATED: "示例：通过认定，达标出库。",
    PoolState.LEFT: "示例：连续两年没有研发投入，移出。",
}
_PLAN = "示例：一、八月底前补齐研发支出辅助账；二、布局两件发明专利；三、与高校签一份技术开发合同；四、每季度走访一次。"
_TASKS = (
    "请专利代理人上门梳理可申请的专利",
    "核对三年研发费用归集",
    "介绍一位对口的高校专家",
    "陪同申报前检查材料",
)
_FINDINGS = "示例：生产线满负荷，研发人员六名，缺一名做材料表征的；研发费用没有单独建账，已说明辅助账做法；愿意参加高企培育。"


@transaction.atomic
def set_cultivation() -> int:
    """Make them once. Returns how many firms went into pools; 0: there were some, or no firms."""
    officer = User.objects.filter(username="shiju").first()
    firms = list(living().filter(is_sample=True, founded_on__isnull=False).order_by("-pk")[:_LOOKED_AT])
    if officer is None or PoolMember.objects.exists() or not firms:
        return 0
    today = timezone.localdate()
    chosen: dict[str, list[tuple[Enterprise, list[dict[str, str]]]]] = {kind: [] for kind in PoolKind.values}
    for firm, facts in rows_of_all(today, Enterprise.objects.filter(pk__in=[one.pk for one in firms])):
        for kind, pool in pools().items():
            if len(chosen[kind]) < _MOST[pool.kind] and pool.admits(facts, today):
                chosen[kind].append((firm, _basis(pool, facts, today)))
                break
    members = [
        _member(firm, kind, basis, _STATES[at % len(_STATES)], officer, today)
        for kind, rows in chosen.items()
        for at, (firm, basis) in enumerate(rows)
    ]
    PoolMember.objects.bulk_create(members)
    _work(list(PoolMember.objects.filter(state=PoolState.IN).select_related("enterprise")), officer, today)
    _projects([firm for rows in chosen.values() for firm, _ in rows][:_KEPT], officer, today)
    _verdicts([firm for rows in chosen.values() for firm, _ in rows][:_KEPT], officer, today)
    return len(members)


def _projects(firms: list[Enterprise], officer: User, today: date) -> None:
    """A project of each, for the file of the firm."""
    for at, firm in enumerate(firms):
        create_record(kind="work", by=officer, values={
            "title": f"示例：{firm.products or '主导产品'}关键技术攻关", "work_type": WorkType.PROJECT, "organisation": firm.organisation,
            "abstract": "示例：县区科技计划项目，企业牵头。", "funding_yuan": Decimal(200_000 + 100_000 * at), "year": today.year - 1,
            "done_on": date(today.year - 1, 12, 1), "source_no": f"示例〔{today.year - 1}〕{at + 1:02}", "is_sample": True,
        })  # fmt: skip


def _verdicts(firms: list[Enterprise], officer: User, today: date) -> None:
    """Verdicts kept last year and this year, the demo clerk's own firm among them."""
    clerk = User.objects.filter(username="qiye").select_related("organisation").first()
    own = Enterprise.objects.filter(organisation=clerk.organisation_id).first() if clerk else None
    for firm in [*([own] if own else []), *firms]:
        for years_ago, book in ((1, "tech_sme"), (0, "tech_sme"), (0, "hnte")):
            day = today.replace(year=today.year - years_ago, month=7, day=1)
            keep_verdict(firm=firm, book=book, on=min(day, today), by=officer, purpose="示例：申报前核对")


def _basis(pool: Pool, facts: dict[str, object], today: date) -> list[dict[str, str]]:
    said = pool.entry_judgement(facts, today)
    return [{"title": one.title, "says": one.says, "outcome": str(one.outcome)} for one in said.conditions]


def _member(
    firm: Enterprise, kind: str, basis: list[dict[str, str]], state: str, officer: User, today: date
) -> PoolMember:
    since = today - timedelta(days=240)
    return PoolMember(
        enterprise=firm, pool=kind, state=state, basis=basis, proposed_on=since, proposed_by=officer, goal=pools()[kind].goal,
        entered_on=None if state == PoolState.PROPOSED else since + timedelta(days=20),
        left_on=today - timedelta(days=30) if state in _RESULTS else None, result=_RESULTS.get(PoolState(state), ""),
        goal_on=today.replace(month=12, day=31, year=today.year + 1), plan=_PLAN, officer=officer,
    )  # fmt: skip


def _work(members: list[PoolMember], officer: User, today: date) -> None:
    tasks, visits = [], []
    for at, member in enumerate(members):
        done = at % 3 == 0
        tasks.append(CultivationTask(
            member=member, what=_TASKS[at % len(_TASKS)], owner=officer, due_on=today + timedelta(days=10 * (at % 7) - 15),
            done_at=timezone.now() if done else None, result="示例：已办，企业满意。" if done else "",
        ))  # fmt: skip
        if member.enterprise.organisation_id is not None:
            visits.append(Visit(
                organisation_id=member.enterprise.organisation_id, by=officer, on=today - timedelta(days=9 * at + 4),
                findings=_FINDINGS, kind=VisitKind.DIAGNOSE, visitors="市科技局、县区科技局", met="技术负责人",
            ))  # fmt: skip
    CultivationTask.objects.bulk_create(tasks)
    Visit.objects.bulk_create(visits)
