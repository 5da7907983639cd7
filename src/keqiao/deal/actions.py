"""Work on a case: its stage, its owner, its next step, its contract. Asking and consent are in `parties`."""

import datetime as dt
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from keqiao.core.errors import BadInput, NotAllowed
from keqiao.core.models import AuditLevel
from keqiao.deal.access import is_officer_of, require_desk, seat_of, trust_of
from keqiao.deal.enums import WAY, NoAnswerWhy, Outcome, Side, Stage, StepKind
from keqiao.deal.flow import CASE_FLOW, NEEDS_REASON
from keqiao.deal.models import Case, Party
from keqiao.deal.opening import promised_on
from keqiao.deal.rules import promise_of
from keqiao.deal.steps import keep_step, locked, open_title, saved, tell, tell_side, told
from keqiao.deal.teaching import teach_the_end
from keqiao.people.enums import OFFICERS, Role
from keqiao.people.models import User

_TOLD = frozenset({"rediagnose", "watch", "resume", "talk", "sign", "perform", "evaluate", "reopen"})


@transaction.atomic
def move_case(
    *, case: Case, move: str, by: User | None, reason: str = "", version: int | None = None
) -> Case:
    """Take one named move other than "end". The stage's promised day starts anew; the sides hear of what matters.

    Raises NotAllowed for the state, StaleCase when somebody was first, BadInput without a reason where one is read.
    """
    if move == "end":
        raise BadInput("结束事项须选明结果，请用“结束”办理。", code="case.end", field="move")
    case = locked(case, version)
    require_desk(by, case)
    step = CASE_FLOW.the_move(case.stage, move)
    reason = told(
        reason, "reason", required=f"请写明“{step.label}”的原因，双方会看到。" if move in NEEDS_REASON else ""
    )
    _check_ready(case, move)
    before = Stage(case.stage)
    _enter(case, Stage(step.target))
    if move == "reopen":
        case.outcome = case.outcome_note = case.no_answer_why = ""
        case.ended_at = None
    saved(case, "stage", "stage_since", "reached", "due_on", "next_step", "outcome", "outcome_note", "no_answer_why",
          "ended_at")  # fmt: skip
    text = f"{before.label} → {Stage(case.stage).label}{'：' + reason if reason else ''}"
    keep_step(case, StepKind.MOVED, text, by=by, moved=(before, case.stage),
              changes={"stage": [before.label, Stage(case.stage).label]})  # fmt: skip
    if move in _TOLD:
        _tell_both(case, text, reason, by)
    return case


def _enter(case: Case, stage: Stage) -> None:
    case.stage, case.stage_since = stage, timezone.now()
    case.due_on = promised_on(stage, timezone.localdate())
    promise = promise_of(stage)
    case.next_step = promise.next if promise else ""
    if stage in WAY:
        case.reached = max(case.reached, WAY.index(stage))


def _check_ready(case: Case, move: str) -> None:
    """What must be so before a stage begins: somebody to talk to, agreement to talk, an NDA where one was asked for."""
    if move == "dock" and not case.parties.filter(side=Side.SUPPLY).exists():
        raise NotAllowed(
            "还没有供给方，不能开始对接。请先在“对接双方”里选定成果、专家或资源。", code="case.no_supply"
        )
    if move == "talk" and not trust_of(case).both:
        raise NotAllowed(
            "双方还没有都同意提供名称和联系方式，不能进入洽谈。请先在“对接双方”里征得同意（电话同意的可代为登记）。",
            code="case.no_consent",
        )
    if move == "sign" and case.needs_nda and case.nda_signed_on is None:
        raise NotAllowed(
            "这件事项须先签保密协议。请在“保密协议”里下载文本，签好后上传，再准备签约。", code="case.no_nda"
        )
    if move == "perform" and (case.contract_on is None or case.contract_yuan is None):
        raise NotAllowed(
            "还没有登记合同的签订日期和金额，不能进入履约。请先在“合同”里登记。", code="case.no_contract"
        )


def _tell_both(case: Case, text: str, reason: str, by: User | None) -> None:
    for side in Side:
        tell_side(
            case, side, by=by, key=f"move {case.version}", subject=f"{case.number} 有新进展：{Stage(case.stage).label}",
            text=f"“{open_title(case)}”：{text}。下一步：{case.next_step or '无'}。"
            + (f"最晚 {case.due_on}。" if case.due_on else ""),
        )  # fmt: skip


