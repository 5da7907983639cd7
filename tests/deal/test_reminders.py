"""The ladder as it is climbed: once a rung, honest at the end, nothing to who has answered."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.utils import timezone

from keqiao.core.errors import BadInput, NotAllowed
from keqiao.deal.actions import end_case
from keqiao.deal.enums import Answer, Outcome, Side
from keqiao.deal.models import Case, CaseReminder, Party
from keqiao.deal.parties import answer_for, ask_side
from keqiao.deal.reminders import Climbed, climb, set_ladder
from keqiao.deal.todo import unexplained
from keqiao.message.models import Message
from keqiao.people.models import User
from tests.factories.deal import a_case
from tests.factories.registry import AchievementFactory, DemandFactory

pytestmark = pytest.mark.django_db
Days = Callable[[float], dt.datetime]


@pytest.fixture
def asked(county_officer: User, enterprise_user: User, institute_user: User) -> Case:
    """The institute was asked just now."""
    case = a_case(
        county_officer, demand=DemandFactory(published=True, organisation=enterprise_user.organisation),
        other=AchievementFactory(published=True, organisation=institute_user.organisation),
    )  # fmt: skip
    ask_side(case=case, side=Side.SUPPLY, by=county_officer)
    return case


def later(days: float) -> dt.datetime:
    return timezone.now() + dt.timedelta(days=days, minutes=1)


def test_the_institute_is_reminded_on_the_third_day_and_once_only(asked: Case, institute_user: User) -> None:
    assert climb(later(2)) == Climbed()
    assert climb(later(3)).reminded == 1
    assert climb(later(3)) == Climbed()

    reminders = Message.objects.filter(user=institute_user, kind="deal.reminder")
    assert reminders.count() == 1
    for told in ("别人", "其他专家", "已有人", "别家"):
        assert told not in reminders.get().text


def test_after_the_last_rung_the_firm_is_told_what_was_tried_and_the_officer_is_asked_why(
    asked: Case, enterprise_user: User, county_officer: User
) -> None:
    for day in (3, 9, 21):
        climb(later(day))

    done = climb(later(45))

    assert done.closures == 1
    letter = Message.objects.filter(user=enterprise_user, subject__contains="一直没有答复").get()
    assert "第 3、9、21 天提醒过" in letter.text
    assert Message.objects.filter(user=county_officer, subject__contains="请写明原因").exists()
    assert [todo.case for todo in unexplained(county_officer)] == [asked]
    assert Case.objects.get(pk=asked.pk).is_open, "ending it stays a person's act"


def test_who_answers_hears_no_more_and_who_is_asked_again_starts_a_new_ladder(
    asked: Case, institute_user: User, county_officer: User
) -> None:
    climb(later(3))
    answer_for(case=asked, side=Side.SUPPLY, answer=Answer.LATER, by=institute_user, note="明年再说")
    assert climb(later(50)) == Climbed()

    ask_side(case=asked, side=Side.SUPPLY, by=county_officer)

    assert climb(later(3)).reminded == 1
    assert CaseReminder.objects.filter(day=3).count() == 2


def test_a_run_that_was_stopped_in_the_middle_goes_on_where_it_stood(
    asked: Case, county_officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = a_case(county_officer)
    ask_side(case=other, side=Side.SUPPLY, by=county_officer)
    import keqiao.deal.reminders as reminders

    real, calls = reminders._remind, []

    def breaks_the_second_time(case: Case, party: Party, day: int) -> None:
        calls.append(day)
        if len(calls) == 2:
            raise RuntimeError("power failed")
        real(case, party, day)

    monkeypatch.setattr(reminders, "_remind", breaks_the_second_time)
    with pytest.raises(RuntimeError):
        climb(later(3))
    assert CaseReminder.objects.count() == 1
    monkeypatch.setattr(reminders, "_remind", real)

    assert climb(later(3)).reminded == 1
    assert CaseReminder.objects.count() == 2


def test_a_party_whose_account_was_closed_stops_nothing(asked: Case, institute_user: User) -> None:
    institute_user.is_active = False
    institute_user.save(update_fields=["is_active"])

    assert climb(later(3)).reminded == 1
    assert climb(later(45)).closures == 1


def test_a_county_sets_days_for_what_is_asked_from_now_on(
    asked: Case, county_officer: User, other_county_officer: User
) -> None:
    today = timezone.localdate()
    set_ladder(division_prefix="340323", days_text="1、2", since=today, by=county_officer)

    assert climb(later(1)).reminded == 1
    assert climb(later(2)).closures == 1
    with pytest.raises(NotAllowed):
        set_ladder(division_prefix="340323", days_text="1、2", since=today, by=other_county_officer)
    with pytest.raises(BadInput, match="已经过去"):
        set_ladder(
            division_prefix="340323", days_text="1、2", since=today - dt.timedelta(days=1), by=county_officer
        )
    with pytest.raises(BadInput, match="从小到大"):
        set_ladder(division_prefix="340323", days_text="9、3", since=today, by=county_officer)


def test_the_firm_is_asked_how_it_went_some_days_after_and_not_at_once(
    asked: Case, county_officer: User, enterprise_user: User
) -> None:
    end_case(case=asked, outcome=Outcome.ELSEWHERE, by=county_officer)

    assert climb(later(9)).questions == 0
    assert climb(later(10)).questions == 2
    assert climb(later(11)).questions == 0
    assert Message.objects.filter(user=enterprise_user, subject__contains="评价").count() == 1


def test_the_command_says_what_it_did(asked: Case, capsys: pytest.CaptureFixture[str]) -> None:
    Party.objects.filter(case=asked, side=Side.SUPPLY).update(
        asked_at=timezone.now() - dt.timedelta(days=3, hours=1)
    )

    call_command("reminders", "--dry-run")
    call_command("reminders")
    call_command("reminders")

    told = capsys.readouterr().out
    assert asked.number in told
    assert "已提醒 1 方" in told
    assert "已提醒 0 方" in told
