"""What is said in a case: messages, meetings and their minutes. Participants only; the other side's words are masked."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.deal.access import Seat, Trust, require_desk, seat_of
from keqiao.deal.enums import Side, StepKind
from keqiao.deal.models import Case, CaseMessage, CaseStep, Meeting, Party
from keqiao.deal.steps import (
    keep_step,
    locked,
    open_title,
    saved,
    side_word,
    tell_desk,
    tell_side,
    told,
    without_contacts,
)
from keqiao.people.models import User
from keqiao.registry.records import disclosure
from keqiao.registry.records.enums import Disclosure

_LEAST_NAME = 3  # a shorter name of a unit would black out ordinary words


@transaction.atomic
def send_message(*, case: Case, by: User, text: str) -> CaseMessage:
    """Say something to everybody in the case. The letter that goes out says that there is a message, not which."""
    case = locked(case)
    seat = require_participant(by, case)
    text = text.strip()
    if not text:
        raise BadInput("请先写消息。", code="case.message", field="text")
    if len(text) > 2000:
        raise BadInput(f"消息有 {len(text)} 字，最多 2000 字。长的内容请作为附件上传。", field="text")
    message = CaseMessage.objects.create(case=case, by=by, side=seat.side, text=text)
    saved(case)
    keep_step(case, StepKind.MESSAGE, f"{side_word(seat.side)}发了一条消息", by=by, side=seat.side)
    words = {
        "subject": f"{case.number} 有一条新消息",
        "text": f"“{open_title(case)}”里{side_word(seat.side)}发了一条消息，请登录查看。",
    }
    for side in Side:
        if (
            side != seat.side
            and case.parties.filter(side=side).exclude(side=Side.SUPPLY, asked_at=None).exists()
        ):
            tell_side(case, side, by=by, key=f"message {message.pk}", **words)
    tell_desk(case, by=by, key=f"message {message.pk}", **words)
    return message


def require_participant(user: User, case: Case) -> Seat:
    """Passes for the desk and the two sides. Raises NotAllowed for those who only read."""
    seat = seat_of(user, case)
    if not seat.is_participant:
        raise NotAllowed("只有承办人和对接双方可以在这里发言和上传。您可以查看。", code="case.participant")
    return seat


@dataclass(frozen=True, slots=True)
class Word:
    """One message as a reader may see it."""

    message: CaseMessage
    who: str
    text: str
    is_mine: bool


def words_of(case: Case, user: User, seat: Seat, trust: Trust) -> list[Word]:
    """The newest 200 messages, oldest first. Before both agreed, names and contacts of the other side are taken out."""
    parties = list(case.parties.all())
    found = list(case.messages.select_related("by").order_by("-at", "-pk")[:200])
    return [_word(one, case, user, seat, trust, parties) for one in reversed(found)]


def _word(
    message: CaseMessage, case: Case, user: User, seat: Seat, trust: Trust, parties: list[Party]
) -> Word:
    mine = message.by_id == user.pk
    clear = mine or trust.both or seat.is_officer or (bool(message.side) and message.side in seat.sides)
    if not seat.is_participant:
        clear = False  # an auditor sees that people spoke, not their telephone numbers
    if clear:
        who = "我" if mine else f"{message.by}（{side_word(message.side)}）"
        return Word(message, who, message.text, mine)
    return Word(message, side_word(message.side), hidden(message.text, case, parties), mine)


def hidden(text: str, case: Case, parties: list[Party]) -> str:
    """The text without contact details and without the names of the two sides, in full or in short."""
    for party in parties:
        for name in (party.organisation_name, party.contact_name):
            if len(name) >= _LEAST_NAME and not (party.is_name_public and name == party.organisation_name):
                text = text.replace(name, party.masked_name or "某单位")
    if case.demand is not None and case.demand.disclosure != Disclosure.PUBLIC:
        text = disclosure.without_names(case.demand, text)
    return without_contacts(text)


def step_text(step: CaseStep, case: Case, parties: list[Party], seat: Seat, trust: Trust) -> str:
    """A step as this seat may read it: before both agreed, a side does not read the desk's notes on the other."""
    if seat.is_desk or not seat.is_participant or trust.both or (step.side and step.side in seat.sides):
        return step.text
    if step.kind == StepKind.NOTED:
        return "承办人记录了一次办理"
    return hidden(step.text, case, parties)


# -- meetings ---------------------------------------------------------------------------------------------------


