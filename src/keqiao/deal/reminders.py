"""The ladder climbed: who is reminded, who is told honestly that nobody answered, who is asked how it went.

`climb` may be stopped and run again at any moment: each rung is one transaction with its own row, which the database
keeps from being written twice.
"""

import datetime as dt
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone

from keqiao.core.audit import record as record_audit
from keqiao.core.errors import BadInput, NotAllowed
from keqiao.deal.access import is_officer_of
from keqiao.deal.enums import Outcome, Side, Stage, StepKind
from keqiao.deal.models import Case, CaseReminder, Party, ReminderLadder
from keqiao.deal.rules import (
    Asking,
    DueReminder,
    LadderLine,
    checked_days,
    due_reminders,
    ladder_on,
    satisfaction_days,
    standard_days,
)
from keqiao.deal.steps import keep_step, open_title, readers_of, saved, side_word, tell, tell_desk, tell_side
from keqiao.people.enums import OFFICERS
from keqiao.people.models import User

_RATED = (Outcome.SOLVED, Outcome.NO_ANSWER, Outcome.SUPPLY_NO, Outcome.TERMS, Outcome.ELSEWHERE)


@dataclass(frozen=True, slots=True)
class Climbed:
    """What one run did. closures: honest words to firms. questions: satisfaction asked. skipped: somebody was first."""

    reminded: int = 0
    closures: int = 0
    questions: int = 0
    skipped: int = 0

    @property
    def total(self) -> int:
        """How many were written to for some reason."""
        return self.reminded + self.closures + self.questions


def ladder_lines() -> list[LadderLine]:
    """Every line that an office has set."""
    return [
        LadderLine(one.division_prefix, one.since, tuple(one.days)) for one in ReminderLadder.objects.all()
    ]


def waiting() -> list[Party]:
    """The sides of open cases that were asked and have not answered, oldest first."""
    found = Party.objects.filter(asked_at__isnull=False, answered_at=None).exclude(
        case__stage__in=(Stage.ENDED, Stage.WATCH)
    )
    return list(
        found.select_related("case", "case__demand", "user")
        .prefetch_related("reminders")
        .order_by("asked_at", "pk")
    )


def due_now(now: dt.datetime) -> list[tuple[Party, DueReminder]]:
    """Every rung that is due, with its side. The ladder is that of the day on which the side was asked."""
    lines = ladder_lines()
    parties = {party.pk: party for party in waiting()}
    facts = [
        Asking(
            key=party.pk, asked_at=party.asked_at, answered=False, is_open=True,
            days=ladder_on(lines, party.case.division_code, timezone.localdate(party.asked_at)),
            sent=frozenset(one.day for one in party.reminders.all() if one.asked_at == party.asked_at),
        )
        for party in parties.values()
        if party.asked_at is not None
    ]  # fmt: skip
    return [(parties[one.key], one) for one in due_reminders(facts, now)]


def climb(now: dt.datetime) -> Climbed:
    """Climb every rung due at `now` and ask every satisfaction question due. Safe to repeat and to interrupt."""
    reminded = closures = skipped = 0
    for party, due in due_now(now):
        if not _climb_one(party.pk, due):
            skipped += 1
        elif due.is_closure:
            closures += 1
        else:
            reminded += 1
    return Climbed(reminded, closures, sum(_ask_one(party) for party in _to_be_asked(now)), skipped)


def _climb_one(party_id: int, due: DueReminder) -> bool:
    """One rung in one transaction. False when it was climbed, answered or ended meanwhile."""
    try:
        with transaction.atomic():
            case = Case.objects.select_for_update(of=("self",)).get(parties=party_id)
            party = Party.objects.select_related("user").get(pk=party_id)
            if not party.waits or not case.is_open or party.asked_at is None:
                return False
            CaseReminder.objects.create(
                party=party, asked_at=party.asked_at, day=due.day, is_closure=due.is_closure
            )
            saved(case)
            _close_honestly(case, party, due.day) if due.is_closure else _remind(case, party, due.day)
    except IntegrityError:
        return False  # another run was first
    return True


def _remind(case: Case, party: Party, day: int) -> None:
    count = tell(
        readers_of(party), case=case, kind="deal.reminder", key=f"remind {party.pk} {day} {party.asked_at:%Y%m%d%H%M}",
        subject=f"请答复：{open_title(case)}",
        text=f"{timezone.localdate(party.asked_at)} 请您看的这一项还没有收到答复。愿意、以后再谈、不合作都可以，一分钟就能选。"
        "不答复不会有任何不利，但对方在等您一句话。",
    )  # fmt: skip
    keep_step(
        case,
        StepKind.REMINDED,
        f"第 {day} 天提醒{side_word(party.side)}，发出 {count} 条",
        by=None,
        side=party.side,
    )


