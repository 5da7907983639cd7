"""The firm's side: contesting a condition, saying yes with an account, or no."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from keqiao.core.audit import record
from keqiao.core.errors import BadInput, NotAllowed
from keqiao.core.models import AuditLevel
from keqiao.core.numbers import next_number
from keqiao.firm.facts import facts_of
from keqiao.payment.access import require_officer, unit_of
from keqiao.payment.enums import CONTESTABLE, AwardState, ContestState
from keqiao.payment.models import Award, Contest, PayeeAccount
from keqiao.payment.rolls import rejudge, release
from keqiao.payment.steps import lock_award, move_award, note_step, require_version, tell_firms
from keqiao.people.models import User
from keqiao.registry.enterprise.models import Enterprise

SERIES = "申诉"
AMOUNT = "amount"


def conditions_of(award: Award) -> list[dict[str, str]]:
    """What a firm may contest: each condition as it was judged, and the amount. {id, title, says, outcome}."""
    found = [
        {"id": one["id"], "title": one["title"], "says": one["says"], "outcome": one["outcome"]}
        for one in award.verdict.get("conditions", ())
    ]
    return [
        *found,
        {"id": AMOUNT, "title": "兑现金额", "says": award.working.get("words", ""), "outcome": ""},
    ]


def _require_own(award: Award, by: User) -> None:
    unit = unit_of(by)
    if unit is None or unit.pk != award.organisation_id:
        raise NotAllowed(
            f"{award.number} 由{award.firm_name}自己办理。请用该单位的账号登录。", code="award.owner"
        )


@transaction.atomic
def contest(*, award: Award, condition: str, text: str, by: User) -> Contest:
    """Say that a condition or the amount was judged on wrong data. The award does not go on until it is answered."""
    award = lock_award(award)
    _require_own(award, by)
    if award.state not in CONTESTABLE:
        raise NotAllowed(f"{award.number} 是“{award.get_state_display()}”，现在不能提出申诉。请联系科技局。", code="contest.state", conflict=True)  # fmt: skip
    titles = {one["id"]: one["title"] for one in conditions_of(award)}
    if condition not in titles:
        raise BadInput("请选择对哪一项条件有不同意见。", field="condition")
    body = text.strip()
    if not 5 <= len(body) <= 2000:
        raise BadInput(f"请写清哪里不对、正确的数据和依据，5 到 2000 字，现在 {len(body)} 字。", field="text")
    if award.contests.filter(condition=condition, state=ContestState.OPEN).exists():
        raise NotAllowed(f"“{titles[condition]}”已经提出申诉，正在处理。", code="contest.open", conflict=True)
    made = Contest.objects.create(
        number=next_number(SERIES, timezone.localdate().year), award=award, condition=condition,
        condition_title=titles[condition], text=body, by=by,
    )  # fmt: skip
    note_step(award, "contest", f"对“{titles[condition]}”提出申诉 {made.number}", by=by)
    record("contest.made", by=by, target=made)
    return made


@transaction.atomic
def decide_contest(*, contest: Contest, is_upheld: bool, answer: str, by: User) -> Contest:
    """Answer a contest. Upheld: the data has been put right in the firm's file, and the award is judged again on it."""
    award = lock_award(contest.award)
    require_officer(by, award.roll.division_code, "条件申诉")
    contest = Contest.objects.select_for_update().get(pk=contest.pk)
    if contest.state != ContestState.OPEN:
        raise NotAllowed(f"{contest.number} 已经答复：{contest.get_state_display()}。", code="contest.decided", conflict=True)  # fmt: skip
    words = answer.strip()
    if len(words) < 5:
        raise BadInput("请写答复的理由，企业会看到。", field="answer")
    contest.state = ContestState.UPHELD if is_upheld else ContestState.REJECTED
    contest.answer, contest.decided_by, contest.decided_at = words[:600], by, timezone.now()
    contest.save(update_fields=["state", "answer", "decided_by", "decided_at"])
    if is_upheld:
        rejudge(award=award, facts=_facts_now(award), by=by, why=f"申诉 {contest.number} 成立：{words}")
    else:
        note_step(award, "contest", f"申诉 {contest.number} 不成立：{words}", by=by)
    tell_firms([award], "申诉已答复：{item}", f"{contest.number} " + ("成立，已重新核算。" if is_upheld else "不成立，理由请登录查看。"), contest.number)  # fmt: skip
    record("contest.decided", by=by, target=contest, changes={"state": ["open", contest.state]}, level=AuditLevel.IMPORTANT)  # fmt: skip
    return contest


def _facts_now(award: Award) -> dict[str, object]:
    firm = Enterprise.objects.filter(organisation_id=award.organisation_id).order_by("-pk").first()
    if firm is None:
        raise NotAllowed(f"{award.firm_name} 没有企业档案，不能重新核算。请先建立档案。", code="award.firm")
    return dict(facts_of(firm, award.roll.on))


@transaction.atomic
def complete_award(*, award: Award, by: User) -> Award:
    """Judge again an award that lacked data, after the data was filled in."""
    require_officer(by, award.roll.division_code, "兑现名单")
    return rejudge(award=award, facts=_facts_now(award), by=by, why="数据已补")


@transaction.atomic
def accept_award(*, award: Award, account: PayeeAccount, by: User, version: int | None = None) -> Award:
    """The firm's one click: yes, to this account. Also after a bounce, with a corrected account."""
    award = lock_award(award)
    _require_own(award, by)
    require_version(award, version)
    if account.organisation_id != award.organisation_id or account.ended_at is not None:
        raise BadInput("请选择本单位在用的收款账户。", field="account")
    if award.contests.filter(state=ContestState.OPEN).exists():
        raise NotAllowed("有申诉还没有答复，答复后再确认。", code="award.contested", conflict=True)
    move = "correct" if award.state == AwardState.BOUNCED else "accept"
    move_award(award, move, f"企业确认，收款账户 {account.masked}", by=by, account=account)
    record(
        "award.accepted",
        by=by,
        target=award,
        changes={"account": ["", account.masked]},
        level=AuditLevel.IMPORTANT,
    )
    return award


@transaction.atomic
def decline_award(*, award: Award, reason: str, by: User) -> Award:
    """The firm does not want it; the money goes back to the pot."""
    award = lock_award(award)
    _require_own(award, by)
    release(award, by)
    award.evidence.update(is_in_use=False)
    move_award(
        award, "decline", f"企业放弃：{reason.strip() or '未说明'}", by=by, reason=reason.strip()[:500]
    )
    record("award.declined", by=by, target=award, reason=reason)
    return award


@transaction.atomic
def remind_silent(*, by: User | None, today: dt.date, days: int = 5) -> int:
    """Remind firms that have not confirmed for `days`; once a day at most. Gives the messages queued."""
    waiting = list(
        Award.objects.filter(state=AwardState.ASKED, since__date__lte=today - dt.timedelta(days=days)).select_related("item")
    )  # fmt: skip
    return tell_firms(
        waiting,
        "还没有确认：{item}",
        "{number} 已公示期满，请登录确认收款账户，资金随后拨付。",
        f"remind:{today}",
    )