@transaction.atomic
def plan_meeting(
    *, case: Case, by: User, subject: str, starts_at: dt.datetime | None, place: str = ""
) -> Meeting:
    """Set a meeting; both sides and the desk are told. A past moment is for minutes written afterwards: allowed."""
    case = locked(case)
    require_desk(by, case)
    subject = told(subject, "subject", 200, required="请写会议的议题。")
    if starts_at is None:
        raise BadInput("请写会议的日期和时间。", code="meeting.when", field="starts_at")
    if abs((starts_at - timezone.now()).days) > 730:
        raise BadInput(
            f"{timezone.localtime(starts_at):%Y-%m-%d} 离今天超过两年，请核对年份。", field="starts_at"
        )
    meeting = Meeting.objects.create(
        case=case, by=by, subject=subject, starts_at=starts_at, place=told(place, "place", 120)
    )
    saved(case)
    when = f"{timezone.localtime(starts_at):%Y-%m-%d %H:%M}"
    keep_step(case, StepKind.MEETING, f"约定会议：{subject}，{when}，{meeting.place or '地点待定'}", by=by)
    if starts_at > timezone.now():
        for side in Side:
            if case.parties.filter(side=side, asked_at__isnull=False).exists() or side == Side.DEMAND:
                tell_side(case, side, by=by, key=f"meeting {meeting.pk}", subject=f"{case.number} 会议：{when}",
                          text=f"“{open_title(case)}”定于 {when} 开会：{subject}。地点：{meeting.place or '待定'}。")  # fmt: skip
        tell_desk(
            case,
            by=by,
            key=f"meeting {meeting.pk}",
            subject=f"{case.number} 会议：{when}",
            text=f"“{open_title(case)}”：{subject}",
        )
    return meeting


def meeting_for(case: Case, public_id: Any) -> Meeting:
    """A meeting of this case. NotFound otherwise."""
    found = Meeting.objects.filter(case=case, public_id=public_id).first()
    if found is None:
        raise NotFound("会议")
    return found


@transaction.atomic
def keep_minutes(
    *, meeting: Meeting, by: User, participants: str, decisions: str, next_steps: str
) -> Meeting:
    """Write the minutes. next_steps: one a line, what｜who｜day. The earliest day becomes the case's next step."""
    case = locked(meeting.case)
    require_desk(by, case)
    meeting = Meeting.objects.select_for_update().get(pk=meeting.pk)
    if meeting.cancelled_at is not None:
        raise NotAllowed("这次会议已经取消，不能登记纪要。", code="meeting.cancelled", conflict=True)
    if not decisions.strip():
        raise BadInput(
            "请写议定了什么；没有达成一致的，写明分歧在哪里。", code="meeting.decisions", field="decisions"
        )
    if not participants.strip():
        raise BadInput("请写参加人员。", code="meeting.participants", field="participants")
    steps = read_next_steps(next_steps)
    meeting.participants, meeting.decisions, meeting.next_steps = (
        participants.strip(),
        decisions.strip(),
        steps,
    )
    meeting.held_at = timezone.now()
    meeting.save(update_fields=["participants", "decisions", "next_steps", "held_at"])
    dated = sorted((one for one in steps if one["due"]), key=lambda one: one["due"])
    if dated and case.is_open:
        case.next_step, case.due_on = dated[0]["what"][:200], dt.date.fromisoformat(dated[0]["due"])
    saved(case, "next_step", "due_on")
    keep_step(case, StepKind.MEETING, f"会议纪要：{meeting.subject}，后续 {len(steps)} 件", by=by)
    return meeting


def read_next_steps(text: str) -> list[dict[str, str]]:
    """Lines “寄样品｜需求方｜2026-12-05” as rows. Who and day may be left out. Raises BadInput naming the bad line."""
    rows = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        parts = [part.strip() for part in line.replace("|", "｜").split("｜")]
        if len(parts) > 3:
            raise BadInput(f"“{line[:40]}”有 {len(parts)} 段，请写成“做什么｜谁｜日期”。", field="next_steps")
        what, who, due = [*parts, "", ""][:3]
        if due:
            try:
                dt.date.fromisoformat(due)
            except ValueError:
                raise BadInput(f"“{due}”不是日期，请写成 2026-12-05 这样。", field="next_steps") from None
        rows.append({"what": what, "who": who, "due": due})
    return rows


@transaction.atomic
def cancel_meeting(*, meeting: Meeting, by: User) -> Meeting:
    """Call a meeting off; both sides are told."""
    case = locked(meeting.case)
    require_desk(by, case)
    meeting = Meeting.objects.select_for_update().get(pk=meeting.pk)
    if meeting.cancelled_at is not None or meeting.held_at is not None:
        raise NotAllowed("这次会议已经取消或已有纪要，不能再取消。", code="meeting.over", conflict=True)
    meeting.cancelled_at = timezone.now()
    meeting.save(update_fields=["cancelled_at"])
    saved(case)
    keep_step(case, StepKind.MEETING, f"取消会议：{meeting.subject}", by=by)
    for side in Side:
        tell_side(case, side, by=by, key=f"cancelled {meeting.pk}", subject=f"{case.number} 会议取消",
                  text=f"“{open_title(case)}”原定 {timezone.localtime(meeting.starts_at):%Y-%m-%d %H:%M} 的会议取消：{meeting.subject}。")  # fmt: skip
    return meeting