def _close_honestly(case: Case, party: Party, day: int) -> None:
    """The last rung: the other side hears what was tried, the desk is asked why. Ending stays a person's act."""
    days = [
        one.day
        for one in party.reminders.order_by("day")
        if one.asked_at == party.asked_at and not one.is_closure
    ]
    tried = f"我们于 {timezone.localdate(party.asked_at)} 联系了对方" + (
        f"，并在第 {'、'.join(map(str, days))} 天提醒过" if days else ""
    )
    told = tell_side(
        case, Side(party.side).other, by=None, key=f"honest {party.pk} {party.asked_at:%Y%m%d%H%M}",
        subject=f"{case.number}：对方一直没有答复",
        text=f"“{open_title(case)}”：{tried}，到今天第 {day} 天仍没有答复。我们如实告诉您，不让您空等。"
        "承办人会写明原因，并和您商量换一个对象、把问题写得更具体，或者先结束。您也可以直接在消息里说您的想法。",
    )  # fmt: skip
    keep_step(case, StepKind.REMINDED, f"第 {day} 天仍无答复，已如实告知{side_word(Side(party.side).other)}（{told} 条），请承办人写明原因",
              by=None, side=party.side)  # fmt: skip
    tell_desk(case, by=None, key=f"why {party.pk} {party.asked_at:%Y%m%d%H%M}", subject=f"{case.number}：{side_word(party.side)} {day} 天没有答复，请写明原因",
              text=f"“{open_title(case)}”：已如实告知对方。请另选供给方，或以“对方一直没有答复”结束并选明原因。")  # fmt: skip


def _to_be_asked(now: dt.datetime) -> list[Party]:
    """Sides of cases that ended `satisfaction_days` ago and were not asked how it went."""
    last = now - dt.timedelta(days=satisfaction_days())
    found = Party.objects.filter(
        case__ended_at__lte=last,
        case__outcome__in=_RATED,
        score=None,
        score_asked_at=None,
        asked_at__isnull=False,
    ) | Party.objects.filter(
        case__ended_at__lte=last, case__outcome__in=_RATED, score=None, score_asked_at=None, side=Side.DEMAND
    )
    return list(found.select_related("case", "case__demand", "user").order_by("pk")[:5000])


@transaction.atomic
def _ask_one(party: Party) -> bool:
    if not Party.objects.filter(pk=party.pk, score_asked_at=None).update(score_asked_at=timezone.now()):
        return False
    tell(
        readers_of(party), case=party.case, key=f"rate {party.pk}", subject=f"{party.case.number} 办得怎么样，请您评价",
        text=f"“{open_title(party.case)}”结束已有几天。请用一分钟打个分，写一句哪里不好。承办人会看到。",
    )  # fmt: skip
    keep_step(party.case, StepKind.RATED, f"请{side_word(party.side)}评价", by=None, side=party.side)
    return True


@transaction.atomic
def set_ladder(*, division_prefix: str, days_text: str, since: dt.date, by: User) -> ReminderLadder:
    """Set the days of an area from a day on. Only its officers; earlier lines stay, for what was asked under them."""
    covers = any(
        grant.role in OFFICERS and division_prefix.startswith(grant.division_prefix)
        for grant in by.current_grants
    )
    if not covers or not (division_prefix == "" or is_officer_of(by, division_prefix)):
        raise NotAllowed("提醒天数由本辖区的科技局人员设定，您不能设定这个地区的。", code="ladder.area")
    try:
        days = checked_days(days_text)
    except ValueError as problem:
        raise BadInput(str(problem), code="ladder.days", field="days") from None
    if since < timezone.localdate():
        raise BadInput(
            f"起始日期 {since} 已经过去。新天数只对今天以后联系的有效，请改为今天或以后。", field="since"
        )
    line = ReminderLadder.objects.create(
        division_prefix=division_prefix, since=since, days=list(days), set_by=by
    )
    before = (
        ladder_on([one for one in ladder_lines() if one.since < since], division_prefix, since)
        or standard_days()
    )
    record_audit("reminder_ladder.set", by=by, target=line, changes={"days": [list(before), list(days)]})
    return line
