"""Publicity of a list: a frozen notice, a working-day clock that objections stop firm by firm, then the firm's word."""

import datetime as dt
import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from keqiao.codes.workdays import Unit, calendar
from keqiao.core.audit import record
from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.core.models import AuditLevel
from keqiao.core.numbers import next_number
from keqiao.hall.clock import Pause, Reading, Term, read_clock
from keqiao.payment.access import is_officer_of, require_officer
from keqiao.payment.enums import AwardState, ContestState, Path
from keqiao.payment.models import Award, AwardList, Publicity, PublicObjection
from keqiao.payment.rolls import release
from keqiao.payment.steps import lock_award, lock_awards, move_award, move_awards, note_step, tell_firms
from keqiao.people.models import User

SERIES, OBJECTIONS = "公示", "公示异议"
_PHONE = re.compile(r"\+?[0-9][0-9 -]{6,18}\Z")
_NOT_A_NAME = re.compile(r"匿名|无名|某|先生$|女士$|群众|知情人|不愿|保密|\*|[0-9]")
_MOST_OPEN = 20
BASIS = "公示 3 至 7 个工作日，各地规定不一，请核对本地文件"


def digest_of(content: Any) -> str:
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def publish_roll(*, roll: AwardList, by: User, on: dt.date | None = None) -> Publicity:
    """Make the confirmed awards of a list public for the item's working days; the content is frozen with its digest."""
    require_officer(by, roll.division_code, "兑现公示")
    day = on or timezone.localdate()
    awards = lock_awards(roll.awards.filter(state=AwardState.CONFIRMED).values_list("pk", flat=True))
    if not awards:
        raise NotAllowed("名单里没有已确认、待公示的企业。请先确认。", code="publicity.empty")
    content = [[one.number, one.firm_name, one.item.title, one.amount_fen] for one in awards]
    notice = Publicity.objects.create(
        number=next_number(SERIES, day.year), roll=roll, issuer=settings.KEQIAO_BUREAU_NAME,
        title=f"{roll.period} 年“{roll.item.title}”拟兑现名单公示"[:240], working_days=roll.item.publicity_days,
        start_on=day, content=content, digest=digest_of(content), published_by=by,
    )  # fmt: skip
    move_awards(awards, "publish", f"列入公示 {notice.number}，{notice.working_days} 个工作日", by=by)
    tell_firms(awards, "正在公示：{item}", "{number} 已列入拟兑现名单公示，公示期满没有异议即请贵单位确认收款账户。", notice.number)  # fmt: skip
    record("publicity.published", by=by, target=notice, row_count=len(awards), level=AuditLevel.IMPORTANT)
    return notice


def term_of(notice: Publicity) -> Term:
    """How long it is public; its first day counts when it is a working day."""
    return Term(notice.working_days, Unit.WORKING, counts_first=True, basis=BASIS, verify=True)


def reading_of(notice: Publicity, on: dt.date, award: Award | None = None) -> Reading:
    """The clock on a day: of the whole notice, or of one firm with the objections that name it."""
    pauses = []
    if award is not None:
        rows = notice.objections.filter(award=award).values_list("came_on", "decided_on")
        pauses = [Pause(since, until) for since, until in rows]
    return read_clock(notice.start_on, term_of(notice), pauses, on, calendar(settings.KEQIAO_HOLIDAYS))


def notice_of(award: Award) -> Publicity | None:
    """The newest publicity that names the award."""
    rows = Publicity.objects.filter(roll_id=award.roll_id, start_on__isnull=False).order_by("-pk")
    return next((one for one in rows if any(line[0] == award.number for line in one.content)), None)


@dataclass(frozen=True, slots=True)
class Ended:
    """What ending a publicity did."""

    asked: int
    held: int


@transaction.atomic
def end_publicity(*, notice: Publicity, by: User | None, on: dt.date | None = None) -> Ended:
    """After the last day: firms without an open objection or contest are asked for their word and account.

    A firm that named its account in an application is ready at once. Others stay public until theirs is decided.
    """
    roll = notice.roll
    if by is not None:
        require_officer(by, roll.division_code, "兑现公示")
    day = on or timezone.localdate()
    whole = reading_of(notice, day)
    if not whole.is_over:
        raise NotAllowed(
            f"{notice.number} 公示到 {whole.ends_on}，还没有期满。", code="publicity.running", conflict=True
        )
    numbers = {line[0] for line in notice.content}
    awards = lock_awards(
        roll.awards.filter(state=AwardState.PUBLIC, number__in=numbers).values_list("pk", flat=True)
    )
    contested = set(roll.awards.filter(contests__state=ContestState.OPEN).values_list("pk", flat=True))
    objected = set(notice.objections.values_list("award_id", flat=True))
    passed = [
        one for one in awards
        if one.pk not in contested and (one.pk not in objected or reading_of(notice, day, one).is_over)
    ]  # fmt: skip
    if passed:
        move_awards(passed, "ask", "公示期满，没有未处理的异议和申诉", by=by)
        ready = [one for one in passed if one.path == Path.APPLY and one.account_id is not None]
        if ready:
            move_awards(ready, "accept", "申报时已提供收款账户", by=by)
        rest = [one for one in passed if one not in ready]
        tell_firms(rest, "请确认收款账户：{item}", "{number} 公示期满，请点一次“确认”，核对收款账户，资金随后拨付。", f"asked:{notice.pk}")  # fmt: skip
    record("publicity.ended", by=by, target=notice, row_count=len(passed))
    return Ended(len(passed), len(awards) - len(passed))


