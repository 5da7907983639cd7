"""A list without application on its way: found, confirmed, contested, public, accepted, paid, taken back."""

import datetime as dt

import pytest
from django.utils import timezone

from keqiao.core.audit import AuditEntry
from keqiao.core.errors import BadInput, NotAllowed
from keqiao.firm.received import received_by
from keqiao.message.models import Message
from keqiao.payment.access import awards_of
from keqiao.payment.accounts import add_account, reveal_account
from keqiao.payment.batches import cancel_batch, check_batch, make_batch, payment_file
from keqiao.payment.contesting import (
    accept_award,
    complete_award,
    contest,
    decide_contest,
    decline_award,
    remind_silent,
)
from keqiao.payment.enums import AwardState, BatchState, ContestState, LineState
from keqiao.payment.models import Award, BatchLine
from keqiao.payment.publishing import (
    decide_objection,
    digest_of,
    end_due,
    end_publicity,
    object_publicly,
    publish_roll,
    reading_of,
)
from keqiao.payment.receipts import take_receipt
from keqiao.payment.recovering import approve_recovery, ask_recovery, book_return
from keqiao.payment.rolls import confirm_awards, drop_award, second_award, verdict_of
from keqiao.payment.todo import todos_of
from keqiao.people.models import User
from keqiao.rules.judging import Outcome
from tests.factories.people import UserFactory
from tests.factories.policy import (
    ON,
    RD_BOOK,
    SHARE,
    WAN,
    a_firm,
    a_policy,
    a_roll,
    account_of,
    an_envelope,
    an_item,
    clerk_of,
    confirmed,
    figure,
    published,
    ready,
    receipt,
    sent,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def second(db: None) -> User:
    """Another officer of the bureau."""
    return UserFactory(bureau_officer=True, name="市局老沈")


def states(roll: object) -> dict[str, int]:
    found: dict[str, int] = {}
    for state in Award.objects.filter(roll=roll).values_list("state", flat=True):
        found[state] = found.get(state, 0) + 1
    return found


# -- found by rule -----------------------------------------------------------------------------------------------------


def test_the_rule_finds_who_qualifies_who_does_not_and_who_lacks_data(bureau_officer: User) -> None:
    rich, silent, small, without = a_firm(rd=200), a_firm(), a_firm(rd=50), a_firm(hnte=False, rd=900)
    roll = a_roll(bureau_officer, item=an_item(book=RD_BOOK, formula=SHARE))

    found = {one.firm_name: one for one in roll.awards.all()}
    assert found[rich.title].state == AwardState.MATCHED
    assert found[rich.title].amount_fen == 20 * WAN
    assert found[rich.title].working["words"] == "200 万元 × 10%，最高 30 万元 ＝ 20 万元"
    assert found[silent.title].state == AwardState.UNKNOWN
    assert small.title not in found
    assert without.title not in found
    assert roll.counts["unmet"] == 2


def test_why_a_firm_is_not_on_the_list_stays_the_same_when_its_data_change(bureau_officer: User) -> None:
    firm = a_firm(rd=50)
    roll = a_roll(bureau_officer, item=an_item(book=RD_BOOK, formula=SHARE))
    figure(firm, "rd_stat", 500)

    found = verdict_of(roll, str(firm.public_id))

    assert found is not None
    assert found.outcome is Outcome.UNMET
    assert "50" in found.why
    assert roll.rule.digest
    assert roll.freeze is not None
    assert roll.freeze.firm_count == 1
    assert verdict_of(roll, "nobody") is None


def test_a_period_is_listed_once(bureau_officer: User) -> None:
    a_firm()
    item, envelope = an_item(), an_envelope(bureau_officer)
    a_roll(bureau_officer, item=item, envelope=envelope)
    with pytest.raises(NotAllowed, match="名单已经有了"):
        a_roll(bureau_officer, item=item, envelope=envelope)


def test_a_county_officer_makes_no_list_of_the_city(bureau_officer: User, county_officer: User) -> None:
    with pytest.raises(NotAllowed, match="主管的科技局"):
        a_roll(county_officer, envelope=an_envelope(bureau_officer))


def test_of_one_group_the_higher_item_is_paid_and_a_later_higher_one_pays_the_difference(
    bureau_officer: User,
) -> None:
    firm = a_firm(rd=500)
    policy, envelope = a_policy(), an_envelope(bureau_officer)
    flat = an_item(policy, exclusion_group="高企成长")
    share = an_item(
        policy, book=RD_BOOK, formula=SHARE, title="研发补助", article="第五条", exclusion_group="高企成长"
    )
    lower = an_item(
        policy, title="小额奖励", article="第六条", exclusion_group="高企成长",
        formula={"amount": "award", "numbers": {"award": {"title": "标准", "value": 5}}},
    )  # fmt: skip
    a_roll(bureau_officer, item=flat, envelope=envelope)

    more = a_roll(bureau_officer, item=share, envelope=envelope).awards.get()
    less = a_roll(bureau_officer, item=lower, envelope=envelope).awards.get()

    assert more.amount_fen == 10 * WAN
    assert "补差 100,000 元" in more.working["words"]
    assert less.state == AwardState.DROPPED
    assert less.reason.startswith("从高不重复")
    assert less in awards_of(clerk_of(firm))


def test_the_same_purpose_is_not_paid_twice(bureau_officer: User) -> None:
    a_firm(rd=500)
    policy, envelope = a_policy(), an_envelope(bureau_officer)
    a_roll(bureau_officer, item=an_item(policy, purpose="研发投入"), envelope=envelope)
    other = an_item(policy, title="另一项", article="第九条", purpose="研发投入")
    award = a_roll(bureau_officer, item=other, envelope=envelope).awards.get()
    assert award.state == AwardState.DROPPED
    assert "同一用途不重复支持" in award.reason


# -- confirmed by people -----------------------------------------------------------------------------------------------


def test_confirming_commits_the_money_and_tells_the_firm_with_the_reasons(bureau_officer: User) -> None:
    firm = a_firm()
    clerk = clerk_of(firm)
    roll = a_roll(bureau_officer)
    assert list(awards_of(clerk)) == []

    confirmed(roll, bureau_officer)

    balance = roll.envelope.balance()
    assert (balance.committed, balance.left) == (20 * WAN, 980 * WAN)
    award = awards_of(clerk).get()
    assert award.verdict["conditions"][0]["title"] == "有效的高新技术企业"
    message = Message.objects.get(user=clerk, kind="payment")
    assert "逐条提出申诉" in message.text
    assert str(award.public_id) in message.link


def test_above_the_limit_a_second_person_confirms(bureau_officer: User, second: User) -> None:
    clerk = clerk_of(a_firm())
    roll = a_roll(bureau_officer, item=an_item(second_over_fen=10 * WAN))
    award = confirmed(roll, bureau_officer)[0]
    assert award.state == AwardState.SECOND
    assert not awards_of(clerk).exists()
    with pytest.raises(NotAllowed, match="须由另一个人复核"):
        second_award(award=award, by=bureau_officer)
    assert second_award(award=award, by=second).state == AwardState.CONFIRMED
    assert awards_of(clerk).exists()


def test_a_pot_that_is_too_small_asks_how_and_never_overspends(bureau_officer: User) -> None:
    for _ in range(6):
        a_firm()
    roll = a_roll(bureau_officer, envelope=an_envelope(bureau_officer, 100))
    with pytest.raises(NotAllowed, match="只剩 1,000,000 元，差 200,000 元"):
        confirmed(roll, bureau_officer)

    awards = confirmed(roll, bureau_officer, overrun="prorata")

    assert sum(one.amount_fen or 0 for one in awards) == 100 * WAN
    assert roll.envelope.balance().left == 0
    assert {one.asked_fen for one in awards} == {20 * WAN}


def test_by_order_the_rest_waits(bureau_officer: User) -> None:
    for _ in range(6):
        a_firm()
    roll = a_roll(bureau_officer, envelope=an_envelope(bureau_officer, 50))
    confirmed(roll, bureau_officer, overrun="order")
    assert states(roll) == {"confirmed": 2, "matched": 4}
    assert roll.envelope.balance().left == 10 * WAN


def test_a_stale_page_confirms_nothing_twice(bureau_officer: User) -> None:
    a_firm()
    roll = a_roll(bureau_officer)
    award = confirmed(roll, bureau_officer)[0]
    with pytest.raises(NotAllowed, match="不能“确认”"):
        confirm_awards(roll=roll, award_ids=[award.pk], by=bureau_officer)
    assert roll.envelope.balance().committed == 20 * WAN


def test_dropping_needs_a_reason_and_gives_the_money_back(bureau_officer: User) -> None:
    a_firm()
    roll = a_roll(bureau_officer)
    award = confirmed(roll, bureau_officer)[0]
    with pytest.raises(BadInput, match="理由"):
        drop_award(award=award, reason="", by=bureau_officer)
    drop_award(award=award, reason="列入严重失信名单（示例文书）", by=bureau_officer)
    assert roll.envelope.balance().left == 1000 * WAN


# -- contested ---------------------------------------------------------------------------------------------------------


def test_a_contest_that_is_right_changes_amount_and_commitment_and_one_that_is_wrong_does_not(
    bureau_officer: User,
) -> None:
    firm = a_firm(rd=200)
    clerk = clerk_of(firm)
    roll = a_roll(bureau_officer, item=an_item(book=RD_BOOK, formula=SHARE))
    award = confirmed(roll, bureau_officer)[0]
    made = contest(award=award, condition="rd", text="研发经费应为 250 万元，年报已更正。", by=clerk)
    figure(firm, "rd_stat", 250)

    decide_contest(contest=made, is_upheld=True, answer="已核对统计年报更正单", by=bureau_officer)

    award.refresh_from_db()
    made.refresh_from_db()
    assert made.state == ContestState.UPHELD
    assert award.amount_fen == 25 * WAN
    assert roll.envelope.balance().committed == 25 * WAN
    again = contest(award=award, condition="amount", text="比例应当是百分之二十。", by=clerk)
    decide_contest(contest=again, is_upheld=False, answer="比例以文件为准，是百分之十", by=bureau_officer)
    award.refresh_from_db()
    assert award.amount_fen == 25 * WAN


def test_a_contest_that_shows_that_the_firm_does_not_qualify_drops_it(bureau_officer: User) -> None:
    firm = a_firm(rd=200)
    roll = a_roll(bureau_officer, item=an_item(book=RD_BOOK, formula=SHARE))
    award = confirmed(roll, bureau_officer)[0]
    made = contest(award=award, condition="rd", text="其实只有 20 万元，多填了。", by=clerk_of(firm))
    figure(firm, "rd_stat", 20)
    decide_contest(contest=made, is_upheld=True, answer="企业更正年报，已核对", by=bureau_officer)
    award.refresh_from_db()
    assert award.state == AwardState.DROPPED
    assert roll.envelope.balance().committed == 0


def test_only_the_firm_itself_contests_and_only_what_was_judged(bureau_officer: User, stranger: User) -> None:
    firm = a_firm()
    award = confirmed(a_roll(bureau_officer), bureau_officer)[0]
    with pytest.raises(NotAllowed, match="自己办理"):
        contest(award=award, condition="title", text="不对不对不对", by=stranger)
    with pytest.raises(BadInput, match="哪一项条件"):
        contest(award=award, condition="weather", text="不对不对不对", by=clerk_of(firm))


def test_data_that_is_completed_makes_an_open_case_a_hit(bureau_officer: User) -> None:
    firm = a_firm()
    roll = a_roll(bureau_officer, item=an_item(book=RD_BOOK, formula=SHARE))
    award = roll.awards.get()
    with pytest.raises(NotAllowed, match="还是不能判断"):
        complete_award(award=award, by=bureau_officer)
    figure(firm, "rd_stat", 150)
    assert complete_award(award=award, by=bureau_officer).state == AwardState.MATCHED
    assert confirmed(roll, bureau_officer)[0].amount_fen == 15 * WAN


# -- public ------------------------------------------------------------------------------------------------------------


def test_publicity_runs_five_working_days_and_an_objection_stops_only_its_firm(bureau_officer: User) -> None:
    one, other = clerk_of(a_firm()), clerk_of(a_firm())
    roll = a_roll(bureau_officer)
    notice = published(roll, bureau_officer)
    assert digest_of(notice.content) == notice.digest
    assert reading_of(notice, ON).ends_on == dt.date(2026, 6, 5)
    with pytest.raises(NotAllowed, match="还没有期满"):
        end_publicity(notice=notice, by=bureau_officer, on=dt.date(2026, 6, 5))
    mine = roll.awards.get(organisation=one.organisation)
    made = object_publicly(
        notice=notice, award_number=mine.number, name="王建国", phone="13812345678", text="这家企业的证书已经过期了。",
        on=dt.date(2026, 6, 4),
    )  # fmt: skip

    done = end_publicity(notice=notice, by=bureau_officer, on=dt.date(2026, 6, 8))

    assert (done.asked, done.held) == (1, 1)
    assert roll.awards.get(organisation=other.organisation).state == AwardState.ASKED
    decide_objection(
        objection=made,
        is_upheld=False,
        reason="证书有效，已核对原件",
        by=bureau_officer,
        on=dt.date(2026, 6, 9),
    )
    assert end_publicity(notice=notice, by=bureau_officer, on=dt.date(2026, 6, 10)).asked == 0
    assert end_publicity(notice=notice, by=bureau_officer, on=dt.date(2026, 6, 12)).asked == 1


def test_an_objection_that_is_right_takes_the_firm_off_and_never_names_the_objector(
    bureau_officer: User,
) -> None:
    clerk_of(a_firm())
    roll = a_roll(bureau_officer)
    notice = published(roll, bureau_officer)
    award = roll.awards.get()
    told = {
        "notice": notice,
        "award_number": award.number,
        "phone": "13812345678",
        "text": "证书是借用别家的，请核查。",
        "on": ON,
    }
    with pytest.raises(BadInput, match="匿名"):
        object_publicly(name="知情人", **told)
    made = object_publicly(name="王建国", **told)
    with pytest.raises(BadInput, match="异议人的信息"):
        decide_objection(objection=made, is_upheld=True, reason="王建国反映属实", by=bureau_officer)
    decide_objection(objection=made, is_upheld=True, reason="证书不属于该企业", by=bureau_officer)
    award.refresh_from_db()
    assert award.state == AwardState.DROPPED
    assert roll.envelope.balance().committed == 0
    assert "王建国" not in str(list(AuditEntry.objects.values_list("changes", "reason", "object_title")))


def test_an_open_contest_keeps_a_firm_in_publicity(bureau_officer: User) -> None:
    clerk = clerk_of(a_firm())
    roll = a_roll(bureau_officer)
    notice = published(roll, bureau_officer)
    contest(award=roll.awards.get(), condition="amount", text="金额少算了五万元。", by=clerk)
    assert end_publicity(notice=notice, by=bureau_officer, on=ON + dt.timedelta(days=20)).held == 1


def test_nothing_confirmed_nothing_public(bureau_officer: User) -> None:
    a_firm()
    with pytest.raises(NotAllowed, match="没有已确认"):
        publish_roll(roll=a_roll(bureau_officer), by=bureau_officer)


# -- paid --------------------------------------------------------------------------------------------------------------


def test_the_firm_says_yes_once_with_an_account_in_its_own_name(bureau_officer: User) -> None:
    clerk = clerk_of(a_firm())
    roll = a_roll(bureau_officer)
    end_publicity(notice=published(roll, bureau_officer), by=bureau_officer, on=ON + dt.timedelta(days=20))
    assert clerk.organisation is not None
    with pytest.raises(BadInput, match="与单位名称"):
        add_account(
            organisation=clerk.organisation, holder="张三", bank="某行", number="6222000012345678", by=clerk
        )
    account = account_of(clerk)
    award = accept_award(award=roll.awards.get(), account=account, by=clerk)
    assert award.state == AwardState.READY
    assert account.masked == "**** **** 5678"
    assert account.pk == account_of(clerk).pk
    decline_award(award=award, reason="不需要", by=clerk)
    assert roll.envelope.balance().left == 1000 * WAN


def test_from_the_list_to_the_receipt_with_a_bounce_corrected(bureau_officer: User, second: User) -> None:
    clerks = [clerk_of(a_firm()) for _ in range(3)]
    roll = a_roll(bureau_officer)
    awards = ready(roll, bureau_officer, clerks)
    envelope = roll.envelope
    batch = sent(envelope, awards, bureau_officer, second)
    assert (batch.line_count, batch.total_fen, batch.state) == (3, 60 * WAN, BatchState.SENT)
    last = batch.lines.get(serial=3)

    taken = take_receipt(
        batch=batch, name="回单.csv", content=receipt(batch, bounced=[last.number]), by=bureau_officer
    )

    assert (taken.paid_count, taken.bounced_count, taken.problems) == (2, 1, [])
    assert (envelope.balance().paid, envelope.balance().committed) == (40 * WAN, 20 * WAN)
    batch.refresh_from_db()
    assert batch.state == BatchState.DONE
    bounced = last.award
    bounced.refresh_from_db()
    assert bounced.state == AwardState.BOUNCED
    accept_award(award=bounced, account=account_of(clerks[2], "6222999988887777"), by=clerks[2])
    again = sent(envelope, [bounced], bureau_officer, second)
    take_receipt(batch=again, name="回单二.csv", content=receipt(again), by=bureau_officer)
    assert (envelope.balance().paid, envelope.balance().committed) == (60 * WAN, 0)
    assert sum(one.fen for one in BatchLine.objects.filter(state=LineState.PAID)) == envelope.balance().paid


def test_a_receipt_is_booked_once_and_what_does_not_fit_is_named_and_not_booked(
    bureau_officer: User, second: User
) -> None:
    clerks = [clerk_of(a_firm()) for _ in range(2)]
    roll = a_roll(bureau_officer)
    batch = sent(roll.envelope, ready(roll, bureau_officer, clerks), bureau_officer, second)
    first, other = batch.lines.order_by("serial")
    wrong = (
        f"明细编号,金额（元）,结果\n{first.number},200000.00,成功\n{first.number},200000.00,成功\n"
        f"{other.number},20000.00,成功\n拨付-0000,1.00,成功\n"
    ).encode()

    taken = take_receipt(batch=batch, name="回单.csv", content=wrong, by=bureau_officer)

    assert (taken.paid_count, roll.envelope.balance().paid) == (1, 20 * WAN)
    assert [words[1][:14] for words in taken.problems] == [
        f"明细编号“{first.number}”重复"[:14], f"{other.payee} 的金额"[:14], "明细编号“拨付-0000”不"[:14],
    ]  # fmt: skip
    with pytest.raises(BadInput, match="已经导入过"):
        take_receipt(batch=batch, name="回单.csv", content=wrong, by=bureau_officer)
    take_receipt(batch=batch, name="回单全.csv", content=receipt(batch), by=bureau_officer)
    assert roll.envelope.balance().paid == 40 * WAN


def test_money_that_came_back_after_it_had_arrived_stands_committed_again(
    bureau_officer: User, second: User
) -> None:
    a_firm()
    roll = a_roll(bureau_officer)
    award = roll.awards.get()
    batch = sent(
        roll.envelope, ready(roll, bureau_officer, [clerk_of(award.organisation)]), bureau_officer, second
    )
    take_receipt(batch=batch, name="一.csv", content=receipt(batch), by=bureau_officer)
    back = receipt(batch, bounced=[batch.lines.get().number])
    take_receipt(batch=batch, name="二.csv", content=back, by=bureau_officer)
    balance = roll.envelope.balance()
    assert (balance.paid, balance.committed) == (0, 20 * WAN)


def test_a_batch_needs_two_persons_and_can_be_taken_apart_before_it_is_sent(
    bureau_officer: User, second: User
) -> None:
    clerk = clerk_of(a_firm())
    roll = a_roll(bureau_officer)
    award = ready(roll, bureau_officer, [clerk])[0]
    batch = make_batch(envelope=roll.envelope, award_ids=[award.pk], title="第一批", by=bureau_officer)
    with pytest.raises(NotAllowed, match="须由另一个人复核"):
        check_batch(batch=batch, by=bureau_officer)
    with pytest.raises(NotAllowed, match="复核通过后才能导出"):
        payment_file(batch=batch, form="csv", by=bureau_officer)
    cancel_batch(batch=batch, reason="户名有误", by=second)
    award.refresh_from_db()
    assert award.state == AwardState.READY
    assert sent(roll.envelope, [award], bureau_officer, second).total_fen == 20 * WAN


def test_an_account_is_revealed_only_with_a_reason_that_is_kept(
    bureau_officer: User, county_officer: User, second: User
) -> None:
    clerk = clerk_of(a_firm())
    roll = a_roll(bureau_officer)
    line = sent(roll.envelope, ready(roll, bureau_officer, [clerk]), bureau_officer, second).lines.get()
    with pytest.raises(NotAllowed):
        reveal_account(line=line, reason="看看", by=county_officer)
    with pytest.raises(BadInput, match="原因"):
        reveal_account(line=line, reason="", by=bureau_officer)
    assert reveal_account(line=line, reason="银行来电核对", by=bureau_officer) == "6222000000000000"
    assert AuditEntry.objects.filter(action="payee_account.revealed", reason="银行来电核对").count() == 1


def test_money_is_taken_back_in_parts_after_a_second_person_agreed(
    bureau_officer: User, second: User
) -> None:
    clerk = clerk_of(a_firm())
    roll = a_roll(bureau_officer)
    award = ready(roll, bureau_officer, [clerk])[0]
    batch = sent(roll.envelope, [award], bureau_officer, second)
    take_receipt(batch=batch, name="一.csv", content=receipt(batch), by=bureau_officer)
    due = dt.date(2099, 1, 1)
    with pytest.raises(BadInput, match="须在"):
        ask_recovery(award=award, fen=21 * WAN, reason="证书被撤销", due_on=due, by=bureau_officer)
    asked = ask_recovery(award=award, fen=12 * WAN, reason="证书被撤销", due_on=due, by=bureau_officer)
    with pytest.raises(NotAllowed, match="另一个人"):
        approve_recovery(recovery=asked, by=bureau_officer)
    approve_recovery(recovery=asked, by=second)
    book_return(recovery=asked, fen=5 * WAN, note="凭证 1", by=bureau_officer)
    with pytest.raises(BadInput, match="还应退 70,000 元"):
        book_return(recovery=asked, fen=8 * WAN, note="凭证 2", by=bureau_officer)
    book_return(recovery=asked, fen=7 * WAN, note="凭证 2", by=bureau_officer)
    award.refresh_from_db()
    assert (award.state, award.recovered_fen) == (AwardState.RECOVERED, 12 * WAN)
    assert roll.envelope.balance().paid == 8 * WAN


# -- told and reminded ---------------------------------------------------------------------------------------------------


def test_the_night_ends_what_is_over_and_reminds_a_silent_firm_once(bureau_officer: User) -> None:
    clerk = clerk_of(a_firm())
    roll = a_roll(bureau_officer)
    published(roll, bureau_officer)
    assert end_due(dt.date(2026, 6, 5)) == 0
    assert end_due(dt.date(2026, 6, 8)) == 1
    assert end_due(dt.date(2026, 6, 9)) == 0
    Award.objects.update(since=timezone.now() - dt.timedelta(days=9))
    today = timezone.localdate()
    assert remind_silent(by=None, today=today) == 1
    remind_silent(by=None, today=today)
    assert Message.objects.filter(user=clerk, subject__startswith="还没有确认").count() == 1


def test_each_finds_what_waits_for_him_and_the_firms_file_shows_what_it_received(
    bureau_officer: User, second: User, county_officer: User
) -> None:
    firm = a_firm()
    clerk = clerk_of(firm)
    roll = a_roll(bureau_officer)
    end_publicity(notice=published(roll, bureau_officer), by=bureau_officer, on=ON + dt.timedelta(days=20))
    assert [one.detail for one in todos_of(clerk)] == ["核对收款账户，点一次确认"]
    award = accept_award(award=roll.awards.get(), account=account_of(clerk), by=clerk)
    batch = make_batch(envelope=roll.envelope, award_ids=[award.pk], title="第一批", by=bureau_officer)
    assert [one.detail for one in todos_of(second)] == ["批次待复核"]
    assert todos_of(bureau_officer) == []
    assert todos_of(county_officer) == []
    check_batch(batch=batch, by=second)
    payment_file(batch=batch, form="csv", by=bureau_officer)
    take_receipt(batch=batch, name="一.csv", content=receipt(batch), by=bureau_officer)
    assert [(one.amount_yuan, one.what) for one in received_by(firm, clerk)] == [
        (200000, "高新技术企业奖励（2026）")
    ]
    assert received_by(firm, UserFactory(enterprise=True)) == []