@transaction.atomic
def end_case(
    *, case: Case, outcome: str, by: User | None, note: str = "", why: str = "", version: int | None = None
) -> Case:
    """Close with a typed outcome. Nobody answered: the officer says why, the firm is told what was tried.

    Raises BadInput without an outcome, or without the reason that this outcome needs.
    """
    case = locked(case, version)
    require_desk(by, case)
    before = Stage(case.stage)
    target = CASE_FLOW.after(case.stage, "end")
    if outcome not in Outcome.values:
        raise BadInput("请选明结果，它会进入统计，也会告诉双方。", code="case.outcome", field="outcome")
    if outcome == Outcome.NO_ANSWER and why not in NoAnswerWhy.values:
        raise BadInput("对方一直没有答复的，请选明您判断的原因，以后少走弯路。", code="case.why", field="why")
    if outcome == Outcome.SOLVED and case.reached < WAY.index(Stage.SIGN):
        raise BadInput(
            "还没有到过签约阶段，不能以“合作完成”结束。没有走合同的合作请先推进到签约并登记。",
            field="outcome",
        )
    case.stage, case.stage_since, case.due_on, case.next_step = target, timezone.now(), None, ""
    case.outcome, case.outcome_note, case.ended_at = outcome, told(note, "note"), timezone.now()
    case.no_answer_why = why if outcome == Outcome.NO_ANSWER else ""
    saved(
        case,
        "stage",
        "stage_since",
        "due_on",
        "next_step",
        "outcome",
        "outcome_note",
        "ended_at",
        "no_answer_why",
    )
    label = Outcome(outcome).label
    keep_step(case, StepKind.MOVED, f"结束：{label}{'，' + case.outcome_note if case.outcome_note else ''}", by=by,
              moved=(before, target), changes={"stage": [before.label, "已结束"], "outcome": ["", label]},
              level=AuditLevel.IMPORTANT)  # fmt: skip
    teach_the_end(case, by)
    _tell_the_end(case, by)
    return case


def what_was_tried(case: Case) -> str:
    """In one sentence for the firm: when the other side was asked and reminded. Names nobody."""
    party = case.parties.filter(side=Side.SUPPLY).prefetch_related("reminders").first()
    if party is None or party.asked_at is None:
        return "我们没有找到可以联系的对接对象。"
    days = [str(one.day) for one in party.reminders.all() if one.asked_at == party.asked_at]
    reminded = f"，此后第 {'、'.join(days)} 天各提醒一次" if days else ""
    return f"我们于 {timezone.localdate(party.asked_at)} 联系了对方{reminded}，对方一直没有答复。"


def _tell_the_end(case: Case, by: User | None) -> None:
    label = Outcome(case.outcome).label
    firm = {
        Outcome.NO_ANSWER: f"{what_was_tried(case)}我们不再等下去，这件事项先结束；您可以另选对象，或把需求改得更具体后重新对接，我们继续帮您找。",
        Outcome.SOLVED: "合作已经完成，感谢使用。过些天会请您评价一次。",
    }.get(Outcome(case.outcome), f"结果：{label}。{case.outcome_note}")
    tell_side(case, Side.DEMAND, by=by, key=f"end {case.version}", subject=f"{case.number} 已结束：{label}",
              text=f"“{open_title(case)}”：{firm}")  # fmt: skip
    supply = (
        "合作已经完成，感谢使用。" if case.outcome == Outcome.SOLVED else "这次对接到此结束，感谢您的时间。"
    )
    if Party.objects.filter(case=case, side=Side.SUPPLY, asked_at__isnull=False).exists():
        tell_side(case, Side.SUPPLY, by=by, key=f"end {case.version}", subject=f"{case.number} 已结束",
                  text=f"“{open_title(case)}”：{supply}")  # fmt: skip


