"""What an owner hears, and what the public may count."""

import datetime as dt

import pytest
from django.utils import timezone

from keqiao.core.errors import NotAllowed
from keqiao.message.models import Message
from keqiao.verdict.actions import give_answer, read_advice, undo_answer
from keqiao.verdict.advice import advice_for, advice_lines, next_step, unread_advice
from keqiao.verdict.enums import Reason
from keqiao.verdict.statistics import refusals_by_field, table_of
from tests.factories.registry import AchievementFactory, DemandFactory

NOW = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)


def test_the_most_frequent_reason_comes_first_with_what_was_written_and_what_to_do():
    said = [
        ("price", ""),
        ("too_early", "无中试数据"),
        ("too_early", "无中试数据"),
        ("too_early", "只有小试"),
    ]

    first, second = advice_lines("achievement", said)

    assert (first.label, first.count, first.texts) == ("太早期", 3, ("无中试数据", "只有小试"))
    assert "中试" in first.step
    assert (second.label, second.count) == ("价格", 1)


@pytest.mark.parametrize("reason", Reason.values)
@pytest.mark.parametrize("kind", ["demand", "achievement", "expert", "work", "resource", "enterprise"])
def test_every_refusal_leads_to_a_next_step(reason, kind):
    assert next_step(reason, kind).endswith("。")


def test_small_cells_are_hidden_and_totals_do_not_give_them_away():
    counts = {("07", "price"): 5, ("07", "too_early"): 2, ("01", "solved"): 1, ("", "price"): 3}

    table = table_of(counts, least=3, since=NOW)

    by_field = {row.field: row for row in table.rows}
    environment = next(row for name, row in by_field.items() if "环境" in name)
    assert environment.cells["too_early"] is None
    assert environment.cells["price"] == environment.total == 5
    assert by_field["未分领域"].total == 3
    assert table.totals["price"] == table.total == 8
    assert table.totals["solved"] == 0
    assert table.hidden == 2


@pytest.fixture
def refused(db, bureau_officer, institute_user):
    """An achievement that three demands passed on, two of them as too early."""
    achievement = AchievementFactory(published=True, organisation=institute_user.organisation)
    for reason, text in (("too_early", "无中试数据"), ("too_early", ""), ("price", "")):
        demand = DemandFactory(published=True, tags={"field11": [{"code": "07", "by": "person"}]})
        give_answer(
            source=demand, target=achievement, is_yes=False, reason=reason, text=text, by=bureau_officer
        )
    return achievement


def test_the_researcher_sees_why_firms_passed(refused):
    advice = advice_for(refused)

    assert advice.headline == "3 个答复里 2 个：太早期（“无中试数据”）"
    assert advice.is_unread


def test_the_third_refusal_is_told_once_with_the_next_step(refused, institute_user, bureau_officer):
    (message,) = Message.objects.filter(user=institute_user, kind="verdict")
    assert "3 个答复里 3 个不合适" in message.subject
    assert "2 个：太早期" in message.text
    assert "下一步：" in message.text

    demand = DemandFactory(published=True)
    for _ in range(2):
        give_answer(source=demand, target=refused, is_yes=False, reason="price", by=bureau_officer)
        undo_answer(source=demand, target=refused, by=bureau_officer)
    assert Message.objects.filter(kind="verdict").count() == 1


def test_nobody_answered_no_advice(db):
    assert advice_for(AchievementFactory(published=True)) is None


def test_read_advice_waits_again_only_when_more_is_said(refused, institute_user, bureau_officer):
    assert [one.refusals for one in unread_advice("achievement", [refused])] == [3]
    read_advice(record=refused, by=institute_user)
    assert unread_advice("achievement", [refused]) == []

    demand = DemandFactory(published=True)
    give_answer(source=demand, target=refused, is_yes=False, reason="rights", by=bureau_officer)

    assert [one.total for one in unread_advice("achievement", [refused])] == [4]


def test_others_cannot_mark_it_read(refused, stranger):
    with pytest.raises(NotAllowed):
        read_advice(record=refused, by=stranger)


def test_an_undone_answer_is_counted_nowhere(db, bureau_officer):
    achievement = AchievementFactory(published=True)
    demands = DemandFactory.create_batch(4, published=True)
    for demand in demands:
        give_answer(source=demand, target=achievement, is_yes=False, reason="price", by=bureau_officer)
    undo_answer(source=demands[0], target=achievement, by=bureau_officer)

    assert advice_for(achievement).total == 3
    assert refusals_by_field().total == 3


def test_answers_older_than_two_years_leave_the_statistics(refused):
    assert refusals_by_field(timezone.now() + dt.timedelta(days=800)).rows == ()
