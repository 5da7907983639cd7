"""Cases in every stage for the demo, all 示例: written here, moved by the desk's own actions, then set back in time."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from keqiao.deal.actions import assign_case, end_case, move_case, note_step, plan_next, record_contract
from keqiao.deal.enums import Answer, How, NoAnswerWhy, Opening, Outcome, Side, StepKind
from keqiao.deal.models import Broker, Case, CaseStep, Liaison, Party, ServiceTeam, Visit, VisitTask
from keqiao.deal.opening import open_case
from keqiao.deal.parties import answer_for, ask_side, consent_sha256, give_consent, rate_case
from keqiao.deal.thread import keep_minutes, plan_meeting, send_message
from keqiao.matching.matches import matches_for
from keqiao.people.access import VISITOR
from keqiao.people.models import User
from keqiao.registry.demand.models import Demand
from keqiao.registry.enterprise.models import Enterprise
from keqiao.registry.records.models import Record

_WAY = ("screen", "dock", "talk", "sign", "perform", "evaluate")
# how far each case goes along the way, how many days ago it began, and what became of it
_PLAN: Sequence[tuple[int, int, str]] = (
    (0, 1, ""), (0, 6, ""), (1, 9, ""), (1, 4, ""), (2, 12, ""), (2, 30, ""), (3, 26, ""), (3, 18, ""), (4, 50, ""),
    (5, 90, ""), (6, 150, ""), (1, 40, "rediagnose"), (2, 75, "watch"), (6, 170, "solved"), (2, 60, "no_answer"),
    (1, 33, "elsewhere"),
)  # fmt: skip


@transaction.atomic
def set_deals() -> int:
    """Make them once. Returns how many cases were made."""
    if Case.objects.exists():
        return 0
    officer, city = User.objects.get(username="guzhen"), User.objects.get(username="shiju")
    broker = User.objects.get(username="jingliren")
    Broker.objects.get_or_create(
        user=broker,
        defaults={"certificate": "示例-2025-017", "issuer": "示例·省技术市场协会", "certified_on": dt.date(2025, 5, 20),
                  "filed_on": dt.date(2025, 9, 1), "filed_at": "市科技局", "fields": ["新材料", "资源与环境"]},
    )  # fmt: skip
    made = 0
    pairs = _pairs(len(_PLAN))
    for (demand, other, grade, evidence), (far, ago, end) in zip(pairs, _PLAN, strict=False):
        owner = officer if demand.division_code.startswith("340323") else city
        case = open_case(
            opening=Opening.MATCH,
            by=owner,
            demand=demand,
            other=other,
            grade=grade,
            evidence=evidence,
            is_sample=True,
        )
        _bring(case, owner, broker, far, end)
        _set_back(case, ago)
        made += 1
    _visits(officer, city)
    return made


def _pairs(count: int) -> list[tuple[Demand, Record, str, list[dict[str, str]]]]:
    """Published demands with their best achievement: the firm of the demo account and its county first."""
    found = []
    firm = User.objects.get(username="qiye").organisation_id
    demands = sorted(
        Demand.objects.published().select_related("organisation").order_by("pk")[:400],
        key=lambda one: (one.organisation_id != firm, not one.division_code.startswith("340323"),
                         not one.division_code.startswith("3403"), not one.is_sample, one.pk),
    )  # fmt: skip
    for demand in demands:
        best = next(iter(matches_for(demand, "achievement", VISITOR, top=1)), None)
        if best is None:
            continue
        evidence = [
            {"mine": _plain(pair.other_sentence), "theirs": _plain(pair.sentence)} for pair in best.pairs[:2]
        ]
        found.append((demand, best.target, best.grade, evidence))
        if len(found) == count:
            break
    return found


def _plain(pieces: Sequence[tuple[str, bool | str]]) -> str:
    return "".join(text for text, _ in pieces).strip()[:120]


def _bring(case: Case, owner: User, broker: User, far: int, end: str) -> None:
    if far >= 1:
        assign_case(case=case, owner=owner, broker=broker if case.pk % 2 else None, by=owner)
    for move in _WAY[:far]:
        if move == "talk":
            _agree(case, owner)
        if move == "perform":
            record_contract(
                case=case, by=owner, number=f"示例-HT-{case.pk:03d}", yuan=Decimal(380_000 + 90_000 * (case.pk % 7)),
                signed_on=timezone.localdate(), received_yuan=Decimal(120_000), is_registered=case.pk % 2 == 0,
            )  # fmt: skip
        case = move_case(case=case, move=move, by=owner)
        if move == "dock":
            ask_side(case=case, side=Side.SUPPLY, by=owner)
        if move == "talk":
            _talk(case, owner, broker, goes_on=far == 3)
    if end in ("rediagnose", "watch"):
        reason = {
            "rediagnose": "示例：没有写处理量和出水指标，请服务队上门帮助写清",
            "watch": "示例：对方中试明年三月结束，届时再谈",
        }[end]
        move_case(case=case, move=end, by=owner, reason=reason)
    elif end == "no_answer":
        end_case(
            case=case,
            outcome=Outcome.NO_ANSWER,
            why=NoAnswerWhy.BUSY,
            by=owner,
            note="示例：建议换成省内另一家院所再试。",
        )
    elif end:
        end_case(case=case, outcome=Outcome(end), by=owner, note="示例")
        if end == "solved":
            rate_case(case=case, side=Side.DEMAND, score=5, by=owner, note="示例：教授来了三次，问题解决了。")


def _agree(case: Case, owner: User) -> None:
    answer_for(
        case=case, side=Side.SUPPLY, answer=Answer.YES, by=owner, how=How.PHONE, note="示例：愿意先看样品"
    )
    for side in Side:
        give_consent(
            case=case,
            side=side,
            by=owner,
            sha256=consent_sha256(),
            how=How.PHONE,
            note="示例：联系人电话同意",
        )


def _talk(case: Case, owner: User, broker: User, *, goes_on: bool) -> None:
    if case.broker_id == broker.pk:
        note_step(case=case, by=broker, text="示例：陪同院所老师到厂里取样，量了三个点位")
    send_message(case=case, by=owner, text="示例：双方都同意了，请需求方先寄两公斤样品。")
    meeting = plan_meeting(
        case=case,
        by=owner,
        subject="示例：样品结果和报价",
        starts_at=timezone.now() - dt.timedelta(days=2),
        place="市科技大市场三楼",
    )
    keep_minutes(
        meeting=meeting, by=owner, participants="示例：需求方 2 人，供给方 1 人，科技局 1 人",
        decisions="示例：样品回收率达到要求，报价按吨水计；先做一个月中试。",
        next_steps=f"寄第二批样品｜需求方｜{timezone.localdate() + dt.timedelta(days=6)}\n写中试方案｜供给方｜",
    )  # fmt: skip
    if not goes_on:
        return
    plan_meeting(
        case=case,
        by=owner,
        subject="示例：中试方案",
        starts_at=timezone.now() + dt.timedelta(days=5),
        place="线上，会议号另发",
    )
    plan_next(
        case=case, by=owner, next_step="催第二批样品", due_on=timezone.localdate() + dt.timedelta(days=6)
    )


def _set_back(case: Case, days: int) -> None:
    """The case began `days` ago, its steps spread over the time since; what has lain too long becomes late by itself."""
    case = Case.objects.get(pk=case.pk)
    steps = list(CaseStep.objects.filter(case=case).order_by("pk"))
    now = timezone.now()
    for at, step in enumerate(steps):
        back = days * (1 - at / max(1, len(steps)))
        CaseStep.objects.filter(pk=step.pk).update(at=now - dt.timedelta(days=back))
    _set_meeting_back(case)
    for word in case.messages.all():
        word.at = case.steps.filter(kind=StepKind.MESSAGE).latest("pk").at
        word.save(update_fields=["at"])
    begun = now - dt.timedelta(days=days)
    last = now - dt.timedelta(days=days / max(1, len(steps)))
    values: dict[str, object] = {"opened_at": begun, "stage_since": last}
    if case.ended_at:
        values["ended_at"] = last
    if case.contract_on:
        values["contract_on"] = timezone.localdate(last)
    if case.due_on and days % 3 == 0:
        values["due_on"] = timezone.localdate() - dt.timedelta(days=days % 7 + 1)
    Case.objects.filter(pk=case.pk).update(**values)
    for party in Party.objects.filter(case=case, asked_at__isnull=False):
        asked = begun + dt.timedelta(days=days / 4)
        Party.objects.filter(pk=party.pk).update(
            asked_at=asked, answered_at=min(now, asked + dt.timedelta(days=2)) if party.answered_at else None
        )


def _set_meeting_back(case: Case) -> None:
    """The meeting was held two hours before its minutes were written, in the words of the step as well."""
    meeting = case.meetings.filter(held_at__isnull=False).first()
    minutes = case.steps.filter(kind=StepKind.MEETING, text__startswith="会议纪要").first()
    if meeting is None or minutes is None:
        return
    was = f"{timezone.localtime(meeting.starts_at):%Y-%m-%d %H:%M}"
    meeting.starts_at = (minutes.at - dt.timedelta(hours=2)).replace(minute=30, second=0)
    meeting.held_at = minutes.at
    meeting.save(update_fields=["starts_at", "held_at"])
    now = f"{timezone.localtime(meeting.starts_at):%Y-%m-%d %H:%M}"
    for step in case.steps.filter(kind=StepKind.MEETING, text__contains=was):
        CaseStep.objects.filter(pk=step.pk).update(text=step.text.replace(was, now))


_FOUND = (
    (
        "企业研发投入逐年上升，还没有填过技术需求；有一条旧产线能耗高，愿意改造。",
        "帮助把能耗问题写成一条可测量的需求",
    ),
    ("有两名在读硕士在厂实习，设备在线检测靠人工，误检多。", "请高校团队现场看一次检测工位"),
    ("高新技术企业证书明年到期，台账不齐。", "送去复审材料清单，约财务人员辅导一次"),
    ("新产品小试成功，缺中试场地，担心放大后不稳定。", "对接市内中试平台，问清开放时间和收费"),
)
_TEAMS = {"新材料": 5, "装备制造": 4, "生物农业": 6, "资源环境": 3, "电子信息": 5, "食品加工": 4, "医药健康": 3, "新能源": 4,
          "现代服务": 3}  # fmt: skip


def _visits(officer: User, city: User) -> None:
    """Nine teams as the documents count them, one named contact each for the firms here, and what the visits found."""
    teams = [
        ServiceTeam.objects.create(name=f"示例·{name}服务队", division_code="340300000000", leader=city, is_sample=True,
                                   members=f"示例：科技局 2 人，院所专家 {count} 人")
        for name, count in _TEAMS.items()
    ]  # fmt: skip
    # made-up firms alone: nobody was at the real ones
    firms = Enterprise.objects.filter(is_sample=True, organisation__division_code__startswith="3403")
    for at, firm in enumerate(firms.select_related("organisation").order_by("pk")):
        place = firm.organisation
        if place is None or Liaison.objects.filter(organisation=place, until=None).exists():
            continue
        holder = officer if place.division_code.startswith("340323") else city
        Liaison.objects.create(organisation=place, user=holder, since=dt.date(2026, 1, 1))
        findings, task = _FOUND[at % len(_FOUND)]
        visit = Visit.objects.create(
            organisation=place, team=teams[at % 9], on=timezone.localdate() - dt.timedelta(days=5 * at + 3),
            visitors="示例：联系人、院所专家", met="示例：技术负责人", by=holder, is_sample=True, findings=f"示例：{findings}",
        )  # fmt: skip
        VisitTask.objects.create(
            visit=visit, what=f"示例：{task}", owner=holder,
            due_on=timezone.localdate() + dt.timedelta(days=10 - 4 * (at % 5)),
        )  # fmt: skip