@transaction.atomic
def assign_case(
    *, case: Case, by: User | None, owner: User | None, broker: User | None, version: int | None = None
) -> Case:
    """Say who holds the case and which broker helps. Only officers of its place."""
    case = locked(case, version)
    if by is not None and not seat_of(by, case).is_officer:
        raise NotAllowed("承办人由事项所在地的科技局人员指定。请在消息里提出。", code="case.assign")
    if owner is not None and (not owner.is_active or not is_officer_of(owner, case.division_code)):
        raise BadInput(f"{owner} 不管这个地区，不能承办。请选本地或市科技局人员。", field="owner")
    if broker is not None and (not broker.is_active or Role.BROKER not in broker.roles):
        raise BadInput(f"{broker} 不是在用的技术经理人账号，请另选。", field="broker")
    before = [str(case.owner or "待分派"), str(owner or "待分派")]
    brokers = [str(case.broker or "无"), str(broker or "无")]
    case.owner, case.broker = owner, broker
    saved(case, "owner", "broker")
    text = before[1] + (f"；技术经理人：{brokers[1]}" if broker else "")
    keep_step(case, StepKind.ASSIGNED, text, by=by, changes={"owner": before, "broker": brokers})
    tell([user for user in (owner, broker) if user], case=case, by=by, key=f"assigned {case.version}",
         subject=f"{case.number} 交给您办", text=f"“{open_title(case)}”现在由您承办。下一步：{case.next_step}。")  # fmt: skip
    return case


@transaction.atomic
def plan_next(
    *, case: Case, by: User | None, next_step: str, due_on: dt.date | None, version: int | None = None
) -> Case:
    """Set what is done next and until when. A later day than promised must say why in the step itself."""
    case = locked(case, version)
    require_desk(by, case)
    if not case.is_open:
        raise NotAllowed(f"{case.number} 已经结束，不用再安排下一步。", code="case.ended", conflict=True)
    step = told(next_step, "next_step", 200, required="请写下一步做什么，双方会看到。")
    if due_on is None:
        raise BadInput("请写下一步的日期，过了这一天事项会标红。", code="case.due", field="due_on")
    before = f"{case.next_step}（{case.due_on or '未定'}）"
    case.next_step, case.due_on = step, due_on
    saved(case, "next_step", "due_on")
    keep_step(
        case,
        StepKind.PLANNED,
        f"{step}，{due_on} 前",
        by=by,
        changes={"next": [before, f"{step}（{due_on}）"]},
    )
    return case


@transaction.atomic
def note_step(*, case: Case, by: User, text: str, is_internal: bool = False) -> None:
    """Write down what was done: a call, a letter, a visit. Internal notes stay with the desk."""
    case = locked(case)
    require_desk(by, case)
    text = told(text, "text", 600, required="请写做了什么，例如“电话联系王主任，约下周二面谈”。")
    saved(case)
    keep_step(case, StepKind.NOTED, text, by=by, internal=is_internal)


@transaction.atomic
def record_contract(
    *, case: Case, by: User | None, number: str = "", yuan: Decimal | None, signed_on: dt.date | None,
    received_yuan: Decimal | None = None, is_registered: bool = False, version: int | None = None,
) -> Case:  # fmt: skip
    """Note the contract that came of the case; the contract room calls it when it registers one."""
    case = locked(case, version)
    require_desk(by, case)
    if case.reached < WAY.index(Stage.SIGN):
        raise NotAllowed("还没有到签约阶段，不能登记合同。请先推进到签约。", code="case.too_early")
    if yuan is None or yuan < 0 or signed_on is None:
        raise BadInput(
            "请写合同金额和签订日期。金额待定的先不登记。", code="case.contract", field="contract_yuan"
        )
    if signed_on > timezone.localdate():
        raise BadInput(f"签订日期 {signed_on} 还没有到，请核对。", field="contract_on")
    if received_yuan is not None and received_yuan < 0:
        raise BadInput("到账金额不能是负数。", field="received_yuan")
    before = str(case.contract_yuan or "")
    case.contract_number, case.contract_yuan, case.contract_on = (
        told(number, "contract_number", 60),
        yuan,
        signed_on,
    )
    case.received_yuan, case.is_registered = received_yuan, is_registered
    saved(case, "contract_number", "contract_yuan", "contract_on", "received_yuan", "is_registered")
    keep_step(case, StepKind.CONTRACT, f"{case.contract_number or '（未编号）'}，{yuan:,} 元，{signed_on} 签订", by=by,
              changes={"contract_yuan": [before, str(yuan)]}, level=AuditLevel.IMPORTANT)  # fmt: skip
    return case


def desk_people(division_code: str) -> list[User]:
    """Officers who may hold a case of this place: its county's first, then the city's."""
    found = User.objects.filter(is_active=True, grants__revoked_at=None, grants__role__in=OFFICERS).distinct()
    return [user for user in found.order_by("name")[:500] if is_officer_of(user, division_code)]


def brokers() -> list[User]:
    """Every broker with an account in use."""
    found = User.objects.filter(is_active=True, grants__revoked_at=None, grants__role=Role.BROKER)
    return list(found.distinct().order_by("name")[:500])