@transaction.atomic
def object_publicly(
    *, notice: Publicity, award_number: str, name: str, phone: str, text: str, on: dt.date | None = None
) -> PublicObjection:
    """Take a signed objection against one firm; its clock stops today. Raises BadInput for an anonymous one."""
    day = on or timezone.localdate()
    award = Award.objects.filter(roll=notice.roll, number=award_number).select_related("item", "roll").first()
    if award is None or award.number not in {line[0] for line in notice.content}:
        raise BadInput("请选择对哪一家企业有异议。", field="award_number")
    award = lock_award(award)
    if award.state != AwardState.PUBLIC or reading_of(notice, day, award).is_over:
        raise NotAllowed(f"{award.firm_name} 的公示已经结束，不再受理异议。仍有问题可以直接向科技局反映。", code="publicity.late", conflict=True)  # fmt: skip
    name, body = " ".join(name.split()), text.strip()
    if len(name) < 2 or len(name) > 120 or _NOT_A_NAME.search(name):
        raise BadInput("匿名的异议不予受理：无法核实，也无法告知结果。请写真实姓名或单位全称，只有办理人员能看到。", field="name")  # fmt: skip
    if not _PHONE.match(phone.strip()):
        raise BadInput(f"请留能打通的电话，现在写的是“{phone.strip()[:30]}”。", field="phone")
    if not 10 <= len(body) <= 4000:
        raise BadInput(f"请写清异议的事项和依据，10 到 4000 字，现在 {len(body)} 字。", field="text")
    if award.objections.filter(decided_on=None).count() >= _MOST_OPEN:
        raise NotAllowed("对这家企业待处理的异议已经很多，暂不再收。请直接联系科技局。", code="publicity.flood", conflict=True)  # fmt: skip
    objection = PublicObjection.objects.create(
        number=next_number(OBJECTIONS, day.year), publicity=notice, award=award, name=name, phone=phone.strip(), text=body,
        came_on=day,
    )  # fmt: skip
    note_step(award, "objected", f"收到公示异议 {objection.number}，公示暂停", by=None)
    record("public_objection.received", target=objection, level=AuditLevel.IMPORTANT)  # says nobody's name
    return objection


def objection_for(user: User, public_id: Any) -> PublicObjection:
    """For officers of the place; each reading is audited. NotFound otherwise."""
    found = PublicObjection.objects.select_related("award__roll", "award__item", "publicity").filter(public_id=public_id).first()  # fmt: skip
    if found is None or not is_officer_of(user, found.award.roll.division_code):
        raise NotFound("公示异议")
    return found


def read_objection(objection: PublicObjection, by: User) -> PublicObjection:
    record("public_objection.read", by=by, target=objection, level=AuditLevel.IMPORTANT)
    return objection


@transaction.atomic
def decide_objection(
    *, objection: PublicObjection, is_upheld: bool, reason: str, by: User, on: dt.date | None = None
) -> PublicObjection:
    """Decide with a reason that is public and does not name the objector. Upheld: the firm is taken off."""
    award = lock_award(objection.award)
    require_officer(by, award.roll.division_code, "公示异议")
    objection = PublicObjection.objects.select_for_update().get(pk=objection.pk)
    if objection.decided_on is not None:
        raise NotAllowed(f"{objection.number} 已经办结。", code="publicity.decided", conflict=True)
    words = " ".join(reason.split())
    if len(words) < 5:
        raise BadInput("请写处理的理由和依据，会公开，不要写异议人。", field="reason")
    for secret in (objection.name, objection.phone):
        if secret in words:
            raise BadInput(f"这段文字会公开，里面有异议人的信息“{secret}”。请删去。", field="reason")
    objection.is_upheld, objection.reason, objection.decided_by = is_upheld, words[:600], by
    objection.decided_on = on or timezone.localdate()
    objection.save(update_fields=["is_upheld", "reason", "decided_by", "decided_on"])
    if is_upheld:
        release(award, by)
        award.evidence.update(is_in_use=False)
        move_award(award, "drop", f"公示异议成立：{words}", by=by, reason=words[:500])
        tell_firms(
            [award],
            "公示异议成立：{item}",
            "{number} 的公示异议成立，不再兑现。可以登录查看理由。",
            objection.number,
        )
    else:
        note_step(award, "objection", f"公示异议 {objection.number} 不成立：{words}", by=by)
    record("public_objection.decided", by=by, target=objection, changes={"upheld": [None, is_upheld]}, level=AuditLevel.IMPORTANT)  # fmt: skip
    return objection


def end_due(on: dt.date) -> int:
    """End every publicity that is over on the day; gives how many firms were asked for their word. For the night."""
    waiting = (
        Publicity.objects.filter(roll__awards__state=AwardState.PUBLIC).select_related("roll").distinct()
    )
    return sum(
        end_publicity(notice=one, by=None, on=on).asked for one in waiting if reading_of(one, on).is_over
    )
